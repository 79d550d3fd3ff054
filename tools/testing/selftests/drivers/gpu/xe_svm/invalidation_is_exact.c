// SPDX-License-Identifier: GPL-2.0
/*
 * Law (C6): the GPU's TLB forgets what the event covers, and no more than its
 * hardware makes it forget; where nothing is mapped nothing is flushed; no event
 * of one process flushes all.
 *
 * Elsewhere MADV_DONTNEED of 4 KiB takes its 2 MiB away and flushes 16 MiB, and
 * an exit flushes the whole GPU.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define PAGES		16
#define BLOCKS		32
/* What a flush of less than 2 MiB in a 2 MiB entry takes at least: 16 MiB. */
#define HUGE_FLUSH	(8 * SZ_2M)

FIXTURE(flush)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_model model;
	int64_t full, ranges, bytes;
};

FIXTURE_SETUP(flush)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (gpu_model_open(&self->gpu, &self->model))
		SKIP(return, "not an emulated GPU: it does not tell");
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
}

FIXTURE_TEARDOWN(flush)
{
	gpu_model_close(&self->model);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static void start_count(FIXTURE_DATA(flush) *self)
{
	self->full = gpu_model_count(&self->model, "TLB_INVAL_FULL");
	self->ranges = gpu_model_count(&self->model, "TLB_INVAL_RANGE");
	self->bytes = gpu_model_count(&self->model, "TLB_INVAL_BYTES");
}

static void flushed(struct __test_metadata *_metadata, FIXTURE_DATA(flush) *self,
		    int64_t ranges, uint64_t bytes)
{
	EXPECT_EQ(self->full, gpu_model_count(&self->model, "TLB_INVAL_FULL"));
	EXPECT_EQ(ranges, gpu_model_count(&self->model, "TLB_INVAL_RANGE") - self->ranges);
	EXPECT_GE(bytes, gpu_model_count(&self->model, "TLB_INVAL_BYTES") - self->bytes);
}

static int gpu_fills(struct gpu_queue *queue, char *area)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		gpu_batch_store(queue, area + i * SZ_4K, i + 1);
	return gpu_run(queue);
}

TEST_F_TIMEOUT(flush, of_one_page, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(SZ_2M);
	int64_t before;
	unsigned int i;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, gpu_fills(&self->queue, area));
	start_count(self);
	ASSERT_EQ(0, madvise(area + 5 * SZ_4K, SZ_4K, MADV_DONTNEED));
	flushed(_metadata, self, 1, SZ_4K);

	before = gpu_faults(&self->gpu);
	for (i = 0; i < PAGES; i++)
		if (i != 5)
			gpu_batch_increment(&self->queue, area + i * SZ_4K);
	ASSERT_EQ(0, gpu_run(&self->queue));
	EXPECT_EQ(before, gpu_faults(&self->gpu));
}

TEST_F_TIMEOUT(flush, of_a_part_of_a_huge_page, GPU_TEST_TIMEOUT)
{
	char *area = memory_map(SZ_2M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, madvise(area, SZ_2M, MADV_HUGEPAGE));
	memset(area, 1, SZ_2M);
	if (memory_smaps(area, "AnonHugePages") != SZ_2M)
		SKIP(return, "the kernel gave no huge page");
	ASSERT_EQ(0, gpu_fills(&self->queue, area));
	start_count(self);
	ASSERT_EQ(0, madvise(area + 5 * SZ_4K, SZ_4K, MADV_DONTNEED));
	flushed(_metadata, self, 1, HUGE_FLUSH);
}

/* The siblings: beside the mapped page, and in a block without one. */
TEST_F_TIMEOUT(flush, of_nothing, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(2 * SZ_2M);

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, gpu_fills(&self->queue, area));
	memset(area + SZ_2M / 2, 1, SZ_2M);
	start_count(self);
	ASSERT_EQ(0, madvise(area + SZ_2M / 2, SZ_4K, MADV_DONTNEED));
	ASSERT_EQ(0, madvise(area + SZ_2M, SZ_2M, MADV_DONTNEED));
	flushed(_metadata, self, 0, 0);
}

static int live_in_many_blocks(void)
{
	char *area = memory_anonymous(BLOCKS * SZ_2M);
	struct gpu_queue queue;
	struct gpu gpu;
	int i, err = gpu_open(&gpu);

	if (!err)
		err = gpu_bind_mirror_whole(&gpu);
	if (!err)
		err = gpu_control_in_memory(&gpu);
	if (!err)
		err = gpu_queue_create(&gpu, &gpu.engines[0], &queue);
	if (err || !area)
		return 1;
	for (i = 0; i < BLOCKS; i++)
		gpu_batch_store(&queue, area + i * SZ_2M, i);
	return gpu_run(&queue) != 0;
}

/* Others keep their translations: an exit is no reason to flush the whole GPU. */
TEST_F_TIMEOUT(flush, of_an_exit, GPU_TEST_TIMEOUT)
{
	int status = -1;
	pid_t child;

	start_count(self);
	child = fork();
	if (!child)
		_exit(live_in_many_blocks());
	ASSERT_LT(0, child);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(self->full, gpu_model_count(&self->model, "TLB_INVAL_FULL"));
}

TEST_HARNESS_MAIN
