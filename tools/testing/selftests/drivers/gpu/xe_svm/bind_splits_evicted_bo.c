// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C1): after a bind over a part of a buffer object the GPU reaches the
 * rest of the object and the new mapping, even if the object was evicted
 * before, or is bound by the same array of binds.
 *
 * Eviction clears the directory entry above a table that only the object uses,
 * and keeps the table. 6.12 kept it for the rest of a split object as well, as
 * if the directory pointed to it: every access faulted, got a reply, and
 * faulted again.
 *
 * Desktop: may end it, evicts the buffer objects of all programs
 */
#include <pthread.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"

#define QUARTER		(SZ_2M / 4)
#define WRITTEN		0xe71c0000
#define EVICT_US	5000
#define ROUNDS		60
/* This many in the rounds, which end after a minute in any case */
#define EVICTIONS	20U
#define ROUNDS_MS	60000

FIXTURE(object)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_model model;
	uint32_t bo;
	char *area;	/* 2 MiB of the object in the GPU's address space */
	char *view;	/* of the CPU */
	/* a thread that evicts all the time */
	pthread_t evictor;
	bool stop;
	unsigned int evictions, overtaken;
};

FIXTURE_VARIANT(object)
{
	bool evicted;
};

FIXTURE_VARIANT_ADD(object, evicted) { .evicted = true };

/* The sibling, which keeps its tables: nothing of the rest may fault. */
FIXTURE_VARIANT_ADD(object, resident) { .evicted = false };

static int64_t all_faults(FIXTURE_DATA(object) *self)
{
	return gpu_model_count(&self->model, "FAULT");
}

/* At an offset that keeps its pages from being mapped by more than 4 KiB. */
static int place(FIXTURE_DATA(object) *self)
{
	struct drm_xe_vm_bind_op op;
	int err;

	self->area = memory_anonymous(SZ_2M);
	self->view = memory_map(SZ_2M + SZ_4K, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (!self->area || !self->view)
		return -ENOMEM;
	err = gpu_bo_create(&self->gpu, SZ_2M + SZ_4K, &self->bo);
	if (!err)
		err = gpu_bo_map_cpu(&self->gpu, self->bo, self->view, SZ_2M + SZ_4K);
	if (err)
		return err;
	self->view += SZ_4K;
	op = gpu_op_bo(self->bo, (uintptr_t)self->area, SZ_2M);
	op.obj_offset = SZ_4K;
	return gpu_bind_ops(&self->gpu, &op, 1);
}

FIXTURE_SETUP(object)
{
	unsigned int i;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	gpu_model_open(&self->gpu, &self->model);

	ASSERT_EQ(0, place(self));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, gpu_write(&self->queue, self->area + i * QUARTER, WRITTEN + i));
	if (!variant->evicted)
		return;
	if (pressure_evict_objects(&self->gpu) == -ENOENT)
		SKIP(return, "cannot set the page limit of TTM");
}

FIXTURE_TEARDOWN(object)
{
	gpu_model_close(&self->model);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/*
 * A quarter that still belongs to the object: earlier data of the GPU is there, and
 * new data arrives. An evicted object faults once; otherwise it was not evicted.
 */
static void quarter_works(struct __test_metadata *_metadata, FIXTURE_DATA(object) *self,
			  unsigned int i)
{
	char *addr = self->area + i * QUARTER;
	uint32_t *view = (uint32_t *)(self->view + i * QUARTER);
	uint32_t value = 0;

	ASSERT_EQ(0, gpu_read(&self->queue, addr, &value))
		TH_LOG("quarter %u is out of reach", i);
	EXPECT_EQ(WRITTEN + i, value);
	ASSERT_EQ(0, gpu_write(&self->queue, addr + 4, ~i));
	EXPECT_EQ(WRITTEN + i, view[0]);
	EXPECT_EQ(~i, view[1]);
}

/* A quarter that is memory of the process now. */
static void memory_works(struct __test_metadata *_metadata, FIXTURE_DATA(object) *self,
			 unsigned int i)
{
	volatile uint32_t *word = (uint32_t *)(self->area + i * QUARTER);
	uint32_t value = 0;

	*word = 0xc0ffee00 + i;
	ASSERT_EQ(0, gpu_read(&self->queue, word, &value))
		TH_LOG("memory in quarter %u is out of reach", i);
	EXPECT_EQ(0xc0ffee00 + i, value);
	ASSERT_EQ(0, gpu_write(&self->queue, word, 0xbeef0000 + i));
	EXPECT_EQ(0xbeef0000 + i, *word);
}

static uint64_t quarter(FIXTURE_DATA(object) *self, unsigned int i)
{
	return (uintptr_t)self->area + i * QUARTER;
}

/* The event itself: an evicted object has no entries, a resident one has them all. */
TEST_F_TIMEOUT(object, whole, GPU_TEST_TIMEOUT)
{
	int64_t before = all_faults(self);
	unsigned int i;

	for (i = 0; i < 4; i++)
		quarter_works(_metadata, self, i);
	WITH_MODEL(&self->model)
		EXPECT_EQ(variant->evicted, all_faults(self) > before)
			TH_LOG("eviction state is not that of the variant");
}

TEST_F_TIMEOUT(object, mirror_over_the_end, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, quarter(self, 2), 2 * QUARTER, 0));
	memory_works(_metadata, self, 2);
	memory_works(_metadata, self, 3);
	quarter_works(_metadata, self, 0);
	quarter_works(_metadata, self, 1);
}

