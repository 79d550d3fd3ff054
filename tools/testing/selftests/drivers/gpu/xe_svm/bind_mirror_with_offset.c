// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C7, C8): with xe.svm_offset=1 a mirror may have an offset: a GPU address
 * refers to the CPU address that is higher by the offset. Memory that is
 * mirrored several times is the same at all of its GPU addresses, and a change
 * of the CPU's mapping reaches them all. A bind that replaces a mirror finds no
 * page of the old one.
 *
 * The sibling without the parameter is bind_arguments_refused.
 *
 * Boot: xe.svm_offset=1
 * Desktop: harmless
 */
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/advice.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"

/* Nothing of the CPU is there, and it begins a window of mirrors without an offset */
#define FAR		(1ULL << 46)
#define SIZE		(4 * SZ_2M)
#define VALUE		0x0ff50000
#define CHILD_SECONDS	60

#define OFFSETS_ON	DRM_XE_QUERY_CONFIG_FLAG_HAS_CPU_ADDR_MIRROR_OFFSET

FIXTURE(offset)
{
	struct gpu gpu;
	struct gpu_queue queue;
	/* Mirrored without an offset, too */
	char *area;
};

static void offset_open(struct __test_metadata *_metadata, struct gpu *gpu)
{
	char value[32];

	mirror_open(_metadata, gpu);
	if (_metadata->exit_code)
		return;
	ASSERT_EQ(0, xe_parameter_get("svm_offset", value, sizeof(value)));
	if (strcmp(value, "Y"))
		SKIP(return, "mirrors have no offsets: boot with xe.svm_offset=1");
	ASSERT_TRUE(gpu->config_flags & OFFSETS_ON);
}

FIXTURE_SETUP(offset)
{
	offset_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->area = memory_anonymous(SIZE);
	ASSERT_NE(NULL, self->area);
	madvise(self->area, SIZE, MADV_NOHUGEPAGE);
}

FIXTURE_TEARDOWN(offset)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static void *far(uint64_t at)
{
	return (void *)(FAR + at);
}

static struct drm_xe_vm_bind_op op_offset(uint64_t addr, const void *memory, uint64_t range)
{
	struct drm_xe_vm_bind_op op = gpu_op_mirror(addr, range);

	op.cpu_addr_mirror_offset = (uintptr_t)memory - addr;
	return op;
}

/* Mirror @memory at FAR + @at. */
static int bind_far(struct gpu *gpu, uint64_t at, const void *memory, uint64_t range)
{
	struct drm_xe_vm_bind_op op = op_offset(FAR + at, memory, range);

	return gpu_bind_ops(gpu, &op, 1);
}

static uint32_t word_at(const char *memory, uint64_t at)
{
	return *(volatile const uint32_t *)(memory + at);
}

/* The queue has ended and begins again. */
static void expect_refused(struct __test_metadata *_metadata, FIXTURE_DATA(offset) *self,
			   void *addr)
{
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, addr, 0xbad))
		TH_LOG("at %p", addr);
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
}

TEST_F_TIMEOUT(offset, same_memory, GPU_TEST_TIMEOUT)
{
	uint64_t at = SZ_2M + 5 * SZ_4K + 4;
	uint32_t value = 0;
	int64_t before;

	ASSERT_EQ(0, bind_far(&self->gpu, 0, self->area, SIZE));
	ASSERT_EQ(0, gpu_write(&self->queue, self->area + at, VALUE));
	before = gpu_faults(&self->gpu);
	EXPECT_EQ(0, gpu_increment(&self->queue, far(at)));
	EXPECT_LT(before, gpu_faults(&self->gpu));
	EXPECT_EQ(VALUE + 1, word_at(self->area, at));
	EXPECT_EQ(0, gpu_increment(&self->queue, self->area + at));
	*(volatile uint32_t *)(self->area + at) += 1;
	EXPECT_EQ(0, gpu_read(&self->queue, far(at), &value));
	EXPECT_EQ(VALUE + 3, value);
}

