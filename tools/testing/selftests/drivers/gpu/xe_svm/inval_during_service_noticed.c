// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): if the CPU changes a mapping between the moment a service collects
 * pages and the moment it maps them, the service detects it: the GPU never gets
 * the old page.
 *
 * An old page would stay mapped, since its notification is over. So the GPU
 * writes once more when the CPU is idle, and the process checks that the write
 * arrived. A thread that binds elsewhere in the VM delays services before they
 * map, which makes the window of the race longer.
 *
 * Desktop: harmless
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define ROUNDS		100
/* If no service has been overtaken by then, continue for this long. */
#define ROUNDS_MAX	1000
/* On a busy machine fewer have to do. */
#define SECONDS_MAX	(GPU_TEST_TIMEOUT / 2)
/* Each in a block of its own, so that each is served alone. */
#define PAGES		32
/* Some time in the course of a job, which faults a few times. */
#define LINGER_US	3001
#define ELSEWHERE	0x700000000000UL

FIXTURE(race)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu binder;	/* the same VM, for the thread that binds */
	pthread_t holder;
	atomic_bool ending;	/* for that thread */
	int bind_error;
	uint32_t bo;
	char *area;
	uint64_t overtaken;	/* before the test */
	time_t begun;
};

static volatile uint32_t *page(FIXTURE_DATA(race) *self, unsigned int i)
{
	return (uint32_t *)(self->area + i * SZ_2M);
}

/* A bind holds the lock of the VM that a service takes before it maps. */
static void *hold_up(void *arg)
{
	FIXTURE_DATA(race) *self = arg;
	struct drm_xe_vm_bind_op op = gpu_op_bo(self->bo, ELSEWHERE, SZ_64K);

	while (!atomic_load(&self->ending) && !self->bind_error)
		self->bind_error = gpu_bind_ops(&self->binder, &op, 1);
	return NULL;
}

FIXTURE_SETUP(race)
{
	struct drm_xe_vm_bind_op op;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->area = memory_anonymous(PAGES * SZ_2M);
	ASSERT_NE(NULL, self->area);
	ASSERT_EQ(0, gpu_bo_create(&self->gpu, SZ_64K, &self->bo));
	/* From now on the mirror around the area stays as it is. */
	op = gpu_op_bo(self->bo, ELSEWHERE, SZ_64K);
	ASSERT_EQ(0, gpu_bind_ops(&self->gpu, &op, 1));
	self->binder = self->gpu;
	ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_retry_count", &self->overtaken));
	self->begun = time(NULL);
	ASSERT_EQ(0, pthread_create(&self->holder, NULL, hold_up, self));
}

FIXTURE_TEARDOWN(race)
{
	atomic_store(&self->ending, true);
	if (self->holder)
		pthread_join(self->holder, NULL);
	EXPECT_EQ(0, self->bind_error);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* Without such a service, nothing was tested. */
static bool overtaken(FIXTURE_DATA(race) *self)
{
	uint64_t count = 0;

	return !gpu_stat(&self->gpu, "svm_retry_count", &count) &&
	       count > self->overtaken;
}

static bool go_on(FIXTURE_DATA(race) *self, unsigned int round)
{
	if (time(NULL) - self->begun > SECONDS_MAX)
		return false;
	return round <= ROUNDS || (round <= ROUNDS_MAX && !overtaken(self));
}

static void linger(unsigned int round)
{
	usleep(round * 40503u % LINGER_US);
}

static void gpu_writes(FIXTURE_DATA(race) *self, uint32_t value)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		gpu_batch_store(&self->queue, page(self, i), value + i);
}

static void give_back(FIXTURE_DATA(race) *self)
{
	madvise(self->area, PAGES * SZ_2M, MADV_DONTNEED);
}

/* A write to a page that the process has released is lost. */
TEST_F_TIMEOUT(race, pages_given_back, GPU_TEST_TIMEOUT)
{
	unsigned int round, i, lost = 0;

	for (round = 1; go_on(self, round); round++) {
		gpu_writes(self, 0xbad00000);
		ASSERT_EQ(0, gpu_start(&self->queue));
		linger(round);
		give_back(self);
		ASSERT_EQ(0, gpu_wait(&self->queue));

		gpu_writes(self, round << 8);
		ASSERT_EQ(0, gpu_run(&self->queue));
		for (i = 0; i < PAGES; i++)
			lost += *page(self, i) != (round << 8) + i;
		give_back(self);
	}
	EXPECT_EQ(0, lost);
	/* A skip would hide a failure. */
	if (!_metadata->exit_code && !overtaken(self))
		SKIP(return, "no service was overtaken");
}

/* The GPU reads one page after the other: which one is it at? */
static unsigned int under_way(const volatile uint32_t *values)
{
	unsigned int i;

	for (i = 0; i < PAGES && values[i]; i++)
		;
	return i;
}

/* A read maps writable memory writable: that permission has to be revoked. */
TEST_F_TIMEOUT(race, right_taken, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *values = memory_anonymous(SZ_4K);
	unsigned int round, i, at, met = 0;

	ASSERT_NE(NULL, values);
	for (round = 1; go_on(self, round); round++) {
		/* New pages, which the GPU has not mapped. */
		give_back(self);
		for (i = 0; i < PAGES; i++) {
			*page(self, i) = i + 1;
			values[i] = 0;
			gpu_batch_copy(&self->queue, &values[i], page(self, i));
		}
		ASSERT_EQ(0, gpu_start(&self->queue));
		linger(round);
		at = under_way(values);
		ASSERT_EQ(0, mprotect(self->area, PAGES * SZ_2M, PROT_READ));
		ASSERT_EQ(0, gpu_wait(&self->queue));
		if (at < PAGES) {
			met++;
			EXPECT_EQ(REFUSED, gpu_write(&self->queue, page(self, at), 0xbad00000));
			EXPECT_EQ(at + 1, *page(self, at));
			ASSERT_EQ(0, gpu_queue_renew(&self->queue));
		}
		ASSERT_EQ(0, mprotect(self->area, PAGES * SZ_2M, PROT_READ | PROT_WRITE));
	}
	EXPECT_LT(0, met);
	/* A skip would hide a failure. */
	if (!_metadata->exit_code && !overtaken(self))
		SKIP(return, "no service was overtaken");
}

TEST_HARNESS_MAIN
