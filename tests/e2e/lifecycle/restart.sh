# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# The guest begins again, and its backend still holds the connection from before:
#
# linux    The driver is gone, and its rings, channels and grants with it; the states
#          are 4 and 4. The next kernel leads the backend through Closing and Closed to
#          InitWait, as Linux does at boot after kexec -p, and has a driver then.
# bare     The same, but the next kernel knows no better than to write Initialising.
# running  Initialising comes while both streams run, from the toolstack; the driver
#          lives, and connects again when the backend waits for it.
#
# Then the card plays and records bit-exactly, and nothing of the old connections is
# left. There is no second kernel: PV guests have no kexec, and xl's soft reset, which
# kexec of others asks for, makes the devices again. For linux and bare the daemon is
# stopped, the driver gets its state Closed and is unbound; then XenStore is put back to
# what it was, and the daemon goes on. It has closed the streams by then, for a driver
# that parts sends STOP and CLOSE. Not shown: that the memory which the daemon still
# maps is not the next kernel's to use.

TIMES=6
VSND_SYSFS=/sys/bus/xen/drivers/vsnd
HOWS=(running linux running bare)	# modulo their number
# Two pages of each stream
RINGS=4
# What a backend still maps is freed later; that is what the counts are for.
IGNORE='xen:grant_table: deferring g\.e\.'

host_prepare() {
	life_sounds 60
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 1 "$IN/b.wav"
}

# ---- Dom0 ----

be() { echo "/local/domain/0/backend/vsnd/$(xl domid domu1)/0"; }
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

# The daemon believes in the old connection.
still_holds() {
	[ "$(mappings)" = "$RINGS" ] && [ "$(back_state)" = 4 ] && [ "$(front_state)" = 4 ]
}

vanish() {
	kill -STOP "$backend_pid"
	nodes_of "$(fe)" >/tmp/nodes-then
	xenstore-write "$(be)/state" 6
	post_to 1 "lost-$1"
	await_from 1 "unbound-$1" >/dev/null || return 1
	nodes_back && xenstore-write "$(be)/state" 4 || return 1
	kill -CONT "$backend_pid"
	sleep 2
	still_holds || fail "the backend has noticed: states $(front_state) $(back_state), $(mappings) mappings"
}

partings() { grep -c disconnected "$OUT/backend.log"; }

parted() { [ "$(partings)" -gt "$1" ]; }

begin_running() {
	local n

	n=$(partings)
	xenstore-write "$(fe)/state" 1
	wait_for 5 parted "$n" || fail "the backend keeps the old connection" || return 1
	wait_for 5 connected || fail "no new connection"
}

restart() {
	local how

	how=$(await_from 1 "runs-$1") || return 1
	say "$1: $how"
	if [ "$how" = running ]; then begin_running; else vanish "$1"; fi || return 1
	post_to 1 "boot-$1"
	await_from 1 "used-$1" >/dev/null || return 1
	cp "$(find "$OUT" -name 'pb0*.wav' | sort -V | tail -n 1)" "$OUT/used-$1.wav"
}

dom0_main() {
	local i

	count_for pristine before || return 1
	for ((i = 1; i <= TIMES; i++)); do
		restart "$i" || return 1
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

boot_linux() { lead 5 5 && lead 6 6 && lead 1 2; }
boot_bare() { lead 1 2; }

# use_all N
use_all() {
	play "play-$1" b.wav && record "rec-$1" cap0.wav -f dat -d 1
}

suspended_both() { suspended pcm0p && suspended pcm0c; }
running_both() { running pcm0p && running pcm0c; }

players_end() {
	kill -9 "$player" "$recorder"
	wait "$player" "$recorder" || :
}

# again I: both go on with the next connection.
again() {
	await "boot-$1" >/dev/null || return 1
	wait_for 10 running_both || fail "they do not go on" || return 1
	players_end
}

# replace_driver I HOW: the driver goes, another comes
replace_driver() {
	await "lost-$1" >/dev/null || return 1
	wait_for 10 suspended_both || fail "the backend is not lost" || return 1
	players_end
	unbind
	post "unbound-$1"
	await "boot-$1" >/dev/null || return 1
	"boot_$2" && bind || return 1
	wait_for 20 cards_ready || fail "$2: no card"
}

cycle() {
	local i=$1 how=${HOWS[$1 % ${#HOWS[@]}]}

	life_begin 60 || return 1
	sleep 1
	post "runs-$i" "$how"
	if [ "$how" = running ]; then again "$i"; else replace_driver "$i" "$how"; fi || return 1
	use_all "$i" || return 1
	echo "$how" >>"$OUT/hows"
	post "used-$i"
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

# played N
played() {
	"$AUDIO/compare" --kind playback --period "$(word period "$(stat_line pb0 1 1)")" \
		"$IN/b.wav" "$OUT/dom0/used-$1.wav" &&
		"$AUDIO/compare" --kind capture --least 48000 "$IN/cap0.wav" \
			"$OUT/domu1/rec-$1.wav"
}

host_check() {
	local status=0 i

	for ((i = 1; i <= TIMES; i++)); do
		played "$i" >"$OUT/played" && continue
		echo "WRONG: $i: $(cat "$OUT/played")"
		status=1
	done
	sort "$OUT/domu1/hows" | uniq -c
	counts_check "$TIMES times" || status=1
	return "$status"
}