TEST_F_TIMEOUT(object, mirror_over_the_start, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, quarter(self, 0), QUARTER, 0));
	quarter_works(_metadata, self, 1);
	memory_works(_metadata, self, 0);
	quarter_works(_metadata, self, 3);
}

TEST_F_TIMEOUT(object, mirror_over_the_middle, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, quarter(self, 1), 2 * QUARTER, 0));
	quarter_works(_metadata, self, 3);
	quarter_works(_metadata, self, 0);
	memory_works(_metadata, self, 1);
	memory_works(_metadata, self, 2);
}

TEST_F_TIMEOUT(object, object_over_the_end, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op op;
	uint32_t bo, *view;

	ASSERT_EQ(0, gpu_bo_create(&self->gpu, 2 * QUARTER, &bo));
	view = memory_map(2 * QUARTER, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	ASSERT_NE(NULL, view);
	ASSERT_EQ(0, gpu_bo_map_cpu(&self->gpu, bo, view, 2 * QUARTER));
	op = gpu_op_bo(bo, quarter(self, 2), 2 * QUARTER);
	ASSERT_EQ(0, gpu_bind_ops(&self->gpu, &op, 1));
	EXPECT_EQ(0, gpu_write(&self->queue, self->area + 2 * QUARTER, 0xb0));
	EXPECT_EQ(0xb0, *view);
	quarter_works(_metadata, self, 0);
	quarter_works(_metadata, self, 1);
}

TEST_F_TIMEOUT(object, unmap_of_the_middle, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(0, gpu_unbind(&self->gpu, quarter(self, 1), QUARTER));
	quarter_works(_metadata, self, 0);
	quarter_works(_metadata, self, 2);
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, self->area + QUARTER, 1));
}

/* Parts of parts, in one array and with mirrors in between. */
TEST_F_TIMEOUT(object, split_again_and_again, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op ops[] = {
		gpu_op_unmap(quarter(self, 0), SZ_4K),
		gpu_op_mirror(quarter(self, 3), QUARTER),
		gpu_op_mirror(quarter(self, 1), SZ_4K),
	};

	ASSERT_EQ(0, gpu_bind_ops(&self->gpu, ops, 3));
	quarter_works(_metadata, self, 2);
	memory_works(_metadata, self, 1);
	memory_works(_metadata, self, 3);
	if (variant->evicted)
		ASSERT_EQ(0, pressure_evict_objects(&self->gpu));
	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, quarter(self, 0), QUARTER, 0));
	memory_works(_metadata, self, 0);
	quarter_works(_metadata, self, 2);
	memory_works(_metadata, self, 1);
}

static void *evict_until_stopped(void *arg)
{
	FIXTURE_DATA(object) *self = arg;
	int64_t began, took;

	while (!__atomic_load_n(&self->stop, __ATOMIC_RELAXED)) {
		began = clock_us();
		if (!pressure_evict_objects(&self->gpu))
			self->evictions++;
		/* Leave the GPU time to use the object, even on a slow kernel */
		took = clock_us() - began;
		usleep(took < EVICT_US ? EVICT_US : took);
	}
	return NULL;
}

/* A bind that an eviction overtakes has to be repeated. */
static int bind_mirror_again(FIXTURE_DATA(object) *self, uint64_t addr, uint64_t range)
{
	int err, tries = 0;

	do
		err = gpu_bind_mirror(&self->gpu, addr, range, 0);
	while (err == -EAGAIN && ++tries < 1000);
	self->overtaken += tries;
	return err;
}

