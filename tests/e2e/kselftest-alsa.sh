# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# The kernel's own tools/testing/selftests/alsa, unmodified, on this card.
# pcm-test's tests are those of its pcm-test.conf; the card can do them all, so
# none may be skipped.

# pcm-test's largest buffer is 576000 frames of 4 bytes.
VSND='[ [ "card, backend=0, short-name=xensnd, long-name=Xen virtual sound card, buffer-size=2304000, channels-min=1, channels-max=2, sample-rates=8000;44100;48000;96000",
	"pcm, name=main",
	"stream, unique-id=pb0, type=p",
	"stream, unique-id=cap0, type=c" ] ]'
BACKEND_CONF='
[default]
sink = null
source = null
'

host_prepare() {
	local dir

	dir=$("$TOP/tests/kernel/selftests-alsa")
	cp -r "$dir/alsa" "$IN/"
}

domu_main() {
	ktap_run "$IN/alsa/pcm-test"
	ktap_run "$IN/alsa/mixer-test"
	amixer -c 0 controls >"$OUT/controls"
}

# A card without controls leaves nothing to mixer-test; it plans no test then.
mixer_judge() {
	local controls

	controls=$(wc -l <"$OUT/domu1/controls")
	if [ "$controls" = 0 ] && grep -qx '1\.\.0' "$OUT/domu1/mixer-test.ktap"; then
		echo "mixer-test       skipped: the card has no controls"
		ktap_skipped=$((ktap_skipped + 1))
		return
	fi
	echo "controls:        $controls"
	ktap_judge mixer-test
	if ! grep -qx "1\.\.$((controls * 7))" "$OUT/domu1/mixer-test.ktap"; then
		echo "mixer-test: not 7 tests for each control"
		ktap_failed=$((ktap_failed + 1))
	fi
}

host_check() {
	ktap_judge pcm-test
	# shellcheck disable=SC2154 # lib-ktap's
	if [ "$ktap_skipped" != 0 ] || [ "$ktap_passed" -lt 14 ]; then
		echo "pcm-test: all 14 tests are to be run on this card"
		ktap_failed=$((ktap_failed + 1))
	fi
	mixer_judge
	ktap_verdict
}
