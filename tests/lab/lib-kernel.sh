# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash
#
# Where a kernel of a given name is. "stock" is the one in the guest image; an
# absolute path is a directory with vmlinuz and lib/modules/VERSION (and
# build/ in there, for modules); any other name is what tests/kernel/build
# knows, which prints such a directory.

# kernel_root NAME IMAGE: the directory that holds lib/modules
kernel_root() {
	case $1 in
	stock) echo "$2" ;;
	/*) echo "$1" ;;
	*) "$TOP/tests/kernel/build" "$1" ;;
	esac
}

# kernel_version ROOT
kernel_version() {
	local v=("$1"/lib/modules/*/)

	if [ "${#v[@]}" != 1 ] || [ ! -d "${v[0]}" ]; then
		die "$1: expected exactly one lib/modules/VERSION"
	fi
	basename "${v[0]}"
}

# kernel_vmlinuz ROOT
kernel_vmlinuz() {
	local k=("$1"/vmlinuz "$1"/boot/vmlinuz-*)

	# The image also has Debian's symlink /vmlinuz; boot's file is the truth.
	[ ! -f "${k[1]}" ] || k=("${k[1]}")
	[ -f "${k[0]}" ] || die "$1: no vmlinuz"
	echo "${k[0]}"
}
