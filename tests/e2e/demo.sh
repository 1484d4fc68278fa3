# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# make demo: speech and music from a DomU to Dom0 and a recording the other way
# at the same time, on Debian's stock kernel, first with plain aplay and
# arecord, then through mmap.

SPEECH='Front_Center Front_Left Front_Right'
frames_wanted=([recording]=$((44100 * 14)) [recording-mmap]=$((44100 * 14)))

host_prepare() {
	local i

	for i in $SPEECH; do
		# shellcheck disable=SC2154 # run's
		cp "$image/usr/share/sounds/alsa/$i.wav" "$IN/"
	done
	"$AUDIO/gen" music --rate 44100 --channels 2 --seconds 10 "$IN/music.wav"
	"$AUDIO/gen" music --rate 44100 --channels 2 --seconds 20 --seed 2 \
		"$IN/cap0.wav"
}

# everything SUFFIX [OPTION]
everything() {
	local suffix=$1 i recorder status=0
	shift

	record "recording$suffix" cap0.wav -f cd -d 14 "$@" &
	recorder=$!
	for i in $SPEECH music; do
		say "playing $i$suffix"
		play "$i$suffix" "$i.wav" "$@" || status=1
	done
	wait "$recorder" || status=1
	return "$status"
}

domu_main() {
	everything '' && everything -mmap -M
}

host_check() {
	local status=0

	echo
	pcm_check || status=1
	# shellcheck disable=SC2154 # pcm_check's
	# Half of them is enough for the eye; the table has them all.
	"$AUDIO/plot" "$OUT/demo.png" "${pairs[@]:0:${#pairs[@]}/6*3}" || status=1
	echo
	echo "received WAV files: $OUT/dom0/pb0*.wav $OUT/domu1/recording*.wav"
	echo "waveforms:          $OUT/demo.png"
	return "$status"
}
