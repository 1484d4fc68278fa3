# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash
#
# DomU's tools.

# Our module takes the stock one's place the way DKMS would: in updates/.
module_install() {
	local dir

	[ -f /lab/ko/snd_xen_front.ko ] || return 0
	dir=/lib/modules/$(uname -r)/updates
	mkdir -p "$dir"
	cp /lab/ko/snd_xen_front.ko "$dir/"
	depmod
}

cards_ready() {
	[ "$(grep -c '\]: ' /proc/asound/cards 2>/dev/null)" -ge "${1:-1}" ] &&
		ls /dev/snd/pcm* >/dev/null 2>&1
}

# The card appears when the backend has answered, not when modprobe returns.
driver_load() {
	modprobe snd_xen_front || return 1
	wait_for 20 cards_ready "${1:-1}" || fail "no sound card appeared"
}

# send_home: what there is in $OUT. Disk drivers only now, so that the disk's
# grants and event channels are not among those that a scenario counts.
send_home() {
	dmesg >"$OUT/dmesg"
	modprobe -qa xen-blkfront ahci sd_mod
	deliver "lab-domu$GUEST"
}

# Only the debug kernel looks for them: at nothing younger than five seconds,
# and at the second sight again at what moved during the first. What it finds is
# in the kernel's log.
memory_leaks() {
	local kmemleak=/sys/kernel/debug/kmemleak

	[ -e "$kmemleak" ] || return 0
	sleep 6
	echo scan >"$kmemleak"
	echo scan >"$kmemleak"
	cat "$kmemleak" >"$OUT/kmemleak"
}
