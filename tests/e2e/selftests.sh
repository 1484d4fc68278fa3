# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# tests/selftests in a DomU, on a card with all that a stream can be: every
# format, many rates, 1 to 8 channels, 4 devices with 2 substreams for each
# direction. What the programs play is compared here with the backend's files.

DOM0_KERNEL=small
PROGRAMS=		# those to run; none: all that the Makefile has

RATES='5512 8000 11025 12345 16000 22050 32000 44100 48000 64000 88200 96000 176400 192000 384000'
FORMATS='s8 u8 s16_le s16_be u16_le u16_be s24_le s24_be u24_le u24_be s32_le s32_be
	u32_le u32_be f32_le f32_be f64_le f64_be iec958_subframe_le iec958_subframe_be
	mu_law a_law ima_adpcm mpeg gsm'

# list WORD...: as xl.cfg has it
list() {
	local IFS=';'

	echo "$*"
}

# device NUMBER: a device with two substreams for each direction, whose names
# tell where they are
device() {
	local i

	printf '"pcm, name=dev%s"' "$1"
	for i in 0 1; do
		printf ',\n"stream, unique-id=p%s.%s, type=p"' "$1" "$i"
		printf ',\n"stream, unique-id=c%s.%s, type=c"' "$1" "$i"
	done
}

# shellcheck disable=SC2086 # words
VSND="[ [ \"card, backend=0, short-name=xensnd, buffer-size=262144, channels-min=1, channels-max=8, sample-rates=$(list $RATES), sample-formats=$(list $FORMATS)\",
$(device 0), $(device 1), $(device 2), $(device 3) ] ]"
BACKEND_CONF='
[default]
sink = file:/lab/out/%u.raw
source = file:/lab/in/pattern.raw
'

host_prepare() {
	local dir programs

	dir=$("$LAB/build" programs "$TOP/tests/selftests")
	read -ra programs < <(echo "${PROGRAMS:-$(sed -n 's/^TEST_GEN_PROGS := //p' \
		"$dir/Makefile")}")
	[ "${#programs[@]}" -gt 0 ]
	mkdir "$IN/selftests"
	(cd "$dir" && cp "${programs[@]}" "$IN/selftests/")
	"$TOP/tests/selftests/pattern" make $((1 << 20)) "$IN/pattern.raw"
}

domu_main() {
	local program

	export XENSND_SOURCE=pattern XENSND_PLAYED=$OUT/played XENSND_RATES=$RATES
	for program in "$IN"/selftests/*; do
		ktap_run "$program"
	done
}

host_check() {
	local program status=0 t=$OUT/domu1

	for program in "$IN"/selftests/*; do
		ktap_judge "$(basename "$program")"
	done
	"$TOP/tests/selftests/pattern" check "$t/played" "$OUT"/dom0/p*.raw \
		>"$t/sinks.ktap" 2>&1 || status=$?
	echo "$status" >"$t/sinks.status"
	ktap_judge sinks
	ktap_verdict
}
