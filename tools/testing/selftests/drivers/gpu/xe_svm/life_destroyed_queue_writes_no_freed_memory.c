// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): in a VM without faults, munmap() of a userptr returns after the last write
 * of the GPU, also if the queues of the VM were destroyed a moment before, or a GT reset
 * is about to end their jobs.
 *
 * Desktop: may end it, resets the GT
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"

#define ROUNDS		4
#define QUEUES		GPU_MAX_QUEUES
/* The reset stops each queue of the GT before the GT: these keep it busy. */
#define IDLE_QUEUES	800
#define WRITTEN		0xdeadbee1
#define WAIT_MS		20000
#define LATER_MS	50

FIXTURE(destroyed)
{
	struct gpu gpu;
	const struct drm_xe_engine_class_instance *engine;
	int file;
	volatile uint32_t *word;	/* the userptr's page, at an address of its own */
};

FIXTURE_SETUP(destroyed)
{
	int err = gpu_open(&self->gpu);

	if (err == -ENODEV)
		SKIP(return, "no xe device");
	ASSERT_EQ(0, err);
	self->engine = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_RENDER);
	if (!self->engine)
		SKIP(return, "no render engine");
	self->file = memfd_create("userptr", 0);
	ASSERT_LE(0, self->file);
	ASSERT_EQ(0, ftruncate(self->file, SZ_4K));
	self->word = memory_map(SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, self->file);
	ASSERT_NE(NULL, self->word);
}

FIXTURE_TEARDOWN(destroyed)
{
	gpu_close(&self->gpu);
}

/* A job on each queue of a new VM that writes to @memory without end. */
static void jobs_start(struct __test_metadata *_metadata, FIXTURE_DATA(destroyed) *self,
		       void *memory, struct gpu *vm, struct gpu_queue queues[QUEUES])
{
	unsigned int i, ms;

	*vm = self->gpu;
	vm->control = (struct gpu_control) { 0 };
	ASSERT_EQ(0, gpu_vm_create(vm->fd, DRM_XE_VM_CREATE_FLAG_LR_MODE, &vm->vm));
	ASSERT_EQ(0, gpu_control_in_bo(vm));
	ASSERT_EQ(0, gpu_bind_userptr(vm, memory, SZ_4K));
	*self->word = 0;
	for (i = 0; i < QUEUES; i++) {
		ASSERT_EQ(0, gpu_queue_create(vm, self->engine, &queues[i]));
		gpu_batch_store(&queues[i], GPU_USERPTR, WRITTEN);
		gpu_batch_repeat(&queues[i]);
		ASSERT_EQ(0, gpu_start(&queues[i]));
	}
	for (ms = 0; ms < WAIT_MS && !*self->word; ms++)
		clock_sleep_ms(1);
	ASSERT_NE(0, *self->word);
}

/* @end ends the jobs; what it returns is the result. */
static int rounds(struct __test_metadata *_metadata, FIXTURE_DATA(destroyed) *self,
		  int (*end)(const struct gpu *gpu, struct gpu_queue queues[QUEUES]))
{
	struct gpu_queue queues[QUEUES];
	unsigned int round, i;
	struct gpu vm;
	void *memory;
	int err = 0;

	for (round = 0; round < ROUNDS && !err; round++) {
		memory = memory_map(SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, self->file);
		EXPECT_NE(NULL, memory);
		jobs_start(_metadata, self, memory, &vm, queues);

		err = end(&vm, queues);
		EXPECT_EQ(0, munmap(memory, SZ_4K));
		*self->word = 0;
		clock_sleep_ms(LATER_MS);
		EXPECT_EQ(0, *self->word)
			TH_LOG("the GPU wrote after munmap()");

		for (i = 0; i < QUEUES; i++)
			gpu_queue_destroy(&queues[i]);
		EXPECT_EQ(0, gpu_vm_destroy(vm.fd, vm.vm));
		gpu_bo_destroy(&vm, vm.control.bo);
		munmap(vm.control.base, GPU_MAX_QUEUES * SZ_4K);
	}
	return err;
}

static int destroy_queues(const struct gpu *gpu, struct gpu_queue queues[QUEUES])
{
	unsigned int i;

	for (i = 0; i < QUEUES; i++)
		gpu_queue_destroy(&queues[i]);
	return 0;
}

TEST_F_TIMEOUT(destroyed, beside_munmap, GPU_TEST_TIMEOUT)
{
	EXPECT_EQ(0, rounds(_metadata, self, destroy_queues));
}

static int reset_gt(const struct gpu *gpu, struct gpu_queue queues[QUEUES])
{
	return gpu_ask_for_reset(gpu);
}

TEST_F_TIMEOUT(destroyed, reset_beside_munmap, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(0, gpu_idle_queues_create(&self->gpu, self->engine, IDLE_QUEUES));
	if (rounds(_metadata, self, reset_gt))
		SKIP(return, "may not ask for a reset");
}

TEST_HARNESS_MAIN
