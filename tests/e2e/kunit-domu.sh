# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# The driver's KUnit tests inside a DomU, in the module that drives the card
# there, on the debug kernel. They run within modprobe, when the card may already
# be there; it plays and records exactly afterwards.

DOM0_KERNEL=small DOMU_KERNEL=debug DOMU_TYPE=pvh DOMU_MODULE=kunit
# Idle for the most part: such a kernel frees cards only after a while.
GUEST_SECONDS=600
frames_wanted=([rec]=48000)

host_prepare() {
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 1 "$IN/a.wav"
	"$AUDIO/gen" unique --rate 48000 --channels 2 --seconds 2 "$IN/cap0.wav"
}

domu_main() {
	play play a.wav && record rec cap0.wav -f dat -d 1
}

# results: "p f s" of what KTAP says; the parents of subtests, which come after
# them and less indented, do not count.
results() {
	sed 's/^\[[^]]*\] //' "$OUT/domu1/dmesg" | awk '
		/^ *(not )?ok [0-9]+ / {
			indent = match($0, /[^ ]/)
			leaf = indent >= last
			last = indent
			if (/^ *not/) { bad++; f += leaf }
			else if (leaf && /# SKIP/) s++
			else p += leaf
		}
		END { print p + 0, bad && !f ? bad : f + 0, s + 0 }'
}

host_check() {
	local status=0 p f s suite

	pcm_check || status=1
	read -r p f s < <(results)
	while read -r suite; do
		grep -qE "\] ok [0-9]+ $suite\$" "$OUT/domu1/dmesg" || {
			echo "suite $suite did not pass"
			f=$((f + 1)) status=1
		}
	done < <(sed -n 's/^\t\.name = "\(xen_snd_front_[a-z]*\)",$/\1/p' \
		"$TOP"/tests/*_kunit.c)
	[ "$p" -gt 0 ] && [ "$f" = 0 ] || status=1
	echo "$p passed, $f failed, $s skipped"
	return "$status"
}
