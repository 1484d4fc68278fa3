# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2153,SC2154
#
# xen-snd-back as a host has it: Dom0 is Debian with systemd and Xen's own services, "make
# install" has put daemon and unit there, and the unit is enabled when the host boots. A
# sound card appears later. Each kind of sink and source plays inside the unit's sandbox,
# PipeWire with the drop-in of backend/README.md for the session of a user who has logged
# in. Then: reload, stop and start while a guest plays, a mistake in the configuration, a
# daemon that hangs or is killed, XenStore lost; and what the journal says about it all,
# with which priority.

DOM0_INIT=systemd
DOMU_KERNEL=small
BACKEND=none
GUEST_SECONDS=600 TIMEOUT=2400
# No login on the console
DOM0_CMDLINE='systemd.getty_auto=no'
# See dom0_first.
XEN_CMDLINE=sched_ratelimit_us=0
SESSION_UID=1000
UNIT=xen-snd-back.service
CONF=/etc/xen/snd-back.conf
SINK_NAMES='nothing file alsa pipewire'
VSND="[ [ \"card, backend=0, short-name=xensnd, sample-formats=s16_le, sample-rates=48000, channels-min=2\",
$(device nothing p), $(device file p), $(device alsa), $(device pipewire) ] ]"
# alsa: hw:0,1 is the other end of its loop; PipeWire has the loop hw:1.
BACKEND_CONF='
[default]
sink = null
source = null
[guest domu1]
capture = allow
[guest domu1 stream file-p]
sink = file:/var/lib/xen-snd-back/file.wav
[guest domu1 stream alsa-p]
sink = alsa:hw:0,0,0
[guest domu1 stream alsa-c]
source = alsa:hw:0,0,1
[guest domu1 stream pipewire-p]
sink = pipewire
[guest domu1 stream pipewire-c]
source = pipewire
'
# of what is played; the reload happens meanwhile
SECONDS_PLAYED=6

host_prepare() {
	local name seed=0

	for name in $SINK_NAMES; do
		"$AUDIO/gen" unique --seconds "$SECONDS_PLAYED" --seed $((seed += 1)) "$IN/$name.wav"
	done
	"$AUDIO/gen" unique --seconds 60 --seed 30 "$IN/voice.wav"
	# What README says about the session of a user; its uid is 1000, too.
	sed -n '/^and in the editor:$/,/^The options/s/^    //p' "$TOP/backend/README.md" >"$IN/drop-in"
}

# ---- Dom0: the unit ----

property() { systemctl show -P "$1" "$UNIT"; }

# is PROPERTY VALUE
is() {
	local value

	value=$(property "$1")
	[ "$value" = "$2" ] || fail "$1 is \"$value\", not \"$2\""
}

state_is() { [ "$(property "$1")" = "$2" ]; }

# reaches PROPERTY VALUE [SECONDS]
reaches() {
	wait_for "${3:-20}" state_is "$1" "$2" || fail "$1 is \"$(property "$1")\", not \"$2\""
}

# status_field NAME: of the daemon
status_field() {
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$(property MainPID)/status"
}

# as_unit COMMAND...: in the unit's cgroup and mounts. What the daemon's own restrictions
# on system calls and capabilities forbid is not shown by this.
as_unit() {
	local pid

	pid=$(property MainPID)
	# shellcheck disable=SC2016 # the inner shell's
	bash -c 'echo $$ >"/sys/fs/cgroup$1/cgroup.procs"; shift; exec nsenter -m -t "$@"' bash \
		"$(property ControlGroup)" "$pid" "$@" 2>/dev/null
}

# refused COMMAND...: that would work without the sandbox
refused() {
	"$@" >/dev/null 2>&1 || fail "$* fails anyway" || return 1
	! as_unit "$@" >/dev/null || fail "the unit may $*"
}

# confined CAPABILITIES: what the kernel says about the daemon
confined() {
	local field value

	for field in NoNewPrivs:1 Seccomp:2 "CapEff:$1" "CapBnd:$1" CapInh:0000000000000000; do
		value=$(status_field "${field%:*}")
		[ "$value" = "${field#*:}" ] || fail "$field, but it is $value" || return 1
	done
	chrt -p "$(property MainPID)" | grep -q 'SCHED_RR$' || fail "it is not SCHED_RR" || return 1
	as_unit dd if=/dev/null of=/dev/null count=1 || fail "nothing runs as the unit" || return 1
	as_unit touch /var/lib/xen-snd-back/may || fail "its directory is read-only" || return 1
	refused dd if=/dev/sda of=/dev/null count=1 &&
		refused touch /etc/touched && refused ls /home/alice/secret &&
		refused touch /var/lib/touched || return 1
	[ "$(readlink /proc/self/ns/net)" != "$(readlink "/proc/$(property MainPID)/ns/net")" ] ||
		fail "it has the host's network"
}

# messages: what systemd got from the daemon, one a line. Its own log has them at "debug".
messages() {
	journalctl -q -b -o cat _PID=1 |
		sed -nE "s/^$UNIT: Got notification message from PID [0-9]+:? \(?([^)]*)\)?$/\1/p"
}

