# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# make shell: a console in a guest that has the sound card. What is played there
# is found on the host afterwards.

INTERACTIVE=1
REALTIME=1
TIMEOUT=999999999 GUEST_SECONDS=$TIMEOUT
DOM0_CMDLINE='quiet loglevel=1' DOMU_CMDLINE='quiet loglevel=4'
XEN_CMDLINE='loglvl=error guest_loglvl=error'

host_prepare() {
	"$AUDIO/gen" music --rate 48000 --channels 2 --seconds 60 "$IN/cap0.wav"
	say "a console in a guest follows; 'exit' there ends it, Ctrl-A X kills it"
}

# xl console wants a terminal, and Dom0's output goes through a log.
console_ready() {
	xenstore-exists "$(domu_path 1)/console/tty"
}

dom0_main() {
	wait_for 120 console_ready || return 1
	xl console domu1 </dev/console >/dev/console 2>&1
}

domu_main() {
	cat <<'END'

  aplay -l                                        the card
  aplay /usr/share/sounds/alsa/Front_Center.wav   speech
  arecord -f dat -d 5 /tmp/a.wav                  a recording
  exit                                            the end

END
	# A terminal of its own, for job control and Ctrl-C
	PS1='domu# ' setsid -c bash --norc -i
	return 0
}

host_check() {
	echo
	ls -l "$OUT"/dom0/*.wav 2>/dev/null || echo "nothing was played"
}
