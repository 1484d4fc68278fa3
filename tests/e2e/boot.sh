# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# The lab itself: a guest boots, both channels home work, without any driver
# or backend of ours.

DOMU_MODULE=stock
BACKEND=none
VSND=

host_prepare() { head -c 3000000 /dev/urandom >"$IN/noise"; }
dom0_start() { :; }
dom0_main() {
	[ "$(await_from 1 question)" = six ] && post_to 1 answer 42
}

domu_setup() { :; }
domu_main() {
	cp "$IN/noise" "$OUT/"
	cat "$IN"/noise{,,,,,,,,,,,,,,,,} >"$OUT/big"
	post question six
	[ "$(await answer)" = 42 ]
}

dom0_finish() { cp "$IN/noise" "$OUT/"; }
host_check() {
	cmp "$IN/noise" "$OUT/dom0/noise" && cmp "$IN/noise" "$OUT/domu1/noise" &&
		cmp <(cat "$IN"/noise{,,,,,,,,,,,,,,,,}) "$OUT/domu1/big"
}
