// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (P5, P6): a mirror over the whole address space is one bind of O(1) time and
 * memory; it causes no mapping, no fault and no flush.
 *
 * Desktop: quiet machine, counts the memory of the kernel
 */
#include <stdio.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define ROUNDS		1000
/* Addresses where nothing is */
#define FREE		(1UL << 40)
/* Per-CPU caches breathe; a page table per round would be 4 MiB. */
#define SLACK_KIB	2048
/* KASAN keeps freed memory until its quarantine is full: 1/32 of the memory. */
#define TRIES		12

FIXTURE(whole)
{
	struct gpu gpu;
};

FIXTURE_SETUP(whole)
{
	mirror_open(_metadata, &self->gpu);
}

FIXTURE_TEARDOWN(whole)
{
	gpu_close(&self->gpu);
}

static int64_t kernel_memory_kib(void)
{
	int64_t sum = 0;
	unsigned long kib;
	char line[128];
	FILE *meminfo = fopen("/proc/meminfo", "r");

	if (!meminfo)
		return -errno;
	while (fgets(line, sizeof(line), meminfo))
		if (sscanf(line, "SUnreclaim: %lu", &kib) == 1 ||
		    sscanf(line, "PageTables: %lu", &kib) == 1 ||
		    sscanf(line, "Shmem: %lu", &kib) == 1)
			sum += kib;
	fclose(meminfo);
	return sum;
}

static int bind_and_unbind(struct gpu *gpu)
{
	return gpu_bind_mirror_whole(gpu) ?: gpu_unbind(gpu, 0, gpu_va_size(gpu));
}

/* With a queue that has run: only GTs that a VM has run on are flushed. */
TEST_F_TIMEOUT(whole, no_fault_no_flush, GPU_TEST_TIMEOUT)
{
	struct gpu_queue queue;
	uint64_t before, after;
	int64_t faults;

	ASSERT_EQ(0, gpu_control_in_bo(&self->gpu));
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, &self->gpu.engines[0], &queue));
	ASSERT_EQ(0, gpu_run(&queue));
	faults = gpu_faults(&self->gpu);
	ASSERT_LE(0, faults);
	ASSERT_EQ(0, gpu_stat(&self->gpu, "tlb_inval_count", &before));
	EXPECT_EQ(0, gpu_bind_mirror(&self->gpu, FREE, FREE, 0));
	EXPECT_EQ(0, gpu_unbind(&self->gpu, FREE, FREE));
	EXPECT_EQ(0, gpu_bind_mirror(&self->gpu, FREE, FREE, 0));
	ASSERT_EQ(0, gpu_stat(&self->gpu, "tlb_inval_count", &after));
	EXPECT_EQ(before, after);
	EXPECT_EQ(faults, gpu_faults(&self->gpu));
}

/* Memory leaked by @ROUNDS binds and unbinds, in KiB, or a negative errno */
static int rounds_keep_kib(struct gpu *gpu, int64_t *kept)
{
	int64_t before = kernel_memory_kib();
	unsigned int i;
	int err;

	if (before <= 0)
		return -ENODATA;
	for (i = 0; i < ROUNDS; i++) {
		err = bind_and_unbind(gpu);
		if (err)
			return err;
	}
	*kept = kernel_memory_kib() - before;
	return 0;
}

TEST_F_TIMEOUT(whole, no_memory, GPU_TEST_TIMEOUT)
{
	int64_t kept = INT64_MAX;
	unsigned int i;

	for (i = 0; i < ROUNDS / 10; i++)
		ASSERT_EQ(0, bind_and_unbind(&self->gpu));
	/* A leak recurs in every try. */
	for (i = 0; i < TRIES && kept >= SLACK_KIB; i++) {
		ASSERT_EQ(0, rounds_keep_kib(&self->gpu, &kept));
		TH_LOG("%u rounds kept %lld KiB", ROUNDS, (long long)kept);
	}
	EXPECT_GT(SLACK_KIB, kept);
}

/* The sibling: a mirror that is used does cost, so the figures above can move. */
TEST_F_TIMEOUT(whole, use_is_counted, GPU_TEST_TIMEOUT)
{
	int64_t faults = gpu_faults(&self->gpu);
	struct gpu_queue queue;

	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &queue);
	EXPECT_LT(faults, gpu_faults(&self->gpu));
	gpu_queue_destroy(&queue);
}

TEST_HARNESS_MAIN
