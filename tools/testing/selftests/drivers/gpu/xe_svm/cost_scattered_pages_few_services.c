// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (P3): pages that the CPU has populated here and there in 2 MiB are
 * mapped by a few services, one touch after the other, and by one service where
 * they are dense; untouched pages are not populated.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define BLOCK_PAGES	512
#define EVERY		5
/* Sixty-four KiB, then more each time: 16, 32, 128 and 512 pages, and one to spare. */
#define FEW		5

MIRROR_ON_COPY_ENGINE();

/* Touches every @stride-th page, which the CPU has. Return: faults, or an error. */
static int64_t touch(FIXTURE_DATA(mirror) *self, char *area, unsigned int stride)
{
	int64_t before = gpu_faults(&self->gpu);
	unsigned int i;
	int err;

	for (i = 0; i < BLOCK_PAGES; i += stride)
		gpu_batch_store(&self->queue, area + i * SZ_4K, i + 1);
	err = gpu_run(&self->queue);
	return err ? err : gpu_faults(&self->gpu) - before;
}

static char *populated(unsigned int stride)
{
	char *area = memory_anonymous(SZ_2M);
	unsigned int i;

	for (i = 0; area && i < BLOCK_PAGES; i += stride)
		*(volatile uint32_t *)(area + i * SZ_4K) = i;
	return area;
}

static void check(struct __test_metadata *_metadata, FIXTURE_DATA(mirror) *self,
		  unsigned int stride, int64_t most)
{
	char *area = populated(stride);
	int64_t resident, faults;
	unsigned int i;

	ASSERT_NE(NULL, area);
	resident = memory_smaps(area, "Rss");
	faults = touch(self, area, stride);
	EXPECT_LE(1, faults);
	EXPECT_GE(most, faults);
	EXPECT_EQ(resident, memory_smaps(area, "Rss"));
	for (i = 0; i < BLOCK_PAGES; i += stride)
		EXPECT_EQ(i + 1, *(volatile uint32_t *)(area + i * SZ_4K));
	munmap(area, SZ_2M);
}

TEST_F_TIMEOUT(mirror, every_fifth_page, GPU_TEST_TIMEOUT)
{
	check(_metadata, self, EVERY, FEW);
}

TEST_F_TIMEOUT(mirror, every_page, GPU_TEST_TIMEOUT)
{
	check(_metadata, self, 1, 1);
}

TEST_HARNESS_MAIN
