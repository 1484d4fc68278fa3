# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2034
#
# A scenario is one bash file in tests/e2e/, sourced after this one in three
# places: on the host, in Dom0 and in each DomU. It overrides what differs.

# Settings
MACHINE=xen		# xen, or bare: DOMU_KERNEL right on the emulated PC
DOM0_KERNEL=stock	# stock, a name that tests/kernel/build knows, or a path
DOMU_KERNEL=stock
DOMU_TYPE=pv		# pv or pvh
DOMU_MODULE=ours	# ours, kunit (ours with its KUnit tests) or stock
BACKEND=ours		# ours, asan (ours with sanitisers), quirks (ours, QUIRKS work) or none
QUIRKS=			# how a backend of "quirks" differs from ours; see backend/quirks.h
DOMUS=1			# number of guests; 0: everything happens in Dom0
TIMEOUT=900		# seconds of the host's time, which may be busy
GUEST_SECONDS=300	# of the guests' time; then they are asked what hangs
INTERACTIVE=		# non-empty: domu1's console is on the terminal
REALTIME=		# non-empty: the host's clock instead of virtual time
CPUS=			# of the emulated machine; unset: 1, in real time 2
DOM0_INIT=		# systemd: Dom0 is a whole Debian with it, xen-snd-back installed there
DOM0_MODULES=		# e.g. snd-aloop
DOM0_MEM=1024 DOM0_VCPUS=2 DOM0_CMDLINE=
DOMU_MEM=256 DOMU_VCPUS=1 DOMU_CMDLINE=
SPARE_MEM=256		# nobody's, Xen's own included
DOMU_BACKEND=		# non-empty: guests have the daemon, too
SERVERS=		# who has sound servers: dom0, domu
DOMU_EXTRA=		# further lines of xl.cfg
XEN_CMDLINE=
IGNORE=			# extended regexp: log lines that this scenario expects
BACKEND_ARGS=
BACKEND_USER=		# a number; empty: root
BACKEND_SCHED='--rr 5'	# options of chrt, what its unit says; empty: as everybody else

# The card: what follows "vsnd =" in xl.cfg. Empty: none.
VSND='[ [ "card, backend=0, short-name=xensnd, long-name=Xen virtual sound card",
	"pcm, name=main",
	"stream, unique-id=pb0, type=p",
	"stream, unique-id=cap0, type=c" ] ]'

# The backend's configuration file
BACKEND_CONF='
[stream pb0]
sink = file:/lab/out/pb0.wav
[stream cap0]
source = file:/lab/in/cap0.wav
'

# Dom0: the card of a guest
vsnd_of() { echo "$VSND"; }
# Host: put input files into $IN; they are in /lab/in of every domain.
host_prepare() { :; }
# Dom0 with DOM0_INIT: put into its root $1 what is there at boot.
dom0_root() { :; }
# Dom0, before the guests
dom0_start() { backend_start; }
# Dom0, while the guests run
dom0_main() { :; }
# DomU, before domu_main
domu_setup() { driver_load; }
# DomU: the work. Its status is the scenario's; results go to $OUT.
domu_main() { :; }
# Dom0, after the guests
dom0_finish() { :; }
# Host: look at $OUT/dom0, $OUT/domu1, ..., print, return the verdict.
host_check() { :; }
