# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# xl takes the device away while it plays and records, and gives it back, ten
# times. Who has it open gets an error; the card goes with them, and a
# new one comes that plays. Nothing is left of the old ones.

DOM0_KERNEL=small
TIMES=10
# The tracer that measures xenwatch has tables of its own, about 400 kB; ten
# forgotten buffers are 960.
SLACK_KB=900
DRIVER_SYSFS=/sys/bus/xen/drivers/vsnd
VSND='[ [ "card, backend=0, short-name=xensnd",
	"pcm, name=main",
	"stream, unique-id=pb0, type=p",
	"stream, unique-id=cap0, type=c",
	"pcm, name=more",
	"stream, unique-id=pb1, type=p" ] ]'
BACKEND_CONF="$LIFE_CONF
[stream pb1]
sink = file:/lab/out/pb1.wav
"

host_prepare() {
	life_sounds 60
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 1 "$IN/b.wav"
}

# ---- Dom0 ----

dom0_main() {
	local i

	count_for pristine before || return 1
	for ((i = 1; i <= TIMES; i++)); do
		await_from 1 "runs-$i" >/dev/null || return 1
		say "detach $i"
		xl vsnd-detach domu1 0 || fail "xl vsnd-detach" || return 1
		! xenstore-exists "$(domu_path 1)/device/vsnd/0" ||
			fail "the device is still there" || return 1
		post_to 1 "gone-$i"
		await_from 1 "saw-$i" >/dev/null || return 1
		xl vsnd-attach domu1 'card, backend=0, short-name=xensnd' \
			'pcm, name=main' 'stream, unique-id=pb0, type=p' \
			'stream, unique-id=cap0, type=c' \
			'pcm, name=more' 'stream, unique-id=pb1, type=p' ||
			fail "xl vsnd-attach" || return 1
	done
	count_for bound after
}

# ---- DomU ----

domu_setup() { :; }

# play_more NAME: on the card's other PCM
play_more() {
	pcm_run "$1" pb1 1-0 b.wav aplay -D hw:0,1 "$IN/b.wav"
}

# The driver has no device any more.
unload() {
	[ ! -e $DRIVER_SYSFS/vsnd-0 ] || echo vsnd-0 >$DRIVER_SYSFS/unbind
	rmmod snd_xen_front
}

no_card() { ! cards_ready; }

cycle() {
	local i=$1 log

	life_begin 60 || return 1
	post "runs-$i"
	await "gone-$i" >/dev/null || return 1
	! life_end >/dev/null || fail "who had it open noticed nothing" || return 1
	for log in aplay arecord; do
		tail -n 1 "$OUT/$log.log" >>"$OUT/said"
	done
	no_card || fail "the card stays" || return 1
	post "saw-$i"
	wait_for 20 cards_ready || fail "no card came back" || return 1
	play_more "play-$i"
}

domu_main() {
	local i

	modprobe snd-pcm && xenwatch_prepare || return 1
	count_at pristine || return 1
	driver_load && play_more first && unload || return 1
	count_at before || return 1
	driver_load || return 1
	xenwatch_measure || return 1
	for ((i = 1; i <= TIMES; i++)); do
		cycle "$i" || return 1
	done
	xenwatch_measured || return 1
	count_at bound || return 1
	unload || return 1
	count_at after
}

# ---- host ----

host_check() {
	local status=0

	sort "$OUT/domu1/said" | uniq -c
	[ "$(grep -c 'No such device' "$OUT/domu1/said")" = "$((2 * TIMES))" ] ||
		{ echo "WRONG: the application got no error"; status=1; }
	pcm_check || status=1
	counts_check "$TIMES times" || status=1
	xenwatch_check || status=1
	return "$status"
}
