# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash
#
# What the guest, Xen, XenStore and the backend hold, counted at moments that
# the guest names, and compared on the host.

# Pages come and go for reasons of the guest's own; one buffer forgotten in each
# of many cycles is many times this.
SLACK_KB=400

# ---- Dom0: counts on demand ----

# On Xen's side, whoever holds them: grants, mapped ones, event channels; and
# the names of XenStore's nodes, not their values
dom0_counts() {
	local id

	id=$(xl domid domu1)
	echo "grants: $(domu-grants "$id")"
	echo "event channels of the guest: $(lsevtchn "$id" | wc -l)"
	echo "event channels of Dom0: $(lsevtchn 0 | wc -l)"
	echo "grant mappings of the backend: $(grep -c gntdev "/proc/${backend_pid:?}/maps")"
	echo "files of the backend: $(find "/proc/$backend_pid/fd" | wc -l)"
	echo "nodes of the frontend: $(nodes "/local/domain/$id/device/vsnd")"
	echo "nodes of the backend: $(nodes /local/domain/0/backend/vsnd)"
}

nodes() {
	xenstore-ls -f "$1" | sed 's/ = .*//' | sort >/tmp/nodes
	echo "$(wc -l </tmp/nodes) $(md5sum </tmp/nodes | cut -c1-8)"
}

# count_for MOMENT...: wait for domu1 to reach each, and count
count_for() {
	local moment

	for moment in "$@"; do
		await_from 1 "$moment" >/dev/null || return 1
		dom0_counts >"$OUT/$moment"
		post_to 1 "$moment-counted"
	done
}

# ---- DomU ----

# domu_counts MOMENT
domu_counts() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 1
	echo "IRQs: $(grep -c xen-dyn /proc/interrupts)"
	echo "the driver's IRQs: $(grep -c vsnd /proc/interrupts)"
	echo "devices in /dev/snd: $(find /dev/snd -name 'pcm*' -o -name 'control*' | wc -l)"
	echo "vmalloc areas for sound: $(grep -c snd_ /proc/vmallocinfo)"
	cp /proc/vmallocinfo "$OUT/$1.vmalloc"
	echo "free kB: $(free_kb)"
	echo "slab kB (for information): $(sed -n 's/^Slab: *\([0-9]*\).*/\1/p' /proc/meminfo)"
}

# Also free: what a CPU keeps at hand. No leak: the recordings, which lie in
# memory.
free_kb() {
	local n

	cat /proc/sys/vm/stat_refresh
	n=$(sed -n 's/MemFree: *\([0-9]*\).*/\1/p' /proc/meminfo)
	n=$((n + 4 * $(awk '$1 == "count:" { n += $2 } END { print n + 0 }' /proc/zoneinfo)))
	echo "$((n + $(du -sk "$OUT" /tmp | awk '{ n += $1 } END { print n }')))"
}

# Linux frees what the other side still maps a little later, and not at once.
count_at() {
	say "counting: $1"
	[ "$1" = bound ] || sleep 10
	post "$1"
	await "$1-counted" >/dev/null && domu_counts "$1" >"$OUT/$1"
}

# ---- on the host ----

# counts_check LABEL: compare the moments pristine, before, bound and after (what
# LABEL says happened); bound has to show the device in use.
counts_check() {
	local status=0 where what pristine before bound after diff

	printf '\n%-32s %12s %12s %12s %12s\n' '' 'never loaded' \
		'used once' 'bound' "$1"
	for where in dom0 domu1; do
		while IFS='|' read -r what pristine before bound after; do
			printf '%-32s %12s %12s %12s %12s' "$what" "$pristine" \
				"$before" "$bound" "$after"
			diff=0
			case $what in
			*information*) ;;
			free*) [ $((before - after)) -le "$SLACK_KB" ] || diff=1 ;;
			# A blkfront that is built in gives up what it has not used.
			grants) [ "$after" -le "$pristine" ] || diff=1 ;;
			*) [ "$pristine" = "$after" ] || diff=1 ;;
			esac
			# A count that does not see the device in use sees nothing.
			case $what in
			grants | *channels* | *mappings* | *IRQs)
				[ "$bound" -gt "$after" ] || diff=1 ;;
			esac
			[ "$diff" = 0 ] || { printf '  WRONG'; status=1; }
			echo
		done < <(cd "$OUT/$where" && paste -d '|' pristine before bound after |
			awk -F'|' '{
				line = $1
				sub(/: .*/, "", line)
				for (i = 1; i <= NF; i++) {
					sub(/.*: /, "", $i)
					line = line "|" $i
				}
				print line
			}')
	done
	return "$status"
}
