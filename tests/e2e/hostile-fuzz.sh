# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2153,SC2154
#
# make fuzz-driver: a backend that answers right most of the time, and otherwise with an
# attack that its seed chooses; it disconnects and connects again all the while.
# SECONDS_FUZZED are the guest's, where one instruction is one nanosecond. On the debug
# kernel (DOMU_KERNEL=debug DOMU_TYPE=pvh DOMU_MEM=512) all of them are busy, and take
# the host six times as long.

DOM0_KERNEL=small GUEST_SECONDS=100000 TIMEOUT=7200
SECONDS_FUZZED=60
# 0: another one each time
SEED=1
# A stream more is two interrupts more, and under KASAN a connection of 16 streams
# takes four seconds of a busy CPU, most of what there is.
HOSTILE_COUNT=2
used=$HOSTILE_COUNT
VSND=$(hostile_vsnd)
# With DEBUG_KOBJECT_RELEASE each interrupt that goes is a line. Not on the console,
# that is, which costs the guest's time; a splat is.
DOMU_CMDLINE=loglevel=6
# The guest uses its streams until the host says that it is over; to begin a program is
# much under KASAN, so let each use them often.
HOSTILE_USES=20
AWAIT_SECONDS=2000

host_prepare() {
	hostile_prepare
	[ "$SEED" != 0 ] || SEED=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
	echo "$SEED" >"$IN/seed"
	say "seed $SEED, $SECONDS_FUZZED s"
}

dom0_start() { hostile_start; }
dom0_finish() { hostile_finish; }
domu_setup() { driver_load 2; }

dom0_main() {
	hostile_paths || return 1
	await_from 1 ready >/dev/null || return 1
	attack_begin 1 -r "$(cat "$IN/seed")" -t "$SECONDS_FUZZED" || return 1
	post_to 1 go
	# It ends by itself.
	wait "$hostile_pid" || fail "the hostile backend: status $?" || return 1
	post_to 1 over
	await_from 1 done-1 >/dev/null || fail "the guest does not answer" || return 1
	attack_end 1
}

# shellcheck disable=SC2046 # words
domu_main() {
	local uses=0 second

	second_card &
	second=$!
	post ready
	await go >/dev/null || return 1
	until xenstore-exists data/over; do
		"$IN/hostile-guest" attack "$HOSTILE_CARD" "$HOSTILE_USES" $(streams) >>"$OUT/used"
		uses=$((uses + 1))
	done
	say "$uses rounds of all streams"
	post done-1
	[[ $(await ask) = "1 check ok "* ]] || fail "no connection afterwards" || return 1
	"$IN/hostile-guest" check "$HOSTILE_CARD" 1 $(streams) >"$OUT/checked" ||
		fail "an honest backend does not play afterwards" || return 1
	post checked-1
	: >/tmp/stop
	wait "$second" || fail "the second card: $(tail -n 1 "$OUT/second.log")"
}

host_check() {
	local total status=0 opens
	total=$(grep ^total "$OUT/dom0/report-1")

	! grep -q 'played=wrong' "$OUT/dom0/played" || { echo "afterwards: not what was played"; status=1; }
	opens=$(awk '{ sub(/.*opens=/, ""); n += $1 } END { print n + 0 }' "$OUT/domu1/used")
	if [ "$(word messages "$total")" -lt 1000 ] || [ "$(word resets "$total")" -lt 10 ] ||
		[ "$(word hits "$total")" -lt 50 ] || [ "$opens" -lt 50 ]; then
		echo "not much was fuzzed"
		status=1
	fi
	echo "# seed $(word seed "$total"): $(word messages "$total") messages sent, $(word hits "$total") of them attacks; $(word resets "$total") resets and $opens opens survived; 0 splats"
	if [ "$status" = 0 ]; then
		echo "1 passed, 0 failed, 0 skipped"
	else
		echo "to see it again: tests/lab/run hostile-fuzz SEED=$(word seed "$total") SECONDS_FUZZED=$SECONDS_FUZZED DOMU_KERNEL=$DOMU_KERNEL DOMU_TYPE=$DOMU_TYPE DOMU_MEM=$DOMU_MEM"
		echo "0 passed, 1 failed, 0 skipped"
	fi
	return "$status"
}
