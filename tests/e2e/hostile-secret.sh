# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# What can a backend read of the guest's memory? All of it is filled with a marker
# and freed, so whatever the kernel hands out without clearing has the marker in
# it; then a backend searches every page that it can map: rings, events,
# directories, audio buffers. It keeps them all mapped when the frontend has taken
# them back, while the guest fills its memory again: none of them changes, none is
# given to anybody else, and all come back when they are unmapped.

# Debian's kernel clears what it hands out; here the driver has to.
DOMU_CMDLINE='init_on_alloc=0 init_on_free=0'
DOMU_MEM=384
GUEST_SECONDS=600
MBYTES=160
VSND=$(hostile_vsnd)

host_prepare() { hostile_prepare; }
dom0_start() { hostile_start; }
dom0_finish() { hostile_finish; }
domu_setup() { modprobe snd-pcm; }

grants() {
	domu-grants "$(xl domid domu1)"
}

# counted MOMENT: how many grants there are
counted() {
	echo "moment=$1 grants=$(grants)" >>"$OUT/grants"
}

dom0_main() {
	hostile_paths || return 1
	await_from 1 ready >/dev/null || return 1
	counted bound
	attack_begin 1 -a - -m -k || return 1
	post_to 1 go
	await_from 1 done-1 >/dev/null || return 1
	# The frontend takes all back; this one unmaps nothing.
	kill -USR1 "$hostile_pid"
	wait_for 10 grep -q ^keeping "$OUT/report-1" || fail "nothing kept" || return 1
	sleep 4
	counted kept
	post_to 1 fill
	await_from 1 filled >/dev/null || return 1
	kill -USR2 "$hostile_pid"
	wait_for 10 grep -q ^kept "$OUT/report-1" || return 1
	kill "$hostile_pid"
	wait "$hostile_pid"
	# The driver looks each second.
	sleep 3
	attack_end 1 || return 1
	counted after
	post_to 1 counted
}

# shellcheck disable=SC2046 # words
domu_main() {
	# Before the driver allocates anything, and again while it is bound
	"$IN/hostile-guest" memory "$MBYTES" && driver_load 2 || return 1
	"$IN/hostile-guest" memory "$MBYTES" || return 1
	post ready
	await go >/dev/null || return 1
	"$IN/hostile-guest" memory "$MBYTES" || return 1
	"$IN/hostile-guest" attack vsnd 2 $(streams) >"$OUT/used"
	post done-1
	await fill >/dev/null || return 1
	"$IN/hostile-guest" memory "$MBYTES" || return 1
	post filled
	[[ $(await ask) = "1 check ok "* ]] || fail "no connection afterwards" || return 1
	"$IN/hostile-guest" check vsnd 1 $(streams) >"$OUT/checked" ||
		fail "an honest backend does not play afterwards" || return 1
	aplay -q -D hw:vsnd_1,0 -t raw -f S16_LE -c 2 -r 8000 <("$IN/hostile-guest" sound 32000)
	post checked-1
	await counted >/dev/null
}

at() {
	word grants "$(grep "moment=$1 " "$OUT/dom0/grants")"
}

host_check() {
	local total kept keeping status=0
	total=$(grep ^total "$OUT/dom0/report-1")
	keeping=$(grep ^keeping "$OUT/dom0/report-1")
	kept=$(grep ^kept "$OUT/dom0/report-1")

	cat "$OUT/dom0/grants"
	echo "$kept"
	echo "$total"
	# 16 streams with their directories and buffers, and twice 16 rings
	if [ "$(word scanned "$total")" -lt 1000 ] || [ "$(word pages "$keeping")" -lt 100 ]; then
		echo "WRONG: that is not everything"
		status=1
	fi
	[ "$(word marker "$total")" = 0 ] || { echo "WRONG: the marker was found"; status=1; }
	[ "$(word dirty "$total")" = 0 ] || { echo "WRONG: requests with unknown bytes"; status=1; }
	[ "$(word changed "$kept")" = 0 ] || { echo "WRONG: a page in the backend's hands was given away"; status=1; }
	[ "$(at kept)" -ge "$(word pages "$keeping")" ] ||
		{ echo "WRONG: grants ended while they were mapped"; status=1; }
	[ "$(at after)" = "$(at bound)" ] || { echo "WRONG: grants were left"; status=1; }
	return "$status"
}