# ---- Dom0: sounds ----

# A user, who logs in; the unit is as README says from then on.
session_start() {
	local conf=/etc/pipewire/pipewire.conf.d wireplumber=/etc/wireplumber/wireplumber.conf.d

	mkdir -p "$conf" "$wireplumber" "/etc/systemd/system/$UNIT.d"
	{
		echo 'context.objects = ['
		session_device sink Audio/Sink desk hw:1,0,0 500
		session_device source Audio/Source voice hw:1,0,1 2000
		echo ']'
	} >"$conf/lab.conf"
	# It would take the other loop as well.
	echo 'wireplumber.profiles = { main = { monitor.alsa = disabled } }' >"$wireplumber/lab.conf"
	loginctl enable-linger alice || return 1
	wait_for 20 test -S "/run/user/$SESSION_UID/pipewire-0" || fail "no PipeWire" || return 1
	cp "$IN/drop-in" "/etc/systemd/system/$UNIT.d/override.conf"
	systemctl daemon-reload && systemctl restart "$UNIT"
}

# at_end CARD: record what is played to the end 0, and play what is recorded from end 1
at_end() {
	arecord -q -D "hw:$1,1,0" -f dat "$OUT/arrived$1.wav" &
	players+=($!)
	aplay -q -D "hw:$1,1,1" "$IN/voice.wav" &
	players+=($!)
}

# ---- Dom0: the scenario ----

# What the administrator does, before a reboot
dom0_root() {
	echo "$BACKEND_CONF" >"$1$CONF"
	chmod 644 "$1$CONF"
	echo "XEN_SND_BACK_OPTS=\"--config $CONF --stats /var/lib/xen-snd-back/stats\"" \
		>"$1/etc/default/xen-snd-back"
	chroot "$1" useradd -m -u "$SESSION_UID" -G audio alice &&
		touch "$1/home/alice/secret" && chroot "$1" systemctl -q enable "$UNIT"
}

dom0_start() {
	reaches ActiveState active && is Type notify && is NRestarts 0 &&
		is StatusText '0 cards connected, 0 streams' && is WatchdogUSec 30s || return 1
	# See messages.
	systemctl log-level debug
	systemd-analyze security --no-pager "$UNIT" >"$OUT/security"
	modprobe snd-aloop enable=1,1 index=0,1 id=first,second && udevadm settle || return 1
	players=()
	at_end 0
	at_end 1
}

# A mistake in the file changes nothing; a change of another stream neither.
reloads() {
	echo 'volume = 3' >>"$CONF"
	systemctl reload "$UNIT" && is ActiveState active || return 1
	echo "${BACKEND_CONF/voice/desk}" >"$CONF"
	sed -i 's/^\[guest domu1\]$/&\ncpu = 30/' "$CONF"
	systemctl reload "$UNIT" && is ActiveState active && is NRestarts 0
}

dom0_main() {
	await_from 1 playing >/dev/null && sleep 1 || return 1
	is StatusText '1 cards connected, 6 streams' && confined 0000000000000000 &&
		reloads || return 1
	await_from 1 sandbox-done >/dev/null || return 1
	say "a user's session"
	session_start && is ActiveState active || return 1
	post_to 1 session
	await_from 1 session-playing >/dev/null && sleep 1 || return 1
	# CAP_DAC_OVERRIDE
	confined 0000000000000002 || return 1
	await_from 1 session-done >/dev/null || return 1
	post_to 1 restart
	await_from 1 restarted >/dev/null && sleep 1 || return 1
	say "stopping the unit"
	systemctl stop "$UNIT" && is Result success && is ExecMainStatus 0 || return 1
	systemctl start "$UNIT"
}

# restarts_after TIMES COMMAND...: so often it is started again, and serves then
restarts_after() {
	local times=$1
	shift

	systemctl reset-failed "$UNIT"
	"$@" || return 1
	wait_for 60 restarted_often "$times" && reaches ActiveState active 60
}

restarted_often() { [ "$(property NRestarts)" -ge "$1" ]; }

signal_unit() { systemctl kill -s "$1" "$UNIT"; }

# Neither for ever: systemd starts it once a second otherwise.
mistake() {
	echo 'volume = 3' >>"$CONF"
	! systemctl restart "$UNIT" || fail "it starts with a mistake" || return 1
	sleep 5
	is ActiveState failed && is ExecMainStatus 2 && is NRestarts 0 || return 1
	echo "$BACKEND_CONF" >"$CONF"
	systemctl start "$UNIT"
}

# ended_with STATUS: systemd says so
ended_with() {
	journalctl -q -b -o cat _PID=1 | grep -q "^$UNIT: Main process exited, code=exited, status=$1/"
}

# There is no other one: oxenstored cannot be started again in Dom0 without its state.
xenstored_lost() {
	say "killing oxenstored"
	kill "$(pidof oxenstored)"
	wait_for 20 ended_with 3 || fail "it has not ended with status 3" || return 1
	wait_for 90 restarted_often 3 || fail "not started again"
}

