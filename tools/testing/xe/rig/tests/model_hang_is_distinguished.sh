# SPDX-License-Identifier: GPL-2.0
# Rule: if the guest hangs because the model does not respond, the model is named as the cause.
signal_when ready model STOP
expect 3 'the model hangs' "$RIG/bin/boot" --silence 5 -- \
	'echo ready; sleep 2; cat /sys/kernel/debug/dri/0/gt0/steering; sleep 99'
