# SPDX-License-Identifier: GPL-2.0
# Rule: a job that exceeds its time is killed, and the log shows the stacks of all tasks.
expect 3 'the job exceeded its time limit' "$RIG/bin/boot" --no-gpu --limit 2 -- 'echo on; sleep 99'
grep -q 'blocked tasks' "$RUN/share/kmsg" || fail "no list of blocked tasks"
