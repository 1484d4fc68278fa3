# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash
#
# Play and record in a DomU, count what it took, and compare on the host what
# arrived with what was sent.
#
# The n-th use of a stream is the n-th line of the backend's statistics for it
# and, for playback, the n-th file of its sink: each run opens it once.

AUDIO=${TOP:-}/tests/audio

# ---- in a DomU ----

# irqs STREAM: interrupts of a stream (0-0 is the first of PCM 0) so far, all
# CPUs
irqs() {
	awk -v unit="vsnd[0-9]*.${1/-/.}-" '$0 ~ unit {
		for (i = 2; $i ~ /^[0-9]+$/; i++)
			n += $i
	} END { print n + 0 }' /proc/interrupts
}

# pcm_run NAME UNIQUE-ID STREAM FILE COMMAND...: run a player or recorder of
# FILE and note how it went. A message of an xrun is one xrun.
pcm_run() {
	local name=$1 uid=$2 stream=$3 file=$4 before status=0 log
	shift 4

	log=$OUT/$name.log
	before=$(irqs "$stream")
	"$@" >"$log" 2>&1 || status=$?
	# One write: runs of several streams may end at the same time.
	printf 'name=%s uid=%s file=%s status=%s xruns=%s interrupts=%s\n' \
		"$name" "$uid" "$file" "$status" \
		"$(grep -ciE '(under|over)run' "$log")" \
		"$(($(irqs "$stream") - before))" >>"$OUT/runs"
	if [ "$status" != 0 ]; then
		sed "s/^/$name: /" "$log"
		fail "$name: $1 ended with status $status"
	fi
}

# play NAME FILE [OPTION...]: on stream pb0; FILE is looked for in $IN
play() {
	local name=$1 file=$2
	shift 2

	pcm_run "$name" pb0 0-0 "$file" aplay "$@" "$IN/$file"
}

# record NAME SOURCE [OPTION...]: on stream cap0, which gives SOURCE
record() {
	local name=$1 source=$2
	shift 2

	pcm_run "$name" cap0 0-1 "$source" arecord "$@" "$OUT/$name.wav"
}

# ---- on the host ----

# word KEY LINE: the value of KEY in a line of key=value
word() {
	sed -n "s/.*\b$1=\([^ ]*\).*/\1/p" <<<"$2"
}

# nth_file PATH N: the name that a sink gives to its N-th file
nth_file() {
	if [ "$2" = 1 ]; then echo "$1"; else echo "${1%.*}-$2.${1##*.}"; fi
}

# sink_of UNIQUE-ID GUEST: the first file of a stream's sink; the scenario's, if
# its backend gets another name
sink_of() { echo "$1.wav"; }

# raw_shape LINE PERIOD: compare's arguments for bytes without a header. Where
# samples are no whole bytes it counts bytes.
raw_shape() {
	local format channels period=$2

	format=$(word format "$1") channels=$(word channels "$1")
	if [ "${format,,}" = ima_adpcm ]; then
		period=$((period * channels / 2)) channels=1
	fi
	echo --format "$format" --rate "$(word rate "$1")" \
		--channels "$channels" --period "$period"
}

# pcm_check [GUEST]: compare every run of a guest; a table of them in
# $OUT/domuGUEST/table, the plot's arguments in $pairs. Fails unless all are
# exact.
# $frames_wanted is the scenario's: the least that a recording must have.
declare -A uses=() frames_wanted=()
pairs=()
pcm_check() {
	local guest=${1:-1} run name uid sent received stat compare status=0 kind
	local runs=$OUT/domu$guest/runs table=$OUT/domu$guest/table

	uses=() pairs=()
	: >"$table"
	[ -s "$runs" ] || { say "nothing was played"; return 1; }
	# Not a pipe: what the loop sets is needed. Sorted by nothing: the order of
	# the lines is the order of the uses.
	while read -r run; do
		name=$(word name "$run") uid=$(word uid "$run")
		uses[$uid]=$((${uses[$uid]:-0} + 1))
		sent=$IN/$(word file "$run")
		stat=$(stat_line "$uid" "${uses[$uid]}" "$guest")
		if [ -z "$stat" ]; then
			echo "$name: the backend knows nothing of it"
			echo "$run exact=no" >>"$table"
			status=1
			continue
		fi
		if [ "$(word type "$stat")" = c ]; then
			received=$OUT/domu$guest/$name.wav
			# A recording that broke off early is no good recording.
			kind=(--kind capture --least "${frames_wanted[$name]:-1}")
		else
			received=$OUT/dom0/$(nth_file "$(sink_of "$uid" "$guest")" \
				"${uses[$uid]}")
			kind=(--kind playback --period "$(word period "$stat")")
		fi
		# shellcheck disable=SC2207 # words
		[ "${sent##*.}" != raw ] ||
			kind+=($(raw_shape "$stat" "$(word period "$stat")"))
		compare=$("$AUDIO/compare" "${kind[@]}" "$sent" "$received" 2>&1) ||
			status=1
		echo "$run ${compare%%$'\n'*} $(pcm_counts "$stat")" >>"$table"
		[ "${compare#*$'\n'}" = "$compare" ] ||
			echo "$name: ${compare#*$'\n'}"
		pairs+=("$name" "$sent" "$received")
	done <"$runs"
	"$AUDIO/table" --check "$table" || status=1
	for uid in "${!uses[@]}"; do
		[ -z "$(stat_line "$uid" $((uses[$uid] + 1)) "$guest")" ] ||
			{ echo "$uid was opened more often than used"; status=1; }
	done
	return "$status"
}

# stat_line UNIQUE-ID N GUEST: the backend's line; an OPEN that moved no data
# (probing) does not count.
stat_line() {
	grep -E "unique-id=$1( .*|) frames=[1-9]" "$OUT/dom0/stats" |
		grep -E "domid=$3 " | sed -n "$2p"
}

# What the table knows from the backend's line
pcm_counts() {
	local s=$1

	printf 'periods=%s requests=%s notifications=%s' "$(word periods "$s")" \
		"$(word requests "$s")" \
		"$(($(word notify-in "$s") + $(word notify-rsp "$s") +
			$(word notify-evt "$s")))"
}

