# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash

# in_image IMAGE DIR COMMAND...: run COMMAND in the guest image with DIR
# mounted at /lab, which is also the working directory. The mounts live in a
# namespace of their own: they end with the command, however it ends.
# $in_image_bind names a further directory, for /mnt.
in_image() {
	local image=$1 dir=$2
	shift 2

	need_root "building in the guest image"
	# shellcheck disable=SC2016 # expanded by the inner shell
	in_image_bind=${in_image_bind:-} unshare --mount --propagation private sh -ec '
		image=$1 dir=$2
		shift 2
		mount --bind "$dir" "$image/lab"
		mount -t proc proc "$image/proc"
		mount --rbind /dev "$image/dev"
		[ -z "$in_image_bind" ] || mount --bind "$in_image_bind" "$image/mnt"
		exec chroot "$image" env -i PATH=/usr/sbin:/usr/bin HOME=/root \
			LC_ALL=C sh -ec "cd /lab; exec \"\$@\"" sh "$@"
	' sh "$image" "$dir" "$@"
}
