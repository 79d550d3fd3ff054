// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C2, C8): broken memory is unmapped from the GPU, whose accesses to the
 * lost page are refused, and no others in its 2 MiB. If a page is replaced
 * before it breaks, the data written by the GPU moves along, and the GPU
 * follows.
 *
 * The simulation of the kernel breaks pages (CONFIG_MEMORY_FAILURE)
 * permanently: a page for each test.
 *
 * Desktop: may disturb it, makes pages unusable until the next boot
 */
#include <linux/mman.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define PAGES		(SZ_2M / SZ_4K)
#define STRIDE		(SZ_4K / sizeof(uint32_t))
#define BROKEN		77

FIXTURE_VARIANT(area)
{
	int advice;
};

FIXTURE(area)
{
	struct gpu gpu;
	struct gpu_queue queue;
	uint32_t *area;		/* 2 MiB of ones, all of it mapped for the GPU */
	uint32_t *broken;	/* one of its pages, written by the GPU, not broken yet */
	int64_t pfn;		/* of it */
};

FIXTURE_VARIANT_ADD(area, small_pages) { .advice = MADV_NOHUGEPAGE, };
FIXTURE_VARIANT_ADD(area, huge_page) { .advice = MADV_HUGEPAGE, };

FIXTURE_SETUP(area)
{
	unsigned int i;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->area = memory_map(SZ_2M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	ASSERT_NE(NULL, self->area);
	ASSERT_EQ(0, madvise(self->area, SZ_2M, variant->advice));
	for (i = 0; i < PAGES; i++)
		self->area[i * STRIDE] = 1;
	if (variant->advice == MADV_HUGEPAGE && memory_smaps(self->area, "AnonHugePages") != SZ_2M)
		SKIP(return, "the kernel gave no huge page");
	self->broken = self->area + BROKEN * STRIDE;
	ASSERT_EQ(0, gpu_write(&self->queue, self->broken, 0xb40ce001));
	self->pfn = memory_pfn(self->broken);
	if (self->pfn <= 0)
		SKIP(return, "not root: cannot see where pages are");
}

FIXTURE_TEARDOWN(area)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static int lose(struct __test_metadata *_metadata, void *page, int how)
{
	int err = memory_break(page, how);

	if (err == -EINVAL || err == -EPERM)
		SKIP(return err, "no CONFIG_MEMORY_FAILURE, or not root");
	EXPECT_EQ(0, err);
	return err;
}

/* The pages before and behind, and the first and the last. */
static void others_are_shared(struct __test_metadata *_metadata, FIXTURE_DATA(area) *self)
{
	uint32_t *first = self->area, *last = self->area + (PAGES - 1) * STRIDE;
	uint32_t *before = self->broken - STRIDE, *behind = self->broken + STRIDE;

	gpu_batch_increment(&self->queue, first);
	gpu_batch_increment(&self->queue, before);
	gpu_batch_increment(&self->queue, behind);
	gpu_batch_increment(&self->queue, last);
	EXPECT_EQ(0, gpu_run(&self->queue));
	EXPECT_EQ(2, *first);
	EXPECT_EQ(2, *before);
	EXPECT_EQ(2, *behind);
	EXPECT_EQ(2, *last);
}

TEST_F_TIMEOUT(area, others_stay, GPU_TEST_TIMEOUT)
{
	if (lose(_metadata, self->broken, MADV_HWPOISON))
		return;
	others_are_shared(_metadata, self);
}

TEST_F_TIMEOUT(area, err_broken_is_read, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0;

	if (lose(_metadata, self->broken, MADV_HWPOISON))
		return;
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, self->broken, &value));
	EXPECT_EQ(0, value)
		TH_LOG("the GPU still reads the page that broke");
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	others_are_shared(_metadata, self);
}

TEST_F_TIMEOUT(area, err_broken_is_written, GPU_TEST_TIMEOUT)
{
	if (lose(_metadata, self->broken, MADV_HWPOISON))
		return;
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, self->broken, 0xb40ce002));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	others_are_shared(_metadata, self);
}

/* Unmapped, its address is like any other again. */
TEST_F_TIMEOUT(area, address_is_used_again, GPU_TEST_TIMEOUT)
{
	if (lose(_metadata, self->broken, MADV_HWPOISON))
		return;
	ASSERT_EQ(self->broken, mmap(self->broken, SZ_4K, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	EXPECT_EQ(0, gpu_increment(&self->queue, self->broken));
	EXPECT_EQ(1, *self->broken);
	others_are_shared(_metadata, self);
}

/* The sibling: intact memory is moved, and no data is lost. */
TEST_F_TIMEOUT(area, given_up_early_is_moved, GPU_TEST_TIMEOUT)
{
	if (lose(_metadata, self->broken, MADV_SOFT_OFFLINE))
		return;
	EXPECT_EQ(0xb40ce001, *self->broken);
	EXPECT_NE(self->pfn, memory_pfn(self->broken))
		TH_LOG("nothing was moved");
	EXPECT_EQ(0, gpu_increment(&self->queue, self->broken));
	EXPECT_EQ(0xb40ce002, *self->broken)
		TH_LOG("the GPU writes to where the page was");
	others_are_shared(_metadata, self);
}

FIXTURE(file)
{
	struct gpu gpu;
	struct gpu_queue queue;
	uint32_t *area;
};

FIXTURE_SETUP(file)
{
	int fd;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	fd = memory_file("/dev/shm", SZ_2M, 0xb40ce003);
	if (fd < 0)
		SKIP(return, "no file of shared memory");
	self->area = memory_map(SZ_2M, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	close(fd);
	ASSERT_NE(NULL, self->area);
	ASSERT_EQ(0, gpu_write(&self->queue, self->area + STRIDE, 0xb40ce004));
}

FIXTURE_TEARDOWN(file)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* Reads of a lost page of a file fail, those of the GPU too. */
TEST_F_TIMEOUT(file, err_broken_is_read, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0;

	if (lose(_metadata, self->area + STRIDE, MADV_HWPOISON))
		return;
	EXPECT_EQ(0, gpu_read(&self->queue, self->area, &value));
	EXPECT_EQ(0xb40ce003, value);
	value = 0;
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, self->area + STRIDE, &value));
	EXPECT_EQ(0, value);
}

TEST_HARNESS_MAIN
