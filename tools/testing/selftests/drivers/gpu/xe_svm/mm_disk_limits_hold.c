// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C13): a fault of the GPU reads a disk on behalf of the process: the
 * bandwidth limit of the io controller applies to it as to a fault of the CPU, also
 * once the process that created the VM has exited and another one has its memory.
 *
 * Needs: field
 * Desktop: may disturb it, makes a control group that limits /dev/ram0
 */
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/cgroup.h"
#include "lib/clock.h"
#include "lib/ext2.h"
#include "lib/mirror_fixture.h"

#define PAGES		16U
#define STRIDE		SZ_64K
/* Two pages a second, of which the first few are read ahead of their time. */
#define LIMIT		"1:0 rbps=8192"
#define NO_LIMIT	"1:0 rbps=max"
#define STACK		SZ_64K
#define LIMITED_MS	4000
#define QUICK_MS	2000

FIXTURE(disk)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct cgroup group;
	char *map;
	int fd;
};

FIXTURE_VARIANT(disk)
{
	bool by_gpu;
	bool creator_exits;
};

FIXTURE_VARIANT_ADD(disk, cpu) { .by_gpu = false, };
FIXTURE_VARIANT_ADD(disk, gpu) { .by_gpu = true, };
FIXTURE_VARIANT_ADD(disk, gpu_of_dead_creator) { .by_gpu = true, .creator_exits = true, };

static int opens(void *gpu)
{
	_exit(-gpu_open(gpu));
}

/* A process with our memory and files creates the VM, and is dead after that. */
static int open_by_another(struct gpu *gpu)
{
	char *stack = memory_anonymous(STACK);
	int status;
	pid_t pid;

	pid = stack ? clone(opens, stack + STACK, CLONE_VM | CLONE_FILES | SIGCHLD, gpu) : -1;
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -EIO;
	munmap(stack, STACK);
	return -WEXITSTATUS(status);
}

FIXTURE_SETUP(disk)
{
	self->fd = -1;
	mirror_opened(_metadata, &self->gpu, variant->creator_exits ? open_by_another(&self->gpu) :
		      gpu_open(&self->gpu));
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	if (cgroup_create(&self->group, "io"))
		SKIP(return, "no io controller");
	if (cgroup_set(&self->group, "io.max", NO_LIMIT))
		SKIP(return, "no CONFIG_BLK_DEV_THROTTLING");
	self->fd = open(EXT2_DISK, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	self->map = memory_map(PAGES * STRIDE, PROT_READ, MAP_SHARED, self->fd);
	ASSERT_NE(NULL, self->map);
	ASSERT_EQ(0, madvise(self->map, PAGES * STRIDE, MADV_RANDOM));
	/* A RAM disk is a page cache of its own below this one. */
	ASSERT_EQ(0, posix_fadvise(self->fd, 0, 0, POSIX_FADV_DONTNEED));
	ASSERT_EQ(0, cgroup_enter(&self->group));
}

FIXTURE_TEARDOWN(disk)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
	cgroup_destroy(&self->group);
	close(self->fd);
}

/* How long it takes to read a word of each page, in ms, or -errno. */
static int64_t read_all(FIXTURE_DATA(disk) *self, bool by_gpu)
{
	int64_t begin = clock_ms();
	unsigned int i;
	uint32_t value;
	int err = 0;

	for (i = 0; i < PAGES && !err; i++) {
		if (by_gpu)
			err = gpu_read(&self->queue, self->map + i * STRIDE, &value);
		else
			(void)*(volatile uint32_t *)(self->map + i * STRIDE);
	}

	return err ?: clock_ms() - begin;
}

TEST_F_TIMEOUT(disk, limit_bounds_it, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(0, cgroup_set(&self->group, "io.max", LIMIT));
	EXPECT_LE(LIMITED_MS, read_all(self, variant->by_gpu));
}

/* Without a limit the same takes a moment. */
TEST_F_TIMEOUT(disk, nothing_else_does, GPU_TEST_TIMEOUT)
{
	int64_t took = read_all(self, variant->by_gpu);

	EXPECT_LE(0, took);
	EXPECT_GT(QUICK_MS, took);
}

TEST_HARNESS_MAIN
