#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Run the model's unit tests, print TAP lines that are not ok, end with the counts.
#
# usage: run.sh TEST...
#
# KSRC names the kernel tree whose headers t_abi compares with; WRAP='valgrind -q
# --error-exitcode=9' wraps each test.
set -eu
case ${1-} in --help|'') sed -n '3,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0;; esac

log=$(mktemp)
trap 'rm -f "$log"' EXIT INT TERM
passed=0 failed=0 skipped=0
for test in "$@"; do
	status=0
	# shellcheck disable=SC2086 # WRAP is words
	CMOCKA_MESSAGE_OUTPUT=TAP timeout 60 ${WRAP-} "$test" >"$log" 2>&1 || status=$?
	ok=$(grep -c '^ok .*' "$log" || true)
	skip=$(grep -c '^\(not \)\{0,1\}ok .*# SKIP' "$log" || true)
	bad=$(grep '^not ok ' "$log" | grep -vc '# SKIP' || true)
	if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
		echo "$(basename "$test"): ended with status $status"
		bad=1
	fi
	if [ "$bad" -ne 0 ] || [ "$skip" -ne 0 ]; then
		echo "# $(basename "$test")"
		grep -v '^ok ' "$log" || true
	fi
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
