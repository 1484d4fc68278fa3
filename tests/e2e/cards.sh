# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# Two cards, two PCM devices on the first, two substreams on one of them: each
# stream goes to its own sink, all at once, also in formats and at a rate that
# the mainline driver does not offer. Their ids are the driver's, not the owner's
# names for them, unless the module gets others.

DOM0_KERNEL=small
VSND='[ [ "card, backend=0, short-name=Virtual sound card, buffer-size=131072",
	"pcm, name=main",
	"stream, unique-id=pb0, type=p, channels-min=1, channels-max=2",
	"stream, unique-id=pb1, type=p, channels-min=1, channels-max=2",
	"stream, unique-id=cap0, type=c, channels-min=1, channels-max=2",
	"pcm, name=more",
	"stream, unique-id=pb2, type=p, channels-min=6, channels-max=8, sample-formats=f32_le" ],
	[ "card, backend=0, short-name=second card, sample-rates=88200;384000",
	"pcm, name=fast",
	"stream, unique-id=pb3, type=p, channels-min=1, channels-max=2" ] ]'
BACKEND_CONF='
[stream pb0]
sink = file:/lab/out/pb0.wav
[stream pb1]
sink = file:/lab/out/pb1.wav
[stream pb2]
sink = file:/lab/out/pb2.wav
[stream pb3]
sink = file:/lab/out/pb3.wav
[stream cap0]
source = file:/lab/in/cap0.wav
'
frames_wanted=([rec]=48000)

host_prepare() {
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 2 "$IN/a.wav"
	"$AUDIO/gen" unique --rate 44100 --channels 1 --seconds 2 "$IN/b.wav"
	"$AUDIO/gen" unique --rate 96000 --channels 6 --seconds 2 --format FLOAT_LE "$IN/c.wav"
	"$AUDIO/gen" unique --rate 88200 --channels 2 --seconds 2 "$IN/d.wav"
	"$AUDIO/gen" unique --rate 384000 --channels 2 --seconds 1 "$IN/e.wav"
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 3 "$IN/cap0.wav"
}

cards_are_two() { [ -e /dev/snd/pcmC0D1p ] && [ -e /dev/snd/pcmC1D0p ]; }

# on PCM NAME UNIQUE-ID STREAM FILE
on() {
	pcm_run "$2" "$3" "$4" "$5" aplay -D "$1" "$IN/$5"
}

# card_is NUMBER ID NAME
card_is() {
	grep -qE "^ *$1 \[$2 *\]: vsnd - $3\$" /proc/asound/cards ||
		fail "card $1 is not $2, $3: $(cat /proc/asound/cards)"
}

# Numbers and ids that are parameters of the module; the second card has no id of its own.
told_others() {
	local i

	for i in 0 1; do
		echo "vsnd-$i" >/sys/bus/xen/drivers/vsnd/unbind || return 1
	done
	rmmod snd_xen_front && modprobe snd_xen_front index=5,2 id=music || return 1
	wait_for 20 test -e /dev/snd/pcmC5D1p || fail "no card 5" || return 1
	wait_for 20 test -e /dev/snd/pcmC2D0p || fail "no card 2" || return 1
	card_is 5 music 'Virtual sound card' && card_is 2 vsnd 'second card' || return 1
	on hw:music,0,0 own-id pb0 0.0 a.wav && on hw:vsnd own-number pb3 0.0 d.wav
}

domu_main() {
	local job jobs=() status=0

	wait_for 20 cards_are_two || fail "no second card" || return 1
	aplay -l
	card_is 0 vsnd 'Virtual sound card' && card_is 1 vsnd_1 'second card' || return 1
	on hw:vsnd,0,0 two-channels pb0 0.0 a.wav & jobs+=($!)
	on hw:vsnd,0,1 one-channel pb1 0.1 b.wav & jobs+=($!)
	on hw:vsnd,1 six-channels pb2 1.0 c.wav & jobs+=($!)
	on hw:vsnd_1,0 rate-88200 pb3 0.0 d.wav & jobs+=($!)
	pcm_run rec cap0 0.2 cap0.wav arecord -D hw:vsnd,0 -f dat -d 1 "$OUT/rec.wav" &
	jobs+=($!)
	for job in "${jobs[@]}"; do
		wait "$job" || status=1
	done
	on hw:CARD=vsnd_1,DEV=0 rate-384000 pb3 0.0 e.wav || status=1
	told_others || status=1
	return "$status"
}

host_check() { pcm_check; }
