# SPDX-License-Identifier: GPL-2.0
# Rule: a subtest that does nothing is run, listed, and never counts as passed.
needs_svm
list=$TOP/out/rig-tests/$TEST.list
echo igt@xe_exec_system_allocator@once-mmap-remap-eocheck >"$list"
expect 1 '^0 passed, 0 failed, 0 skipped$' "$RIG/igt/run" "$list"
grep -q '^1 passed without doing anything' "$OUTPUT" || fail "it is not listed"
