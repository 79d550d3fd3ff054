# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Part of xe-svm-check: runs the tests, one after the other, and counts how they ended.

# So many programs may exceed their limit: then it is the GPU that does not go on.
MAY_HANG=3
ran='' passed=0 failed=0 skipped=0 failures='' child='' at=''

# bounded <seconds> <command>...: its output is in $tmp/out, status is set
bounded()
{
	status=0
	timeout -k 10 "$@" >"$tmp/out" 2>&1 </dev/null &
	child=$!
	wait "$child" || status=$?	# other than the command, this ends when we are interrupted
	child=''
}

run_demo()
{
	echo
	at="the demonstration"
	echo "$at" >"$work/running" || unwritten
	bounded "$limit" "$lib/selftests" xe_svm_demo
	at=''
	scrub <"$tmp/out" >"$work/demo.txt" || unwritten
	cat "$work/demo.txt"
	[ "$status" = 0 ] || judge fails "the demonstration failed (exit status $status): $(
		tail -n 1 "$work/demo.txt")"
}

# how_it_ended <status> <seconds>: sets good, bad, none, word from the TAP in $tmp/out
how_it_ended()
{
	plan='' good=0 bad=0 none=0 first='' word=''
	while IFS= read -r line; do
		case $line in
		1..[0-9]*)	plan=${line#1..}; plan=${plan%% *} ;;
		'ok '*'# SKIP'*) none=$((none + 1)) ;;
		'ok '*)		good=$((good + 1)) ;;
		'not ok '*)	bad=$((bad + 1)); first=${first:-${line#not ok * }} ;;
		esac
	done <"$tmp/out"
	case $1 in
	124 | 137)	word="did not end in $2 s" ;;
	4)	[ -n "$plan" ] || { none=1 plan=1; } ;;
	esac
	if [ -z "$word" ] && [ "$plan" != $((good + bad + none)) ]; then
		word="ended after $((good + bad + none)) of ${plan:-?} tests, exit status $1"
	elif [ -z "$word" ] && [ "$bad" = 0 ] && [ "$1" != 0 ] && [ "$1" != 4 ]; then
		word="exit status $1"
	fi
	[ -z "$word" ] || bad=$((bad + 1))
	[ "$bad" = 0 ] || word=${word:-$first}
}

run_programs()
{
	# shellcheck disable=SC2086 # a list of words
	set -- $chosen
	ran=0 number=$# hung=0
	echo
	for entry; do
		name=${entry%=*} seconds=${entry#*=}
		ran=$((ran + 1))
		echo "[$ran/$number] $name"
		echo "$name" >"$work/running" || unwritten
		sync "$work/running" || :
		mark "$name"
		at=$name
		[ "${seconds:-0}" -gt "$limit" ] || seconds=$limit
		bounded "$seconds" "$lib/selftests" "$name"
		at=''
		scrub <"$tmp/out" >"$work/tests/$name" || unwritten
		how_it_ended "$status" "$seconds"
		passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + none))
		echo "$name|$good passed, $bad failed, $none skipped|$word" >>"$work/tests.txt" || unwritten
		[ "$bad" = 0 ] || { failures="$failures $name"; echo "FAILED: $word"; }
		case $word in
		'did not end'*)	hung=$((hung + 1)) ;;
		esac
		[ "$hung" -lt "$MAY_HANG" ] || break
	done
	[ "$hung" -lt "$MAY_HANG" ] ||
		failures="$failures; the rest was not run, as $hung programs did not end"
	[ "$failed" = 0 ] || judge fails "$failed of $((passed + failed)) tests failed, in$failures"
	[ "$passed" != 0 ] || judge unknown "all tests were skipped"
	judge works "the demonstration and $passed tests passed, none failed"
}

# ask_runtime: does Intel's OpenCL driver find the GPU, and what memory does it share?
ask_runtime()
{
	echo
	if ! command -v clinfo >/dev/null; then
		echo "The compute runtime was not asked: apt install clinfo intel-opencl-icd"
		return 0
	fi
	bounded 120 env NEOReadDebugKeys=1 EnableSharedSystemUsmSupport=1 clinfo
	[ "$status" = 0 ] || echo "clinfo failed, exit status $status" >>"$tmp/out"
	grep -E 'Device Name|Device Version|Driver Version|[Ss]ystem (memory|USM)|SVM|failed' "$tmp/out" |
		scrub >"$work/runtime.txt" || :
	echo "The compute runtime says:"
	cat "$work/runtime.txt"
}
