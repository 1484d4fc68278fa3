# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# xl reboot, TIMES times, and at last xl shutdown, while the guest plays and records.
# Nobody stops the streams first: the guest's poweroff and reboot are the bare system
# calls. The domain is gone within seconds, the backend holds then what it held, and
# the next domain plays and records bit-exactly.

TIMES=3
GUEST_SECONDS=900
FRAMES=48000
# Seconds; xl looks at the domain, and makes the next one, in this time, too.
MOST=15
DOMU_EXTRA='on_reboot = "restart"'
BACKEND_CONF='
[default]
sink = file:/tmp/%d-%u.raw
source = file:/tmp/cap0.raw
'

# ---- Dom0 ----

dom0_start() {
	frames $((FRAMES * 60)) >/tmp/cap0.raw && backend_start
}

# What the daemon and Dom0 have for a guest that is connected and silent, or for none
held() {
	echo "$1: $(grep -c gntdev "/proc/$backend_pid/maps") mappings," \
		"$(find "/proc/$backend_pid/fd" -mindepth 1 | wc -l) files," \
		"$(find "/proc/$backend_pid/task" -mindepth 1 -maxdepth 1 | wc -l) threads," \
		"$(lsevtchn 0 | wc -l) event channels" >>"$OUT/held"
}

gone() { ! xl domname "$1" >/dev/null 2>&1; }

# ends HOW ID: xl HOW, and how long it takes until that domain is no more
ends() {
	local from

	from=$(now_ms)
	xl "$1" domu1 || fail "xl $1" || return 1
	wait_for "$MOST" gone "$2" || fail "xl $1: still there after $MOST s" || return 1
	echo "xl $1: $(($(now_ms) - from)) ms" >>"$OUT/ends"
}

dom0_main() {
	local i id how=reboot

	for ((i = 0; i <= TIMES; i++)); do
		[ "$i" != "$TIMES" ] || how=shutdown
		await_from 1 idle >/dev/null || return 1
		id=$(xl domid domu1)
		held guest
		post_to 1 counted
		await_from 1 runs >/dev/null || return 1
		sleep 1
		say "$how of domain $id"
		frames --check "$FRAMES" <"/tmp/$id-pb0.raw" >>"$OUT/played" ||
			fail "domain $id: $(tail -n 2 "$OUT/played")" || return 1
		ends "$how" "$id" || return 1
	done
	sleep 5
	held none
	# That is how it was to end.
	guest_destroyed[1]=1
}

# ---- DomU ----

# What xl asks for, with nothing done before
bare_ends() {
	local how

	mkdir -p /sbin
	for how in poweroff reboot; do
		rm -f "/sbin/$how"
		printf '#!/bin/bash\nexec busybox %s -f\n' "$how" >"/sbin/$how"
		chmod +x "/sbin/$how"
	done
}

domu_main() {
	bare_ends || return 1
	post idle
	await counted >/dev/null || return 1
	frames "$FRAMES" | aplay -q -t raw -f dat || fail "it does not play" || return 1
	arecord -q -t raw -f dat -d 1 | frames --check "$FRAMES" ||
		fail "it does not record" || return 1
	frames 4000000000 | aplay -q -t raw -f dat &
	arecord -q -t raw -f dat /dev/null &
	wait_for 20 running pcm0p && wait_for 20 running pcm0c || return 1
	post runs
	sleep 60
	fail "nobody ended this"
}

# ---- host ----

host_check() {
	local status=0

	cat "$OUT/dom0/ends"
	sort "$OUT/dom0/held" | uniq -c
	if [ "$(grep '^guest' "$OUT/dom0/held" | sort -u | wc -l)" != 1 ]; then
		echo "WRONG: the backend keeps what was a guest's that is gone"
		status=1
	fi
	# Of none: the daemon's own threads and files, and what every domain has
	[ "$(sed -n 's/^none: \([0-9]*\) mappings.*/\1/p' "$OUT/dom0/held")" = 0 ] ||
		{ echo "WRONG: the backend maps what is nobody's"; status=1; }
	[ "$(grep -c exact=yes "$OUT/dom0/played")" = $((TIMES + 1)) ] ||
		{ echo "WRONG: not every domain played"; status=1; }
	return "$status"
}