/* Blocks of one window, each with an offset of its own, and one twice */
TEST_F_TIMEOUT(offset, several_side_by_side, GPU_TEST_TIMEOUT)
{
	static const unsigned int order[] = { 2, 0, 3, 1, 2 };
	struct drm_xe_vm_bind_op ops[ARRAY_SIZE(order)];
	unsigned int i;
	int64_t before;

	for (i = 0; i < ARRAY_SIZE(order); i++)
		ops[i] = op_offset(FAR + i * SZ_2M, self->area + order[i] * SZ_2M, SZ_2M);
	ASSERT_EQ(0, gpu_bind_ops(&self->gpu, ops, ARRAY_SIZE(order)));
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		EXPECT_EQ(0, gpu_write(&self->queue, far(i * SZ_2M), VALUE + i));
		EXPECT_EQ(VALUE + i, word_at(self->area, order[i] * SZ_2M));
	}

	ASSERT_EQ(0, munmap(self->area + 3 * SZ_2M, SZ_2M));
	before = gpu_faults(&self->gpu);
	for (i = 0; i < ARRAY_SIZE(order); i++)
		if (order[i] != 3)
			EXPECT_EQ(0, gpu_write(&self->queue, far(i * SZ_2M), VALUE));
	EXPECT_EQ(before, gpu_faults(&self->gpu))
		TH_LOG("other blocks were unmapped, too");
	expect_refused(_metadata, self, far(2 * SZ_2M));
}

TEST_F_TIMEOUT(offset, unmapped_memory_is_gone, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(0, bind_far(&self->gpu, 0, self->area, SIZE));
	ASSERT_EQ(0, gpu_write(&self->queue, self->area, VALUE));
	ASSERT_EQ(0, gpu_write(&self->queue, far(0), VALUE));
	ASSERT_EQ(0, gpu_write(&self->queue, far(SZ_4K), VALUE));
	ASSERT_EQ(0, munmap(self->area, SZ_4K));
	expect_refused(_metadata, self, far(0));
	expect_refused(_metadata, self, self->area);
	EXPECT_EQ(0, gpu_increment(&self->queue, far(SZ_4K)));
	EXPECT_EQ(VALUE + 1, word_at(self->area, SZ_4K));
}

TEST_F_TIMEOUT(offset, protection_holds, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0;

	ASSERT_EQ(0, bind_far(&self->gpu, 0, self->area, SIZE));
	ASSERT_EQ(0, gpu_write(&self->queue, self->area, VALUE));
	ASSERT_EQ(0, gpu_write(&self->queue, far(0), VALUE));
	ASSERT_EQ(0, mprotect(self->area, SZ_4K, PROT_READ));
	EXPECT_EQ(0, gpu_read(&self->queue, far(0), &value));
	EXPECT_EQ(VALUE, value);
	expect_refused(_metadata, self, far(0));
	expect_refused(_metadata, self, self->area);
	EXPECT_EQ(VALUE, word_at(self->area, 0));
}

/* Parent and child have separate memory, whichever address the GPU uses */
TEST_F_TIMEOUT(offset, child_has_its_own, GPU_TEST_TIMEOUT)
{
	int go[2], status = -1;
	char token;
	pid_t child;

	ASSERT_EQ(0, bind_far(&self->gpu, 0, self->area, SIZE));
	ASSERT_EQ(0, gpu_write(&self->queue, far(0), VALUE));
	ASSERT_EQ(0, pipe(go));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		alarm(CHILD_SECONDS);
		close(go[1]);
		_exit(read(go[0], &token, 1) == 1 && word_at(self->area, 0) == VALUE ? 0 : 1);
	}
	EXPECT_EQ(0, gpu_write(&self->queue, far(0), VALUE + 1));
	EXPECT_EQ(VALUE + 1, word_at(self->area, 0));
	EXPECT_EQ(1, write(go[1], "g", 1));
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F_TIMEOUT(offset, moved_memory_is_elsewhere, GPU_TEST_TIMEOUT)
{
	char *to = memory_anonymous(SZ_2M);
	uint32_t value = 0;

	ASSERT_NE(NULL, to);
	ASSERT_EQ(0, bind_far(&self->gpu, 0, self->area, SIZE));
	ASSERT_EQ(0, bind_far(&self->gpu, SIZE, to, SZ_2M));
	ASSERT_EQ(0, gpu_write(&self->queue, far(0), VALUE));
	ASSERT_EQ(0, gpu_write(&self->queue, far(SIZE), VALUE + 1));
	ASSERT_EQ(to, mremap(self->area, SZ_2M, SZ_2M, MREMAP_MAYMOVE | MREMAP_FIXED, to));
	EXPECT_EQ(0, gpu_read(&self->queue, far(SIZE), &value));
	EXPECT_EQ(VALUE, value);
	expect_refused(_metadata, self, far(0));
}

