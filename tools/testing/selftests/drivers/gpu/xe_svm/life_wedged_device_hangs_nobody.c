// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): nothing hangs after a device with faults in flight was declared
 * wedged: waits end, memory can be changed and released, processes exit, all in
 * bounded time; pages that the GPU may still reach are not returned to the
 * kernel. After the driver is bound again it serves the next process.
 *
 * The device is declared wedged at the first refused access, as selected by
 * debugfs wedged_mode, or for a GT reset that fails (CONFIG_FAULT_INJECTION).
 * The kernel logs that.
 *
 * Needs: failslab for by_failed_reset
 * Logs: Xe has declared device .* as wedged|TLB invalidation failed|reset failed
 * Desktop: may end it, gives the GPU up and resets it
 */
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"
#include "lib/system_sleep.h"

#define DRIVER		"/sys/bus/pci/drivers/xe/"
#define PAGES		(SZ_2M / SZ_4K)
#define ASKED_MS	20000
/* A timeout of invalidations, and a slow machine. */
#define BOUND_S		30

FIXTURE_VARIANT(wedged)
{
	bool by_reset;
};

FIXTURE(wedged)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_queue other;
	char *area;			/* 2 MiB, mapped for the GPU */
	char *late;			/* 2 MiB that user space has to provide */
	struct pollfd asked;		/* for them */
	char device[64];		/* as the bus names it */
	uint64_t leaked;
	time_t start;
};

FIXTURE_VARIANT_ADD(wedged, by_refused_access) { .by_reset = false, };
FIXTURE_VARIANT_ADD(wedged, by_failed_reset) { .by_reset = true, };

static time_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static int fault_waits(FIXTURE_DATA(wedged) *self)
{
	int err;

	gpu_batch_copy(&self->queue, self->queue.result, (uint32_t *)self->late);
	err = gpu_start(&self->queue);
	if (err)
		return err;
	return poll(&self->asked, 1, ASKED_MS) == 1 ? 0 : -ETIME;
}

static int debugfs_set(const struct gpu *gpu, const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", gpu->debugfs, name);
	return pressure_set(path, value);
}

/* The next reset fails, and its caller gets the error. */
static int fail_reset(const struct gpu *gpu)
{
	return debugfs_set(gpu, "fail_gt_reset/times", "-1") ?:
	       debugfs_set(gpu, "fail_gt_reset/probability", "100") ?:
	       gpu_ask_for_reset(gpu);
}

static int be_refused(const struct gpu *gpu, struct gpu_queue *queue)
{
	void *nothing = mmap(NULL, SZ_4K, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int err = debugfs_set(gpu, "wedged_mode", "2");

	if (err)
		return err;
	gpu_batch_store(queue, nothing, 1);
	return gpu_start(queue);
}

/* The end of everything, beside the fault that waits. */
static int wedge(FIXTURE_DATA(wedged) *self, bool by_reset)
{
	int err = by_reset ? fail_reset(&self->gpu) : be_refused(&self->gpu, &self->other);

	if (err)
		return err;
	self->start = now_s();
	/* Its end is reported before the device is declared wedged. */
	while (gpu_bind_mirror_whole(&self->gpu) != -ECANCELED) {
		if (now_s() - self->start > BOUND_S)
			return -ETIME;
		usleep(10000);
	}
	self->start = now_s();
	return 0;
}

FIXTURE_SETUP(wedged)
{
	const struct drm_xe_engine_class_instance *engine;
	unsigned int i;
	char path[96];

	self->asked.fd = -1;
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	snprintf(path, sizeof(path), "%s/wedged_mode", self->gpu.debugfs);
	if (access(DRIVER "unbind", W_OK) || access(path, W_OK))
		SKIP(return, "may not unbind drivers");
	snprintf(path, sizeof(path), "%s/fail_gt_reset", self->gpu.debugfs);
	if (variant->by_reset && access(path, F_OK))
		SKIP(return, "no GT reset can be made to fail");
	engine = &self->gpu.engines[self->gpu.num_engines - 1];
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, engine, &self->other));
	self->area = memory_anonymous(SZ_2M);
	self->late = memory_anonymous(SZ_2M);
	ASSERT_NE(NULL, self->area);
	ASSERT_NE(NULL, self->late);
	self->asked = (struct pollfd) { .fd = memory_userfault(self->late), .events = POLLIN };
	if (self->asked.fd < 0)
		SKIP(return, "no userfaultfd");
	for (i = 0; i < PAGES; i++)
		self->area[i * SZ_4K] = i;
	ASSERT_EQ(0, gpu_write(&self->queue, self->area, 0x3ed9e001));
	ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_leaked_page_count", &self->leaked));
	ASSERT_EQ(0, gpu_bus_name(&self->gpu, self->device, sizeof(self->device)));
}

