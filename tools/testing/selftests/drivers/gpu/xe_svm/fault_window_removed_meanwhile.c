// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C1, C14): while a fault waits for user space its memory is unmapped,
 * the driver frees its objects for the addresses, and other memory is mapped
 * there: the fault is served from that memory, and a fault on an address
 * without memory is refused.
 *
 * Desktop: may disturb it, sets svm_notifier_size
 */
#include <stdio.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"
#include "lib/trace.h"
#include "lib/userfault.h"

#define WINDOW		"svm_notifier_size"
#define ASKED_MS	20000
#define REAP		"xe_svm_reap"
#define REAPED_MS	20000
/* More than the driver takes, where that cannot be seen */
#define SOON_MS		500

FIXTURE(removed)
{
	struct gpu gpu;
	struct gpu_queue queue;
	char window[16];	/* as it was before */
	uint32_t *late;
	int fd;
};

static bool is_late(int pid, const char *fields, void *arg)
{
	unsigned long long start, end;

	return sscanf(fields, "asid=%*u [0x%llx, 0x%llx)", &start, &end) == 2 &&
		start <= (uintptr_t)arg && (uintptr_t)arg < end;
}

/* The driver has freed its objects for the addresses. */
static void reaped(struct __test_metadata *_metadata, FIXTURE_DATA(removed) *self)
{
	int64_t end = clock_ms() + REAPED_MS;

	if (!trace_offered(REAP)) {
		clock_sleep_ms(SOON_MS);
		return;
	}
	while (!trace_count(REAP, is_late, self->late) && clock_ms() < end)
		clock_sleep_ms(10);
	trace_stop(REAP);
	EXPECT_LT(0, trace_count(REAP, is_late, self->late));
}

/* A window for each 2 MiB, so that nothing else is in the one of the fault. */
FIXTURE_SETUP(removed)
{
	if (xe_parameter_get(WINDOW, self->window, sizeof(self->window)) ||
	    xe_parameter_set(WINDOW, "2"))
		SKIP(return, "may not change " WINDOW);
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->late = (uint32_t *)memory_anonymous(SZ_2M);
	ASSERT_NE(NULL, self->late);
	self->fd = memory_userfault((char *)self->late);
	if (self->fd < 0)
		SKIP(return, "no userfaultfd");
	gpu_batch_copy(&self->queue, self->queue.result, self->late);
	ASSERT_EQ(0, gpu_start(&self->queue));
	ASSERT_EQ(1, userfault_asked(self->fd, 1, ASKED_MS));
	if (trace_offered(REAP))
		ASSERT_EQ(0, trace_start(REAP));
	ASSERT_EQ(0, munmap(self->late, SZ_2M));
	reaped(_metadata, self);
}

FIXTURE_TEARDOWN(removed)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
	xe_parameter_set(WINDOW, self->window);
}

TEST_F_TIMEOUT(removed, other_memory_is_served, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(self->late, mmap(self->late, SZ_2M, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	*self->late = 0x5eed0001;
	/* No thread provides the page any more: the fault is retried. */
	close(self->fd);
	EXPECT_EQ(0, gpu_wait(&self->queue));
	EXPECT_EQ(0x5eed0001, *self->queue.result);
}

TEST_F_TIMEOUT(removed, err_nothing_is_mapped, GPU_TEST_TIMEOUT)
{
	close(self->fd);
	EXPECT_EQ(REFUSED, gpu_wait(&self->queue));
}

TEST_HARNESS_MAIN
