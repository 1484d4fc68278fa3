# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash
#
# The daemon, in Dom0 or in a driver domain.

backend_pid=''
backend_as=()

# What xen-snd-back needs that is root's: two devices, XenStore's socket, and
# where the scenario lets it write. As that user, without any capability.
backend_confine() {
	chown "$BACKEND_USER" /dev/xen/evtchn /dev/xen/gntdev \
		/run/xenstored/socket "$OUT"
	chmod 711 /run/xenstored
	backend_as=(setpriv --reuid "$BACKEND_USER" --regid "$BACKEND_USER"
		--clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all)
}

# backend_start [ARGUMENTS]: the scenario's configuration, plus ARGUMENTS
backend_start() {
	printf '%s\n' "$BACKEND_CONF" >/tmp/backend.conf
	backend_as=()
	[ -z "$BACKEND_USER" ] || backend_confine
	# shellcheck disable=SC2206
	[ -z "$BACKEND_SCHED" ] ||
		backend_as=(chrt $BACKEND_SCHED ${backend_as[@]+"${backend_as[@]}"})
	# Only a backend of "quirks" looks at this.
	export XEN_SND_QUIRKS=$QUIRKS
	# Unquoted: words.
	# shellcheck disable=SC2086
	${backend_as[@]+"${backend_as[@]}"} /lab/bin/xen-snd-back \
		--config /tmp/backend.conf --stats "$OUT/stats" \
		$BACKEND_ARGS "$@" >>"$OUT/backend.log" 2>&1 &
	backend_pid=$!
	sleep 0.2
	kill -0 "$backend_pid" 2>/dev/null || {
		cat "$OUT/backend.log"
		fail "xen-snd-back did not start"
	}
}

# An end by anything but its own decision on SIGTERM is a failure.
backend_stop() {
	local pid=$backend_pid status

	[ -n "$pid" ] || return 0
	backend_pid=
	kill "$pid" 2>/dev/null || {
		wait "$pid"
		fail "xen-snd-back had ended by itself, status $?"
		return 1
	}
	wait "$pid"
	status=$?
	[ "$status" = 0 ] || fail "xen-snd-back ended with status $status"
}
