# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# The other way round: Debian's own snd_xen_front in the guest against our
# backend. Bit-exact; 48 kHz, because there mainline's buffers are whole
# periods.

DOMU_MODULE=stock

host_prepare() {
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 3 "$IN/a.wav"
	"$AUDIO/gen" unique --rate 48000 --channels 1 --seconds 2 "$IN/b.wav"
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 5 "$IN/cap0.wav"
}

frames_wanted=([recording]=$((48000 * 3)))

domu_main() {
	if modinfo -n snd_xen_front | grep updates/; then
		fail "this is not the stock module"
		return 1
	fi
	play stereo a.wav && play mono b.wav && play again a.wav &&
		record recording cap0.wav -f dat -d 3
}

host_check() { pcm_check; }
