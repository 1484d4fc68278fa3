# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# A backend whose clock knows nothing of periods: its positions come after 384, 576 or 960
# frames, at random. Small buffers, this driver and the stock one in turns, in the same guest:
# not more xruns than with the stock one, and no frame lost of a recording.

BACKEND=quirks
QUIRKS='steps=384,576,960 seed=1'
SHAPES='512x2 1024x2 256x4 512x4 1024x4'
CAPTURES='256x4 512x4 1024x2'
SECONDS_EACH=3
# Turns of each driver, and xruns that ours may have more: chance is in a few of them
ROUNDS=1
SLACK=5
GUEST_SECONDS=600
TIMEOUT=1200
BACKEND_CONF='
[stream pb0]
sink = null
[stream cap0]
source = file:/lab/in/cap0.wav
'

host_prepare() {
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds "$SECONDS_EACH" "$IN/play.wav"
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 8 "$IN/cap0.wav"
}

domu_setup() { modprobe -a snd-pcm xen-front-pgdir-shbuf; }

# sizes SHAPE: aplay's options
sizes() { echo "--period-size=${1%x*} --buffer-size=$((${1%x*} * ${1#*x}))"; }

# one DRIVER: all shapes with it
one() {
	local shape status n

	for shape in $SHAPES; do
		status=0
		# shellcheck disable=SC2046 # words
		aplay -q -D hw:0 $(sizes "$shape") "$IN/play.wav" 2>"$OUT/$1-p-$shape.log" || status=$?
		n=$(grep -c underrun "$OUT/$1-p-$shape.log")
		echo "driver=$1 what=play-$shape status=$status xruns=$n" >>"$OUT/steps"
	done
	for shape in $CAPTURES; do
		status=0
		# shellcheck disable=SC2046 # words
		arecord -q -D hw:0 $(sizes "$shape") -f dat -d "$SECONDS_EACH" "$OUT/$1-$shape.wav" \
			2>"$OUT/$1-c-$shape.log" || status=$?
		n=$(grep -c overrun "$OUT/$1-c-$shape.log")
		echo "driver=$1 what=record-$shape status=$status xruns=$n" >>"$OUT/steps"
	done
}

domu_main() {
	local who ko turns='' i

	for ((i = 0; i < ROUNDS; i++)); do
		turns+=' stock ours'
	done
	for who in $turns; do
		say "$who"
		ko=/lab/ko/snd_xen_front.ko
		[ "$who" = ours ] || ko=$(find /lib/modules/*/kernel -name snd_xen_front.ko)
		insmod "$ko" || return 1
		wait_for 40 cards_ready || fail "$who: no card" || return 1
		one "$who"
		echo vsnd-0 >/sys/bus/xen/drivers/vsnd/unbind || return 1
		rmmod snd_xen_front || return 1
	done
}

# value DRIVER WHAT KEY: the sum of all rounds
value() {
	sed -n "s/^driver=$1 what=$2 .*\b$3=\([0-9]*\).*/\1/p" "$OUT/domu1/steps" |
		awk '{ sum += $1 } END { print NR ? sum : "none" }'
}

# lost_of DRIVER SHAPE: frames that a recording lacks
lost_of() {
	local n

	n=$("$AUDIO/compare" --kind capture "$IN/cap0.wav" "$OUT/domu1/$1-$2.wav" |
		sed -n 's/.*lost=\([0-9?]*\) .*/\1/p')
	echo "${n:-?}"
}

host_check() {
	local status=0 shape stock ours

	printf '%-16s %12s %12s\n' xruns stock 'this driver'
	for shape in $SHAPES; do
		stock=$(value stock "play-$shape" xruns) ours=$(value ours "play-$shape" xruns)
		printf '%-16s %12s %12s\n' "play $shape" "$stock" "$ours"
		[ "$ours" -le $((stock + SLACK)) ] || status=1
		[ "$(value ours "play-$shape" status)" = 0 ] || status=1
	done
	for shape in $CAPTURES; do
		stock=$(lost_of stock "$shape") ours=$(lost_of ours "$shape")
		printf '%-16s %12s %12s\n' "lost $shape" "$stock" "$ours"
		[ "$ours" = 0 ] && [ "$(value ours "record-$shape" xruns)" = 0 ] || status=1
	done
	return "$status"
}
