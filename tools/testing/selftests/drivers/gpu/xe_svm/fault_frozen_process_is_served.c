// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C1, C12): the cgroup freezer stops the threads of a process, not its
 * jobs: faults of the GPU are served while the process is frozen, including
 * those that wait for a disk, as are accesses of another process to its memory;
 * other processes are not delayed.
 *
 * Desktop: may disturb it, makes a control group; faults of its GPU wait
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "kselftest_harness.h"
#include "lib/cgroup.h"
#include "lib/child.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"
#include "lib/touch.h"

#define DISK		"/dev/ram0"
#define PAGES		16
#define VALUE		0xf4e50001
#define DONE		0xf4e50002
#define GO		1
#define READY_MS	20000
#define ALLOWED_MS	5000
#define COPIED(n)	(2 + (n))

FIXTURE(frozen)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct cgroup group;
	struct child child;
	bool by_gpu;
	/* shared with the child: gate, end, and what it read */
	volatile uint32_t *shared;
	char *fresh;		/* the child's own, at an address that both know */
	uint32_t *file;		/* a page of the disk that is not in the page cache */
	uint32_t in_file;
};

FIXTURE_VARIANT(frozen)
{
	bool by_gpu;		/* else another process accesses the memory */
};

FIXTURE_VARIANT_ADD(frozen, cpu) { .by_gpu = false, };
FIXTURE_VARIANT_ADD(frozen, gpu) { .by_gpu = true, };

/* The job waits at the gate, then writes fresh pages and reads one of the file. */
static int lives(int fd, void *arg)
{
	FIXTURE_DATA(frozen) *self = arg;
	struct gpu_queue queue;
	struct gpu gpu;
	int i, word;

	if (cgroup_enter(&self->group) ||
	    gpu_open_mirrored(&gpu, gpu_control_in_memory, &queue) || gpu_run(&queue))
		return 1;
	if (self->by_gpu) {
		gpu_batch_wait(&queue, self->shared, GO);
		for (i = 0; i < PAGES; i++)
			gpu_batch_store(&queue, self->fresh + i * SZ_64K, VALUE + i);
		gpu_batch_copy(&queue, self->shared + COPIED(0), self->file);
		gpu_batch_store(&queue, self->shared + 1, DONE);
		if (gpu_start(&queue))
			return 2;
	}
	if (child_say(fd, 0) || child_hear(fd, &word, 4 * READY_MS))
		return 3;
	if (self->by_gpu && gpu_wait(&queue))
		return 4;
	return touch_wrong(self->fresh, PAGES * SZ_64K, SZ_64K, VALUE) ? 5 : 0;
}

FIXTURE_SETUP(frozen)
{
	int fd, word;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (cgroup_create(&self->group, "memory"))
		SKIP(return, "no control groups");
	fd = open(DISK, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		SKIP(return, "no " DISK);
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[self->gpu.num_engines - 1],
		     &self->queue);
	self->by_gpu = variant->by_gpu;
	self->shared = memory_map(SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
	self->fresh = memory_anonymous(SZ_2M);
	self->file = memory_map(SZ_4K, PROT_READ, MAP_SHARED, fd);
	ASSERT_NE(NULL, self->shared);
	ASSERT_NE(NULL, self->fresh);
	ASSERT_NE(NULL, self->file);
	ASSERT_EQ(sizeof(uint32_t), pread(fd, &self->in_file, sizeof(uint32_t), 0));
	close(fd);
	self->shared[COPIED(0)] = ~self->in_file;
	ASSERT_EQ(0, child_start(&self->child, lives, self));
	ASSERT_EQ(0, child_hear(self->child.fd, &word, READY_MS));
}

FIXTURE_TEARDOWN(frozen)
{
	cgroup_set(&self->group, "cgroup.freeze", "0");
	child_stop(&self->child);
	cgroup_destroy(&self->group);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static bool is_frozen(FIXTURE_DATA(frozen) *self)
{
	return cgroup_field(&self->group, "cgroup.events", "frozen") == 1;
}

static bool freeze_group(FIXTURE_DATA(frozen) *self)
{
	int64_t end = clock_ms() + READY_MS;

	if (cgroup_set(&self->group, "cgroup.freeze", "1"))
		return false;
	while (!is_frozen(self) && clock_ms() < end)
		clock_sleep_ms(1);
	return is_frozen(self);
}

/* The accesses of the job, by another process. */
static int access_from_outside(FIXTURE_DATA(frozen) *self)
{
	uint32_t value = 0;
	struct iovec here = { .iov_base = &value, .iov_len = sizeof(value) };
	struct iovec there = { .iov_base = self->file, .iov_len = sizeof(value) };
	int i;

	if (process_vm_readv(self->child.pid, &here, 1, &there, 1, 0) != sizeof(value))
		return -errno;
	self->shared[COPIED(0)] = value;
	for (i = 0; i < PAGES; i++) {
		value = VALUE + i;
		there.iov_base = self->fresh + i * SZ_64K;
		if (process_vm_writev(self->child.pid, &here, 1, &there, 1, 0) != sizeof(value))
			return -errno;
	}
	self->shared[1] = DONE;
	return 0;
}

TEST_F_TIMEOUT(frozen, faults_are_served, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	int64_t end, began;
	int status = -1;

	ASSERT_NE(NULL, word);
	ASSERT_TRUE(freeze_group(self));
	ASSERT_EQ(0, pressure_set("/proc/sys/vm/drop_caches", "1"));
	EXPECT_NE(DONE, self->shared[1]);
	end = clock_ms() + ALLOWED_MS;
	self->shared[0] = GO;
	if (!variant->by_gpu)
		ASSERT_EQ(0, access_from_outside(self));

	began = clock_ms();
	EXPECT_EQ(0, gpu_write(&self->queue, word, VALUE));
	EXPECT_GT(ALLOWED_MS, clock_ms() - began)
		TH_LOG("another process waited");
	while (self->shared[1] != DONE && clock_ms() < end)
		clock_sleep_ms(1);
	EXPECT_EQ(DONE, self->shared[1])
		TH_LOG("nothing was served while the process was frozen");
	EXPECT_EQ(self->in_file, self->shared[COPIED(0)]);
	EXPECT_TRUE(is_frozen(self));

	ASSERT_EQ(0, cgroup_set(&self->group, "cgroup.freeze", "0"));
	ASSERT_EQ(0, child_say(self->child.fd, 0));
	ASSERT_TRUE(child_ended(&self->child, &status, READY_MS));
	EXPECT_EQ(0, status);
}

/* The sibling: a frozen process does nothing itself. */
TEST_F_TIMEOUT(frozen, process_itself_waits, GPU_TEST_TIMEOUT)
{
	int status;

	ASSERT_TRUE(freeze_group(self));
	self->shared[0] = GO;
	if (!variant->by_gpu)
		ASSERT_EQ(0, access_from_outside(self));
	ASSERT_EQ(0, child_say(self->child.fd, 0));
	EXPECT_FALSE(child_ended(&self->child, &status, 1000));
	ASSERT_EQ(0, cgroup_set(&self->group, "cgroup.freeze", "0"));
	EXPECT_TRUE(child_ended(&self->child, &status, READY_MS));
}

TEST_HARNESS_MAIN
