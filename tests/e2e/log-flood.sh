# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2153,SC2154
#
# Two guests do what makes the backend write lines, as often as they can: thousands of
# OPENs of sinks that cannot be opened, requests that are refused, connections. The sinks
# of the one are ALSA PCMs: one that is not defined, one without a card, one whose file
# cannot be written, and clients of JACK, PulseAudio and PipeWire without a server. Those
# of the other one are PipeWire: first there is no server, then a socket that nobody
# listens to, then a server without any device. The log stays within
# Documentation/security-backend.rst, whichever library speaks.

DOMUS=2
DOM0_KERNEL=small DOMU_KERNEL=small
SERVERS=dom0
GUEST_SECONDS=1200 AWAIT_SECONDS=600
# Xen notes each grant that it refuses.
IGNORE='\(XEN\) .*grant_table\.c|\(XEN\) .*GNTTABOP'
# OPENs of each of the first two streams, and when there is another server
OPENS=2500 OPENS_THEN=250
BACKEND_CONF='
[default]
sink = pipewire
source = pipewire
[guest domu1]
sink = alsa:nothing
source = alsa:nothing
capture = allow
[guest domu2]
capture = allow
[guest domu1 stream more2]
sink = alsa:hw:9
[guest domu1 stream more3]
source = alsa:hw:9
[guest domu1 stream more4]
sink = alsa:jack
[guest domu1 stream more5]
source = alsa:jack
[guest domu1 stream more6]
sink = alsa:pulse
[guest domu1 stream more7]
source = alsa:pulse
[guest domu1 stream more8]
sink = alsa:pipewire
[guest domu1 stream more9]
source = alsa:pipewire
[guest domu1 stream more10]
sink = alsa:unwritable
[guest domu2 stream more2]
sink = pipewire:nothing
'
ASOUND_CONF='
pcm.jack { type jack playback_ports { 0 a:1 1 a:2 } capture_ports { 0 b:1 1 b:2 } }
pcm.pulse { type pulse }
pcm.pipewire { type pipewire }
pcm.unwritable { type file slave.pcm null file /proc/nothing format raw }
'

host_prepare() {
	cp "$("$LAB/build" programs "$TOP/tests/hostile-guest")/hostile-front" "$IN/"
}

# ---- Dom0 ----

dom0_start() {
	printf '%s\n' "$ASOUND_CONF" >/etc/asound.conf
	export PIPEWIRE_RUNTIME_DIR=/run/sound
	mkdir "$PIPEWIRE_RUNTIME_DIR"
	backend_start
}

server_start() {
	rm -f "$PIPEWIRE_RUNTIME_DIR"/*
	pipewire >>"$OUT/pipewire.log" 2>&1 &
	pipewire=$!
	wait_for 10 test -S "$PIPEWIRE_RUNTIME_DIR/pipewire-0" || fail "no PipeWire"
}

# phase NAME: the guest with PipeWire may begin
phase() {
	say "phase $1"
	post_to 2 "$1"
	await_from 2 "$1-done" >/dev/null
}

dom0_main() {
	local start

	await_from 2 ready >/dev/null && phase absent || return 1
	server_start || return 1
	# Its socket stays.
	kill -9 "$pipewire"
	wait "$pipewire"
	phase refused || return 1
	server_start || return 1
	phase alone
}

dom0_finish() {
	kill "$pipewire"
}

# ---- DomU ----

domu_setup() { :; }

flood() {
	"$IN/hostile-front" --log "$@" > >(tee -a "$OUT/flood") 2>&1 || fail "the flood"
}

domu_main() {
	local phase opens=$OPENS

	if [ "$GUEST" = 1 ]; then
		flood 11 "$OPENS" 20 12
		return
	fi
	post ready
	for phase in absent refused alone; do
		await "$phase" >/dev/null && flood 4 "$opens" 20 0 &&
			post "$phase-done" || return 1
		opens=$OPENS_THEN
	done
}

# ---- host ----

# within WHO [MORE]: never more than 40 of its lines in 10 seconds, and MORE at its end
within() {
	local most

	most=$(sed -nE "s/^\[ *([0-9.]+)\] [a-z]+: $1: .*/\1/p" "$OUT/dom0/backend.log" | awk '
		{ t[NR] = $1; while (t[NR] - t[first + 1] >= 10) first++ }
		NR - first > most { most = NR - first }
		END { print most + 0 }')
	echo "$1: at most $most lines in 10 seconds"
	[ "$most" -le $((40 + ${2:-0})) ]
}

# flooded WHO: so many lines there would have been
flooded() {
	local lines

	lines=$(sed -nE "s/.*: $1: ([0-9]+) lines suppressed$/\1/p" "$OUT/dom0/backend.log" |
		awk '{ n += $1 } END { print n + 0 }')
	echo "$1: $lines lines suppressed"
	[ "$lines" -ge 5000 ]
}

# spoke REGEXP: otherwise nothing is shown about that library
spoke() {
	grep -qE "$1" "$OUT/dom0/backend.log" || { echo "nothing was said about $1"; return 1; }
}

# What is no line of a guest's or a library's is the daemon's own.
others() {
	local lines

	lines=$(grep -vE '^\[ *[0-9.]+\] [a-z]+: (dom [12] vsnd 0|libpipewire|a library): ' \
		"$OUT/dom0/backend.log")
	if [ "$(wc -l <<<"$lines")" -gt 10 ] ||
		grep -vE '^\[ *[0-9.]+\] [a-z]+: ' <<<"$lines" | head -n 5 | grep .; then
		echo "other lines: $(wc -l <<<"$lines")"
		return 1
	fi
}

host_check() {
	local guest

	for guest in 1 2; do
		grep -h . "$OUT/domu$guest/flood"
		expect [ "$(grep -c '^ok flood-log' "$OUT/domu$guest/flood")" = $((2 * guest - 1)) ]
		expect within "dom $guest vsnd 0" 1
		expect flooded "dom $guest vsnd 0"
	done
	expect within libpipewire
	expect within 'a library'
	expect spoke 'dom 1 vsnd 0: .*Unknown PCM nothing'
	expect spoke 'a library: .*jack'
	expect others
	return "$wrong"
}
