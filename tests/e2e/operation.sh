# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# The daemon as a service, while two guests play: a second daemon does nothing; a wrong
# configuration changes nothing; with another one a stream goes on in another file without a
# frame lost; one with another kind of file closes the card that it is about, and the
# others play on without a frame lost; recording is denied, then allowed by xen-snd-ctl,
# then denied again; and when XenStore is lost, the daemon ends with the status for that.

DOMUS=2
# These boot sooner.
DOM0_KERNEL=small DOMU_KERNEL=small
DOM0_MODULES=snd-aloop
VSND='[ [ "card, backend=0, short-name=first",
	"pcm, name=main",
	"stream, unique-id=pb0, type=p",
	"stream, unique-id=cap0, type=c" ],
	[ "card, backend=0, short-name=second",
	"pcm, name=main",
	"stream, unique-id=pb1, type=p" ] ]'
BACKEND_CONF='
[default]
sink = null
source = alsa:hw:Loopback,1,0
[guest domu1 stream pb0]
sink = file:/lab/out/pb0.raw
[guest domu1 stream pb1]
sink = file:/lab/out/before.raw
'
SECONDS_PLAYED=40
# Bytes of a second of what is recorded
SECOND=192000

host_prepare() {
	"$AUDIO/gen" unique --seconds "$SECONDS_PLAYED" "$IN/a.wav"
	"$AUDIO/gen" unique --seconds "$SECONDS_PLAYED" --seed 2 "$IN/b.wav"
	"$AUDIO/gen" unique --seconds 60 --seed 3 "$IN/microphone.wav"
}

running() {
	grep -qs 'state: RUNNING' "/proc/asound/$1/sub0/status"
}

# ---- Dom0 ----

# What systemd would see; its watchdog wants a message each second.
dom0_start() {
	notified /run/notify >"$OUT/notified" &
	wait_for 5 test -S /run/notify || fail "no service manager" || return 1
	export NOTIFY_SOCKET=/run/notify WATCHDOG_USEC=2000000
	backend_start
}

second_daemon() {
	local status=0

	NOTIFY_SOCKET='' /lab/bin/xen-snd-back --sink null >"$OUT/second.log" 2>&1 || status=$?
	if [ "$status" != 4 ] || [ "$(wc -l <"$OUT/second.log")" != 1 ]; then
		fail "the second daemon: status $status: $(cat "$OUT/second.log")"
	fi
}

# ctl ARGUMENTS...: on stdout; a line for the log if that fails
ctl() {
	/lab/bin/xen-snd-ctl "$@" || fail "xen-snd-ctl $*"
}

# streams_in STATE COUNT REGEXP: so many lines of list have both
streams_in() {
	[ "$(ctl list | grep -E "$3" | grep -c " $1 ")" = "$2" ]
}

# reloads_wrong: one error line, and nothing else happens
reloads_wrong() {
	printf '%s\n[guest domu1]\nvolume = 3\n' "$BACKEND_CONF" >/tmp/backend.conf
	kill -HUP "$backend_pid"
	wait_for 5 grep -q 'the old configuration stays' "$OUT/backend.log" ||
		fail "the wrong file was not read" || return 1
	grep 'error: ' "$OUT/backend.log" >/tmp/errors
	if [ "$(wc -l </tmp/errors)" != 1 ] ||
		! grep -q 'error: /tmp/backend.conf:[0-9]*: volume: unknown option$' /tmp/errors; then
		fail "no single error line for a wrong file: $(cat /tmp/errors)"
	fi
}

# reloads_other FILE: what is about the second card of domu1
reloads_other() {
	echo "${BACKEND_CONF/before.raw/$1}" >/tmp/backend.conf
	kill -HUP "$backend_pid"
	wait_for 10 streams_in running 1 "file:/lab/out/$1\$" ||
		fail "the second card is not back: $(ctl list)"
}

# The microphone, for guest 1: denied until it is allowed, and again after that
microphone() {
	local player

	aplay -q -D hw:Loopback,0,0 "$IN/microphone.wav" &
	player=$!
	wait_for 5 streams_in running,denied 1 '^domu1 .* cap0 ' ||
		fail "the recording is not denied: $(ctl list)" || return 1
	sleep 3
	ctl allow-capture domu1 && wait_for 2 streams_in running,denied 0 . || return 1
	sleep 4
	running card0/pcm1c || fail "the loop is not recorded" || return 1
	ctl deny-capture domu1 || return 1
	wait_for 2 streams_in running,denied 1 '^domu1 .* cap0 ' ||
		fail "the recording goes on: $(ctl list)" || return 1
	running card0/pcm1c && { fail "the loop is still open"; return 1; }
	sleep 4
	kill "$player"
	wait "$player" || :
}

# While domu2 still plays
loses_xenstored() {
	local status=0

	streams_in running 1 '^domu2 .* pb0 ' || fail "domu2 does not play" || return 1
	say "killing oxenstored"
	kill "$(pidof oxenstored)"
	wait "$backend_pid" || status=$?
	backend_pid=
	[ "$status" = 3 ] || fail "without XenStore: status $status"
	# It cannot end any more, nor xl.
	guest_destroyed[2]=1
	kill "${guest_xl[2]}"
}

dom0_main() {
	await_from 1 playing >/dev/null && await_from 2 playing >/dev/null || return 1
	second_daemon || return 1
	ctl list | tee "$OUT/list"
	streams_in running 3 'domu[12] .* pb[01] ' || fail "not three that play" || return 1
	ctl --json list >"$OUT/list.json"
	reloads_wrong && sleep 1 && reloads_other after.raw && sleep 2 &&
		reloads_other end.wav && microphone || return 1
	ctl list
	ctl -n 2 top >"$OUT/top" || return 1
	say "waiting for domu1"
	guest_wait 1 && loses_xenstored
}

