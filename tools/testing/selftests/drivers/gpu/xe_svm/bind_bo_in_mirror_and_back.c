// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: the GPU accesses a buffer object that is bound into a mirror, and when
 * the mirror is bound over it again the GPU accesses the memory of the process
 * again.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define SIZE	SZ_64K

MIRROR_ON_EVERY_ENGINE();

/* The object's address range becomes ordinary memory of the process. */
static int replace_cpu_view(void *addr)
{
	void *p = mmap(addr, SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	return p == addr ? 0 : -errno;
}

static void memory_is_seen_again(struct __test_metadata *_metadata, struct gpu_queue *queue,
				 volatile uint32_t *word)
{
	int64_t before = gpu_faults(queue->gpu);
	uint32_t value = 1;

	EXPECT_EQ(0, gpu_read(queue, word, &value));
	EXPECT_EQ(0, value)
		TH_LOG("the buffer object is still there");
	EXPECT_EQ(0, gpu_write(queue, word, 0xb0b00002));
	EXPECT_EQ(0xb0b00002, *word);
	EXPECT_LT(before, gpu_faults(queue->gpu));
}

TEST_F_TIMEOUT(mirror, object_is_seen, GPU_TEST_TIMEOUT)
{
	int64_t before = gpu_faults(&self->gpu);
	volatile uint32_t *word;
	uint32_t bo, value = 0;
	void *addr;

	ASSERT_EQ(0, gpu_bo_place(&self->gpu, SIZE, &bo, &addr));
	word = addr;
	word[0] = 0xb0b00001;
	EXPECT_EQ(0, gpu_read(&self->queue, &word[0], &value));
	EXPECT_EQ(0xb0b00001, value);
	EXPECT_EQ(0, gpu_write(&self->queue, &word[1], 0xb0b00003));
	EXPECT_EQ(0xb0b00003, word[1]);
	EXPECT_EQ(before, gpu_faults(&self->gpu))
		TH_LOG("faults of an object are no faults of the mirror");
}

/* The array of the compute runtime to free an object's address. */
TEST_F_TIMEOUT(mirror, unmap_and_mirror_in_one_array, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op ops[2];
	volatile uint32_t *word;
	void *addr;
	uint32_t bo;

	ASSERT_EQ(0, gpu_bo_place(&self->gpu, SIZE, &bo, &addr));
	word = addr;
	ASSERT_EQ(0, gpu_write(&self->queue, word, 0xb0b00001));
	ASSERT_EQ(0xb0b00001, *word);

	ASSERT_EQ(0, replace_cpu_view(addr));
	ops[0] = gpu_op_unmap((uintptr_t)addr, SIZE);
	ops[1] = gpu_op_mirror((uintptr_t)addr, SIZE);
	ASSERT_EQ(0, gpu_bind_ops(&self->gpu, ops, 2));
	gpu_bo_destroy(&self->gpu, bo);
	memory_is_seen_again(_metadata, &self->queue, word);
}

TEST_F_TIMEOUT(mirror, mirror_straight_over_object, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word;
	void *addr;
	uint32_t bo;

	ASSERT_EQ(0, gpu_bo_place(&self->gpu, SIZE, &bo, &addr));
	word = addr;
	ASSERT_EQ(0, gpu_write(&self->queue, word, 0xb0b00001));

	ASSERT_EQ(0, replace_cpu_view(addr));
	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, (uintptr_t)addr, SIZE, 0));
	memory_is_seen_again(_metadata, &self->queue, word);
	gpu_bo_destroy(&self->gpu, bo);
}

/* The sibling: without the mirror bound back there is nothing to see. */
TEST_F_TIMEOUT(mirror, err_unmap_alone_leaves_a_hole, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word;
	void *addr;
	uint32_t bo;

	ASSERT_EQ(0, gpu_bo_place(&self->gpu, SIZE, &bo, &addr));
	word = addr;
	ASSERT_EQ(0, gpu_write(&self->queue, word, 0xb0b00001));
	ASSERT_EQ(0, replace_cpu_view(addr));
	ASSERT_EQ(0, gpu_unbind(&self->gpu, (uintptr_t)addr, SIZE));
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, word, 0xb0b00004));
	EXPECT_EQ(0, *word);
	gpu_bo_destroy(&self->gpu, bo);
}

/* Many holes, closed in another order: the mirror around them stays whole. */
TEST_F_TIMEOUT(mirror, many_holes, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *memory = memory_anonymous(SZ_4K);
	uint32_t bo[16];
	void *addr[16];
	unsigned int i, j;

	ASSERT_NE(NULL, memory);
	for (i = 0; i < 16; i++) {
		ASSERT_EQ(0, gpu_bo_place(&self->gpu, SIZE, &bo[i], &addr[i]));
		ASSERT_EQ(0, gpu_write(&self->queue, addr[i], i));
	}
	for (i = 0; i < 16; i++) {
		j = (i * 7) % 16;
		ASSERT_EQ(0, replace_cpu_view(addr[j]));
		ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, (uintptr_t)addr[j], SIZE, 0));
		gpu_bo_destroy(&self->gpu, bo[j]);
		memory_is_seen_again(_metadata, &self->queue, addr[j]);
		EXPECT_EQ(0, gpu_write(&self->queue, memory, i));
		EXPECT_EQ(i, *memory);
	}
}

TEST_HARNESS_MAIN
