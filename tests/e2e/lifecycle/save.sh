# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# xl save and xl restore, or xl migrate to the same host (of a PVH guest: Debian's Xen
# has no log of dirty pages for PV), under one aplay and one arecord, ten times. Both
# go on to their end with the files that they have open; what arrives is the signal in
# pieces, without a frame repeated or out of order, and the driver says how many
# frames are missing between. Then the same idle, then a save that is cancelled,
# and a pause that is longer than every time-out: these cost no frame.

DOM0_KERNEL=small
TIMES=10
HOW=save	# or migrate
# Seconds to play, each time; two thirds of them are recorded.
LENGTH=90
BACKEND_CONF=$LIFE_CONF
# The guest is there twice: saved in Dom0's memory, or as two domains.
DOM0_MEM=1536 DOMU_MEM=384 SPARE_MEM=768
GUEST_SECONDS=900 AWAIT_SECONDS=600

host_prepare() {
	life_sounds "$LENGTH"
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 1 "$IN/b.wav"
}

# ---- Dom0 ----

move_by_save() {
	xl save domu1 /tmp/saved || fail "xl save" || return 1
	xl restore /tmp/saved || fail "xl restore" || return 1
	rm /tmp/saved
}

# No ssh between: where the other host's xl would start a program, it runs here.
move_by_migrate() {
	xl migrate -s '' domu1 'xl migrate-receive' || fail "xl migrate"
}

move() {
	"move_by_$HOW" && guest_moved 1 || return 1
	wait_for 20 connected || fail "not connected"
}

dom0_main() {
	local i

	await_from 1 playing >/dev/null || return 1
	for ((i = 1; i <= TIMES; i++)); do
		sleep 2
		say "$HOW $i"
		move || return 1
	done
	post_to 1 saved
	await_from 1 idle >/dev/null && set_aside played || return 1
	say "$HOW, idle"
	move || return 1
	post_to 1 saved-idle
	await_from 1 again >/dev/null || return 1
	say "save, cancelled"
	xl save -c domu1 /tmp/saved || fail "xl save -c" || return 1
	rm /tmp/saved
	sleep 1
	say "pause"
	xl pause domu1
	sleep 15
	xl unpause domu1
	post_to 1 paused
}

dom0_finish() {
	set_aside again
}

# ---- DomU ----

domu_main() {
	life_begin $((LENGTH * 2 / 3)) || return 1
	post playing
	await saved >/dev/null && life_end || return 1
	mv "$OUT/rec.wav" "$OUT/rec-saved.wav"
	post idle
	await saved-idle >/dev/null || return 1
	life_begin $((LENGTH * 2 / 3)) || return 1
	post again
	await paused >/dev/null && life_end
}

# ---- host ----

host_check() {
	local status=0

	life_check played $((TIMES + 1)) rec-saved $((TIMES + 1)) || status=1
	lost_check played $((TIMES * 24000)) || status=1
	echo "a cancelled save and a pause"
	# Recording goes on without the guest, which comes too late for it.
	life_check again 1 rec 3 || status=1
	return "$status"
}
