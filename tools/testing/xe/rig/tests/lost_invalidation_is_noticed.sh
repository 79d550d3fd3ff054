# SPDX-License-Identifier: GPL-2.0
# Rule: a TLB that ignores invalidations makes a test of munmap fail, which passes otherwise.
needs_svm
expect 0 '^[0-9]+ passed, 0 failed' "$RIG/bin/selftest" inval_munmap_removes_mapping
expect 1 '^[0-9]+ passed, [1-9][0-9]* failed' "$RIG/bin/selftest" \
	--model '--inject tlb_ignore_inval=1' inval_munmap_removes_mapping
grep -q 'oracle hit' "$OUTPUT" || fail "the oracle of the model saw nothing"
