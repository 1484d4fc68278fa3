# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# Streams that run freely, and timers in place of wake-ups, with what Debian's alsa-lib
# and alsa-utils have: dmix, dshare, dsnoop, axfer; a program that never writes, and a
# server that is late. Such a stream has a clock of its own; what is written in time is
# played at its time, bit by bit.

DOM0_KERNEL=small
# Only what these words name
PARTS='mix pause share snoop clock late axfer'

VSND="[ [ \"card, backend=0, short-name=xensnd\",
$(device mix p), $(device share p), $(device snoop c), $(device clock p),
$(device late p), $(device irq), $(device timer), $(device pause p) ] ]"
BACKEND_CONF='
[default]
sink = file:/lab/out/%u.wav
source = file:/lab/in/source.wav
'
RATE=48000
SECONDS_EACH=3

host_prepare() {
	local i

	# dmix puts the first frames of a player who joins others where the device may
	# be by now, in the period that plays; let them be silence.
	for i in 1 2 3; do
		"$AUDIO/gen" quiet --seconds "$SECONDS_EACH" --lead 0.03 --seed "$i" \
			"$IN/quiet$i.wav"
	done
	"$AUDIO/gen" unique --seconds "$SECONDS_EACH" "$IN/play.wav"
	# axfer's timer model drops what is queued when it is done; let that be silence.
	"$AUDIO/gen" unique --seconds "$SECONDS_EACH" --silence 0.6 "$IN/play-timer.wav"
	"$AUDIO/gen" unique --seconds "$SECONDS_EACH" "$IN/play.raw"
	"$AUDIO/gen" unique --seconds 20 --seed 2 "$IN/source.wav"
	cp "$("$LAB/build" tools)"/{freerun,late-server} "$IN/"
}

# with PART: is it to be run?
with() {
	[[ " $PARTS " == *" $1 "* ]]
}

# ---- DomU ----

# shared NAME TYPE DEVICE KEY [REST]: as people write it into their asound.conf
shared() {
	echo "pcm.$1 { type $2 ipc_key $4 slave { pcm \"hw:0,$3\" rate $RATE format S16_LE channels 2 period_size 1024 buffer_size 8192 } ${5:-} }"
}

asound_conf() {
	shared mix dmix 0 5178
	shared share dshare 1 7178 'bindings { 0 0 1 1 }'
	shared snoop dsnoop 2 6178
	shared pause dmix 7 5179
}

# play_on NAME PCM FILE
play_on() {
	timed "$1" "$SECONDS_EACH" aplay -D "$2" "$IN/$3"
}

# record_on NAME PCM
record_on() {
	timed "$1" "$SECONDS_EACH" arecord -D "$2" -f dat -d "$SECONDS_EACH" "$OUT/$1.wav"
}

# One player, and then two, the second half a second later
mix_some() {
	local first

	play_on mix-one plug:mix play.wav
	play_on mix-first plug:mix quiet1.wav &
	first=$!
	sleep 0.5
	play_on mix-second plug:mix quiet2.wav
	wait "$first"
}

# Somebody keeps the stream running: a player comes after it ran by itself for a while.
mix_after_pause() {
	local holder

	timed pause-holder 8 aplay -D plug:pause -f dat -d 8 /dev/zero &
	holder=$!
	sleep 2
	play_on pause-player plug:pause quiet3.wav
	wait "$holder"
}

snoop_both() {
	local first

	record_on snoop-one plug:snoop
	record_on snoop-first plug:snoop &
	first=$!
	sleep 0.5
	record_on snoop-second plug:snoop
	wait "$first"
}

# axfer_both MODEL DEVICE FILE
axfer_both() {
	timed "$1-play" "$SECONDS_EACH" axfer transfer playback -D "hw:0,$2" \
		--sched-model="$1" "$IN/$3"
	timed "$1-record" "$SECONDS_EACH" axfer transfer capture -D "hw:0,$2" \
		--sched-model="$1" -f S16_LE -r "$RATE" -c 2 -d "$SECONDS_EACH" \
		"$OUT/$1-record.wav"
}

