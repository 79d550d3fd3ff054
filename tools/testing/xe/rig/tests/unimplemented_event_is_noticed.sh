# SPDX-License-Identifier: GPL-2.0
# Rule: a command the model does not implement fails the run, although the test passed.
needs_svm
expect 1 'unimplemented event' "$RIG/bin/selftest" --source "$RIG/data/lacking"
grep -q '^1 passed, 0 failed, 0 skipped$' "$OUTPUT" || fail "the test did not pass"
