// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C1, C6): late or duplicate faults, late TLB acknowledgments, and a TLB
 * that never evicts an entry by itself change no result, only timing.
 *
 * The emulated GPU injects the disorder; a real one cannot.
 *
 * Desktop: emulated GPU only
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define ROUNDS	30

FIXTURE(disorder)
{
	struct gpu gpu;
	struct gpu_queue queue[GPU_MAX_ENGINES];
	struct gpu_model model;
};

FIXTURE_VARIANT(disorder)
{
	const char *knob;
	uint32_t value;
	int fires;	/* it is counted each time */
};

FIXTURE_VARIANT_ADD(disorder, every_fault_twice) {
	.knob = "dup_fault", .value = 1, .fires = 1,
};
FIXTURE_VARIANT_ADD(disorder, third_fault_twice) {
	.knob = "dup_fault", .value = 3, .fires = 1,
};
FIXTURE_VARIANT_ADD(disorder, late_faults) { .knob = "delay_fault_us", .value = 3000, };
FIXTURE_VARIANT_ADD(disorder, late_acknowledgments) {
	.knob = "delay_tlb_ack_us", .value = 3000,
};
FIXTURE_VARIANT_ADD(disorder, tlb_forgets_nothing) { .knob = "strict", .value = 1, };

FIXTURE_SETUP(disorder)
{
	unsigned int i;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (gpu_model_open(&self->gpu, &self->model))
		SKIP(return, "not an emulated GPU");
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue[0]);
	for (i = 1; i < self->gpu.num_engines; i++) {
		ASSERT_EQ(0, gpu_queue_create(&self->gpu, &self->gpu.engines[i],
					      &self->queue[i]));
		ASSERT_EQ(0, gpu_run(&self->queue[i]));
	}
	ASSERT_EQ(0, gpu_model_turn(&self->model, variant->knob, variant->value));
}

FIXTURE_TEARDOWN(disorder)
{
	unsigned int i;

	gpu_model_turn(&self->model, variant->knob, 0);
	gpu_model_close(&self->model);
	for (i = 0; i < self->gpu.num_engines; i++)
		gpu_queue_destroy(&self->queue[i]);
	gpu_close(&self->gpu);
}

/* Every engine counts in the same three pages, all at once. */
static void count_together(struct __test_metadata *_metadata, FIXTURE_DATA(disorder) *self,
			   char *area)
{
	unsigned int i, page;

	for (i = 0; i < self->gpu.num_engines; i++) {
		for (page = 0; page < 3; page++)
			gpu_batch_increment(&self->queue[i], area + page * SZ_4K);
		ASSERT_EQ(0, gpu_start(&self->queue[i]));
	}
	for (i = 0; i < self->gpu.num_engines; i++)
		EXPECT_EQ(0, gpu_wait(&self->queue[i]));
}

TEST_F_TIMEOUT(disorder, results_are_right, GPU_TEST_TIMEOUT)
{
	int64_t fired = gpu_model_count(&self->model, "INJECT_FIRE");
	unsigned int round, page;
	char *area = memory_anonymous(SZ_2M);

	ASSERT_NE(NULL, area);
	for (round = 0; round < ROUNDS; round++) {
		count_together(_metadata, self, area);
		for (page = 0; page < 3; page++)
			EXPECT_EQ(self->gpu.num_engines, *(uint32_t *)(area + page * SZ_4K))
				TH_LOG("round %u, page %u", round, page);

		/* Unmapped and mapped again, so that the next round faults again. */
		ASSERT_EQ(0, munmap(area, SZ_2M));
		ASSERT_EQ(area, mmap(area, SZ_2M, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
	}
	EXPECT_EQ(0, gpu_model_count(&self->model, "TLB_STALE_USE"));
	if (variant->fires)
		EXPECT_LT(fired, gpu_model_count(&self->model, "INJECT_FIRE"));
}

TEST_HARNESS_MAIN