# ---- DomU ----

cards_are_two() { [ -e /dev/snd/pcmC0D0p ] && [ -e /dev/snd/pcmC1D0p ]; }

domu_main() {
	local first second recorder status=0

	wait_for 20 cards_are_two || fail "no second card" || return 1
	if [ "$GUEST" = 2 ]; then
		aplay -q -D hw:0 -t raw -f dat /dev/zero &
		wait_for 20 running card0/pcm0p && post playing
		sleep 1000
		return 1
	fi
	arecord -q -D hw:0 -t raw -f dat "$OUT/rec.raw" &
	recorder=$!
	aplay -q -D hw:0 "$IN/a.wav" >"$OUT/first.log" 2>&1 &
	first=$!
	aplay -q -D hw:1 "$IN/b.wav" >"$OUT/second.log" 2>&1 &
	second=$!
	wait_for 20 running card0/pcm0p && wait_for 20 running card1/pcm0p &&
		wait_for 20 running card0/pcm0c && post playing || status=1
	wait "$first" || fail "the first card: $(cat "$OUT/first.log")" || status=1
	wait "$second" || fail "the second card: $(cat "$OUT/second.log")" || status=1
	kill -INT "$recorder"
	wait "$recorder" || :
	return "$status"
}

# ---- host ----

# silence_in FILE FROM SECONDS: nothing but zeros there
silence_in() {
	! dd if="$1" bs="$SECOND" skip="$2" count="$3" 2>/dev/null | tr -d '\0' | grep -q .
}

recorded_check() {
	local rec=$OUT/domu1/rec.raw last line

	last=$(($(stat -c %s "$rec") / SECOND))
	line=$("$AUDIO/pieces" --silence "$IN/microphone.wav" "$rec") || return 1
	echo "recorded: $line"
	# 4 s were allowed, and the positions of the two go on by themselves.
	if [ "$(word pieces "$line")" != 1 ] || [ "$(word frames "$line")" -lt 150000 ] ||
		[ "$(word frames "$line")" -gt 300000 ]; then
		echo "WRONG: not the part that was allowed"
		return 1
	fi
	if ! { silence_in "$rec" 0 2 && silence_in "$rec" $((last - 3)) 3; }; then
		echo "WRONG: recorded without permission"
		return 1
	fi
}

notified_check() {
	local count

	count=$(grep -c '^WATCHDOG=1$' "$OUT/dom0/notified")
	echo "$count messages for the watchdog, and:"
	grep -v '^WATCHDOG=1$' "$OUT/dom0/notified" | tee "$OUT/notified"
	# More than one a second were a daemon that does not sleep.
	if [ "$count" -lt 20 ] || [ "$count" -gt 200 ]; then
		echo "WRONG: too few, or too many"
		return 1
	fi
	if ! sed -nE 's/^(READY|RELOADING|STOPPING)=1( MONOTONIC_USEC=[0-9]+$| STATUS=.*|$)/\1/p' \
		"$OUT/notified" | tr '\n' ' ' | grep -qx \
		'READY RELOADING READY RELOADING READY RELOADING READY STOPPING ' ||
		! grep -qx 'STATUS=4 cards connected, 6 streams' "$OUT/notified"; then
		echo "WRONG: not what systemd should see"
		return 1
	fi
}

host_check() {
	local status=0 log=$OUT/dom0/backend.log

	cat "$OUT/dom0/list"
	python3 -c 'import json, sys
records = json.load(sys.stdin)["records"]
assert sum(record["kind"] == "stream" for record in records) == 6, records
assert {record["guest"] for record in records} == {"domu1", "domu2"}, records' \
		<"$OUT/dom0/list.json" || status=1
	grep -q '%  *file:/lab/out/pb0.raw$' "$OUT/dom0/top" || { cat "$OUT/dom0/top"; status=1; }
	echo "the card that did not change: $("$AUDIO/pieces" "$IN/a.wav" "$OUT/dom0/pb0.raw")" |
		tee "$OUT/first"
	grep -q "pieces=1 frames=$((SECONDS_PLAYED * 48000)) lost=0 " "$OUT/first" || status=1
	stat_line pb0 1 1
	[ "$(word underruns "$(stat_line pb0 1 1)")" = 0 ] || { echo "WRONG: underruns"; status=1; }
	echo "the stream in two files: $("$AUDIO/pieces" "$IN/b.wav" "$OUT/dom0/before.raw" "$OUT/dom0/after.raw")" |
		tee "$OUT/moved"
	grep -q 'pieces=1 .* lost=0 repeated=0 reordered=0 changed=0' "$OUT/moved" || status=1
	echo "the card that was closed: $("$AUDIO/pieces" "$IN/b.wav" "$OUT/dom0/before.raw" "$OUT/dom0/after.raw" "$OUT/dom0/end.wav")" |
		tee "$OUT/second"
	grep -q 'pieces=[12] .* repeated=0 reordered=0 changed=0' "$OUT/second" || status=1
	[ "$(grep -c ': its configuration has changed: closing$' "$log")" = 1 ] ||
		{ echo "WRONG: not one card was closed"; status=1; }
	[ "$(grep -c 'stream cap0: recording denied, silence; ' "$log")" = 2 ] ||
		{ echo "WRONG: not two lines for two recordings denied"; status=1; }
	recorded_check || status=1
	notified_check || status=1
	cat "$OUT/dom0/second.log"
	tail -n 3 "$log"
	return "$status"
}
