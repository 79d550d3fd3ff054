// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): a queue whose fault is refused while the driver suspends it, for a
 * job of a VM without faults, is destroyed once and frees what it had.
 *
 * Desktop: quiet machine, counts the memory of all processes
 */
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

/* The reset falls into the suspend in some of them. */
#define ROUNDS	30
#define QUEUES	3
/* Longest time from the first access to the job that suspends. */
#define LATER_US	20000
#define FREED_S	20

FIXTURE(beside)
{
	struct gpu mirror, plain;
	struct gpu_queue faulting[QUEUES], other;
	void *nothing;
};

FIXTURE_SETUP(beside)
{
	const struct drm_xe_engine_class_instance *engine;
	unsigned int i;

	mirror_open(_metadata, &self->mirror);
	if (_metadata->exit_code)
		return;
	engine = &self->mirror.engines[0];
	ASSERT_EQ(0, gpu_bind_mirror_whole(&self->mirror));
	ASSERT_EQ(0, gpu_control_in_memory(&self->mirror));
	for (i = 0; i < QUEUES; i++)
		ASSERT_EQ(0, gpu_queue_create(&self->mirror, engine, &self->faulting[i]));
	self->plain = self->mirror;
	self->plain.control = (struct gpu_control) { };
	ASSERT_EQ(0, gpu_vm_create(self->mirror.fd, 0, &self->plain.vm));
	ASSERT_EQ(0, gpu_control_in_bo(&self->plain));
	ASSERT_EQ(0, gpu_queue_create(&self->plain, engine, &self->other));
	self->nothing = mmap(NULL, SZ_4K, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->nothing);
}

FIXTURE_TEARDOWN(beside)
{
	gpu_close(&self->mirror);
}

/* Bytes of system memory that the driver has allocated for objects. */
static uint64_t used(int fd)
{
	static char reply[4096];
	struct drm_xe_device_query query = { .query = DRM_XE_DEVICE_QUERY_MEM_REGIONS };
	struct drm_xe_query_mem_regions *regions = (void *)reply;

	if (ioctl(fd, DRM_IOCTL_XE_DEVICE_QUERY, &query) || query.size > sizeof(reply))
		return 0;
	query.data = (uintptr_t)reply;
	return ioctl(fd, DRM_IOCTL_XE_DEVICE_QUERY, &query) ? 0 : regions->mem_regions[0].used;
}

/* The reset of all faulting queues, and soon after their accesses the job that suspends. */
static void one_round(struct __test_metadata *_metadata, FIXTURE_DATA(beside) *self,
		      unsigned int later_us)
{
	unsigned int i;

	for (i = 0; i < QUEUES; i++) {
		gpu_batch_store(&self->faulting[i], self->nothing, 1);
		ASSERT_EQ(0, gpu_start(&self->faulting[i]));
	}
	usleep(later_us);
	ASSERT_EQ(0, gpu_start(&self->other));
	ASSERT_EQ(0, gpu_wait(&self->other));
	for (i = 0; i < QUEUES; i++) {
		EXPECT_EQ(REFUSED, gpu_wait(&self->faulting[i]));
		ASSERT_EQ(0, gpu_queue_renew(&self->faulting[i]));
	}
}

TEST_F_TIMEOUT(beside, refused_access, GPU_TEST_TIMEOUT)
{
	unsigned int round;
	uint64_t before;

	one_round(_metadata, self, 0);
	before = used(self->mirror.fd);
	ASSERT_NE(0, before);
	for (round = 0; round < ROUNDS; round++)
		one_round(_metadata, self, random() % LATER_US);
	for (round = 0; round < FREED_S && used(self->mirror.fd) > before; round++)
		sleep(1);
	EXPECT_GE(before, used(self->mirror.fd))
		TH_LOG("objects of queues are left");
}

TEST_HARNESS_MAIN
