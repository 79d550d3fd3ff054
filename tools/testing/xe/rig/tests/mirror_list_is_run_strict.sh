# SPDX-License-Identifier: GPL-2.0
# Rule: a list that requests it runs on the strict model, and the result records that.
needs_svm
list=$TOP/out/rig-tests/$TEST.list
printf 'strict\nigt@xe_exec_system_allocator@once-malloc\n' >"$list"
expect 0 '^mirror_list_is_run_strict.list: kernel svm .*, lnl, strict, ' "$RIG/igt/run" "$list"
tr '\n\0' '  ' <"$RUN/vm0.1/model.argv" | grep -q -- ' --strict ' || fail "the model did not get --strict"
