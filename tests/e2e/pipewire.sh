# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2153,SC2154
#
# A user's PipeWire in Dom0 as the sink of two guests, without ALSA between: the server
# and WirePlumber run as a user, the daemon as its unit runs it, as root without
# capabilities but one that lets it use the user's socket. Each guest is a node
# with its name. One plays to a certain device, one to the default one. The server is
# killed and started again while both play; what arrives is compared. A guest that
# may not record gets silence, one that may gets sound. The default device changes
# while the second guest plays there. A frontend in Dom0, whose volume is its node's, sets
# that and sees what wpctl makes of it.

DOMUS=2
DOM0_KERNEL=small
DOMU_KERNEL=small
DOM0_MODULES=snd-aloop
SERVERS=dom0
# See dom0_first.
XEN_CMDLINE=sched_ratelimit_us=0
# The desktop's user
SESSION_UID=1000
KILLS=1
VSND='[ [ "card, backend=0, short-name=xensnd, sample-formats=s16_le, sample-rates=48000, channels-min=2",
	"pcm, name=main",
	"stream, unique-id=speaker, type=p",
	"stream, unique-id=mic, type=c" ] ]'
BACKEND_CONF='
[guest domu1 stream speaker]
sink = pipewire:desk
role = Music
[guest domu2]
capture = allow
[guest Domain-0]
node-volume = yes
[default]
sink = pipewire
source = pipewire
'
# What backend_start takes for a user of its own; see backend_confine.
BACKEND_USER=0

# of what each guest plays. A function, because KILLS may be set after this file is read.
seconds_played() { echo $((8 + 6 * KILLS)); }

host_prepare() {
	local guest

	for guest in 1 2; do
		"$AUDIO/gen" unique --seconds "$(seconds_played)" --seed "$guest" "$IN/sound$guest.wav"
	done
	"$AUDIO/gen" unique --seconds 20 --seed 30 "$IN/voice.wav"
	cp "$("$LAB/build" programs "$TOP/tests/bench")/front-volume" "$IN/"
}

# ---- Dom0 ----

# As the unit does it with the drop-in of backend/README.md: root with one capability; of
# all users' directories only the one is there, read-only.
backend_confine() {
	# shellcheck disable=SC2016 # the inner shell's
	backend_as=(unshare -m bash -ec '
		mkdir /tmp/session
		mount --bind "$1" /tmp/session
		mount -o remount,bind,ro /tmp/session
		mount -t tmpfs none /run/user
		mkdir "$1"
		mount --move /tmp/session "$1"
		shift
		exec "$@"' bash "$PIPEWIRE_RUNTIME_DIR"
		setpriv --no-new-privs "--bounding-set=-all,+dac_override" --inh-caps=-all)
}

# An array: a function would be one more process between, and that would be killed.
as_user=(setpriv --reuid "$SESSION_UID" --regid "$SESSION_UID" --clear-groups)

# The devices: "desk" and the default one, first "hall", play to a loop's ends 0 and 1,
# "porch", which becomes the default one, to its end 3; "voice" comes from its end 2. With
# the priority of a sink, the sink's monitor could be the default source.
session_devices() {
	echo 'context.objects = ['
	session_device sink Audio/Sink desk hw:Loopback,0,0 500
	session_device sink Audio/Sink hall hw:Loopback,0,1 1000
	session_device sink Audio/Sink porch hw:Loopback,0,3 100
	session_device source Audio/Source voice hw:Loopback,0,2 2000
	echo ']'
}

session_start() {
	"${as_user[@]}" pipewire >>"$OUT/pipewire.log" 2>&1 &
	pipewire=$!
	wait_for 10 test -S "$XDG_RUNTIME_DIR/pipewire-0" || fail "no PipeWire" || return 1
	"${as_user[@]}" wireplumber --profile=policy >>"$OUT/wireplumber.log" 2>&1 &
	wireplumber=$!
}

# As a crash does: nothing is said to anybody.
session_kill() {
	kill -9 "$pipewire" "$wireplumber"
	wait "$pipewire" "$wireplumber"
	rm -f "$XDG_RUNTIME_DIR"/pipewire-0*
}

