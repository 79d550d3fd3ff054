# SPDX-License-Identifier: GPL-2.0
# Rule: the library of igt/run --watch reports a word that a job did not write, and whether it was written
# late or never, even if the word was there before; it reports nothing if all words were written.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
watch=$("$RIG/igt/watch-build")

# A GPU that writes in time, late or never, and a process that waits for its fence.
cat >"$work/gpu.c" <<'C'
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <pthread.h>
#include <drm/xe_drm.h>

static void *store(void *batch)
{
	const uint32_t *dword = batch;

	usleep(atoi(getenv("DELAY_US")));
	*(volatile uint32_t *)(dword[1] | (uint64_t)dword[2] << 32) = dword[3];
	return NULL;
}

int ioctl(int fd, unsigned long request, ...)
{
	struct drm_xe_exec *exec;
	pthread_t thread;
	va_list args;

	(void)fd;
	va_start(args, request);
	exec = va_arg(args, struct drm_xe_exec *);
	va_end(args);
	if (request != DRM_IOCTL_XE_EXEC || atoi(getenv("DELAY_US")) < 0)
		return 0;
	if (!atoi(getenv("DELAY_US")))
		store((void *)(uintptr_t)exec->address);
	else
		pthread_create(&thread, NULL, store, (void *)(uintptr_t)exec->address);
	return 0;
}
C
cat >"$work/job.c" <<'C'
#include <stdint.h>
#include <sys/ioctl.h>
#include <drm/xe_drm.h>

int main(int argc, char **argv)
{
	static uint64_t fence;
	static uint32_t word;
	uint64_t at = (uintptr_t)&word;
	uint32_t batch[4] = { 0x20u << 23 | 2, (uint32_t)at, at >> 32, 0xabcd };
	struct drm_xe_sync sync = {
		.type = DRM_XE_SYNC_TYPE_USER_FENCE,
		.flags = DRM_XE_SYNC_FLAG_SIGNAL,
		.addr = (uintptr_t)&fence,
	};
	struct drm_xe_exec exec = {
		.num_syncs = 1,
		.syncs = (uintptr_t)&sync,
		.address = (uintptr_t)batch,
		.num_batch_buffer = 1,
	};
	struct drm_xe_wait_user_fence wait = { .addr = (uintptr_t)&fence };

	(void)argv;
	word = argc > 1 ? 0xabcd : 0;
	return ioctl(0, DRM_IOCTL_XE_EXEC, &exec) || ioctl(0, DRM_IOCTL_XE_WAIT_USER_FENCE, &wait);
}
C
headers="-D__user= -idirafter $TOP/out/tree/include/uapi"
# shellcheck disable=SC2086
gcc $headers -fPIC -shared -o "$work/gpu.so" "$work/gpu.c"
# shellcheck disable=SC2086
gcc $headers -o "$work/job" "$work/job.c"

job() { DELAY_US=$1 LD_PRELOAD="$watch $work/gpu.so" IGT_WATCH_LOG=$work/log "$work/job" ${2:+there}; }

: >"$work/log"
job 0
[ ! -s "$work/log" ] || fail "reported a word that was there: $(cat "$work/log")"
job 300000
grep -q 'igt-watch: .*: 0 at 0x.* instead of 0xabcd, page frame ' "$work/log" || fail "a late word: not reported"
grep -q 'igt-watch: .*: 0xabcd at 0x.* after [1-9][0-9]* ms' "$work/log" || fail "it came, not reported"
: >"$work/log"
job -1
grep -q 'igt-watch: .*: 0 at 0x.* after 2[0-9]* ms' "$work/log" || fail "a word that never came: not reported"
: >"$work/log"
job -1 there
grep -q 'igt-watch: .*: 0xffff5432 at 0x.* instead of 0xabcd' "$work/log" || fail "a word that was there before: not reported"
: >"$work/log"
job 0 there
[ ! -s "$work/log" ] || fail "reported a word that was there and written: $(cat "$work/log")"
