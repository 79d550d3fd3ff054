# SPDX-License-Identifier: GPL-2.0
# Rule: one passing, one failing, one skipping IGT test are counted as that.
list=$TOP/out/rig-tests/$TEST.list
printf 'igt@%s\n' xe_query@query-config xe_create@create-invalid-mbz xe_query@multigpu-query-config \
	xe_create@valid-flag >"$list"
expect 1 '^2 passed, 1 failed, 1 skipped$' "$RIG/igt/run" "$list"