dom0_start() {
	dom0_first || return 1
	export XDG_RUNTIME_DIR=/run/user/$SESSION_UID
	# As logind makes it: nobody else may enter.
	mkdir -p "$XDG_RUNTIME_DIR" /etc/pipewire/pipewire.conf.d
	chown "$SESSION_UID" "$XDG_RUNTIME_DIR" /dev/snd/*
	chmod 700 "$XDG_RUNTIME_DIR"
	session_devices >/etc/pipewire/pipewire.conf.d/lab.conf
	session_start || return 1
	sleep 2
	PIPEWIRE_RUNTIME_DIR=$XDG_RUNTIME_DIR
	export PIPEWIRE_RUNTIME_DIR
	unset XDG_RUNTIME_DIR
	backend_start || return 1
	export XDG_RUNTIME_DIR=$PIPEWIRE_RUNTIME_DIR
}

# meet KEY: both guests are there; both may go on.
meet() {
	await_from 1 "$1" >/dev/null && await_from 2 "$1" >/dev/null &&
		post_to 1 "$1-both" && post_to 2 "$1-both"
}

# number_of NAME: of a node in the server
number_of() {
	"${as_user[@]}" wpctl status | sed -n "s/^[^0-9]*\([0-9]*\)\. $1.*/\1/p" | tail -n 1
}

dump_to() {
	"${as_user[@]}" pw-dump >"$OUT/$1.json" 2>&1
}

# said_volume LINE: in front-volume's output
said_volume() {
	wait_for 10 grep -qx "$1" "$OUT/volume" || fail "not \"$1\", but $(cat "$OUT/volume")"
}

# From both ends: what the frontend sets, then wpctl, then the frontend again.
volume_follows() {
	local frontend

	"$IN/front-volume" -20000 -6020 >"$OUT/volume" &
	frontend=$!
	said_volume 'set -20000 -6020' || return 1
	sleep 1
	dump_to volume-set
	"${as_user[@]}" wpctl set-volume "$(number_of Domain-0)" 0.5 ||
		fail "wpctl cannot set it" || return 1
	# The cube of a slider's 0.5 is -18.062 dB.
	said_volume 'volume -18062 -18062' && said_volume muted || return 1
	sleep 1
	dump_to volume-muted
	wait "$frontend"
}

# What the devices get from now on. A frontend's volumes lie in its buffer, and are played.
recorders_start() {
	local end

	recorders=()
	for end in 0 1 3; do
		arecord -q -D "hw:Loopback,1,$end" -f dat "$OUT/arrived$((end + 1)).wav" &
		recorders+=($!)
	done
}

dom0_main() {
	local k

	volume_follows || return 1
	recorders_start
	meet play || return 1
	sleep 2
	"${as_user[@]}" wpctl status >"$OUT/status" 2>&1
	"${as_user[@]}" pw-dump >"$OUT/dump" 2>&1
	for ((k = 0; k < KILLS; k++)); do
		session_kill
		sleep 2
		session_start || return 1
		sleep 2
	done
	"${as_user[@]}" wpctl set-default "$(number_of porch)" ||
		fail "no other default device" || return 1
	sleep 3
	meet record || return 1
	aplay -q -D hw:Loopback,1,2 /lab/in/voice.wav &
	voice=$!
	meet recorded
}

dom0_finish() {
	# Recorders read whole periods; a header's length is written at the end.
	sleep 1
	kill "${recorders[@]}" "$voice"
	wait "${recorders[@]}" "$voice"
	kill "$wireplumber" "$pipewire"
}

# ---- DomU ----

# together KEY: begin when the other guest does
together() {
	post "$1"
	await "$1-both" >/dev/null
}

domu_main() {
	together play || return 1
	timed play "$(seconds_played)" aplay -D hw:0,0 "$IN/sound$GUEST.wav" \
		--buffer-size=8192 --period-size=1024
	together record || return 1
	sleep 1
	timed recorded 2 arecord -D hw:0,0 -d 2 -f dat "$OUT/recorded.wav"
	together recorded
	# Each has said so by itself; the host looks at all of them.
	true
}

