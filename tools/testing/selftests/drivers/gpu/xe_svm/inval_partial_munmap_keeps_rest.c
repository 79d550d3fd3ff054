// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C6, C8): munmap() or MADV_DONTNEED of a page unmaps that page from the
 * GPU and leaves its neighbours in the same 2 MiB usable: mapped after
 * MADV_DONTNEED, at most one service for each remaining part after munmap().
 *
 * The service: when a VMA is split inside 2 MiB, the core notifies all of the 2
 * MiB (split_huge_pmd_address()), whether or not there was a huge page.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define PAGES	16
#define GONE	7

MIRROR_ON_COPY_ENGINE();

static uint32_t *page(char *area, unsigned int i)
{
	return (uint32_t *)(area + i * SZ_4K);
}

/* Page i holds i + 1, written by the GPU. */
static char *written_area(struct gpu_queue *queue)
{
	char *area = memory_anonymous(SZ_2M);
	unsigned int i;

	if (!area)
		return NULL;
	for (i = 0; i < PAGES; i++)
		gpu_batch_store(queue, page(area, i), i + 1);
	return gpu_run(queue) ? NULL : area;
}

static void rest_is_usable(struct __test_metadata *_metadata, struct gpu_queue *queue, char *area,
			   int64_t services)
{
	int64_t before = gpu_faults(queue->gpu);
	uint32_t value;
	unsigned int i;

	for (i = 0; i < PAGES; i++) {
		if (i == GONE)
			continue;
		value = 0;
		EXPECT_EQ(0, gpu_read(queue, page(area, i), &value));
		EXPECT_EQ(i + 1, value);
		EXPECT_EQ(0, gpu_write(queue, page(area, i) + 1, i));
		EXPECT_EQ(i, page(area, i)[1]);
	}
	EXPECT_GE(before + services, gpu_faults(queue->gpu))
		TH_LOG("neighbours had to be faulted in again");
}

TEST_F_TIMEOUT(mirror, munmap_of_a_page, GPU_TEST_TIMEOUT)
{
	char *area = written_area(&self->queue);
	uint32_t value = 0;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, munmap(page(area, GONE), SZ_4K));
	rest_is_usable(_metadata, &self->queue, area, 2);
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, page(area, GONE), &value));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	rest_is_usable(_metadata, &self->queue, area, 0);
}

TEST_F_TIMEOUT(mirror, dontneed_of_a_page, GPU_TEST_TIMEOUT)
{
	char *area = written_area(&self->queue);
	uint32_t value = 1;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, madvise(page(area, GONE), SZ_4K, MADV_DONTNEED));
	rest_is_usable(_metadata, &self->queue, area, 0);
	EXPECT_EQ(0, gpu_read(&self->queue, page(area, GONE), &value));
	EXPECT_EQ(0, value);
}

/* The sibling: the whole area is unmapped, every access is refused. */
TEST_F_TIMEOUT(mirror, err_munmap_of_all, GPU_TEST_TIMEOUT)
{
	char *area = written_area(&self->queue);
	uint32_t value = 0;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, munmap(area, SZ_2M));
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, page(area, 0), &value));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, page(area, PAGES - 1), &value));
}

TEST_HARNESS_MAIN
