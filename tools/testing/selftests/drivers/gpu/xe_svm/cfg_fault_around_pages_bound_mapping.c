// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (P3): svm_fault_around_pages limits the small pages of the CPU that one
 * service maps; pages that the CPU maps by one entry are mapped as a whole anyway.
 *
 * Desktop: may disturb it, sets svm_fault_around_pages
 */
#include <string.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define PARAMETER	"svm_fault_around_pages"
#define BLOCK_PAGES	512

FIXTURE(fault_around)
{
	struct gpu gpu;
	struct gpu_queue queue;
	char before[XE_PARAMETER_SIZE];
};

FIXTURE_VARIANT(fault_around)
{
	const char *set;
	int64_t faults;		/* in a block of small pages that are all there */
};

FIXTURE_VARIANT_ADD(fault_around, as_usual) { .set = "512", .faults = 1, };
/* Scans 16, 32, 128 pages: a quarter of the block. */
FIXTURE_VARIANT_ADD(fault_around, a_quarter) { .set = "128", .faults = 4, };
FIXTURE_VARIANT_ADD(fault_around, less_than_a_step) { .set = "256", .faults = 4, };
FIXTURE_VARIANT_ADD(fault_around, off) { .set = "16", .faults = 32, };

FIXTURE_SETUP(fault_around)
{
	mirror_start_with(_metadata, &self->gpu, &self->queue, PARAMETER, variant->set,
			  self->before);
}

FIXTURE_TEARDOWN(fault_around)
{
	EXPECT_EQ(0, xe_parameter_set(PARAMETER, self->before));
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* Stores to each page of a block in order. Return: faults, or an error. */
static int64_t store(FIXTURE_DATA(fault_around) *self, char *block)
{
	int64_t before = gpu_faults(&self->gpu);
	unsigned int i;
	int err;

	memset(block, 1, SZ_2M);
	for (i = 0; i < BLOCK_PAGES; i++)
		gpu_batch_store(&self->queue, block + i * SZ_4K, i + 2);
	err = gpu_run(&self->queue);
	return err ? err : gpu_faults(&self->gpu) - before;
}

TEST_F_TIMEOUT(fault_around, small_pages, GPU_TEST_TIMEOUT)
{
	char *block = memory_anonymous(SZ_2M);
	unsigned int i;

	ASSERT_NE(NULL, block);
	EXPECT_EQ(variant->faults, store(self, block));
	for (i = 0; i < BLOCK_PAGES; i++)
		ASSERT_EQ(i + 2, *(volatile uint32_t *)(block + i * SZ_4K));
}

TEST_F_TIMEOUT(fault_around, huge_page, GPU_TEST_TIMEOUT)
{
	char *block = memory_map(SZ_2M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	ASSERT_NE(NULL, block);
	madvise(block, SZ_2M, MADV_HUGEPAGE);
	*(volatile char *)block = 1;
	if (memory_smaps(block, "AnonHugePages") != (int64_t)SZ_2M)
		SKIP(return, "no huge page to be had");
	EXPECT_EQ(1, store(self, block));
}

TEST_HARNESS_MAIN
