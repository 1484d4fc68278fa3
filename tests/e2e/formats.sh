# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# Every sample format of sndif.h, in mono, stereo and six channels, both ways:
# bytes arrive as they are. ALSA itself cannot stream MPEG and GSM, which have
# no frames; these are not offered, and must be refused without harm.

FORMATS='S8 U8 S16_LE S16_BE U16_LE U16_BE S24_LE S24_BE U24_LE U24_BE
	S32_LE S32_BE U32_LE U32_BE FLOAT_LE FLOAT_BE FLOAT64_LE FLOAT64_BE
	IEC958_SUBFRAME_LE IEC958_SUBFRAME_BE MU_LAW A_LAW IMA_ADPCM'
FRAMELESS='MPEG GSM'
CHANNELS='1 2 6'
# Periods and a piece of one; the buffer wraps some times.
FRAMES=5003
# A second, which is no whole number of periods either
RATE=8000

DOM0_KERNEL=small
VSND='[ [ "card, backend=0, short-name=xensnd, channels-min=1, channels-max=6",
	"pcm, name=main",
	"stream, unique-id=pb0, type=p",
	"stream, unique-id=cap0, type=c" ] ]'
BACKEND_CONF='
[stream pb0]
sink = file:/lab/out/pb0.raw
[stream cap0]
source = file:/lab/in/cap0.raw
'

sink_of() { echo "$1.raw"; }

# bytes FORMAT CHANNELS FRAMES: rounded up
bytes() {
	local bits

	case $1 in
	IMA_ADPCM) bits=4 ;;
	*8 | *_LAW) bits=8 ;;
	*16_*) bits=16 ;;
	*64_*) bits=64 ;;
	*) bits=32 ;;
	esac
	echo $(((bits * $2 * $3 + 7) / 8))
}

# A sample is any bytes: what a format gives no meaning must arrive, too. Each
# file is another part of the noise.
host_prepare() {
	# shellcheck disable=SC2154 # run's
	local noise=$work/noise.raw at=0 format channels size

	"$AUDIO/gen" unique --format S32_LE --channels 1 --frames 3000000 "$noise"
	for format in $FORMATS $FRAMELESS; do
		for channels in $CHANNELS; do
			size=$(bytes "$format" "$channels" "$FRAMES")
			dd if="$noise" iflag=skip_bytes,count_bytes skip="$at" \
				count="$size" status=none of="$IN/$format-$channels.raw"
			at=$((at + size))
		done
	done
	head -c "$(bytes FLOAT64_LE 6 $((RATE * 2)))" "$noise" >"$IN/cap0.raw"
	[ "$at" -le "$(stat -c %s "$noise")" ] || die "not enough noise"
}

domu_main() {
	local format channels options status=0

	for format in $FORMATS; do
		say "$format"
		for channels in $CHANNELS; do
			options=(-D hw:0 -t raw -f "$format" -c "$channels" -r "$RATE"
				--period-size=600 --buffer-size=2400)
			play "p-$format-$channels" "$format-$channels.raw" \
				"${options[@]}" || status=1
			record "c-$format-$channels" cap0.raw "${options[@]}" -d 1 ||
				status=1
		done
	done
	for format in $FRAMELESS; do
		refused "$format" || status=1
	done
	return "$status"
}

refused() {
	local format=$1

	if aplay --dump-hw-params -D hw:0 -t raw -f "$format" -c 1 -r "$RATE" "$IN/$format-1.raw" \
		>"$OUT/$format.log" 2>&1; then
		fail "aplay plays $format"
		return 1
	fi
	tail -n 1 "$OUT/$format.log"
	grep -q '^FORMAT: .*IMA_ADPCM' "$OUT/$format.log" || fail "no list of formats" || return 1
	! grep -q "^FORMAT: .*$format" "$OUT/$format.log" || fail "$format is offered"
}

# A row for each format, a column for each number of channels and direction:
# the frames that arrived, and whether they are wrong; for IMA_ADPCM bytes
show() {
	awk '
		{
			delete w
			for (i = 1; i <= NF; i++) {
				at = index($i, "=")
				w[substr($i, 1, at - 1)] = substr($i, at + 1)
			}
			split(w["name"], part, "-")
			if (!(part[2] in seen))
				row[++rows] = part[2]
			seen[part[2]]
			good = w["exact"] == "yes" && w["xruns"] == 0
			cell[part[2], part[1] part[3]] = (good ? "" : "WRONG ") w["received"]
		}
		END {
			split("p1 p2 p6 c1 c2 c6", column, " ")
			format = "%-20s %9s %9s %9s %9s %9s %9s\n"
			printf format, "frames, bit-exact", "play 1", "play 2", "play 6", "rec 1", "rec 2", "rec 6"
			for (r = 1; r <= rows; r++) {
				printf "%-20s", row[r]
				for (c = 1; c <= 6; c++)
					printf " %9s", cell[row[r], column[c]]
				print ""
			}
		}' "$OUT/domu1/table"
}

# The order of the backend's lines is the order of the runs.
opened() {
	sed -nE "s/.* unique-id=$1 .* rate=([0-9]+) format=([^ ]*) channels=([0-9]+) .*/\2-\3-\1/p" \
		"$OUT/dom0/stats" | tr '[:lower:]' '[:upper:]'
}

host_check() {
	local status=0 format channels asked='' uid

	for format in $FORMATS; do
		for channels in $CHANNELS; do
			asked+="$format-$channels-$RATE"$'\n'
			frames_wanted["c-$format-$channels"]=$RATE
		done
	done
	# compare counts bytes there
	for channels in $CHANNELS; do
		frames_wanted["c-IMA_ADPCM-$channels"]=$(bytes IMA_ADPCM "$channels" "$RATE")
	done
	pcm_check >"$OUT/check" || { status=1; cat "$OUT/check"; }
	show
	for uid in pb0 cap0; do
		diff <(printf '%s' "$asked") <(opened "$uid") || status=1
	done
	return "$status"
}
