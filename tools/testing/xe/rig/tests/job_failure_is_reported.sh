# SPDX-License-Identifier: GPL-2.0
# Rule: a job that fails fails the run, and its exit status is named.
expect 1 'the job failed: exit status 7' "$RIG/bin/boot" --no-gpu -- 'exit 7'
