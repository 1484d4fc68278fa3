# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# Debian's sound servers in the guest, each with a player and a recorder at the same
# time on a device of its own: PipeWire with WirePlumber, at quanta of 1024 and 256
# frames (there one after the other), for a card as the driver describes it and for one
# without BATCH; PulseAudio with its own choice of fragments and with small ones; JACK at
# 128 frames. The stream is opened once, has no xrun, and what arrives is what was sent:
# within one step, since these calculate with floating point.

DOM0_KERNEL=small
DOMU_MEM=384
SERVERS=domu
# Only what these words name
PARTS='pipewire pulse jack'

# disable-batch and quantum of each; a device for each, also for one that PIPEWIRE leaves out
PIPEWIRE_DEVICES='batch-1024 nobatch-1024 batch-256 nobatch-256'
PIPEWIRE=$PIPEWIRE_DEVICES
# In a virtual machine it does not use its timer.
PULSE='pulse pulse-small'

# devices NAME...
devices() {
	local name rest=

	for name in "$@"; do
		printf '%s%s' "$rest" "$(device "$name")"
		rest=$',\n'
	done
}

# shellcheck disable=SC2086 # words
VSND="[ [ \"card, backend=0, short-name=xensnd, sample-formats=s16_le, sample-rates=48000, channels-min=2\",
$(devices $PIPEWIRE_DEVICES $PULSE jack) ] ]"
BACKEND_CONF='
[default]
sink = file:/lab/out/%u.wav
source = file:/lab/in/source.wav
'
RATE=48000
SECONDS_EACH=3
# See dom0_first.
XEN_CMDLINE=sched_ratelimit_us=0

host_prepare() {
	# A server may stop with the player, before all is played; let that be silence.
	"$AUDIO/gen" unique --seconds "$SECONDS_EACH" --silence 0.2 "$IN/play.wav"
	"$AUDIO/gen" unique --seconds 40 --seed 2 "$IN/source.wav"
}

# with PART: is it to be run?
with() {
	[[ " $PARTS " == *" $1 "* ]]
}

# ---- Dom0 ----

dom0_start() {
	dom0_first && backend_start
}

# ---- DomU ----

# serve NAME COMMAND...: a server in the background; $server is its process
serve() {
	local log=$OUT/$1.log
	shift

	"$@" >"$log" 2>&1 &
	server=$!
}

end_server() {
	kill "$@"
	wait "$@"
}

# pipewire_node NAME DEVICE DISABLE-BATCH KIND CLASS: what WirePlumber's monitor makes of
# a device that udev knows; there is no udev here.
pipewire_node() {
	cat <<-END
		{ factory = adapter args = {
			factory.name = api.alsa.pcm.$4
			node.name = "$4-$1" media.class = "$5"
			api.alsa.path = "hw:0,$2" api.alsa.disable-batch = $3
			audio.rate = 48000 audio.channels = 2 audio.position = [ FL FR ]
		} }
	END
}

pipewire_nodes() {
	local name disable i=0

	echo 'context.objects = ['
	for name in $PIPEWIRE_DEVICES; do
		disable=false
		[[ $name != nobatch-* ]] || disable=true
		pipewire_node "$name" "$i" "$disable" sink Audio/Sink
		pipewire_node "$name" "$i" "$disable" source Audio/Source
		i=$((i + 1))
	done
	echo ']'
}

# pipewire_both NAME QUANTUM
pipewire_both() {
	local force="{ node.force-quantum = $2 }" player

	timed "$1-play" "$SECONDS_EACH" pw-play --target="sink-$1" -P "$force" \
		"$IN/play.wav" &
	player=$!
	# When a recorder comes or goes, PipeWire arranges its graph again, and at a quantum of
	# 256 it is late for one on this CPU.
	[ "$2" -ge 1024 ] || wait "$player"
	# It says 1 when a signal ends it.
	# shellcheck disable=SC2016 # the inner shell's
	timed "$1-record" "$SECONDS_EACH" bash -c 'timeout "$0" "$@"; [ $? = 1 ]' \
		"$SECONDS_EACH" pw-record --target="source-$1" -P "$force" \
		--format=s16 "$OUT/$1-record.wav"
	wait "$player"
}

