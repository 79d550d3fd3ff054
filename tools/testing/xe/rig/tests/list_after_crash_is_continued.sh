# SPDX-License-Identifier: GPL-2.0
# Rule: the test during which the guest dies has failed; the rest runs in a new guest.
list=$TOP/out/rig-tests/$TEST.list
printf 'igt@%s\n' xe_query@query-config xe_exec_compute_mode@lr-mode-workload \
	xe_query@query-gt-list >"$list"
signal_when '\[2/3\]' qemu KILL
expect 1 '^2 passed, 1 failed, 0 skipped$' "$RIG/igt/run" "$list"
grep -q 'lr-mode-workload: the guest did not survive it' "$OUTPUT" || fail "nobody is blamed"
