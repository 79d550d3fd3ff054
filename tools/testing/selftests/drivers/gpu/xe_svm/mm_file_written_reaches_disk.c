// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C4, C3): data that the GPU wrote to a shared file mapping is written
 * back like data of the CPU, before and after an earlier writeback; a page that
 * it only read is not dirty.
 *
 * The file is a RAM disk: its page cache has writeback, and reading it with
 * O_DIRECT shows the data on the disk.
 *
 * Desktop: may disturb it, writes to /dev/ram0
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"

#define DISK	"/dev/ram0"
#define PAGES	16

FIXTURE(disk)
{
	struct gpu gpu;
	struct gpu_queue queue;
	int fd;
	char *map;
	uint32_t *direct;
};

FIXTURE_SETUP(disk)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	self->fd = open(DISK, O_RDWR | O_CLOEXEC);
	if (self->fd < 0)
		SKIP(return, "no " DISK);
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->direct = memory_anonymous(SZ_4K);
	self->map = memory_map(PAGES * SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd);
	ASSERT_NE(NULL, self->direct);
	ASSERT_NE(NULL, self->map);
	memset(self->map, 0x11, PAGES * SZ_4K);
	ASSERT_EQ(0, msync(self->map, PAGES * SZ_4K, MS_SYNC));
	ASSERT_EQ(0, memory_smaps(self->map, "Private_Dirty") +
		     memory_smaps(self->map, "Shared_Dirty"));
}

FIXTURE_TEARDOWN(disk)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
	close(self->fd);
}

/* The first word of page @i as the disk has it. */
static uint32_t arrived(FIXTURE_DATA(disk) *self, unsigned int i)
{
	int fd = open(DISK, O_RDONLY | O_DIRECT | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return 0;
	got = pread(fd, self->direct, SZ_4K, i * SZ_4K);
	close(fd);
	return got == SZ_4K ? *self->direct : 0;
}

static uint32_t *page(char *area, unsigned int i)
{
	return (uint32_t *)(area + i * SZ_4K);
}

TEST_F_TIMEOUT(disk, written_and_synced, GPU_TEST_TIMEOUT)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		gpu_batch_store(&self->queue, page(self->map, i), 0xd15c0000 + i);
	ASSERT_EQ(0, gpu_run(&self->queue));
	ASSERT_EQ(0, fdatasync(self->fd));
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(0xd15c0000 + i, arrived(self, i));
}

/* Writeback makes the pages clean: the GPU's next write has to make them dirty. */
TEST_F_TIMEOUT(disk, written_again_after_sync, GPU_TEST_TIMEOUT)
{
	unsigned int round, i;

	for (round = 1; round <= 5; round++) {
		int64_t before = gpu_faults(&self->gpu);

		for (i = 0; i < PAGES; i++)
			gpu_batch_store(&self->queue, page(self->map, i), round << 8 | i);
		ASSERT_EQ(0, gpu_run(&self->queue));
		EXPECT_LT(before, gpu_faults(&self->gpu))
			TH_LOG("writeback left the GPU its right to write");
		ASSERT_EQ(0, fdatasync(self->fd));
		for (i = 0; i < PAGES; i++)
			EXPECT_EQ(round << 8 | i, arrived(self, i));
	}
}

/* Dropped from the page cache it comes back from the disk. */
TEST_F_TIMEOUT(disk, dropped_and_read_back, GPU_TEST_TIMEOUT)
{
	unsigned char resident = 1;
	uint32_t value = 0;
	int64_t before;

	ASSERT_EQ(0, gpu_write(&self->queue, self->map, 0xd15d0001));
	ASSERT_EQ(0, fdatasync(self->fd));
	ASSERT_EQ(0, pressure_page_out(self->map, PAGES * SZ_4K));
	ASSERT_EQ(0, mincore(self->map, SZ_4K, &resident));
	EXPECT_EQ(0, resident & 1);
	before = gpu_faults(&self->gpu);
	ASSERT_EQ(0, gpu_read(&self->queue, self->map, &value));
	EXPECT_LT(before, gpu_faults(&self->gpu));
	EXPECT_EQ(0xd15d0001, value);
	ASSERT_EQ(0, gpu_write(&self->queue, self->map, 0xd15d0002));
	ASSERT_EQ(0, fdatasync(self->fd));
	EXPECT_EQ(0xd15d0002, arrived(self, 0));
}

/* The sibling: a page only read is clean, before and after it is unmapped. */
TEST_F_TIMEOUT(disk, read_dirties_nothing, GPU_TEST_TIMEOUT)
{
	uint32_t *values = memory_anonymous(SZ_4K);
	unsigned int i;

	ASSERT_NE(NULL, values);
	for (i = 0; i < PAGES; i++)
		gpu_batch_copy(&self->queue, &values[i], page(self->map, i));
	ASSERT_EQ(0, gpu_run(&self->queue));
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(0x11111111, values[i]);
	ASSERT_EQ(0, mprotect(self->map, PAGES * SZ_4K, PROT_READ));
	EXPECT_EQ(0, memory_smaps(self->map, "Private_Dirty") +
		     memory_smaps(self->map, "Shared_Dirty"));
}

TEST_HARNESS_MAIN
