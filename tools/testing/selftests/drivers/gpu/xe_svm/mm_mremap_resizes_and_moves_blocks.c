// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): after mremap() of areas that span blocks (grown, shrunk, moved
 * whole by page tables, moved in part, moved to another offset in a block) the
 * GPU has the same view as the CPU.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define SIZE	(2 * SZ_2M)
#define STEPS	32
#define STEP	(SIZE / STEPS)

FIXTURE(moved)
{
	struct gpu gpu;
	struct gpu_queue queue;
	char *area;
};

FIXTURE_VARIANT(moved)
{
	int advice;
};

FIXTURE_VARIANT_ADD(moved, small_pages) { .advice = MADV_NOHUGEPAGE, };
FIXTURE_VARIANT_ADD(moved, huge_pages) { .advice = MADV_HUGEPAGE, };

static uint32_t *word(char *area, unsigned int i)
{
	return (uint32_t *)(area + i * STEP);
}

FIXTURE_SETUP(moved)
{
	unsigned int i;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->area = memory_map(SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	ASSERT_NE(NULL, self->area);
	ASSERT_EQ(0, madvise(self->area, SIZE, variant->advice));
	for (i = 0; i < STEPS; i++)
		gpu_batch_store(&self->queue, word(self->area, i), 0x3e3a0000 + i);
	ASSERT_EQ(0, gpu_run(&self->queue));
}

FIXTURE_TEARDOWN(moved)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* Words [first, STEPS) are at @area; counted up by the GPU so that writing shows, too. */
static void is_at(struct __test_metadata *_metadata, struct gpu_queue *queue, char *area,
		  unsigned int first, unsigned int end)
{
	unsigned int i;

	for (i = first; i < end; i++)
		gpu_batch_increment(queue, word(area, i));
	ASSERT_EQ(0, gpu_run(queue));
	for (i = first; i < end; i++)
		EXPECT_EQ(0x3e3a0000 + i + 1, *word(area, i))
			TH_LOG("word %u", i);
}

TEST_F_TIMEOUT(moved, whole, GPU_TEST_TIMEOUT)
{
	char *to = memory_anonymous(SIZE);
	uint32_t value;

	ASSERT_NE(NULL, to);
	ASSERT_EQ(to, mremap(self->area, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, to));
	is_at(_metadata, &self->queue, to, 0, STEPS);
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, word(self->area, 1), &value));
}

TEST_F_TIMEOUT(moved, to_another_offset, GPU_TEST_TIMEOUT)
{
	char *to = memory_anonymous(SIZE + SZ_2M);

	ASSERT_NE(NULL, to);
	to += 3 * SZ_4K;
	ASSERT_EQ(to, mremap(self->area, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, to));
	is_at(_metadata, &self->queue, to, 0, STEPS);
}

TEST_F_TIMEOUT(moved, half, GPU_TEST_TIMEOUT)
{
	char *to = memory_anonymous(SIZE);
	uint32_t value;

	ASSERT_NE(NULL, to);
	ASSERT_EQ(to + SIZE / 4, mremap(self->area + SIZE / 4, SIZE / 2, SIZE / 2,
					MREMAP_MAYMOVE | MREMAP_FIXED, to + SIZE / 4));
	is_at(_metadata, &self->queue, to, STEPS / 4, 3 * STEPS / 4);
	is_at(_metadata, &self->queue, self->area, 0, STEPS / 4);
	is_at(_metadata, &self->queue, self->area, 3 * STEPS / 4, STEPS);
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, word(self->area, STEPS / 2), &value));
}

TEST_F_TIMEOUT(moved, shrunk, GPU_TEST_TIMEOUT)
{
	uint32_t value;

	ASSERT_EQ(self->area, mremap(self->area, SIZE, SIZE / 4, 0));
	is_at(_metadata, &self->queue, self->area, 0, STEPS / 4);
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, word(self->area, STEPS / 4), &value));
}

TEST_F_TIMEOUT(moved, grown, GPU_TEST_TIMEOUT)
{
	char *to = mremap(self->area, SIZE, 2 * SIZE, MREMAP_MAYMOVE);
	uint32_t value = 1;

	ASSERT_NE(MAP_FAILED, to);
	is_at(_metadata, &self->queue, to, 0, STEPS);
	EXPECT_EQ(0, gpu_read(&self->queue, to + SIZE, &value));
	EXPECT_EQ(0, value);
	EXPECT_EQ(0, gpu_write(&self->queue, to + 2 * SIZE - SZ_4K, 7));
	EXPECT_EQ(7, *(uint32_t *)(to + 2 * SIZE - SZ_4K));
}

TEST_HARNESS_MAIN
