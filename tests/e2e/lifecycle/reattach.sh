# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# xl takes the device away and gives it back under the same number at once, ten
# times: with the same description and with another one in turn, idle, under
# aplay, and while the guest is paused, so that it never sees the device gone. Each
# time both sides connect within five seconds, the card is the one that was
# described last, and it plays.

DOM0_KERNEL=small
TIMES=10
CARD='"card, backend=0, short-name=xensnd"
	"pcm, name=main"
	"stream, unique-id=pb0, type=p"'
MORE='"pcm, name=more"
	"stream, unique-id=pb1, type=p, sample-rates=44100;48000"'
VSND="[ [ $(tr '\n' , <<<"$CARD") ] ]"
BACKEND_CONF='
[stream pb0]
sink = file:/lab/out/pb0.raw
[stream pb1]
sink = file:/lab/out/pb1.wav
'

host_prepare() {
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 30 "$IN/a.wav"
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 1 "$IN/b.wav"
}

# Rounds 3 and 4 of four have another description; each second one is under aplay,
# of the later ones each other one finds the guest paused.
is_other() { [ $((($1 - 1) % 4)) -ge 2 ]; }
is_played() { [ $(($1 % 2)) = 0 ]; }
is_paused() { ! is_played "$1" && [ "$1" -ge 5 ]; }

# ---- Dom0 ----

both_connected() {
	[ "$(front_state)" = 4 ] && [ "$(back_state)" = 4 ]
}

# description N: xl's arguments, one a line
description() {
	local lines=$CARD

	! is_other "$1" || lines+=$'\n'$MORE
	sed 's/^[[:space:]]*"//; s/"$//' <<<"$lines"
}

dom0_main() {
	local i card status=0

	for ((i = 1; i <= TIMES; i++)); do
		await_from 1 "ready-$i" >/dev/null || return 1
		mapfile -t card < <(description "$i")
		! is_paused "$i" || xl pause domu1 || return 1
		xl vsnd-detach domu1 0; xl vsnd-attach domu1 "${card[@]}"
		! is_paused "$i" || xl unpause domu1 || return 1
		wait_for 5 both_connected || status=1
		say "round $i: frontend $(front_state), backend $(back_state)"
		[ "$status" = 0 ] || fail "round $i: not connected" || return 1
		post_to 1 "again-$i"
	done
}

# ---- DomU ----

card_fits() {
	cards_ready || return 1
	if is_other "$1"; then
		[ -e /dev/snd/pcmC0D1p ]
	else
		[ ! -e /dev/snd/pcmC0D1p ]
	fi
}

play_begin() {
	aplay -D hw:0 "$IN/a.wav" >"$OUT/aplay.log" 2>&1 &
	player=$!
	wait_for 20 running pcm0p || fail "nothing runs"
}

play_end() {
	! wait "$player" || fail "aplay noticed nothing" || return 1
	tail -n 1 "$OUT/aplay.log" >>"$OUT/said"
}

domu_main() {
	local i

	for ((i = 1; i <= TIMES; i++)); do
		! is_played "$i" || play_begin || return 1
		post "ready-$i"
		await "again-$i" >/dev/null || return 1
		! is_played "$i" || play_end || return 1
		wait_for 5 card_fits "$i" || fail "round $i: not that card" || return 1
		timeout 10 aplay -D hw:0 "$IN/b.wav" ||
			fail "round $i: the card does not play" || return 1
		! is_other "$i" || pcm_run "other-$i" pb1 1-0 b.wav \
			aplay -D hw:0,1 "$IN/b.wav" || return 1
	done
}

# ---- host ----

host_check() {
	local status=0

	sort "$OUT/domu1/said" | uniq -c
	[ "$(grep -c 'No such device' "$OUT/domu1/said")" = "$((TIMES / 2))" ] ||
		{ echo "WRONG: the application got no error"; status=1; }
	pcm_check || status=1
	return "$status"
}
