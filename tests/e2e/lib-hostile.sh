# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# A guest with two cards: the first has a hostile backend, an attack in each
# round, and an honest one after it; the second has an honest backend all the
# time, and plays on.
#
# xen-snd-one is xen-snd-back for one device only; see tests/hostile.

# So many streams of each direction
HOSTILE_COUNT=8
# A use is an open, a quarter of a second of sound, and a close.
HOSTILE_USES=2
# Buffers of 1 MiB each, of four streams: more than the driver bears to be kept
HOSTILE_FILLS=20
# The first card, by number or id
HOSTILE_CARD=vsnd

# hostile_vsnd [alone]: both cards, or the first one, for VSND
hostile_vsnd() {
	local type i

	printf '[ [ "card, backend=0, short-name=first, buffer-size=1048576", "pcm, name=main"'
	for type in p c; do
		for ((i = 0; i < HOSTILE_COUNT; i++)); do
			printf ', "stream, unique-id=%s, type=%s"' "$type$i" "$type"
		done
	done
	if [ -z "${1:-}" ]; then
		printf ' ], [ "card, backend=0, short-name=second, buffer-size=65536", '
		printf '"pcm, name=main", "stream, unique-id=q0, type=p"'
	fi
	printf ' ] ]\n'
}

# streams [DIRECTION [COUNT]]: of the first card, p0 ... c0 ...
streams() {
	local type i

	for type in ${1:-p c}; do
		for ((i = 0; i < ${2:-HOSTILE_COUNT}; i++)); do
			echo "$type$i"
		done
	done
}

hostile_prepare() {
	cp "$("$LAB/build" hostile)"/{xen-snd-hostile,xen-snd-one,hostile-guest} "$IN/"
}

# ---- Dom0 ----

# used: streams of each direction in this round
declare -A honest=()
first_id='' first_be='' first_fe='' used=$HOSTILE_COUNT asked=attack hostile_pid=''

# honest_start DEVICE [SINKS]: serve that device as it should be
honest_start() {
	local dir=${2:-/tmp/second} conf=/tmp/honest-$1.conf

	mkdir -p "$dir"
	# What an earlier one has said is not what this one says.
	rm -f "/tmp/honest-$1.log"
	printf '[default]\nsink = file:%s/%%u.raw\nsource = file:/tmp/sound.raw\n' \
		"$dir" >"$conf"
	XEN_SND_DEV=$1 "$IN/xen-snd-one" --config "$conf" \
		>"/tmp/honest-$1.log" 2>&1 &
	honest[$1]=$!
}

honest_stop() {
	kill "-${2:-TERM}" "${honest[$1]}"
	wait "${honest[$1]}" 2>/dev/null
	cat "/tmp/honest-$1.log" >>"$OUT/backend-$1.log"
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
	second_played
}

# second_played: each file that the second card has played
second_played() {
	local file n=0

	"$IN/hostile-guest" sound 32000 >/tmp/second.raw
	for file in /tmp/second/q0*.raw; do
		# Its last period ends in silence.
		head -c 128000 "$file" | cmp /tmp/second.raw - ||
			fail "second card: $file" || return 1
		n=$((n + 1))
	done
	echo "second=$n" >>"$OUT/result"
	[ "$n" -gt 0 ]
}

# The states alone may be those that a dead backend has left.
first_connected() {
	grep -q 'connected, ' /tmp/honest-0.log && [ "$(xenstore-read "$first_be/state" "$first_fe/state" 2>/dev/null)" = $'4\n4' ]
}

hostile_paths() {
	wait_for 60 domu_path 1 >/dev/null || return 1
	first_id=$(xl domid domu1)
	first_be=/local/domain/0/backend/vsnd/$first_id/0
	first_fe=/local/domain/$first_id/device/vsnd/0
}

# ask "ROUND WHAT [STATE]": of the guest
ask() {
	xenstore-write "/local/domain/$first_id/data/ask" "$1"
}

# said_by_guest KEY [SECONDS]: wait until the guest has posted it
said_by_guest() {
	local key=/local/domain/$first_id/data/$1 watch pid

	exec {watch}< <(exec xenstore-watch "$key")
	pid=$!
	while read -rt "${2:-300}" -u "$watch" _; do
		! xenstore-exists "$key" || break
	done
	kill "$pid"
	exec {watch}<&-
	xenstore-exists "$key"
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
	grep -qE '^(connected|FAILED)' "$OUT/report-$1" ||
		! kill -0 "$hostile_pid" 2>/dev/null
}

