// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): the driver may be unbound from the device while a job is about to
 * complete: a job that the GPU has completed, but whose interrupt is still to
 * come, is reported as completed, and the kernel does not warn. This is about
 * jobs with a fence of the kernel, of VMs without page faults and of the driver
 * itself. A job in a mirror that never ends blocks nothing, nor does one whose end
 * needs a reset, because the GuC does not reply.
 *
 * Linux 7.3 crashes in the timeout of such a job.
 *
 * Desktop: emulated GPU only
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sync_file.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"
#include "lib/syncobj.h"
#include "lib/taint.h"

#define DRIVER		"/sys/bus/pci/drivers/xe/"
/* Where in the batch the dword is that the job waits for. */
#define GO		64
/* For the job to have begun, and to have ended. */
#define SOON_US		200000
#define ENDED_TRIES	10000
/* Its interrupt comes long after the driver was unbound. */
#define LATE_US		3000000
/* More than all waits of the way together, less than a wait that gives up. */
#define UNBIND_S	15
/* The driver asks for a reset five seconds after its request. */
#define RESET_MS	30000

FIXTURE(unbound)
{
	struct gpu gpu;
	struct gpu_model model;
	uint32_t vm, queue;
	uint32_t ended;		/* a syncobj */
	uint32_t *batch;
	char device[64];
	atomic_bool unbound;
};

/* A VM whose jobs have fences of the kernel: 4 KiB of it are the batch. */
static int open_plain(FIXTURE_DATA(unbound) *self)
{
	struct drm_xe_vm_bind bind = { .num_binds = 1 };
	struct drm_xe_exec_queue_create create = {
		.width = 1,
		.num_placements = 1,
		.instances = (uintptr_t)&self->gpu.engines[0],
	};
	struct gpu_queue built = {};
	uint32_t bo;
	int err;

	err = gpu_vm_create(self->gpu.fd, 0, &self->vm) ?:
	      gpu_bo_create(&self->gpu, SZ_4K, &bo);
	if (err)
		return err;
	self->batch = mmap(NULL, SZ_4K, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (self->batch == MAP_FAILED)
		return -ENOMEM;
	err = gpu_bo_map_cpu(&self->gpu, bo, self->batch, SZ_4K);
	if (err)
		return err;
	built.batch = self->batch;
	gpu_batch_wait(&built, &self->batch[GO], 1);
	gpu_batch_finish(&built);
	bind.vm_id = self->vm;
	bind.bind = gpu_op_bo(bo, (uintptr_t)self->batch, SZ_4K);
	create.vm_id = self->vm;
	if (ioctl(self->gpu.fd, DRM_IOCTL_XE_VM_BIND, &bind) ||
	    ioctl(self->gpu.fd, DRM_IOCTL_XE_EXEC_QUEUE_CREATE, &create))
		return -errno;
	self->queue = create.exec_queue_id;
	return 0;
}

static int start(FIXTURE_DATA(unbound) *self)
{
	struct drm_xe_sync sync = {
		.type = DRM_XE_SYNC_TYPE_SYNCOBJ,
		.flags = DRM_XE_SYNC_FLAG_SIGNAL,
		.handle = self->ended,
	};
	struct drm_xe_exec exec = {
		.exec_queue_id = self->queue,
		.num_syncs = 1,
		.syncs = (uintptr_t)&sync,
		.address = (uintptr_t)self->batch,
		.num_batch_buffer = 1,
	};

	return ioctl(self->gpu.fd, DRM_IOCTL_XE_EXEC, &exec) ? -errno : 0;
}

FIXTURE_SETUP(unbound)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (access(DRIVER "unbind", W_OK))
		SKIP(return, "may not unbind drivers");
	if (gpu_model_open(&self->gpu, &self->model))
		SKIP(return, "no GPU whose interrupts can be late");
	ASSERT_EQ(0, gpu_bus_name(&self->gpu, self->device, sizeof(self->device)));
	ASSERT_EQ(0, open_plain(self));
	ASSERT_EQ(0, syncobj_create(self->gpu.fd, 0, &self->ended));
}

FIXTURE_TEARDOWN(unbound)
{
	struct gpu_queue queue;
	struct gpu gpu;

	if (!*self->device)
		return;
	gpu_model_turn(&self->model, "delay_irq_us", 0);
	gpu_model_close(&self->model);
	gpu_close(&self->gpu);
	/* The next process must have its GPU. */
	pressure_set(DRIVER "bind", self->device);
	ASSERT_EQ(0, gpu_open(&gpu));
	mirror_start(_metadata, &gpu, &gpu.engines[0], &queue);
	gpu_close(&gpu);
}

/* The job's fence as a file, which the driver's end does not close; or -errno */
static int sync_file(FIXTURE_DATA(unbound) *self)
{
	struct drm_syncobj_handle args = {
		.handle = self->ended,
		.flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
		.fd = -1,
	};

	return ioctl(self->gpu.fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &args) ? -errno : args.fd;
}

/* 1: signaled, 0: not yet, or the error it signaled with */
static int sync_file_status(int fd)
{
	struct sync_file_info info = {};

	return ioctl(fd, SYNC_IOC_FILE_INFO, &info) ? -errno : info.status;
}

