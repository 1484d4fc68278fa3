# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# Streams of two cards that are linked: ours, whose backend is killed while they play, and
# one that has nothing to do with Xen, and whose clock runs on meanwhile. ALSA suspends both; the application resumes, prepares
# and starts both again, and in the end can free both, with no grant left.

DOM0_KERNEL=small
KILLS=3
BACKEND_CONF='
[default]
sink = null
source = null
'

grants() { domu-grants "$(xl domid domu1)" >>"$OUT/grants"; }

dom0_main() {
	local i

	await_from 1 ready >/dev/null && grants && post_to 1 go || return 1
	await_from 1 playing >/dev/null || return 1
	for ((i = 1; i <= KILLS; i++)); do
		sleep 2
		kill -9 "$backend_pid"
		wait "$backend_pid"
		sleep 1
		backend_start || return 1
		wait_for 10 connected || fail "kill $i: no connection" || return 1
	done
	await_from 1 played >/dev/null && grants && post_to 1 counted
}

domu_setup() { driver_load && modprobe snd-dummy; }

domu_main() {
	local program

	post ready
	await go >/dev/null || return 1
	/lab/bin/linked hw:0 hw:Dummy 14 >"$OUT/linked" 2>"$OUT/linked.log" &
	program=$!
	wait_for 20 grep -qs RUNNING /proc/asound/card0/pcm0p/sub0/status || fail "nothing runs"
	post playing
	wait "$program" || { cat "$OUT/linked.log"; fail "linked"; return 1; }
	grep -q closed /proc/asound/card0/pcm0p/sub0/status || fail "still open"
	post played
	await counted >/dev/null
}

host_check() {
	cat "$OUT/domu1/linked"
	grep -q "^suspended=$KILLS " "$OUT/domu1/linked" || return 1
	echo "grants before and after: $(paste -sd' ' "$OUT/dom0/grants")"
	[ "$(wc -l <"$OUT/dom0/grants")" = 2 ] && [ "$(sort -u "$OUT/dom0/grants" | wc -l)" = 1 ]
}
