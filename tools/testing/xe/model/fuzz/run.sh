#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Run each fuzzer for a while; what it finds is kept, and is the exit status.
#
# usage: run.sh DIR SECONDS FUZZER...
#
# The corpus grows in DIR/corpus/<fuzzer>, a finding is DIR/<fuzzer>-{crash,timeout}-*.
# Seeds are in seeds/<fuzzer>, beside this script.
set -eu
case ${1-} in --help|'') sed -n '3,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0;; esac

here=$(dirname "$0")
dir=$1 seconds=$2
shift 2
passed=0 failed=0
for fuzzer in "$@"; do
	name=$(basename "$fuzzer")
	mkdir -p "$dir/corpus/$name"
	set --
	[ ! -d "$here/seeds/$name" ] || set -- "$here/seeds/$name"
	if "$fuzzer" -max_total_time="$seconds" -timeout=10 -max_len=4096 -rss_limit_mb=2048 \
		-print_final_stats=1 -artifact_prefix="$dir/$name-" \
		"$dir/corpus/$name" "$@" >"$dir/$name.log" 2>&1; then
		passed=$((passed + 1))
		echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$dir/$name.log") runs"
	else
		failed=$((failed + 1))
		echo "$name: see $dir/$name.log"
		grep -m 5 'ERROR\|SUMMARY\|runtime error\|timeout' "$dir/$name.log" || true
	fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
