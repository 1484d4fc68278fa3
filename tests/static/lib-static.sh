# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash
#
# What the static checks share. They read the tree DRIVER with the tools of
# the build root, so that they say the same on every machine.

. "$(dirname "${BASH_SOURCE[0]}")/../kernel/lib-kbuild.sh"

ROOT=$("$KERNEL/root")
export ROOT

# The driver's own files
driver_sources() {
	find "$DRIVER" -maxdepth 1 -name '*.[ch]' | sort
	find "$DRIVER/compat" -name '*.h' 2>/dev/null | sort || :
	find "$DRIVER/tests" -maxdepth 1 -name '*.[ch]' 2>/dev/null | sort || :
}

# Everything that is, or is going to be, under version control
tree_files() {
	git -C "$DRIVER" ls-files --cached --others --exclude-standard |
		while read -r file; do
			[ ! -f "$DRIVER/$file" ] || echo "$DRIVER/$file"
		done
}

# verdict NAME COUNT COMMAND...: run COMMAND, which says nothing if all is
# well. COUNT is what it looks at: a check of nothing has not passed.
verdict() {
	local name=$1 count=$2 log status=0
	shift 2

	if [ "$count" = 0 ]; then
		echo "FAIL: $name (no files)"
		return 1
	fi
	log=$(mktemp)
	"$@" >"$log" 2>&1 || status=$?
	if [ "$status" = 0 ] && [ ! -s "$log" ]; then
		echo "pass: $name ($count files)"
	else
		cat "$log"
		echo "FAIL: $name ($count files, $(wc -l <"$log") lines, status $status)"
		status=1
	fi
	rm -f "$log"
	return "$status"
}
