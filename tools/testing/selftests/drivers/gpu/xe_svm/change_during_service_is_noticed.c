// SPDX-License-Identifier: GPL-2.0
/*
 * Law (C8): what the CPU changes between the moment a fault's pages are looked up
 * and the moment they are mapped is noticed: the GPU never gets the old page.
 *
 * An old page would stay mapped, since its notification is over. So the GPU writes
 * once more when the CPU is at rest, and the process looks whether that arrived. A
 * thread that binds and unbinds elsewhere in the VM holds up services before they
 * map, which makes the moment long.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define ROUNDS		40
#define PAGES		64
/* Between two changes: a service that is overtaken again and again is refused. */
#define REST_US		50
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
	atomic_bool resting;	/* for the thread that changes something */
	uint64_t overtaken;	/* before the test */
};

static volatile uint32_t *page(FIXTURE_DATA(race) *self, unsigned int i)
{
	return (uint32_t *)(self->area + i * SZ_4K);
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
	self->area = memory_anonymous(PAGES * SZ_4K);
	ASSERT_NE(NULL, self->area);
	ASSERT_EQ(0, gpu_bo_create(&self->gpu, SZ_64K, &self->bo));
	/* From now on the mirror around the area stays as it is. */
	op = gpu_op_bo(self->bo, ELSEWHERE, SZ_64K);
	ASSERT_EQ(0, gpu_bind_ops(&self->gpu, &op, 1));
	self->binder = self->gpu;
	ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_stale_count", &self->overtaken));
	ASSERT_EQ(0, pthread_create(&self->holder, NULL, hold_up, self));
}

FIXTURE_TEARDOWN(race)
{
	uint64_t overtaken = 0;

	atomic_store(&self->ending, true);
	if (self->holder)
		pthread_join(self->holder, NULL);
	EXPECT_EQ(0, self->bind_error);
	if (self->holder)
		EXPECT_EQ(0, gpu_stat(&self->gpu, "svm_stale_count", &overtaken));
	if (self->holder)
		EXPECT_LT(self->overtaken, overtaken)
			TH_LOG("no service was overtaken");
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* One job that faults while @change runs. */
static int run_against(FIXTURE_DATA(race) *self, void *(*change)(void *self))
{
	pthread_t thread;
	int err;

	atomic_store(&self->resting, false);
	if (pthread_create(&thread, NULL, change, self))
		return -EAGAIN;
	err = gpu_run(&self->queue);
	atomic_store(&self->resting, true);
	pthread_join(thread, NULL);
	return err;
}

static void *give_back(void *arg)
{
	FIXTURE_DATA(race) *self = arg;

	while (!atomic_load(&self->resting)) {
		madvise(self->area, PAGES * SZ_4K, MADV_DONTNEED);
		usleep(REST_US);
	}
	return NULL;
}

static void gpu_writes(FIXTURE_DATA(race) *self, uint32_t value)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		gpu_batch_store(&self->queue, page(self, i), value + i);
}

/* A write to a page that the process has given back is lost. */
TEST_F_TIMEOUT(race, pages_given_back, GPU_TEST_TIMEOUT)
{
	unsigned int round, i, lost = 0;

	for (round = 1; round <= ROUNDS; round++) {
		gpu_writes(self, 0xbad00000);
		ASSERT_EQ(0, run_against(self, give_back));

		gpu_writes(self, round << 16);
		ASSERT_EQ(0, gpu_run(&self->queue));
		for (i = 0; i < PAGES; i++)
			lost += *page(self, i) != (round << 16) + i;
	}
	EXPECT_EQ(0, lost);
}

static void *take_right(void *arg)
{
	FIXTURE_DATA(race) *self = arg;

	while (!atomic_load(&self->resting)) {
		mprotect(self->area, PAGES * SZ_4K, PROT_READ | PROT_WRITE);
		usleep(REST_US);
		mprotect(self->area, PAGES * SZ_4K, PROT_READ);
	}
	return NULL;
}

/* Reads map what the CPU may write for writing, too: that right has to go. */
TEST_F_TIMEOUT(race, right_taken, GPU_TEST_TIMEOUT)
{
	uint32_t *values = memory_anonymous(SZ_4K);
	unsigned int round, i;

	ASSERT_NE(NULL, values);
	for (i = 0; i < PAGES; i++)
		*page(self, i) = i;
	for (round = 0; round < ROUNDS; round++) {
		volatile uint32_t *word = page(self, round % PAGES);

		for (i = 0; i < PAGES; i++)
			gpu_batch_copy(&self->queue, &values[i], page(self, i));
		ASSERT_EQ(0, run_against(self, take_right));

		ASSERT_EQ(REFUSED, gpu_write(&self->queue, word, 0xbad00000));
		EXPECT_EQ(round % PAGES, *word);
		ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	}
}

TEST_HARNESS_MAIN
