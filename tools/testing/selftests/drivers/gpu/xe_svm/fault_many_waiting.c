// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C12, P1): a VM may have any number of faults that wait for user space.
 * All of them wait at once, its other faults are served meanwhile, and each
 * gets its reply when its page arrives.
 *
 * 600 are more than a work queue runs at a time (WQ_MAX_ACTIVE).
 *
 * Desktop: emulated GPU only
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"
#include "lib/touch.h"
#include "lib/userfault.h"

#define DISK		"/dev/ram0"
#define PARKERS		2
#define LANES		300
#define PAGES		(PARKERS * LANES)
#define ASKED_MS	5000
#define THREAD_STACK	(4 * SZ_64K)

/**
 * struct parker - an engine, or threads of the CPU, and where their faults wait
 */
struct parker {
	struct gpu_queue queue;
	int userfault;
	char *late;
	pthread_t thread[LANES];
	unsigned int threads;
};

FIXTURE(waiting)
{
	struct gpu gpu;
	struct gpu_model model;
	struct parker parker[PARKERS];
	struct gpu_queue other;
};

FIXTURE_VARIANT(waiting)
{
	/* Not by threads of the CPU; by those of the GPU, not by the emulated GPU's own command */
	bool by_gpu, by_kernel;
};

FIXTURE_VARIANT_ADD(waiting, cpu) { .by_gpu = false, };
FIXTURE_VARIANT_ADD(waiting, gpu) { .by_gpu = true, };
FIXTURE_VARIANT_ADD(waiting, gpu_kernel) { .by_gpu = true, .by_kernel = true, };

/* The first ones, or those with threads: the last one serves the other faults. */
static const struct drm_xe_engine_class_instance *
engine(const struct gpu *gpu, unsigned int n, bool by_kernel)
{
	static const unsigned int classes[PARKERS + 1] = {
		DRM_XE_ENGINE_CLASS_RENDER, DRM_XE_ENGINE_CLASS_COMPUTE, DRM_XE_ENGINE_CLASS_COPY,
	};

	return by_kernel ? gpu_find_engine(gpu, classes[n]) : &gpu->engines[n];
}

FIXTURE_SETUP(waiting)
{
	unsigned int i;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (self->gpu.num_engines <= PARKERS)
		SKIP(return, "too few engines");
	if (gpu_model_open(&self->gpu, &self->model) ||
	    gpu_model_turn(&self->model, "parallel_touch", !variant->by_kernel))
		SKIP(return, "no GPU that has many faults in flight at will");
	for (i = 0; i <= PARKERS; i++)
		ASSERT_NE(NULL, engine(&self->gpu, i, variant->by_kernel));
	mirror_start(_metadata, &self->gpu, engine(&self->gpu, PARKERS, variant->by_kernel),
		     &self->other);
	for (i = 0; i < PARKERS; i++) {
		struct parker *parker = &self->parker[i];

		ASSERT_EQ(0, gpu_queue_create(&self->gpu,
					      engine(&self->gpu, i, variant->by_kernel),
					      &parker->queue));
		ASSERT_EQ(0, gpu_run(&parker->queue));
		parker->late = memory_anonymous(SZ_2M);
		ASSERT_NE(NULL, parker->late);
		parker->userfault = memory_userfault(parker->late);
		if (parker->userfault < 0)
			SKIP(return, "no userfaultfd");
	}
}

FIXTURE_TEARDOWN(waiting)
{
	unsigned int i;

	gpu_model_turn(&self->model, "parallel_touch", 0);
	gpu_model_close(&self->model);
	for (i = 0; i < PARKERS; i++)
		gpu_queue_destroy(&self->parker[i].queue);
	gpu_queue_destroy(&self->other);
	gpu_close(&self->gpu);
}

static void *touches(void *late)
{
	*(volatile uint32_t *)late = 1;
	return NULL;
}

static int park_threads(struct parker *parker)
{
	pthread_attr_t small;
	int err = 0;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, THREAD_STACK);
	for (parker->threads = 0; !err && parker->threads < LANES; parker->threads += !err)
		err = pthread_create(&parker->thread[parker->threads], &small, touches,
				     parker->late + parker->threads * SZ_4K);
	pthread_attr_destroy(&small);
	return -err;
}