/* More than one window: as few flushes as without an offset */
TEST_F_TIMEOUT(offset, unmapped_together, GPU_TEST_TIMEOUT)
{
	const unsigned int blocks = 40;
	char *many = memory_anonymous(blocks * SZ_2M);
	uint64_t before = 0, after = 0;
	unsigned int i;

	ASSERT_NE(NULL, many);
	madvise(many, blocks * SZ_2M, MADV_NOHUGEPAGE);
	ASSERT_EQ(0, bind_far(&self->gpu, 0, many, blocks * SZ_2M));
	/* Another offset in their midst, which stays */
	ASSERT_EQ(0, bind_far(&self->gpu, 7 * SZ_2M, self->area, SZ_2M));
	for (i = 0; i < blocks; i++)
		ASSERT_EQ(0, gpu_write(&self->queue, far(i * SZ_2M), VALUE + i));
	ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_invalidation_count", &before));
	ASSERT_EQ(0, munmap(many, blocks * SZ_2M));
	ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_invalidation_count", &after));
	EXPECT_LT(before, after);
	EXPECT_GE(before + 10, after)
		TH_LOG("each window was flushed alone");
	before = gpu_faults(&self->gpu);
	EXPECT_EQ(0, gpu_increment(&self->queue, far(7 * SZ_2M)));
	EXPECT_EQ(before, gpu_faults(&self->gpu))
		TH_LOG("a mirror with another offset was unmapped, too");
	EXPECT_EQ(VALUE + 8, word_at(self->area, 0));
	expect_refused(_metadata, self, far(8 * SZ_2M));
}

TEST_F_TIMEOUT(offset, huge_page, GPU_TEST_TIMEOUT)
{
	uint64_t pages = 0, clusters = 0, value = 0;

	if (madvise(self->area, SZ_2M, MADV_HUGEPAGE))
		SKIP(return, "no huge pages");
	memset(self->area, 1, SZ_2M);
	if (memory_smaps(self->area, "AnonHugePages") != SZ_2M)
		SKIP(return, "the kernel gave no huge page");
	ASSERT_EQ(0, bind_far(&self->gpu, SZ_2M, self->area, SZ_2M));
	ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_mapped_page_count", &pages));
	ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_cluster_count", &clusters));
	EXPECT_EQ(0, gpu_write(&self->queue, far(SZ_2M + 7 * SZ_4K), VALUE));
	EXPECT_EQ(0, gpu_write(&self->queue, far(2 * SZ_2M - 4), VALUE + 1));
	EXPECT_EQ(VALUE, word_at(self->area, 7 * SZ_4K));
	EXPECT_EQ(VALUE + 1, word_at(self->area, SZ_2M - 4));
	EXPECT_EQ(0, gpu_stat(&self->gpu, "svm_mapped_page_count", &value));
	EXPECT_EQ(pages + SZ_2M / SZ_4K, value);
	EXPECT_EQ(0, gpu_stat(&self->gpu, "svm_cluster_count", &value));
	EXPECT_EQ(clusters, value)
		TH_LOG("mapped by entries of 4 KiB");

	ASSERT_EQ(0, munmap(self->area + SZ_4K, SZ_4K));
	EXPECT_EQ(0, gpu_increment(&self->queue, far(SZ_2M + 7 * SZ_4K)));
	EXPECT_EQ(VALUE + 1, word_at(self->area, 7 * SZ_4K));
	expect_refused(_metadata, self, far(SZ_2M + SZ_4K));
}