TEST_F_TIMEOUT(unbound, interrupt_is_late, GPU_TEST_TIMEOUT)
{
	int64_t ended = gpu_model_count(&self->model, "USER_INTERRUPT");
	int before = taint_read(), fence;
	unsigned int i;

	ASSERT_LE(0, before);
	if (before & TAINT_WARN)
		SKIP(return, "the kernel has warned before");
	ASSERT_EQ(0, start(self));
	usleep(SOON_US);
	EXPECT_EQ(ended, gpu_model_count(&self->model, "USER_INTERRUPT"));
	ASSERT_EQ(0, gpu_model_turn(&self->model, "delay_irq_us", LATE_US));
	__atomic_store_n(&self->batch[GO], 1, __ATOMIC_RELEASE);
	for (i = 0; i < ENDED_TRIES; i++) {
		if (gpu_model_count(&self->model, "USER_INTERRUPT") != ended)
			break;
		usleep(SOON_US / 100);
	}
	EXPECT_EQ(ended + 1, gpu_model_count(&self->model, "USER_INTERRUPT"));
	fence = sync_file(self);
	ASSERT_LE(0, fence);
	EXPECT_EQ(0, sync_file_status(fence));
	ASSERT_EQ(0, pressure_set(DRIVER "unbind", self->device));
	EXPECT_EQ(1, sync_file_status(fence))
		TH_LOG("a job that the GPU had completed is not reported as completed");
	close(fence);
	EXPECT_EQ(0, taint_read() & TAINT_WARN);
}

static void *wait_for_end(void *queue)
{
	return (void *)(intptr_t)gpu_wait(queue);
}

TEST_F_TIMEOUT(unbound, job_in_a_mirror_never_ends, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	struct gpu_queue queue;
	int before = taint_read();
	pthread_t waiter;
	void *result = NULL;
	time_t start;

	ASSERT_NE(NULL, word);
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &queue);
	gpu_batch_store(&queue, &word[1], 0x11fe0009);
	gpu_batch_wait(&queue, &word[0], 1);
	ASSERT_EQ(0, gpu_start(&queue));
	ASSERT_EQ(0, pthread_create(&waiter, NULL, wait_for_end, &queue));
	usleep(SOON_US);
	EXPECT_EQ(0x11fe0009, word[1]);

	start = time(NULL);
	ASSERT_EQ(0, pressure_set(DRIVER "unbind", self->device));
	ASSERT_EQ(0, pthread_join(waiter, &result));
	EXPECT_GE(UNBIND_S, time(NULL) - start);
	/* Not that its time is over, but that the queue is. */
	EXPECT_EQ(-EIO, (intptr_t)result);
	EXPECT_EQ(before, taint_read());
	/* Its memory is the process's alone again. */
	word[0] = 1;
	EXPECT_EQ(0x11fe0009, word[1]);
}

/* Waits for the jobs of the VM: they end once the GuC has stopped their context. */
static void *destroy(void *arg)
{
	FIXTURE_DATA(unbound) *self = arg;
	struct drm_xe_exec_queue_destroy queue = { .exec_queue_id = self->queue };
	struct drm_xe_vm_destroy vm = { .vm_id = self->vm };

	if (ioctl(self->gpu.fd, DRM_IOCTL_XE_EXEC_QUEUE_DESTROY, &queue) ||
	    ioctl(self->gpu.fd, DRM_IOCTL_XE_VM_DESTROY, &vm))
		return (void *)(intptr_t)-errno;
	return NULL;
}

static void *unbind(void *arg)
{
	FIXTURE_DATA(unbound) *self = arg;
	int err = pressure_set(DRIVER "unbind", self->device);

	atomic_store(&self->unbound, true);
	return (void *)(intptr_t)err;
}

TEST_F_TIMEOUT(unbound, guc_is_silent, GPU_TEST_TIMEOUT)
{
	int64_t dead = gpu_model_count(&self->model, "GUC_DEAD");
	pthread_t destroyer, unbinder;
	void *result = NULL;
	unsigned int i;
	int64_t end;

	ASSERT_EQ(0, start(self));
	usleep(SOON_US);
	ASSERT_EQ(0, gpu_model_turn(&self->model, "guc_dies", 1));
	ASSERT_EQ(0, pthread_create(&destroyer, NULL, destroy, self));
	for (i = 0; i < ENDED_TRIES; i++) {
		if (gpu_model_count(&self->model, "GUC_DEAD") != dead)
			break;
		usleep(SOON_US / 100);
	}
	ASSERT_EQ(0, gpu_model_turn(&self->model, "guc_dies", 0));
	EXPECT_EQ(dead + 1, gpu_model_count(&self->model, "GUC_DEAD"));

	/* The VM is being destroyed now. */
	usleep(SOON_US);
	ASSERT_EQ(0, pthread_create(&unbinder, NULL, unbind, self));
	end = clock_ms() + RESET_MS;
	while (!atomic_load(&self->unbound) && clock_ms() < end)
		clock_sleep_ms(10);
	ASSERT_TRUE(atomic_load(&self->unbound))
		TH_LOG("the reset that ends the job is not done");
	ASSERT_EQ(0, pthread_join(unbinder, &result));
	EXPECT_EQ(0, (intptr_t)result);
	ASSERT_EQ(0, pthread_join(destroyer, &result));
	EXPECT_EQ(0, (intptr_t)result);
}

TEST_HARNESS_MAIN
