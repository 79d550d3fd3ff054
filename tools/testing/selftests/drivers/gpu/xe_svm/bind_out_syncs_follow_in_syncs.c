// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): the out-syncs of a bind signal once its in-syncs have, whatever
 * the bind changes: also if it unmaps only an object that the GPU never
 * touched, and binds a mirror there, as the compute runtime frees its buffers.
 * Until then jobs reach what the bind removes, whatever becomes of memory beside it,
 * and whatever is bound there.
 *
 * Desktop: harmless
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/gate.h"
#include "lib/mirror_fixture.h"
#include "lib/syncobj.h"
#include "lib/trace.h"

#define SIZE		SZ_64K
/* A fence that does not wait has signaled by then. */
#define EARLY_MS	300
#define WAIT_MS		20000

FIXTURE(ordered)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gate gate;
	uint32_t bo;
	volatile uint64_t *out;		/* a user fence: in fault mode there is no other */
	void *object;
};

FIXTURE_VARIANT(ordered)
{
	/* The GPU has touched the object: its page-table entries are removed. */
	bool touched;
	bool to_mirror;
};

FIXTURE_VARIANT_ADD(ordered, untouched) { .touched = false, .to_mirror = true, };
FIXTURE_VARIANT_ADD(ordered, touched) { .touched = true, .to_mirror = true, };
FIXTURE_VARIANT_ADD(ordered, untouched_to_hole) { .touched = false, .to_mirror = false, };

FIXTURE_SETUP(ordered)
{
	const struct drm_xe_engine_class_instance *render;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	/* Engines of one class run either kind of VM at a time. */
	render = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_RENDER);
	if (!render)
		SKIP(return, "no engines of two classes");
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	ASSERT_EQ(0, gpu_bo_place(&self->gpu, SIZE, &self->bo, &self->object));
	if (variant->touched)
		ASSERT_EQ(0, gpu_write(&self->queue, self->object, 1));
	ASSERT_EQ(0, gate_make(&self->gate, &self->gpu, render));
	self->out = (volatile uint64_t *)memory_anonymous(SZ_4K);
	ASSERT_NE(NULL, self->out);
}

FIXTURE_TEARDOWN(ordered)
{
	gate_open(&self->gate);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static int free_object(FIXTURE_DATA(ordered) *self, bool to_mirror)
{
	struct drm_xe_vm_bind_op ops[] = {
		gpu_op_unmap((uintptr_t)self->object, SIZE),
		gpu_op_mirror((uintptr_t)self->object, SIZE),
	};
	struct drm_xe_sync syncs[] = {
		{
			.type = DRM_XE_SYNC_TYPE_SYNCOBJ,
			.handle = self->gate.passed,
		},
		{
			.type = DRM_XE_SYNC_TYPE_USER_FENCE,
			.flags = DRM_XE_SYNC_FLAG_SIGNAL,
			.addr = (uintptr_t)self->out,
			.timeline_value = 1,
		},
	};
	struct drm_xe_vm_bind bind = {
		.vm_id = self->gpu.vm,
		.num_binds = to_mirror ? 2 : 1,
		.num_syncs = 2,
		.syncs = (uintptr_t)syncs,
	};

	if (to_mirror)
		bind.vector_of_binds = (uintptr_t)ops;
	else
		bind.bind = ops[0];
	return ioctl(self->gpu.fd, DRM_IOCTL_XE_VM_BIND, &bind) ? -errno : 0;
}

TEST_F_TIMEOUT(ordered, out_after_in, GPU_TEST_TIMEOUT)
{
	unsigned int ms;

	ASSERT_EQ(0, gate_shut(&self->gate));
	ASSERT_EQ(0, free_object(self, variant->to_mirror));
	clock_sleep_ms(EARLY_MS);
	EXPECT_EQ(0, *self->out)
		TH_LOG("signaled before the in-sync");
	gate_open(&self->gate);
	EXPECT_EQ(0, syncobj_wait(self->gpu.fd, self->gate.passed, WAIT_MS));
	for (ms = 0; ms < WAIT_MS && !*self->out; ms++)
		clock_sleep_ms(1);
	EXPECT_EQ(1, *self->out);
	if (variant->to_mirror)
		EXPECT_EQ(0, gpu_bind_mirror(&self->gpu, (uintptr_t)self->object, SIZE, 0));
}

/* An object and memory in 1 GiB of its own, which has one directory of page tables. */
FIXTURE(kept)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gate gate;
	char *object;		/* two blocks of it */
	char *memory;		/* a block */
	struct drm_xe_vm_bind_op bind;	/* over the memory, by a thread */
	pthread_t thread;
	int err;
	atomic_bool bound;
};

