// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (P6): a prefetch maps the memory of the process before the GPU touches
 * it: no fault follows. It populates absent pages, maps them with the access
 * the CPU has, skips holes, ends with a signal, and delays no other thread
 * while it waits.
 *
 * Desktop: harmless
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/advice.h"
#include "lib/clock.h"
#include "lib/gate.h"
#include "lib/mirror_fixture.h"
#include "lib/syncobj.h"
#include "lib/userfault.h"

#define BLOCKS		3
#define SIZE		(BLOCKS * SZ_2M)
#define PAGES		(SIZE / SZ_4K)
/* Pages that one job touches */
#define PART		(64 * SZ_4K)
#define SIGNAL_US	1000000
#define OFTEN_US	1000
#define VIEWS		1024UL
#define HOLES		8000
#define HOLES_BOUND	2000
#define HOLE_OPS	30000
#define WAIT_MS		20000
#define KILLED_MS	2000
#define BEHIND		(16 * SZ_2M)

MIRROR_ON_COPY_ENGINE();

static char *small_pages(void)
{
	char *area = memory_anonymous(SIZE);

	if (area)
		madvise(area, SIZE, MADV_NOHUGEPAGE);
	return area;
}

static void fill(char *area, unsigned int stride)
{
	unsigned int i;

	for (i = 0; i < PAGES; i += stride)
		*(volatile uint32_t *)(area + i * SZ_4K) = i;
}

enum access { LOAD, INCREMENT };

/* The GPU touches every page. Return: faults, or an error. */
static int64_t touch(FIXTURE_DATA(mirror) *self, char *area, size_t size, enum access access)
{
	int64_t before = gpu_faults(&self->gpu);
	size_t at;
	int err;

	for (at = 0; at < size; at += SZ_4K) {
		if (access == LOAD)
			gpu_batch_copy(&self->queue, self->queue.result, (uint32_t *)(area + at));
		else
			gpu_batch_increment(&self->queue, area + at);
		if ((at + SZ_4K) % PART && at + SZ_4K != size)
			continue;
		err = gpu_run(&self->queue);
		if (err)
			return err;
	}
	return gpu_faults(&self->gpu) - before;
}

static void expect_incremented(struct __test_metadata *_metadata, const char *area)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		ASSERT_EQ(i + 1, *(volatile uint32_t *)(area + i * SZ_4K));
}

TEST_F_TIMEOUT(mirror, present, GPU_TEST_TIMEOUT)
{
	char *area = small_pages();

	ASSERT_NE(NULL, area);
	fill(area, 1);
	ASSERT_EQ(0, gpu_prefetch(&self->gpu, area, SIZE));
	EXPECT_EQ(0, touch(self, area, SIZE, INCREMENT));
	expect_incremented(_metadata, area);
}

/* The sibling: pages that are not prefetched fault. */
TEST_F_TIMEOUT(mirror, present_behind_the_range, GPU_TEST_TIMEOUT)
{
	char *area = small_pages();

	ASSERT_NE(NULL, area);
	fill(area, 1);
	ASSERT_EQ(0, gpu_prefetch(&self->gpu, area, SZ_2M));
	EXPECT_EQ(0, touch(self, area, SZ_2M, INCREMENT));
	EXPECT_LT(0, touch(self, area + SZ_2M, SIZE - SZ_2M, INCREMENT));
	expect_incremented(_metadata, area);
}

TEST_F_TIMEOUT(mirror, absent, GPU_TEST_TIMEOUT)
{
	char *area = small_pages();

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, memory_smaps(area, "Rss"));
	ASSERT_EQ(0, gpu_prefetch(&self->gpu, area, SIZE));
	EXPECT_EQ(SIZE, memory_smaps(area, "Rss"));
	EXPECT_EQ(0, touch(self, area, SIZE, INCREMENT));
}

static void ignore(int signal)
{
}

