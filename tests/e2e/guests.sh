# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2153
#
# Two guests play and record at the same time, each its own data. Then one is
# destroyed while it does; the other is not disturbed.

DOMUS=2
# These boot sooner.
DOM0_KERNEL=small
DOMU_KERNEL=small
VSND='[ [ "card, backend=0, short-name=xensnd",
	"pcm, name=main",
	"stream, unique-id=pb0, type=p",
	"stream, unique-id=cap0, type=c",
	"pcm, name=doomed",
	"stream, unique-id=pb1, type=p",
	"stream, unique-id=cap1, type=c" ] ]'
BACKEND_CONF='
[stream pb0]
sink = file:/lab/out/%d-%u.wav
[stream pb1]
sink = file:/lab/out/%d-%u.wav
[default]
source = file:/lab/in/cap%d.wav
'
RATE=48000
frames_wanted=([rec-together]=$((RATE * 5)) [rec-left]=$((RATE * 10)))

sink_of() { echo "$2-$1.wav"; }

host_prepare() {
	local guest

	for guest in 1 2; do
		"$AUDIO/gen" unique --seconds 5 --seed "$guest" "$IN/a$guest.wav"
		"$AUDIO/gen" unique --seconds 15 --seed "1$guest" "$IN/b$guest.wav"
		"$AUDIO/gen" unique --seconds 16 --seed "2$guest" "$IN/cap$guest.wav"
	done
}

# ---- Dom0 ----

# meet KEY: both guests are there; both may go on.
meet() {
	await_from 1 "$1" >/dev/null && await_from 2 "$1" >/dev/null &&
		post_to 1 "$1-both" && post_to 2 "$1-both"
}

# A domain that is dead lives on as long as somebody holds its pages.
is_gone() {
	! xl list | awk -v id="$1" '$2 == id { found = 1 } END { exit !found }'
}

dom0_main() {
	meet ready && meet running && meet again && meet doomed || return 1
	sleep 2
	is_gone 1 && { fail "domu1 is not domain 1"; return 1; }
	guest_destroy 1
	post_to 2 destroyed
	wait_for 20 is_gone 1 || { xl list; fail "domain 1 stays as a zombie"; }
}

# ---- DomU ----

# running SUBSTREAM: pcm0p/sub0 is the first playback stream
running() {
	grep -qs 'state: RUNNING' "/proc/asound/card0/$1/status"
}

# both PCM: until a PCM's two streams run
both() {
	if ! { wait_for 20 running "pcm${1}p/sub0" &&
		wait_for 20 running "pcm${1}c/sub0"; }; then
		fail "PCM $1 does not run"
	fi
}

still_running() {
	if ! { running pcm0p/sub0 && running pcm0c/sub0; }; then
		fail "$1 came too late"
	fi
}

together() {
	local player recorder status=0

	post ready
	await ready-both >/dev/null || return 1
	play "play-together" "a$GUEST.wav" &
	player=$!
	record "rec-together" "cap$GUEST.wav" -f dat -d 5 &
	recorder=$!
	both 0 && post running && await running-both >/dev/null &&
		still_running "the other guest" || status=1
	wait "$player" || status=1
	wait "$recorder" || status=1
	return "$status"
}

# This one ends with the guest.
doomed() {
	say "domu1: a stream with a sudden end"
	aplay -q -D hw:0,1 "$IN/b1.wav" &
	arecord -q -D hw:0,1 -f dat "$OUT/lost.wav" &
	both 1 && post doomed && sleep 60
	fail "domu1 is still there"
}

left() {
	local player recorder status=0

	play play-left b2.wav &
	player=$!
	record rec-left cap2.wav -f dat -d 10 &
	recorder=$!
	both 0 && post doomed && await destroyed >/dev/null &&
		still_running "the end of domu1" || status=1
	wait "$player" || status=1
	wait "$recorder" || status=1
	return "$status"
}

domu_main() {
	together || return 1
	# What this guest has is not to die with it.
	[ "$GUEST" != 1 ] || send_home || fail "no disk" || return 1
	post again
	await again-both >/dev/null || return 1
	if [ "$GUEST" = 1 ]; then doomed; else left; fi
}

host_check() {
	local status=0 guest stat

	for guest in 1 2; do
		echo "guest $guest"
		pcm_check "$guest" || status=1
	done
	echo "what arrived of the guest that was destroyed"
	for guest in pb1 cap1; do
		stat=$(stat_line "$guest" 1 1)
		echo "$guest: $(word frames "$stat") frames"
		[ "$(word frames "$stat")" -ge "$RATE" ] || status=1
	done
	"$AUDIO/compare" --kind capture --least "$RATE" "$IN/b1.wav" \
		"$OUT/dom0/1-pb1.wav" || status=1
	return "$status"
}
