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

/* Return: interrupts kept back during a munmap of each block, or an error. */
static int64_t kept_back(FIXTURE_DATA(mirror) *self, const struct gpu_model *model)
{
	char *area = memory_anonymous(BLOCKS * SZ_2M);
	uint64_t flushes = 0, after = 0;
	unsigned int i;
	int64_t before;

	if (!area || gpu_fills(&self->queue, area))
		return -EIO;
	gpu_stat(&self->gpu, "svm_tlb_inval_count", &flushes);
	before = gpu_model_count(model, "IRQ_MASKED");
	for (i = 0; i < BLOCKS; i++)
		munmap(area + i * SZ_2M, SZ_2M);
	gpu_stat(&self->gpu, "svm_tlb_inval_count", &after);
	/* was all of it mapped? */
	return after - flushes < BLOCKS ? -ENODATA : gpu_model_count(model, "IRQ_MASKED") - before;
}

TEST_F_TIMEOUT(mirror, munmaps, GPU_TEST_TIMEOUT)
{
	struct gpu_model model;
	int64_t kept, most = 0;
	unsigned int tries;

	if (gpu_model_open(&self->gpu, &model))
		SKIP(return, "a real device does not tell which interrupts it did not raise");
	/* There is one where an answer takes longer than its waiter looks for it. */
	for (tries = 0; tries < TRIES && most < BLOCKS * 3 / 4; tries++) {
		kept = kept_back(self, &model);
		ASSERT_LE(0, kept);
		if (kept > most)
			most = kept;
	}
	gpu_model_close(&model);
	EXPECT_LE(BLOCKS * 3 / 4, most);
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
