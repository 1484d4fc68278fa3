# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2153
#
# One guest attacks the backend (tests/hostile-guest), the other one plays the
# whole time: the first gets nothing but its own, costs the second nothing, and
# leaves nothing behind. Then it is destroyed at it. The backend is built with
# ASan, UBSan and LeakSanitizer, any of which would end it, and runs as a user
# without a capability.

DOMUS=2
BACKEND=asan BACKEND_USER=990
# These boot sooner, and have gntalloc and evtchn built in.
DOM0_KERNEL=small DOMU_KERNEL=small
GUEST_SECONDS=2400 TIMEOUT=2400 AWAIT_SECONDS=1200
# Xen notes each grant that it refuses.
IGNORE='\(XEN\) .*grant_table\.c|\(XEN\) .*GNTTABOP'
BACKEND_ARGS='--memory 20'
BACKEND_CONF='
[guest domu1 stream pb0]
sink = file:/lab/out/hostile.raw
[guest domu1 stream cap0]
source = file:/lab/in/hostile.raw
[guest domu2 stream pb0]
sink = file:/lab/out/pb0.wav
[guest domu2 stream cap0]
source = file:/lab/in/secret.wav
[default]
sink = null
source = null
'
# Attacks or groups of them; empty: all
ATTACKS=
# Of one CPU, in percent, while a guest does its worst: its share and what it
# may use at once, the other guest, XenStore's events
SHARE_MAX=45
# kB. ASan keeps something of each thread that ever was, some hundreds here; what
# is really lost LeakSanitizer says in the end. BACKEND=ours RSS_SLACK=1000 is the
# daemon as it is.
RSS_SLACK=16000
export ASAN_OPTIONS=quarantine_size_mb=1:malloc_context_size=5

host_prepare() {
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 5 "$IN/a.wav"
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 5 --seed 9 \
		"$IN/secret.wav"
	# What the attacker's source gives, and nobody else's
	head -c 2000000 /dev/zero | tr '\0' '!' >"$IN/hostile.raw"
	cp "$("$LAB/build" programs "$TOP/tests/hostile-guest")/hostile-front" "$IN/"
}

# ---- Dom0 ----

cpu_ticks() {
	awk '{ print $14 + $15 }' "/proc/${backend_pid:?}/stat"
}

# mark GUEST KEY: wait for it; without looking all the time, which costs the host
# more than what is tested here
mark() {
	local path

	path=$(domu_path "$1")/data/$2
	until xenstore-exists "$path"; do
		[ -d "/proc/${guest_xl[$1]:?}" ] || return 1
		timeout 20 xenstore-watch -n 2 "$path" >/dev/null
	done
}

# counts MOMENT: what the backend holds while nobody's stream is open
counts() {
	{
		echo "grant mappings: $(grep -c gntdev "/proc/$backend_pid/maps")"
		echo "files: $(find "/proc/$backend_pid/fd" -type l | wc -l)"
		echo "threads: $(find "/proc/$backend_pid/task" -mindepth 1 -maxdepth 1 | wc -l)"
		echo "event channels: $(lsevtchn 0 | wc -l)"
		grep -E '^(Uid|Cap|NoNewPrivs)' "/proc/$backend_pid/status" |
			sed 's/:[[:space:]]*/: /'
		echo "RSS kB: $(sed -n 's/VmRSS:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$backend_pid/status")"
	} >"$OUT/$1"
}

# flood WHAT: what the backend uses between two marks of the attacker
flood() {
	local ticks began

	mark 1 "$1-begin" || return 1
	ticks=$(cpu_ticks) began=$(cut -d' ' -f1 /proc/uptime)
	post_to 1 "$1-begin-seen"
	mark 1 "$1-end" || return 1
	awk -v what="$1" -v ticks="$(($(cpu_ticks) - ticks))" -v began="$began" '{
		printf "flood=%s cpu_ms=%d wall_ms=%d percent=%d\n", what,
			ticks * 10, ($1 - began) * 1000, ticks / ($1 - began)
	}' /proc/uptime >>"$OUT/floods"
	post_to 1 "$1-end-seen"
}

both() {
	wait_for 60 domu_path 1 >/dev/null && mark 1 "$1" &&
		wait_for 60 domu_path 2 >/dev/null && mark 2 "$1" || return 1
	[ -z "${2:-}" ] || counts "$2"
	post_to 1 "$1-both" && post_to 2 "$1-both"
}

dom0_main() {
	local what

	both ready before || return 1
	if [[ -z $ATTACKS || $ATTACKS = load ]]; then
		for what in requests events states; do
			flood "$what" || return 1
		done
	fi
	mark 1 finished || return 1
	post_to 2 finished
	both idle after || return 1
	mark 1 doomed && mark 2 playing || return 1
	sleep 1
	guest_destroy 1
	mark 2 last || return 1
	counts end
	post_to 2 last-seen
}

