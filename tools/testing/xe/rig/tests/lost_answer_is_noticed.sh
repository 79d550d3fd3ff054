# SPDX-License-Identifier: GPL-2.0
# Rule: a GPU that never gets the reply to a fault makes a test of faults fail, which
# passes otherwise.
needs_svm
expect 0 '^[0-9]+ passed, 0 failed' "$RIG/bin/selftest" fault_write_reaches_cpu
expect 1 '^[0-9]+ passed, [1-9][0-9]* failed' "$RIG/bin/selftest" --timeout 20 \
	--model '--inject drop_reply=1' fault_write_reaches_cpu
