# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# The backend with a sound card: Dom0 has snd-aloop, which gives back at one end
# what is played at the other. What the guest plays is recorded in Dom0, what
# Dom0 plays is recorded in the guest, and alsabat in the guest records its own
# tone, but not where the loop is cut.

DOM0_KERNEL=small
DOM0_MODULES=snd-aloop
VSND='[ [ "card, backend=0, short-name=xensnd",
	"pcm, name=main",
	"stream, unique-id=pb0, type=p",
	"stream, unique-id=cap0, type=c",
	"pcm, name=loop",
	"stream, unique-id=pb1, type=p",
	"stream, unique-id=cap1, type=c" ] ]'
BACKEND_CONF='
[guest domu1]
capture = allow
[stream pb0]
sink = alsa:hw:Loopback,0,0
[stream cap0]
source = alsa:hw:Loopback,1,1
[stream pb1]
sink = alsa:hw:Loopback,0,2
[stream cap1]
source = alsa:hw:Loopback,1,2
'

host_prepare() {
	"$AUDIO/gen" unique --seconds 5 "$IN/play.wav"
	"$AUDIO/gen" unique --seconds 5 --seed 2 "$IN/record.raw"
}

# running STREAM: pcm0p/sub0 is the first playback stream of the first card
running() {
	grep -qs 'state: RUNNING' "/proc/asound/card0/$1/status"
}

# ---- Dom0: the loop's other end ----

dom0_main() {
	local recorder

	await_from 1 play >/dev/null || return 1
	arecord -D hw:Loopback,1,0 -f dat "$OUT/play.wav" &
	recorder=$!
	wait_for 20 running pcm1c/sub0 || fail "Dom0 does not record" || return 1
	post_to 1 recording
	await_from 1 played >/dev/null || return 1
	# It reads whole periods; the header's length is written at the end.
	sleep 1
	kill -INT "$recorder"
	wait "$recorder"

	await_from 1 recording-too >/dev/null || return 1
	# snd-aloop garbles the end when a player drains: let that be silence.
	{ cat "$IN/record.raw"; head -c 400000 /dev/zero; } |
		aplay -D hw:Loopback,0,1 -t raw -f dat || fail "aplay in Dom0"
}

# ---- DomU ----

there_and_back() {
	local recorder

	post play
	await recording >/dev/null || return 1
	play play play.wav -D hw:0,0 || return 1
	post played

	record record record.raw -D hw:0,0 -f dat -d 9 &
	recorder=$!
	wait_for 20 running pcm0c/sub0 || fail "no recording" || return 1
	post recording-too
	wait "$recorder"
}

# A tone, its frequency found in what comes back
bat() {
	local name=$1
	shift

	alsabat "$@" >"$OUT/$name.log" 2>&1
}

domu_main() {
	there_and_back || return 1
	say "alsabat"
	bat bat -D hw:0,1 || { cat "$OUT/bat.log"; fail "alsabat"; return 1; }
	if bat cut -P hw:0,1 -C hw:0,0; then
		cat "$OUT/cut.log"
		fail "alsabat finds a tone where there is none"
	fi
}

# ---- host ----

# looped NAME UID SENT RECEIVED: a line for the table
looped() {
	local stat compare status=0

	stat=$(stat_line "$2" 1 1)
	compare=$("$AUDIO/compare" --kind loop --format S16_LE "$3" "$4" 2>&1) ||
		status=1
	echo "name=$1 ${compare%%$'\n'*} xruns=$(xruns_of "$stat") $(pcm_counts "$stat")" \
		>>"$OUT/table"
	[ "$status" = 0 ] || echo "$1: ${compare#*$'\n'}"
	return "$status"
}

# Of the card, and on both sides of the ring
xruns_of() {
	echo $(($(word xruns "$1") + $(word underruns "$1") + $(word overruns "$1")))
}

host_check() {
	local status=0

	looped play pb0 "$IN/play.wav" "$OUT/dom0/play.wav" || status=1
	looped record cap0 "$IN/record.raw" "$OUT/domu1/record.wav" || status=1
	"$AUDIO/table" --check "$OUT/table" || status=1
	grep -q 'xruns=[1-9]' "$OUT/domu1/runs" && { cat "$OUT/domu1/runs"; status=1; }
	grep -i 'peak' "$OUT/domu1/bat.log" || status=1
	echo "with the loop cut:"
	# It must have failed for want of a tone.
	grep 'Detected at least 0 signal' "$OUT/domu1/cut.log" || status=1
	return "$status"
}