# was_heard FILE: what was sent, and after it nothing but silence
was_heard() {
	local size

	size=$(stat -c %s /tmp/one.raw)
	cmp -s /tmp/one.raw <(head -c "$size" "$1") || return 1
	[ "$(tail -c +$((size + 1)) "$1" | tr -d '\0' | wc -c)" = 0 ]
}

# attack_end ROUND: the honest one is back, and plays
attack_end() {
	local round=$1 dir=/tmp/check-$1 stream state=ok

	kill "$hostile_pid" 2>/dev/null
	wait "$hostile_pid" 2>/dev/null
	honest_start 0 "$dir"
	if ! wait_for 20 first_connected; then
		say "round $round: no connection: $(xenstore-read "$first_be/state" "$first_fe/state" | tr '\n' ' ')"
		state=unconnected
	fi
	ask "$round check $state $used"
	said_by_guest "checked-$round" || return 1
	head -c $((6 * 2048 * 4)) /tmp/sound.raw >/tmp/one.raw
	for stream in $(streams p "$used"); do
		was_heard "$dir/$stream.raw" && state=ok || state=wrong
		echo "round=$round stream=$stream played=$state" >>"$OUT/played"
	done
	rm -rf "$dir"
	# The driver says no more than so much in five seconds.
	sleep 5
}

# attack_round ROUND OPTION...; the guest does what $asked says
attack_round() {
	attack_begin "$@" || return 1
	ask "$1 $asked $used"
	said_by_guest "done-$1" || fail "round $1: the guest does not answer" || return 1
	attack_end "$1"
}

# ---- DomU ----

# second_card: play, again and again, until there is /tmp/stop
second_card() {
	"$IN/hostile-guest" sound 32000 >/tmp/second.raw
	while [ ! -e /tmp/stop ]; do
		aplay -q -D hw:vsnd_1,0 -t raw -f S16_LE -c 2 -r 8000 /tmp/second.raw \
			>>"$OUT/second.log" 2>&1 || return 1
	done
}

# use_streams ROUND attack|fill COUNT, check_streams ROUND STATE COUNT: what can be asked for
# shellcheck disable=SC2046 # words
use_streams() {
	local before uses=$HOSTILE_USES

	before=$(irqs 0-1)
	echo "round $1 begins" >/dev/kmsg
	[ "$2" = attack ] || uses=$HOSTILE_FILLS
	"$IN/hostile-guest" "$2" "$HOSTILE_CARD" "$uses" $(streams "" "$3") |
		sed "s/^/round=$1 /" >>"$OUT/used"
	echo "round=$1 stream=p1 interrupts=$(($(irqs 0-1) - before))" >>"$OUT/interrupts"
	post "done-$1"
}

# shellcheck disable=SC2046 # words
check_streams() {
	local state=ok

	[ "$2" = ok ] || echo "round=$1 no connection" >>"$OUT/checked"
	"$IN/hostile-guest" check "$HOSTILE_CARD" 1 $(streams "" "$3") >/tmp/checked || state=wrong
	sed "s/^/round=$1 /" /tmp/checked >>"$OUT/checked"
	echo "round $1 ends" >/dev/kmsg
	post "checked-$1" "$state"
}

# answer_rounds: do what Dom0 asks for, until it asks for the end. Under KASAN each
# look costs the host time, so the watch tells when to look.
answer_rounds() {
	local ask='' last='' round what rest watch pid

	exec {watch}< <(exec xenstore-watch data/ask)
	pid=$!
	while read -r -u "$watch" _; do
		ask=$(xenstore-read data/ask 2>/dev/null)
		[ "$ask" != "$last" ] || continue
		last=$ask
		read -r round what rest <<<"$ask"
		# shellcheck disable=SC2086 # words
		case $what in
		attack | fill) use_streams "$round" "$what" $rest ;;
		check) check_streams "$round" $rest ;;
		end) kill "$pid"; return 0 ;;
		esac
	done
}

hostile_guest() {
	local status=0 second

	second_card &
	second=$!
	post ready
	answer_rounds || status=1
	: >/tmp/stop
	wait "$second" || fail "the second card: $(tail -n 1 "$OUT/second.log")" || status=1
	return "$status"
}
