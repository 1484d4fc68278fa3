# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# Every named attack of tests/hostile on the debug kernel, a stream each, so many
# at a time; then those that need the whole device. After each round an honest
# backend plays and records on every stream, and a second card plays all the time.

DOM0_KERNEL=small DOMU_KERNEL=debug DOMU_TYPE=pvh DOMU_MEM=512
# The debug kernel tells of each kobject; what the driver says must not get lost.
DOMU_CMDLINE=log_buf_len=16M
GUEST_SECONDS=3000 TIMEOUT=3600
# Which attacks: an extended regexp, on their names
ATTACKS=.
VSND=$(hostile_vsnd)

host_prepare() { hostile_prepare; }
dom0_start() { hostile_start; }
dom0_finish() { hostile_finish; }
domu_setup() { driver_load 2; }
domu_main() { hostile_guest; }

# of KIND: names of attacks
of() {
	awk -v kind="$1" -v names="$ATTACKS" '$1 == kind && $2 ~ names { print $2 }' \
		"$OUT/attacks"
}

# Stream 0 of each direction is left in peace, next to the others.
several() {
	local names=("$@") i list=-

	for ((i = 0; i < 14; i++)); do
		[ "$i" != 7 ] || list+=,-
		list+=,${names[i]:--}
	done
	echo "$list"
}

dom0_main() {
	local round=0 names name kind

	hostile_paths && said_by_guest ready || return 1
	mapfile -t names < <(of stream)
	while [ "${#names[@]}" -gt 0 ]; do
		say "round $((++round)): ${names[0]} ... ($((${#names[@]})) left)"
		attack_round "$round" -a "$(several "${names[@]:0:14}")" || return 1
		names=("${names[@]:14}")
	done
	# Few streams, for they are all under the same attack.
	used=2
	for name in $(of alone); do
		say "round $((++round)): $name"
		attack_round "$round" -a "-,$name" || return 1
	done
	for name in $(of device); do
		say "round $((++round)): $name"
		[ "$name" != keeps-all ] && asked=attack || asked=fill
		attack_round "$round" -d "$name" || return 1
	done
	ask "0 end"
}

host_check() {
	"$TOP/tests/hostile/judge.py" "--attacks=$ATTACKS" "$OUT"
}
