// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C6, C8): two processes map a hugetlb file at 1 GiB boundaries, so that
 * the CPU has one page table for both. Memory that one process unmaps or
 * protects is lost for that process only, and both see a hole in the file, each
 * through its own GPU mirror.
 *
 * Desktop: may disturb it, sets vm.nr_hugepages
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/access_fixture.h"
#include "lib/child.h"
#include "lib/pressure.h"

#define POOL		"/proc/sys/vm/nr_hugepages"
#define PAGES		4
#define VALUE		0x5ba5e000
#define ANSWER_MS	30000

/* Requests to the other process, for a page of its own memory. */
enum ask { ASK_PRESENT, ASK_READ, ASK_WRITE, ASK_UNMAP, ASK_PROTECT };

FIXTURE(shared)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_queue *by;
	struct child other;
	bool by_gpu;
	char *area;
	int fd;
};

FIXTURE_VARIANT(shared)
{
	bool by_gpu;
};

FIXTURE_VARIANT_ADD(shared, cpu) { .by_gpu = false, };
FIXTURE_VARIANT_ADD(shared, gpu) { .by_gpu = true, };

/* 1 GiB of the file at a multiple of 1 GiB: one page table of the CPU holds all of it. */
static char *map_file(int fd)
{
	char *room = mmap(NULL, 2 * SZ_1G, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			  -1, 0);
	char *at = (char *)(((uintptr_t)room + SZ_1G - 1) & ~(SZ_1G - 1));

	if (room == MAP_FAILED)
		return NULL;
	at = mmap(at, SZ_1G, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_NORESERVE, fd,
		  0);
	return at == MAP_FAILED ? NULL : at;
}

static uint32_t *page(char *area, int number)
{
	return (uint32_t *)(area + number * SZ_2M + SZ_64K);
}

/* Its answer; errors are negative, and no value is. */
static int does(struct gpu_queue *by, char *area, enum ask ask, int number)
{
	uint32_t value = 0;
	int err = 0;

	switch (ask) {
	case ASK_PRESENT:
		/* Not memory_pfn(): a page table alone does not show its pages. */
		return memory_pfn(page(area, number)) > 0;
	case ASK_READ:
		err = access_read(by, page(area, number), &value);
		return err ?: (int)value;
	case ASK_WRITE:
		return access_write(by, page(area, number), VALUE + 0x100 + number);
	case ASK_UNMAP:
		return munmap(area + number * SZ_2M, SZ_2M) ? -errno : 0;
	case ASK_PROTECT:
		return mprotect(area + number * SZ_2M, SZ_2M, PROT_READ) ? -errno : 0;
	}
	return err;
}

static int lives(int fd, void *arg)
{
	FIXTURE_DATA(shared) *self = arg;
	struct gpu_queue queue;
	int ask, number;
	struct gpu gpu;
	char *area = map_file(self->fd);

	if (!area || gpu_open_mirrored(&gpu, gpu_control_in_memory, &queue) || gpu_run(&queue))
		return 1;
	while (!child_hear(fd, &ask, 4 * ANSWER_MS) && !child_hear(fd, &number, ANSWER_MS))
		if (child_say(fd, does(self->by_gpu ? &queue : NULL, area, ask, number)))
			break;
	return 0;
}

static int other_does(FIXTURE_DATA(shared) *self, enum ask ask, int number)
{
	int answer;

	if (child_say(self->other.fd, ask) || child_say(self->other.fd, number) ||
	    child_hear(self->other.fd, &answer, ANSWER_MS))
		return -EPIPE;
	return answer;
}

