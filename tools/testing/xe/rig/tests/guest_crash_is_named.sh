# SPDX-License-Identifier: GPL-2.0
# Rule: a kernel that crashes ends the run at once with the reason.
expect 3 'the guest crashed: .*(sysrq|Sysrq|NULL pointer|panic)' \
	"$RIG/bin/boot" --no-gpu -- 'echo c >/proc/sysrq-trigger'
