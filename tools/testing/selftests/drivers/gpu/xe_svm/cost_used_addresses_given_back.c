// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C14): after munmap() the kernel keeps nothing for the addresses that
 * the GPU used: page tables, blocks and windows are freed soon, without a bind
 * and while the VM lives, and addresses that are still mapped stay mapped.
 *
 * KASAN holds freed memory back for longer than the test waits.
 *
 * Not: kasan
 * Desktop: quiet machine, counts all free memory
 */
#include <stdio.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"
#include "lib/system_memory.h"
#include "lib/touch.h"
#include "lib/trace.h"

/* Each round has its own addresses: the second must not reuse objects of the first. */
#define ROUNDS		3
#define GIVEN_BACK_MS	5000
/* Other load of the machine; a leak grows with each round. */
#define MAY_STAY	((int64_t)SZ_64K)
/* A CPU page table for each touch is the least. */
#define TABLE		((int64_t)SZ_4K)
#define KEPT_BLOCKS	64
#define REAP		"xe_svm_reap"

FIXTURE(used)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_queue *accessor;	/* NULL: the CPU */
};

FIXTURE_VARIANT(used)
{
	bool by_gpu;
	size_t size;
	size_t stride;
};

FIXTURE_VARIANT_ADD(used, cpu_dense) { .size = 3072 * SZ_2M, .stride = SZ_2M, };
FIXTURE_VARIANT_ADD(used, gpu_dense) { .by_gpu = true, .size = 3072 * SZ_2M, .stride = SZ_2M, };
FIXTURE_VARIANT_ADD(used, cpu_sparse) { .size = 64 * SZ_1G, .stride = 16 * SZ_2M, };
FIXTURE_VARIANT_ADD(used, gpu_sparse) { .by_gpu = true, .size = 64 * SZ_1G, .stride = 16 * SZ_2M, };

FIXTURE_SETUP(used)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->accessor = variant->by_gpu ? &self->queue : NULL;
	if (system_memory_free() < 0)
		SKIP(return, "not root: cannot drop caches to measure kept memory");
}

FIXTURE_TEARDOWN(used)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* How much less is free than @before, once that is little or does not change for long. */
static int64_t kept_since(int64_t before)
{
	int64_t end = clock_ms() + GIVEN_BACK_MS, kept;

	do {
		kept = before - system_memory_free();
	} while (kept > MAY_STAY && clock_ms() < end);
	return kept;
}

/* INT64_MAX if other memory was freed meanwhile, so that used memory is not visible. */
static int64_t one_round(struct __test_metadata *_metadata, FIXTURE_DATA(used) *self, char *area,
			 size_t size, size_t stride)
{
	int64_t before = system_memory_free(), used, kept;

	ASSERT_EQ(0, touch_read(self->accessor, area, size, stride));
	used = before - system_memory_free();
	TH_LOG("%zu touches take %lld KiB", size / stride, (long long)used / 1024);
	ASSERT_EQ(0, munmap(area, size));
	kept = kept_since(before);
	TH_LOG("unmapped, %lld KiB stay; slab %lld KiB", (long long)kept / 1024,
	       (long long)system_memory("Slab") / 1024);
	return used < (int64_t)(size / stride) * TABLE / 2 ? INT64_MAX : kept;
}

TEST_F_TIMEOUT(used, nothing_stays, 2 * GPU_TEST_TIMEOUT)
{
	int64_t kept, least = INT64_MAX;
	size_t size = variant->size;
	char *area;
	int i;

	area = memory_map(ROUNDS * size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, madvise(area, ROUNDS * size, MADV_NOHUGEPAGE));
	for (i = 0; i < ROUNDS && least > MAY_STAY; i++) {
		kept = one_round(_metadata, self, area + i * size, size, variant->stride);
		least = kept < least ? kept : least;
	}
	EXPECT_GE(MAY_STAY, least);
	EXPECT_NE(INT64_MAX, least)
		TH_LOG("used memory is not visible, so a leak would not be either");
}

MIRROR_ON_COPY_ENGINE();

/* The sibling: of blocks in turns, those that stay mapped stay mapped for the GPU. */
TEST_F_TIMEOUT(mirror, neighbours_stay, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(KEPT_BLOCKS * SZ_2M);
	int64_t faults;
	unsigned int i;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, touch_write(&self->queue, area, KEPT_BLOCKS * SZ_2M, SZ_2M, 1));
	for (i = 1; i < KEPT_BLOCKS; i += 2)
		ASSERT_EQ(0, munmap(area + i * SZ_2M, SZ_2M));
	clock_sleep_ms(GIVEN_BACK_MS / 2);
	faults = gpu_faults(&self->gpu);
	for (i = 0; i < KEPT_BLOCKS; i += 2)
		gpu_batch_increment(&self->queue, area + i * SZ_2M);
	ASSERT_EQ(0, gpu_run(&self->queue));
	EXPECT_EQ(faults, gpu_faults(&self->gpu));
	for (i = 0; i < KEPT_BLOCKS; i += 2)
		EXPECT_EQ(i + 2, *(uint32_t *)(area + i * SZ_2M));
}

static bool is_at(int pid, const char *fields, void *arg)
{
	unsigned long long start, end;

	return sscanf(fields, "asid=%*u [0x%llx, 0x%llx)", &start, &end) == 2 &&
		start <= (uintptr_t)arg && (uintptr_t)arg < end;
}

static bool reaped(const char *addr)
{
	int64_t end = clock_ms() + GIVEN_BACK_MS;

	while (!trace_count(REAP, is_at, (void *)addr) && clock_ms() < end)
		clock_sleep_ms(10);
	trace_stop(REAP);
	return trace_count(REAP, is_at, (void *)addr) > 0;
}

/* A fault that comes too late leaves nothing either, beside memory that is used. */
TEST_F_TIMEOUT(mirror, refused_fault_leaves_nothing, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(2 * SZ_2M), *gone = area + SZ_2M;
	uint32_t value;

	if (!trace_offered(REAP))
		SKIP(return, "cannot trace");
	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, touch_write(&self->queue, area, 2 * SZ_2M, SZ_2M, 1));
	ASSERT_EQ(0, trace_start(REAP));
	ASSERT_EQ(0, munmap(gone, SZ_2M));
	ASSERT_TRUE(reaped(gone));

	ASSERT_EQ(0, trace_start(REAP));
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, (uint32_t *)gone, &value));
	EXPECT_TRUE(reaped(gone));
}

TEST_HARNESS_MAIN
