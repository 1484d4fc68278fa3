# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# make bench-hostile: one attack at a time, each on a stream of each direction, and
# what becomes of the guest. A guest that hangs or crashes is a result; it gets
# destroyed and another one takes its place. DOMU_MODULE says whose driver it is.

GUEST_SECONDS=100000 TIMEOUT=7200
HOSTILE_COUNT=2
HOSTILE_USES=2
# Of the guests' time: to use the streams, with all of a driver's patience; to
# connect again
PATIENCE=60
# Some of each kind: a guest that does not bear one costs a new guest. "none" is a
# backend that only comes and goes, without which the rest says nothing.
ATTACKS='^(none|producer-(one-more|half|back)-data|(id-next|operation-next|repeat)-data'
ATTACKS+='|status-(one|least)-open|status-perm-start|withhold-(query|open|stop)|silence-data'
ATTACKS+='|query-(inverted|most)|scribble-ones-data|event-producer-(page|half)-data'
ATTACKS+='|event-types-tick|position-(most|back-far|flood)|flip-(ring|events)|ports-closed-tick'
ATTACKS+='|killed-(open|data)|storm-(empty|types)|states-(jump|race|odd)|state-removed'
ATTACKS+='|directory-removed|versions-wrong|reconnects)$'
# The stock driver cannot have a second one, and does not take the names of cards.
VSND=$(hostile_vsnd alone)
HOSTILE_CARD=0
# They are counted, not judged.
IGNORE='.'

host_prepare() { hostile_prepare; }
dom0_start() {
	"$IN/hostile-guest" sound 96000 >/tmp/sound.raw
	"$IN/xen-snd-hostile" -l >"$OUT/attacks"
	honest_start 0
}

dom0_finish() { [ -z "${honest[0]:-}" ] || honest_stop 0; }

# What hangs may do so until it is destroyed.
domu_setup() {
	echo 0 >/proc/sys/kernel/hung_task_timeout_secs
	driver_load
}

# What a guest has seen is on its console, for it may not live to send it home.
domu_main() {
	cat /proc/asound/cards
	: >"$OUT/used"
	: >/tmp/checked
	tail -q -F "$OUT/used" /tmp/checked &
	post ready
	answer_rounds
}

# ---- Dom0 ----

crashed() {
	! domu_path 1 >/dev/null ||
		grep -qE 'BUG: |Oops|Kernel panic|general protection|UBSAN|rcu.*stall|soft lockup' \
			/var/log/xen/console/guest-domu1.log
}

# A guest's last words are not the run's: its console stays in Dom0.
console_off() {
	# shellcheck disable=SC2046 # words
	kill $(pidof tail) 2>/dev/null
}

# fresh_guest NAME: after the attack NAME
fresh_guest() {
	cp /var/log/xen/console/guest-domu1.log "$OUT/console-$1"
	xl destroy domu1 2>/dev/null
	wait "${guest_xl[1]}"
	[ -z "${honest[0]:-}" ] || honest_stop 0
	honest_start 0
	guest_create 1
	console_off
	hostile_paths && await_from 1 ready >/dev/null
}

# answered KEY SECONDS
answered() {
	local n=$2

	until xenstore-exists "/local/domain/$first_id/data/$1" 2>/dev/null; do
		[ $((n -= 1)) -gt 0 ] && ! crashed || return 1
		sleep 1
	done
}

# bear ROUND OPTION...: what becomes of the guest, in a word
bear() {
	local round=$1

	attack_begin "$@" >&2 || return 1
	grep -q ^connected "$OUT/report-$round" || { echo no-connection; return; }
	ask "$round attack 2"
	answered "done-$round" "$PATIENCE" ||
		{ crashed && echo crashed || echo hangs; return; }
	kill "$hostile_pid" 2>/dev/null
	wait "$hostile_pid" 2>/dev/null
	honest_start 0 "/tmp/check-$round" >&2
	wait_for 20 first_connected || { crashed && echo crashed || echo card-lost; return; }
	ask "$round check ok 2"
	answered "checked-$round" "$PATIENCE" ||
		{ crashed && echo crashed || echo hangs; return; }
	if [ "$(xenstore-read "/local/domain/$first_id/data/checked-$round")" = ok ]; then
		echo survived
	else
		echo card-lost
	fi
}

dom0_main() {
	local round=0 names kind name options word

	console_off
	hostile_paths && await_from 1 ready >/dev/null || return 1
	while read -r kind name _; do
		[[ $name =~ $ATTACKS ]] || continue
		case $kind in
		none) options=(-a -) ;;
		device) options=(-d "$name") ;;
		*) options=(-a "-,$name,-,$name") ;;
		esac
		bear $((++round)) "${options[@]}" >/tmp/word
		read -r word </tmp/word || word=not-made
		echo "attack=$name result=$word round=$round" >>"$OUT/borne"
		say "$name: $word"
		kill "$hostile_pid" 2>/dev/null
		wait "$hostile_pid" 2>/dev/null
		[ "$word" = survived ] || fresh_guest "$name" || return 1
	done < <(echo none none && cat "$OUT/attacks")
	ask "0 end"
}

host_check() {
	awk '{ n[$2]++ } END { for (i in n) print i, n[i] }' "$OUT/dom0/borne"
}