# ---- DomU ----

domu_setup() {
	[ "$GUEST" = 1 ] || driver_load
}

attacker() {
	local status=0

	# What the allocator keeps of the greatest number of streams is no leak.
	"$IN/hostile-front" streams-most memory-hog >"$OUT/first" || { cat "$OUT/first"; return 1; }
	post ready
	await ready-both >/dev/null || return 1
	# shellcheck disable=SC2086 # words
	"$IN/hostile-front" $ATTACKS > >(tee "$OUT/attacks") 2>&1 || {
		status=1
		fail "an attack had its way"
	}
	post finished
	post idle
	await idle-both >/dev/null || return 1
	# This guest does not see its own end.
	send_home || fail "no disk"
	echo "LAB-DOMU-STATUS $status"
	"$IN/hostile-front" --doomed
	fail "the attacker has ended"
}

victim() {
	local n=0 status=0

	post ready
	await ready-both >/dev/null || return 1
	until xenstore-exists data/finished; do
		n=$((n + 1))
		play "play-$n" a.wav || status=1
	done
	post idle
	await idle-both >/dev/null || return 1
	play play-last a.wav & sleep 1
	post playing
	wait $! || status=1

	sleep 1
	post last
	await last-seen >/dev/null || status=1
	return "$status"
}

domu_main() {
	if [ "$GUEST" = 1 ]; then attacker; else victim; fi
}

# ---- host ----

# same NAME SLACK: what it was before, and what it is now
same() {
	local moment v base status=0

	base=$(sed -n "s/^$1: //p" "$OUT/dom0/before")
	printf '%-16s %8s' "$1" "$base"
	for moment in after end; do
		v=$(sed -n "s/^$1: //p" "$OUT/dom0/$moment")
		printf ' %8s' "$v"
		[ "${v:-999999}" -le "$((base + $2))" ] || status=1
	done
	[ "$status" = 0 ] || printf '  WRONG'
	echo
	return "$status"
}

# Two devices have 40 lines each, and the daemon some of its own. A line without the
# daemon's time is a library's, and has no limit.
log_lines() {
	local most others

	others=$(grep -cv '^\[' "$OUT/dom0/backend.log") || :
	most=$(sed -nE 's/^\[ *([0-9]+)\..*/\1/p' "$OUT/dom0/backend.log" |
		awk '{ n[int($1 / 10)]++ } END { for (i in n) if (n[i] > m) m = n[i]; print m + 0 }')
	echo "log: $(wc -l <"$OUT/dom0/backend.log") lines, at most $most in ten seconds, $others without time"
	[ "$most" -gt 0 ] && [ "$most" -le 85 ] && [ "$others" = 0 ]
}

# The attacker's files hold its own bytes only.
own_bytes() {
	local files=("$OUT"/dom0/hostile*.raw) other

	other=$(cat "${files[@]}" | tr -d '\021-\024' | wc -c)
	echo "the attacker's files: ${#files[@]}, $(cat "${files[@]}" | wc -c) bytes, $other not its own"
	[ -s "${files[0]}" ] && [ "$other" = 0 ]
}

host_check() {
	local status=0 line

	grep -hE '^(ok|not ok|#)' "$OUT/domu1/attacks"
	grep -q '^0 passed\|[1-9] failed\|^not ok' "$OUT/domu1/attacks" && status=1
	grep -q ' 0 failed$' "$OUT/domu1/attacks" || status=1
	if [[ -z $ATTACKS || $ATTACKS = load ]]; then
		[ "$(grep -c percent= "$OUT/dom0/floods")" = 3 ] || status=1
		while read -r line; do
			echo "$line"
			[ "$(word percent "$line")" -le "$SHARE_MAX" ] ||
				{ echo 'WRONG: more than its share'; status=1; }
		done <"$OUT/dom0/floods"
	fi
	# Otherwise nothing was shown about privileges.
	grep -q "^Uid: $BACKEND_USER" "$OUT/dom0/end" &&
		! grep -E '^Cap.*[1-9a-f]$' "$OUT/dom0/end" || status=1
	printf '\n%-16s %8s %8s %8s\n' '' before after end
	same 'grant mappings' 0 || status=1
	same files 0 || status=1
	same threads 0 || status=1
	same 'event channels' 0 || status=1
	same 'RSS kB' "$RSS_SLACK" || status=1
	log_lines || { echo 'WRONG: a flood'; status=1; }
	own_bytes || { echo 'WRONG: what is not its own'; status=1; }
	pcm_check 2 || status=1
	return "$status"
}