pipewire_all() {
	local name daemon

	mkdir -p /etc/pipewire/pipewire.conf.d
	pipewire_nodes >/etc/pipewire/pipewire.conf.d/lab.conf
	serve pipewire pipewire
	daemon=$server
	wait_for 10 test -S "$XDG_RUNTIME_DIR/pipewire-0" || fail "no PipeWire"
	serve wireplumber wireplumber --profile=policy
	sleep 3
	for name in $PIPEWIRE; do
		pipewire_both "$name" "${name#*-}"
	done
	end_server "$server" "$daemon"
}

# pulse_both NAME
pulse_both() {
	local player

	timed "$1-play" "$SECONDS_EACH" paplay --device="$1" "$IN/play.wav" &
	player=$!
	timed "$1-record" "$SECONDS_EACH" timeout "$SECONDS_EACH" parec \
		--device="$1-source" --rate="$RATE" --file-format=wav \
		"$OUT/$1-record.wav"
	wait "$player"
}

pulse_all() {
	local name modules=() i=4 small=

	for name in $PULSE; do
		[ "$name" != pulse-small ] || small='fragments=4 fragment_size=2048'
		modules+=(-L "module-alsa-sink device=hw:0,$i sink_name=$name $small"
			-L "module-alsa-source device=hw:0,$i source_name=$name-source $small")
		i=$((i + 1))
	done
	serve pulse pulseaudio -n --daemonize=no --exit-idle-time=-1 --log-level=info \
		--disallow-exit -L module-native-protocol-unix "${modules[@]}"
	wait_for 10 pactl info >/dev/null 2>&1 || fail "no PulseAudio"
	for name in $PULSE; do
		pulse_both "$name"
	done
	end_server "$server"
}

jack_all() {
	local player

	# There is no bus to reserve the card on.
	JACK_NO_AUDIO_RESERVATION=1 serve jack jackd -d alsa -d hw:0,6 -r "$RATE" -p 128 -n 3
	jack_wait -w -t 10 >/dev/null 2>&1 || fail "no JACK"
	timed jack-play "$SECONDS_EACH" sndfile-jackplay -a=system:playback_%d \
		"$IN/play.wav" &
	player=$!
	timed jack-record "$SECONDS_EACH" jack_rec -f "$OUT/jack-record.wav" \
		-d "$SECONDS_EACH" -b 16 system:capture_1 system:capture_2
	wait "$player"
	end_server "$server"
}

domu_main() {
	export XDG_RUNTIME_DIR=/run/user
	mkdir -p "$XDG_RUNTIME_DIR"
	if with pipewire; then pipewire_all; fi
	if with pulse; then pulse_all; fi
	if with jack; then jack_all; fi
	# Each has said so by itself; the host looks at all of them.
	true
}

# ---- host ----

# check_both NAME SLACK: hundredths of a second
check_both() {
	expect ran "$1-play" "$SECONDS_EACH" "$2"
	expect matches "$1-play" "$AUDIO/mixed" --within 1 "$OUT/dom0/$1-p.wav" \
		"$IN/play.wav"
	expect ran "$1-record" "$SECONDS_EACH" 100
	expect matches "$1-record" "$AUDIO/mixed" --within 1 \
		--part-of $((SECONDS_EACH * RATE * 4 / 5)) "$OUT/domu1/$1-record.wav" \
		"$IN/source.wav"
	expect opened "$1-p" 1
	expect opened "$1-c" 1
}

check_pipewire() {
	local name

	# An xrun restarts a stream without a word; opened() sees that.
	for name in $PIPEWIRE; do
		check_both "$name" 100
	done
}

check_pulse() {
	local name

	# It may blame the driver for a wake-up, once, when a new player and a wake-up come
	# together and nothing can be taken back; that depends on the phase.
	for name in $PULSE; do
		check_both "$name" 200
	done
	expect without 'underrun|overrun|xrun' pulse domu1/pulse.log
}

check_jack() {
	check_both jack 100
	expect without 'xrun' jack domu1/jack.log
}

host_check() {
	local part

	for part in $PARTS; do
		"check_$part"
	done
	return "$wrong"
}
