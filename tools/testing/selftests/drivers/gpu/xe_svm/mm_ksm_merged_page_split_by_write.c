// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): after KSM has merged two equal pages, a GPU write to one of them
 * changes only that one.
 *
 * Desktop: may disturb it, turns KSM on and off
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define KSM		"/sys/kernel/mm/ksm/"
#define MERGE_POLLS	3000
#define POLL_US		10000

FIXTURE(ksm)
{
	struct gpu gpu;
	struct gpu_queue queue;
	char *area;
};

static int set(const char *path, unsigned long value)
{
	FILE *file = fopen(path, "w");

	if (!file)
		return -errno;
	fprintf(file, "%lu\n", value);
	return fclose(file) ? -errno : 0;
}

static long merged_pages(void)
{
	FILE *file = fopen("/proc/self/ksm_merging_pages", "r");
	long pages = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &pages) != 1)
		pages = -1;
	fclose(file);
	return pages;
}

static int wait_merged(void)
{
	int i;

	for (i = 0; i < MERGE_POLLS; i++) {
		if (merged_pages() >= 1)
			return 0;
		usleep(POLL_US);
	}
	return -ETIME;
}

/* Two pages that the GPU made equal, merged into one. */
FIXTURE_SETUP(ksm)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (merged_pages() < 0 || set(KSM "sleep_millisecs", 0) || set(KSM "run", 1))
		SKIP(return, "no KSM");
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);

	self->area = memory_anonymous(2 * SZ_4K);
	ASSERT_NE(NULL, self->area);
	memset(self->area, 0x77, 2 * SZ_4K);
	gpu_batch_store(&self->queue, self->area, 0x15a0001);
	gpu_batch_store(&self->queue, self->area + SZ_4K, 0x15a0001);
	ASSERT_EQ(0, gpu_run(&self->queue));
	ASSERT_EQ(0, madvise(self->area, 2 * SZ_4K, MADV_MERGEABLE));
	ASSERT_EQ(0, wait_merged());
}

FIXTURE_TEARDOWN(ksm)
{
	set(KSM "run", 2);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

TEST_F_TIMEOUT(ksm, gpu_writes_one, GPU_TEST_TIMEOUT)
{
	int64_t before = gpu_faults(&self->gpu);
	uint32_t value = 0;

	EXPECT_EQ(0, gpu_write(&self->queue, self->area, 0x15a0002));
	EXPECT_LT(before, gpu_faults(&self->gpu));
	EXPECT_EQ(0x15a0002, *(uint32_t *)self->area);
	EXPECT_EQ(0x15a0001, *(uint32_t *)(self->area + SZ_4K));
	EXPECT_EQ(0, gpu_read(&self->queue, self->area + SZ_4K, &value));
	EXPECT_EQ(0x15a0001, value);
}

/* The sibling: reading leaves them merged. */
TEST_F_TIMEOUT(ksm, gpu_reads_both, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0;

	EXPECT_EQ(0, gpu_read(&self->queue, self->area, &value));
	EXPECT_EQ(0x15a0001, value);
	EXPECT_EQ(0, gpu_read(&self->queue, self->area + SZ_4K, &value));
	EXPECT_EQ(0x15a0001, value);
	EXPECT_LE(1, merged_pages());
}

TEST_HARNESS_MAIN
