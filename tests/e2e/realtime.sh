# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# The host's clock and real CPUs, two of them in each domain: what runs at the
# same time does so. Buffers are large, since a guest may stand still for a
# while; not a frame may be lost even so.

REALTIME=1
DOMU_VCPUS=2
DOM0_KERNEL=small
DOMU_KERNEL=small
VSND='[ [ "card, backend=0, short-name=xensnd, buffer-size=2097152",
	"pcm, name=main",
	"stream, unique-id=pb0, type=p",
	"stream, unique-id=pb1, type=p",
	"stream, unique-id=cap0, type=c",
	"stream, unique-id=cap1, type=c" ] ]'
BACKEND_CONF='
[stream pb0]
sink = file:/lab/out/pb0.wav
[stream pb1]
sink = file:/lab/out/pb1.wav
[stream cap0]
source = file:/lab/in/cap0.wav
[stream cap1]
source = file:/lab/in/cap1.wav
'
# Many periods in much time: the streams' threads, IRQs and timers meet often.
LARGE=(--buffer-time=8000000 --period-time=50000)
: "${SECONDS_EACH:=20}"
frames_wanted=([record-0]=$((48000 * SECONDS_EACH)) [record-1]=$((48000 * SECONDS_EACH)))

host_prepare() {
	local i

	for i in 0 1; do
		"$AUDIO/gen" unique --seconds "$SECONDS_EACH" --seed "$i" "$IN/play$i.wav"
		"$AUDIO/gen" unique --seconds $((SECONDS_EACH + 1)) --seed "1$i" \
			"$IN/cap$i.wav"
	done
}

domu_main() {
	local i job jobs=() status=0

	for i in 0 1; do
		pcm_run "play-$i" "pb$i" "0-$i" "play$i.wav" aplay -D "hw:0,0,$i" \
			"${LARGE[@]}" "$IN/play$i.wav" & jobs+=($!)
		pcm_run "record-$i" "cap$i" "0-$((i + 2))" "cap$i.wav" \
			arecord -D "hw:0,0,$i" "${LARGE[@]}" -f dat \
			-d "$SECONDS_EACH" "$OUT/record-$i.wav" & jobs+=($!)
	done
	for job in "${jobs[@]}"; do
		wait "$job" || status=1
	done
	return "$status"
}

host_check() { pcm_check; }