domu_main() {
	asound_conf >/etc/asound.conf
	if with clock; then timed clock 1 "$IN/freerun" hw:0,3; fi
	if with late; then
		timed late "$SECONDS_EACH" "$IN/late-server" hw:0,4 "$IN/play.raw"
	fi
	if with share; then play_on share plug:share play.wav; fi
	if with mix; then mix_some; fi
	if with pause; then mix_after_pause; fi
	if with snoop; then snoop_both; fi
	if with axfer; then
		axfer_both irq 5 play.wav
		axfer_both timer 6 play-timer.wav
	fi
	# Each has said so by itself; the host looks at all of them.
	true
}

# ---- host ----

check_mix() {
	expect ran mix-one "$SECONDS_EACH"
	expect matches mix-one "$AUDIO/mixed" "$OUT/dom0/mix-p.wav" "$IN/play.wav"
	expect ran mix-first "$SECONDS_EACH"
	expect ran mix-second "$SECONDS_EACH"
	expect matches mix-both "$AUDIO/mixed" "$OUT/dom0/mix-p-2.wav" "$IN/quiet1.wav" \
		"$IN/quiet2.wav"
	expect opened mix-p 2
}

check_pause() {
	expect ran pause-holder 8
	expect ran pause-player "$SECONDS_EACH"
	expect matches pause "$AUDIO/mixed" "$OUT/dom0/pause-p.wav" "$IN/quiet3.wav"
	expect opened pause-p 1
}

check_share() {
	expect ran share "$SECONDS_EACH"
	expect matches share "$AUDIO/mixed" "$OUT/dom0/share-p.wav" "$IN/play.wav"
	expect opened share-p 1
}

check_snoop() {
	local i

	for i in one first second; do
		expect ran "snoop-$i" "$SECONDS_EACH"
		expect matches "snoop-$i" "$AUDIO/mixed" \
			--part-of $((SECONDS_EACH * RATE)) \
			"$OUT/domu1/snoop-$i.wav" "$IN/source.wav"
	done
	expect opened snoop-c 2
}

check_clock() {
	expect ran clock 1
	expect opened clock-p 1
}

# What was queued, 4096 frames, was played for 0.085 s of the 0.4.
check_late() {
	local said

	expect ran late "$SECONDS_EACH"
	said=$("$AUDIO/mixed" --holes "$OUT/dom0/late-p.wav" "$IN/play.raw" 2>&1)
	echo "late: $said"
	[[ $said == *'exact=yes at=0 holes=1 '* ]] || wrong=1
	expect [ "$(word missing "$said")" -ge 15104 ]
	expect [ "$(word missing "$said")" -le 18500 ]
	# Where the data end with an event, silence comes only in answer to it.
	expect opened late-p 1 1
}

# By timer it begins with a buffer of silence, which it would take back if the driver
# let it, and ends when all is written.
check_axfer() {
	local model

	expect ran irq-play "$SECONDS_EACH"
	expect matches irq-play "$AUDIO/compare" --kind playback --period 12000 \
		"$IN/play.wav" "$OUT/dom0/irq-p.wav"
	expect ran timer-play "$SECONDS_EACH" 100
	expect matches timer-play "$AUDIO/mixed" "$OUT/dom0/timer-p.wav" \
		"$IN/play-timer.wav"
	for model in irq timer; do
		expect ran "$model-record" "$SECONDS_EACH"
		expect matches "$model-record" "$AUDIO/compare" --kind capture \
			--least $((SECONDS_EACH * RATE)) "$IN/source.wav" \
			"$OUT/domu1/$model-record.wav"
		expect opened "$model-p" 1
		expect opened "$model-c" 1
	done
}

host_check() {
	local part

	for part in $PARTS; do
		"check_$part"
	done
	return "$wrong"
}
