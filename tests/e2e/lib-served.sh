# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034 # what it sets is the scenarios'
#
# Streams with a life of their own, which software from elsewhere opens when and as
# often as it likes: each has a PCM device, so that the backend's files and counts tell
# which is which.

# ---- the card ----

# device NAME [DIRECTIONS]: a device for xl.cfg with the streams NAME-p and NAME-c
device() {
	local dir

	printf '"pcm, name=%s"' "$1"
	for dir in ${2:-p c}; do
		printf ',\n"stream, unique-id=%s-%s, type=%s"' "$1" "$dir" "$dir"
	done
}

# ---- Dom0 ----

# The one CPU that is emulated is everybody's. On a real machine Dom0 does not wait until
# a guest has done its work, 10 ms later; nor does it here with this and
# XEN_CMDLINE=sched_ratelimit_us=0.
dom0_first() {
	xl sched-credit2 -d Domain-0 -w 65535
}

# session_device KIND CLASS NAME PCM PRIORITY: a device of PipeWire's, for its configuration
session_device() {
	cat <<-END
		{ factory = adapter args = {
			factory.name = api.alsa.pcm.$1
			node.name = $3 node.description = $3 media.class = $2
			api.alsa.path = "$4" priority.session = $5
			audio.format = S16LE audio.rate = 48000 audio.channels = 2
			audio.position = [ FL FR ]
		} }
	END
}

# ---- in a DomU ----

# timed NAME SECONDS COMMAND...: run what should take SECONDS; note how long it took by
# the guest's clock, and go on. What hangs gets twice the time.
timed() {
	local name=$1 seconds=$2 log=$OUT/$1.log status=0 from
	shift 2

	say "$name"
	from=$(hundredths)
	timeout $((2 * seconds + 3)) "$@" >"$log" 2>&1 || status=$?
	printf 'name=%s status=%s took=%s xruns=%s\n' "$name" "$status" \
		$(($(hundredths) - from)) \
		"$(grep -ciE '(under|over)run|xrun' "$log")" >>"$OUT/runs"
	[ "$status" = 0 ] || { sed "s/^/$name: /" "$log"; fail "$name: status $status"; }
}

# The guest's clock, in hundredths of a second
hundredths() {
	local up

	read -r up _ </proc/uptime
	echo "${up/./}"
}

# ---- on the host ----

# expect CHECK...: all of a scenario's checks are made, whatever the first ones say
wrong=0
expect() {
	"$@" || wrong=1
}

# ran NAME SECONDS [SLACK]: it ended by itself, without an xrun, after SECONDS and at
# most SLACK hundredths more, in domu1 or $SERVED
ran() {
	local run most=$(($2 * 100 + ${3:-50})) from=$OUT/${SERVED:-domu1}

	run=$(grep "^name=$1 " "$from/runs") || { echo "$1: did not run"; return 1; }
	if [ "$(word status "$run") $(word xruns "$run")" != '0 0' ] ||
		[ "$(word took "$run")" -lt $(($2 * 100 - 5)) ] ||
		[ "$(word took "$run")" -gt "$most" ]; then
		echo "$1: must take $2 s to 0.01 * $most s, with status 0 and no xrun: $run"
		tail -n 5 "$from/$1.log" | sed "s/^/$1: /"
		return 1
	fi
	echo "$1: took $(word took "$run") hundredths of a second$(tr '\r' '\n' \
		<"$from/$1.log" | tail -n 1 | sed 's/^/; /')"
}

# opened UID TIMES [UNDERRUNS]: so many OPENs that moved data, none with an xrun, but for so
# many underruns of the guest's data
opened() {
	local lines n

	lines=$(grep -E "unique-id=$1( .*|) frames=[1-9]" "$OUT/dom0/stats")
	n=$(grep -c . <<<"$lines")
	if [ "$n" != "$2" ]; then
		echo "$1: was opened $n times, not $2"
		return 1
	fi
	if grep -vE "underruns=[0-${3:-0}] overruns=0 xruns=0" <<<"$lines"; then
		echo "$1: xruns, see above"
		return 1
	fi
}

# matches NAME TOOL...: a comparison, under a name
matches() {
	local name=$1 said status=0
	shift

	said=$("$@" 2>&1) || status=1
	echo "$name: ${said//$'\n'/$'\n'$name: }"
	return "$status"
}

# without PATTERN NAME LOG: no line of a log has an extended regexp in it
without() {
	! grep -iE "$1" "$OUT/$3" | head -n 5 | sed "s/^/$2: /" | grep .
}
