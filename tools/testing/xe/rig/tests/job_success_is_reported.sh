# SPDX-License-Identifier: GPL-2.0
# Rule: a job that succeeds on a quiet guest is a success, and its output is passed through.
expect 0 '^Linux .*x86_64' "$RIG/bin/boot" -- uname -a
[ "$(wc -l <"$OUTPUT")" = 1 ] || fail "more than the job's output"