dom0_finish() {
	expect restarts_after 1 signal_unit KILL
	say "a daemon that hangs"
	expect restarts_after 1 signal_unit STOP
	expect mistake
	systemctl reset-failed "$UNIT"
	expect xenstored_lost
	systemctl stop "$UNIT"
	kill "${players[@]}"
	wait "${players[@]}"
	messages >"$OUT/messages"
	journalctl -q -b -o cat -p err _SYSTEMD_UNIT="$UNIT" >"$OUT/journal.err"
	journalctl -q -b -o cat _SYSTEMD_UNIT="$UNIT" >"$OUT/journal"
	cp /var/lib/xen-snd-back/* "$OUT/"
	return "$wrong"
}

# ---- DomU ----

# played NAME: at the same time as others
played() {
	timed "$1" "$SECONDS_PLAYED" aplay -D "hw:0,$2" "$IN/$1.wav" --buffer-size=8192 --period-size=1024
}

domu_main() {
	local jobs=()

	played nothing 0 & jobs+=($!)
	played file 1 & jobs+=($!)
	played alsa 2 & jobs+=($!)
	timed alsa-recorded 4 arecord -D hw:0,2 -d 4 -f dat "$OUT/recorded0.wav" & jobs+=($!)
	post playing
	wait "${jobs[@]}"
	post sandbox-done
	await session >/dev/null && wait_for 20 cards_ready || return 1
	sleep 2
	played pipewire 3 & jobs=($!)
	timed pipewire-recorded 4 arecord -D hw:0,3 -d 4 -f dat "$OUT/recorded1.wav" & jobs+=($!)
	post session-playing
	wait "${jobs[@]}"
	post session-done
	await restart >/dev/null || return 1
	post restarted
	timed through-restart "$SECONDS_PLAYED" aplay -D hw:0,0 "$IN/nothing.wav"
	# Each has said so by itself; the host looks at all of them.
	true
}

# ---- host ----

# arrived SENT FILE [MOST]: all of it in one piece, but for MOST frames at its beginning
arrived() {
	local said

	said=$("$AUDIO/pieces" --silence "$IN/$1.wav" "$OUT/dom0/$2" 2>&1)
	echo "$1: $said"
	[[ $said == 'pieces=1 '*' repeated=0 reordered=0 changed=0' ]] &&
		[ "$(word lost "$said")" -le "${3:-0}" ]
}

# What systemd has got: two reloads, the drop-in's restart, a stop, ...
messages_check() {
	local first

	first=$(sed -nE 's/^.*\b(READY|RELOADING|STOPPING)=1.*/\1/p' "$OUT/dom0/messages" |
		head -n 8 | tr '\n' ' ')
	echo "$first"
	[ "$first" = 'RELOADING READY RELOADING READY STOPPING READY STOPPING READY ' ] ||
		return 1
	grep -q '^WATCHDOG=1$' "$OUT/dom0/messages" || { echo "nothing for the watchdog"; return 1; }
	grep -q 'STATUS=1 cards connected, 6 streams' "$OUT/dom0/messages"
}

# Nothing but errors has that priority, and no line says it twice.
journal_check() {
	local err=$OUT/dom0/journal.err

	sort "$err" | uniq -c
	grep -q '^ready; PipeWire ' "$OUT/dom0/journal" || return 1
	! grep -E '^(<|\[ )|ready|closed|exit' "$err" || return 1
	[ "$(grep -c 'volume: only\|volume: unknown option' "$err")" = 2 ] &&
		[ "$(grep -c 'XenStore: the connection is lost' "$err")" = 1 ] &&
		[ "$(grep -c 'XenStore: no answer in 10 s' "$err")" -ge 2 ]
}

# What Documentation/security-backend.rst says
security_check() {
	local rating

	rating=$(sed -nE 's/.*Overall exposure level for .*: ([0-9.]+) .*/\1/p' "$OUT/dom0/security")
	echo "systemd-analyze security: $rating"
	grep -q "\`\`systemd-analyze security\`\` rates it $rating of 10" \
		"$TOP/Documentation/security-backend.rst"
}

host_check() {
	local name

	for name in nothing file alsa pipewire; do
		expect ran "$name" "$SECONDS_PLAYED"
	done
	# The daemon is away for a while.
	expect ran through-restart "$SECONDS_PLAYED" 400
	expect ran alsa-recorded 4
	expect ran pipewire-recorded 4
	expect arrived file file.wav
	expect arrived alsa arrived0.wav
	expect arrived pipewire arrived1.wav
	expect "$AUDIO/mixed" --part-of 48000 "$OUT/domu1/recorded0.wav" "$IN/voice.wav"
	expect "$AUDIO/mixed" --part-of 48000 "$OUT/domu1/recorded1.wav" "$IN/voice.wav"
	expect messages_check
	expect journal_check
	expect security_check
	return "$wrong"
}
