# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# make bench-scale: what a stream costs the backend when there are more and more
# of them. The frontends are simulated, in Dom0 (frontends.c), each a device with
# one playback stream, as if each were a guest; scale.py makes the table.

STREAMS='1 4 16 64 128 256'
PERIOD=1024
COUNTS='40 240'

DOMUS=0
# One CPU is all there is; Xen switching between two of Dom0's would be measured
# as well.
DOM0_VCPUS=1
DOM0_MEM=1536
TIMEOUT=2400
BENCH=${TOP:-}/tests/bench
BACKEND_CONF='
[default]
sink = null
'

host_prepare() {
	cp "$("$LAB/build" programs "$BENCH")/bench-frontends" "$IN/"
}

# Each frontend shares 2 pages of rings, 1 of grant numbers, 8 of audio; Linux
# lets processes share 1024 pages by default.
limits_raise() {
	modprobe xen-gntalloc limit=16384
}

dom0_start() {
	modprobe -r xen-gntalloc
	limits_raise || return 1
	backend_start
}

# Unquoted: words.
# shellcheck disable=SC2046,SC2086,SC2154 # backend_pid is lib-dom0's
dom0_main() {
	{
		cat /proc/sys/fs/nr_open /sys/module/xen_gntdev/parameters/limit
		grep 'open files' "/proc/$backend_pid/limits"
	} >"$OUT/limits"
	"$IN/bench-frontends" -d "$backend_pid" -s "$OUT/stats" -p "$PERIOD" \
		$(printf -- '-c %s ' $COUNTS) $STREAMS >"$OUT/scale"
}

host_check() {
	"$BENCH/scale.py" "$OUT"
}
