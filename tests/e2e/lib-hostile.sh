# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# A guest with two cards: the first has a hostile backend, an attack in each
# round, and an honest one after it; the second has an honest backend all the
# time, and plays on.
#
# xen-snd-one is xen-snd-back for one device only; see tests/hostile.

HOSTILE_STREAMS='p0 p1 p2 p3 p4 p5 p6 p7 c0 c1 c2 c3 c4 c5 c6 c7'
# A use is an open, a quarter of a second of sound, and a close.
HOSTILE_USES=3

# hostile_vsnd: both cards, for VSND
hostile_vsnd() {
	local i

	printf '[ [ "card, backend=0, short-name=first, buffer-size=65536", "pcm, name=main"'
	for i in 0 1 2 3 4 5 6 7; do
		printf ', "stream, unique-id=p%s, type=p"' "$i"
	done
	for i in 0 1 2 3 4 5 6 7; do
		printf ', "stream, unique-id=c%s, type=c"' "$i"
	done
	printf ' ], [ "card, backend=0, short-name=second, buffer-size=65536", '
	printf '"pcm, name=main", "stream, unique-id=q0, type=p" ] ]\n'
}

hostile_prepare() {
	cp "$("$LAB/build" hostile)"/{xen-snd-hostile,xen-snd-one,hostile-guest} "$IN/"
}

# ---- Dom0 ----

declare -A honest=()
first_be='' first_fe=''

# honest_start DEVICE [SINKS]: serve that device as it should be
honest_start() {
	local dir=${2:-/tmp/second} conf=/tmp/honest-$1.conf

	mkdir -p "$dir"
	printf '[default]\nsink = file:%s/%%u.raw\nsource = file:/tmp/sound.raw\n' \
		"$dir" >"$conf"
	XEN_SND_DEV=$1 "$IN/xen-snd-one" --config "$conf" \
		>>"$OUT/backend-$1.log" 2>&1 &
	honest[$1]=$!
}

honest_stop() {
	kill "-${2:-TERM}" "${honest[$1]}"
	wait "${honest[$1]}" 2>/dev/null
	unset "honest[$1]"
}

hostile_start() {
	"$IN/hostile-guest" sound 96000 >/tmp/sound.raw
	"$IN/xen-snd-hostile" -l >"$OUT/attacks"
	honest_start 0
	honest_start 1
}

# As the lab stops its own daemon at the end
hostile_finish() {
	[ -z "${honest[0]:-}" ] || honest_stop 0
	honest_stop 1
	heard_second
}

# heard_second: each file that the second card has played
heard_second() {
	local file n=0

	"$IN/hostile-guest" sound 32000 >/tmp/second.raw
	for file in /tmp/second/q0*.raw; do
		cmp /tmp/second.raw "$file" || fail "second card: $file" || return 1
		n=$((n + 1))
	done
	echo "second=$n" >>"$OUT/result"
	[ "$n" -gt 0 ]
}

first_connected() {
	[ "$(xenstore-read "$first_be/state" "$first_fe/state" 2>/dev/null)" = $'4\n4' ]
}

hostile_paths() {
	local id

	wait_for 60 domu_path 1 >/dev/null || return 1
	id=$(xl domid domu1)
	first_be=/local/domain/0/backend/vsnd/$id/0
	first_fe=/local/domain/$id/device/vsnd/0
}

# attack_begin ROUND OPTION...: the hostile backend takes over
attack_begin() {
	local round=$1
	shift

	[ -z "${honest[0]:-}" ] || honest_stop 0 "$([ $((round % 2)) = 0 ] || echo KILL)"
	: >"$OUT/report-$round"
	"$IN/xen-snd-hostile" -o "$OUT/report-$round" "$@" \
		>>"$OUT/hostile.log" 2>&1 &
	hostile_pid=$!
	wait_for 10 attack_begun "$round" || fail "round $round: not begun"
}

attack_begun() {
	[ -s "$OUT/report-$1" ] || ! kill -0 "$hostile_pid" 2>/dev/null
}

# attack_end ROUND: the honest one is back, and heard
attack_end() {
	local round=$1 dir=/tmp/check-$1 stream state=ok

	kill "$hostile_pid" 2>/dev/null
	wait "$hostile_pid" 2>/dev/null
	honest_start 0 "$dir"
	if ! wait_for 20 first_connected; then
		say "round $round: no connection: $(xenstore-read "$first_be/state" "$first_fe/state" | tr '\n' ' ')"
		state=unconnected
	fi
	post_to 1 "check-$round" "$state"
	await_from 1 "checked-$round" >/dev/null || return 1
	head -c $((12 * 1024 * 4)) /tmp/sound.raw >/tmp/one.raw
	for stream in $HOSTILE_STREAMS; do
		[ "${stream#p}" != "$stream" ] || continue
		cmp -s /tmp/one.raw "$dir/$stream.raw" && state=ok || state=wrong
		echo "round=$round stream=$stream heard=$state" >>"$OUT/heard"
	done
	rm -rf "$dir"
}

# attack_round ROUND OPTION...
attack_round() {
	attack_begin "$@" || return 1
	post_to 1 "go-$1" attack
	await_from 1 "done-$1" >/dev/null || fail "round $1: the guest does not answer" || return 1
	attack_end "$1"
}

# ---- DomU ----

# second_card: play, again and again, until there is /tmp/stop
second_card() {
	"$IN/hostile-guest" sound 32000 >/tmp/second.raw
	while [ ! -e /tmp/stop ]; do
		aplay -q -D hw:second,0 -t raw -f S16_LE -c 2 -r 8000 /tmp/second.raw \
			>>"$OUT/second.log" 2>&1 || return 1
	done
}

# answer_rounds: do what Dom0 asks for, until it asks for the end
# shellcheck disable=SC2086 # words
answer_rounds() {
	local round=1 what

	while what=$(AWAIT_SECONDS=600 await "go-$round") && [ "$what" != end ]; do
		echo "round $round begins" >/dev/kmsg
		"$IN/hostile-guest" "$what" first "$HOSTILE_USES" $HOSTILE_STREAMS |
			sed "s/^/round=$round /" >>"$OUT/used"
		post "done-$round"
		[ "$(await "check-$round")" = ok ] ||
			echo "round=$round no connection" >>"$OUT/checked"
		"$IN/hostile-guest" check first 1 $HOSTILE_STREAMS |
			sed "s/^/round=$round /" >>"$OUT/checked"
		echo "round $round ends" >/dev/kmsg
		post "checked-$round"
		round=$((round + 1))
	done
	[ "$what" = end ]
}

hostile_guest() {
	local status=0

	second_card &
	post ready
	answer_rounds || status=1
	: >/tmp/stop
	wait $! || fail "the second card: $(tail -n 1 "$OUT/second.log")" || status=1
	return "$status"
}
