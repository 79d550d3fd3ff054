// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): a driver is unbound in time while a bind of a userptr waits for a frozen
 * file system, and page tables of unmapped memory are to be freed or the VM of the bind
 * is being destroyed. Other ioctls that wait meanwhile, for a page that user space has to
 * provide or for the VM's lock, fail once they go on.
 *
 * Desktop: may end it, unbinds the driver and writes to /dev/ram0
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/ext2.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"
#include "lib/touch.h"
#include "lib/userfault.h"

#define DRIVER		"/sys/bus/pci/drivers/xe/"
#define DIR		"/tmp/xe_svm_waiting_bind"
#define BLOCKS		4
/* Page tables are freed a tenth of a second after the memory was unmapped. */
#define FREED_MS	500
#define UNBOUND_MS	20000
/* For an ioctl to begin, and to wait. */
#define SOON_MS		300
#define ASKED_MS	20000

/* Its thread is there before @may_begin. */
struct unbinding {
	char device[64];		/* as the bus names it */
	pthread_t thread;
	atomic_bool may_begin, done;
};

static void *unbind(void *arg)
{
	struct unbinding *unbinding = arg;
	int err;

	while (!atomic_load(&unbinding->may_begin))
		clock_sleep_ms(1);
	err = pressure_set(DRIVER "unbind", unbinding->device);
	atomic_store(&unbinding->done, true);
	return (void *)(intptr_t)err;
}

/* Whether it is done in time. */
static bool unbind_now(struct unbinding *unbinding)
{
	int64_t end = clock_ms() + UNBOUND_MS;

	atomic_store(&unbinding->may_begin, true);
	while (!atomic_load(&unbinding->done) && clock_ms() < end)
		clock_sleep_ms(10);
	return atomic_load(&unbinding->done);
}

FIXTURE(unbound)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct unbinding unbinding;
	char *area;			/* unmapped before the driver is unbound */
	int file;
	char *map;			/* of the file */
	pthread_t bind, destroy;
	atomic_bool bound, may_destroy, destroyed;
};

