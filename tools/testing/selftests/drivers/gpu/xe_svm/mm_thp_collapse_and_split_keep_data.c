// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): when small pages become a huge page (MADV_COLLAPSE) or a huge page
 * is split into small ones under the GPU's mapping, the GPU reads and writes
 * the same data as the CPU.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

#define PAGES	(SZ_2M / SZ_4K)
#define STEP	37

MIRROR_ON_COPY_ENGINE();

static uint32_t *page(char *area, unsigned int i)
{
	return (uint32_t *)(area + i * SZ_4K);
}

static int gpu_fills(struct gpu_queue *queue, char *area, uint32_t value)
{
	unsigned int i;

	for (i = 0; i < PAGES; i += STEP)
		gpu_batch_store(queue, page(area, i), value + i);
	return gpu_run(queue);
}

static void both_agree(struct __test_metadata *_metadata, struct gpu_queue *queue,
		       char *area, uint32_t expected)
{
	uint32_t value;
	unsigned int i;

	for (i = 0; i < PAGES; i += STEP) {
		value = 0;
		EXPECT_EQ(0, gpu_read(queue, page(area, i), &value));
		EXPECT_EQ(expected + i, value);
		EXPECT_EQ(expected + i, *page(area, i));
	}
}

TEST_F_TIMEOUT(mirror, collapsed, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(SZ_2M);

	ASSERT_NE(NULL, area);
	memset(area, 1, SZ_2M);
	ASSERT_EQ(0, gpu_fills(&self->queue, area, 0xc0110000));
	if (madvise(area, SZ_2M, MADV_HUGEPAGE) || madvise(area, SZ_2M, MADV_COLLAPSE))
		SKIP(return, "the kernel does not collapse: %s", strerror(errno));
	ASSERT_EQ(SZ_2M, memory_smaps(area, "AnonHugePages"));

	both_agree(_metadata, &self->queue, area, 0xc0110000);
	ASSERT_EQ(0, gpu_fills(&self->queue, area, 0xc0220000));
	both_agree(_metadata, &self->queue, area, 0xc0220000);
}

/* MADV_DONTNEED of one page splits the page table entry under the huge page. */
TEST_F_TIMEOUT(mirror, split, GPU_TEST_TIMEOUT)
{
	char *area = memory_map(SZ_2M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	uint32_t value = 1;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, madvise(area, SZ_2M, MADV_HUGEPAGE));
	memset(area, 1, SZ_2M);
	if (memory_smaps(area, "AnonHugePages") != SZ_2M)
		SKIP(return, "the kernel gave no huge page");
	ASSERT_EQ(0, gpu_fills(&self->queue, area, 0xc0330000));
	ASSERT_EQ(0, madvise(page(area, 1), SZ_4K, MADV_DONTNEED));
	ASSERT_EQ(0, memory_smaps(area, "AnonHugePages"));

	EXPECT_EQ(0, gpu_read(&self->queue, page(area, 1), &value));
	EXPECT_EQ(0, value);
	both_agree(_metadata, &self->queue, area, 0xc0330000);
	ASSERT_EQ(0, gpu_fills(&self->queue, area, 0xc0440000));
	both_agree(_metadata, &self->queue, area, 0xc0440000);
}

TEST_HARNESS_MAIN
