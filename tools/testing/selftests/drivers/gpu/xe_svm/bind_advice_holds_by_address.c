// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C9): advice on memory in a mirror applies to exactly the addresses it
 * was given for, touched or not, until the CPU unmaps them or the range is
 * bound again; page-table entries follow it. Wrong arguments are refused and
 * change nothing.
 *
 * Desktop: harmless
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/advice.h"
#include "lib/gate.h"
#include "lib/mirror_fixture.h"

#define SIZE	(4 * SZ_2M)
#define ATTRS	16
#define UNBINDS	20
#define UNMAPS	20
/* More than the driver looks at under one hold of a lock */
#define MANY	1200
#define QUERIES	2000

FIXTURE(advice)
{
	struct gpu gpu;
	struct gpu_queue queue;
	char *area;
};

/* Is advice reset where the CPU unmaps? */
FIXTURE_VARIANT(advice)
{
	bool autoreset;
};

FIXTURE_VARIANT_ADD(advice, autoreset) { .autoreset = true };
FIXTURE_VARIANT_ADD(advice, kept) { .autoreset = false };

static int bind_mirror(struct gpu *gpu, bool autoreset)
{
	return gpu_bind_mirror(gpu, 0, gpu_va_size(gpu),
			       autoreset ? DRM_XE_VM_BIND_FLAG_MADVISE_AUTORESET : 0);
}

FIXTURE_SETUP(advice)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	/* The test's mirror replaces the one of the library */
	ASSERT_EQ(0, bind_mirror(&self->gpu, variant->autoreset));
	self->area = memory_anonymous(SIZE);
	ASSERT_NE(NULL, self->area);
}

FIXTURE_TEARDOWN(advice)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* Attributes of one address; the PAT index is 999 if it is not known. */
static struct drm_xe_mem_range_attr at(FIXTURE_DATA(advice) *self, const char *addr)
{
	struct drm_xe_mem_range_attr attr = { .pat_index.val = 999 };

	advice_query(&self->gpu, addr, 1, &attr, 1);
	return attr;
}

static uint32_t atomic_at(FIXTURE_DATA(advice) *self, const char *addr)
{
	return at(self, addr).pat_index.val == 999 ? 999 : at(self, addr).atomic.val;
}

TEST_F_TIMEOUT(advice, pieces, GPU_TEST_TIMEOUT)
{
	struct drm_xe_mem_range_attr attrs[ATTRS];
	uint64_t start = (uintptr_t)self->area;

	ASSERT_EQ(1, advice_query(&self->gpu, self->area, SIZE, NULL, 0));
	ASSERT_EQ(0, advise_atomic(&self->gpu, self->area + SZ_64K, SZ_64K, DRM_XE_ATOMIC_GLOBAL));
	ASSERT_EQ(0, advise_location(&self->gpu, self->area + SZ_64K, 2 * SZ_64K,
				     DRM_XE_PREFERRED_LOC_DEFAULT_SYSTEM,
				     DRM_XE_MIGRATE_ONLY_SYSTEM_PAGES));
	EXPECT_EQ(4, advice_query(&self->gpu, self->area, SIZE, NULL, 0));
	ASSERT_EQ(4, advice_query(&self->gpu, self->area, SIZE, attrs, ATTRS));

	EXPECT_EQ(0, attrs[0].start);
	EXPECT_EQ(start + SZ_64K, attrs[0].end);
	EXPECT_EQ(0, attrs[0].atomic.val);
	EXPECT_EQ(GPU_PAT_WB, attrs[0].pat_index.val);

	EXPECT_EQ(start + SZ_64K, attrs[1].start);
	EXPECT_EQ(start + 2 * SZ_64K, attrs[1].end);
	EXPECT_EQ(DRM_XE_ATOMIC_GLOBAL, attrs[1].atomic.val);
	EXPECT_EQ(DRM_XE_PREFERRED_LOC_DEFAULT_SYSTEM, (int)attrs[1].preferred_mem_loc.devmem_fd);
	EXPECT_EQ(1, attrs[1].preferred_mem_loc.migration_policy);

	EXPECT_EQ(start + 3 * SZ_64K, attrs[2].end);
	EXPECT_EQ(0, attrs[2].atomic.val);
	EXPECT_EQ(1, attrs[2].preferred_mem_loc.migration_policy);

	EXPECT_EQ(start + 3 * SZ_64K, attrs[3].start);
	EXPECT_EQ(gpu_va_size(&self->gpu), attrs[3].end);

	EXPECT_EQ(-ENOSPC, advice_query(&self->gpu, self->area, SIZE, attrs, 3));
	/* As programs give it: not aligned */
	EXPECT_EQ(1, advice_query(&self->gpu, self->area + SZ_64K + 7, 13, attrs, 1));
	EXPECT_EQ(start + SZ_64K, attrs[0].start);

	/* Taken back, it is one piece again */
	ASSERT_EQ(0, advise_atomic(&self->gpu, self->area, SIZE, DRM_XE_ATOMIC_UNDEFINED));
	ASSERT_EQ(0, advise_location(&self->gpu, self->area, SIZE, 0, 0));
	EXPECT_EQ(1, advice_query(&self->gpu, self->area, SIZE, attrs, ATTRS));
	EXPECT_EQ(gpu_va_size(&self->gpu), attrs[0].end);
}

