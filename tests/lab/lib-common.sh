# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash
#
# What every host-side script of the lab starts with: where things are, how
# to speak, and how a cached artefact is made once and shared.

set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C
# depmod and friends, whatever su left of the PATH
PATH=$PATH:/usr/sbin:/sbin

LAB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$LAB/../.." && pwd)
CACHE=${XEN_SND_CACHE:-$HOME/.cache/xen-snd-front}
# Results; ignored by git.
OUT_TOP=${XEN_SND_OUT:-$TOP/out}
export LAB TOP CACHE OUT_TOP

# Elapsed time counts from the outermost script, so that the lines of a
# whole "make demo" form one clock.
: "${LAB_T0:=$(date +%s)}"
export LAB_T0

# Progress goes to stderr: the stdout of most scripts is a path for the caller.
say() {
	printf '[%4ds] %s\n' "$(($(date +%s) - LAB_T0))" "$*" >&2
}

die() {
	say "error: $*"
	exit 1
}

need_root() {
	[ "$(id -u)" = 0 ] || die "$1 needs root: sudo make demo"
}

# hash_of WORD|FILE...: one name for a set of inputs. A file counts with its
# contents, anything else as text.
hash_of() {
	local i

	for i in "$@"; do
		if [ -f "$i" ]; then cat "$i"; else printf '%s\n' "$i"; fi
		printf '\0'
	done | sha256sum | cut -c1-16
}

# cached NAME HASH COMMAND...: print the directory of an artefact, running
# COMMAND TEMPDIR to make it when missing. The rename makes it appear whole or
# not at all; the lock keeps a second run waiting instead of building twice.
cached() {
	local name=$1 dir=$CACHE/$1-$2 tmp
	shift 2

	mkdir -p "$CACHE"
	if [ ! -d "$dir" ]; then
		exec {lock}>"$CACHE/$name.lock"
		flock "$lock"
		if [ ! -d "$dir" ]; then
			tmp=$(mktemp -d "$CACHE/.$name.XXXXXX")
			# mktemp's 0700 would keep apt's own user out of a rootfs.
			chmod 755 "$tmp"
			# In the background, because "if" would turn off set -e in it.
			"$@" "$tmp" >&2 &
			if ! wait $!; then
				say "making $name failed; what there is: $tmp"
				return 1
			fi
			mv -T "$tmp" "$dir"
		fi
		exec {lock}>&-
	fi
	# The time of last use; what was not used for long is pruned.
	touch "$dir"
	find "$CACHE" -mindepth 1 -maxdepth 1 -name "$name-*" -mtime +14 \
		! -path "$dir" -exec rm -rf --one-file-system {} +
	echo "$dir"
}
