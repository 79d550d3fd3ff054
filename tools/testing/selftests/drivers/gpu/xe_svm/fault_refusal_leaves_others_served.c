// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C1): a refused fault does not affect others: faults that wait in the
 * same run of the worker, and all later ones, are served.
 *
 * Named after the fault worker of 6.12, which kept `fault_unsuccessful` set
 * after one failure and refused the rest of its run.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define ROUNDS	20

MIRROR_ON_COPY_ENGINE();

/* One queue for an address that must be refused, one per engine for good ones. */
TEST_F_TIMEOUT(mirror, good_beside_bad, GPU_TEST_TIMEOUT)
{
	struct gpu_queue good[GPU_MAX_ENGINES];
	volatile uint32_t *word, *bad;
	unsigned int i, round, n = self->gpu.num_engines;
	int64_t before;

	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, gpu_queue_create(&self->gpu, &self->gpu.engines[i], &good[i]));
		ASSERT_EQ(0, gpu_run(&good[i]));
	}
	bad = memory_anonymous(SZ_4K);
	ASSERT_NE(NULL, bad);
	ASSERT_EQ(0, munmap((void *)bad, SZ_4K));

	for (round = 0; round < ROUNDS; round++) {
		word = memory_anonymous(n * SZ_2M);
		ASSERT_NE(NULL, word);
		before = gpu_faults(&self->gpu);

		gpu_batch_store(&self->queue, bad, round);
		ASSERT_EQ(0, gpu_start(&self->queue));
		for (i = 0; i < n; i++) {
			gpu_batch_store(&good[i], word + i * SZ_2M / 4, round + 1);
			ASSERT_EQ(0, gpu_start(&good[i]));
		}

		for (i = 0; i < n; i++) {
			EXPECT_EQ(0, gpu_wait(&good[i]))
				TH_LOG("round %u, engine %u", round, i);
			EXPECT_EQ(round + 1, word[i * SZ_2M / 4]);
		}
		EXPECT_EQ(REFUSED, gpu_wait(&self->queue));
		EXPECT_LE(before + n, gpu_faults(&self->gpu));
		ASSERT_EQ(0, gpu_queue_renew(&self->queue));
		munmap((void *)word, n * SZ_2M);
	}
	for (i = 0; i < n; i++)
		gpu_queue_destroy(&good[i]);
}

/* One reply for each fault: the refused access is not repeated. */
TEST_F_TIMEOUT(mirror, refused_once, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *bad = memory_anonymous(SZ_4K);
	int64_t faults, refused, served, stray;

	ASSERT_NE(NULL, bad);
	ASSERT_EQ(0, munmap((void *)bad, SZ_4K));
	faults = gpu_model_count(&self->model, "FAULT");
	refused = gpu_model_count(&self->model, "FAULT_REFUSED");
	served = gpu_model_count(&self->model, "FAULT_SERVED");
	stray = gpu_model_count(&self->model, "FAULT_STRAY");
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, bad, 1));
	WITH_MODEL(&self->model) {
		EXPECT_EQ(faults + 1, gpu_model_count(&self->model, "FAULT"));
		EXPECT_EQ(refused + 1, gpu_model_count(&self->model, "FAULT_REFUSED"));
		EXPECT_EQ(served, gpu_model_count(&self->model, "FAULT_SERVED"));
		EXPECT_EQ(stray, gpu_model_count(&self->model, "FAULT_STRAY"));
	}
}

TEST_HARNESS_MAIN