FIXTURE_SETUP(unbound)
{
	static const char page[SZ_4K];

	self->file = -1;
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	if (access(DRIVER "unbind", W_OK))
		SKIP(return, "may not unbind drivers");
	if (ext2_mount(DIR))
		SKIP(return, "no file system to freeze");
	ASSERT_EQ(0, gpu_bus_name(&self->gpu, self->unbinding.device,
				  sizeof(self->unbinding.device)));
	self->file = open(DIR "/file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ASSERT_LE(0, self->file);
	ASSERT_EQ(sizeof(page), write(self->file, page, sizeof(page)));
	ASSERT_EQ(0, fsync(self->file));
	self->map = memory_map(SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, self->file);
	self->area = memory_anonymous(BLOCKS * SZ_2M);
	ASSERT_NE(NULL, self->map);
	ASSERT_NE(NULL, self->area);
	ASSERT_EQ(0, touch_write(&self->queue, self->area, BLOCKS * SZ_2M, SZ_2M, 1));
	gpu_queue_destroy(&self->queue);
}

FIXTURE_TEARDOWN(unbound)
{
	if (self->file >= 0) {
		munmap(self->map, SZ_4K);
		close(self->file);
		ext2_unmount(DIR);
	}
	gpu_close(&self->gpu);
}

/* At once: it makes the page writable. It may fail once the driver is unbound. */
static void *bind_userptr(void *arg)
{
	FIXTURE_DATA(unbound) *self = arg;
	struct drm_xe_vm_bind_op op = {
		.op = DRM_XE_VM_BIND_OP_MAP_USERPTR,
		.flags = DRM_XE_VM_BIND_FLAG_IMMEDIATE,
		.pat_index = GPU_PAT_WB,
		.userptr = (uintptr_t)self->map,
		.addr = GPU_USERPTR_ADDR,
		.range = SZ_4K,
	};

	gpu_bind_ops(&self->gpu, &op, 1);
	atomic_store(&self->bound, true);
	return NULL;
}

static void *destroy_vm(void *arg)
{
	FIXTURE_DATA(unbound) *self = arg;
	int err;

	while (!atomic_load(&self->may_destroy))
		clock_sleep_ms(1);
	err = gpu_vm_destroy(self->gpu.fd, self->gpu.vm);
	atomic_store(&self->destroyed, true);
	return (void *)(intptr_t)err;
}

/*
 * The bind holds the lock of the process's mappings as well: munmap() comes first, and
 * threads, which need stacks, are there already.
 */
TEST_F_TIMEOUT(unbound, does_not_wait_for_it, GPU_TEST_TIMEOUT)
{
	void *result = NULL;

	ASSERT_EQ(0, pthread_create(&self->unbinding.thread, NULL, unbind, &self->unbinding));
	ASSERT_EQ(0, ext2_freeze(self->file));
	EXPECT_EQ(0, munmap(self->area, BLOCKS * SZ_2M));
	EXPECT_EQ(0, pthread_create(&self->bind, NULL, bind_userptr, self));
	clock_sleep_ms(FREED_MS);
	EXPECT_FALSE(atomic_load(&self->bound));

	EXPECT_TRUE(unbind_now(&self->unbinding))
		TH_LOG("waited for a bind that waits for a file system");
	EXPECT_FALSE(atomic_load(&self->bound));

	ASSERT_EQ(0, ext2_thaw(self->file));
	ASSERT_EQ(0, pthread_join(self->unbinding.thread, &result));
	EXPECT_EQ(0, (intptr_t)result);
	ASSERT_EQ(0, pthread_join(self->bind, NULL));
	EXPECT_EQ(0, pressure_set(DRIVER "bind", self->unbinding.device));
}

TEST_F_TIMEOUT(unbound, nor_for_the_end_of_its_vm, GPU_TEST_TIMEOUT)
{
	void *result = NULL;

	ASSERT_EQ(0, pthread_create(&self->unbinding.thread, NULL, unbind, &self->unbinding));
	ASSERT_EQ(0, pthread_create(&self->destroy, NULL, destroy_vm, self));
	ASSERT_EQ(0, ext2_freeze(self->file));
	EXPECT_EQ(0, pthread_create(&self->bind, NULL, bind_userptr, self));
	clock_sleep_ms(SOON_MS);
	EXPECT_FALSE(atomic_load(&self->bound));
	atomic_store(&self->may_destroy, true);
	clock_sleep_ms(SOON_MS);
	EXPECT_FALSE(atomic_load(&self->destroyed));

	EXPECT_TRUE(unbind_now(&self->unbinding))
		TH_LOG("waited for the end of a VM that a bind has locked");
	EXPECT_FALSE(atomic_load(&self->bound));
	EXPECT_FALSE(atomic_load(&self->destroyed));

	ASSERT_EQ(0, ext2_thaw(self->file));
	ASSERT_EQ(0, pthread_join(self->unbinding.thread, &result));
	EXPECT_EQ(0, (intptr_t)result);
	ASSERT_EQ(0, pthread_join(self->bind, NULL));
	ASSERT_EQ(0, pthread_join(self->destroy, &result));
	EXPECT_EQ(0, (intptr_t)result);
	EXPECT_EQ(0, pressure_set(DRIVER "bind", self->unbinding.device));
}

FIXTURE(late)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct unbinding unbinding;
	void *page;			/* that the kernel has to wait for; zeroes then */
	int asked;			/* for it */
	atomic_bool ended;		/* the ioctl that does */
	pthread_t waiter, exec;
	atomic_bool executed;
};

FIXTURE_SETUP(late)
{
	self->asked = -1;
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (access(DRIVER "unbind", W_OK))
		SKIP(return, "may not unbind drivers");
	if (!userfault_offered())
		SKIP(return, "no userfaultfd");
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->page = memory_anonymous(SZ_2M);
	ASSERT_NE(NULL, self->page);
	self->asked = memory_userfault(self->page);
	ASSERT_LE(0, self->asked);
	ASSERT_EQ(0, gpu_bus_name(&self->gpu, self->unbinding.device,
				  sizeof(self->unbinding.device)));
	ASSERT_EQ(0, pthread_create(&self->unbinding.thread, NULL, unbind, &self->unbinding));
}

/* The next process must have its GPU, whatever happened here. */
FIXTURE_TEARDOWN(late)
{
	gpu_close(&self->gpu);
	if (self->asked >= 0)
		close(self->asked);
	if (*self->unbinding.device)
		EXPECT_EQ(0, pressure_set(DRIVER "bind", self->unbinding.device));
}

