# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# On a kernel that does not run under Xen the module says ENODEV and nothing
# else.

MACHINE=bare

# What it needs is loaded before, so that every new line is the driver's own.
domu_setup() {
	modprobe snd-pcm
	dmesg >/tmp/before
}

domu_main() {
	local answer

	[ ! -e /sys/hypervisor/type ] || fail "this is a Xen guest" || return 1
	modinfo -n snd_xen_front | tee "$OUT/module"
	grep -q updates/ "$OUT/module" || fail "not our module" || return 1
	answer=$(modprobe snd_xen_front 2>&1) && { fail "it loaded"; return 1; }
	echo "modprobe: $answer"
	[[ $answer = *': No such device' ]] || fail "another error" || return 1
	[ ! -d /sys/module/snd_xen_front ] || fail "it stayed" || return 1
	dmesg | tail -n +$(($(wc -l </tmp/before) + 1)) |
		grep -v 'loading out-of-tree module\|module verification failed' \
		>"$OUT/said"
	[ ! -s "$OUT/said" ] || { cat "$OUT/said"; fail "it said something"; }
}
