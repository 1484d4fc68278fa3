# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# The module and its device come and go, ten times each: rmmod is refused while
# the device is in use, and while it connects; unbind through sysfs takes the card
# from who plays and records, who get ENODEV, and bind gives a new one. Nothing is
# left. A backend that hangs is waited for once, not once for each stream. At the
# end the guest goes down with its streams open.

TIMES=10
DRIVER_SYSFS=/sys/bus/xen/drivers/vsnd
BACKEND_CONF=$LIFE_CONF

host_prepare() {
	life_sounds 60
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 1 "$IN/b.wav"
}

# ---- Dom0 ----

dom0_main() {
	count_for pristine before || return 1
	await_from 1 hang >/dev/null && kill -STOP "$backend_pid" && post_to 1 hung || return 1
	await_from 1 unbound >/dev/null && kill -CONT "$backend_pid" && post_to 1 unhung ||
		return 1
	count_for bound after
}

# ---- DomU ----

domu_setup() { :; }

unbind() { echo vsnd-0 >$DRIVER_SYSFS/unbind; }
bind() { echo vsnd-0 >$DRIVER_SYSFS/bind; }

no_card() { ! cards_ready; }

# refused WHEN
refused() {
	! rmmod snd_xen_front 2>>"$OUT/refused" || fail "$1: rmmod was not refused"
}

# The module goes while the device is being connected.
race() {
	local i

	for ((i = 1; i <= TIMES; i++)); do
		modprobe snd_xen_front || return 1
		# A little later each time; looked at without a process of its own.
		read -rt "0.0$((i - 1))" -u "$never" || :
		refused "connecting" || return 1
		unbind || return 1
		rmmod snd_xen_front || fail "rmmod" || return 1
	done
}

# under_streams: the device goes while it is in use
under_streams() {
	local i log

	for ((i = 1; i <= TIMES; i++)); do
		life_begin 60 || return 1
		refused "in use" || return 1
		took unbind >>"$OUT/unbind"
		! life_end >/dev/null || fail "who had it open noticed nothing" || return 1
		for log in aplay arecord; do
			tail -n 1 "$OUT/$log.log" >>"$OUT/said"
		done
		no_card || fail "the card stays" || return 1
		bind && wait_for 20 cards_ready || fail "no card came back" || return 1
		aplay -q "$IN/b.wav" || return 1
	done
}

# hung_backend: the driver says goodbye to all streams at once
hung_backend() {
	local ms

	life_begin 60 || return 1
	post hang
	await hung >/dev/null || return 1
	ms=$(took unbind)
	say "a backend that hangs: unbind took $ms ms"
	post unbound
	! life_end >/dev/null || fail "who had it open noticed nothing" || return 1
	await unhung >/dev/null || return 1
	[ "$ms" -lt 4500 ] || fail "unbind took too long" || return 1
	bind || return 1
	wait_for 20 cards_ready || fail "no card came back"
}

domu_main() {
	local never

	exec {never}<> <(:)
	modprobe snd-pcm
	count_at pristine || return 1
	driver_load && aplay -q "$IN/b.wav" && unbind && rmmod snd_xen_front || return 1
	count_at before || return 1
	race || return 1
	driver_load && under_streams && hung_backend || return 1
	count_at bound || return 1
	rm "$OUT/rec.wav"
	unbind && rmmod snd_xen_front || return 1
	count_at after || return 1
	# What still grows is nothing to send home.
	driver_load && OUT=/tmp life_begin 60
}

# ---- host ----

host_check() {
	local status=0

	sort "$OUT/domu1/said" | uniq -c
	[ "$(grep -c 'No such device' "$OUT/domu1/said")" = $((2 * TIMES)) ] ||
		{ echo "WRONG: the application got no error"; status=1; }
	sort -n "$OUT/domu1/unbind" | tail -n 1 | sed 's/.*/unbind took at most & ms/'
	sort "$OUT/domu1/refused" | uniq -c
	counts_check "so often" || status=1
	return "$status"
}
