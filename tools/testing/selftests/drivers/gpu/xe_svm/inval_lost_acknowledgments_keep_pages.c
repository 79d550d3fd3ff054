// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C6, C11): memory whose TLB invalidation the GPU never acknowledges is
 * not returned to the kernel, and the thread that releases it waits no longer
 * than the timeout. Its DMA mapping is kept, too. An invalidation that is
 * lost once is sent again.
 *
 * The emulated GPU loses the acknowledgments. The kernel logs errors here.
 *
 * Logs: TLB invalidation (fence timeout|failed)
 * Desktop: emulated GPU only
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/dma.h"
#include "lib/mirror_fixture.h"

#define SIZE		(64UL << 20)
#define HALF		(SZ_2M / 2)
/*
 * Other activity of the kernel may allocate or free as much, and free pages in the
 * lists of each CPU are not in MemFree.
 */
#define NOISE		((long)(SIZE / 2))
/* Two timeouts of invalidations, a GT reset, and a slow machine. */
#define BOUND_S		60
/* A GT reset in time is the exception. */
#define TRIES		5

FIXTURE(lost)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_model model;
	uint64_t leaked;
	int64_t resets, fired;
	unsigned int tries;
	long free;
	time_t start;
};

FIXTURE_SETUP(lost)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (gpu_model_open(&self->gpu, &self->model))
		SKIP(return, "not an emulated GPU: it cannot lose acknowledgments");
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
}

FIXTURE_TEARDOWN(lost)
{
	gpu_model_turn(&self->model, "drop_tlb_ack", 0);
	gpu_model_close(&self->model);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static long free_memory(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	long kib = -1;

	while (file && kib < 0 && fgets(line, sizeof(line), file))
		sscanf(line, "MemFree: %ld", &kib);
	if (file)
		fclose(file);
	return kib << 10;
}

/* Once what others freed before has arrived */
static long settled_free_memory(void)
{
	long before, now = free_memory();
	unsigned int polls = 0;

	do {
		before = now;
		usleep(200000);
		now = free_memory();
	} while (labs(now - before) > NOISE / 16 && ++polls < 50);
	return now;
}

static time_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static char *filled(struct gpu_queue *queue)
{
	char *area = memory_map(SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	unsigned long at;

	if (!area)
		return NULL;
	madvise(area, SIZE, MADV_HUGEPAGE);
	memset(area, 1, SIZE);
	for (at = 0; at < SIZE; at += SZ_2M)
		gpu_batch_store(queue, area + at, at);
	if (gpu_run(queue))
		return NULL;
	return area;
}

/* From now on, drop one in so many acknowledgments. */
static void lose(struct __test_metadata *_metadata, FIXTURE_DATA(lost) *self, uint32_t of)
{
	ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_leaked_page_count", &self->leaked));
	self->resets = gpu_model_count(&self->model, "GPU_RESET");
	self->free = settled_free_memory();
	self->start = now_s();
	ASSERT_EQ(0, gpu_model_turn(&self->model, "drop_tlb_ack", of));
}

static uint64_t lost_pages(struct __test_metadata *_metadata, FIXTURE_DATA(lost) *self)
{
	uint64_t leaked = 0;

	EXPECT_GT(BOUND_S, now_s() - self->start);
	EXPECT_EQ(0, gpu_model_turn(&self->model, "drop_tlb_ack", 0));
	EXPECT_EQ(0, gpu_stat(&self->gpu, "svm_leaked_page_count", &leaked));
	return leaked - self->leaked;
}

/*
 * A GT reset that comes in time leaves nothing in the TLBs, and the memory may go: on a slow
 * machine it sometimes does. Return: false then, and the test has to be tried once more.
 */
static bool was_kept(struct __test_metadata *_metadata, FIXTURE_DATA(lost) *self, uint64_t *pages)
{
	*pages = lost_pages(_metadata, self);
	if (*pages)
		return true;
	EXPECT_LT(self->resets, gpu_model_count(&self->model, "GPU_RESET"))
		TH_LOG("freed, though the GPU may still write to it");
	EXPECT_GT(TRIES, ++self->tries)
		TH_LOG("a GT reset came in time in each of %u tries", TRIES);
	return self->tries == TRIES;
}

/* All that was mapped is kept, and nothing of it is free again. */
static bool kept(struct __test_metadata *_metadata, FIXTURE_DATA(lost) *self)
{
	uint64_t pages;

	if (!was_kept(_metadata, self, &pages))
		return false;
	EXPECT_LE(SIZE / SZ_4K, pages);
	EXPECT_GT(NOISE, free_memory() - self->free)
		TH_LOG("counted as leaked, and freed anyway");
	return true;
}

/* A GT reset has ended the queue; everything else continues. */
static void goes_on(struct __test_metadata *_metadata, FIXTURE_DATA(lost) *self)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);

	ASSERT_NE(NULL, word);
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(0, gpu_write(&self->queue, word, 7));
	EXPECT_EQ(7, *word);
	EXPECT_EQ(0, gpu_model_count(&self->model, "TLB_STALE_USE"));
}

