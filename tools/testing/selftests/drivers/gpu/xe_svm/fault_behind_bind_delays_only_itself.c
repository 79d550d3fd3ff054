// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C12, P1): a fault that needs a new page table while a bind job waits for its
 * in-sync may wait for the job, but holds no lock meanwhile: other binds and jobs of the
 * VM, and faults in memory that has page tables, do not wait with it. Nor do they wait
 * with the worker that makes new page tables for the reserve.
 *
 * Such a job is that of an unmap that splits an object: its fence is one of the kernel's
 * in the reservation of the VM, which a new page table shares.
 *
 * Desktop: harmless
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/gate.h"
#include "lib/mirror_fixture.h"
#include "lib/syncobj.h"

/* Two entries of 2 MiB, if its pages allow them */
#define OBJECT_SIZE	(2 * SZ_2M)
/* The fault has come to its page table by then, and the reserve has been refilled. */
#define SETTLE_MS	300
/* Less than a fault waits for a bind job before it is refused */
#define PROMPT_MS	2000
#define WAIT_MS		20000
#define WAIT_NS		(WAIT_MS * 1000000LL)

FIXTURE(behind)
{
	struct gpu gpu;
	struct gpu_queue queue, other;
	struct gate gate;
	char *object;
	char *known;		/* memory that has page tables */
	char *near;		/* memory that lacks the table of 4 KiB entries */
	char *far;		/* memory in 1 GiB that has no page tables */
	uint32_t binds;		/* a queue, in which no bind is behind the job */
	struct drm_xe_vm_bind_op bind;
	uint64_t bound;		/* a user fence */
	int bind_err, write_err;
	atomic_bool bind_done, write_done;
};

FIXTURE_VARIANT(behind)
{
	/* Something that has no page tables before a fault, where nothing is touched */
	bool object;
};

FIXTURE_VARIANT_ADD(behind, bind_of_mirror) { .object = false, };
FIXTURE_VARIANT_ADD(behind, bind_of_object) { .object = true, };

static char *memory_at(char *addr)
{
	char *p = mmap(addr, SZ_2M, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	return p == MAP_FAILED || madvise(p, SZ_2M, MADV_NOHUGEPAGE) ? NULL : p;
}

FIXTURE_SETUP(behind)
{
	const struct drm_xe_engine_class_instance *compute, *copy, *render;
	struct drm_xe_vm_bind_op op;
	uintptr_t area;
	uint32_t bo, value;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	/* Engines of one class run either kind of VM at a time. */
	compute = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_COMPUTE);
	copy = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_COPY);
	render = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_RENDER);
	if (!compute || !copy || !render)
		SKIP(return, "no engines of three classes");
	mirror_start(_metadata, &self->gpu, render, &self->queue);
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, compute, &self->other));
	ASSERT_EQ(0, gpu_run(&self->other));
	ASSERT_EQ(0, gate_make(&self->gate, &self->gpu, copy));
	ASSERT_EQ(0, gpu_bind_queue_create(self->gpu.fd, &self->binds));

	area = (uintptr_t)mmap(NULL, 4 * SZ_1G, PROT_NONE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ASSERT_NE((uintptr_t)MAP_FAILED, area);
	area = (area + SZ_1G - 1) & ~(SZ_1G - 1);
	self->object = (char *)area;
	self->known = memory_at(self->object + 8 * SZ_2M);
	self->near = memory_at(self->object + 16 * SZ_2M);
	self->far = memory_at(self->object + SZ_1G);
	ASSERT_NE(NULL, self->known);
	ASSERT_NE(NULL, self->near);
	ASSERT_NE(NULL, self->far);
	ASSERT_EQ(0, gpu_bo_create(&self->gpu, OBJECT_SIZE, &bo));
	op = gpu_op_bo(bo, area, OBJECT_SIZE);
	ASSERT_EQ(0, gpu_bind_ops(&self->gpu, &op, 1));
	ASSERT_EQ(0, gpu_read(&self->queue, self->object, &value));
	ASSERT_EQ(0, gpu_write(&self->queue, self->known, 1));
	clock_sleep_ms(SETTLE_MS);

	self->bind = gpu_op_mirror(area + 2 * SZ_1G, SZ_2M);
	if (variant->object) {
		ASSERT_EQ(0, gpu_bo_create(&self->gpu, SZ_2M, &bo));
		self->bind = gpu_op_bo(bo, area + 2 * SZ_1G, SZ_2M);
	}
}

FIXTURE_TEARDOWN(behind)
{
	gate_open(&self->gate);
	gpu_queue_destroy(&self->queue);
	gpu_queue_destroy(&self->other);
	gpu_close(&self->gpu);
}