/* With pages mapped: a part of it is refused, all of it is replaced */
TEST_F_TIMEOUT(offset, replaced_as_a_whole, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op op;
	char *other = memory_anonymous(SIZE);
	unsigned int i;
	uint32_t bo;

	ASSERT_NE(NULL, other);
	ASSERT_EQ(0, bind_far(&self->gpu, 0, self->area, SIZE));
	ASSERT_EQ(0, gpu_write(&self->queue, far(0), VALUE));
	ASSERT_EQ(0, gpu_bo_create(&self->gpu, SZ_2M, &bo));
	op = gpu_op_bo(bo, FAR, SZ_2M);
	EXPECT_EQ(-EBUSY, gpu_bind_ops(&self->gpu, &op, 1));
	EXPECT_EQ(-EBUSY, gpu_unbind(&self->gpu, FAR, SZ_2M));
	EXPECT_EQ(-EBUSY, gpu_unbind(&self->gpu, FAR, SIZE));
	EXPECT_EQ(-EBUSY, bind_far(&self->gpu, 0, other, SZ_2M));
	EXPECT_EQ(-EBUSY, gpu_bind_mirror(&self->gpu, FAR, SZ_2M, 0));

	for (i = 1; i < 6; i++) {
		char *now = i % 2 ? other : self->area;

		ASSERT_EQ(0, bind_far(&self->gpu, 0, now, SIZE));
		EXPECT_EQ(0, gpu_write(&self->queue, far(0), VALUE + i));
		EXPECT_EQ(VALUE + i, word_at(now, 0));
	}
	EXPECT_EQ(VALUE + 4, word_at(self->area, 0));
	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, FAR, SIZE, 0));
	expect_refused(_metadata, self, far(0));

	/* Nothing is mapped any more */
	EXPECT_EQ(0, gpu_bind_ops(&self->gpu, &op, 1));
	EXPECT_EQ(0, gpu_write(&self->queue, far(0), VALUE));
	EXPECT_EQ(0, bind_far(&self->gpu, 0, other, SIZE));
	EXPECT_EQ(0, gpu_increment(&self->queue, far(0)));
	EXPECT_EQ(VALUE + 6, word_at(other, 0));
	gpu_bo_destroy(&self->gpu, bo);
}

/* Without an event of the CPU: the mirror alone decides */
TEST_F_TIMEOUT(offset, replaced_after_an_unbind, GPU_TEST_TIMEOUT)
{
	char *other = memory_anonymous(SZ_2M);
	unsigned int i;

	ASSERT_NE(NULL, other);
	for (i = 0; i < 6; i++) {
		char *now = i % 2 ? other : self->area;

		ASSERT_EQ(0, bind_far(&self->gpu, 0, now, SZ_2M));
		EXPECT_EQ(0, gpu_write(&self->queue, far(i * SZ_4K), VALUE + i));
		EXPECT_EQ(VALUE + i, word_at(now, i * SZ_4K));
		ASSERT_EQ(0, madvise(now, SZ_2M, MADV_DONTNEED));
		/* In two parts, neither of which is a whole block */
		EXPECT_EQ(0, gpu_unbind(&self->gpu, FAR, SZ_64K));
		EXPECT_EQ(0, gpu_unbind(&self->gpu, FAR + SZ_64K, SZ_2M - SZ_64K));
	}
}

