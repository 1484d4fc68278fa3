# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash
#
# What scenario functions may use inside Dom0 and DomU.

IN=/lab/in
OUT=/lab/out
export IN OUT

# One progress line on the host's terminal.
say() {
	echo "LAB: $*"
}

# fail MESSAGE: for "check || fail ..." in a scenario
fail() {
	say "FAILED: $*"
	return 1
}

# wait_for SECONDS COMMAND...: poll until COMMAND succeeds. Each look costs the
# host time, which a longer wait does not.
wait_for() {
	local n=$(($1 * 4))
	shift

	until "$@"; do
		[ $((n -= 1)) -gt 0 ] || return 1
		sleep 0.25
	done
}

# The domains talk through XenStore's per-domain data directory, which the
# toolstack makes writable for the guest. DomU posts its own keys and reads
# Dom0's answers in the same place; Dom0 names the guest.
#   post KEY [VALUE]           in a DomU
#   await KEY                  in a DomU: wait, print the value
#   post_to GUEST KEY [VALUE]  in Dom0
#   await_from GUEST KEY       in Dom0
post() {
	xenstore-write "data/$1" "${2:-1}"
}

await() {
	wait_for "${AWAIT_SECONDS:-120}" xenstore-exists "data/$1" &&
		xenstore-read "data/$1"
}

domu_path() {
	local domid

	domid=$(xl domid "domu$1" 2>/dev/null) && echo "/local/domain/$domid"
}

post_to() {
	xenstore-write "$(domu_path "$1")/data/$2" "${3:-1}"
}

# A guest that has gone says nothing any more.
said_or_gone() {
	xenstore-exists "$1/data/$2" || ! xenstore-exists "$1"
}

await_from() {
	local path

	path=$(wait_for "${AWAIT_SECONDS:-120}" domu_path "$1") &&
		wait_for "${AWAIT_SECONDS:-120}" said_or_gone "$path" "$2" &&
		xenstore-read "$path/data/$2"
}

# disk_labelled LABEL: the disk that the host prepared for that purpose. No
# order of probing is relied upon.
disk_labelled() {
	local dev

	for dev in /dev/sd[a-z] /dev/xvd[a-z]; do
		[ -b "$dev" ] || continue
		if [ "$(dd if="$dev" bs=512 count=1 2>/dev/null |
				tr -d '\0' | head -n 1)" = "$1" ]; then
			echo "$dev"
			return 0
		fi
	done
	return 1
}

# deliver LABEL: send /lab/out home.
deliver() {
	local dev

	wait_for 20 disk_labelled "$1" >/dev/null || return 1
	dev=$(disk_labelled "$1")
	tar -c -f "$dev" -C "$OUT" . && sync
}
