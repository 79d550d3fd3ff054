# SPDX-License-Identifier: GPL-2.0
# Rule: a successful job does not excuse a warning or an error of xe in the kernel log.
expect 4 'kernel log: warning: .*WARNING: CPU: 0 PID: 1' "$RIG/bin/boot" --no-gpu -- \
	'echo "WARNING: CPU: 0 PID: 1 at nowhere.c:1" >/dev/kmsg'
expect 4 'kernel log: xe: .*it burns' "$RIG/bin/boot" --no-gpu -- \
	'echo "xe 0000:00:02.0: [drm] *ERROR* it burns" >/dev/kmsg'
expect 0 '' "$RIG/bin/boot" --no-gpu --expect 'it burns' -- \
	'echo "xe 0000:00:02.0: [drm] *ERROR* it burns" >/dev/kmsg; echo'
