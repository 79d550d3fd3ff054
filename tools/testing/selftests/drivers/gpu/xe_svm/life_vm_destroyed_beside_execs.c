// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): a VM may be destroyed while jobs are submitted to it whose userptr has to
 * be bound again. From then on they are refused, and no bind queue of the VM is used
 * after it was freed.
 *
 * Desktop: harmless
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/taint.h"

#define ROUNDS		20
#define WAIT_MS		20000

FIXTURE(beside)
{
	struct gpu gpu;
	const struct drm_xe_engine_class_instance *copy;
	char *memory;			/* the userptr */
	int taint;

	/* Of a round, in a VM without faults. */
	struct gpu_queue queue;
	pthread_t thread;
	atomic_uint jobs;
	atomic_bool destroyed;
	int err;			/* of the last submission */
};

FIXTURE_SETUP(beside)
{
	int err = gpu_open(&self->gpu);

	if (err == -ENODEV)
		SKIP(return, "no xe device");
	ASSERT_EQ(0, err);
	self->copy = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_COPY);
	if (!self->copy)
		SKIP(return, "no copy engine");
	self->taint = taint_read();
	ASSERT_LE(0, self->taint);
	self->memory = memory_anonymous(SZ_4K);
	ASSERT_NE(NULL, self->memory);
}

FIXTURE_TEARDOWN(beside)
{
	gpu_close(&self->gpu);
}

/* An empty job. The VM binds the userptr for it: its page is another one each time. */
static int submit(FIXTURE_DATA(beside) *self)
{
	struct drm_xe_exec exec = {
		.exec_queue_id = self->queue.id,
		.address = (uintptr_t)self->queue.batch,
		.num_batch_buffer = 1,
	};

	if (madvise(self->memory, SZ_4K, MADV_DONTNEED))
		return -errno;
	memset(self->memory, 1, SZ_4K);
	return ioctl(self->gpu.fd, DRM_IOCTL_XE_EXEC, &exec) ? -errno : 0;
}

/* A refusal does not end it: the VM is still being destroyed. */
static void *submit_until_destroyed(void *arg)
{
	FIXTURE_DATA(beside) *self = arg;

	do {
		self->err = submit(self);
		atomic_fetch_add(&self->jobs, 1);
	} while (!atomic_load(&self->destroyed) && (!self->err || self->err == -ECANCELED));
	return NULL;
}

static void round_start(struct __test_metadata *_metadata, FIXTURE_DATA(beside) *self,
			struct gpu *vm)
{
	*vm = self->gpu;
	vm->control = (struct gpu_control) { 0 };
	ASSERT_EQ(0, gpu_vm_create(vm->fd, 0, &vm->vm));
	ASSERT_EQ(0, gpu_control_in_bo(vm));
	ASSERT_EQ(0, gpu_queue_create(vm, self->copy, &self->queue));
	ASSERT_EQ(0, gpu_bind_userptr(vm, self->memory, SZ_4K));
	gpu_batch_finish(&self->queue);
	atomic_store(&self->jobs, 0);
	atomic_store(&self->destroyed, false);
	ASSERT_EQ(0, pthread_create(&self->thread, NULL, submit_until_destroyed, self));
}

TEST_F_TIMEOUT(beside, jobs_are_refused, GPU_TEST_TIMEOUT)
{
	unsigned int round, ms;
	struct gpu vm;

	for (round = 0; round < ROUNDS; round++) {
		round_start(_metadata, self, &vm);
		for (ms = 0; ms < WAIT_MS && atomic_load(&self->jobs) < 3; ms++)
			usleep(1000);
		EXPECT_EQ(0, gpu_vm_destroy(vm.fd, vm.vm));
		atomic_store(&self->destroyed, true);
		ASSERT_EQ(0, pthread_join(self->thread, NULL));
		EXPECT_TRUE(!self->err || self->err == -ECANCELED)
			TH_LOG("a job had the error %d", self->err);
		EXPECT_EQ(-ECANCELED, submit(self));
		EXPECT_LE(3, atomic_load(&self->jobs));
		gpu_queue_destroy(&self->queue);
		gpu_bo_destroy(&vm, vm.control.bo);
		munmap(vm.control.base, GPU_MAX_QUEUES * SZ_4K);
	}
	EXPECT_EQ(self->taint, taint_read())
		TH_LOG("the kernel has warned");
}

TEST_HARNESS_MAIN
