# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# What the lifecycle scenarios share: one aplay and one arecord that go through
# all that happens, what arrived of it in pieces, and how long the driver kept
# xenwatch.
#
# A piece is what comes without a frame missing. In a sound of which each frame
# is unique, loss, repetition and disorder are distinguished and counted.

TRACING=/sys/kernel/tracing
# How long xenwatch is kept; empty for a kernel without the tracer, as the debug kernel
MEASURED=1
CPU1=/sys/devices/system/cpu/cpu1/online
CGROUP=/sys/fs/cgroup/life

# The daemon has no time to finish a file with a header.
LIFE_CONF='
[stream pb0]
sink = file:/lab/out/pb0.raw
[stream cap0]
source = file:/lab/in/cap0.wav
'

# life_sounds SECONDS: what is played and what is recorded from
life_sounds() {
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds "$1" "$IN/a.wav"
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds "$1" --seed 2 \
		"$IN/cap0.wav"
}

# ---- Dom0 ----

front_state() {
	xenstore-read "$(domu_path 1)/device/vsnd/0/state"
}

back_state() {
	xenstore-read "/local/domain/0/backend/vsnd/$(xl domid domu1)/0/state"
}

# The guest clears the key when xenwatch has seen it.
obeyed() {
	[ -z "$(xenstore-read "$(domu_path 1)/control/sysrq" | tr -d '\0')" ]
}

connected() {
	[ "$(front_state)" = 4 ]
}

# set_aside NAME: what has been played since the last time, in as many files as
# the stream has been opened, goes to the end of NAME.raw
set_aside() {
	local file found=

	for file in "$OUT"/pb0{,-[2-9],-[1-9][0-9],-[1-9][0-9][0-9]}.raw; do
		[ -f "$file" ] || continue
		cat "$file" >>"$OUT/$1.raw" && rm "$file"
		found=1
	done
	[ -n "$found" ] || fail "nothing was played"
}

# ---- DomU ----

# life_begin SECONDS: play a.wav and record for SECONDS; sets player and recorder
life_begin() {
	aplay "$IN/a.wav" >"$OUT/aplay.log" 2>&1 &
	player=$!
	arecord -f dat -d "$1" "$OUT/rec.wav" >"$OUT/arecord.log" 2>&1 &
	recorder=$!
	if ! { wait_for 20 running pcm0p && wait_for 20 running pcm0c; }; then
		fail "nothing runs"
	fi
}

# Both have to end by themselves, with success.
life_end() {
	local status=0

	wait "$player" ||
		fail "aplay: status $?: $(tail -n 1 "$OUT/aplay.log")" || status=1
	wait "$recorder" ||
		fail "arecord: status $?: $(tail -n 1 "$OUT/arecord.log")" || status=1
	return "$status"
}

# can_freeze PID...: put them where freezes() finds them
can_freeze() {
	local pid

	mount -t cgroup2 cgroup2 /sys/fs/cgroup && mkdir "$CGROUP" || return 1
	for pid; do
		echo "$pid" >"$CGROUP/cgroup.procs" || return 1
	done
}

# Longer than a buffer lasts, each
stops() {
	kill -STOP "$player" "$recorder"
	sleep 1
	kill -CONT "$player" "$recorder"
}

freezes() {
	echo 1 >"$CGROUP/cgroup.freeze"
	sleep 1
	echo 0 >"$CGROUP/cgroup.freeze"
}

replugs() {
	echo 0 >"$CPU1" && [ "$(nproc)" = 1 ] || fail "the vCPU stays" || return 1
	sleep 1
	echo 1 >"$CPU1"
}

# pcm_state PCM: RUNNING, SUSPENDED, ... or closed
pcm_state() {
	sed -n '1s/state: //;1p' "/proc/asound/card0/$1/sub0/status" 2>/dev/null
}

running() { [ "$(pcm_state "$1")" = RUNNING ]; }
suspended() { [ "$(pcm_state "$1")" = SUSPENDED ]; }