/* What is left on both sides keeps its addresses; a mirror without offset fills the hole. */
TEST_F_TIMEOUT(offset, middle_unbound, GPU_TEST_TIMEOUT)
{
	static const uint64_t kept[] = { 0, SZ_2M, SZ_2M + 2 * SZ_4K, SZ_2M + 511 * SZ_4K,
					 3 * SZ_2M + SZ_4K };
	const uint64_t hole = SZ_2M + SZ_4K;
	unsigned int i, round;
	int64_t before;
	char *inside;

	ASSERT_EQ(0, bind_far(&self->gpu, 0, self->area, SIZE));
	ASSERT_EQ(0, gpu_unbind(&self->gpu, FAR + hole, SZ_4K));
	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		EXPECT_EQ(0, gpu_write(&self->queue, far(kept[i]), VALUE + i));
		EXPECT_EQ(VALUE + i, word_at(self->area, kept[i]));
	}
	expect_refused(_metadata, self, far(hole));

	for (round = 0; round < 3; round++) {
		inside = mmap(far(hole), SZ_4K, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		ASSERT_EQ(far(hole), inside);
		ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, FAR + hole, SZ_4K, 0));
		EXPECT_EQ(0, gpu_write(&self->queue, inside, VALUE + 0x100));
		EXPECT_EQ(VALUE + 0x100, word_at(inside, 0));
		ASSERT_EQ(0, munmap(inside, SZ_4K));
		before = gpu_faults(&self->gpu);
		for (i = 0; i < ARRAY_SIZE(kept); i++)
			EXPECT_EQ(0, gpu_increment(&self->queue, far(kept[i])));
		EXPECT_EQ(before, gpu_faults(&self->gpu))
			TH_LOG("the event in the hole unmapped pages beside it");
		expect_refused(_metadata, self, far(hole));
		/* The reaper has been there */
		clock_sleep_ms(300);
	}
	for (i = 0; i < ARRAY_SIZE(kept); i++)
		EXPECT_EQ(VALUE + i + 3, word_at(self->area, kept[i]));
	EXPECT_EQ(0, word_at(self->area, hole));

	/* All of it again, and the block in one piece */
	ASSERT_EQ(0, bind_far(&self->gpu, 0, self->area, SIZE));
	EXPECT_EQ(0, gpu_write(&self->queue, far(hole), VALUE));
	EXPECT_EQ(VALUE, word_at(self->area, hole));
}

/* Neighbours merge if CPU addresses continue, too. */
TEST_F_TIMEOUT(offset, neighbours_merge, GPU_TEST_TIMEOUT)
{
	struct drm_xe_mem_range_attr attrs[4];

	ASSERT_EQ(0, bind_far(&self->gpu, 0, self->area, SZ_2M));
	ASSERT_EQ(0, bind_far(&self->gpu, 2 * SZ_2M, self->area + 2 * SZ_2M, SZ_2M));
	ASSERT_EQ(0, bind_far(&self->gpu, SZ_2M, self->area + 3 * SZ_2M, SZ_2M));
	EXPECT_EQ(3, advice_query(&self->gpu, far(0), 3 * SZ_2M, attrs, 4));
	ASSERT_EQ(0, bind_far(&self->gpu, SZ_2M, self->area + SZ_2M, SZ_2M));
	EXPECT_EQ(1, advice_query(&self->gpu, far(0), 3 * SZ_2M, attrs, 4));
	EXPECT_EQ(FAR, attrs[0].start);
	EXPECT_EQ(FAR + 3 * SZ_2M, attrs[0].end);
	EXPECT_EQ(0, gpu_write(&self->queue, far(2 * SZ_2M + 4), VALUE));
	EXPECT_EQ(VALUE, word_at(self->area, 2 * SZ_2M + 4));
}

TEST_F_TIMEOUT(offset, prefetched, GPU_TEST_TIMEOUT)
{
	unsigned int page;
	int64_t before;

	/* One block is not there, in the middle */
	ASSERT_EQ(0, munmap(self->area + SZ_2M, SZ_2M));
	ASSERT_EQ(0, bind_far(&self->gpu, 0, self->area, SIZE));
	ASSERT_EQ(0, memory_smaps(self->area, "Rss"));
	ASSERT_EQ(0, gpu_prefetch(&self->gpu, far(SZ_4K), SIZE - SZ_4K));
	EXPECT_EQ(SZ_2M - SZ_4K, memory_smaps(self->area, "Rss"));
	EXPECT_EQ(SIZE - 2 * SZ_2M, memory_smaps(self->area + 2 * SZ_2M, "Rss"));
	before = gpu_faults(&self->gpu);
	for (page = 1; page < 512; page += 102) {
		EXPECT_EQ(0, gpu_write(&self->queue, far(page * SZ_4K), VALUE + page));
		EXPECT_EQ(VALUE + page, word_at(self->area, page * SZ_4K));
	}
	EXPECT_EQ(0, gpu_write(&self->queue, far(SIZE - 4), VALUE));
	EXPECT_EQ(before, gpu_faults(&self->gpu));
	EXPECT_EQ(VALUE, word_at(self->area, SIZE - 4));
}

