# SPDX-License-Identifier: GPL-2.0
# Rule: a benchmark that fails, hangs or measures less than requested makes the verb fail and is named; a missed goal
# does not; a partial run writes no results.
bench=$TOP/out/rig-tests/bench-programs
results=$TOP/out/rig-tests/bench-results
rm -rf "$bench" "$results"
mkdir -p "$bench"
cat >"$bench/Makefile" <<'END'
TEST_GEN_PROGS := $(basename $(wildcard *.c))
include $(SELFTESTS)/lib.mk
END
# program <name> <body of main>
program()
{
	printf '#include <stdio.h>\n#include <unistd.h>\nint main(void)\n{\n\t%s\n}\n' "$2" >"$bench/$1.c"
	printf '[%s]\nguest = "plain"\nrows = [{ key = "%s_key", goal = "ours <= 1", asks = "what?" }]\n' "$1" "$1" \
		>>"$bench/questions.toml"
}
program good 'return puts("good_key 1 us") < 0;'
program missed 'return puts("missed_key 2 us") < 0;'
program failing 'puts("failing_key 1 us"); return 3;'
program silent 'return puts("other_key 1 us") < 0;'
program hanging 'return sleep(1000);'
run="$RIG/bench/run --device none --rounds 1 --timeout 5 --source $bench --results $results"

# shellcheck disable=SC2086 # words
expect 0 '^1 of 2 goals met, 1 not met$' $run good missed
[ ! -e "$results" ] || fail "a part of the programs wrote results"
grep -qF '| what? | us | 2 | - | - | ours <= 1 | not met |' "$OUTPUT" || fail "no row of the missed goal"
# shellcheck disable=SC2086
expect 1 '^rig: ours: failing failed: exit status 3' $run
grep -q '^rig: ours: silent failed: no silent_key' "$OUTPUT" || fail "the silent one passes"
grep -q '^rig: ours: hanging failed: exit status 124' "$OUTPUT" || fail "the hanging one passes"
! grep -q '^rig: .*\(good\|missed\) failed' "$OUTPUT" || fail "a good one is accused"
[ ! -e "$results" ] || fail "a failed run wrote results"
# shellcheck disable=SC2086
expect 2 'no program nonsense: there are good' $run nonsense
