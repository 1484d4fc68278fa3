# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash disable=SC2154
#
# How a KUnit kernel in $obj is run, and what its log says; results in $out.

SPLAT='WARNING: |BUG: |Oops|KASAN|UBSAN|possible .*deadlock|INFO: task '

# kunit_exec OPTION...: kunit.py would take a /dev/kvm that is there but does not
# work, so it sees none: the emulator is fast enough.
kunit_exec() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount --propagation private sh -ec '
		[ ! -e /dev/kvm ] || mount --bind /dev/null /dev/kvm
		cd "$LINUX"
		PYTHONDONTWRITEBYTECODE=1 exec "$@"
	' sh tools/testing/kunit/kunit.py exec --build_dir="$obj" --timeout=300 \
		"$@" >"$out/kunit.log" 2>&1
}

# kunit_look: show what failed
kunit_look() {
	cp "$obj/test.log" "$out/" || return 1
	grep -E '\[(FAILED|CRASHED|ERROR|TIMEOUT)\]|# .*: (EXPECTATION|ASSERTION)' \
		"$out/kunit.log" || :
	! grep -nE "$SPLAT" "$out/test.log"
}

# kunit_verdict: the totals, $remark, and the end with $status.
# "Ran 13 tests: passed: 12, skipped: 1"; it names what there is.
kunit_verdict() {
	local totals passed skipped failed

	totals=$(sed -n 's/.*\(Ran [0-9]* tests: .*\)/\1/p' "$out/kunit.log")
	number() {
		local n

		n=$(sed -n "s/.*$1: \([0-9]*\).*/\1/p" <<<"$totals")
		echo "${n:-0}"
	}
	passed=$(number passed) skipped=$(number skipped)
	failed=$(($(number failed) + $(number crashed) + $(number errors)))
	if [ "$status" != 0 ] || [ "$passed" = 0 ]; then
		status=1
		failed=$((failed > 0 ? failed : 1))
		say "see $out"
	fi
	echo "${totals:-no results}"
	[ -z "${remark:-}" ] || echo "$remark"
	echo "$passed passed, $failed failed, $skipped skipped"
	exit "$status"
}
