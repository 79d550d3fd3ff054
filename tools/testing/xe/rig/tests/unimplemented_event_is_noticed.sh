# SPDX-License-Identifier: GPL-2.0
# Law: a command the model does not implement fails the run, whatever the result of the test.
expect '[14]' 'unimplemented event' "$RIG/bin/boot" -- \
	'/usr/libexec/igt-gpu-tools/xe_gpgpu_fill --run-subtest basic'
