# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash
#
# Debian's build of its newest kernel, taken from the build root and put into
# the shape that build promises.

# The headers are in two packages, and kbuild's programs in a third, that know
# each other by absolute paths. Laid upon each other they make one tree that
# works wherever it is mounted.
flatten_headers() {
	local root=$1 version=$2 build=$3 src=$1/usr/src
	local common=${version%-amd64}-common

	mkdir -p "$build"
	cp -a "$src/linux-headers-$common/." "$build/"
	rm -rf "$build/scripts" "$build/tools"
	cp -a "$root/usr/lib/linux-kbuild-${version%-amd64}/." "$build/"
	# The common package's Makefile is the kernel's, the other one a stub.
	tar -C "$src/linux-headers-$version" --exclude=./Makefile \
		--exclude=./scripts --exclude=./tools -c . | tar -C "$build" -x
}

# copy_newest ROOT DIR
copy_newest() {
	local root=$1 dir=$2 version headers

	headers=$(printf '%s\n' "$root"/usr/src/linux-headers-*-amd64 |
		sort -V | tail -n 1)
	version=${headers##*/linux-headers-}
	say "copying Debian's $version"
	mkdir -p "$dir/lib/modules"
	cp "$root/boot/vmlinuz-$version" "$dir/vmlinuz"
	cp -a "$root/usr/lib/modules/$version" "$dir/lib/modules/"
	rm -rf "$dir/lib/modules/$version"/{build,source}
	flatten_headers "$root" "$version" "$dir/lib/modules/$version/build"
}