/* Stores to each page of a block. Return: faults, or an error. */
static int64_t store_in_order(FIXTURE_DATA(offset) *self, unsigned int block)
{
	int64_t before = gpu_faults(&self->gpu);
	unsigned int page;
	int err;

	for (page = 0; page < 512; page++) {
		gpu_batch_store(&self->queue, far(block * SZ_2M + page * SZ_4K), page + 1);
		if (page % 64 != 63)
			continue;
		err = gpu_run(&self->queue);
		if (err)
			return err;
	}
	return gpu_faults(&self->gpu) - before;
}

/* Fresh memory in order, over the end of a block, which is one of a window */
TEST_F_TIMEOUT(offset, readahead, GPU_TEST_TIMEOUT)
{
	unsigned int page, wrong = 0;

	ASSERT_EQ(0, bind_far(&self->gpu, 0, self->area, SIZE));
	EXPECT_GE(8, store_in_order(self, 0));
	EXPECT_GE(2, store_in_order(self, 1))
		TH_LOG("the readahead began anew");
	for (page = 0; page < 1024; page++)
		wrong += word_at(self->area, page * SZ_4K) != page % 512 + 1;
	EXPECT_EQ(0, wrong);
}

/* Advice belongs to GPU addresses, and lives until the next bind. */
TEST_F_TIMEOUT(offset, advice_is_by_gpu_address, GPU_TEST_TIMEOUT)
{
	struct drm_xe_mem_range_attr attrs[4];

	ASSERT_EQ(0, bind_far(&self->gpu, 0, self->area, SIZE));
	ASSERT_EQ(0, gpu_write(&self->queue, far(SZ_2M), VALUE));
	ASSERT_EQ(0, advise_atomic(&self->gpu, far(SZ_2M), SZ_2M, DRM_XE_ATOMIC_CPU));
	EXPECT_EQ(3, advice_query(&self->gpu, far(0), SIZE, attrs, 4));
	EXPECT_EQ(1, advice_query(&self->gpu, self->area, SIZE, attrs, 4));
	EXPECT_EQ(0, gpu_write(&self->queue, far(SZ_2M), VALUE + 1));
	EXPECT_EQ(VALUE + 1, word_at(self->area, SZ_2M));
	EXPECT_EQ(REFUSED, gpu_increment(&self->queue, far(SZ_2M)));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	ASSERT_EQ(0, munmap(self->area, SIZE));
	EXPECT_EQ(3, advice_query(&self->gpu, far(0), SIZE, attrs, 4));
	ASSERT_EQ(0, bind_far(&self->gpu, 0, self->area, SIZE));
	EXPECT_EQ(1, advice_query(&self->gpu, far(0), SIZE, attrs, 4));
}

struct rebind {
	struct gpu gpu;
	const char *memory[2];
	volatile bool stop;
	unsigned int rounds;
	int err;
};

static void *rebind(void *arg)
{
	struct rebind *rebind = arg;

	while (!rebind->stop && !rebind->err) {
		rebind->err = bind_far(&rebind->gpu, 0, rebind->memory[++rebind->rounds % 2],
				       SZ_2M);
		/* Now and then with pages mapped, so that a service is under way, too */
		if (rebind->rounds % 3)
			usleep(rebind->rounds % 7 * 1000);
	}
	return NULL;
}

