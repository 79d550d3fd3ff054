# SPDX-License-Identifier: GPL-2.0
# Law: an ioctl that fails inside the compute runtime, whose callers notice nothing, fails the program, unless the
# list of those that may has a reason.
needs_svm
: >"$TOP/out/rig-tests/$TEST.probes"
expect 1 '^FAIL memory_of_malloc_is_a_capability: ioctl VM_CREATE flags=0xe EINVAL$' "$RIG/runtime/run" \
	--probes "$TOP/out/rig-tests/$TEST.probes" memory_of_malloc_is_a_capability
grep -q '^2 passed, 1 failed, 0 skipped$' "$OUTPUT" || fail "something else failed, too"
