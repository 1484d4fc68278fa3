# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# aplay and arecord without any option for buffers, at the usual rates; a file
# that is shorter than a period; the same stream opened ten times.

RATES='8000 11025 22050 44100 48000 96000'
# Bytes without a header have any rate and format.
BACKEND_CONF='
[stream pb0]
sink = file:/lab/out/pb0.wav
[stream cap0]
source = file:/lab/in/cap0.raw
'
for rate in $RATES; do
	frames_wanted["rec-$rate"]=$((rate * 2))
done
frames_wanted["rec-plain"]=$((8000 * 2))

host_prepare() {
	local rate

	for rate in $RATES; do
		"$AUDIO/gen" unique --rate "$rate" --channels 2 --seconds 2 \
			"$IN/$rate.wav"
	done
	"$AUDIO/gen" unique --rate 48000 --channels 2 --frames 480 "$IN/short.wav"
	"$AUDIO/gen" unique --format S16_LE --channels 2 --seconds 5 --rate 96000 \
		"$IN/cap0.raw"
}

domu_main() {
	local rate i

	for rate in $RATES; do
		say "$rate Hz"
		play "play-$rate" "$rate.wav" || return 1
		record "rec-$rate" cap0.raw -f S16_LE -c 2 -r "$rate" -d 2 || return 1
	done
	say "a recording with no option at all but its length"
	record rec-plain cap0.raw -d 2 || return 1
	say "480 frames, ten times"
	for i in 1 2 3 4 5 6 7 8 9 10; do
		play "short-$i" short.wav || return 1
	done
}

host_check() { pcm_check; }
