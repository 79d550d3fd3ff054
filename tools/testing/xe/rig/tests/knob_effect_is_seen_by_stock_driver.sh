# SPDX-License-Identifier: GPL-2.0
# Law: what the model injects reaches the unmodified driver, which reacts as it is known to.
KERNEL=stock "$TOP/scripts/kernel"
set --
for line in 'TLB invalidation fence timeout' 'Invalid G2H release' 'Timed out wait for G2H' \
	'GuC PC query task state failed' 'xe_uc_gucrc_disable'; do
	set -- "$@" --expect "$line"
done
expect 0 '^18 passed, 0 failed, 0 skipped$' "$RIG/selftest" --kernel stock --timeout 90 \
	--source "$RIG/knobs" "$@"
