# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# The player and the recorder are stopped for longer than their buffers last, ten
# times by SIGSTOP and ten times by the cgroup freezer, and a vCPU goes and comes
# back, ten times, under them. It costs xruns that they recover from, and what was
# recorded meanwhile; nothing that was played.

TIMES=10
DOMU_VCPUS=2
BACKEND_CONF=$LIFE_CONF

host_prepare() {
	life_sounds 62
}

dom0_finish() {
	set_aside played
}

# ---- DomU ----

both_run() { running pcm0p && running pcm0c; }

domu_main() {
	local i how

	life_begin 60 && can_freeze "$player" "$recorder" || return 1
	for how in stops freezes replugs; do
		for ((i = 1; i <= TIMES; i++)); do
			"$how" && wait_for 2 both_run || fail "$how: $i" || return 1
		done
	done
	life_end
}

# ---- host ----

host_check() {
	grep -hoE '(under|over)run' "$OUT/domu1/aplay.log" "$OUT/domu1/arecord.log" |
		sort | uniq -c
	# Each of the first twenty costs the recording what fell into it.
	life_check played 1 rec $((2 * TIMES + 1))
}
