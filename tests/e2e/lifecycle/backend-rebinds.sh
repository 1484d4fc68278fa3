# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# The backend is killed while aplay and arecord run, and the next one finds the
# guest's state 4, binds the rings of the old connection, says Connected and does
# not know Reconfiguring. Within five seconds both sides are connected again, and
# both programs go on with the files that they have open.
#
# Each second time the backend goes by another state before that, and the guest's
# driver comes too late to answer it: xenwatch runs, its worker does not.

DOM0_KERNEL=small
BACKEND=quirks
QUIRKS=ignore-reconfiguring
KILLS=4
SECONDS_PLAYED=40
BACKEND_CONF=$LIFE_CONF

host_prepare() {
	life_sounds $((SECONDS_PLAYED + 20))
}

is_seen() { [ $(($1 % 2)) = 0 ]; }

# ---- Dom0 ----

both_connected() {
	[ "$(front_state)" = 4 ] && [ "$(back_state)" = 4 ]
}

# kill_backend N: when the guest's worker is held, if it shall see something
kill_backend() {
	if is_seen "$1"; then
		post_to 1 "hold-$1"
		await_from 1 "held-$1" >/dev/null || return 1
		sleep 0.3
	fi
	kill -9 "$backend_pid"
	wait "$backend_pid"
	both_connected || fail "kill $1: somebody has seen it" || return 1
	! is_seen "$1" || xenstore-write \
		"/local/domain/0/backend/vsnd/$(xl domid domu1)/0/state" 2
	sleep 0.3
}

dom0_main() {
	local i

	await_from 1 playing >/dev/null || return 1
	for ((i = 1; i <= KILLS; i++)); do
		sleep 2
		kill_backend "$i" || return 1
		set_aside played || return 1
		backend_start || return 1
		sleep 3.5
		say "kill $i: frontend $(front_state), backend $(back_state)"
		wait_for 5 both_connected && wait_for 5 test -s "$OUT/pb0.raw" ||
			fail "kill $i: frontend $(front_state), backend $(back_state)" ||
			return 1
	done
}

dom0_finish() {
	set_aside played
}

# ---- DomU ----

# hold_worker N: for three seconds nothing runs but what takes XenStore's events
hold_worker() {
	await "hold-$1" >/dev/null || return 1
	chrt -f -p 90 "$(pidof xenbus)" && chrt -f -p 90 "$(pidof xenwatch)" &&
		echo -1 >/proc/sys/kernel/sched_rt_runtime_us || return 1
	post "held-$1"
	chrt -f 90 timeout 3 chrt -f 80 bash -c 'while :; do :; done'
	return 0
}

domu_main() {
	local i

	life_begin "$SECONDS_PLAYED" || return 1
	post playing
	for ((i = 1; i <= KILLS; i++)); do
		! is_seen "$i" || hold_worker "$i" || return 1
	done
	life_end
}

# ---- host ----

host_check() {
	grep -c 'connected to no offer' "$OUT/domu1/dmesg" | sed 's/$/ handshakes begun again/'
	life_check played $((KILLS + 1)) rec $((KILLS * 2 + 1))
}
