// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C13): pages that the GPU makes resident come from the memory nodes that
 * the policy and the cpuset of the process allow, like pages that the CPU makes
 * resident.
 *
 * Needs: field
 * Boot: numa=fake=2
 * Desktop: may disturb it, makes a control group
 */
#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "lib/cgroup.h"
#include "lib/child.h"
#include "lib/mirror_fixture.h"
#include "lib/touch.h"

#define NODES		2
#define PAGES		64
#define SIZE		(PAGES * SZ_4K)
#define ROUNDS		4
#define ANSWER_MS	30000

FIXTURE(policy)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_queue *accessor;	/* NULL: the CPU */
	struct cgroup group;
	struct child other;
	bool by_gpu;
};

FIXTURE_VARIANT(policy)
{
	bool by_gpu;
};

FIXTURE_VARIANT_ADD(policy, cpu) { .by_gpu = false, };
FIXTURE_VARIANT_ADD(policy, gpu) { .by_gpu = true, };

static int set_policy(int mode, unsigned long nodes)
{
	return syscall(__NR_set_mempolicy, mode, nodes ? &nodes : NULL, 8 * sizeof(nodes)) ?
		-errno : 0;
}

static int set_policy_of(void *area, int mode, unsigned long nodes)
{
	return syscall(__NR_mbind, area, SIZE, mode, &nodes, 8 * sizeof(nodes), 0) ? -errno : 0;
}

FIXTURE_SETUP(policy)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (access("/sys/devices/system/node/node1", F_OK))
		SKIP(return, "one memory node only: boot with numa=fake=2");
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->by_gpu = variant->by_gpu;
	self->accessor = variant->by_gpu ? &self->queue : NULL;
}

FIXTURE_TEARDOWN(policy)
{
	set_policy(MPOL_DEFAULT, 0);
	child_stop(&self->other);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
	cgroup_destroy(&self->group);
}

/* How many pages of @area lie on @node; -1: some are not there at all. */
static int pages_on(char *area, int node)
{
	void *page[PAGES];
	int where[PAGES], i, count = 0;

	for (i = 0; i < PAGES; i++)
		page[i] = area + i * SZ_4K;
	if (syscall(__NR_move_pages, 0, PAGES, page, NULL, where, 0))
		return -1;
	for (i = 0; i < PAGES; i++) {
		if (where[i] < 0)
			return -1;
		count += where[i] == node;
	}
	return count;
}

/* Pages of fresh memory on @node, once they have been written. */
static int fresh_pages_on(struct gpu_queue *accessor, int node)
{
	char *area = memory_anonymous(SZ_2M);
	int count = -1;

	if (area && !touch_write(accessor, area, SIZE, SZ_4K, 1))
		count = pages_on(area, node);
	munmap(area, SZ_2M);
	return count;
}

TEST_F_TIMEOUT(policy, bound, GPU_TEST_TIMEOUT)
{
	int node;

	for (node = 0; node < NODES; node++) {
		ASSERT_EQ(0, set_policy(MPOL_BIND, 1UL << node));
		EXPECT_EQ(PAGES, fresh_pages_on(self->accessor, node))
			TH_LOG("on node %d", node);
	}
}

TEST_F_TIMEOUT(policy, interleaved, GPU_TEST_TIMEOUT)
{
	int on_first;

	ASSERT_EQ(0, set_policy(MPOL_INTERLEAVE, (1UL << NODES) - 1));
	on_first = fresh_pages_on(self->accessor, 0);
	EXPECT_LE(PAGES / 4, on_first);
	EXPECT_GE(PAGES * 3 / 4, on_first);
}

TEST_F_TIMEOUT(policy, cpuset, GPU_TEST_TIMEOUT)
{
	int node;

	if (cgroup_create(&self->group, "cpuset"))
		SKIP(return, "no cpuset");
	ASSERT_EQ(0, cgroup_enter(&self->group));
	for (node = 0; node < NODES; node++) {
		ASSERT_EQ(0, cgroup_set(&self->group, "cpuset.mems", node ? "1" : "0"));
		EXPECT_EQ(PAGES, fresh_pages_on(self->accessor, node))
			TH_LOG("on node %d", node);
	}
}

/* The siblings: a policy of the memory goes first, */
TEST_F_TIMEOUT(policy, memory_has_its_own, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(SZ_2M);

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, set_policy(MPOL_BIND, 1UL << 1));
	ASSERT_EQ(0, set_policy_of(area, MPOL_BIND, 1UL << 0));
	ASSERT_EQ(0, touch_write(self->accessor, area, SIZE, SZ_4K, 1));
	EXPECT_EQ(PAGES, pages_on(area, 0));
}

static int binds_to_node_1(int fd, void *arg)
{
	FIXTURE_DATA(policy) *self = arg;
	struct gpu_queue queue;
	struct gpu gpu;
	int word;

	if (gpu_open_mirrored(&gpu, gpu_control_in_memory, &queue) || gpu_run(&queue) ||
	    set_policy(MPOL_BIND, 1UL << 1))
		return 1;
	while (!child_hear(fd, &word, ANSWER_MS))
		if (child_say(fd, fresh_pages_on(self->by_gpu ? &queue : NULL, 1)))
			break;
	return 0;
}

/* and other processes have theirs. */
TEST_F_TIMEOUT(policy, others_have_their_own, GPU_TEST_TIMEOUT)
{
	int i, theirs;

	ASSERT_EQ(0, child_start(&self->other, binds_to_node_1, self));
	ASSERT_EQ(0, set_policy(MPOL_BIND, 1UL << 0));
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, child_say(self->other.fd, 0));
		EXPECT_EQ(PAGES, fresh_pages_on(self->accessor, 0));
		ASSERT_EQ(0, child_hear(self->other.fd, &theirs, ANSWER_MS));
		EXPECT_EQ(PAGES, theirs);
	}
}

TEST_HARNESS_MAIN