/* Each increment is in the one memory or in the other, and none is lost. */
TEST_F_TIMEOUT(offset, replaced_beside_faults, GPU_TEST_TIMEOUT)
{
	char *other = memory_anonymous(SZ_2M);
	struct rebind beside = { .memory = { self->area, other } };
	const unsigned int increments = 300;
	pthread_t thread;
	unsigned int i;
	int64_t before;

	ASSERT_NE(NULL, other);
	ASSERT_EQ(0, bind_far(&self->gpu, 0, self->area, SZ_2M));
	before = gpu_faults(&self->gpu);
	beside.gpu = self->gpu;
	ASSERT_EQ(0, pthread_create(&thread, NULL, rebind, &beside));
	for (i = 0; i < increments; i++) {
		EXPECT_EQ(0, gpu_increment(&self->queue, far(SZ_64K)));
		/* An event of the CPU at any time */
		if (i % 5 == 0)
			mprotect(self->area, SZ_4K, i % 2 ? PROT_READ : PROT_READ | PROT_WRITE);
	}
	beside.stop = true;
	pthread_join(thread, NULL);
	EXPECT_EQ(0, beside.err);
	EXPECT_LT(10, beside.rounds);
	EXPECT_LT(before + 10, gpu_faults(&self->gpu));
	EXPECT_EQ(increments, word_at(self->area, SZ_64K) + word_at(other, SZ_64K));

	/* No page of a mirror that was replaced is left */
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, bind_far(&self->gpu, 0, beside.memory[i], SZ_2M));
		EXPECT_EQ(0, gpu_write(&self->queue, far(SZ_64K), VALUE + i));
		EXPECT_EQ(VALUE + i, word_at(beside.memory[i], SZ_64K));
	}
}

FIXTURE(rule)
{
	struct gpu gpu;
};

/* The errno is 0 where it must work. */
FIXTURE_VARIANT(rule)
{
	int err;
	struct drm_xe_vm_bind_op op;
	/* Put a real buffer object into the op. */
	int with_bo;
	/* The offset is that for four-level page tables of the CPU. */
	int from_end;
};

/* A negative offset, to memory that need not be there; later fields win. */
#define OFFSET_OP(...) {						\
	.op = DRM_XE_VM_BIND_OP_MAP,					\
	.flags = DRM_XE_VM_BIND_FLAG_CPU_ADDR_MIRROR,			\
	.pat_index = GPU_PAT_WB,					\
	.addr = FAR,							\
	.range = SZ_2M,							\
	.cpu_addr_mirror_offset = -(int64_t)SZ_1G,			\
	__VA_ARGS__							\
}

#define RULE(name, error, ...)						\
FIXTURE_VARIANT_ADD(rule, name) { .err = error, .op = OFFSET_OP(__VA_ARGS__) }

#define END_RULE(name, error, ...)					\
FIXTURE_VARIANT_ADD(rule, name)						\
{									\
	.err = error, .op = OFFSET_OP(__VA_ARGS__), .from_end = 1,	\
}

#define MIRROR_FLAGS(more)	(DRM_XE_VM_BIND_FLAG_CPU_ADDR_MIRROR | (more))
/* Where the last whole block of CPU addresses ends: they end a page before a power of 2 */
#define CPU_END_OF(bits)	((1LL << (bits)) - (int64_t)SZ_2M)
#define CPU_END		CPU_END_OF(47)
#define GPU_END		(1LL << 48)
#define BELOW_ZERO	(-(int64_t)(FAR + SZ_2M))

#pragma GCC diagnostic ignored "-Woverride-init"

RULE(plain, 0);
RULE(none, 0, .cpu_addr_mirror_offset = 0);
RULE(positive, 0, .cpu_addr_mirror_offset = SZ_2M);
RULE(to_zero, 0, .cpu_addr_mirror_offset = -(int64_t)FAR);
RULE(from_zero, 0, .addr = 0, .cpu_addr_mirror_offset = SZ_2M);
END_RULE(to_the_end, 0, .addr = 0, .cpu_addr_mirror_offset = CPU_END - SZ_2M);
END_RULE(from_the_end, 0, .addr = GPU_END - SZ_2M, .cpu_addr_mirror_offset = CPU_END - GPU_END);
RULE(readonly, 0, .flags = MIRROR_FLAGS(DRM_XE_VM_BIND_FLAG_READONLY));