static void split_and_look(struct __test_metadata *_metadata, FIXTURE_DATA(object) *self)
{
	unsigned int i;

	ASSERT_EQ(0, bind_mirror_again(self, quarter(self, 2), 2 * QUARTER));
	for (i = 0; i < 2; i++)
		quarter_works(_metadata, self, i);
	for (i = 2; i < 4; i++)
		memory_works(_metadata, self, i);
}

/* Evict at arbitrary points of the bind. */
TEST_F_TIMEOUT(object, while_it_is_evicted, GPU_TEST_TIMEOUT)
{
	int64_t end = clock_ms() + ROUNDS_MS;
	unsigned int i, round;

	if (variant->evicted)
		ASSERT_EQ(0, pthread_create(&self->evictor, NULL, evict_until_stopped, self));
	for (round = 0; round < ROUNDS ||
	     (variant->evicted && self->evictions < EVICTIONS); round++) {
		if (clock_ms() > end)
			break;
		split_and_look(_metadata, self);
		gpu_bo_destroy(&self->gpu, self->bo);
		ASSERT_EQ(0, place(self));
		for (i = 0; i < 4; i++)
			ASSERT_EQ(0, gpu_write(&self->queue, (void *)quarter(self, i),
					       WRITTEN + i));
	}
	if (!variant->evicted)
		return;
	__atomic_store_n(&self->stop, true, __ATOMIC_RELAXED);
	pthread_join(self->evictor, NULL);
	EXPECT_LE(EVICTIONS, self->evictions);
	TH_LOG("%u rounds, %u evictions, %u binds overtaken", round, self->evictions,
	       self->overtaken);
}

/* An array of binds that fails at its end restores the split object. */
TEST_F_TIMEOUT(object, err_split_is_undone, GPU_TEST_TIMEOUT)
{
	char *mapped = memory_anonymous(SZ_2M);
	struct drm_xe_vm_bind_op ops[] = {
		gpu_op_mirror(quarter(self, 2), 2 * QUARTER),
		gpu_op_unmap((uintptr_t)mapped, SZ_4K),
	};
	unsigned int i;

	ASSERT_NE(NULL, mapped);
	ASSERT_EQ(0, gpu_write(&self->queue, mapped, 1));
	EXPECT_EQ(-EBUSY, gpu_bind_ops(&self->gpu, ops, 2));
	for (i = 0; i < 4; i++)
		quarter_works(_metadata, self, i);
}

FIXTURE(array)
{
	struct gpu gpu;
	struct gpu_queue queue;
	uint32_t bo, *view;
};

FIXTURE_VARIANT(array)
{
	uint32_t vm_flags;
};

FIXTURE_VARIANT_ADD(array, without_faults) { .vm_flags = 0 };

/* The sibling: its array binds nothing. */
FIXTURE_VARIANT_ADD(array, with_faults) {
	.vm_flags = DRM_XE_VM_CREATE_FLAG_LR_MODE | DRM_XE_VM_CREATE_FLAG_FAULT_MODE
};

FIXTURE_SETUP(array)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	ASSERT_EQ(0, gpu_vm_create(self->gpu.fd, variant->vm_flags, &self->gpu.vm));
	ASSERT_EQ(0, gpu_control_in_bo(&self->gpu));
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, &self->gpu.engines[0], &self->queue));
	ASSERT_EQ(0, gpu_bo_create(&self->gpu, 2 * SZ_2M, &self->bo));
	self->view = memory_map(2 * SZ_2M, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	ASSERT_NE(NULL, self->view);
	ASSERT_EQ(0, gpu_bo_map_cpu(&self->gpu, self->bo, self->view, 2 * SZ_2M));
}

FIXTURE_TEARDOWN(array)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* The entry size is not known yet at the split, and that of the boundary is the largest. */
TEST_F_TIMEOUT(array, binds_and_splits, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op ops[] = {
		gpu_op_bo(self->bo, 4 * SZ_1G - SZ_2M, 2 * SZ_2M),
		gpu_op_unmap(4 * SZ_1G, SZ_2M),
	};

	ASSERT_EQ(0, gpu_bind_ops(&self->gpu, ops, 2));
	EXPECT_EQ(0, gpu_write(&self->queue, (void *)(4 * SZ_1G - SZ_2M), WRITTEN))
		TH_LOG("the rest of the object is out of reach");
	EXPECT_EQ(WRITTEN, *self->view);
}

TEST_HARNESS_MAIN
