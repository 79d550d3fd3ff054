# SPDX-License-Identifier: GPL-2.0
# Rule: faults injected by the model reach the unmodified driver, which reacts as expected.
KERNEL=stock "$TOP/scripts/kernel"
# 6.12.117 warns at every GT reset, as xe_gt_idle_disable_c6() takes 0 of xe_force_wake_get() for a failure.
set -- --expect xe_uc_gucrc_disable
for line in 'TLB invalidation fence timeout' 'Invalid G2H release' 'Timed out wait for G2H' \
	'GuC PC query task state failed' 'guc_exec_queue_timedout_job'; do
	set -- "$@" --expect "$line"
done
programs=$(cd "$RIG/data/knobs" && echo knob_*.c | sed 's/knob_driver_copies.c//; s/\.c//g')
# shellcheck disable=SC2086 # a list of words
expect 0 '^18 passed, 0 failed, 0 skipped$' "$RIG/bin/selftest" --kernel stock --timeout 90 \
	--source "$RIG/data/knobs" "$@" $programs
# Only a device with VRAM has copies of the driver's own.
expect 0 '^1 passed, 0 failed, 0 skipped$' "$RIG/bin/selftest" --kernel stock --device bmg --timeout 90 \
	--source "$RIG/data/knobs" "$@" knob_driver_copies