static void signal_in(unsigned int us)
{
	struct itimerval timer = {
		.it_value = { .tv_sec = us / 1000000, .tv_usec = us % 1000000 },
	};
	struct sigaction action = { .sa_handler = ignore };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

#define MUCH	(32 * SZ_2M)

/* By several threads: each page once, and whole blocks at both ends or not */
TEST_F_TIMEOUT(mirror, much, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(MUCH);
	char *first = area + 5 * SZ_4K;
	size_t size = MUCH - 9 * SZ_4K, at;

	ASSERT_NE(NULL, area);
	madvise(area, MUCH, MADV_NOHUGEPAGE);
	ASSERT_EQ(0, gpu_prefetch(&self->gpu, first, size));
	EXPECT_EQ(size, memory_smaps(area, "Rss"));
	EXPECT_EQ(0, touch(self, first, SZ_64K, INCREMENT));
	for (at = SZ_2M; at < size; at += SZ_2M)
		EXPECT_EQ(0, touch(self, area + at, SZ_4K, INCREMENT));
	EXPECT_EQ(0, touch(self, area + MUCH - 5 * SZ_4K, SZ_4K, INCREMENT));
	EXPECT_LT(0, touch(self, area, SZ_4K, INCREMENT));
	EXPECT_LT(0, touch(self, area + MUCH - SZ_4K, SZ_4K, INCREMENT));
}

TEST_F_TIMEOUT(mirror, block_with_several_attributes, GPU_TEST_TIMEOUT)
{
	char *area = small_pages();

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, advise_pat(&self->gpu, area + SZ_64K, SZ_64K, 1));
	ASSERT_EQ(0, advise_atomic(&self->gpu, area + 4 * SZ_64K, SZ_4K, DRM_XE_ATOMIC_GLOBAL));
	ASSERT_EQ(0, gpu_prefetch(&self->gpu, area, SIZE));
	EXPECT_EQ(SIZE, memory_smaps(area, "Rss"));
	EXPECT_EQ(0, touch(self, area, SIZE, INCREMENT));
}

/* A signal ends it although the helpers have to wait, too. */
TEST_F_TIMEOUT(mirror, signal_ends_the_wait_for_helpers, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(MUCH), *late = area + 20 * SZ_2M;
	int fd;

	ASSERT_NE(NULL, area);
	madvise(area, MUCH, MADV_NOHUGEPAGE);
	fd = memory_userfault(late);
	if (fd < 0)
		SKIP(return, "no userfaultfd");
	signal_in(900000);
	EXPECT_EQ(-EINTR, gpu_prefetch(&self->gpu, area, MUCH));
	EXPECT_EQ(0, touch(self, area, SZ_2M, INCREMENT));
	ASSERT_EQ(0, userfault_provide(fd, late, SZ_2M));
	EXPECT_EQ(0, gpu_prefetch(&self->gpu, area, MUCH));
	EXPECT_EQ(0, touch(self, late, SZ_64K, LOAD));
	close(fd);
}

TEST_F_TIMEOUT(mirror, every_fifth_page_present, GPU_TEST_TIMEOUT)
{
	char *area = small_pages();

	ASSERT_NE(NULL, area);
	fill(area, 5);
	ASSERT_EQ(0, gpu_prefetch(&self->gpu, area, SIZE));
	EXPECT_EQ(SIZE, memory_smaps(area, "Rss"));
	EXPECT_EQ(0, touch(self, area, SIZE, INCREMENT));
}

TEST_F_TIMEOUT(mirror, partly_mapped_by_faults, GPU_TEST_TIMEOUT)
{
	char *area = small_pages();
	unsigned int i;

	ASSERT_NE(NULL, area);
	for (i = 0; i < PAGES; i += 100)
		ASSERT_EQ(0, gpu_write(&self->queue, area + i * SZ_4K, i));
	ASSERT_EQ(0, gpu_prefetch(&self->gpu, area, SIZE));
	EXPECT_EQ(0, touch(self, area, SIZE, INCREMENT));
	for (i = 0; i < PAGES; i += 100)
		EXPECT_EQ(i + 1, *(volatile uint32_t *)(area + i * SZ_4K));
}

