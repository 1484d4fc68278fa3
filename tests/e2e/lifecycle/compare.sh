# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# What a driver makes of a backend that is killed and restarted, a device that is
# detached and attached, and a save and a restore, each once under one aplay and
# one arecord. Says what was seen, and judges nothing: it is run with
# DOMU_MODULE=stock and with DOMU_MODULE=ours, side by side.

DOMU_MODULE=stock
DOM0_MEM=1536 DOMU_MEM=384 SPARE_MEM=768
GUEST_SECONDS=900 AWAIT_SECONDS=300
# Whatever the stock driver's kernel says is a result, too.
IGNORE='domu1[|]|domu1/dmesg'
BACKEND_CONF=$LIFE_CONF
EVENTS='kill detach save'

host_prepare() {
	life_sounds 60
}

# seen LINE: at once, too, for a guest that does not live to deliver it
seen() {
	say "$*"
	echo "$*" >>"$OUT/seen"
}

# ---- Dom0 ----

event_kill() {
	kill -9 "$backend_pid"
	wait "$backend_pid"
	sleep 2
	obeys
	backend_start
}

event_detach() {
	timeout 60 xl vsnd-detach domu1 0 || say "xl vsnd-detach failed"
	obeys
	timeout 60 xl vsnd-attach domu1 'card, backend=0, short-name=xensnd' \
		'pcm, name=main' 'stream, unique-id=pb0, type=p' \
		'stream, unique-id=cap0, type=c' || say "xl vsnd-attach failed"
}

event_save() {
	if ! timeout 120 xl save domu1 /tmp/saved; then
		seen "$event: xl save fails"
		return
	fi
	xl restore /tmp/saved && guest_moved 1
	obeys
}

# How long the guest takes to see that xl wants something
obeys() {
	local from

	from=$(now_ms)
	xl sysrq domu1 h
	if wait_for 30 obeyed; then
		seen "$event: obeys xl after $(($(now_ms) - from)) ms"
	else
		seen "$event: does not obey xl for 30 s"
	fi
}

dom0_main() {
	local event

	for event in $EVENTS; do
		await_from 1 "runs-$event" >/dev/null || return 1
		"event_$event" || return 1
		sleep 5
		seen "$event: states front $(front_state) back $(back_state)"
		post_to 1 "did-$event"
	done
	await_from 1 end >/dev/null
}

# ---- DomU ----

gone() { ! kill -0 "$1" 2>/dev/null; }

# outcome NAME PID: plays on, or how it ended
outcome() {
	local from how='goes on'

	if gone "$2"; then
		wait "$2"
		how="status $?, $(tail -n 1 "$OUT/$1.log")"
	fi
	from=$(now_ms)
	kill -9 "$2" 2>/dev/null
	wait_for 30 gone "$2" || how+='; cannot be killed for 30 s'
	seen "$event: $1: $how; ended after $(($(now_ms) - from)) ms"
}

next_open() {
	local from status=0

	from=$(now_ms)
	timeout -k 1 30 aplay -q -d 1 "$IN/a.wav" 2>"$OUT/next" || status=$?
	seen "$event: plays again: status $status after $(($(now_ms) - from)) ms $(head -n 1 "$OUT/next")"
}

# Whoever wants to go on after the card has not come back
reload() {
	seen "before $event: no card, driver loaded again"
	timeout 30 modprobe -r snd_xen_front
	driver_load
}

domu_main() {
	local event

	for event in $EVENTS; do
		cards_ready || reload
		life_begin 60 || seen "$event: nothing to begin with"
		post "runs-$event"
		await "did-$event" >/dev/null || return 1
		outcome aplay "$player"
		outcome arecord "$recorder"
		next_open
	done
	post end
}

# ---- host ----

host_check() {
	echo "with $DOMU_MODULE:"
	sort -s -t : -k 1,1 "$OUT/domu1/seen" "$OUT/dom0/seen"
	grep -hE 'WARNING|BUG|Oops|blocked for' "$OUT/domu1/dmesg" | head -n 5 || :
}
