# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# All that can happen to a guest with sound, in random order (SEED), for MINUTES of
# its time, while one aplay and one arecord run from the beginning to the end. No
# frame arrives twice, out of order or changed, and both end with success.

: "${MINUTES:=60}"
SEED=1
EVENTS=(kill hang pause save cancel stops freezes replugs)
BACKEND_CONF=$LIFE_CONF
DOM0_MEM=1536 DOMU_MEM=384
# On one CPU a vCPU that waits for the other spins until its turn is over, and QEMU
# takes a thousand times as long for that as for anything else.
DOMU_VCPUS=2 CPUS=2
# More than is played; and a source that is longer than any connection.
COUNT=4000000000
SOURCE=$((48000 * 600))
TIMEOUT=14400
GUEST_SECONDS=$((MINUTES * 120 + 600)) AWAIT_SECONDS=$((MINUTES * 120))

# ---- Dom0 ----

dom0_start() {
	frames "$SOURCE" >/tmp/cap0.raw || return 1
	BACKEND_CONF=${BACKEND_CONF/\/lab\/in\/cap0.wav/\/tmp\/cap0.raw}
	backend_start
}

some() { sleep "$((RANDOM % $1)).$((RANDOM % 10))"; }

event_kill() {
	kill -9 "$backend_pid"
	wait "$backend_pid"
	set_aside played
	some 4
	backend_start
}

event_hang() {
	kill -STOP "$backend_pid"
	some 5
	kill -CONT "$backend_pid"
}

event_pause() {
	xl pause domu1
	some 6
	xl unpause domu1
}

event_save() {
	xl save domu1 /tmp/saved && xl restore /tmp/saved && rm /tmp/saved &&
		guest_moved 1
}

event_cancel() {
	xl save -c domu1 /tmp/saved && rm /tmp/saved
}

# What happens inside the guest
event_in_guest() {
	asked=$((asked + 1))
	post_to 1 "do-$asked" "$1"
	await_from 1 "did-$asked" >/dev/null
}

# one_event: whatever it is, a second later the card is connected.
one_event() {
	local event=${EVENTS[RANDOM % ${#EVENTS[@]}]}

	say "$n: $event"
	echo "$event" >>"$OUT/events"
	# A daemon that held the pipe to the checker would keep it waiting for ever.
	if declare -F "event_$event" >/dev/null; then
		"event_$event" 9>&-
	else
		event_in_guest "$event"
	fi || fail "$n: $event" || return 1
	sleep 1
	wait_for 20 connected || fail "$n: not connected after $event"
}

dom0_main() {
	local n=0 asked=0 checker end

	mkfifo "$OUT/played.raw"
	frames --pieces "$COUNT" <"$OUT/played.raw" >"$OUT/played" &
	checker=$!
	exec 9>"$OUT/played.raw"
	await_from 1 playing >/dev/null || return 1
	RANDOM=$SEED
	read -r end _ </proc/uptime
	end=$((${end%.*} + MINUTES * 60))
	while [ "$(cut -d . -f 1 /proc/uptime)" -lt "$end" ]; do
		n=$((n + 1))
		some 10
		one_event || return 1
	done
	event_in_guest ends || return 1
	set_aside played
	exec 9>&-
	rm "$OUT/played.raw"
	wait "$checker" || fail "what was played: $(cat "$OUT/played")"
}

# ---- DomU ----

ends() {
	kill "$generator"
	wait "$player" || fail "aplay: $(tail -n 1 "$OUT/aplay.log")" || return 1
	kill -INT "$recorder"
	wait "$checker" || fail "what was recorded: $(cat "$OUT/recorded")"
}

domu_main() {
	local n=0 generator player recorder checker what=

	mkfifo /tmp/p /tmp/r
	frames "$COUNT" >/tmp/p & generator=$!
	aplay -t raw -f dat </tmp/p >"$OUT/aplay.log" 2>&1 & player=$!
	frames --pieces "$SOURCE" </tmp/r >"$OUT/recorded" & checker=$!
	arecord -t raw -f dat >/tmp/r 2>"$OUT/arecord.log" & recorder=$!
	can_freeze "$player" "$recorder" && xenwatch_measure || return 1
	post playing
	while [ "$what" != ends ]; do
		n=$((n + 1))
		what=$(await "do-$n") && "$what" || fail "$what" || return 1
		post "did-$n"
	done
	xenwatch_measured
}

# ---- host ----

host_check() {
	local status=0

	sort "$OUT/dom0/events" | uniq -c | awk '{ n += $1; s = s ", " $2 " " $1 }
		END { print n " events" s }'
	echo "played: $(cat "$OUT/dom0/played")"
	echo "recorded: $(cat "$OUT/domu1/recorded")"
	echo "recoveries: $(grep -hc 'Suspended\|run!!!' "$OUT"/domu1/{aplay,arecord}.log | paste -sd+)"
	echo "in the log: $(logged_lost) frames not known to be played"
	xenwatch_check || status=1
	[ "$(word frames "$(cat "$OUT/dom0/played")")" -gt $((48000 * MINUTES * 30)) ] ||
		{ echo "WRONG: less than half the time was played"; status=1; }
	return "$status"
}
