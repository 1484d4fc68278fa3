# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash
#
# A kernel of the list "kernels" that has an image, put into the shape that
# build promises.

# copy_listed LISTED DIR
copy_listed() {
	local listed=$1 dir=$2 version build

	version=$(ls "$listed/image/lib/modules")
	build=$dir/lib/modules/$version/build
	say "copying Debian's $version"
	mkdir -p "$dir/lib/modules"
	cp "$listed/image/boot/vmlinuz-$version" "$dir/vmlinuz"
	cp -a "$listed/image/lib/modules/$version" "$dir/lib/modules/"
	rm -f "$dir/lib/modules/$version"/{build,source}
	cp -a "$listed/build" "$build"
	# The guest image has no compiler but its own.
	sed -i '/^CC = /d' "$build/.kernelvariables"
	depmod -b "$dir" "$version"
}
