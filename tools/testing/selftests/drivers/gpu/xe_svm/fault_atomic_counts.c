// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): a GPU atomic on anonymous memory faults, counts, and needs write
 * permission; several engines that increment one word at once lose no
 * increment.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define INCREMENTS	200

MIRROR_ON_EVERY_ENGINE();

TEST_F_TIMEOUT(mirror, untouched_page, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	int64_t before = gpu_faults(&self->gpu);

	ASSERT_NE(NULL, word);
	EXPECT_EQ(0, gpu_increment(&self->queue, word));
	EXPECT_EQ(1, *word);
	EXPECT_LT(before, gpu_faults(&self->gpu));
}

TEST_F_TIMEOUT(mirror, err_readonly, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);

	ASSERT_NE(NULL, word);
	*word = 7;
	ASSERT_EQ(0, mprotect((void *)word, SZ_4K, PROT_READ));
	EXPECT_EQ(REFUSED, gpu_increment(&self->queue, word));
	EXPECT_EQ(7, *word);
}

/* The variant's queue and one more on every engine, all started before any is waited for. */
TEST_F_TIMEOUT(mirror, all_engines_at_once, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	struct gpu_queue queue[GPU_MAX_ENGINES];
	unsigned int i, j;

	ASSERT_NE(NULL, word);
	for (i = 0; i < self->gpu.num_engines; i++) {
		ASSERT_EQ(0, gpu_queue_create(&self->gpu, &self->gpu.engines[i], &queue[i]));
		for (j = 0; j < INCREMENTS; j++)
			gpu_batch_increment(&queue[i], word);
	}
	for (j = 0; j < INCREMENTS; j++)
		gpu_batch_increment(&self->queue, word);

	for (i = 0; i < self->gpu.num_engines; i++)
		ASSERT_EQ(0, gpu_start(&queue[i]));
	ASSERT_EQ(0, gpu_run(&self->queue));
	for (i = 0; i < self->gpu.num_engines; i++) {
		EXPECT_EQ(0, gpu_wait(&queue[i]));
		gpu_queue_destroy(&queue[i]);
	}
	EXPECT_EQ((self->gpu.num_engines + 1) * INCREMENTS, *word);
}

TEST_HARNESS_MAIN