static void *bind(void *arg)
{
	FIXTURE_DATA(behind) *self = arg;
	struct drm_xe_sync sync = {
		.type = DRM_XE_SYNC_TYPE_USER_FENCE,
		.flags = DRM_XE_SYNC_FLAG_SIGNAL,
		.addr = (uintptr_t)&self->bound,
		.timeline_value = 1,
	};
	struct drm_xe_vm_bind bind = {
		.vm_id = self->gpu.vm,
		.exec_queue_id = self->binds,
		.num_binds = 1,
		.bind = self->bind,
		.num_syncs = 1,
		.syncs = (uintptr_t)&sync,
	};
	struct drm_xe_wait_user_fence wait = {
		.addr = (uintptr_t)&self->bound,
		.op = DRM_XE_UFENCE_WAIT_OP_EQ,
		.value = 1,
		.mask = ~0ULL,
		.timeout = WAIT_NS,
	};

	if (ioctl(self->gpu.fd, DRM_IOCTL_XE_VM_BIND, &bind) ||
	    ioctl(self->gpu.fd, DRM_IOCTL_XE_WAIT_USER_FENCE, &wait))
		self->bind_err = -errno;
	atomic_store(&self->bind_done, true);
	return NULL;
}

/* The GPU's page is gone, its table is not. */
static void *write_known(void *arg)
{
	FIXTURE_DATA(behind) *self = arg;

	self->write_err = gpu_write(&self->other, self->known, 2);
	atomic_store(&self->write_done, true);
	return NULL;
}

/* The object is split behind the gate; then the GPU touches @fresh memory, if any. */
static void others_are_prompt(struct __test_metadata *_metadata, FIXTURE_DATA(behind) *self,
			      volatile uint32_t *fresh)
{
	struct drm_xe_vm_bind_op split = gpu_op_unmap((uintptr_t)self->object + SZ_64K, SZ_64K);
	pthread_t binds, writes;
	int64_t end;

	ASSERT_EQ(0, madvise(self->known, SZ_4K, MADV_DONTNEED));
	ASSERT_EQ(0, gate_shut(&self->gate));
	ASSERT_EQ(0, gpu_bind_behind(&self->gpu, &split, self->gate.passed));
	if (fresh) {
		gpu_batch_store(&self->queue, fresh, 1);
		ASSERT_EQ(0, gpu_start(&self->queue));
		clock_sleep_ms(SETTLE_MS);
		TH_LOG("the fault %s", *fresh ? "is served" : "waits");
	}

	end = clock_ms() + PROMPT_MS;
	ASSERT_EQ(0, pthread_create(&binds, NULL, bind, self));
	ASSERT_EQ(0, pthread_create(&writes, NULL, write_known, self));
	while (clock_ms() < end && (!atomic_load(&self->bind_done) ||
				    !atomic_load(&self->write_done)))
		clock_sleep_ms(10);
	EXPECT_TRUE(atomic_load(&self->bind_done))
		TH_LOG("another bind of the VM waits for the job, too");
	EXPECT_TRUE(atomic_load(&self->write_done))
		TH_LOG("a GPU job that needs no page table waits for the bind job, too");

	gate_open(&self->gate);
	ASSERT_EQ(0, syncobj_wait(self->gpu.fd, self->gate.passed, WAIT_MS));
	ASSERT_EQ(0, pthread_join(binds, NULL));
	ASSERT_EQ(0, pthread_join(writes, NULL));
	EXPECT_EQ(0, self->bind_err);
	EXPECT_EQ(0, self->write_err);
	EXPECT_EQ(2, *(volatile uint32_t *)self->known);
	if (!fresh)
		return;
	EXPECT_EQ(0, gpu_wait(&self->queue));
	EXPECT_EQ(1, *fresh);
}

TEST_F_TIMEOUT(behind, others_do_not_wait, GPU_TEST_TIMEOUT)
{
	others_are_prompt(_metadata, self, (uint32_t *)self->far);
}

/* Of one page table: the reserve has it, and is refilled. */
TEST_F_TIMEOUT(behind, others_do_not_wait_for_refill, GPU_TEST_TIMEOUT)
{
	others_are_prompt(_metadata, self, (uint32_t *)self->near);
}

/* The sibling: the job alone delays nobody. */
TEST_F_TIMEOUT(behind, job_alone_delays_nobody, GPU_TEST_TIMEOUT)
{
	others_are_prompt(_metadata, self, NULL);
}

TEST_HARNESS_MAIN
