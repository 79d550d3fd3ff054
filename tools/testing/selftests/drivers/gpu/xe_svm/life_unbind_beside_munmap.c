// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C6, C11): a driver that is unbound while a munmap() unmaps as many
 * windows as are flushed together leaves nothing mapped: neither there nor in
 * windows that the munmap() does not cover. A userptr may be unmapped after the
 * driver was unbound.
 *
 * The emulated GPU acknowledges invalidations late.
 *
 * Desktop: emulated GPU only
 */
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"
#include "lib/taint.h"
#include "lib/touch.h"

#define DRIVER		"/sys/bus/pci/drivers/xe/"
/* Windows of the smallest size. The driver flushes 32 of them together. */
#define PARAMETER	"svm_notifier_size"
#define WINDOW		SZ_2M
#define WINDOWS		40
#define GIVEN_UP	32
/* Less than the driver allows for an invalidation */
#define LATE_US		1000000
#define UNBOUND_MS	200
/* After unbind, flushes of mapped pages time out and the pages are leaked. */
#define QUICK_MS	1000

FIXTURE(unbound)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_model model;
	char before[XE_PARAMETER_SIZE];
	char device[64];		/* as the bus names it */
	char *area;
	int64_t pfn[WINDOWS];
	pthread_t thread;
};

FIXTURE_SETUP(unbound)
{
	unsigned int i;

	mirror_start_with(_metadata, &self->gpu, &self->queue, PARAMETER, "2", self->before);
	if (_metadata->exit_code)
		return;
	if (access(DRIVER "unbind", W_OK))
		SKIP(return, "may not unbind drivers");
	if (gpu_model_open(&self->gpu, &self->model))
		SKIP(return, "not an emulated GPU: it acknowledges in time");
	ASSERT_EQ(0, gpu_bus_name(&self->gpu, self->device, sizeof(self->device)));
	self->area = memory_map(WINDOWS * WINDOW, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1);
	ASSERT_NE(NULL, self->area);
	ASSERT_EQ(0, madvise(self->area, WINDOWS * WINDOW, MADV_NOHUGEPAGE));
	ASSERT_EQ(0, touch_write(&self->queue, self->area, WINDOWS * WINDOW, WINDOW, 1));
	/* The job is done. What it used may lie in windows before the others. */
	gpu_queue_destroy(&self->queue);
	ASSERT_EQ(0, madvise(self->gpu.control.base, GPU_MAX_QUEUES * SZ_4K, MADV_DONTNEED));
	for (i = 0; i < WINDOWS; i++) {
		self->pfn[i] = memory_pfn(self->area + i * WINDOW);
		ASSERT_LT(0, self->pfn[i]);
	}
}

FIXTURE_TEARDOWN(unbound)
{
	if (self->model.bar)
		gpu_model_turn(&self->model, "delay_tlb_ack_us", 0);
	gpu_model_close(&self->model);
	gpu_close(&self->gpu);
	if (*self->device)
		EXPECT_EQ(0, pressure_set(DRIVER "bind", self->device));
	EXPECT_EQ(0, xe_parameter_set(PARAMETER, self->before));
}

static void *gives_up(void *arg)
{
	FIXTURE_DATA(unbound) *self = arg;

	return (void *)(intptr_t)(munmap(self->area, GIVEN_UP * WINDOW) ? -errno : 0);
}

/* How many of the pages beyond those given up are still in use, or -errno. */
static int pages_kept(FIXTURE_DATA(unbound) *self)
{
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	unsigned int i, kept = 0;
	uint64_t flags;

	if (fd < 0)
		return -errno;
	for (i = GIVEN_UP; i < WINDOWS; i++)
		if (pread(fd, &flags, sizeof(flags), self->pfn[i] * sizeof(flags)) == sizeof(flags))
			kept += !!(flags & (1ULL << KPF_ANON));
	close(fd);
	return kept;
}

TEST_F_TIMEOUT(unbound, nothing_stays_mapped, GPU_TEST_TIMEOUT)
{
	void *result = NULL;
	int64_t began;
	int kept;

	ASSERT_EQ(0, gpu_model_turn(&self->model, "delay_tlb_ack_us", LATE_US));
	ASSERT_EQ(0, pthread_create(&self->thread, NULL, gives_up, self));
	clock_sleep_ms(UNBOUND_MS);
	/* It waits for the late acknowledgment. */
	EXPECT_EQ(EBUSY, pthread_tryjoin_np(self->thread, &result));
	ASSERT_EQ(0, pressure_set(DRIVER "unbind", self->device));
	ASSERT_EQ(0, pthread_join(self->thread, &result));
	EXPECT_EQ(0, (intptr_t)result);

	began = clock_ms();
	EXPECT_EQ(0, munmap(self->area + GIVEN_UP * WINDOW, (WINDOWS - GIVEN_UP) * WINDOW));
	EXPECT_GT(QUICK_MS, clock_ms() - began)
		TH_LOG("waited for an unbound GPU");
	/* From the batches of new LRU pages of all CPUs, which hold references */
	pressure_compact();
	kept = pages_kept(self);
	EXPECT_LE(0, kept);
	EXPECT_GT((WINDOWS - GIVEN_UP) / 2, kept);
}

/* Bound by a page table that is in VRAM, where the GPU has any. */
TEST_F_TIMEOUT(unbound, userptr_outlives_driver, GPU_TEST_TIMEOUT)
{
	char *page = memory_anonymous(SZ_4K);
	int before = taint_read();

	ASSERT_NE(NULL, page);
	ASSERT_EQ(0, gpu_bind_userptr(&self->gpu, page, SZ_4K));
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, &self->gpu.engines[0], &self->queue));
	gpu_batch_store(&self->queue, (void *)GPU_USERPTR_ADDR, 0x0b1d);
	ASSERT_EQ(0, gpu_run(&self->queue));
	EXPECT_EQ(0x0b1d, *(volatile uint32_t *)page);
	gpu_queue_destroy(&self->queue);
	ASSERT_EQ(0, pressure_set(DRIVER "unbind", self->device));
	EXPECT_EQ(0, munmap(page, SZ_4K));
	EXPECT_EQ(before, taint_read());
}

TEST_HARNESS_MAIN
