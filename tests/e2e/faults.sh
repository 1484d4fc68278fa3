# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# Under the debug kernel, let each memory allocation in turn fail that the
# driver makes in probe and while it connects, and each that the kernel makes in
# open, hw_params, prepare and transfer of a PCM. After each the device works;
# at the end nothing is left of it all, nor has kmemleak found anything.

# Of the many while it connects, each STEP-th: all of them take half an hour.
STEP=1
DOM0_KERNEL=small DOMU_KERNEL=debug DOMU_TYPE=pvh DOMU_MEM=512
GUEST_SECONDS=1500 TIMEOUT=3600
# vmalloc() shows the way to a failure, the kernel's complaints have other words;
# and the kernel removes what it failed to put into /proc/irq.
IGNORE='Call Trace|WARNING: fs/proc/generic.c:.* at remove_proc_entry'
# KASAN keeps what was freed for a while.
SLACK_KB=20000

# Each takes its time: one stream has all that more would have.
VSND='[ [ "card, backend=0, short-name=xensnd",
	"pcm, name=main",
	"stream, unique-id=pb0, type=p" ] ]'
BACKEND_CONF='
[stream pb0]
sink = null
'
AWAIT_SECONDS=1200
DRIVER_SYSFS=/sys/bus/xen/drivers/vsnd DEVICE_SYSFS=/sys/bus/xen/devices/vsnd-0

host_prepare() {
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 1 "$IN/a.wav"
}

dom0_main() {
	count_for pristine before bound after
}

# ---- DomU ----

# faults_for FROM TO: who asks for the memory that may not be had, as addresses
# of code; without them anybody. Never snd_card_init(): the kernel's own clearing
# up after it loses the card's number, and the card where value_buf fails.
faults_for() {
	local dir reject

	read -ra reject < <(sort /proc/kallsyms | grep -A 1 -E ' snd_card_(init|new)$' |
		awk '{ print "0x" $1 }' | tr '\n' ' ')
	[ "${#reject[@]}" -ge 2 ] || fail "no snd_card_init()" || return 1
	for dir in failslab fail_page_alloc; do
		echo N >/sys/kernel/debug/$dir/ignore-gfp-wait
		echo "${reject[0]}" >/sys/kernel/debug/$dir/reject-start
		echo "${reject[1]}" >/sys/kernel/debug/$dir/reject-end
		echo "${1:-0}" >/sys/kernel/debug/$dir/require-start
		echo "${2:-0xffffffffffffffff}" >/sys/kernel/debug/$dir/require-end
		echo 32 >/sys/kernel/debug/$dir/stacktrace-depth
		echo 0 >/sys/kernel/debug/$dir/verbose
	done
	echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
}

bind() {
	echo vsnd-0 2>/dev/null >$DRIVER_SYSFS/bind
}

unbind() {
	[ ! -e $DRIVER_SYSFS/vsnd-0 ] || echo vsnd-0 >$DRIVER_SYSFS/unbind
}

# fault_probe N: status 0 if allocation N was reached
fault_probe() {
	local left

	echo "$1" >/proc/self/fail-nth
	bind && bound=1 || bound=0
	read -r left </proc/self/fail-nth
	echo 0 >/proc/self/fail-nth
	[ "$left" = 0 ] || return 1
	if [ "$bound" = 1 ]; then
		unbind
	else
		failed=$((failed + 1))
	fi
}

# The driver is connected, or has given up. Looked at often, so without making
# a process for it.
settled() {
	local state i

	for ((i = 0; i < 400; i++)); do
		read -r state <$DEVICE_SYSFS/state
		case $state in
		Connected | Closed) return 0 ;;
		esac
		read -rt 0.05 -u "$never" || :
	done
	return 1
}

# find_workers: the fail-nth of all threads of the workqueues; whichever it is that works
# for the driver, the others make none of the allocations meant
find_workers() {
	local comm name

	workers=()
	for comm in /proc/[0-9]*/comm; do
		{ read -r name <"$comm"; } 2>/dev/null || continue
		[ "${name#kworker/}" = "$name" ] || workers+=("${comm%comm}fail-nth")
	done
}