TEST_F_TIMEOUT(mirror, huge_pages, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(SIZE);

	ASSERT_NE(NULL, area);
	if (madvise(area, SIZE, MADV_HUGEPAGE))
		SKIP(return, "no huge pages");
	ASSERT_EQ(0, gpu_prefetch(&self->gpu, area, SIZE));
	EXPECT_EQ(SIZE, memory_smaps(area, "Rss"));
	EXPECT_EQ(SIZE / 1024, memory_smaps(area, "AnonHugePages") / 1024);
	EXPECT_EQ(0, touch(self, area, SIZE, INCREMENT));
}

TEST_F_TIMEOUT(mirror, readonly_stays_readonly, GPU_TEST_TIMEOUT)
{
	char *area = small_pages();

	ASSERT_NE(NULL, area);
	fill(area, 1);
	ASSERT_EQ(0, mprotect(area, SIZE, PROT_READ));
	ASSERT_EQ(0, gpu_prefetch(&self->gpu, area, SIZE));
	EXPECT_EQ(0, touch(self, area, SIZE, LOAD));
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, area, 0xbad));
	EXPECT_EQ(0, *(uint32_t *)area);
}

TEST_F_TIMEOUT(mirror, private_file_is_not_copied, GPU_TEST_TIMEOUT)
{
	int fd = memory_file("/tmp", SIZE, 7);
	char *area;

	ASSERT_LE(0, fd);
	area = memory_map(SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, gpu_prefetch(&self->gpu, area, SIZE));
	EXPECT_EQ(SIZE, memory_smaps(area, "Rss"));
	EXPECT_EQ(0, memory_smaps(area, "Anonymous"));
	EXPECT_EQ(0, touch(self, area, SIZE, LOAD));
	EXPECT_EQ(0, memory_smaps(area, "Anonymous"));
	close(fd);
}

/* Without memory, without permission, and behind the end of a file */
TEST_F_TIMEOUT(mirror, holes_are_skipped, GPU_TEST_TIMEOUT)
{
	char *area = small_pages(), *tail;
	int fd = memory_file("/tmp", SZ_64K, 7);

	ASSERT_NE(NULL, area);
	ASSERT_LE(0, fd);
	fill(area, 1);
	ASSERT_EQ(0, munmap(area + SZ_64K, SZ_2M));
	ASSERT_EQ(0, mprotect(area + SZ_2M + 4 * SZ_64K, SZ_64K, PROT_NONE));
	tail = mmap(area + SIZE - 4 * SZ_64K, 4 * SZ_64K, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
	ASSERT_NE(MAP_FAILED, tail);

	ASSERT_EQ(0, gpu_prefetch(&self->gpu, area, SIZE));
	EXPECT_EQ(0, touch(self, area, SZ_64K, INCREMENT));
	EXPECT_EQ(0, touch(self, area + SZ_2M + SZ_64K, 3 * SZ_64K, INCREMENT));
	EXPECT_EQ(0, touch(self, area + 2 * SZ_2M, SZ_2M - 4 * SZ_64K, INCREMENT));
	EXPECT_EQ(0, touch(self, tail, SZ_64K, LOAD));
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, area + SZ_64K, 1));
	close(fd);
}

/* There is [vvar], too, which no device may access: everything else is prefetched */
TEST_F_TIMEOUT(mirror, whole_address_space, GPU_TEST_TIMEOUT)
{
	char *area = small_pages();

	ASSERT_NE(NULL, area);
	fill(area, 1);
	EXPECT_EQ(-EIO, gpu_prefetch(&self->gpu, NULL, gpu_va_size(&self->gpu)));
	EXPECT_EQ(0, touch(self, area, SIZE, INCREMENT));
	expect_incremented(_metadata, area);
}

TEST_F_TIMEOUT(mirror, device_memory_refused, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(SZ_2M);
	uint32_t bo;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, gpu_bo_create(&self->gpu, SZ_64K, &bo));
	ASSERT_EQ(0, gpu_bo_map_cpu(&self->gpu, bo, area, SZ_64K));
	EXPECT_EQ(-EIO, gpu_prefetch(&self->gpu, area, SZ_2M));
	EXPECT_EQ(0, touch(self, area + SZ_64K, SZ_2M - SZ_64K, INCREMENT));
	EXPECT_EQ(0, gpu_prefetch(&self->gpu, area + SZ_64K, SZ_2M - SZ_64K));
	gpu_bo_destroy(&self->gpu, bo);
}