/* The next process must have its GPU, whatever happened here. */
FIXTURE_TEARDOWN(wedged)
{
	struct gpu_queue queue;
	struct gpu gpu;

	if (variant->by_reset)
		debugfs_set(&self->gpu, "fail_gt_reset/probability", "0");
	gpu_close(&self->gpu);
	close(self->asked.fd);
	if (!*self->device)
		return;
	ASSERT_EQ(0, pressure_set(DRIVER "unbind", self->device));
	ASSERT_EQ(0, pressure_set(DRIVER "bind", self->device));
	ASSERT_EQ(0, gpu_open(&gpu));
	mirror_start(_metadata, &gpu, &gpu.engines[0], &queue);
	EXPECT_EQ(0, gpu_write(&queue, self->area, 0x3ed9e002));
	EXPECT_EQ(0x3ed9e002, *(uint32_t *)self->area);
	gpu_close(&gpu);
}

static void *waits(void *queue)
{
	return (void *)(long)gpu_wait(queue);
}

/* For a fault that is not served any more, also if it began before. */
TEST_F_TIMEOUT(wedged, waits_end, GPU_TEST_TIMEOUT)
{
	pthread_t thread;
	void *err = NULL;

	ASSERT_EQ(0, fault_waits(self));
	ASSERT_EQ(0, pthread_create(&thread, NULL, waits, &self->queue));
	ASSERT_EQ(0, wedge(self, variant->by_reset));
	ASSERT_EQ(0, pthread_join(thread, &err));
	EXPECT_TRUE((long)err == REFUSED || (long)err == -ECANCELED)
		TH_LOG("%ld", (long)err);
	EXPECT_EQ(-ECANCELED, gpu_wait(&self->other));
	EXPECT_GT(BOUND_S, now_s() - self->start);
}

TEST_F_TIMEOUT(wedged, memory_is_kept, GPU_TEST_TIMEOUT)
{
	unsigned int i, wrong = 0;

	ASSERT_EQ(0, wedge(self, variant->by_reset));
	EXPECT_EQ(0x3ed9e001, *(uint32_t *)self->area);
	for (i = 1; i < PAGES; i++)
		wrong += self->area[i * SZ_4K] != (char)i;
	EXPECT_EQ(0, wrong);
}

TEST_F_TIMEOUT(wedged, mapped_memory_is_not_given_back, GPU_TEST_TIMEOUT)
{
	uint64_t leaked = 0;

	ASSERT_EQ(0, wedge(self, variant->by_reset));
	ASSERT_EQ(0, madvise(self->area, SZ_2M, MADV_DONTNEED));
	EXPECT_EQ(0, self->area[SZ_4K]);
	EXPECT_GT(BOUND_S, now_s() - self->start);
	EXPECT_EQ(0, gpu_stat(&self->gpu, "svm_leaked_page_count", &leaked));
	EXPECT_LT(self->leaked, leaked)
		TH_LOG("the GPU may still write to it");
}

TEST_F_TIMEOUT(wedged, late_memory_comes, GPU_TEST_TIMEOUT)
{
	struct uffdio_zeropage zero = {
		.range = { .start = (uintptr_t)self->late, .len = SZ_4K },
	};

	ASSERT_EQ(0, fault_waits(self));
	ASSERT_EQ(0, wedge(self, variant->by_reset));
	EXPECT_EQ(0, ioctl(self->asked.fd, UFFDIO_ZEROPAGE, &zero));
	EXPECT_EQ(0, *self->late);
	EXPECT_EQ(0, munmap(self->late, SZ_2M));
	EXPECT_GT(BOUND_S, now_s() - self->start);
}

/* Also after a requested GT reset, which is not done any more. */
TEST_F_TIMEOUT(wedged, system_sleeps, GPU_TEST_TIMEOUT)
{
	if (system_sleep_possible(SYSTEM_SLEEP_TO_IDLE))
		SKIP(return, "no CONFIG_PM_DEBUG");
	ASSERT_EQ(0, fault_waits(self));
	ASSERT_EQ(0, wedge(self, variant->by_reset));
	EXPECT_EQ(0, gpu_ask_for_reset(&self->gpu));
	EXPECT_EQ(0, system_sleep(SYSTEM_SLEEP_TO_IDLE));
	EXPECT_EQ(0x3ed9e001, *(uint32_t *)self->area);
	EXPECT_GT(BOUND_S, now_s() - self->start);
}

TEST_HARNESS_MAIN
