# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# The backend is killed and started again, ten times, while one aplay and one
# arecord run in the guest. Both go on to their end with the files that they have
# open; what arrives is, backend by backend, the signal without a frame repeated
# or out of order, and the driver says how many frames are missing between. While
# there is no backend, the guest obeys xl as ever.

DOM0_KERNEL=small
KILLS=10
SECONDS_PLAYED=50
BACKEND_CONF=$LIFE_CONF

host_prepare() {
	life_sounds $((SECONDS_PLAYED + 10))
}

# ---- Dom0 ----

dom0_main() {
	local i

	await_from 1 playing >/dev/null || return 1
	for ((i = 1; i <= KILLS; i++)); do
		sleep 2
		kill -9 "$backend_pid"
		wait "$backend_pid"
		sleep 1
		xl sysrq domu1 h
		sleep 0.2
		obeyed || fail "the guest does not obey xl" || return 1
		set_aside played || return 1
		say "backend $((i + 1))"
		backend_start || return 1
		sleep 1
		connected || fail "not connected a second after start $i" || return 1
	done
}

dom0_finish() {
	set_aside played
}

# ---- DomU ----

domu_main() {
	xenwatch_measure && life_begin "$SECONDS_PLAYED" || return 1
	post playing
	life_end && xenwatch_measured
}

# ---- host ----

host_check() {
	local status=0

	grep -h Suspended "$OUT/domu1/aplay.log" "$OUT/domu1/arecord.log" | sort | uniq -c
	life_check played $((KILLS + 1)) rec $((KILLS + 1)) || status=1
	lost_check played $((KILLS * 6000)) || status=1
	xenwatch_check || status=1
	return "$status"
}
