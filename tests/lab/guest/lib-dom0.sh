# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash
#
# Dom0's tools: Xen's daemons, the backend, the guests.

declare -A guest_xl=() guest_destroyed=()

toolstack_start() {
	# With systemd it is Debian's own.
	[ ! -d /run/systemd/system ] || { systemctl -q is-active xen.service; return; }
	mkdir -p /var/log/xen/console /var/lib/xen /var/run/xen
	# Nothing is ballooned here; the lock and hotplug defaults are fine.
	printf 'autoballoon="off"\n' >/etc/xen/xl.conf
	if ! { oxenstored && xen-init-dom0 >/dev/null &&
		xenconsoled --log=all --log-dir=/var/log/xen/console; }; then
		fail "toolstack"
	fi
}

guest_config() {
	local vsnd

	vsnd=$(vsnd_of "$1")
	cat <<END
name = "domu$1"
type = "$DOMU_TYPE"
kernel = "/lab/domu/vmlinuz"
ramdisk = "/lab/domu/ramdisk"
cmdline = "console=hvc0 lab.role=domu lab.guest=$1 $DOMU_CMDLINE"
memory = $DOMU_MEM
vcpus = $DOMU_VCPUS
on_poweroff = "destroy"
on_reboot = "destroy"
on_crash = "destroy"
disk = [ "format=raw, vdev=xvda, access=rw, script=/lab/guest/block, target=$(disk_labelled "lab-domu$1")" ]
${vsnd:+vsnd = $vsnd}
$DOMU_EXTRA
END
}

# xl stays in the foreground of a background job: its end is the guest's.
guest_create() {
	local log=/var/log/xen/console/guest-domu$1.log

	wait_for 20 disk_labelled "lab-domu$1" >/dev/null || fail "no disk" || return 1
	# Domain ids go with the guests' numbers: what both sides write has them.
	[ "$1" = 1 ] || wait_for 60 domu_path $(($1 - 1)) >/dev/null ||
		fail "domu$(($1 - 1)) does not exist" || return 1
	guest_config "$1" >"/tmp/domu$1.cfg"
	: >"$log"
	# The guest's console also goes to the serial line, so that a guest that
	# never ends has printed what it was doing.
	[ -n "$INTERACTIVE" ] || tail -f "$log" | sed -u "s/^/domu$1| /" &
	say "creating domu$1"
	xl create -F "/tmp/domu$1.cfg" >"/var/log/xen/xl-domu$1.log" 2>&1 &
	guest_xl[$1]=$!
	[ -n "$INTERACTIVE" ] || guest_watchdog "$1" &
}

# A guest that waits for something that never comes ends here: where virtual
# time passes idly that is soon. Its kernel lists the blocked tasks first.
guest_watchdog() {
	sleep "$GUEST_SECONDS"
	domu_path "$1" >/dev/null || return 0
	say "FAILED: domu$1 did not end within $GUEST_SECONDS s"
	xl sysrq "domu$1" w
	sleep 2
	xl destroy "domu$1"
}

# guest_moved N: the guest goes on as another domain, whose xl is not ours.
guest_moved() {
	local id

	wait "${guest_xl[$1]}"
	wait_for 20 domu_path "$1" >/dev/null || fail "domu$1 is gone" || return 1
	# The name may soon be another domain's.
	id=$(xl domid "domu$1") || return 1
	while xl domname "$id" >/dev/null 2>&1; do
		sleep 1
	done &
	guest_xl[$1]=$!
}

# guest_destroy N: pull the plug. Nothing more is expected of that guest.
guest_destroy() {
	guest_destroyed[$1]=1
	xl destroy "domu$1"
}

# The guest's own status, from its console; a guest that did not say one has
# failed.
guest_wait() {
	local logs=/var/log/xen/console status

	wait "${guest_xl[$1]}"
	[ -z "${guest_destroyed[$1]:-}" ] || return 0
	# One that has migrated speaks under the name that it arrived with.
	status=$(cat "$logs/guest-domu$1.log" "$logs/guest-domu$1--incoming.log" 2>/dev/null |
		sed -n 's/.*LAB-DOMU-STATUS \([0-9]*\).*/\1/p')
	case $status in
	0) return 0 ;;
	'')
		tail -n 5 "/var/log/xen/xl-domu$1.log"
		fail "domu$1 ended without a status"
		;;
	*) fail "domu$1: status $status" ;;
	esac
}
