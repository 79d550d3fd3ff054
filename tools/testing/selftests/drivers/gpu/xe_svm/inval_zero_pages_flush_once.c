// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C6, P4): memory that the GPU read while it was unpopulated costs at
 * most two TLB flushes per 2 MiB block when the CPU writes all of it, however
 * many zero pages the GPU has mapped; other pages are unmapped one by one, as
 * before.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/child.h"
#include "lib/mirror_fixture.h"
#include "lib/touch.h"

#define BLOCKS		8
#define SIZE		(BLOCKS * SZ_2M)
#define FLUSHES		2
#define PAGES		16
#define CHANGED		5
#define READY_MS	20000

FIXTURE(zero)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_model model;
	struct child other;
};

FIXTURE_SETUP(zero)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	gpu_model_open(&self->gpu, &self->model);
}

FIXTURE_TEARDOWN(zero)
{
	child_stop(&self->other);
	gpu_model_close(&self->model);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/**
 * struct flushes - what was flushed so far, by the driver's account, which counts a message to each
 * GT that the VM has run on, and by the GPU's, in each GT
 */
struct flushes {
	uint64_t driver;
	int64_t model[GPU_MAX_GTS], bytes[GPU_MAX_GTS];
};

static struct flushes flushes(FIXTURE_DATA(zero) *self)
{
	struct flushes now = { };
	unsigned int i;

	gpu_stat(&self->gpu, "svm_tlb_inval_count", &now.driver);
	if (!self->model.bar)
		return now;
	for (i = 0; i < self->gpu.num_gts; i++) {
		now.model[i] = gpu_model_count_in(&self->model, i, "TLB_INVAL_RANGE") +
			gpu_model_count_in(&self->model, i, "TLB_INVAL_FULL");
		now.bytes[i] = gpu_model_count_in(&self->model, i, "TLB_INVAL_BYTES");
	}
	return now;
}

static void expect_flushes(struct __test_metadata *_metadata, FIXTURE_DATA(zero) *self,
			   const struct flushes *before, uint64_t least, uint64_t most)
{
	struct flushes now = flushes(self);
	unsigned int i;

	TH_LOG("%llu flushes", (unsigned long long)(now.driver - before->driver));
	EXPECT_LE(least, now.driver - before->driver);
	EXPECT_GE(most, now.driver - before->driver);
	for (i = 0; i < self->gpu.num_gts; i++)
		WITH_MODEL(&self->model)
			EXPECT_GE((int64_t)most, now.model[i] - before->model[i]);
}

static void read_untouched(struct __test_metadata *_metadata, FIXTURE_DATA(zero) *self, char *area,
			   size_t size)
{
	int64_t faults = gpu_faults(&self->gpu);

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, touch_read(&self->queue, area, size, SZ_4K));
	ASSERT_LT(faults, gpu_faults(&self->gpu));
	ASSERT_EQ(0, memory_smaps(area, "Anonymous"))
		TH_LOG("a read made pages");
}

TEST_F_TIMEOUT(zero, read_by_gpu_written_by_cpu, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(SIZE);
	struct flushes before;

	read_untouched(_metadata, self, area, SIZE);
	before = flushes(self);
	ASSERT_EQ(0, touch_write(NULL, area, SIZE, SZ_4K, 0x2e900000));
	expect_flushes(_metadata, self, &before, 1, FLUSHES * BLOCKS);
	EXPECT_EQ(0, touch_wrong_by_gpu(&self->queue, area, SIZE, SZ_4K, 0x2e900000));
}

/* The GPU reads again between the writes, and never sees an old page. */
TEST_F_TIMEOUT(zero, read_between_writes, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(SZ_2M);
	uint32_t value;
	unsigned int i;

	read_untouched(_metadata, self, area, SZ_2M);
	for (i = 0; i < PAGES; i++) {
		*(volatile uint32_t *)(area + i * SZ_4K) = i + 1;
		ASSERT_EQ(0, gpu_read(&self->queue, area + i * SZ_4K, &value));
		EXPECT_EQ(i + 1, value);
		ASSERT_EQ(0, gpu_read(&self->queue, area + (i + 1) * SZ_4K, &value));
		EXPECT_EQ(0, value);
	}
}

/* Memory that only the CPU uses costs nothing. */
TEST_F_TIMEOUT(zero, never_read_by_gpu, GPU_TEST_TIMEOUT)
{
	struct flushes before = flushes(self);
	char *area = memory_anonymous(SIZE);

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, touch_read(NULL, area, SIZE, SZ_4K));
	ASSERT_EQ(0, touch_write(NULL, area, SIZE, SZ_4K, 1));
	expect_flushes(_metadata, self, &before, 0, 0);
}

/* Not in order, so that no run of pages is contiguous. */
static void write_scattered(char *area)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		*(volatile uint32_t *)(area + i * 7 % PAGES * SZ_4K) = i * 7 % PAGES + 1;
}

static int read_pages(FIXTURE_DATA(zero) *self, const char *area, unsigned int but)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		if (i != but)
			gpu_batch_copy(&self->queue, self->queue.result, area + i * SZ_4K);
	return gpu_run(&self->queue);
}

static int shares_memory(int fd, void *unused)
{
	int word;

	return child_say(fd, 0) || child_hear(fd, &word, 10 * READY_MS);
}

/* A page that a write replaces, since a child shares it: only that page is unmapped. */
TEST_F_TIMEOUT(zero, real_page_goes_alone, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(SZ_2M);
	struct flushes before, now;
	uint32_t value;
	int64_t faults;
	unsigned int i;
	int word;

	ASSERT_NE(NULL, area);
	write_scattered(area);
	ASSERT_EQ(0, child_start(&self->other, shares_memory, NULL));
	ASSERT_EQ(0, child_hear(self->other.fd, &word, READY_MS));
	ASSERT_EQ(0, read_pages(self, area, PAGES));

	before = flushes(self);
	*(volatile uint32_t *)(area + CHANGED * SZ_4K) = 0x9ea1;
	expect_flushes(_metadata, self, &before, 1, 1);
	now = flushes(self);
	for (i = 0; i < self->gpu.num_gts; i++)
		WITH_MODEL(&self->model)
			EXPECT_EQ(gpu_gt_flushes(&self->gpu, i, SZ_4K),
				  now.bytes[i] - before.bytes[i]);

	faults = gpu_faults(&self->gpu);
	ASSERT_EQ(0, read_pages(self, area, CHANGED));
	EXPECT_EQ(faults, gpu_faults(&self->gpu))
		TH_LOG("pages that did not change were taken from the GPU");
	ASSERT_EQ(0, gpu_read(&self->queue, area + CHANGED * SZ_4K, &value));
	EXPECT_EQ(0x9ea1, value);
	EXPECT_LT(faults, gpu_faults(&self->gpu));
}

/* Other pages stay when zero pages of the same block are unmapped. */
TEST_F_TIMEOUT(zero, real_pages_beside_stay, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(SZ_2M), *untouched = area + SZ_2M / 2;
	struct flushes before;
	int64_t faults;

	ASSERT_NE(NULL, area);
	write_scattered(area);
	ASSERT_EQ(0, read_pages(self, area, PAGES));
	ASSERT_EQ(0, read_pages(self, untouched, PAGES));

	before = flushes(self);
	*(volatile uint32_t *)untouched = 1;
	expect_flushes(_metadata, self, &before, 1, 1);
	faults = gpu_faults(&self->gpu);
	ASSERT_EQ(0, read_pages(self, area, PAGES));
	EXPECT_EQ(faults, gpu_faults(&self->gpu));
}

TEST_HARNESS_MAIN
