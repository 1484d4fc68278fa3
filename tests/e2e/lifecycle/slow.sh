# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# A backend that takes 0 to 5 s, at random (SEED), for each request that it is
# notified of, each stream for itself, while programs play, record, open, close and
# are killed. They may fail; none may hang. When the backend is fast again it has
# closed all that they had, every stream plays and records bit-exactly, and in the
# end nothing is left.

SEED=1
ROUNDS=8
GUEST_SECONDS=1200 AWAIT_SECONDS=900
LATE=${TOP:-}/tests/late
VSND='[ [ "card, backend=0, short-name=xensnd",
	"pcm, name=main",
	"stream, unique-id=pb0, type=p",
	"stream, unique-id=cap0, type=c",
	"pcm, name=more",
	"stream, unique-id=pb1, type=p",
	"stream, unique-id=cap1, type=c" ] ]'
BACKEND_CONF='
[default]
sink = file:/lab/out/%u.wav
source = file:/lab/in/cap0.wav
'
# What a slow backend still maps is freed later; that is what the counts are for.
IGNORE='xen:grant_table: deferring g\.e\.'
frames_wanted=([rec-0]=48000 [rec-1]=48000)

host_prepare() {
	local built

	life_sounds 4
	built=$("$LAB/build" programs "$LATE") || return 1
	cp "$built/late.so" "$IN/"
}

# ---- Dom0 ----

dom0_start() {
	LATE_LOG=$OUT/late LATE_SEED=$SEED LD_PRELOAD=$IN/late.so backend_start
}

mappings() { grep -c gntdev "/proc/$backend_pid/maps"; }

dom0_main() {
	local idle

	count_for pristine before || return 1
	await_from 1 connected >/dev/null || return 1
	idle=$(mappings)
	: >/tmp/slow
	post_to 1 slow
	await_from 1 enough >/dev/null || return 1
	rm /tmp/slow
	# The last delay ends, and what waited behind it is done.
	sleep 6
	[ "$(mappings)" = "$idle" ] ||
		fail "the backend maps $(mappings) pieces, $idle when it was idle" || return 1
	# Whatever of this was played.
	rm -f "$OUT"/{pb,cap}*.wav
	cp "$OUT/stats" "$OUT/stats-slow"
	: >"$OUT/stats"
	post_to 1 fast
	count_for bound after
}

# The daemon has counted the files of the slow time, too.
dom0_finish() {
	local uid

	for uid in pb0 pb1; do
		mv "$OUT/$uid"-*.wav "$OUT/$uid.wav" || return 1
	done
}

# ---- DomU ----

domu_setup() { :; }

unload() {
	echo vsnd-0 >/sys/bus/xen/drivers/vsnd/unbind && rmmod snd_xen_front
}

# use WHAT COMMAND...: it ends, whatever it says
use() {
	local what=$1 status=0
	shift

	timeout -s KILL 60 "$@" >/dev/null 2>"/tmp/$what" || status=$?
	echo "$what: status $status $(sed -n '/rror\|nable\|un!!!\|uspended/{p;q}' "/tmp/$what")" \
		>>"$OUT/outcomes"
	[ "$status" != 137 ] || fail "$what hangs"
}

# impatient WHAT COMMAND...: is killed after up to 3 s, and has to end then
impatient() {
	local what=$1 pid
	shift

	"$@" >/dev/null 2>&1 &
	pid=$!
	sleep "$((RANDOM % 3)).$((RANDOM % 10))"
	kill -9 "$pid" 2>/dev/null
	wait_for 20 gone "$pid" || fail "$what cannot be killed" || return 1
	wait "$pid"
	echo "$what: killed" >>"$OUT/outcomes"
}

gone() { [ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }

# rounds COMMAND...
rounds() {
	local i

	for ((i = 1; i <= ROUNDS; i++)); do
		"$@" || return 1
	done
}

other() {
	impatient aplay-1 aplay -D hw:0,1 "$IN/a.wav" &&
		impatient arecord-1 arecord -D hw:0,1 -f dat /dev/null &&
		use params-1 aplay -D hw:0,1 --dump-hw-params -d 1 "$IN/a.wav"
}

slow_rounds() {
	local status=0 pid pids=()

	RANDOM=$SEED
	rounds use aplay-0 aplay -D hw:0,0 "$IN/a.wav" &
	pids+=($!)
	rounds use arecord-0 arecord -D hw:0,0 -f dat -d 2 /dev/null &
	pids+=($!)
	rounds other &
	pids+=($!)
	for pid in "${pids[@]}"; do
		wait "$pid" || status=1
	done
	return "$status"
}

# use_all NAME: every stream, which is as if nothing had been
use_all() {
	pcm_run "play-0" pb0 0-0 a.wav aplay -D hw:0,0 "$IN/a.wav" &&
		pcm_run "play-1" pb1 1-0 a.wav aplay -D hw:0,1 "$IN/a.wav" &&
		pcm_run "rec-0" cap0 0-1 cap0.wav arecord -D hw:0,0 -f dat -d 1 "$OUT/rec-0.wav" &&
		pcm_run "rec-1" cap1 1-1 cap0.wav arecord -D hw:0,1 -f dat -d 1 "$OUT/rec-1.wav"
}

domu_main() {
	modprobe snd-pcm
	count_at pristine || return 1
	driver_load && use_all && rm "$OUT"/runs && unload || return 1
	count_at before || return 1
	driver_load || return 1
	post connected
	await slow >/dev/null || return 1
	slow_rounds || return 1
	post enough
	await fast >/dev/null && use_all || return 1
	count_at bound || return 1
	unload || return 1
	count_at after
}

# ---- host ----

host_check() {
	local status=0 delays timeouts

	sort "$OUT/domu1/outcomes" | uniq -c
	grep -a '^late:' "$OUT/dom0/late" | awk -v seed="$SEED" '
		{ n++; if ($3 > most) most = $3; if ($3 > 3000) long++ }
		END { printf "SEED=%s: %d delays, %d of them over 3 s, most %d ms\n",
			seed, n, long, most }'
	delays=$(grep -ac '^late:' "$OUT/dom0/late")
	timeouts=$(grep -cE '(OPEN|CLOSE) failed: -110' "$OUT/domu1/dmesg")
	echo "$timeouts operations timed out in the driver's log"
	if [ "$delays" -lt $((8 * ROUNDS)) ] || [ "$timeouts" = 0 ]; then
		echo "WRONG: the backend was not slow"
		status=1
	fi
	if grep -E 'response (to no|producer)|broken' "$OUT/domu1/dmesg"; then
		echo "WRONG: a late answer was taken for a wrong one"
		status=1
	fi
	pcm_check || status=1
	counts_check "slow" || status=1
	return "$status"
}
