# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2154
#
# A build in which a warning is an error, whoever gives it. The caller sets
# $root and $work, a directory for the logs.

passed=0 failed=0

# What is wrong according to LOG; make's own jobs are not
complaints() {
	grep -iE '\<(warning|error)\>:|undefined|No rule' "$1" |
		grep -v '^make.*: warning: jobserver'
}

verdict_fail() {
	echo "FAIL: $*"
	failed=$((failed + 1))
}

# quiet_build NAME COMMAND...
quiet_build() {
	local name=$1 log=$work/${1//[^a-z0-9.]/-}.log ok=1
	shift

	"$@" >"$log" 2>&1 || ok=
	if [ -z "$ok" ] || complaints "$log" >/dev/null; then
		complaints "$log" >&2 || tail -n 20 "$log" >&2
		verdict_fail "build $name"
		return 1
	fi
	echo "pass: build $name"
	passed=$((passed + 1))
}

# external_make BUILD WORD...: make as people run it, in the copy of the driver
external_make() {
	local build=$1
	shift

	in_root "$root" make -C "$work/external" -j"$JOBS" KDIR="${build#"$root"}" "$@"
}

# external_copy: a fresh copy of the driver
external_copy() {
	rm -rf "$work/external"
	mkdir "$work/external"
	copy_external "$work/external"
}

# external_build NAME BUILD [OPTION...]: a module from it
external_build() {
	local name=$1 build=$2
	shift 2

	quiet_build "external, $name" external_make "$build" "$@" modules || return 1
	[ -f "$work/external/snd_xen_front.ko" ] || {
		verdict_fail "no module, $name"
		return 1
	}
}

totals() {
	echo "$passed passed, $failed failed, 0 skipped"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
