# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# A guest with two cards, of two backends: one in Dom0, one in a driver domain.
# That one is killed and started again ten times, under players on both. The card
# of Dom0 loses no frame and has no xrun; the other's sound comes in pieces.

TIMES=10
DOMUS=2
DOMU_BACKEND=1
DOMU_KERNEL=small DOM0_KERNEL=small
VSND='[ [ "card, backend=0, short-name=first",
	"pcm, name=main",
	"stream, unique-id=pb0, type=p",
	"stream, unique-id=cap0, type=c" ],
	[ "card, backend=domu1, short-name=second",
	"pcm, name=main",
	"stream, unique-id=pb0, type=p" ] ]'

vsnd_of() { [ "$1" = 1 ] || echo "$VSND"; }

host_prepare() {
	life_sounds 60
}

# ---- Dom0 ----

dom0_main() {
	await_from 2 playing >/dev/null && post_to 1 playing
}

# ---- the driver domain ----

driver_domain() {
	local i

	await playing >/dev/null || return 1
	for ((i = 1; i <= TIMES; i++)); do
		sleep 1.5
		kill -9 "$backend_pid"
		wait "$backend_pid"
		sleep 1
		set_aside played && backend_start || return 1
	done
	# Until the guest has closed.
	wait_for 60 grep -q frames= "$OUT/stats" || fail "no end" || return 1
	set_aside played && backend_stop
}

# ---- the guest ----

guest() {
	local second first recorder status=0

	aplay -D hw:vsnd_1 "$IN/a.wav" >"$OUT/second.log" 2>&1 &
	second=$!
	pcm_run first pb0 0-0 a.wav aplay -D hw:vsnd "$IN/a.wav" &
	first=$!
	pcm_run rec cap0 0-1 cap0.wav arecord -D hw:vsnd -f dat -d 40 "$OUT/rec.wav" &
	recorder=$!
	wait_for 20 running pcm0p && post playing || return 1
	wait "$second" || fail "second: $(tail -n 1 "$OUT/second.log")" || status=1
	wait "$first" || status=1
	wait "$recorder" || status=1
	return "$status"
}

domu_setup() {
	if [ "$GUEST" = 1 ]; then
		modprobe -a xenfs xen-evtchn xen-gntdev
		mount -t xenfs xenfs /proc/xen
		BACKEND_CONF=$LIFE_CONF
		backend_start
	else
		driver_load 2
	fi
}

domu_main() {
	if [ "$GUEST" = 1 ]; then driver_domain; else guest; fi
}

# ---- host ----

frames_wanted=([rec]=$((48000 * 40)))

host_check() {
	local status=0

	pcm_check 2 || status=1
	"$AUDIO/pieces" "$IN/a.wav" "$OUT/domu1/played.raw" | tee "$OUT/played" || status=1
	pieces_check "$OUT/played" $((TIMES + 1)) || status=1
	return "$status"
}
