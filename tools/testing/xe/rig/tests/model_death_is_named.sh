# SPDX-License-Identifier: GPL-2.0
# Rule: a model that dies is named, with how it died; nothing is left behind.
signal_when ready model KILL
expect 3 'the model died: killed by SIGKILL' "$RIG/bin/boot" -- 'echo ready; sleep 99'
! kill -0 "$(cat "$RUN/qemu.pid")" 2>/dev/null || fail "QEMU is still there"