TEST_F_TIMEOUT(advice, unmapped_part_is_reset, GPU_TEST_TIMEOUT)
{
	uint32_t after = variant->autoreset ? 0 : DRM_XE_ATOMIC_CPU;

	ASSERT_EQ(0, advise_atomic(&self->gpu, self->area, SIZE, DRM_XE_ATOMIC_CPU));
	/* The GPU has touched the first half only */
	ASSERT_EQ(0, gpu_write(&self->queue, self->area, 1));
	ASSERT_EQ(0, gpu_write(&self->queue, self->area + SZ_2M, 1));

	/* These change the memory, and leave it mapped */
	ASSERT_EQ(0, madvise(self->area, SIZE, MADV_DONTNEED));
	ASSERT_EQ(0, mprotect(self->area, SIZE, PROT_READ));
	EXPECT_EQ(DRM_XE_ATOMIC_CPU, atomic_at(self, self->area));
	EXPECT_EQ(DRM_XE_ATOMIC_CPU, atomic_at(self, self->area + SIZE - SZ_4K));

	ASSERT_EQ(0, munmap(self->area + SZ_64K, SZ_64K));
	ASSERT_EQ(0, munmap(self->area + 3 * SZ_2M, SZ_4K));
	EXPECT_EQ(DRM_XE_ATOMIC_CPU, atomic_at(self, self->area + SZ_64K - SZ_4K));
	EXPECT_EQ(after, atomic_at(self, self->area + SZ_64K));
	EXPECT_EQ(after, atomic_at(self, self->area + 2 * SZ_64K - SZ_4K));
	EXPECT_EQ(DRM_XE_ATOMIC_CPU, atomic_at(self, self->area + 2 * SZ_64K));
	EXPECT_EQ(DRM_XE_ATOMIC_CPU, atomic_at(self, self->area + 3 * SZ_2M - SZ_4K));
	EXPECT_EQ(after, atomic_at(self, self->area + 3 * SZ_2M));
	EXPECT_EQ(DRM_XE_ATOMIC_CPU, atomic_at(self, self->area + 3 * SZ_2M + SZ_4K));

	/* New memory there is not advised */
	ASSERT_NE(MAP_FAILED, mmap(self->area, SIZE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	EXPECT_EQ(after, atomic_at(self, self->area));
	EXPECT_EQ(after ? REFUSED : 0, gpu_increment(&self->queue, self->area));
}

struct locator {
	struct gpu *gpu;
	void *addr;
};

static void *advise_policy(void *arg)
{
	struct locator *locator = arg;
	int err = advise_location(locator->gpu, locator->addr, SIZE,
				  DRM_XE_PREFERRED_LOC_DEFAULT_SYSTEM,
				  DRM_XE_MIGRATE_ONLY_SYSTEM_PAGES);

	return (void *)(intptr_t)err;
}

/* Advice that comes while memory is unmapped brings no earlier advice back. */
TEST_F_TIMEOUT(advice, unmapped_beside_advice, GPU_TEST_TIMEOUT)
{
	struct locator locator = { .gpu = &self->gpu, .addr = self->area };
	unsigned int i;

	for (i = 0; i < UNMAPS; i++) {
		pthread_t thread;
		void *result;

		ASSERT_NE(MAP_FAILED, mmap(self->area, SIZE, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
		ASSERT_EQ(0, advise_location(&self->gpu, self->area, SIZE, 0, 0));
		ASSERT_EQ(0, advise_atomic(&self->gpu, self->area, SIZE, DRM_XE_ATOMIC_CPU));
		ASSERT_EQ(0, pthread_create(&thread, NULL, advise_policy, &locator));
		usleep(i * 1000);
		ASSERT_EQ(0, munmap(self->area, SIZE));
		ASSERT_EQ(0, pthread_join(thread, &result));
		EXPECT_EQ(0, (intptr_t)result);
		EXPECT_EQ(variant->autoreset ? 0 : DRM_XE_ATOMIC_CPU,
			  atomic_at(self, self->area));
	}
	EXPECT_EQ(0, advise_location(&self->gpu, self->area, SIZE, 0, 0));
}

TEST_F_TIMEOUT(advice, bound_again_is_reset, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(0, advise_atomic(&self->gpu, self->area, SIZE, DRM_XE_ATOMIC_CPU));
	ASSERT_EQ(0, gpu_write(&self->queue, self->area, 1));
	EXPECT_EQ(DRM_XE_ATOMIC_CPU, atomic_at(self, self->area));
	ASSERT_EQ(0, bind_mirror(&self->gpu, variant->autoreset));
	EXPECT_EQ(0, atomic_at(self, self->area));
	EXPECT_EQ(0, gpu_increment(&self->queue, self->area));
	EXPECT_EQ(2, *(uint32_t *)self->area);
}

TEST_F_TIMEOUT(advice, atomics_of_the_cpu_alone, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = (uint32_t *)self->area;
	uint32_t *behind = (uint32_t *)(self->area + SZ_4K);

	*word = 5;
	*behind = 7;
	ASSERT_EQ(0, gpu_increment(&self->queue, word));
	ASSERT_EQ(6, *word);
	ASSERT_EQ(0, advise_atomic(&self->gpu, self->area, SZ_4K, DRM_XE_ATOMIC_CPU));
	/* Loads and stores are no atomics, and the next page is another one */
	EXPECT_EQ(0, gpu_write(&self->queue, word, 9));
	EXPECT_EQ(0, gpu_increment(&self->queue, behind));
	EXPECT_EQ(8, *behind);
	EXPECT_EQ(REFUSED, gpu_increment(&self->queue, word));
	EXPECT_EQ(9, *word);
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	ASSERT_EQ(0, advise_atomic(&self->gpu, self->area, SZ_4K, DRM_XE_ATOMIC_DEVICE));
	EXPECT_EQ(0, gpu_increment(&self->queue, word));
	EXPECT_EQ(10, *word);
}

/* The same for an object: there it holds for the whole mapping. */
TEST_F_TIMEOUT(advice, atomics_on_an_object, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word;
	void *addr;
	uint32_t bo;

	ASSERT_EQ(0, gpu_bo_place(&self->gpu, SZ_64K, &bo, &addr));
	word = addr;
	ASSERT_EQ(0, gpu_write(&self->queue, word, 5));
	ASSERT_EQ(0, gpu_increment(&self->queue, word));
	ASSERT_EQ(0, advise_atomic(&self->gpu, addr + SZ_4K, SZ_4K, DRM_XE_ATOMIC_CPU));
	EXPECT_EQ(DRM_XE_ATOMIC_CPU, atomic_at(self, addr));
	EXPECT_EQ(0, gpu_write(&self->queue, word, 9));
	EXPECT_EQ(REFUSED, gpu_increment(&self->queue, word));
	EXPECT_EQ(9, *word);
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	ASSERT_EQ(0, advise_atomic(&self->gpu, addr, SZ_64K, DRM_XE_ATOMIC_DEVICE));
	EXPECT_EQ(0, gpu_increment(&self->queue, word));
	EXPECT_EQ(10, *word);
}

/* Mappings that stay the same are not unmapped from the GPU. */
TEST_F_TIMEOUT(advice, same_advice_costs_no_fault, GPU_TEST_TIMEOUT)
{
	int64_t faults;

	ASSERT_EQ(0, advise_pat(&self->gpu, self->area, SIZE, 1));
	ASSERT_EQ(0, gpu_write(&self->queue, self->area, 1));
	faults = gpu_faults(&self->gpu);
	ASSERT_EQ(0, advise_pat(&self->gpu, self->area, SIZE, 1));
	ASSERT_EQ(0, advise_location(&self->gpu, self->area, SIZE, -1, 0));
	/* The GPU may do atomics without advice, too */
	ASSERT_EQ(0, advise_atomic(&self->gpu, self->area, SIZE, DRM_XE_ATOMIC_DEVICE));
	ASSERT_EQ(0, advise_atomic(&self->gpu, self->area, SIZE, DRM_XE_ATOMIC_UNDEFINED));
	ASSERT_EQ(0, gpu_write(&self->queue, self->area, 2));
	EXPECT_EQ(faults, gpu_faults(&self->gpu));
	ASSERT_EQ(0, advise_pat(&self->gpu, self->area, SIZE, GPU_PAT_WB));
	ASSERT_EQ(0, gpu_write(&self->queue, self->area, 3));
	EXPECT_LT(faults, gpu_faults(&self->gpu));
	EXPECT_EQ(3, *(volatile uint32_t *)self->area);
}

/* Advice for half a block: both halves are mapped, each as it should be. */
TEST_F_TIMEOUT(advice, block_of_two_kinds, GPU_TEST_TIMEOUT)
{
	unsigned int i;

	madvise(self->area, SIZE, MADV_HUGEPAGE);
	for (i = 0; i < SZ_2M; i += SZ_4K)
		*(volatile uint32_t *)(self->area + i) = i;
	ASSERT_EQ(0, gpu_increment(&self->queue, self->area));
	ASSERT_EQ(0, advise_atomic(&self->gpu, self->area + SZ_2M / 2, SZ_2M / 2,
				   DRM_XE_ATOMIC_CPU));
	EXPECT_EQ(0, gpu_increment(&self->queue, self->area + SZ_2M / 2 - SZ_4K));
	EXPECT_EQ(0, gpu_write(&self->queue, self->area + SZ_2M / 2, 3));
	EXPECT_EQ(REFUSED, gpu_increment(&self->queue, self->area + SZ_2M / 2));
	EXPECT_EQ(SZ_2M / 2 - SZ_4K + 1,
		  *(volatile uint32_t *)(self->area + SZ_2M / 2 - SZ_4K));
	EXPECT_EQ(3, *(volatile uint32_t *)(self->area + SZ_2M / 2));
}

/* Of an object with a bind in flight. @handle: syncobj that the bind waits for */
static int bind_behind(struct gpu *gpu, uint32_t bo, uint64_t addr, uint32_t handle)
{
	struct drm_xe_vm_bind_op op = gpu_op_bo(bo, addr, SZ_64K);

	op.flags = DRM_XE_VM_BIND_FLAG_IMMEDIATE;
	return gpu_bind_behind(gpu, &op, handle);
}

struct adviser {
	struct gpu *gpu;
	void *addr;
	volatile bool done;
};

static void *advise_object(void *arg)
{
	struct adviser *adviser = arg;
	int err = advise_atomic(adviser->gpu, adviser->addr, SZ_64K, DRM_XE_ATOMIC_CPU);

	adviser->done = true;
	return (void *)(intptr_t)err;
}

TEST_F_TIMEOUT(advice, waits_for_binds_and_delays_nobody, GPU_TEST_TIMEOUT)
{
	struct adviser adviser = { .gpu = &self->gpu };
	const struct drm_xe_engine_class_instance *engine;
	struct gate gate = {};
	pthread_t thread;
	void *result;
	uint32_t bo;

	/* Engines of one class run either kind of VM at a time */
	engine = gpu_find_engine(&self->gpu, self->queue.engine.engine_class ==
				 DRM_XE_ENGINE_CLASS_COPY ? DRM_XE_ENGINE_CLASS_RENDER :
				 DRM_XE_ENGINE_CLASS_COPY);
	if (!engine)
		SKIP(return, "no engines of two classes");
	ASSERT_EQ(0, gate_make(&gate, &self->gpu, engine));
	ASSERT_EQ(0, gpu_bo_place(&self->gpu, SZ_64K, &bo, &adviser.addr));
	ASSERT_EQ(0, gate_shut(&gate));
	ASSERT_EQ(0, bind_behind(&self->gpu, bo, (uintptr_t)adviser.addr, gate.passed));
	ASSERT_EQ(0, pthread_create(&thread, NULL, advise_object, &adviser));
	usleep(200000);
	EXPECT_FALSE(adviser.done);
	EXPECT_EQ(0, gpu_write(&self->queue, self->area, 4));
	EXPECT_EQ(4, *(uint32_t *)self->area);
	EXPECT_FALSE(adviser.done);
	gate_open(&gate);
	ASSERT_EQ(0, pthread_join(thread, &result));
	EXPECT_EQ(0, (intptr_t)result);
	EXPECT_EQ(DRM_XE_ATOMIC_CPU, atomic_at(self, adviser.addr));
}

/* Of a mapped object. @fence: set to 1 when its entries are flushed */
static int start_unbind(struct gpu *gpu, void *addr, volatile uint64_t *fence)
{
	struct drm_xe_sync sync = {
		.type = DRM_XE_SYNC_TYPE_USER_FENCE,
		.flags = DRM_XE_SYNC_FLAG_SIGNAL,
		.addr = (uintptr_t)fence,
		.timeline_value = 1,
	};
	struct drm_xe_vm_bind bind = {
		.vm_id = gpu->vm,
		.num_binds = 1,
		.bind = gpu_op_unmap((uintptr_t)addr, SZ_64K),
		.num_syncs = 1,
		.syncs = (uintptr_t)&sync,
	};

	return ioctl(gpu->fd, DRM_IOCTL_XE_VM_BIND, &bind) ? -errno : 0;
}

/* An unbind in flight may end at any moment while another object is advised. */
TEST_F_TIMEOUT(advice, object_while_unbinds_end, GPU_TEST_TIMEOUT)
{
	static volatile uint64_t fences[UNBINDS];
	uint32_t bo, unbound, in_flight = 0;
	struct drm_xe_vm_bind_op op;
	void *addr, *other;
	unsigned int i;

	ASSERT_EQ(0, gpu_bo_place(&self->gpu, SZ_64K, &bo, &addr));
	ASSERT_EQ(0, gpu_bo_place(&self->gpu, SZ_64K, &unbound, &other));
	op = gpu_op_bo(unbound, (uintptr_t)other, SZ_64K);
	for (i = 0; i < UNBINDS; i++) {
		fences[i] = 0;
		ASSERT_EQ(0, gpu_write(&self->queue, other, i));
		ASSERT_EQ(0, start_unbind(&self->gpu, other, &fences[i]));
		in_flight += !fences[i];
		ASSERT_EQ(0, advise_atomic(&self->gpu, addr, SZ_64K, i % 2 ?
					   DRM_XE_ATOMIC_DEVICE : DRM_XE_ATOMIC_CPU));
		ASSERT_EQ(0, gpu_bind_ops(&self->gpu, &op, 1));
	}
	EXPECT_NE(0, in_flight);
	EXPECT_EQ(DRM_XE_ATOMIC_DEVICE, atomic_at(self, addr));
}

static bool is_integrated(const struct gpu *gpu)
{
	return !(gpu->config_flags & DRM_XE_QUERY_CONFIG_FLAG_HAS_VRAM);
}

#define WITH(...) (struct drm_xe_madvise) {				\
	.start = (uintptr_t)self->area,					\
	.range = SZ_4K,							\
	.type = DRM_XE_MEM_RANGE_ATTR_ATOMIC,				\
	__VA_ARGS__							\
}

#define REFUSED_WITH(error, ...) do {					\
	struct drm_xe_madvise bad = WITH(__VA_ARGS__);			\
									\
	EXPECT_EQ(error, advise(&self->gpu, &bad));			\
} while (0)

#pragma GCC diagnostic ignored "-Woverride-init"

#define LOCATION(...)	.type = DRM_XE_MEM_RANGE_ATTR_PREFERRED_LOC,	\
	.preferred_mem_loc = { __VA_ARGS__ }
#define PAT(...)	.type = DRM_XE_MEM_RANGE_ATTR_PAT, .pat_index = { __VA_ARGS__ }

TEST_F_TIMEOUT(advice, wrong_arguments, GPU_TEST_TIMEOUT)
{
	struct drm_xe_madvise advice = WITH();
	struct drm_xe_vm_query_mem_range_attr query = { .start = 0, .range = SZ_4K };
	int null = open("/dev/null", O_RDWR);

	EXPECT_EQ(0, advise(&self->gpu, &advice));
	REFUSED_WITH(-EINVAL, .extensions = 8);
	REFUSED_WITH(-EINVAL, .reserved[0] = 1);
	REFUSED_WITH(-EINVAL, .reserved[1] = 1);
	REFUSED_WITH(-EINVAL, .range = 0);
	REFUSED_WITH(-EINVAL, .range = SZ_4K - 1);
	REFUSED_WITH(-EINVAL, .range = SZ_4K + 1);
	REFUSED_WITH(-EINVAL, .start = SZ_4K / 2);
	REFUSED_WITH(-EINVAL, .range = -SZ_4K);
	/* Behind the GPU's addresses, and not the canonical form of one of them */
	REFUSED_WITH(-EINVAL, .start = gpu_va_size(&self->gpu) | (uintptr_t)self->area);
	REFUSED_WITH(-EINVAL, .type = 3);
	REFUSED_WITH(-EINVAL, .type = 99);
	REFUSED_WITH(-EINVAL, .atomic.val = 4);
	REFUSED_WITH(-EINVAL, .atomic.pad = 1);
	REFUSED_WITH(-EINVAL, .atomic.reserved = 1);
	REFUSED_WITH(-EINVAL, PAT(.val = GPU_PAT_OUT_OF_RANGE));
	REFUSED_WITH(-EINVAL, PAT(.val = GPU_PAT_RESERVED));
	REFUSED_WITH(-EINVAL, PAT(.val = ~0u));
	REFUSED_WITH(-EINVAL, PAT(.val = GPU_PAT_WB, .pad = 1));
	REFUSED_WITH(-EINVAL, PAT(.val = GPU_PAT_WB, .reserved = 1));
	if (is_integrated(&self->gpu))
		REFUSED_WITH(-EINVAL, PAT(.val = GPU_PAT_INCOHERENT));
	REFUSED_WITH(-EINVAL, LOCATION(.devmem_fd = -2));
	REFUSED_WITH(-EINVAL, LOCATION(.migration_policy = 2));
	REFUSED_WITH(-EINVAL, LOCATION(.region_instance = 1));
	REFUSED_WITH(-EINVAL, LOCATION(.devmem_fd = -1, .region_instance = 1));
	REFUSED_WITH(-EINVAL, LOCATION(.reserved = 1));
	REFUSED_WITH(-ENOENT, LOCATION(.devmem_fd = 1000));
	REFUSED_WITH(-ENOENT, LOCATION(.devmem_fd = null, .region_instance = 1));
	REFUSED_WITH(-ENOENT, LOCATION(.devmem_fd = self->gpu.fd));
	REFUSED_WITH(-ENOENT, LOCATION(.devmem_fd = self->gpu.fd, .region_instance = 5));
	REFUSED_WITH(is_integrated(&self->gpu) ? -ENOENT : 0,
		     LOCATION(.devmem_fd = self->gpu.fd, .region_instance = 1));
	/* Nothing is bound behind the end */
	REFUSED_WITH(0, .start = 1ULL << 46, .range = 1ULL << 46);

	advice.vm_id = 999;
	EXPECT_EQ(-1, ioctl(self->gpu.fd, DRM_IOCTL_XE_MADVISE, &advice));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(self->gpu.fd, DRM_IOCTL_XE_VM_QUERY_MEM_RANGE_ATTRS, &query));
	EXPECT_EQ(EINVAL, errno);
	query.vm_id = self->gpu.vm;
	EXPECT_EQ(0, ioctl(self->gpu.fd, DRM_IOCTL_XE_VM_QUERY_MEM_RANGE_ATTRS, &query));
	EXPECT_EQ(64, query.sizeof_mem_range_attr);
	query.start = gpu_va_size(&self->gpu) | (uintptr_t)self->area;
	query.sizeof_mem_range_attr = 0;
	query.num_mem_ranges = 0;
	EXPECT_EQ(-1, ioctl(self->gpu.fd, DRM_IOCTL_XE_VM_QUERY_MEM_RANGE_ATTRS, &query));
	EXPECT_EQ(EINVAL, errno);
	query.start = 0;
	EXPECT_EQ(0, ioctl(self->gpu.fd, DRM_IOCTL_XE_VM_QUERY_MEM_RANGE_ATTRS, &query));
	/* Its own answer, but without room */
	EXPECT_EQ(-1, ioctl(self->gpu.fd, DRM_IOCTL_XE_VM_QUERY_MEM_RANGE_ATTRS, &query));
	EXPECT_EQ(EINVAL, errno);
	query.vector_of_mem_attr = 8;
	EXPECT_EQ(-1, ioctl(self->gpu.fd, DRM_IOCTL_XE_VM_QUERY_MEM_RANGE_ATTRS, &query));
	EXPECT_EQ(EFAULT, errno);
	query.sizeof_mem_range_attr = 63;
	EXPECT_EQ(-1, ioctl(self->gpu.fd, DRM_IOCTL_XE_VM_QUERY_MEM_RANGE_ATTRS, &query));
	EXPECT_EQ(EINVAL, errno);
	close(null);
}

/* A NULL mapping has no memory that the CPU caches. */
TEST_F_TIMEOUT(advice, null_mapping, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op op = {
		.op = DRM_XE_VM_BIND_OP_MAP,
		.flags = DRM_XE_VM_BIND_FLAG_NULL,
		.pat_index = GPU_PAT_WB,
		.addr = GPU_USERPTR_ADDR,
		.range = SZ_64K,
	};

	ASSERT_EQ(0, gpu_bind_ops(&self->gpu, &op, 1));
	EXPECT_EQ(0, advise_pat(&self->gpu, GPU_USERPTR, SZ_64K, GPU_PAT_INCOHERENT));
	EXPECT_EQ(GPU_PAT_INCOHERENT, at(self, GPU_USERPTR).pat_index.val);
}

/* Sixty-four GiB of advice are one piece, as is advice given in many steps. */
TEST_F_TIMEOUT(advice, much_memory, GPU_TEST_TIMEOUT)
{
	char *far = (char *)(1ULL << 44);
	unsigned int i;

	ASSERT_EQ(0, advise_atomic(&self->gpu, far, 64 * SZ_1G, DRM_XE_ATOMIC_CPU));
	EXPECT_EQ(1, advice_query(&self->gpu, far, 64 * SZ_1G, NULL, 0));
	for (i = 0; i < 1000; i++)
		ASSERT_EQ(0, advise_pat(&self->gpu, far + i * SZ_4K, SZ_4K, 1));
	EXPECT_EQ(2, advice_query(&self->gpu, far, 64 * SZ_1G, NULL, 0));
	ASSERT_EQ(0, advise_atomic(&self->gpu, far, 64 * SZ_1G, DRM_XE_ATOMIC_UNDEFINED));
	for (i = 0; i < 1000; i += 2)
		ASSERT_EQ(0, advise_pat(&self->gpu, far + i * SZ_4K, SZ_4K, GPU_PAT_WB));
	EXPECT_EQ(1001, advice_query(&self->gpu, far, 64 * SZ_1G, NULL, 0));
}

/* A range has both of its ends in the answer, however many steps it was advised in. */
TEST_F_TIMEOUT(advice, many_pieces, GPU_TEST_TIMEOUT)
{
	char *far = (char *)(1ULL << 44);
	struct drm_xe_mem_range_attr attr = {};
	unsigned int i;

	for (i = 0; i < MANY; i++)
		ASSERT_EQ(0, advise_pat(&self->gpu, far + i * SZ_4K, SZ_4K, 1));
	for (i = 0; i < MANY; i += MANY / 3) {
		ASSERT_EQ(1, advice_query(&self->gpu, far + i * SZ_4K, SZ_4K, &attr, 1));
		EXPECT_EQ((uintptr_t)far, attr.start);
		EXPECT_EQ((uintptr_t)far + MANY * SZ_4K, attr.end);
		EXPECT_EQ(1, attr.pat_index.val);
	}

	for (i = 0; i < MANY; i += 2)
		ASSERT_EQ(0, advise_pat(&self->gpu, far + i * SZ_4K, SZ_4K, GPU_PAT_WB));
	EXPECT_EQ(MANY, advice_query(&self->gpu, far, MANY * SZ_4K, NULL, 0));
	ASSERT_EQ(0, advise_atomic(&self->gpu, far, MANY * SZ_4K, DRM_XE_ATOMIC_CPU));
	EXPECT_EQ(MANY, advice_query(&self->gpu, far, MANY * SZ_4K, NULL, 0));
	EXPECT_EQ(DRM_XE_ATOMIC_CPU, atomic_at(self, far + (MANY - 1) * SZ_4K));

	/* From the second page on, bound again */
	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, (uintptr_t)far + SZ_4K, MANY * SZ_4K,
				     variant->autoreset ?
				     DRM_XE_VM_BIND_FLAG_MADVISE_AUTORESET : 0));
	EXPECT_EQ(DRM_XE_ATOMIC_CPU, atomic_at(self, far));
	EXPECT_EQ(0, atomic_at(self, far + SZ_4K));
	EXPECT_EQ(1, advice_query(&self->gpu, far + SZ_4K, MANY * SZ_4K, &attr, 1));
	EXPECT_EQ((uintptr_t)far + SZ_4K, attr.start);
	EXPECT_EQ((uintptr_t)far + (MANY + 1) * SZ_4K, attr.end);
}

