// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C13, C15): the limits of its memory cgroup apply to a process whose
 * memory grows by GPU accesses as they do for CPU accesses: memory.high
 * throttles it and reclaims, memory.max without swap kills it, and no other
 * process.
 *
 * Desktop: may disturb it, makes control groups and swaps to /dev/ram1
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/cgroup.h"
#include "lib/child.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"
#include "lib/touch.h"

#define MIB		(1024 * 1024LL)
#define HIGH		(12 * MIB)
#define MAX		(24 * MIB)
#define NEIGHBOUR	(4 * MIB)
#define FAR_BEYOND	(44 * MIB)
#define WITHIN		(8 * MIB)
#define LIFE_MS		150000
#define ANSWER_MS	20000
#define GIVEN_BACK_MS	10000

FIXTURE(limited)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct cgroup group;
	struct child grower, neighbour;
	int64_t wanted;
	bool by_gpu;
};

FIXTURE_VARIANT(limited)
{
	bool by_gpu;
};

FIXTURE_VARIANT_ADD(limited, cpu) { .by_gpu = false, };
FIXTURE_VARIANT_ADD(limited, gpu) { .by_gpu = true, };

FIXTURE_SETUP(limited)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	if (cgroup_create(&self->group, "memory"))
		SKIP(return, "no memory cgroup");
	self->by_gpu = variant->by_gpu;
}

FIXTURE_TEARDOWN(limited)
{
	child_stop(&self->grower);
	child_stop(&self->neighbour);
	cgroup_destroy(&self->group);
	pressure_swap_off();
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* Opens its own GPU before it enters the group: only its writes are charged. */
static int grows(int fd, void *arg)
{
	FIXTURE_DATA(limited) *self = arg;
	struct gpu_queue queue;
	struct gpu gpu;
	char *area;

	if (gpu_open_mirrored(&gpu, gpu_control_in_memory, &queue) || gpu_run(&queue))
		return 1;
	area = memory_anonymous(self->wanted);
	if (!area || cgroup_enter(&self->group))
		return 2;
	if (touch_write(self->by_gpu ? &queue : NULL, area, self->wanted, SZ_4K, 1))
		return 3;
	return touch_wrong(area, self->wanted, SZ_4K, 1) ? 4 : 0;
}

/* Has some memory and answers. */
static int idles(int fd, void *arg)
{
	FIXTURE_DATA(limited) *self = arg;
	char *area = memory_anonymous(NEIGHBOUR);
	int word = 0;

	if (!area || cgroup_enter(&self->group) || touch_write(NULL, area, NEIGHBOUR, SZ_4K, 1))
		return 1;
	do {
		if (child_say(fd, word))
			return 0;
	} while (!child_hear(fd, &word, 2 * LIFE_MS));
	return 0;
}

static int start(FIXTURE_DATA(limited) *self, int64_t wanted)
{
	self->wanted = wanted;
	return child_start(&self->grower, grows, self);
}

static int64_t event_count(FIXTURE_DATA(limited) *self, const char *name)
{
	return cgroup_field(&self->group, "memory.events", name);
}

/* Exit status of a process that wrote @wanted with memory.high at HIGH. */
static int grow_under_high(struct __test_metadata *_metadata, FIXTURE_DATA(limited) *self,
			   int64_t wanted)
{
	int64_t began = clock_ms();
	int status = -1;

	ASSERT_EQ(0, cgroup_set_bytes(&self->group, "memory.high", HIGH));
	ASSERT_EQ(0, start(self, wanted));
	EXPECT_TRUE(child_ended(&self->grower, &status, LIFE_MS));
	TH_LOG("%lld MiB in %lld ms, peak %lld KiB of %lld, %lld times over high",
	       (long long)(wanted / MIB), (long long)(clock_ms() - began),
	       (long long)cgroup_number(&self->group, "memory.peak") / 1024, HIGH / 1024,
	       (long long)event_count(self, "high"));
	return status;
}

TEST_F_TIMEOUT(limited, high_throttles, 2 * GPU_TEST_TIMEOUT)
{
	if (pressure_swap_on())
		SKIP(return, "no swap on " PRESSURE_SWAP_DEVICE);
	ASSERT_EQ(0, grow_under_high(_metadata, self, FAR_BEYOND));
	EXPECT_LT(0, event_count(self, "high"));
	EXPECT_GT(2 * HIGH, cgroup_number(&self->group, "memory.peak"));
}

/* The sibling: less than the limit is not throttled. */
TEST_F_TIMEOUT(limited, less_than_high_does_not, 2 * GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(0, grow_under_high(_metadata, self, WITHIN));
	EXPECT_EQ(0, event_count(self, "high"));
	EXPECT_LE(WITHIN, cgroup_number(&self->group, "memory.peak"));
}

static void start_beside_neighbour(struct __test_metadata *_metadata, FIXTURE_DATA(limited) *self,
				   int64_t wanted)
{
	int word;

	ASSERT_EQ(0, cgroup_set_bytes(&self->group, "memory.max", MAX));
	if (cgroup_set(&self->group, "memory.swap.max", "0"))
		TH_LOG("this kernel has no swap");
	ASSERT_EQ(0, child_start(&self->neighbour, idles, self));
	ASSERT_EQ(0, child_hear(self->neighbour.fd, &word, ANSWER_MS));
	ASSERT_EQ(0, start(self, wanted));
}

static bool neighbour_lives(FIXTURE_DATA(limited) *self)
{
	int word = 0, status;

	return !child_ended(&self->neighbour, &status, 0) &&
		!child_say(self->neighbour.fd, 0x11fe) &&
		!child_hear(self->neighbour.fd, &word, ANSWER_MS) && word == 0x11fe;
}

TEST_F_TIMEOUT(limited, max_kills_the_process, 2 * GPU_TEST_TIMEOUT)
{
	int64_t began, left;
	int status = 0;

	start_beside_neighbour(_metadata, self, FAR_BEYOND);
	ASSERT_TRUE(child_ended(&self->grower, &status, LIFE_MS));
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		TH_LOG("status %#x", status);
	began = clock_ms();
	do {
		left = cgroup_number(&self->group, "memory.current");
	} while (left > 2 * NEIGHBOUR && clock_ms() < began + GIVEN_BACK_MS);
	EXPECT_GE(2 * NEIGHBOUR, left)
		TH_LOG("the memory of the killed process was not freed");
	EXPECT_TRUE(neighbour_lives(self))
		TH_LOG("a process that allocated nothing was killed, too");
	EXPECT_EQ(1, event_count(self, "oom_kill"));
	EXPECT_EQ(0, gpu_run(&self->queue));
}

/* The sibling: less than the limit kills nothing. */
TEST_F_TIMEOUT(limited, less_than_max_does_not, 2 * GPU_TEST_TIMEOUT)
{
	int status = -1;

	start_beside_neighbour(_metadata, self, WITHIN);
	ASSERT_TRUE(child_ended(&self->grower, &status, LIFE_MS));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(neighbour_lives(self));
	EXPECT_EQ(0, event_count(self, "oom_kill"));
}

TEST_HARNESS_MAIN
