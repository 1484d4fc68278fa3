# SPDX-License-Identifier: GPL-2.0 OR MIT
# shellcheck shell=bash
#
# Run kselftest programs in a DomU, and read on the host what they said.

# ---- in a DomU ----

# ktap_run PROGRAM [ARGUMENT...]: run it where it lies; its output and its
# status are for the host to judge.
ktap_run() {
	local name status=0
	name=$(basename "$1")

	say "running $name"
	(cd "$(dirname "$1")" && shift && exec "./$name" "$@") \
		>"$OUT/$name.ktap" 2>&1 || status=$?
	echo "$status" >"$OUT/$name.status"
	grep -a '^not ok' "$OUT/$name.ktap" | while IFS= read -r line; do
		say "$name: $line"
	done
}

# ---- on the host ----

ktap_passed=0 ktap_failed=0 ktap_skipped=0

# ktap_counts: "PASSED FAILED SKIPPED" of the KTAP on stdin; what was not done or
# not numbered as planned has failed.
ktap_counts() {
	awk '
	/^1\.\.[0-9]+/ { plans++; planned = substr($1, 4) + 0 }
	/^(not )?ok / {
		n++
		if ($0 ~ /^not /) {
			number = $3
			failed++
		} else {
			number = $2
			if ($0 ~ /# SKIP/) skipped++; else passed++
		}
		if (number != n)
			wrong++
	}
	/^Bail out!/ { wrong++ }
	END {
		missing = planned - n
		if (missing < 0)
			missing = -missing
		failed += missing + wrong + (plans != 1)
		print passed + 0, failed + 0, skipped + 0
	}'
}

# ktap_judge NAME [GUEST]: count one program, and show what is not well
ktap_judge() {
	local name=$1 dir=$OUT/domu${2:-1} p f s status

	status=$(cat "$dir/$name.status" 2>/dev/null) || status='none'
	if [ ! -s "$dir/$name.ktap" ]; then
		echo "$name: said nothing, status $status"
		ktap_failed=$((ktap_failed + 1))
		return
	fi
	read -r p f s < <(ktap_counts <"$dir/$name.ktap")
	# 4 is kselftest's for a program of which all was skipped.
	if [ "$status" != 0 ] && [ "$f" = 0 ] &&
		! { [ "$status" = 4 ] && [ "$p" = 0 ]; }; then
		echo "$name: ended with status $status"
		f=1
	fi
	printf '%-16s %3d passed, %d failed, %d skipped\n' "$name" "$p" "$f" "$s"
	grep -aE '^not ok|^ok .*# SKIP' "$dir/$name.ktap" | sed "s/^/    /" || :
	# Why a test failed stands before its line or behind it.
	[ "$f" = 0 ] || tail -n 20 "$dir/$name.ktap" | sed 's/^/    | /'
	ktap_passed=$((ktap_passed + p))
	ktap_failed=$((ktap_failed + f))
	ktap_skipped=$((ktap_skipped + s))
}

# ktap_verdict: the line that tests/lab/check counts
ktap_verdict() {
	echo "$ktap_passed passed, $ktap_failed failed, $ktap_skipped skipped"
	[ "$ktap_failed" = 0 ] && [ "$ktap_passed" -gt 0 ]
}
