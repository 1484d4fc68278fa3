# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# make bench-scale: what a stream costs the backend when there are more and more
# of them. The frontends are simulated, in Dom0 (frontends.c), each a device with
# one playback stream, as if each were a guest; scale.py makes the table.
#
# SINK=alsa:hw:Dummy plays to snd-dummy, one substream for each; with SINK=pipewire
# SERVERS=dom0 each is a node of a real server with WirePlumber, whose device is a null
# sink.

SINK=null
STREAMS='1 4 16 64 128 256'
PERIOD=1024
COUNTS='40 240'

DOMUS=0
# One CPU is all there is; Xen switching between two of Dom0's would be measured
# as well.
DOM0_VCPUS=1
DOM0_MEM=1536
TIMEOUT=2400
BENCH=${TOP:-}/tests/bench

host_prepare() {
	cp "$("$LAB/build" programs "$BENCH")/bench-frontends" "$IN/"
}

# Each frontend shares 2 pages of rings, 1 of grant numbers, 8 of audio; Linux
# lets processes share 1024 pages by default.
limits_raise() {
	modprobe xen-gntalloc limit=16384
}

server_start() {
	export XDG_RUNTIME_DIR=/run/session
	mkdir -p "$XDG_RUNTIME_DIR" /etc/pipewire/pipewire.conf.d
	cat >/etc/pipewire/pipewire.conf.d/lab.conf <<-END
		context.objects = [ { factory = adapter args = {
			factory.name = support.null-audio-sink node.name = sink
			media.class = Audio/Sink audio.position = [ FL FR ]
		} } ]
	END
	pipewire >"$OUT/pipewire.log" 2>&1 &
	wait_for 10 test -S "$XDG_RUNTIME_DIR/pipewire-0" || fail "no PipeWire" || return 1
	wireplumber --profile=policy >"$OUT/wireplumber.log" 2>&1 &
	sleep 2
}

dom0_start() {
	modprobe -r xen-gntalloc
	limits_raise || return 1
	case $SINK in
	alsa:*) modprobe snd-dummy pcm_devs=1 pcm_substreams=128 || return 1 ;;
	pipewire) server_start || return 1 ;;
	esac
	BACKEND_CONF="[default]
sink = $SINK"
	backend_start
}

# Unquoted: words.
# shellcheck disable=SC2046,SC2086,SC2154 # backend_pid is lib-dom0's
dom0_main() {
	local settle=0

	# 128 nodes are linked in about 15 s.
	[ "$SINK" != pipewire ] || settle=20
	{
		cat /proc/sys/fs/nr_open /sys/module/xen_gntdev/parameters/limit
		grep 'open files' "/proc/$backend_pid/limits"
	} >"$OUT/limits"
	"$IN/bench-frontends" -d "$backend_pid" -s "$OUT/stats" -p "$PERIOD" -w "$settle" \
		$(printf -- '-c %s ' $COUNTS) $STREAMS >"$OUT/scale"
}

host_check() {
	local device=

	[ "$SINK" = null ] || device=--device
	"$BENCH/scale.py" ${device:+"$device"} "$OUT"
}
