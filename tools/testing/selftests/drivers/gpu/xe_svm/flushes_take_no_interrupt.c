// SPDX-License-Identifier: GPL-2.0
/*
 * Law (P4): who waits for a TLB invalidation takes its acknowledgment itself,
 * without the interrupt that would tell of it; and what else the GuC says while
 * its interrupts are held is neither lost nor late.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define BLOCKS		64
/* A machine under load may be slow for a while. */
#define TRIES		10
/* Places in blocks of their own; the step makes no sequence that is served ahead. */
#define ROUNDS		300
#define STEP		7
/* From the start of a job to its fault, and some more: here faults are looked for. */
#define SPREAD_US	3000

static int64_t interrupts_taken(void)
{
	FILE *file = fopen("/proc/interrupts", "r");
	char line[512], *at, *end;
	int64_t sum = -1;
	long count;

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file)) {
		at = strchr(line, ':');
		line[strcspn(line, "\n")] = 0;
		if (!at || strlen(at) < 4 || strcmp(line + strlen(line) - 3, " xe"))
			continue;
		for (sum = 0, at++; count = strtol(at, &end, 10), end != at; at = end)
			sum += count;
	}
	fclose(file);
	return sum;
}

static int gpu_fills(struct gpu_queue *queue, char *area)
{
	unsigned int i;

	for (i = 0; i < BLOCKS; i++)
		gpu_batch_store(queue, area + i * SZ_2M, i + 1);
	return gpu_run(queue);
}

/* Return: interrupts taken by as many munmaps as there are blocks, or an error. */
static int64_t taken_by_munmaps(FIXTURE_DATA(mirror) *self)
{
	char *area = memory_anonymous(BLOCKS * SZ_2M);
	uint64_t flushes = 0, after = 0;
	int64_t before, taken;
	unsigned int i;

	if (!area || gpu_fills(&self->queue, area))
		return -EIO;
	gpu_stat(&self->gpu, "svm_tlb_inval_count", &flushes);
	before = interrupts_taken();
	for (i = 0; i < BLOCKS; i++)
		munmap(area + i * SZ_2M, SZ_2M);
	taken = interrupts_taken() - before;
	gpu_stat(&self->gpu, "svm_tlb_inval_count", &after);
	/* was all of it mapped? */
	return after - flushes < BLOCKS ? -ENODATA : taken;
}

TEST_F_TIMEOUT(mirror, munmaps, GPU_TEST_TIMEOUT)
{
	int64_t least = INT64_MAX, taken;
	unsigned int tries;

	ASSERT_LT(0, interrupts_taken())
		TH_LOG("the device has no interrupt in /proc/interrupts");
	/* There is one where an answer takes longer than its waiter looks for it. */
	for (tries = 0; tries < TRIES && least >= BLOCKS / 4; tries++) {
		taken = taken_by_munmaps(self);
		ASSERT_LE(0, taken);
		if (taken < least)
			least = taken;
	}
	EXPECT_GT(BLOCKS / 4, least);
}

/* The sibling: faults have no one who waits for them, so they do interrupt. */
TEST_F_TIMEOUT(mirror, not_of_faults, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(BLOCKS * SZ_2M);
	int64_t before = interrupts_taken();

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, gpu_fills(&self->queue, area));
	/* Two may share an interrupt, where the first is answered before its end. */
	EXPECT_LE(BLOCKS / 2, interrupts_taken() - before);
	ASSERT_EQ(0, munmap(area, BLOCKS * SZ_2M));
}

/* A fault at any moment of a flush, and nothing after it that would have it seen. */
TEST_F_TIMEOUT(mirror, fault_meanwhile, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(ROUNDS * SZ_2M);
	int64_t before = gpu_faults(&self->gpu);
	unsigned int i;

	ASSERT_NE(NULL, area);
	for (i = 0; i < ROUNDS; i++) {
		struct timespec later = { .tv_nsec = i % 100 * (SPREAD_US * 1000 / 100) };
		char *page = area + i * STEP % ROUNDS * SZ_2M, *gone = page + SZ_4K;

		ASSERT_EQ(0, gpu_write(&self->queue, gone, 1));
		gpu_batch_store(&self->queue, page, i + 1);
		ASSERT_EQ(0, gpu_start(&self->queue));
		nanosleep(&later, NULL);
		ASSERT_EQ(0, munmap(gone, SZ_4K));
		ASSERT_EQ(0, gpu_wait(&self->queue))
			TH_LOG("round %u: nobody saw the fault", i);
		ASSERT_EQ(i + 1, *(uint32_t *)page);
	}
	EXPECT_LE(2 * ROUNDS, gpu_faults(&self->gpu) - before);
}

MIRROR_ON_COPY_ENGINE();

TEST_HARNESS_MAIN
