// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C3, C8): a GPU write to a private file mapping changes the copy of the
 * process and not the file; a GPU read copies nothing, and sees writes of
 * others to the file until the page is private.
 *
 * After file_read, file_write and migrate_file_private of mm/hmm-tests.c. On
 * Linux 7.3 a GPU read of 4 bytes of a private file mapping copies 512 pages.
 *
 * Desktop: harmless
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define OLD	0xf11e0000
#define SIZE	SZ_2M

FIXTURE(file)
{
	struct gpu gpu;
	struct gpu_queue queue;
	int fd;
	volatile uint32_t *map;
};

FIXTURE_SETUP(file)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->fd = memory_file("/tmp", SIZE, OLD);
	ASSERT_LE(0, self->fd);
	self->map = memory_map(SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, self->fd);
	ASSERT_NE(NULL, self->map);
}

FIXTURE_TEARDOWN(file)
{
	close(self->fd);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static uint32_t in_file(int fd, off_t at)
{
	uint32_t value = 0;

	return pread(fd, &value, sizeof(value), at) == sizeof(value) ? value : 0;
}

TEST_F_TIMEOUT(file, gpu_write_leaves_file, GPU_TEST_TIMEOUT)
{
	EXPECT_EQ(0, gpu_write(&self->queue, self->map, 0xf11e0001));
	EXPECT_EQ(0xf11e0001, self->map[0]);
	EXPECT_EQ(OLD, self->map[1]);
	EXPECT_EQ(OLD, in_file(self->fd, 0));
	EXPECT_EQ(SZ_4K, memory_smaps((void *)self->map, "Anonymous"));
}

/* Mapped for reading first: the write must not go to the page of the file. */
TEST_F_TIMEOUT(file, gpu_write_after_read_leaves_file, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0;

	EXPECT_EQ(0, gpu_read(&self->queue, self->map, &value));
	EXPECT_EQ(OLD, value);
	EXPECT_EQ(0, gpu_write(&self->queue, self->map, 0xf11e0002));
	EXPECT_EQ(0xf11e0002, self->map[0]);
	EXPECT_EQ(OLD, in_file(self->fd, 0));
}

TEST_F_TIMEOUT(file, gpu_read_copies_nothing, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0;

	EXPECT_EQ(0, gpu_read(&self->queue, self->map + SIZE / 8, &value));
	EXPECT_EQ(OLD, value);
	EXPECT_EQ(0, memory_smaps((void *)self->map, "Anonymous"));
}

TEST_F_TIMEOUT(file, gpu_sees_write_to_file, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0, other = 0xf11e0003;

	EXPECT_EQ(0, gpu_read(&self->queue, self->map, &value));
	EXPECT_EQ(OLD, value);
	ASSERT_EQ(sizeof(other), pwrite(self->fd, &other, sizeof(other), 0));
	EXPECT_EQ(0, gpu_read(&self->queue, self->map, &value));
	EXPECT_EQ(other, value);
}

/* The sibling: the page is private, and the file changes independently. */
TEST_F_TIMEOUT(file, private_page_ignores_write_to_file, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0, other = 0xf11e0004;

	EXPECT_EQ(0, gpu_write(&self->queue, self->map + 1, 0xf11e0005));
	ASSERT_EQ(sizeof(other), pwrite(self->fd, &other, sizeof(other), 0));
	EXPECT_EQ(0, gpu_read(&self->queue, self->map, &value));
	EXPECT_EQ(OLD, value);
	EXPECT_EQ(0xf11e0005, self->map[1]);
}

TEST_HARNESS_MAIN