TEST_F_TIMEOUT(lost, always_at_munmap, TRIES * GPU_TEST_TIMEOUT)
{
	bool done;
	char *area;

	do {
		area = filled(&self->queue);
		ASSERT_NE(NULL, area);
		lose(_metadata, self, 1);
		EXPECT_EQ(0, munmap(area, SIZE));
		done = kept(_metadata, self);
		goes_on(_metadata, self);
	} while (!done);
}

/* Half of a huge page, which is one DMA mapping if it was mapped at once. */
static char *mapped_half(struct __test_metadata *_metadata, FIXTURE_DATA(lost) *self)
{
	char *area = memory_map(SZ_2M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, madvise(area, SZ_2M, MADV_HUGEPAGE));
	memset(area, 1, SZ_2M);
	if (memory_smaps(area, "AnonHugePages") != SZ_2M)
		SKIP(return NULL, "the kernel gave no huge page");
	ASSERT_EQ(0, munmap(area, HALF));
	ASSERT_EQ(0, gpu_write(&self->queue, area + HALF, 1));
	return area + HALF;
}

/* Its DMA mapping stays, too, when the rest of the pages is released. */
TEST_F_TIMEOUT(lost, part_of_a_mapping_at_munmap, TRIES * GPU_TEST_TIMEOUT)
{
	uint64_t pages;
	int64_t before;
	char *area;
	bool done;

	do {
		area = mapped_half(_metadata, self);
		if (!area)
			return;
		lose(_metadata, self, 1);
		EXPECT_EQ(0, munmap(area, HALF / 2));
		done = was_kept(_metadata, self, &pages);
		goes_on(_metadata, self);
	} while (!done);
	before = gpu_model_count(&self->model, "MEM_PAGES");
	EXPECT_EQ(0, munmap(area + HALF / 2, HALF / 2));
	/* Behind an IOMMU, the GPU reports the memory that it can still reach */
	if (dma_is_translated(&self->gpu))
		EXPECT_GT((int64_t)(HALF / 2 / SZ_4K),
			  before - gpu_model_count(&self->model, "MEM_PAGES"));
}

/* Stop after the first loss, so that acknowledgments of GT resets are not dropped. */
static void *stop_losing(void *arg)
{
	FIXTURE_DATA(lost) *self = arg;
	int64_t fired = self->fired;
	time_t end = now_s() + BOUND_S;

	while (gpu_model_count(&self->model, "INJECT_FIRE") == fired && now_s() < end)
		usleep(1000);
	gpu_model_turn(&self->model, "drop_tlb_ack", 0);
	return NULL;
}

/* The siblings: one that is lost once is sent again; without injection nothing is leaked. */
TEST_F_TIMEOUT(lost, once_at_munmap, GPU_TEST_TIMEOUT)
{
	char *area = filled(&self->queue);
	pthread_t thread;

	ASSERT_NE(NULL, area);
	self->fired = gpu_model_count(&self->model, "INJECT_FIRE");
	lose(_metadata, self, 1);
	ASSERT_EQ(0, pthread_create(&thread, NULL, stop_losing, self));
	EXPECT_EQ(0, munmap(area, SIZE));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, lost_pages(_metadata, self));
	EXPECT_LT(self->fired, gpu_model_count(&self->model, "INJECT_FIRE"));
	EXPECT_LT(SIZE - NOISE, (unsigned long)(free_memory() - self->free));
	goes_on(_metadata, self);
}

/* Runs in a child that has its own VM and reports when it is ready to exit. */
static void live_and_exit(int ready, int go)
{
	struct gpu_queue queue;
	struct gpu gpu;
	char word = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!gpu_open_mirrored(&gpu, gpu_control_in_memory, &queue) && filled(&queue))
		word = 1;
	_exit(write(ready, &word, 1) != 1 || read(go, &word, 1) != 1);
}

static void exit_of_a_child(struct __test_metadata *_metadata, FIXTURE_DATA(lost) *self,
			    uint32_t of)
{
	int ready[2], go[2], status = -1;
	char word = 0;
	pid_t child;

	ASSERT_EQ(0, pipe(ready));
	ASSERT_EQ(0, pipe(go));
	child = fork();
	if (!child)
		live_and_exit(ready[1], go[0]);
	ASSERT_LT(0, child);
	ASSERT_EQ(1, read(ready[0], &word, 1));
	ASSERT_EQ(1, word);
	lose(_metadata, self, of);
	ASSERT_EQ(1, write(go[1], &word, 1));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_EQ(0, status);
}

/* The VM's page tables are freed only after their own flush, which is lost here. */
TEST_F_TIMEOUT(lost, always_at_exit, TRIES * GPU_TEST_TIMEOUT)
{
	bool done;

	do {
		exit_of_a_child(_metadata, self, 1);
		done = kept(_metadata, self);
		goes_on(_metadata, self);
	} while (!done);
}

TEST_F_TIMEOUT(lost, never_at_exit, GPU_TEST_TIMEOUT)
{
	unsigned int polls;

	exit_of_a_child(_metadata, self, 0);
	EXPECT_EQ(0, lost_pages(_metadata, self));
	/* A busy kernel frees some of it later */
	for (polls = 0; polls < 500 && free_memory() - self->free <= SIZE - NOISE; polls++)
		usleep(10000);
	EXPECT_LT(SIZE - NOISE, (unsigned long)(free_memory() - self->free));
	goes_on(_metadata, self);
}

TEST_HARNESS_MAIN