/* All pages are written here, and the other process has touched the first one. */
FIXTURE_SETUP(shared)
{
	int i;

	self->fd = -1;
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	self->fd = memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB);
	if (self->fd < 0 || ftruncate(self->fd, SZ_1G) || pressure_set(POOL, "8"))
		SKIP(return, "no huge pages");
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->by_gpu = variant->by_gpu;
	self->by = variant->by_gpu ? &self->queue : NULL;
	ASSERT_EQ(0, child_start(&self->other, lives, self));
	self->area = map_file(self->fd);
	ASSERT_NE(NULL, self->area);
	for (i = 0; i < PAGES; i++)
		ASSERT_EQ(0, access_write(self->by, page(self->area, i), VALUE + i));
	ASSERT_EQ(VALUE, other_does(self, ASK_READ, 0));
	/* It never touched this one: the table came with the first. */
	if (other_does(self, ASK_PRESENT, 1) != 1)
		SKIP(return, "huge pages have no shared page tables here");
	ASSERT_EQ(VALUE + 1, other_does(self, ASK_READ, 1));
	ASSERT_EQ(VALUE + 2, other_does(self, ASK_READ, 2));
}

FIXTURE_TEARDOWN(shared)
{
	child_stop(&self->other);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
	if (self->area)
		munmap(self->area, SZ_1G);
	close(self->fd);
	pressure_set(POOL, "0");
}

static bool all_here(FIXTURE_DATA(shared) *self)
{
	uint32_t value;
	int i;

	for (i = 0; i < PAGES; i++)
		if (access_read(self->by, page(self->area, i), &value) || value != VALUE + i)
			return false;
	return true;
}

TEST_F_TIMEOUT(shared, writes_are_seen, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0;

	EXPECT_EQ(0, other_does(self, ASK_WRITE, 2));
	EXPECT_EQ(0, access_read(self->by, page(self->area, 2), &value));
	EXPECT_EQ(VALUE + 0x102, value);
	EXPECT_EQ(VALUE + 0x102, *page(self->area, 2));
}

TEST_F_TIMEOUT(shared, err_unmapped_by_one, GPU_TEST_TIMEOUT)
{
	int64_t before;

	ASSERT_TRUE(all_here(self));
	before = gpu_faults(&self->gpu);
	ASSERT_EQ(0, other_does(self, ASK_UNMAP, 1));
	EXPECT_TRUE(all_here(self));
	EXPECT_EQ(before, gpu_faults(&self->gpu))
		TH_LOG("the process that unmapped nothing lost its mappings");
	EXPECT_EQ(ACCESS_REFUSED, other_does(self, ASK_READ, 1));
	EXPECT_EQ(VALUE, other_does(self, ASK_READ, 0));
	EXPECT_EQ(VALUE + 2, other_does(self, ASK_READ, 2));
}

TEST_F_TIMEOUT(shared, err_protected_by_one, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(0, other_does(self, ASK_WRITE, 2));
	ASSERT_EQ(0, access_write(self->by, page(self->area, 2), VALUE + 2));
	ASSERT_EQ(0, other_does(self, ASK_PROTECT, 2));
	EXPECT_EQ(ACCESS_REFUSED, other_does(self, ASK_WRITE, 2));
	EXPECT_EQ(VALUE + 2, other_does(self, ASK_READ, 2));
	EXPECT_EQ(0, other_does(self, ASK_WRITE, 0));
	EXPECT_EQ(0, access_write(self->by, page(self->area, 0), VALUE));
	EXPECT_TRUE(all_here(self));
}

TEST_F_TIMEOUT(shared, hole_is_seen_by_both, GPU_TEST_TIMEOUT)
{
	uint32_t value = 1;

	ASSERT_EQ(0, fallocate(self->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, SZ_2M,
			       SZ_2M));
	EXPECT_EQ(0, other_does(self, ASK_READ, 1));
	EXPECT_EQ(0, access_read(self->by, page(self->area, 1), &value));
	EXPECT_EQ(0, value);
	EXPECT_EQ(VALUE + 2, other_does(self, ASK_READ, 2));
}

TEST_F_TIMEOUT(shared, one_exits, GPU_TEST_TIMEOUT)
{
	int64_t before;

	ASSERT_TRUE(all_here(self));
	before = gpu_faults(&self->gpu);
	ASSERT_TRUE(child_stop(&self->other));
	EXPECT_TRUE(all_here(self));
	EXPECT_EQ(before, gpu_faults(&self->gpu));
}

TEST_HARNESS_MAIN