static int park(struct parker *parker, const FIXTURE_VARIANT(waiting) *variant)
{
	if (!variant->by_gpu)
		return park_threads(parker);
	if (variant->by_kernel)
		gpu_batch_kernel_touch(&parker->queue, parker->late, LANES, SZ_4K, GPU_TOUCH_WRITE);
	else
		gpu_batch_touch(&parker->queue, parker->late, LANES, SZ_4K, GPU_TOUCH_WRITE);
	return gpu_start(&parker->queue);
}

static int finish(struct parker *parker, bool by_gpu)
{
	if (by_gpu)
		return gpu_wait(&parker->queue);
	while (parker->threads)
		if (pthread_join(parker->thread[--parker->threads], NULL))
			return -ESRCH;
	return 0;
}

/* Number of pages requested from user space. */
static unsigned int park_all(struct __test_metadata *_metadata, FIXTURE_DATA(waiting) *self,
			     const FIXTURE_VARIANT(waiting) *variant)
{
	unsigned int i, asked = 0;

	for (i = 0; i < PARKERS; i++)
		ASSERT_EQ(0, park(&self->parker[i], variant));
	for (i = 0; i < PARKERS; i++)
		asked += userfault_asked(self->parker[i].userfault, LANES, ASKED_MS);
	return asked;
}

static void end_all(struct __test_metadata *_metadata, FIXTURE_DATA(waiting) *self, bool by_gpu)
{
	unsigned int i, page, wrong = 0;

	for (i = 0; i < PARKERS; i++)
		ASSERT_EQ(0, userfault_provide(self->parker[i].userfault, self->parker[i].late,
					       LANES * SZ_4K));
	for (i = 0; i < PARKERS; i++) {
		EXPECT_EQ(0, finish(&self->parker[i], by_gpu));
		for (page = 0; page < LANES; page++)
			wrong += *(uint32_t *)(self->parker[i].late + page * SZ_4K) != 1;
	}
	EXPECT_EQ(0, wrong);
}

TEST_F_TIMEOUT(waiting, all_wait_at_once, GPU_TEST_TIMEOUT)
{
	EXPECT_EQ(PAGES, park_all(_metadata, self, variant));
	end_all(_metadata, self, variant->by_gpu);
}

/* A page that is there, an untouched one, and one that has to be read from a disk. */
TEST_F_TIMEOUT(waiting, others_are_served, GPU_TEST_TIMEOUT)
{
	char *there = memory_anonymous(SZ_4K), *fresh = memory_anonymous(SZ_4K);
	int disk = open(DISK, O_RDONLY | O_CLOEXEC);
	uint32_t value;
	char *file;

	ASSERT_NE(NULL, there);
	ASSERT_NE(NULL, fresh);
	*there = 1;
	EXPECT_LT(0, park_all(_metadata, self, variant));
	EXPECT_EQ(0, gpu_write(&self->other, there, 2));
	EXPECT_EQ(2, *(uint32_t *)there);
	EXPECT_EQ(0, gpu_write(&self->other, fresh, 3));
	EXPECT_EQ(3, *(uint32_t *)fresh);
	if (disk >= 0) {
		ASSERT_EQ(0, pressure_set("/proc/sys/vm/drop_caches", "1"));
		file = memory_map(SZ_4K, PROT_READ, MAP_SHARED, disk);
		ASSERT_NE(NULL, file);
		EXPECT_EQ(0, gpu_read(&self->other, file, &value));
		EXPECT_EQ(*(uint32_t *)file, value);
	}
	end_all(_metadata, self, variant->by_gpu);
}

/* The sibling: without its page a fault is not answered. */
TEST_F_TIMEOUT(waiting, the_last_waits_for_its_page, GPU_TEST_TIMEOUT)
{
	struct parker *last = &self->parker[PARKERS - 1];

	EXPECT_LT(0, park_all(_metadata, self, variant));
	ASSERT_EQ(0, userfault_provide(self->parker[0].userfault, self->parker[0].late,
				       LANES * SZ_4K));
	EXPECT_EQ(0, finish(&self->parker[0], variant->by_gpu));
	ASSERT_EQ(0, userfault_provide(last->userfault, last->late, (LANES - 1) * SZ_4K));
	EXPECT_EQ(0, gpu_run(&self->other));
	if (variant->by_gpu)
		EXPECT_NE(last->queue.seqno, *last->queue.fence);
	end_all(_metadata, self, variant->by_gpu);
}

TEST_HARNESS_MAIN