RULE(offset_page, -EINVAL, .cpu_addr_mirror_offset = SZ_4K);
RULE(offset_half, -EINVAL, .cpu_addr_mirror_offset = -(int64_t)SZ_2M / 2);
RULE(offset_odd, -EINVAL, .cpu_addr_mirror_offset = 1);
RULE(addr_page, -EINVAL, .addr = FAR + SZ_4K);
RULE(range_page, -EINVAL, .range = SZ_2M + SZ_4K);
RULE(range_small, -EINVAL, .range = SZ_4K);
RULE(range_zero, -EINVAL, .range = 0);
RULE(below_zero, -EINVAL, .cpu_addr_mirror_offset = BELOW_ZERO);
RULE(begins_below_zero, -EINVAL, .range = 2 * SZ_2M, .cpu_addr_mirror_offset = BELOW_ZERO);
RULE(smallest, -EINVAL, .cpu_addr_mirror_offset = INT64_MIN);
RULE(largest, -EINVAL, .cpu_addr_mirror_offset = INT64_MAX - (int64_t)SZ_2M + 1);
END_RULE(beyond_the_end, -EINVAL, .addr = 0, .cpu_addr_mirror_offset = CPU_END);
END_RULE(ends_beyond, -EINVAL, .addr = 0, .range = SZ_1G,
	 .cpu_addr_mirror_offset = CPU_END - SZ_2M);
RULE(far_beyond, -EINVAL, .cpu_addr_mirror_offset = 1LL << 60);
RULE(sum_wraps, -EINVAL, .addr = -(uint64_t)SZ_2M, .cpu_addr_mirror_offset = SZ_2M);
RULE(range_wraps, -EINVAL, .range = -(uint64_t)SZ_2M);
RULE(autoreset, -EINVAL, .flags = MIRROR_FLAGS(DRM_XE_VM_BIND_FLAG_MADVISE_AUTORESET));
RULE(null_too, -EINVAL, .flags = MIRROR_FLAGS(DRM_XE_VM_BIND_FLAG_NULL));
RULE(userptr, -EINVAL, .op = DRM_XE_VM_BIND_OP_MAP_USERPTR);
RULE(unmap, -EINVAL, .op = DRM_XE_VM_BIND_OP_UNMAP);
FIXTURE_VARIANT_ADD(rule, object) { .err = -EINVAL, .op = OFFSET_OP(), .with_bo = 1 };

FIXTURE_SETUP(rule)
{
	offset_open(_metadata, &self->gpu);
}

FIXTURE_TEARDOWN(rule)
{
	gpu_close(&self->gpu);
}

/* With five-level page tables it lies at 2^56, for those that ask for such addresses. */
static int64_t cpu_end(void)
{
	char *high = mmap((void *)(1UL << 55), SZ_4K, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	bool wide = high != MAP_FAILED && (uintptr_t)high >= 1UL << 47;

	munmap(high, SZ_4K);
	return wide ? CPU_END_OF(56) : CPU_END;
}

TEST_F_TIMEOUT(rule, holds, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op op = variant->op;

	if (variant->from_end)
		op.cpu_addr_mirror_offset += cpu_end() - CPU_END;
	if (variant->with_bo)
		ASSERT_EQ(0, gpu_bo_create(&self->gpu, SZ_2M, &op.obj));
	EXPECT_EQ(variant->err, gpu_bind_ops(&self->gpu, &op, 1));

	/* A refused bind leaves the address space as it was: nothing is bound. */
	EXPECT_EQ(variant->err ? 0 : 1, advice_query(&self->gpu, NULL, gpu_va_size(&self->gpu),
						     NULL, 0));
	EXPECT_EQ(0, gpu_bind_mirror_whole(&self->gpu));
	EXPECT_EQ(0, gpu_unbind(&self->gpu, 0, gpu_va_size(&self->gpu)));
}

TEST_HARNESS_MAIN