TEST_F_TIMEOUT(mirror, regions, GPU_TEST_TIMEOUT)
{
	char *area = small_pages();
	struct drm_xe_vm_bind_op op = gpu_op_prefetch((uintptr_t)area, SIZE);
	void *object;
	uint32_t bo;

	ASSERT_NE(NULL, area);
	fill(area, 1);
	op.prefetch_mem_region_instance = 0;
	EXPECT_EQ(0, gpu_bind_ops(&self->gpu, &op, 1));
	EXPECT_EQ(0, touch(self, area, SIZE, INCREMENT));
	op.prefetch_mem_region_instance = 17;
	EXPECT_EQ(-EINVAL, gpu_bind_ops(&self->gpu, &op, 1));

	/* Nothing is advised for objects */
	ASSERT_EQ(0, gpu_bo_place(&self->gpu, SZ_2M, &bo, &object));
	EXPECT_EQ(-EINVAL, gpu_prefetch(&self->gpu, object, SZ_2M));
	op = gpu_op_prefetch((uintptr_t)object, SZ_2M);
	op.prefetch_mem_region_instance = 0;
	EXPECT_EQ(0, gpu_bind_ops(&self->gpu, &op, 1));
}

/* Nor where mirrors cannot be bound, although there is nothing to prefetch */
TEST_F_TIMEOUT(mirror, advised_region_without_mirrors, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op op = gpu_op_prefetch(SZ_2M, SIZE);
	struct gpu other = self->gpu;

	ASSERT_EQ(0, gpu_vm_create(other.fd, DRM_XE_VM_CREATE_FLAG_LR_MODE, &other.vm));
	EXPECT_EQ(-EINVAL, gpu_bind_ops(&other, &op, 1));
	op.prefetch_mem_region_instance = 0;
	EXPECT_EQ(0, gpu_bind_ops(&other, &op, 1));
	EXPECT_EQ(0, gpu_vm_destroy(other.fd, other.vm));
}

TEST_F_TIMEOUT(mirror, limits, GPU_TEST_TIMEOUT)
{
	EXPECT_EQ(-EINVAL, gpu_prefetch(&self->gpu, (void *)SZ_4K, gpu_va_size(&self->gpu)));
	EXPECT_EQ(-EINVAL, gpu_prefetch(&self->gpu, (void *)-SZ_4K, 2 * SZ_4K));
	EXPECT_EQ(-EINVAL, gpu_prefetch(&self->gpu, (void *)SZ_4K, 0));
	EXPECT_EQ(-EINVAL, gpu_prefetch(&self->gpu, (void *)0x800, SZ_4K));
}

TEST_F_TIMEOUT(mirror, other_process_refused, GPU_TEST_TIMEOUT)
{
	char *area = small_pages();
	int status;
	pid_t pid;

	ASSERT_NE(NULL, area);
	fill(area, 1);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(gpu_prefetch(&self->gpu, area, SIZE) == -EPERM ? 0 : 1);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_LT(0, touch(self, area, SIZE, INCREMENT));
}

TEST_F_TIMEOUT(mirror, signal_ends_the_wait, GPU_TEST_TIMEOUT)
{
	char *area = small_pages(), *late = area + SZ_2M;
	int fd;

	ASSERT_NE(NULL, area);
	*(volatile uint32_t *)area = 1;
	fd = memory_userfault(late);
	if (fd < 0)
		SKIP(return, "no userfaultfd");
	signal_in(SIGNAL_US);
	EXPECT_EQ(-EINTR, gpu_prefetch(&self->gpu, area, SIZE));
	/* Earlier operations are done */
	EXPECT_EQ(SZ_2M, memory_smaps(area, "Rss"));
	EXPECT_EQ(0, touch(self, area, SZ_2M, INCREMENT));
	close(fd);
}

