// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (P3): a GPU that accesses fresh memory page by page in order faults a
 * few times per 2 MiB, not once per page; random accesses make only the touched
 * pages resident, and so does a GPU that stops after its first page.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define BLOCKS		4
#define BLOCK_PAGES	512
/* 1, 4, 16, 64, 256 pages, the rest of the block; then a block at a time. */
#define FEW		(6 + 2 * (BLOCKS - 1))

MIRROR_ON_COPY_ENGINE();

/* A multiple of the size of any window (svm_notifier_size) up to that. */
#define WINDOW		(512ul << 20)

/* Return: memory of which the first @before blocks lie in the window before. */
static char *fresh_at(unsigned int before)
{
	uintptr_t room = (uintptr_t)memory_map(2 * WINDOW, PROT_NONE,
					       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	uintptr_t edge = (room + WINDOW) & ~(WINDOW - 1);
	char *area = (char *)(edge - before * SZ_2M);

	if (!room || mmap(area, BLOCKS * SZ_2M, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return NULL;
	madvise(area, BLOCKS * SZ_2M, MADV_NOHUGEPAGE);
	return area;
}

static char *fresh(void)
{
	return fresh_at(0);
}

/* Return: faults, or an error. */
static int64_t store(FIXTURE_DATA(mirror) *self, char *area, unsigned int nr, uint64_t stride)
{
	int64_t before = gpu_faults(&self->gpu);
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++) {
		gpu_batch_store(&self->queue, area + i * stride, i + 1);
		if (i % BLOCK_PAGES != BLOCK_PAGES - 1 && i != nr - 1)
			continue;
		err = gpu_run(&self->queue);
		if (err)
			return err;
	}
	return gpu_faults(&self->gpu) - before;
}

static void expect_few(struct __test_metadata *_metadata, FIXTURE_DATA(mirror) *self, char *area)
{
	unsigned int i;

	ASSERT_NE(NULL, area);
	EXPECT_GE(FEW, store(self, area, BLOCKS * BLOCK_PAGES, SZ_4K));
	for (i = 0; i < BLOCKS * BLOCK_PAGES; i++)
		ASSERT_EQ(i + 1, *(uint32_t *)(area + i * SZ_4K));
}

TEST_F_TIMEOUT(mirror, in_order, GPU_TEST_TIMEOUT)
{
	expect_few(_metadata, self, fresh());
}

TEST_F_TIMEOUT(mirror, in_order_into_the_next_window, GPU_TEST_TIMEOUT)
{
	expect_few(_metadata, self, fresh_at(BLOCKS / 2));
}

/* The siblings: every other page, and one page in each block. */
TEST_F_TIMEOUT(mirror, every_other_page, GPU_TEST_TIMEOUT)
{
	char *area = fresh();

	ASSERT_NE(NULL, area);
	EXPECT_EQ(64, store(self, area, 64, 2 * SZ_4K));
	EXPECT_EQ(64 * SZ_4K, memory_smaps(area, "Rss"));
}

TEST_F_TIMEOUT(mirror, one_page_of_each_block, GPU_TEST_TIMEOUT)
{
	char *area = fresh();

	ASSERT_NE(NULL, area);
	EXPECT_EQ(BLOCKS, store(self, area, BLOCKS, SZ_2M));
	EXPECT_EQ(BLOCKS * SZ_4K, memory_smaps(area, "Rss"));
}

TEST_HARNESS_MAIN