# ---- host ----

# named GUEST: its node is in the user's mixer, and in the server's list
named() {
	if ! grep -F "domu$1: speaker" "$OUT/dom0/status" ||
		! grep -qF "\"node.name\": \"domu$1: speaker\"" "$OUT/dom0/dump"; then
		echo "domu$1: no node of that name"
		return 1
	fi
}

# resumed GUEST PIECES FILE...: what arrives before and after, in order; not what came
# while there was nobody: two seconds each time and what it takes to be back
resumed() {
	local guest=$1 pieces=$2 said
	shift 2

	said=$("$AUDIO/pieces" --silence "$IN/sound$guest.wav" "${@/#/$OUT/dom0/}" 2>&1)
	echo "domu$guest: $said"
	[[ $said == *"pieces=$pieces "*'repeated=0 reordered=0 changed=0'* ]] &&
		[ "$(word lost "$said")" -ge $((72000 * KILLS)) ] &&
		[ "$(word lost "$said")" -le $((240000 * KILLS)) ]
}

# moved: the last two seconds and more of the second guest's sound, at the other device
moved() {
	local said

	said=$("$AUDIO/pieces" --silence "$IN/sound2.wav" "$OUT/dom0/arrived4.wav" 2>&1)
	echo "the other device: $said"
	[[ $said == *'pieces=1 '* ]] && [ "$(word frames "$said")" -ge 96000 ]
}

# has_volume DUMP LEFT RIGHT MUTE: the frontend's node in Dom0
has_volume() {
	python3 - "$OUT/dom0/$1.json" "$2" "$3" "$4" <<-'END'
		import json
		import sys

		path, left, right, mute = sys.argv[1:]
		for item in json.load(open(path)):
		    info = item.get('info', {})
		    if info.get('props', {}).get('node.name', '').startswith('Domain-0: '):
		        props = info['params']['Props'][0]
		        print(f"{path}: {props['channelVolumes']}, mute {props['mute']}")
		        volumes = [round(v, 4) for v in props['channelVolumes']]
		        sys.exit(volumes != [float(left), float(right)] or
		                 str(props['mute']) != mute)
		sys.exit(f'{path}: no node of Domain-0')
	END
}

# said GUEST STREAM TEXT TIMES: so many of the daemon's lines
said() {
	local times

	times=$(grep -F "dom $1 vsnd 0: " "$OUT/dom0/backend.log" | grep -F "stream $2" |
		grep -cF "$3") || :
	if [ "$times" != "$4" ]; then
		echo "domu$1: $times lines with \"$3\", not $4"
		return 1
	fi
}

# silent FILE: not one sample that is not 0, and not empty
silent() {
	local rest

	rest=$(tail -c +45 "$1" | tr -d '\0' | wc -c)
	if [ "$rest" != 0 ] || [ "$(stat -c %s "$1")" -lt 300000 ]; then
		echo "$1: $rest bytes that are not silence, of $(stat -c %s "$1")"
		return 1
	fi
}

host_check() {
	local guest

	for guest in 1 2; do
		expect named "$guest"
		# Each time that the server is back costs the guest some tenths of a second.
		SERVED=domu$guest expect ran play "$(seconds_played)" $((30 + 30 * KILLS))
		SERVED=domu$guest expect ran recorded 2
		expect said "$guest" speaker 'until it works' "$KILLS"
		expect said "$guest" speaker 'works again' "$KILLS"
	done
	expect resumed 1 $((KILLS + 1)) arrived1.wav
	expect resumed 2 $((KILLS + 2)) arrived2.wav arrived4.wav
	expect moved
	expect has_volume volume-set 0.1 0.5 False
	expect has_volume volume-muted 0.125 0.125 True
	expect silent "$OUT/domu1/recorded.wav"
	expect said 1 mic 'recording denied' 1
	expect said 2 mic 'recording denied' 0
	expect "$AUDIO/mixed" --part-of 48000 "$OUT/domu2/recorded.wav" "$IN/voice.wav"
	return "$wrong"
}
