// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): in a VM without faults, munmap() of a userptr returns after the last write
 * of the GPU, also if the queues of the VM were destroyed a moment before.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"

#define ROUNDS		4
#define QUEUES		GPU_MAX_QUEUES
#define WAIT_MS		20000
#define LATER_MS	50

FIXTURE(destroyed)
{
	struct gpu gpu;
	const struct drm_xe_engine_class_instance *engine;
	int file;
	volatile uint32_t *count;	/* the userptr's page, at an address of its own */
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
	self->count = memory_map(SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, self->file);
	ASSERT_NE(NULL, self->count);
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
	*self->count = 0;
	for (i = 0; i < QUEUES; i++) {
		ASSERT_EQ(0, gpu_queue_create(vm, self->engine, &queues[i]));
		gpu_batch_increment(&queues[i], GPU_USERPTR);
		gpu_batch_repeat(&queues[i]);
		ASSERT_EQ(0, gpu_start(&queues[i]));
	}
	for (ms = 0; ms < WAIT_MS && !*self->count; ms++)
		clock_sleep_ms(1);
	ASSERT_NE(0, *self->count);
}

TEST_F_TIMEOUT(destroyed, beside_munmap, GPU_TEST_TIMEOUT)
{
	struct gpu_queue queues[QUEUES];
	unsigned int round, i;
	uint32_t count;
	struct gpu vm;
	void *memory;

	for (round = 0; round < ROUNDS; round++) {
		memory = memory_map(SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, self->file);
		ASSERT_NE(NULL, memory);
		jobs_start(_metadata, self, memory, &vm, queues);

		for (i = 0; i < QUEUES; i++)
			gpu_queue_destroy(&queues[i]);
		ASSERT_EQ(0, munmap(memory, SZ_4K));
		count = *self->count;
		clock_sleep_ms(LATER_MS);
		EXPECT_EQ(count, *self->count)
			TH_LOG("the GPU wrote after munmap()");

		EXPECT_EQ(0, gpu_vm_destroy(vm.fd, vm.vm));
		gpu_bo_destroy(&vm, vm.control.bo);
		munmap(vm.control.base, GPU_MAX_QUEUES * SZ_4K);
	}
}

TEST_HARNESS_MAIN
