// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11, P4): the process, its memory and its descriptor may end in any order
 * while memory is mapped on the GPU; nothing hangs, nothing leaks, and the
 * device serves the next process.
 *
 * Desktop: quiet machine, counts the TLB invalidations of the whole GPU
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define ROUNDS	10
#define BLOCKS	64
/* A few windows, and the page tables of the VM. */
#define FLUSHES	8

FIXTURE(life)
{
	struct gpu gpu;
};

/* Opened first to find out whether there is something to test. */
FIXTURE_SETUP(life)
{
	mirror_open(_metadata, &self->gpu);
}

FIXTURE_TEARDOWN(life)
{
	gpu_close(&self->gpu);
}

/* A GPU of one's own with one page written by it. */
static int live(struct gpu *gpu, struct gpu_queue *queue, volatile uint32_t **word)
{
	int err = gpu_open_mirrored(gpu, gpu_control_in_memory, queue);

	if (err)
		return err;
	*word = memory_anonymous(SZ_4K);
	return *word ? gpu_write(queue, *word, 0x11fe0001) : -ENOMEM;
}

static int exit_with_everything_open(void)
{
	volatile uint32_t *word;
	struct gpu_queue queue;
	struct gpu gpu;

	return live(&gpu, &queue, &word);
}

static int close_before_munmap(void)
{
	volatile uint32_t *word;
	struct gpu_queue queue;
	struct gpu gpu;
	int err = live(&gpu, &queue, &word);

	if (err)
		return err;
	gpu_close(&gpu);
	if (*word != 0x11fe0001)
		return -EIO;
	*word = 0x11fe0002;
	return munmap((void *)word, SZ_4K) ? -errno : 0;
}

static int munmap_before_close(void)
{
	volatile uint32_t *word;
	struct gpu_queue queue;
	struct gpu gpu;
	int err = live(&gpu, &queue, &word);

	if (err)
		return err;
	if (munmap((void *)word, SZ_4K))
		return -errno;
	gpu_close(&gpu);
	return 0;
}

static int killed_while_running(void)
{
	volatile uint32_t *word;
	struct gpu_queue queue;
	struct gpu gpu;
	int i, err = live(&gpu, &queue, &word);

	if (err)
		return err;
	for (i = 0; i < 200; i++)
		gpu_batch_store(&queue, memory_anonymous(SZ_4K), i);
	err = gpu_start(&queue);
	if (err)
		return err;
	return kill(getpid(), SIGKILL);
}

/* Pages in many blocks that are neighbours, so that few windows hold them all. */
static int exit_with_many_blocks(void)
{
	char *area = memory_anonymous(BLOCKS * SZ_2M);
	volatile uint32_t *word;
	struct gpu_queue queue;
	struct gpu gpu;
	int i, err = live(&gpu, &queue, &word);

	if (err || !area)
		return err ?: -ENOMEM;
	for (i = 0; i < BLOCKS; i++)
		gpu_batch_store(&queue, area + i * SZ_2M, i);
	return gpu_run(&queue);
}

/* Runs @order in a process of its own; its status as waitpid() gives it. */
static int in_child(int (*order)(void))
{
	int status = -1;
	pid_t child = fork();

	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(order() ? 1 : 0);
	}
	return waitpid(child, &status, 0) == child ? status : -1;
}

static void device_still_works(struct __test_metadata *_metadata, struct gpu *gpu)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	struct gpu_queue queue;

	ASSERT_NE(NULL, word);
	mirror_start(_metadata, gpu, &gpu->engines[0], &queue);
	EXPECT_EQ(0, gpu_write(&queue, word, 0x11fe0003));
	EXPECT_EQ(0x11fe0003, *word);
	gpu_queue_destroy(&queue);
}

TEST_F_TIMEOUT(life, exit_with_everything_open, GPU_TEST_TIMEOUT)
{
	int i;

	for (i = 0; i < ROUNDS; i++)
		EXPECT_EQ(0, in_child(exit_with_everything_open));
	device_still_works(_metadata, &self->gpu);
}

TEST_F_TIMEOUT(life, close_before_munmap, GPU_TEST_TIMEOUT)
{
	int i;

	for (i = 0; i < ROUNDS; i++)
		EXPECT_EQ(0, in_child(close_before_munmap));
	device_still_works(_metadata, &self->gpu);
}

TEST_F_TIMEOUT(life, munmap_before_close, GPU_TEST_TIMEOUT)
{
	int i;

	for (i = 0; i < ROUNDS; i++)
		EXPECT_EQ(0, in_child(munmap_before_close));
	device_still_works(_metadata, &self->gpu);
}

TEST_F_TIMEOUT(life, killed_while_running, GPU_TEST_TIMEOUT)
{
	int i, status;

	for (i = 0; i < ROUNDS; i++) {
		status = in_child(killed_while_running);
		EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	device_still_works(_metadata, &self->gpu);
}

/* C6, P4: memory unmapped at once needs a few flushes, not one for each block. */
TEST_F_TIMEOUT(life, exit_with_many_blocks, GPU_TEST_TIMEOUT)
{
	uint64_t before, after;

	ASSERT_EQ(0, gpu_stat(&self->gpu, "tlb_inval_count", &before));
	EXPECT_EQ(0, in_child(exit_with_many_blocks));
	ASSERT_EQ(0, gpu_stat(&self->gpu, "tlb_inval_count", &after));
	TH_LOG("%lu TLB invalidations for %d blocks", after - before, BLOCKS);
	EXPECT_LT(before, after);
	EXPECT_GE(before + FLUSHES * self->gpu.num_gts, after);
}

TEST_HARNESS_MAIN