# each_worker N: status 0 if one of them has come to the end of its count, which now is N;
# a thread that has ended has not
each_worker() {
	local worker left status=1

	for worker in "${workers[@]}"; do
		{ read -r left <"$worker" && echo "$1" >"$worker"; } 2>/dev/null || continue
		[ "$left" != 0 ] || status=0
	done
	return "$status"
}

# fault_connect N: the same for what is done for it on a workqueue
fault_connect() {
	local workers

	echo "connect $1" >/dev/kmsg
	find_workers
	each_worker "$1" || fail "no thread of a workqueue" || return 2
	if ! bind || ! settled; then
		# Where the worker is, if it hangs.
		echo t >/proc/sysrq-trigger
		fail "connect $1: neither a card nor an end"
		return 2
	fi
	each_worker 0 || return 1
	# In sysfs: that a card has no node in /dev is between devtmpfs and memory.
	if ! compgen -G '/sys/class/sound/pcm*' >/dev/null; then
		failed=$((failed + 1))
		explained "connect $1" || return 2
	fi
	unbind
}

# explained TURN: there has been a word about it since this turn began. Looked for at
# once: the kernel's log does not hold all of them.
explained() {
	dmesg | awk -v turn=" $1\$" '
		$0 ~ turn { words = 0 }
		/vsnd vsnd-0: / { words++ }
		END { exit !words }' || fail "$1: there is no card, and nothing says why"
}

# each WHAT: fail every allocation of fault_WHAT in turn, until there is none. Each
# comes further than the one before; in the end the device works.
each() {
	local what=$1 step=1 n=1 count=0 failed=0 status bound

	[ "$what" != connect ] || step=$STEP
	unbind
	while [ "$n" -lt 2000 ]; do
		status=0
		"fault_$what" "$n" || status=$?
		[ "$status" != 2 ] || return 1
		[ "$status" = 0 ] || break
		count=$((count + 1)) n=$((n + step))
	done
	echo "call=$what allocations=$count failed=$failed" >>"$OUT/faults"
	unbind
	bind && wait_for 20 cards_ready || fail "no card after $what" || return 1
	[ "$count" -gt 0 ] && plays || return 1
	say "$(tail -n 1 "$OUT/faults")"
}

# Where the module's code is; sections, because the rest is freed.
driver_faults() {
	local start size

	start=$(cat /sys/module/snd_xen_front/sections/.text)
	size=$(awk '$1 == "snd_xen_front" { print $2 }' /proc/modules)
	faults_for "$start" "$(printf '0x%x' $((start + size)))"
}

plays() {
	aplay -q -D "plughw:$(card_number)" "$IN/a.wav" || fail "nothing plays"
}

card_number() {
	sed -n 's/^ *\([0-9]*\) \[.*/\1/p' /proc/asound/cards
}

unload() {
	unbind
	rmmod snd_xen_front
}

domu_setup() { :; }

domu_main() {
	exec {never}<> <(:)
	modprobe snd-pcm
	count_at pristine || return 1
	driver_load && plays && unload && count_at before || return 1
	echo clear >/sys/kernel/debug/kmemleak

	driver_load || return 1
	driver_faults || return 1
	each probe || return 1
	each connect || return 1
	faults_for || return 1
	pcm-faults "$(card_number)" p >"$OUT/pcm-faults" ||
		fail "$(tail -n 1 "$OUT/pcm-faults")" || return 1
	say "$(grep ^call= "$OUT/pcm-faults" | tr '\n' ' ')"
	plays && count_at bound && unload && count_at after
}

host_check() {
	local status=0 line

	cat "$OUT/domu1/faults" "$OUT/domu1/pcm-faults"
	# Where no allocation is made, or none of them matters, nothing was tested.
	while read -r line; do
		[ "$(word failed "$line")" -gt 0 ] || { echo "WRONG: $line"; status=1; }
	done < <(grep -h '^call=' "$OUT/domu1/faults" "$OUT/domu1/pcm-faults" |
		grep -v call=transfer)
	counts_check "after faults" || status=1
	return "$status"
}
