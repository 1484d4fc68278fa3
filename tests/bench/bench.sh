# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# make bench: the stock driver and this one in turns, in the same guest, against
# the same backend, and snd-dummy, which does nothing, as the floor of what the
# application, ALSA and the guest cost. What a period costs comes from the
# difference of a short and a long run, see play.c; report.py makes the table.

# How often each driver has its turn, and what is measured in it
ROUNDS=3
TURNS='stock ours'
FLOOR=dummy
PERIODS='64 256 1024 4096'
ACCESSES='rw mmap capture'
COUNTS='40 240'
STREAMS='1 4 16'
FILLS='2 4 8 16 32'
# Smallest period: seconds without an xrun with four and with two periods in the
# buffer, in an idle guest and in one where hogs use all CPUs, where a second of
# the guest's takes the host twenty; empty: not at all. As for hypercalls, one
# round only: these take long, and there is no chance in them.
SECONDS_IDLE='30 10'
SECONDS_LOADED='2 2'
SMALL='16 32 64 128 256 512 1024'

TIMEOUT=2400
GUEST_SECONDS=100000
BENCH=${TOP:-}/tests/bench
# Positions by the clock, and no disk: the backend's own part is all there is.
BACKEND_CONF='
[default]
sink = null
source = null
'
# The stock driver takes no more than eight streams of a device.
VSND='[ [ "card, backend=0, short-name=xensnd, buffer-size=131072, channels-min=2, channels-max=2, sample-rates=48000, sample-formats=s16_le"'
for i in $(seq 0 15); do
	[ $((i % 8)) != 0 ] || VSND+=", \"pcm, name=play$i\""
	VSND+=", \"stream, unique-id=pb$i, type=p\""
done
VSND+=', "pcm, name=record", "stream, unique-id=cap0, type=c" ] ]'

host_prepare() {
	cp "$("$LAB/build" programs "$BENCH")"/bench-{play,mark} "$IN/"
}

# ---- Dom0 ----

dom0_main() {
	wait_for 60 domu_path 1 >/dev/null || return 1
	"$IN/bench-mark" "$(xl domid domu1)" "$OUT/stats" >"$OUT/marks" &
}

# ---- DomU ----

driver='' round=0 irqs=''

# run WHAT OPTION... COUNT...: note each line of the player's with what it is
run() {
	local what=$1 line
	shift

	say "round $round: $driver: $what"
	"$IN/bench-play" ${irqs:+-i "$irqs"} "$@" >/tmp/result 2>/tmp/errors ||
		cat /tmp/errors
	while read -r line; do
		echo "driver=$driver round=$round what=$what $line" >>"$OUT/runs"
	done </tmp/result
}

xen_irqs() {
	sed -n 's/^ *\([0-9]*\):.*xen-dyn.*/\1/p' /proc/interrupts | sort -n
}