/* Many views of the same 2 MiB, one behind the other */
static char *map_views(void)
{
	char *area = mmap(NULL, VIEWS * SZ_2M, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int fd = memfd_create("views", MFD_CLOEXEC);
	unsigned long i;

	if (area == MAP_FAILED || fd < 0 || ftruncate(fd, SZ_2M))
		return NULL;
	for (i = 0; i < VIEWS; i++)
		if (mmap(area + i * SZ_2M, SZ_2M, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			 fd, 0) == MAP_FAILED)
			return NULL;
	close(fd);
	memset(area, 1, SZ_2M);
	return area;
}

/* Signals at short intervals: each call has to map more than the last one. */
TEST_F_TIMEOUT(mirror, signals_delay_and_do_not_stop, 3 * GPU_TEST_TIMEOUT)
{
	struct itimerval timer = { .it_value.tv_usec = OFTEN_US, .it_interval.tv_usec = OFTEN_US };
	struct sigaction action = { .sa_handler = ignore };
	char *area = map_views();
	unsigned int calls = 0;
	int err;

	ASSERT_NE(NULL, area);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	do {
		err = gpu_prefetch(&self->gpu, area, VIEWS * SZ_2M);
	} while (err == -EINTR && ++calls < 2 * VIEWS);
	timer = (struct itimerval) {};
	setitimer(ITIMER_REAL, &timer, NULL);
	TH_LOG("%u calls were interrupted", calls);
	EXPECT_EQ(0, err);
	EXPECT_LT(0, calls);
	EXPECT_EQ(0, touch(self, area + (VIEWS - 1) * SZ_2M, SZ_2M, LOAD));
}

/* Many holes, and many prefetches over all of them, in a process that is killed. */
static void prefetch_holes(void)
{
	struct drm_xe_vm_bind_op *ops = calloc(HOLE_OPS, sizeof(*ops));
	struct drm_xe_vm_bind bind = { .num_binds = HOLE_OPS };
	struct gpu own;
	unsigned int i;

	if (!ops || gpu_open(&own))
		_exit(2);
	for (i = 0; i < HOLES; i++) {
		ops[i % HOLES_BOUND] = (struct drm_xe_vm_bind_op) {
			.op = DRM_XE_VM_BIND_OP_MAP,
			.flags = DRM_XE_VM_BIND_FLAG_NULL,
			.pat_index = GPU_PAT_WB,
			.addr = SZ_2M + i * 2 * SZ_4K,
			.range = SZ_4K,
		};
		if (i % HOLES_BOUND == HOLES_BOUND - 1 && gpu_bind_ops(&own, ops, HOLES_BOUND))
			_exit(3);
	}
	for (i = 0; i < HOLE_OPS; i++) {
		ops[i] = gpu_op_prefetch(SZ_2M, HOLES * 2 * SZ_4K);
		ops[i].prefetch_mem_region_instance = 0;
	}
	bind.vm_id = own.vm;
	bind.vector_of_binds = (uintptr_t)ops;
	kill(getppid(), SIGUSR1);
	ioctl(own.fd, DRM_IOCTL_XE_VM_BIND, &bind);
	_exit(0);
}

static volatile sig_atomic_t begun;

static void begin(int signal)
{
	begun = 1;
}

TEST_F_TIMEOUT(mirror, kill_ends_the_search_for_mirrors, GPU_TEST_TIMEOUT)
{
	struct sigaction action = { .sa_handler = begin };
	int status = 0, ms;
	pid_t pid;

	sigaction(SIGUSR1, &action, NULL);
	pid = fork();
	if (!pid)
		prefetch_holes();
	ASSERT_LT(0, pid);
	for (ms = 0; ms < WAIT_MS && !begun; ms++)
		clock_sleep_ms(1);
	ASSERT_EQ(1, begun);
	clock_sleep_ms(200);
	ASSERT_EQ(0, waitpid(pid, &status, WNOHANG))
		TH_LOG("the prefetches ended, status %#x", status);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	for (ms = 0; ms < KILLED_MS && !waitpid(pid, &status, WNOHANG); ms++)
		clock_sleep_ms(1);
	EXPECT_GT(KILLED_MS, ms)
		TH_LOG("a killed process goes on to search");
	EXPECT_TRUE(WIFSIGNALED(status));
}

/* Does not wait for bind jobs before it. */
static int start_bind(struct gpu *gpu, struct drm_xe_vm_bind_op op)
{
	struct drm_xe_vm_bind bind = {
		.vm_id = gpu->vm,
		.num_binds = 1,
		.bind = op,
	};

	return ioctl(gpu->fd, DRM_IOCTL_XE_VM_BIND, &bind) ? -errno : 0;
}

/* A thread prefetches memory that no thread provides; the others continue. */
struct prefetcher {
	struct gpu *gpu;
	char *late;
};

static void *prefetch_late(void *arg)
{
	struct prefetcher *prefetcher = arg;
	struct drm_xe_vm_bind_op op = gpu_op_prefetch((uintptr_t)prefetcher->late, SZ_2M);

	return (void *)(intptr_t)start_bind(prefetcher->gpu, op);
}

TEST_F_TIMEOUT(mirror, wait_delays_nobody, GPU_TEST_TIMEOUT)
{
	char *late = memory_anonymous(SZ_2M), *area = small_pages();
	struct prefetcher prefetcher = { .gpu = &self->gpu, .late = late };
	pthread_t thread;
	void *result;
	int fd;

	ASSERT_NE(NULL, late);
	ASSERT_NE(NULL, area);
	fill(area, 1);
	fd = memory_userfault(late);
	if (fd < 0)
		SKIP(return, "no userfaultfd");
	ASSERT_EQ(0, pthread_create(&thread, NULL, prefetch_late, &prefetcher));
	ASSERT_LE(1, userfault_asked(fd, 1, 1000));

	EXPECT_LT(0, touch(self, area, SIZE, INCREMENT));
	expect_incremented(_metadata, area);
	EXPECT_EQ(0, munmap(area, SIZE));
	EXPECT_EQ(0, gpu_bind_mirror_whole(&self->gpu));

	ASSERT_EQ(0, userfault_provide(fd, late, SZ_2M));
	ASSERT_EQ(0, pthread_join(thread, &result));
	EXPECT_EQ(0, (intptr_t)result);
	EXPECT_EQ(0, touch(self, late, SZ_2M, LOAD));
	close(fd);
}

/* A bind job is about to clear the entries of all blocks, and waits for a fence. */
TEST_F_TIMEOUT(mirror, waits_once_for_bind_jobs, GPU_TEST_TIMEOUT)
{
	const struct drm_xe_engine_class_instance *render;
	struct gate gate = {};
	struct drm_xe_vm_bind_op unbind;
	uintptr_t start;
	uint32_t bo;
	void *addr;

	/* Engines of one class run either kind of VM at a time */
	render = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_RENDER);
	if (!render)
		SKIP(return, "no engine for the gate");
	ASSERT_EQ(0, gate_make(&gate, &self->gpu, render));
	ASSERT_EQ(0, gpu_bo_place(&self->gpu, BEHIND, &bo, &addr));
	start = (uintptr_t)addr;
	ASSERT_EQ(0, gpu_write(&self->queue, addr, 1));
	ASSERT_EQ(0, gate_shut(&gate));
	unbind = gpu_op_unmap(start, BEHIND);
	ASSERT_EQ(0, gpu_bind_behind(&self->gpu, &unbind, gate.passed));
	ASSERT_NE(MAP_FAILED, mmap(addr, BEHIND, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	ASSERT_EQ(0, start_bind(&self->gpu, gpu_op_mirror(start, BEHIND)));

	EXPECT_EQ(0, start_bind(&self->gpu, gpu_op_prefetch(start, BEHIND)));
	EXPECT_NE(0, syncobj_wait(self->gpu.fd, gate.passed, 0))
		TH_LOG("the prefetch waited for the job");
	gate_open(&gate);
	ASSERT_EQ(0, gpu_prefetch(&self->gpu, addr, BEHIND));
	EXPECT_EQ(0, touch(self, addr, BEHIND, LOAD));
}

TEST_HARNESS_MAIN
