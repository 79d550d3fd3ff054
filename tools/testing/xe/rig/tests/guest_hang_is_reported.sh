# SPDX-License-Identifier: GPL-2.0
# Rule: a guest without output is ended and reported as hung.
signal_when ready qemu STOP
expect 3 'the guest hangs: no sign of life in 5 s' "$RIG/bin/boot" --no-gpu --silence 5 -- \
	'echo ready; sleep 99'