/* @page: an extension that sets the lowest priority */
static int create_queue(FIXTURE_DATA(late) *self,
			const struct drm_xe_engine_class_instance *engine, uint32_t vm)
{
	struct drm_xe_exec_queue_create args = {
		.extensions = (uintptr_t)self->page,
		.width = 1,
		.num_placements = 1,
		.vm_id = vm,
		.instances = (uintptr_t)engine,
	};
	int err = ioctl(self->gpu.fd, DRM_IOCTL_XE_EXEC_QUEUE_CREATE, &args) ? -errno : 0;

	atomic_store(&self->ended, true);
	return err;
}

static void *create_bind_queue(void *arg)
{
	static const struct drm_xe_engine_class_instance vm_bind = {
		.engine_class = DRM_XE_ENGINE_CLASS_VM_BIND,
	};

	return (void *)(intptr_t)create_queue(arg, &vm_bind, 0);
}

static void *create_job_queue(void *arg)
{
	FIXTURE_DATA(late) *self = arg;

	return (void *)(intptr_t)create_queue(self, &self->gpu.engines[0], self->gpu.vm);
}

/* @page: a syncobj that is not there. It is read with the VM locked. */
static void *bind_mirror(void *arg)
{
	FIXTURE_DATA(late) *self = arg;
	struct drm_xe_vm_bind args = {
		.vm_id = self->gpu.vm,
		.num_binds = 1,
		.bind = gpu_op_mirror(GPU_USERPTR_ADDR, SZ_2M),
		.num_syncs = 1,
		.syncs = (uintptr_t)self->page,
	};
	int err = ioctl(self->gpu.fd, DRM_IOCTL_XE_VM_BIND, &args) ? -errno : 0;

	atomic_store(&self->ended, true);
	return (void *)(intptr_t)err;
}

static void *start_job(void *arg)
{
	FIXTURE_DATA(late) *self = arg;
	int err = gpu_start(&self->queue);

	atomic_store(&self->executed, true);
	return (void *)(intptr_t)err;
}

/* Returns when the driver is unbound, and the page that an ioctl waits for is there. */
static void unbind_beside(struct __test_metadata *_metadata, FIXTURE_DATA(late) *self)
{
	void *result = NULL;

	EXPECT_TRUE(unbind_now(&self->unbinding))
		TH_LOG("waited for an ioctl that waits for user space");
	EXPECT_FALSE(atomic_load(&self->ended));
	ASSERT_EQ(0, userfault_provide(self->asked, self->page, SZ_4K));
	ASSERT_EQ(0, pthread_join(self->unbinding.thread, &result));
	EXPECT_EQ(0, (intptr_t)result);
}

static void queue_is_not_created(struct __test_metadata *_metadata, FIXTURE_DATA(late) *self,
				 void *(*create)(void *late))
{
	void *result = NULL;

	ASSERT_EQ(0, pthread_create(&self->waiter, NULL, create, self));
	ASSERT_EQ(1, userfault_asked(self->asked, 1, ASKED_MS));
	unbind_beside(_metadata, self);
	ASSERT_EQ(0, pthread_join(self->waiter, &result));
	EXPECT_EQ(-ENODEV, (intptr_t)result);
}

/* It belongs to a VM of the driver, whose page tables are gone. */
TEST_F_TIMEOUT(late, bind_queue_is_not_created, GPU_TEST_TIMEOUT)
{
	queue_is_not_created(_metadata, self, create_bind_queue);
}

TEST_F_TIMEOUT(late, queue_is_not_created, GPU_TEST_TIMEOUT)
{
	queue_is_not_created(_metadata, self, create_job_queue);
}

/* The engine is gone, and with device memory the ring of the queue is not mapped. */
TEST_F_TIMEOUT(late, job_is_not_started, GPU_TEST_TIMEOUT)
{
	void *result = NULL;

	ASSERT_EQ(0, pthread_create(&self->waiter, NULL, bind_mirror, self));
	ASSERT_EQ(1, userfault_asked(self->asked, 1, ASKED_MS));
	ASSERT_EQ(0, pthread_create(&self->exec, NULL, start_job, self));
	clock_sleep_ms(SOON_MS);
	EXPECT_FALSE(atomic_load(&self->executed));
	unbind_beside(_metadata, self);
	ASSERT_EQ(0, pthread_join(self->waiter, &result));
	EXPECT_GT(0, (intptr_t)result);
	ASSERT_EQ(0, pthread_join(self->exec, &result));
	EXPECT_GT(0, (intptr_t)result)
		TH_LOG("a job was started without a device");
}

TEST_HARNESS_MAIN