# The stock driver's interrupts have no stable names: they are the new ones.
driver_on() {
	local ko=/lab/ko/snd_xen_front.ko before

	case $1 in
	dummy)
		modprobe snd-dummy fake_buffer=0 pcm_devs=3 pcm_substreams=8
		return
		;;
	stock) ko=$(find /lib/modules/*/kernel -name snd_xen_front.ko) ;;
	esac
	before=$(xen_irqs)
	insmod "$ko" || return 1
	wait_for 40 cards_ready || fail "$driver: no card" || return 1
	irqs=$(xen_irqs | grep -vxF "$before" | paste -sd,)
	[ -n "$irqs" ] || fail "$driver: no interrupts"
}

driver_off() {
	if [ "$1" = dummy ]; then
		rmmod snd-dummy
		return
	fi
	echo vsnd-0 >/sys/bus/xen/drivers/vsnd/unbind || return 1
	rmmod snd_xen_front
}

# on ACCESS: the player's option for it
on() {
	case $1 in
	mmap) echo -m ;;
	capture) echo -C ;;
	esac
}

# buffer PERIOD: periods of the buffer
buffer() {
	if [ "$1" -ge 4096 ]; then echo 4; else echo 8; fi
}

# Unquoted in what follows: words.
# shellcheck disable=SC2046,SC2086
measure_periods() {
	local p a

	for p in $PERIODS; do
		for a in $ACCESSES; do
			run "period-$p-$a" $(on "$a") -p "$p" -b "$(buffer "$p")" $COUNTS
			[ "$round" != 1 ] ||
				run "calls-$p-$a" -T $(on "$a") -p "$p" -b "$(buffer "$p")" $COUNTS
		done
	done
}

# Writes of less than a period, more of them than the ring has room for, and to a
# backend that asks for a notification of each.
# shellcheck disable=SC2086
measure_chunks() {
	local c

	for c in 256 100 24; do
		run "chunks-1024-$c" -p 1024 -b 8 -k "$c" $COUNTS
	done
	run chunks-4096-100 -p 4096 -b 4 -k 100 $COUNTS
}

# shellcheck disable=SC2086
measure_growth() {
	local n

	for n in $STREAMS; do
		run "streams-$n" -s "$n" -p 1024 -b 8 $COUNTS
	done
	for n in $FILLS; do
		run "fill-$n" -p 256 -b "$n" $COUNTS
	done
}

# One open is at the mercy of whatever Dom0 does just then; of nine the median
# is not.
measure_latency() {
	run reopen-1024 -p 1024 -b 8 1 1 1 1 1 1 1 1 1
	run latency-256 -t -p 256 -b 8 200
	run latency-1024 -t -p 1024 -b 8 200
}

# smallest WHAT SECONDS PERIODS: from small to large, until one plays for that
# long without an xrun
smallest() {
	local p

	for p in $SMALL; do
		run "$1" -x 0 -p "$p" -b "$3" $((48000 * $2 / p))
		tail -n 1 "$OUT/runs" | grep -q 'status=ok' && break
	done
}

# smallest_of LOAD SECONDS-4 SECONDS-2
smallest_of() {
	[ $# = 3 ] || return 0
	smallest "smallest-$1-4" "$2" 4
	smallest "smallest-$1-2" "$3" 2
}

# shellcheck disable=SC2086
measure_smallest() {
	local hogs=() i

	smallest_of idle $SECONDS_IDLE
	[ -n "$SECONDS_LOADED" ] || return 0
	for ((i = 0; i < DOMU_VCPUS; i++)); do
		while :; do :; done &
		hogs+=($!)
	done
	smallest_of loaded $SECONDS_LOADED
	kill "${hogs[@]}"
}

turn() {
	say "round $round: $1"
	driver=$1 irqs=''
	run unbound -g -w 0 0
	driver_on "$1" || return 1
	run idle -w 5 0
	run memory -g -p 1024 -b 8 1
	measure_periods
	measure_chunks
	measure_growth
	measure_latency
	[ "$round" != 1 ] || [ "$1" = dummy ] || measure_smallest
	driver_off "$1"
}

# What both drivers need is there before their turns.
domu_setup() {
	modprobe -a snd-pcm xen-front-pgdir-shbuf
}

domu_main() {
	local who

	for ((round = 1; round <= ROUNDS; round++)); do
		for who in $TURNS; do
			turn "$who" || return 1
		done
		# Once: nobody else takes part in it.
		[ "$round" != 1 ] || [ -z "$FLOOR" ] || turn "$FLOOR" || return 1
	done
}

# ---- host ----

# shellcheck disable=SC2154 # run's variables
host_check() {
	local ours stock=$work/stock.ko

	ours=$("$LAB/build" module "$DOMU_KERNEL")
	xz -dc "$(find "$(kernel_root "$DOMU_KERNEL" "$image")/lib/modules/" \
		-name 'snd_xen_front.ko.xz')" >"$stock"
	size "$stock" "$ours" >"$OUT/sizes"
	"$BENCH/report.py" "$OUT"
}
