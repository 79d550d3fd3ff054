// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded into IGT by igt/run --watch: does a process see what its job has written as soon as it has waited for the
 * job? IGT asks the same a moment later, and all it tells is that the word was wrong. This tells also in which page
 * the word was, what the fence held, and whether the word came late or never. What it has to say goes to the kernel's
 * log, where any line of it makes the run fail.
 *
 * Where memory was filled with the very value the job is to write, IGT could not tell that no job has run. There the
 * word is made another one before the job.
 *
 * It knows jobs that begin with MI_STORE_DATA_IMM of one dword and signal a user fence, in memory the process has at
 * the same addresses. For tests of it, IGT_WATCH_LOG names another file to tell it to.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <drm/xe_drm.h>

#define STORE_DWORD	(0x20u << 23 | 2)
#define LATE_MS		2000
#define STEP_MS		5

/* What the last job of a thread was to write, and which fence tells that it has. */
struct job {
	uint64_t fence, address;
	uint32_t value;
};

static __thread struct job last;

/* A BO has no pages that others may take, but can be reached like this. */
static bool mapped_bo(uint64_t address, void *buf, size_t len, bool write)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	ssize_t done;

	if (fd < 0)
		return false;
	done = write ? pwrite(fd, buf, len, address) : pread(fd, buf, len, address);
	close(fd);
	return done == (ssize_t)len;
}

/* Memory of the process, of a BO too; false where there is none. */
static bool read_own(uint64_t address, void *to, size_t len)
{
	struct iovec mine = { .iov_base = to, .iov_len = len };
	struct iovec there = { .iov_base = (void *)(uintptr_t)address, .iov_len = len };

	return process_vm_readv(getpid(), &mine, 1, &there, 1, 0) == (ssize_t)len ||
	       mapped_bo(address, to, len, false);
}

/* Only where the process may write itself: the other way knows no read-only memory. */
static void spoil(uint64_t address, uint32_t value)
{
	uint32_t word, other = ~value;
	struct iovec mine = { .iov_base = &word, .iov_len = sizeof(word) };
	struct iovec there = { .iov_base = (void *)(uintptr_t)address, .iov_len = sizeof(word) };
	bool bo = process_vm_readv(getpid(), &mine, 1, &there, 1, 0) != (ssize_t)sizeof(word);

	if (!read_own(address, &word, sizeof(word)) || word != value)
		return;
	mine.iov_base = &other;
	if (bo)
		mapped_bo(address, &other, sizeof(other), true);
	else
		process_vm_writev(getpid(), &mine, 1, &there, 1, 0);
}

static void note_job(const struct drm_xe_exec *exec)
{
	struct drm_xe_sync sync;
	uint32_t batch[4], i;

	last.fence = 0;
	if (exec->num_batch_buffer != 1 || !read_own(exec->address, batch, sizeof(batch)) || batch[0] != STORE_DWORD)
		return;
	for (i = 0; i < exec->num_syncs; i++) {
		if (!read_own(exec->syncs + i * sizeof(sync), &sync, sizeof(sync)))
			return;
		if (sync.type == DRM_XE_SYNC_TYPE_USER_FENCE && sync.flags & DRM_XE_SYNC_FLAG_SIGNAL)
			last.fence = sync.addr;
	}
	last.address = batch[1] | (uint64_t)batch[2] << 32;
	last.value = batch[3];
	if (last.fence)
		spoil(last.address, last.value);
}

/* The page frame behind an address, 0 if unknown. */
static uint64_t frame(uint64_t address)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	if (fd < 0)
		return 0;
	if (pread(fd, &entry, sizeof(entry), address / 4096 * sizeof(entry)) != sizeof(entry))
		entry = 0;
	close(fd);
	return entry >> 63 ? entry & ((1ull << 55) - 1) : 0;
}

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
	const char *path = getenv("IGT_WATCH_LOG") ? : "/dev/kmsg";
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	va_list args;

	if (fd < 0)
		return;
	va_start(args, format);
	vdprintf(fd, format, args);
	va_end(args);
	close(fd);
}

static void check_job(void)
{
	uint64_t fence = 0, page = frame(last.address);
	uint32_t word, again = 0, ms;

	if (!read_own(last.address, &word, sizeof(word)) || word == last.value)
		return;
	read_own(last.fence, &fence, sizeof(fence));
	tell("igt-watch: %d: %#x at %#llx instead of %#x, page frame %#llx, fence %#llx at %#llx in page frame %#llx\n",
	     gettid(), word, (unsigned long long)last.address, last.value, (unsigned long long)page,
	     (unsigned long long)fence, (unsigned long long)last.fence, (unsigned long long)frame(last.fence));
	for (ms = 0; ms < LATE_MS && again != last.value; ms += STEP_MS) {
		usleep(STEP_MS * 1000);
		if (!read_own(last.address, &again, sizeof(again)))
			break;
	}
	tell("igt-watch: %d: %#x at %#llx after %u ms, page frame %#llx\n", gettid(), again,
	     (unsigned long long)last.address, ms, (unsigned long long)frame(last.address));
}

int ioctl(int fd, unsigned long request, ...)
{
	static int (*real)(int fd, unsigned long request, void *arg);
	const struct drm_xe_wait_user_fence *wait;
	va_list args;
	void *arg;
	int ret;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (!real)
		real = (int (*)(int, unsigned long, void *))dlsym(RTLD_NEXT, "ioctl");
	if (request == DRM_IOCTL_XE_EXEC)
		note_job(arg);
	ret = real(fd, request, arg);
	if (ret || request != DRM_IOCTL_XE_WAIT_USER_FENCE)
		return ret;
	wait = arg;
	if (last.fence && wait->addr == last.fence) {
		check_job();
		last.fence = 0;
	}
	return 0;
}
