# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# Ten minutes of playback and of recording at the same time: every frame arrives
# once and in its place, and the position never leaves the clock.

RATE=48000
: "${MINUTES:=10}"
# Periods and a piece of one
COUNT=$((RATE * 60 * MINUTES + 1))
# Twice 115 MB lie in Dom0: what is recorded from, and what was played.
DOM0_MEM=1536
DOM0_KERNEL=small
TIMEOUT=1800
GUEST_SECONDS=$((MINUTES * 60 + 300))
AWAIT_SECONDS=$((MINUTES * 60 + 200))
BACKEND_CONF='
[stream pb0]
sink = file:/tmp/pb0.raw
[stream cap0]
source = file:/tmp/cap0.raw
'

dom0_start() {
	frames "$COUNT" >/tmp/cap0.raw && backend_start
}

# What is not right goes home, for a closer look.
dom0_finish() {
	frames --check "$COUNT" </tmp/pb0.raw >"$OUT/play.check" ||
		cp /tmp/pb0.raw "$OUT/"
}

# ---- DomU ----

player() {
	frames "$COUNT" | aplay -t raw -f dat -s "$COUNT"
}

recorder() {
	arecord -t raw -f dat -s "$COUNT" | frames --check "$COUNT" \
		>"$OUT/record.check"
}

# position STREAM: frames that hw_ptr is behind the clock
position() {
	# Both clocks have run since the guest's start.
	awk -v rate="$RATE" '
		FILENAME == "/proc/uptime" { now = $1 }
		$1 == "trigger_time:" { start = $2 }
		$1 == "hw_ptr" { position = $3 }
		END { printf "%d", (now - start) * rate - position }
	' /proc/uptime "/proc/asound/card0/$1/sub0/status"
}

# Each minute but the last
watch_position() {
	local minute stream

	for ((minute = 1; minute < MINUTES; minute++)); do
		sleep 60
		for stream in pcm0p pcm0c; do
			echo "minute=$minute stream=$stream behind=$(position "$stream")" \
				>>"$OUT/positions"
		done
	done
}

domu_main() {
	local jobs=() job status=0

	set -o pipefail
	pcm_run play pb0 0-0 - player & jobs+=($!)
	pcm_run record cap0 0-1 - recorder & jobs+=($!)
	watch_position & jobs+=($!)
	for job in "${jobs[@]}"; do
		wait "$job" || status=1
	done
	return "$status"
}

# ---- host ----

# long_check NAME UID VERDICT
long_check() {
	local stat period

	stat=$(stat_line "$2" 1 1)
	period=$(word period "$stat")
	echo "$(grep "name=$1 " "$OUT/domu1/runs") $(head -n 1 "$3") $(pcm_counts "$stat")" \
		>>"$OUT/table"
	tail -n +2 "$3"
	echo "$1: the backend moved $(word frames "$stat") frames, $(word periods "$stat") periods of $period; its underruns: $(word underruns "$stat"), overruns: $(word overruns "$stat")"
	[ "$(word underruns "$stat") $(word overruns "$stat")" = '0 0' ]
}

host_check() {
	local status=0 least most frames period whole

	long_check play pb0 "$OUT/dom0/play.check" || status=1
	long_check record cap0 "$OUT/domu1/record.check" || status=1
	"$AUDIO/table" --check "$OUT/table" || status=1

	period=$(word period "$(stat_line pb0 1 1)")
	frames=$(word frames "$(stat_line pb0 1 1)")
	whole=$(((COUNT + period - 1) / period * period))
	# The backend plays silence until STOP, which takes its time.
	if [ "$frames" -lt "$whole" ] || [ "$frames" -ge $((whole + period)) ]; then
		echo "playback is not the periods that hold $COUNT frames, and less than one more"
		status=1
	fi

	[ "$(wc -l <"$OUT/domu1/positions")" = $(((MINUTES - 1) * 2)) ] || status=1
	least=$(sed 's/.*behind=//' "$OUT/domu1/positions" | sort -n | head -n 1)
	most=$(sed 's/.*behind=//' "$OUT/domu1/positions" | sort -n | tail -n 1)
	echo "positions behind the clock, frames: $least to $most"
	# hw_ptr moves at each period.
	if [ "$least" -lt $((-period / 10)) ] || [ "$most" -ge $((period * 3 / 2)) ]; then
		echo "that is not within a period"
		status=1
	fi
	return "$status"
}
