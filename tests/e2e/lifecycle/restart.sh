# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# The guest's kernel is another one, as after kexec -p, and its backend still holds
# the connection of the one before, while that played and recorded. Half of the times
# the new kernel leads the backend through Closing and Closed first, as Linux does at
# boot; the other half it just begins, with Initialising. Then the card plays and
# records bit-exactly, and nothing of the old connections is left.
#
# There is no second kernel: PV guests have no kexec, and xl's soft reset, which kexec
# of others asks for, makes the devices anew. Instead the daemon is stopped while the
# driver is made to forget its rings, channels and grants without a word, as after a
# restore (a test of suspending, pm_test, ends in the same callback), and is unbound.
# Before the daemon goes on, XenStore is put back to what it was: all it can see is a
# guest that has fallen silent. Not shown: that the memory which the daemon still maps
# is not the new kernel's to use.

TIMES=6
VSND_SYSFS=/sys/bus/xen/drivers/vsnd
# What a backend still maps is freed later; that is what the counts are for.
IGNORE='xen:grant_table: deferring g\.e\.'
host_prepare() {
	life_sounds 60
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 1 "$IN/b.wav"
}

# ---- Dom0 ----

fe() { echo "$(domu_path 1)/device/vsnd/0"; }
mappings() { grep -c gntdev "/proc/$backend_pid/maps"; }

# nodes_of DIRECTORY: "PATH VALUE" of each node that has one
nodes_of() {
	xenstore-ls -fw "$1" | sed -n 's/^\([^ ]*\) = "\(..*\)"$/\1 \2/p'
}

# nodes_back: what nodes_of said is true again; the states come last
nodes_back() {
	local path value

	grep -v '/state ' /tmp/nodes-then | while read -r path value; do
		[ "$(xenstore-read "$path" 2>/dev/null)" = "$value" ] ||
			xenstore-write "$path" "$value" || return 1
	done && xenstore-write "$(fe)/state" 4
}

# The daemon believes in the old connection, and plays.
still_holds() {
	[ "$(mappings)" = "$1" ] && [ "$(back_state)" = 4 ] && [ "$(front_state)" = 4 ]
}

restart() {
	local held

	await_from 1 "runs-$1" >/dev/null || return 1
	kill -STOP "$backend_pid"
	held=$(mappings)
	nodes_of "$(fe)" >/tmp/nodes-then
	post_to 1 "stopped-$1"
	await_from 1 "unbound-$1" >/dev/null || return 1
	nodes_back || fail "XenStore" || return 1
	kill -CONT "$backend_pid"
	sleep 2
	still_holds "$held" ||
		fail "the backend has noticed: state $(back_state), $(mappings) of $held mappings" ||
		return 1
	echo "$held" >>"$OUT/held"
	post_to 1 "boot-$1"
}

dom0_main() {
	local i

	count_for pristine before || return 1
	for ((i = 1; i <= TIMES; i++)); do
		restart "$i" || return 1
		await_from 1 "connected-$i" >/dev/null || return 1
	done
	count_for bound after
}

# ---- DomU ----

domu_setup() { :; }

unbind() { echo vsnd-0 >$VSND_SYSFS/unbind; }
bind() { echo vsnd-0 >$VSND_SYSFS/bind; }

backend_is() {
	[ "$(xenstore-read "$(xenstore-read device/vsnd/0/backend)/state")" = "$1" ]
}

# lead STATE BACKEND-STATE: write ours, and wait for the backend's
lead() {
	xenstore-write device/vsnd/0/state "$1"
	wait_for 5 backend_is "$2" || fail "state $1: the backend does not go to $2"
}

# What Linux does at boot with a device that is connected, and what is the least.
boots_like_linux() { lead 5 5 && lead 6 6 && lead 1 2; }
boots() { lead 1 2; }

# use_all N
use_all() {
	play "play-$1" b.wav && record "rec-$1" cap0.wav -f dat -d 1
}

suspended_both() { suspended pcm0p && suspended pcm0c; }

cycle() {
	local i=$1 how=boots

	[ $((i % 2)) = 0 ] || how=boots_like_linux
	life_begin 60 || return 1
	sleep 1
	post "runs-$i"
	await "stopped-$i" >/dev/null || return 1
	echo devices >/sys/power/pm_test && echo freeze >/sys/power/state || return 1
	wait_for 10 suspended_both || fail "the connection is not forgotten" || return 1
	kill -9 "$player" "$recorder"
	wait "$player" "$recorder"
	unbind
	post "unbound-$i"
	await "boot-$i" >/dev/null || return 1
	"$how" && bind && wait_for 20 cards_ready || fail "$how: no card" || return 1
	use_all "$i" || return 1
	echo "$how" >>"$OUT/boots"
	post "connected-$i"
}

domu_main() {
	local i

	modprobe snd-pcm
	count_at pristine || return 1
	driver_load && use_all 0 && unbind && rmmod snd_xen_front || return 1
	count_at before || return 1
	driver_load || return 1
	for ((i = 1; i <= TIMES; i++)); do
		cycle "$i" || return 1
	done
	rm "$OUT/rec.wav"
	count_at bound || return 1
	unbind && rmmod snd_xen_front || return 1
	count_at after
}

# ---- host ----

# heard N: each use of the streams but those of the old connections, which are between
heard() {
	local nth=$((2 * $1 + 1)) period

	period=$(word period "$(stat_line pb0 "$nth" 1)")
	"$AUDIO/compare" --kind playback --period "${period:-1}" "$IN/b.wav" \
		"$OUT/dom0/$(nth_file pb0.wav "$nth")" &&
		"$AUDIO/compare" --kind capture --least 48000 "$IN/cap0.wav" \
			"$OUT/domu1/rec-$1.wav"
}

host_check() {
	local status=0 i

	for ((i = 0; i <= TIMES; i++)); do
		heard "$i" >"$OUT/heard" && continue
		echo "WRONG: use $i: $(cat "$OUT/heard")"
		status=1
	done
	sort "$OUT/domu1/boots" | uniq -c
	sort "$OUT/dom0/held" | uniq -c | sed 's/$/ pieces mapped for a guest that is gone/'
	counts_check "$TIMES times" || status=1
	return "$status"
}
