# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# Bind, play, unbind, ten times in one guest, then unload: what the guest, Xen,
# XenStore and the backend hold is then what they held before.

DOM0_KERNEL=small
CYCLES=10
for i in $(seq 0 "$CYCLES"); do
	frames_wanted["rec-$i"]=48000
done

host_prepare() {
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 1 "$IN/a.wav"
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 2 "$IN/cap0.wav"
}

dom0_main() {
	count_for pristine before bound after
}

# ---- DomU ----

cycle() {
	local i=$1

	if [ "$i" != 0 ]; then
		echo vsnd-0 >/sys/bus/xen/drivers/vsnd/bind || return 1
		wait_for 20 cards_ready || fail "cycle $i: no card" || return 1
	fi
	play "play-$i" a.wav && record "rec-$i" cap0.wav -f dat -d 1 || return 1
	[ "$i" != 5 ] || count_at bound || return 1
	echo vsnd-0 >/sys/bus/xen/drivers/vsnd/unbind || return 1
	[ ! -e /dev/snd/pcmC0D0p ] || fail "cycle $i: the card stayed" || return 1
}

domu_setup() { :; }

domu_main() {
	local i

	modprobe snd-pcm
	count_at pristine || return 1
	# What a first use of ALSA leaves in caches is no leak of the driver's, so
	# memory is compared with that.
	driver_load || return 1
	cycle 0 || return 1
	rmmod snd_xen_front || return 1
	count_at before || return 1
	driver_load || return 1
	for ((i = 1; i <= CYCLES; i++)); do
		say "cycle $i"
		[ "$i" != 1 ] || echo vsnd-0 >/sys/bus/xen/drivers/vsnd/unbind || return 1
		cycle "$i" || return 1
	done
	rmmod snd_xen_front || return 1
	[ ! -d /sys/module/snd_xen_front ] || fail "the module stayed" || return 1
	count_at after
}

host_check() {
	local status=0

	pcm_check || status=1
	counts_check "$CYCLES cycles" || status=1
	return "$status"
}
