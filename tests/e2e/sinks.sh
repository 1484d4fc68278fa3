# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# Sound servers behind the backend: PipeWire and PulseAudio in Dom0, on a sound card
# whose other end records (snd-aloop). PipeWire's quantum is as large as the guest's
# buffer, or larger than what is queued; the servers are killed and started again, and
# lose their card, while the guest plays; and there is one without a card. Time in the
# guest goes on, no frame comes twice, and the log says it once.

DOM0_KERNEL=small
DOM0_MODULES=snd-aloop
SERVERS=dom0
# q1024 has a buffer of 21 ms and needs data each 5 ms, which one emulated CPU for Dom0, guest
# and sound server does not always manage.
CPUS=2
# See dom0_first.
XEN_CMDLINE=sched_ratelimit_us=0
: "${PLAYED:=q2048 q1024 killed nosink pulse pulse-killed pulse-nosink}"
# Those of them that must play without an xrun
EXACT='q2048 q1024 pulse'

# number_of NAME: of its device, and of its end of the loop
number_of() {
	local name i=0

	for name in $PLAYED; do
		[ "$name" != "$1" ] || break
		i=$((i + 1))
	done
	echo "$i"
}

# The playback devices of $PLAYED
devices() {
	local name rest=

	for name in $PLAYED; do
		printf '%s%s' "$rest" "$(device "$name" p)"
		rest=$',\n'
	done
}

VSND="[ [ \"card, backend=0, short-name=xensnd, sample-formats=s16_le, sample-rates=48000, channels-min=2\",
$(devices) ] ]"
BACKEND_CONF=$(for name in $PLAYED; do printf '[stream %s-p]\nsink = alsa:%s\n' "$name" "$name"; done)

host_prepare() {
	local i=0 name seconds

	for name in $PLAYED; do
		seconds=2
		[[ $name != *killed ]] || seconds=8
		[[ $name != pulse-nosink ]] || seconds=8
		"$AUDIO/gen" unique --seconds "$seconds" --seed $((i += 1)) "$IN/$name.wav"
	done
}

# ---- Dom0 ----

asound_conf() {
	local name

	for name in $PLAYED; do
		case $name in
		pulse*) echo "pcm.$name { type pulse device $name }" ;;
		*) echo "pcm.$name { type pipewire playback_node $name }" ;;
		esac
	done
}