# Milliseconds of the guest's time; /proc/uptime has hundredths of seconds.
now_ms() {
	local up

	read -r up _ </proc/uptime
	echo $((10#${up/./} * 10))
}

# took COMMAND...: how many ms it takes, whatever its status
took() {
	local from

	from=$(now_ms)
	"$@" >/dev/null 2>&1
	echo $(($(now_ms) - from))
}

# xenwatch_prepare: take the memory that measuring needs
xenwatch_prepare() {
	[ -n "$MEASURED" ] || return 0
	[ -d "$TRACING/events" ] || mount -t tracefs tracefs "$TRACING" || return 1
	echo 256 >"$TRACING/buffer_size_kb"
}

# xenwatch_measure: from now on, with the driver loaded
xenwatch_measure() {
	local f

	[ -n "$MEASURED" ] || return 0
	xenwatch_prepare || return 1
	for f in front_changed front_probe front_remove front_resume node_changed; do
		echo "$f:mod:snd_xen_front" >>"$TRACING/set_ftrace_filter" || return 1
	done
	echo 1 >"$TRACING/options/funcgraph-proc"
	echo function_graph >"$TRACING/current_tracer"
}

# xenwatch_measured: all durations, us, one a line
xenwatch_measured() {
	[ -n "$MEASURED" ] || return 0
	# In other threads the driver may take its time; of a name it has seven letters.
	sed -nE 's/.* xenwatc-.* ([0-9.]+) us .*/\1/p' "$TRACING/trace" >"$OUT/xenwatch"
	echo nop >"$TRACING/current_tracer"
	[ -s "$OUT/xenwatch" ] || fail "no callback was measured"
}

# ---- on the host ----

# pieces_check FILE MOST: the line about pieces in FILE
pieces_check() {
	[ "$(word pieces "$(cat "$1")")" -le "$2" ] ||
		{ echo "WRONG: more than $2 pieces"; return 1; }
}

# life_check NAME MOST RECORDED MOST: what was played until set_aside NAME, and what
# was recorded, in no more than so many pieces; lines about them in $OUT/NAME and
# $OUT/RECORDED
life_check() {
	local status=0

	"$AUDIO/pieces" "$IN/a.wav" "$OUT/dom0/$1.raw" | tee "$OUT/$1" || status=1
	pieces_check "$OUT/$1" "$2" || status=1
	"$AUDIO/pieces" --again "$IN/cap0.wav" "$OUT/domu1/$3.wav" |
		tee "$OUT/$3" || status=1
	pieces_check "$OUT/$3" "$4" || status=1
	return "$status"
}

# logged_lost: frames that the log of the driver names
logged_lost() {
	sed -n 's/.*backend .*, \([0-9]*\) frames not known.*/\1/p' "$OUT/domu1/dmesg" |
		awk '{ n += $1 } END { print n + 0 }'
}

# lost_check NAME SLACK: the frames missing are those that its log names; the
# backend may have played up to SLACK more than it had said.
lost_check() {
	local lost logged

	lost=$(word lost "$(cat "$OUT/$1")") logged=$(logged_lost)
	echo "frames lost: $lost, in the log: $logged"
	if [ "$lost" -gt "$logged" ] || [ $((logged - lost)) -gt "$2" ]; then
		echo "WRONG: what was lost is not what was logged"
		return 1
	fi
}

# xenwatch_check: the driver must not keep xenwatch for longer than 10 ms. On the
# emulator's one CPU that includes what Dom0 does meanwhile.
xenwatch_check() {
	[ -n "$MEASURED" ] || { echo "xenwatch in the driver: not measured"; return 0; }
	sort -n "$OUT/domu1/xenwatch" | awk -v most=10 '
		{ t[NR] = $1 }
		END {
			printf "xenwatch in the driver: %d times, median %d us, longest %d us\n",
				NR, t[int((NR + 1) / 2)], t[NR]
			exit t[NR] > most * 1000
		}' || { echo "WRONG: xenwatch was kept for too long"; return 1; }
}
