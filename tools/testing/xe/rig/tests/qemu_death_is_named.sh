# SPDX-License-Identifier: GPL-2.0
# Rule: a QEMU that dies is named, with how it died; nothing is left behind.
signal_when ready qemu KILL
expect 3 'QEMU died: killed by SIGKILL' "$RIG/bin/boot" -- 'echo ready; sleep 99'
! kill -0 "$(cat "$RUN/model.pid")" 2>/dev/null || fail "the model is still there"