struct splitter {
	struct gpu *gpu;
	char *addr;
	volatile bool stop;
};

static void *split_and_join(void *arg)
{
	struct splitter *splitter = arg;
	intptr_t err = 0;

	while (!err && !splitter->stop) {
		err = advise_pat(splitter->gpu, splitter->addr + SZ_4K, SZ_4K, 1);
		if (!err)
			err = advise_pat(splitter->gpu, splitter->addr + SZ_4K, SZ_4K,
					 GPU_PAT_WB);
	}
	return (void *)err;
}

/* Ranges come and go while they are counted; there is room for all of them. */
TEST_F_TIMEOUT(advice, query_beside_advice, GPU_TEST_TIMEOUT)
{
	struct splitter splitter = { .gpu = &self->gpu, .addr = self->area };
	struct drm_xe_mem_range_attr attrs[ATTRS];
	int least = ATTRS, most = 0, nr;
	pthread_t thread;
	unsigned int i;
	void *result;

	ASSERT_EQ(0, advise_pat(&self->gpu, self->area, SIZE, GPU_PAT_WB));
	ASSERT_EQ(0, pthread_create(&thread, NULL, split_and_join, &splitter));
	for (i = 0; i < QUERIES; i++) {
		nr = advice_query(&self->gpu, self->area, SIZE, attrs, ATTRS);
		least = nr < least ? nr : least;
		most = nr > most ? nr : most;
	}
	splitter.stop = true;
	ASSERT_EQ(0, pthread_join(thread, &result));
	EXPECT_EQ(0, (intptr_t)result);
	EXPECT_EQ(1, least);
	EXPECT_EQ(3, most);
}

TEST_HARNESS_MAIN
