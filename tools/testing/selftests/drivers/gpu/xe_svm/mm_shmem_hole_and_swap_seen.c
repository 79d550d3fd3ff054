// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8, C4): shared memory (shmem) keeps data that the GPU wrote through
 * swap and through another mapping of it, and loses it where a hole is punched.
 *
 * Desktop: harmless without RAM disks
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"

#define PAGES	64

FIXTURE(shared)
{
	struct gpu gpu;
	struct gpu_queue queue;
	int fd;
	char *area;
	char *other;	/* the same memory, elsewhere */
};

static uint32_t *page(char *area, unsigned int i)
{
	return (uint32_t *)(area + i * SZ_4K);
}

FIXTURE_SETUP(shared)
{
	unsigned int i;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (pressure_swap_on())
		SKIP(return, "no swap on " PRESSURE_SWAP_DEVICE);
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->fd = memfd_create("shared", MFD_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ftruncate(self->fd, PAGES * SZ_4K));
	self->area = memory_map(PAGES * SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd);
	self->other = memory_map(PAGES * SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd);
	ASSERT_NE(NULL, self->area);
	ASSERT_NE(NULL, self->other);
	for (i = 0; i < PAGES; i++)
		gpu_batch_store(&self->queue, page(self->area, i), 0x54a30000 + i);
	ASSERT_EQ(0, gpu_run(&self->queue));
}

FIXTURE_TEARDOWN(shared)
{
	munmap(self->area, PAGES * SZ_4K);
	munmap(self->other, PAGES * SZ_4K);
	close(self->fd);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
	pressure_swap_off();
}

TEST_F_TIMEOUT(shared, through_another_mapping, GPU_TEST_TIMEOUT)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		gpu_batch_increment(&self->queue, page(self->other, i));
	ASSERT_EQ(0, gpu_run(&self->queue));
	for (i = 0; i < PAGES; i++) {
		EXPECT_EQ(0x54a30000 + i + 1, *page(self->area, i));
		EXPECT_EQ(0x54a30000 + i + 1, *page(self->other, i));
	}
}

TEST_F_TIMEOUT(shared, swapped_out, GPU_TEST_TIMEOUT)
{
	unsigned int i;

	ASSERT_EQ(0, pressure_page_out(self->area, PAGES * SZ_4K));
	ASSERT_EQ(0, memory_pfn(page(self->area, 0)))
		TH_LOG("the page was not swapped out");
	for (i = 0; i < PAGES; i++)
		gpu_batch_increment(&self->queue, page(self->area, i));
	ASSERT_EQ(0, gpu_run(&self->queue));
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(0x54a30000 + i + 1, *page(self->other, i));
}

/* Made through one mapping, it shows in the other. */
TEST_F_TIMEOUT(shared, removed, GPU_TEST_TIMEOUT)
{
	uint32_t value = 1;

	ASSERT_EQ(0, gpu_read(&self->queue, page(self->other, 3), &value));
	ASSERT_EQ(0x54a30003, value);
	ASSERT_EQ(0, madvise(page(self->area, 3), SZ_4K, MADV_REMOVE));
	EXPECT_EQ(0, gpu_read(&self->queue, page(self->other, 3), &value));
	EXPECT_EQ(0, value);
	EXPECT_EQ(0, gpu_read(&self->queue, page(self->area, 3), &value));
	EXPECT_EQ(0, value);
	EXPECT_EQ(0, gpu_read(&self->queue, page(self->area, 4), &value));
	EXPECT_EQ(0x54a30004, value);
}

/* The sibling: giving back a mapping's pages loses nothing that is shared. */
TEST_F_TIMEOUT(shared, given_back, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0;

	ASSERT_EQ(0, madvise(self->area, PAGES * SZ_4K, MADV_DONTNEED));
	EXPECT_EQ(0, gpu_read(&self->queue, page(self->area, 5), &value));
	EXPECT_EQ(0x54a30005, value);
}

TEST_HARNESS_MAIN
