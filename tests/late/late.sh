# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# A backend that is half a second late makes nobody wait who has room, or data:
# no write, read, start, pause or stop sleeps. See play.c and late.c.

LATE=${TOP:-}/tests/late
BACKEND_CONF='
[default]
sink = null
source = null
'
VSND='[ [ "card, backend=0, short-name=xensnd, buffer-size=1048576, channels-min=2, channels-max=2, sample-rates=48000, sample-formats=s16_le",
	"pcm, name=main",
	"stream, unique-id=pb0, type=p",
	"stream, unique-id=cap0, type=c" ] ]'

host_prepare() {
	local built

	built=$("$LAB/build" programs "$LATE") || return 1
	cp "$built/late-play" "$built/late.so" "$IN/"
}

dom0_start() {
	LD_PRELOAD=$IN/late.so backend_start
}

# Its verdict is its last line, which is missing if it did not come so far.
domu_main() {
	"$IN/late-play" >"$OUT/calls" 2>&1 || :
}

host_check() {
	cat "$OUT/domu1/calls"
	[ "$(tail -n 1 "$OUT/domu1/calls")" = '0 wrong' ]
}