FIXTURE_VARIANT(kept)
{
	/* Between them, from block to block */
	unsigned long distance;
};

FIXTURE_VARIANT_ADD(kept, same_directory) { .distance = 8 * SZ_2M, };
FIXTURE_VARIANT_ADD(kept, other_directory) { .distance = SZ_1G, };

#define REAP		"xe_svm_reap"
#define OBJECT_SIZE	(2 * SZ_2M)
#define REAPED_MS	1500

FIXTURE_SETUP(kept)
{
	const struct drm_xe_engine_class_instance *copy, *render;
	struct drm_xe_vm_bind_op op;
	uintptr_t area;
	uint32_t bo;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	copy = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_COPY);
	render = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_RENDER);
	if (!copy || !render)
		SKIP(return, "no engines of two classes");
	if (!trace_offered(REAP))
		SKIP(return, "no tracepoints, or not root");
	mirror_start(_metadata, &self->gpu, render, &self->queue);
	ASSERT_EQ(0, gate_make(&self->gate, &self->gpu, copy));

	area = (uintptr_t)mmap(NULL, 3 * SZ_1G, PROT_NONE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ASSERT_NE((uintptr_t)MAP_FAILED, area);
	self->object = (char *)((area + SZ_1G - 1) & ~(SZ_1G - 1));
	self->memory = self->object + variant->distance;
	ASSERT_EQ(0, gpu_bo_create(&self->gpu, OBJECT_SIZE, &bo));
	op = gpu_op_bo(bo, (uintptr_t)self->object, OBJECT_SIZE);
	ASSERT_EQ(0, gpu_bind_ops(&self->gpu, &op, 1));
	ASSERT_EQ(self->memory, mmap(self->memory, SZ_2M, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	ASSERT_EQ(0, madvise(self->memory, SZ_2M, MADV_NOHUGEPAGE));
	ASSERT_EQ(0, trace_start(REAP));
}

FIXTURE_TEARDOWN(kept)
{
	trace_stop(REAP);
	gate_open(&self->gate);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static bool covers(int pid, const char *fields, void *arg)
{
	unsigned long long start, end;

	return sscanf(fields, "asid=%*u [0x%llx, 0x%llx)", &start, &end) == 2 &&
		start <= (uintptr_t)arg && (uintptr_t)arg < end;
}

static bool reaped(const char *memory, unsigned int limit_ms)
{
	int64_t end = clock_ms() + limit_ms;

	while (trace_count(REAP, covers, (void *)memory) < 1) {
		if (clock_ms() > end)
			return false;
		clock_sleep_ms(10);
	}
	return true;
}

/* In the block that no TLB knows */
TEST_F_TIMEOUT(kept, reached_until_in_sync, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op unmap = gpu_op_unmap((uintptr_t)self->object, OBJECT_SIZE);
	uint32_t value;
	int64_t end;
	int err;

	ASSERT_EQ(0, gpu_read(&self->queue, (uint32_t *)self->object, &value));
	ASSERT_EQ(0, gpu_write(&self->queue, (uint32_t *)self->memory, 1));
	ASSERT_EQ(0, gate_shut(&self->gate));
	ASSERT_EQ(0, gpu_bind_behind(&self->gpu, &unmap, self->gate.passed));

	ASSERT_EQ(0, munmap(self->memory, SZ_2M));
	if (!reaped(self->memory, REAPED_MS))
		TH_LOG("the memory keeps its tables as long as the object");
	EXPECT_EQ(0, gpu_read(&self->queue, (uint32_t *)(self->object + SZ_2M), &value))
		TH_LOG("unmapped before the in-sync signaled");

	gate_open(&self->gate);
	ASSERT_EQ(0, syncobj_wait(self->gpu.fd, self->gate.passed, WAIT_MS));
	EXPECT_TRUE(reaped(self->memory, WAIT_MS));
	end = clock_ms() + WAIT_MS;
	do
		err = gpu_read(&self->queue, (uint32_t *)self->object, &value);
	while (!err && clock_ms() < end);
	EXPECT_EQ(REFUSED, err);
}

static void *bind_over_memory(void *arg)
{
	FIXTURE_DATA(kept) *self = arg;

	self->err = gpu_bind_ops(&self->gpu, &self->bind, 1);
	atomic_store(&self->bound, true);
	return NULL;
}

/* Reads of the object, by page-table walks of their own, that succeed before @end. */
static int read_object_until(FIXTURE_DATA(kept) *self, int64_t end)
{
	unsigned long at = 0;
	uint32_t value;
	int err;

	do {
		err = gpu_read(&self->queue, (uint32_t *)(self->object + at), &value);
		at = (at + SZ_2M + SZ_4K) % OBJECT_SIZE;
	} while (!err && clock_ms() < end);
	return err;
}

/*
 * @removal: of the object, behind the gate. @bind: over memory that the process has
 * unmapped, but whose address range it keeps: the mirror keeps its page tables there.
 */
static void bind_begin(struct __test_metadata *_metadata, FIXTURE_DATA(kept) *self,
		       const struct drm_xe_vm_bind_op *removal,
		       const struct drm_xe_vm_bind_op *bind)
{
	uint32_t value;

	ASSERT_EQ(0, gpu_read(&self->queue, (uint32_t *)self->object, &value));
	ASSERT_EQ(0, gpu_write(&self->queue, (uint32_t *)self->memory, 1));
	ASSERT_EQ(self->memory, mmap(self->memory, SZ_2M, PROT_NONE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	ASSERT_EQ(0, gate_shut(&self->gate));
	ASSERT_EQ(0, gpu_bind_behind(&self->gpu, removal, self->gate.passed));
	EXPECT_EQ(0, read_object_until(self, clock_ms() + EARLY_MS));

	self->bind = *bind;
	ASSERT_EQ(0, pthread_create(&self->thread, NULL, bind_over_memory, self));
}

static void bind_end(struct __test_metadata *_metadata, FIXTURE_DATA(kept) *self)
{
	gate_open(&self->gate);
	ASSERT_EQ(0, syncobj_wait(self->gpu.fd, self->gate.passed, WAIT_MS));
	ASSERT_EQ(0, pthread_join(self->thread, NULL));
}

static void bind_beside_removal(struct __test_metadata *_metadata, FIXTURE_DATA(kept) *self,
				const struct drm_xe_vm_bind_op *removal,
				const struct drm_xe_vm_bind_op *bind)
{
	bind_begin(_metadata, self, removal, bind);
	EXPECT_EQ(0, read_object_until(self, clock_ms() + EARLY_MS))
		TH_LOG("a bind beside it unmapped the object before the in-sync signaled");
	EXPECT_FALSE(atomic_load(&self->bound));

	bind_end(_metadata, self);
	EXPECT_EQ(0, self->err);
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(REFUSED, read_object_until(self, clock_ms() + WAIT_MS));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
}

/* Another object replaces the memory; the GPU reaches it then. */
static void replace_beside_removal(struct __test_metadata *_metadata, FIXTURE_DATA(kept) *self,
				   const struct drm_xe_vm_bind_op *removal)
{
	struct drm_xe_vm_bind_op bind;
	uint32_t bo;

	ASSERT_EQ(0, gpu_bo_create(&self->gpu, SZ_2M, &bo));
	bind = gpu_op_bo(bo, (uintptr_t)self->memory, SZ_2M);
	bind_beside_removal(_metadata, self, removal, &bind);
	if (_metadata->exit_code)
		return;
	ASSERT_EQ(0, gpu_bo_map_cpu(&self->gpu, bo, self->memory, SZ_2M));
	EXPECT_EQ(0, gpu_write(&self->queue, (uint32_t *)self->memory, 2));
	EXPECT_EQ(2, *(volatile uint32_t *)self->memory);
}

TEST_F_TIMEOUT(kept, reached_while_object_replaces_memory, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op unmap = gpu_op_unmap((uintptr_t)self->object, OBJECT_SIZE);

	replace_beside_removal(_metadata, self, &unmap);
}

/* The process has no memory where the object was: the mirror shows none. */
TEST_F_TIMEOUT(kept, reached_while_mirror_and_object_replace, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op mirror = gpu_op_mirror((uintptr_t)self->object, OBJECT_SIZE);

	replace_beside_removal(_metadata, self, &mirror);
}

TEST_F_TIMEOUT(kept, reached_while_hole_replaces_memory, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op unmap = gpu_op_unmap((uintptr_t)self->object, OBJECT_SIZE);
	struct drm_xe_vm_bind_op hole = gpu_op_unmap((uintptr_t)self->memory, SZ_2M);

	bind_beside_removal(_metadata, self, &unmap, &hole);
}

/* Less than a job may take that others wait for, as those behind the gate do. */
#define PROMPT_MS	2000

/* The bind waits for the in-sync with nothing locked. */
TEST_F_TIMEOUT(kept, waiting_bind_delays_no_fault, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op unmap = gpu_op_unmap((uintptr_t)self->object, OBJECT_SIZE);
	struct drm_xe_vm_bind_op hole = gpu_op_unmap((uintptr_t)self->memory, SZ_2M);
	uint32_t *fresh = memory_anonymous(SZ_2M);
	int64_t began;

	ASSERT_NE(NULL, fresh);
	bind_begin(_metadata, self, &unmap, &hole);
	clock_sleep_ms(EARLY_MS);
	began = clock_ms();
	EXPECT_EQ(0, gpu_write(&self->queue, fresh, 1));
	EXPECT_EQ(1, *(volatile uint32_t *)fresh);
	EXPECT_GT(PROMPT_MS, clock_ms() - began)
		TH_LOG("a fault waits with a bind that waits for an in-sync");
	EXPECT_FALSE(atomic_load(&self->bound));
	bind_end(_metadata, self);
	EXPECT_EQ(0, self->err);
}

static void on_signal(int nr)
{
}

TEST_F_TIMEOUT(kept, signal_ends_waiting_bind, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op unmap = gpu_op_unmap((uintptr_t)self->object, OBJECT_SIZE);
	struct drm_xe_vm_bind_op hole = gpu_op_unmap((uintptr_t)self->memory, SZ_2M);
	struct sigaction action = { .sa_handler = on_signal };
	int64_t end;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	bind_begin(_metadata, self, &unmap, &hole);
	clock_sleep_ms(EARLY_MS);
	EXPECT_FALSE(atomic_load(&self->bound));
	EXPECT_EQ(0, pthread_kill(self->thread, SIGUSR1));
	end = clock_ms() + PROMPT_MS;
	while (!atomic_load(&self->bound) && clock_ms() < end)
		clock_sleep_ms(1);
	EXPECT_TRUE(atomic_load(&self->bound));
	bind_end(_metadata, self);
	EXPECT_EQ(-EINTR, self->err);
}

TEST_HARNESS_MAIN
