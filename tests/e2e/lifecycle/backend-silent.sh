# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# A backend that does not respond, though XenStore says nothing: stopped, or killed
# and not replaced. Ten times: who plays and records is suspended within 2 s, its
# close takes no time, and who opens the device next waits for no more than 1 s.
# When a backend that was only stopped goes on, and when there is a new one, all
# is well.

DOM0_KERNEL=small
TIMES=10
BACKEND_CONF=$LIFE_CONF

host_prepare() {
	life_sounds 60
}

# ---- Dom0 ----

dom0_main() {
	local i signal

	for ((i = 1; i <= TIMES; i++)); do
		await_from 1 "runs-$i" >/dev/null || return 1
		signal=STOP
		[ $((i % 2)) = 0 ] || signal=KILL
		kill -"$signal" "$backend_pid"
		post_to 1 "silent-$i" "$signal"
		await_from 1 "seen-$i" >/dev/null || return 1
		if [ "$signal" = STOP ]; then
			kill -CONT "$backend_pid"
		else
			wait "$backend_pid"
			backend_start || return 1
		fi
		wait_for 2 connected || fail "not connected" || return 1
		post_to 1 "back-$i"
	done
}

# ---- DomU ----

both_suspended() { suspended pcm0p && suspended pcm0c; }

# limit WHAT MS TIME
limit() {
	echo "$1 $3" >>"$OUT/times"
	[ "$3" -le "$2" ] || fail "$1: $3 ms"
}

domu_main() {
	local i how status=0

	for ((i = 1; i <= TIMES; i++)); do
		life_begin 60 || return 1
		sleep 1
		post "runs-$i"
		how=$(await "silent-$i") || return 1
		limit "$how: noticed" 2000 "$(took wait_for 10 both_suspended)" || status=1
		kill -9 "$player" "$recorder"
		limit "$how: closed" 100 "$(took wait "$player")" || status=1
		limit "$how: next open" 1000 "$(took aplay -d 1 "$IN/a.wav")" || status=1
		aplay -q -d 1 "$IN/a.wav" 2>"$OUT/open-$i" && status=1
		head -n 1 "$OUT/open-$i" >>"$OUT/errors"
		post "seen-$i"
		await "back-$i" >/dev/null || return 1
		timeout 5 aplay -q -d 1 "$IN/a.wav" || fail "$how: it does not play again" ||
			status=1
	done
	return "$status"
}

# ---- host ----

host_check() {
	sort "$OUT/domu1/times" | awk '
		{
			what = $1 " " $2 " " $3
			sub(/ [0-9]*$/, "", what)
			if (!(what in most) || $NF > most[what])
				most[what] = $NF
			n[what]++
		}
		END { for (what in n) printf "%s: %d times, most %d ms\n", what, n[what], most[what] }'
	echo "who opened it meanwhile:"
	sort "$OUT/domu1/errors" | uniq -c
	[ -s "$OUT/domu1/errors" ]
}
