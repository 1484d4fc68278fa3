# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash
#
# How scripts beside this one run something in the build root.

. "$(dirname "${BASH_SOURCE[0]}")/../lab/lib-common.sh"

export KERNEL=$TOP/tests/kernel
# What a kernel tree gets as sound/xen: the tree, or another one to be tried.
DRIVER=${XEN_SND_SRC:-$TOP}
JOBS=$(nproc)
export DRIVER JOBS

# in_root ROOT COMMAND...: run COMMAND in ROOT, in the directory $IN_DIR if that
# is set. The cache, the sources and /tmp have the same paths as outside, so
# that what is built there is valid here. $SOUND_XEN, if set, takes the place
# of sound/xen in $LINUX, and $OBJ is /obj: objects that move keep their path,
# or kbuild would make all of them again. The mounts live in a
# namespace of their own and end with the command, and the command ends with
# its caller, however that ends. Builds are nice: guests may be running beside.
in_root() {
	local root=$1
	shift

	need_root "building kernels"
	mkdir -p "$root$CACHE" "$root$TOP" "$root$DRIVER" "$root/obj"
	# shellcheck disable=SC2016 # expanded by the inner shell
	setpriv --pdeathsig TERM unshare --mount --propagation private sh -ec '
		root=$1 cache=$2 top=$3 driver=$4
		shift 4
		mount -t proc proc "$root/proc"
		mount --rbind /dev "$root/dev"
		mount --bind /tmp "$root/tmp"
		[ -z "${SOUND_XEN:-}" ] ||
			mount --bind "$SOUND_XEN" "$LINUX/sound/xen"
		[ -z "${OBJ:-}" ] || mount --bind "$OBJ" "$root/obj"
		mount --rbind "$cache" "$root$cache"
		mount --bind "$top" "$root$top"
		mount --bind "$driver" "$root$driver"
		exec nice -n 10 chroot "$root" env -i PATH=/usr/sbin:/usr/bin \
			HOME=/root LC_ALL=C PYTHONDONTWRITEBYTECODE=1 \
			sh -ec "cd \"\$1\"; shift; exec \"\$@\"" sh "${IN_DIR:-/}" "$@"
	' sh "$root" "$CACHE" "$TOP" "$DRIVER" "$@"
}

# logged LOG COMMAND...: append the output to LOG; show the lines that matter if
# it fails. A COMMAND that is a function must be right without set -e.
logged() {
	local log=$1
	shift

	if ! "$@" >>"$log" 2>&1; then
		grep -m 20 -nE 'error|Error |undefined|No rule' "$log" >&2 ||
			tail -n 20 "$log" >&2
		say "failed: $*; the whole log: $log"
		return 1
	fi
}

# copy_driver DIR: the driver as it lies in a kernel's sound/xen
copy_driver() {
	local i

	[ -f "$DRIVER/Kconfig" ] || die "$DRIVER has no driver"
	cp "$DRIVER"/Kconfig "$DRIVER"/Makefile "$DRIVER"/*.[ch] "$1/"
	for i in "$DRIVER"/tests/*.[ch] "$DRIVER"/tests/.kunitconfig \
		"$DRIVER"/tests/*.kunitconfig "$DRIVER"/tests/Makefile "$DRIVER"/tests/Kconfig; do
		[ ! -f "$i" ] || { mkdir -p "$1/tests" && cp "$i" "$1/tests/"; }
	done
}

# copy_external DIR: the driver as people build it outside of a kernel tree
copy_external() {
	copy_driver "$1"
	[ ! -d "$DRIVER/compat" ] || cp -r "$DRIVER/compat" "$1/"
}
