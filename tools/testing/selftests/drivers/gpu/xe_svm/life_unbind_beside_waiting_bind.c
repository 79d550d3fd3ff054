// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): a driver is unbound in time while a bind of a userptr waits for a frozen
 * file system, and page tables of unmapped memory are to be freed.
 *
 * Desktop: may end it, unbinds the driver and writes to /dev/ram0
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/ext2.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"
#include "lib/touch.h"

#define DRIVER		"/sys/bus/pci/drivers/xe/"
#define DIR		"/tmp/xe_svm_waiting_bind"
#define BLOCKS		4
/* Page tables are freed a tenth of a second after the memory was unmapped. */
#define FREED_MS	500
#define UNBOUND_MS	20000

FIXTURE(unbound)
{
	struct gpu gpu;
	struct gpu_queue queue;
	char device[64];		/* as the bus names it */
	char *area;			/* unmapped before the driver is unbound */
	int file;
	char *map;			/* of the file */
	pthread_t bind, unbind;
	atomic_bool bound, may_unbind, unbound;
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
	ASSERT_EQ(0, gpu_bus_name(&self->gpu, self->device, sizeof(self->device)));
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

static void *unbind(void *arg)
{
	FIXTURE_DATA(unbound) *self = arg;
	int err;

	while (!atomic_load(&self->may_unbind))
		clock_sleep_ms(1);
	err = pressure_set(DRIVER "unbind", self->device);
	atomic_store(&self->unbound, true);
	return (void *)(intptr_t)err;
}

/*
 * The bind holds the lock of the process's mappings as well: munmap() comes first, and
 * threads, which need stacks, are there already.
 */
TEST_F_TIMEOUT(unbound, does_not_wait_for_it, GPU_TEST_TIMEOUT)
{
	void *result = NULL;
	int64_t end;

	ASSERT_EQ(0, pthread_create(&self->unbind, NULL, unbind, self));
	ASSERT_EQ(0, ext2_freeze(self->file));
	EXPECT_EQ(0, munmap(self->area, BLOCKS * SZ_2M));
	EXPECT_EQ(0, pthread_create(&self->bind, NULL, bind_userptr, self));
	clock_sleep_ms(FREED_MS);
	EXPECT_FALSE(atomic_load(&self->bound));

	end = clock_ms() + UNBOUND_MS;
	atomic_store(&self->may_unbind, true);
	while (!atomic_load(&self->unbound) && clock_ms() < end)
		clock_sleep_ms(10);
	EXPECT_TRUE(atomic_load(&self->unbound))
		TH_LOG("waited for a bind that waits for a file system");
	EXPECT_FALSE(atomic_load(&self->bound));

	ASSERT_EQ(0, ext2_thaw(self->file));
	ASSERT_EQ(0, pthread_join(self->unbind, &result));
	EXPECT_EQ(0, (intptr_t)result);
	ASSERT_EQ(0, pthread_join(self->bind, NULL));
	EXPECT_EQ(0, pressure_set(DRIVER "bind", self->device));
}

TEST_HARNESS_MAIN