# pipewire_sinks NAME...: each on its end of the loop, at 1024 frames or as its name says
pipewire_sinks() {
	local name quantum

	echo 'context.objects = ['
	for name in "$@"; do
		quantum=1024
		[[ $name != q* ]] || quantum=${name#q}
		cat <<-END
			{ factory = adapter args = {
				factory.name = api.alsa.pcm.sink
				node.name = $name media.class = Audio/Sink
				node.force-quantum = $quantum
				api.alsa.path = "hw:Loopback,0,$(number_of "$name")"
				audio.format = S16LE audio.rate = 48000 audio.channels = 2
				audio.position = [ FL FR ]
			} }
		END
	done
	echo ']'
}

# pipewire_start NAME...: with these sinks
pipewire_start() {
	local conf=/etc/pipewire/pipewire.conf.d

	mkdir -p "$conf"
	pipewire_sinks "$@" >"$conf/lab.conf"
	pipewire >>"$OUT/pipewire.log" 2>&1 &
	pipewire=$!
	wait_for 10 test -S "$XDG_RUNTIME_DIR/pipewire-0" || fail "no PipeWire" || return 1
	wireplumber --profile=policy >>"$OUT/wireplumber.log" 2>&1 &
	wireplumber=$!
}

# As a crash does: nothing is said to anybody.
pipewire_kill() {
	kill -9 "$pipewire" "$wireplumber"
	wait "$pipewire" "$wireplumber"
	rm -f "$XDG_RUNTIME_DIR"/pipewire-0*
}

# pulse_sink NAME: a module's arguments
pulse_sink() {
	echo "module-alsa-sink device=hw:Loopback,0,$(number_of "$1") sink_name=$1"
}

# pulse_start NAME...: with these sinks
pulse_start() {
	local name sinks=()

	for name in "$@"; do
		sinks+=(-L "$(pulse_sink "$name")")
	done
	pulseaudio -n --daemonize=no --exit-idle-time=-1 --log-level=info \
		-L module-native-protocol-unix "${sinks[@]}" >>"$OUT/pulse.log" 2>&1 &
	pulse=$!
	wait_for 10 pactl info >/dev/null 2>&1 || fail "no PulseAudio"
}

pulse_kill() {
	kill -9 "$pulse"
	wait "$pulse"
	rm -rf "$XDG_RUNTIME_DIR/pulse"
}

dom0_start() {
	local name

	dom0_first || return 1
	export XDG_RUNTIME_DIR=/run/user
	mkdir -p "$XDG_RUNTIME_DIR"
	asound_conf >/etc/asound.conf
	recorders=()
	for name in $PLAYED; do
		arecord -q -D "hw:Loopback,1,$(number_of "$name")" -f dat \
			"$OUT/$name.wav" &
		recorders+=($!)
	done
	pipewire_start q2048 q1024 killed || return 1
	pulse_start pulse pulse-killed || return 1
	sleep 2
	backend_start
}

dom0_main() {
	await_from 1 killed >/dev/null || return 1
	pipewire_kill
	sleep 2
	pipewire_start killed || return 1

	await_from 1 nosink >/dev/null || return 1
	pipewire_kill
	pipewire_start || return 1
	sleep 1
	post_to 1 nosink-ready

	await_from 1 pulse-killed >/dev/null || return 1
	pulse_kill
	sleep 2
	pulse_start pulse-killed || return 1

	# The only sink that there is goes.
	await_from 1 pulse-nosink >/dev/null || return 1
	pulse_kill
	pulse_start pulse-nosink || return 1
	post_to 1 pulse-nosink-ready
	await_from 1 pulse-nosink-plays >/dev/null || return 1
	pactl unload-module module-alsa-sink
	sleep 2
	# shellcheck disable=SC2046 # words
	pactl load-module $(pulse_sink pulse-nosink) >/dev/null
}

dom0_finish() {
	# Recorders read whole periods; a header's length is written at the end.
	sleep 1
	kill "${recorders[@]}"
	wait "${recorders[@]}"
	kill "$pulse" "$wireplumber" "$pipewire"
}

# ---- DomU ----

# play_on NAME SECONDS [OPTION...]: on the device of that name
play_on() {
	local name=$1 seconds=$2
	shift 2

	timed "$name" "$seconds" aplay -D "hw:0,$(number_of "$name")" "$@" \
		"$IN/$name.wav"
}

# disturbed NAME [KEY]: 8 s, and after two of them Dom0 does what it does at KEY
disturbed() {
	local player

	play_on "$1" 8 &
	player=$!
	sleep 2
	post "${2:-$1}"
	wait "$player"
}

domu_main() {
	play_on q2048 2 --buffer-size=2048 --period-size=512
	[[ " $EXACT " != *' q1024 '* ]] || play_on q1024 2 --buffer-size=1024 --period-size=256
	play_on pulse 2 --buffer-size=2048 --period-size=512
	disturbed killed
	post nosink
	await nosink-ready >/dev/null || return 1
	play_on nosink 2
	disturbed pulse-killed
	post pulse-nosink
	await pulse-nosink-ready >/dev/null || return 1
	disturbed pulse-nosink pulse-nosink-plays
	# Each has said so by itself; the host looks at all of them.
	true
}

# ---- host ----

# said_once NAME AGAIN: one line when it is lost, one if it works again
said_once() {
	local lines

	lines=$(grep -F "alsa:$1:" "$OUT/dom0/backend.log") || :
	[ -z "$lines" ] || echo "$1: ${lines//$'\n'/$'\n'$1: }"
	[ "$(grep -c 'until it works' <<<"$lines")" = 1 ] &&
		[ "$(grep -c . <<<"$lines")" = $((1 + $2)) ]
}

# resumed NAME: what is played before and after, in order; not what came while
# there was nobody: two seconds and what it takes to be back
resumed() {
	local said

	expect ran "$1" 8
	said=$("$AUDIO/pieces" --silence "$IN/$1.wav" "$OUT/dom0/$1.wav" 2>&1)
	echo "$1: $said"
	[[ $said == *'pieces=2 '*'repeated=0 reordered=0 changed=0'* ]] &&
		[ "$(word lost "$said")" -ge 72000 ] &&
		[ "$(word lost "$said")" -le 240000 ]
}

host_check() {
	local name

	for name in $EXACT; do
		expect ran "$name" 2
		expect matches "$name" "$AUDIO/mixed" "$OUT/dom0/$name.wav" "$IN/$name.wav"
		expect opened "$name-p" 1
	done
	expect ran nosink 2
	expect said_once nosink 0
	for name in killed pulse-killed pulse-nosink; do
		expect resumed "$name"
		expect said_once "$name" 1
	done
	return "$wrong"
}
