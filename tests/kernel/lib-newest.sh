# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash
#
# Debian's build of its newest kernel, taken from the build root and put into
# the shape that build promises.

. "$KERNEL/lib-headers.sh"

# copy_newest ROOT DIR
copy_newest() {
	local root=$1 dir=$2 version base headers

	headers=$(printf '%s\n' "$root"/usr/src/linux-headers-*-amd64 |
		sort -V | tail -n 1)
	version=${headers##*/linux-headers-}
	base=${version%-amd64}
	say "copying Debian's $version"
	mkdir -p "$dir/lib/modules"
	cp "$root/boot/vmlinuz-$version" "$dir/vmlinuz"
	cp -a "$root/usr/lib/modules/$version" "$dir/lib/modules/"
	rm -rf "$dir/lib/modules/$version"/{build,source}
	flatten_headers "$root" "linux-headers-$version" "linux-headers-$base-common" \
		"linux-kbuild-$base" "$dir/lib/modules/$version/build"
}
