// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): pages truncated from a file are unmapped from the GPU: an access
 * behind the new end is refused (the CPU gets SIGBUS), in a punched hole it
 * reads zero, and the rest of the file stays.
 *
 * Desktop: harmless
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define PAGES	4
#define OLD	0x7c000000

FIXTURE(file)
{
	struct gpu gpu;
	struct gpu_queue queue;
	int fd;
	char *map;
};

FIXTURE_SETUP(file)
{
	uint32_t value = 0;
	unsigned int i;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->fd = memory_file("/tmp", PAGES * SZ_4K, OLD);
	ASSERT_LE(0, self->fd);
	self->map = memory_map(PAGES * SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd);
	ASSERT_NE(NULL, self->map);
	for (i = 0; i < PAGES; i++) {
		ASSERT_EQ(0, gpu_read(&self->queue, self->map + i * SZ_4K, &value));
		ASSERT_EQ(OLD, value);
	}
}

FIXTURE_TEARDOWN(file)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

TEST_F_TIMEOUT(file, truncated, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0;

	ASSERT_EQ(0, ftruncate(self->fd, 2 * SZ_4K));
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, self->map + 2 * SZ_4K, &value));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, self->map + 3 * SZ_4K, 1));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(0, gpu_read(&self->queue, self->map + SZ_4K, &value));
	EXPECT_EQ(OLD, value);

	/* Made long again it is zero there, for the GPU too. */
	ASSERT_EQ(0, ftruncate(self->fd, PAGES * SZ_4K));
	EXPECT_EQ(0, gpu_read(&self->queue, self->map + 2 * SZ_4K, &value));
	EXPECT_EQ(0, value);
}

TEST_F_TIMEOUT(file, hole_punched, GPU_TEST_TIMEOUT)
{
	uint32_t value = 1;

	ASSERT_EQ(0, fallocate(self->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			       SZ_4K, SZ_4K));
	EXPECT_EQ(0, gpu_read(&self->queue, self->map + SZ_4K, &value));
	EXPECT_EQ(0, value);
	EXPECT_EQ(0, gpu_read(&self->queue, self->map + 2 * SZ_4K, &value));
	EXPECT_EQ(OLD, value);
}

/* The siblings: writes through the file and by the GPU reach the same page. */
TEST_F_TIMEOUT(file, written_from_both_sides, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0x7c000001;

	ASSERT_EQ(sizeof(value), pwrite(self->fd, &value, sizeof(value), 0));
	value = 0;
	EXPECT_EQ(0, gpu_read(&self->queue, self->map, &value));
	EXPECT_EQ(0x7c000001, value);
	EXPECT_EQ(0, gpu_write(&self->queue, self->map, 0x7c000002));
	ASSERT_EQ(sizeof(value), pread(self->fd, &value, sizeof(value), 0));
	EXPECT_EQ(0x7c000002, value);
}

TEST_HARNESS_MAIN
