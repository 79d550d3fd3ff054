// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C15): the memory of a process that is killed while a fault of its GPU
 * waits for the server of a file system is freed at once, although the server
 * never replies.
 *
 * Needs: field
 * Desktop: may disturb it, mounts FUSE below /tmp
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/child.h"
#include "lib/clock.h"
#include "lib/fuse.h"
#include "lib/mirror_fixture.h"
#include "lib/system_memory.h"

#define DIR		"/tmp/xe_svm_silent"
#define BULK		(32 * SZ_2M)
/* Other changes of memory on the machine. */
#define NOISE		((int64_t)(4 * SZ_2M))
#define READY_MS	20000
#define WAITING_MS	300
/* On an idle machine some 200 ms */
#define GIVEN_BACK_MS	10000
#define KEPT_MS		1000

FIXTURE(killed)
{
	struct gpu gpu;			/* of a bystander */
	struct gpu_queue queue;
	struct fuse fuse;
	struct child server, victim;
	bool by_gpu;
	int64_t before;
};

FIXTURE_VARIANT(killed)
{
	bool by_gpu;
};

FIXTURE_VARIANT_ADD(killed, cpu) { .by_gpu = false, };
FIXTURE_VARIANT_ADD(killed, gpu) { .by_gpu = true, };

static int serves(int fd, void *fuse)
{
	fuse_serve(fuse, NULL);
	return 0;
}

FIXTURE_SETUP(killed)
{
	int err;

	self->fuse.fd = -1;
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	/* With asynchronous reads: otherwise FUSE makes a wait for a page unkillable. */
	err = fuse_mount(&self->fuse, DIR, true);
	if (err == -ENOENT)
		SKIP(return, "no FUSE");
	ASSERT_EQ(0, err);
	ASSERT_EQ(0, child_start(&self->server, serves, &self->fuse));
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[self->gpu.num_engines - 1],
		     &self->queue);
	self->by_gpu = variant->by_gpu;
	self->before = system_memory("AnonPages");
	ASSERT_LT(0, self->before);
}

FIXTURE_TEARDOWN(killed)
{
	if (self->fuse.fd >= 0)
		atomic_store(&self->fuse.gate->open, true);
	child_stop(&self->victim);
	fuse_unmount(&self->fuse);
	child_stop(&self->server);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static int accesses(int fd, void *arg)
{
	FIXTURE_DATA(killed) *self = arg;
	char *bulk = memory_anonymous(BULK);
	int file = fuse_open(&self->fuse);
	struct gpu_queue queue;
	uint32_t value = 0;
	struct gpu gpu;
	uint32_t *map;

	if (!bulk || file < 0)
		return 1;
	memset(bulk, 1, BULK);
	map = memory_map(SZ_4K, PROT_READ, MAP_PRIVATE, file);
	if (!map || gpu_open_mirrored(&gpu, gpu_control_in_memory, &queue) || gpu_run(&queue))
		return 2;
	if (!self->by_gpu)
		value = *(volatile uint32_t *)map;
	else if (gpu_read(&queue, map, &value))
		return 3;
	return value == FUSE_VALUE ? 0 : 4;
}

/* The access waits, and the process has memory to be freed. */
static void start(struct __test_metadata *_metadata, FIXTURE_DATA(killed) *self)
{
	int64_t end = clock_ms() + READY_MS;

	ASSERT_EQ(0, child_start(&self->victim, accesses, self));
	while (!atomic_load(&self->fuse.gate->asked) && clock_ms() < end)
		clock_sleep_ms(1);
	ASSERT_LT(0, atomic_load(&self->fuse.gate->asked));
	clock_sleep_ms(WAITING_MS);
	ASSERT_LT(self->before + (int64_t)BULK - NOISE, system_memory("AnonPages"));
}

TEST_F_TIMEOUT(killed, memory_comes_back, GPU_TEST_TIMEOUT)
{
	int64_t began, took, left;
	int status = 0;

	start(_metadata, self);
	began = clock_ms();
	ASSERT_EQ(0, kill(self->victim.pid, SIGKILL));
	do {
		left = system_memory("AnonPages") - self->before;
		took = clock_ms() - began;
	} while (left > NOISE && took < GIVEN_BACK_MS);
	TH_LOG("%lld KiB left after %lld ms", (long long)left / 1024, (long long)took);
	EXPECT_GE(NOISE, left);
	ASSERT_TRUE(child_ended(&self->victim, &status, READY_MS));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(0, gpu_run(&self->queue));
}

/* The sibling: a process that is not killed gets its page when the server answers. */
TEST_F_TIMEOUT(killed, not_killed_it_goes_on, GPU_TEST_TIMEOUT)
{
	int status = -1;

	start(_metadata, self);
	EXPECT_FALSE(child_ended(&self->victim, &status, KEPT_MS));
	atomic_store(&self->fuse.gate->open, true);
	ASSERT_TRUE(child_ended(&self->victim, &status, READY_MS));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
