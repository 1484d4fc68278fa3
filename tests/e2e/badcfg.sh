# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# A wrong node in XenStore: one error line with its path and value, no device,
# nothing left behind; and a right node afterwards makes the same device work. A
# backend that closes where it should have connected: one line, too.

DOM0_KERNEL=small
# NODE (below device/vsnd/0) | WRONG VALUE
CASES='channels-max|0
channels-max|-1
channels-max|two
channels-min|256
channels-max|4294967298
sample-rates|48000,fast
sample-rates|0
sample-rates|48000,,44100
sample-rates|48000,1536000
sample-formats|mpeg,gsm
sample-formats|s16_le,mp3
buffer-size|0
buffer-size|64k
0/channels-max|256
0/sample-rates|999999999999
0/0/type|x
0/0/channels-max|
0/0/sample-formats|s16_le;nothing
0/1/buffer-size|-4096'

host_prepare() {
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 1 "$IN/a.wav"
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 1 "$IN/cap0.wav"
}

# Dom0 sets what the guest asks for and restores it.
dom0_main() {
	local n=0 node value old dir id

	await_from 1 start >/dev/null || return 1
	id=$(xl domid domu1)
	dir=/local/domain/$id/device/vsnd/0
	while IFS='|' read -r node value <&3; do
		n=$((n + 1))
		await_from 1 "ready-$n" >/dev/null || return 1
		old=$(xenstore-read "$dir/$node" 2>/dev/null) || old=
		# The value may look like an option.
		xenstore-write -- "$dir/$node" "$value" || return 1
		post_to 1 "set-$n"
		await_from 1 "tried-$n" >/dev/null || return 1
		domu-grants "$id" >>"$OUT/grants"
		lsevtchn "$id" | wc -l >>"$OUT/evtchns"
		if [ -n "$old" ]; then
			xenstore-write "$dir/$node" "$old"
		else
			xenstore-rm "$dir/$node"
		fi
		post_to 1 "restored-$n"
	done 3<<<"$CASES"
	close_offered "$id"
}

# A backend that does not like what it finds: by hand, since ours says why.
close_offered() {
	local be=/local/domain/0/backend/vsnd/$1/0

	await_from 1 offer >/dev/null || return 1
	kill -9 "$backend_pid"
	wait "$backend_pid"
	xenstore-write "$be/state" 2
	post_to 1 waiting
	wait_for 10 offered "$1" || fail "no offer" || return 1
	xenstore-write "$be/state" 6
	await_from 1 refused >/dev/null || return 1
	backend_start && post_to 1 back
}

offered() {
	[ "$(xenstore-read "/local/domain/$1/device/vsnd/0/state")" = 3 ]
}

# try N NODE VALUE
try() {
	local n=$1 node=$2 value=$3 said

	post "ready-$n"
	await "set-$n" >/dev/null || return 1
	dmesg -c >/dev/null
	modprobe snd_xen_front
	wait_for 10 is_closed ||
		say "case $n: the frontend's state is $(xenstore-read device/vsnd/0/state)"
	sleep 0.5
	said=$(dmesg | grep 'vsnd')
	post "tried-$n"
	echo "$node='$value': ${said:-nothing}"
	await "restored-$n" >/dev/null || return 1
	[ "$(grep -c . <<<"$said")" = 1 ] || fail "case $n: not one line" || return 1
	[[ $said = *"device/vsnd/0/$node"* && $said = *"$value"* ]] ||
		fail "case $n: no path or no value" || return 1
	! cards_ready || fail "case $n: a card" || return 1
	! grep -q vsnd /proc/interrupts || fail "case $n: an IRQ"
}

is_closed() {
	[ "$(xenstore-read device/vsnd/0/state)" = 6 ]
}

domu_setup() { :; }

refused_by_backend() {
	local said

	post offer
	await waiting >/dev/null || return 1
	# Linux has modprobe wait for the connection.
	modprobe snd_xen_front &
	wait_for 10 says_closed || fail "nothing says that the backend has closed"
	sleep 0.5
	said=$(dmesg | grep vsnd)
	echo "backend closes: ${said:-nothing}"
	post refused
	await back >/dev/null && wait "$!" || return 1
	[ "$(grep -c . <<<"$said")" = 1 ] || fail "not one line"
}

says_closed() { dmesg | grep -q 'vsnd.*backend closed'; }

domu_main() {
	local n=0 node value failed=0

	modprobe snd-pcm
	post start
	while IFS='|' read -r node value <&3; do
		n=$((n + 1))
		try "$n" "$node" "$value" || failed=1
		# The device is bound even so; that pins the module.
		echo vsnd-0 >/sys/bus/xen/drivers/vsnd/unbind
		rmmod snd_xen_front || failed=1
	done 3<<<"$CASES"
	dmesg -c >/dev/null
	refused_by_backend || failed=1
	wait_for 20 cards_ready || fail "no sound card appeared" || return 1
	play good a.wav || return 1
	return "$failed"
}

host_check() {
	local status=0

	pcm_check || status=1
	# The same number after every case
	echo "grants: $(uniq -c "$OUT/dom0/grants")"
	echo "event channels: $(uniq -c "$OUT/dom0/evtchns")"
	[ "$(uniq "$OUT/dom0/grants" | wc -l)" = 1 ] &&
		[ "$(uniq "$OUT/dom0/evtchns" | wc -l)" = 1 ] || status=1
	return "$status"
}
