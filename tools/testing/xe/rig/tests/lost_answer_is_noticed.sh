# SPDX-License-Identifier: GPL-2.0
# Law: a GPU that never sees the answer to a fault makes a test of faults fail.
needs_svm
expect 1 '^[0-9]+ passed, [1-9][0-9]* failed' "$RIG/selftest" --timeout 120 \
	--model '--inject drop_reply=1' fault_write_reaches_cpu
