// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C1, C4, C8): a job whose batch, result and fence are in ordinary memory
 * completes while the kernel moves that memory (between nodes, to swap and
 * back, by mremap() between two jobs), and its fence is written afterwards.
 *
 * Boot: numa=fake=2
 * Desktop: may disturb it, swaps to /dev/ram1
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"

#define ROUNDS		60
#define ENOUGH_MS	30000
#define MOVES		20
#define PAGES		4
#define SIZE		(PAGES * SZ_4K)
#define STORES		100
#define MPOL_MF_MOVE	(1 << 1)

FIXTURE(moving)
{
	struct gpu gpu;
	struct gpu_queue queue;
	/* of the queue's page, and words of the test: a page for each quarter of the stores */
	char *control;
	uint32_t *words;
	pthread_t mover;
	atomic_bool stop;
	atomic_uint moved;
};

FIXTURE_VARIANT(moving)
{
	bool by_gpu;		/* else the CPU does the accesses of the job */
	/* Return: how many of the pages from @area on are elsewhere now, or -errno. */
	int (*move)(char *area, unsigned int round);
};

static int between_nodes(char *area, unsigned int round)
{
	int node[PAGES], status[PAGES], i, moved = 0;
	void *page[PAGES];

	for (i = 0; i < PAGES; i++) {
		page[i] = area + i * SZ_4K;
		node[i] = round % 2;
	}
	if (syscall(__NR_move_pages, 0, PAGES, page, node, status, MPOL_MF_MOVE) < 0)
		return -errno;
	for (i = 0; i < PAGES; i++)
		moved += status[i] == node[i];
	return moved;
}

static int to_swap(char *area, unsigned int round)
{
	int64_t before = memory_pfn(area);
	int err = pressure_page_out(area, SIZE);

	return err ?: before > 0 && memory_pfn(area) != before;
}

FIXTURE_VARIANT_ADD(moving, cpu_nodes) { .by_gpu = false, .move = between_nodes, };
FIXTURE_VARIANT_ADD(moving, cpu_swap) { .by_gpu = false, .move = to_swap, };
FIXTURE_VARIANT_ADD(moving, gpu_nodes) { .by_gpu = true, .move = between_nodes, };
FIXTURE_VARIANT_ADD(moving, gpu_swap) { .by_gpu = true, .move = to_swap, };

FIXTURE_SETUP(moving)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (variant->move == between_nodes && access("/sys/devices/system/node/node1", F_OK))
		SKIP(return, "one memory node only: boot with numa=fake=2");
	if (variant->move == to_swap && pressure_swap_on())
		SKIP(return, "no swap");
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->control = self->gpu.control.base;
	self->words = memory_anonymous(SZ_2M);
	ASSERT_NE(NULL, self->words);
}

FIXTURE_TEARDOWN(moving)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
	if (variant->move == to_swap)
		pressure_swap_off();
}

struct mover {
	FIXTURE_DATA(moving) *self;
	int (*move)(char *area, unsigned int round);
};

static void *moves(void *arg)
{
	struct mover *mover = arg;
	FIXTURE_DATA(moving) *self = mover->self;
	unsigned int round;
	int moved;

	for (round = 0; !self->stop; round++) {
		moved = mover->move(self->control, round);
		if (moved > 0)
			atomic_fetch_add(&self->moved, moved);
		mover->move((char *)self->words, round);
	}
	return NULL;
}

static volatile uint32_t *word(FIXTURE_DATA(moving) *self, unsigned int i)
{
	return self->words + i % PAGES * (SZ_4K / 4) + i;
}

/* Increments words; the last store is the number of the round. */
static int run(FIXTURE_DATA(moving) *self, bool by_gpu, unsigned int round)
{
	unsigned int i;

	if (!by_gpu) {
		for (i = 0; i < STORES; i++)
			++*word(self, i);
		*self->queue.fence = ++self->queue.seqno;
		*self->queue.result = round;
		return 0;
	}
	for (i = 0; i < STORES; i++)
		gpu_batch_increment(&self->queue, word(self, i));
	gpu_batch_store(&self->queue, self->queue.result, round);
	return gpu_run(&self->queue);
}

TEST_F_TIMEOUT(moving, jobs_end, GPU_TEST_TIMEOUT)
{
	struct mover mover = { .self = self, .move = variant->move };
	int64_t end = clock_ms() + ENOUGH_MS;
	unsigned int round, i;

	ASSERT_EQ(0, pthread_create(&self->mover, NULL, moves, &mover));
	for (round = 1; round <= ROUNDS || (self->moved < MOVES && clock_ms() < end); round++) {
		ASSERT_EQ(0, run(self, variant->by_gpu, round));
		ASSERT_EQ(self->queue.seqno, *self->queue.fence);
		ASSERT_EQ(round, *self->queue.result);
	}
	self->stop = true;
	pthread_join(self->mover, NULL);
	for (i = 0; i < STORES; i++)
		EXPECT_EQ(round - 1, *word(self, i));
	TH_LOG("%u rounds, %u pages of control memory moved", round - 1, self->moved);
	EXPECT_LE(MOVES, self->moved);
}

/* The queue's page as seen at its new address. */
static void follow(struct gpu_queue *queue, ptrdiff_t by)
{
	queue->fence = (void *)((char *)queue->fence + by);
	queue->result = (void *)((char *)queue->result + by);
	queue->batch = (void *)((char *)queue->batch + by);
}

MIRROR_ON_COPY_ENGINE();

TEST_F_TIMEOUT(mirror, address_changes_between_jobs, GPU_TEST_TIMEOUT)
{
	char *at = self->gpu.control.base, *room = memory_anonymous(SZ_2M), *next;
	volatile uint32_t *count = memory_anonymous(SZ_4K);
	uint64_t old = (uintptr_t)self->queue.batch;
	unsigned int i;

	ASSERT_NE(NULL, room);
	ASSERT_NE(NULL, count);
	for (i = 1; i <= ROUNDS; i++) {
		next = room + i * SZ_4K;
		ASSERT_EQ(next, mremap(at, SZ_4K, SZ_4K, MREMAP_MAYMOVE | MREMAP_FIXED, next));
		follow(&self->queue, next - at);
		at = next;
		ASSERT_EQ(0, gpu_increment(&self->queue, count));
		EXPECT_EQ(i, *count);
		EXPECT_EQ(self->queue.seqno, *self->queue.fence);
	}
	/* Where it was, nothing is. */
	EXPECT_EQ(0, gpu_submit(&self->queue, old));
	EXPECT_EQ(REFUSED, gpu_wait(&self->queue));
	EXPECT_EQ(ROUNDS, *count);
}

TEST_HARNESS_MAIN
