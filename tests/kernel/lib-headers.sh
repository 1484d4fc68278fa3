# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash
#
# Debian has a kernel's headers in two packages, and kbuild's programs in a
# third; they know each other by absolute paths. Laid upon each other they make
# one tree that works wherever it is mounted.

# flatten_headers ROOT HEADERS COMMON KBUILD BUILD: the first two are names in
# usr/src, KBUILD is one in usr/lib
flatten_headers() {
	local src=$1/usr/src build=$5

	mkdir -p "$build"
	cp -a "$src/$3/." "$build/"
	rm -rf "$build/scripts" "$build/tools"
	cp -a "$1/usr/lib/$4/." "$build/"
	# The common package's Makefile is the kernel's, the other one a stub.
	tar -C "$src/$2" --exclude=./Makefile --exclude=./scripts --exclude=./tools \
		-c . | tar -C "$build" -x
}
