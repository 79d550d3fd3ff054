// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C1, C10): if the IOMMU cannot map the pages of a fault, the fault
 * waits, and is served once it can. Mapped pages stay usable meanwhile. Only a
 * persistent shortage ends the queue, with the cause recorded.
 *
 * The allocations of the IOMMU are made to fail (CONFIG_FAILSLAB,
 * CONFIG_FAIL_PAGE_ALLOC) while the driver maps pages for DMA: those for ranges
 * of its address space, and those for its page tables. A kernel that cannot do
 * that, or no IOMMU, is a skip.
 *
 * Needs: iommu failslab
 * Desktop: may end it, makes allocations of the IOMMU fail
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/dma.h"
#include "lib/failnth.h"
#include "lib/mirror_fixture.h"
#include "lib/touch.h"

#define MAPS_FOR_DMA	"xe_svm_pages_map"
/*
 * More mappings than the IOMMU code of the kernel keeps ranges for that were used before;
 * every other page, so that each is one.
 */
#define PAGES		4096
#define SIZE		(2 * PAGES * SZ_4K)
#define STRIDE		(2 * SZ_4K)
#define NOTICED_MS	20000
/* Well below a quarter of a second, after which the fault is refused. */
#define SHORT_MS	20

FIXTURE(room)
{
	struct gpu gpu;
	struct gpu_queue queue;
	/* Of a second engine, with memory that is mapped all the time. */
	struct gpu_queue other;
	volatile uint32_t *witness;
	char *area;
};

FIXTURE_SETUP(room)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (!dma_is_translated(&self->gpu))
		SKIP(return, "no IOMMU (KCONF=iommu)");
	if (failnth_setup())
		SKIP(return, "this kernel cannot fail allocations (CONFIG_FAILSLAB)");
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, &self->gpu.engines[self->gpu.num_engines - 1],
				      &self->other));
	self->witness = memory_anonymous(SZ_4K);
	ASSERT_NE(NULL, self->witness);
	ASSERT_EQ(0, gpu_write(&self->other, self->witness, 1));

	self->area = memory_map(SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	ASSERT_NE(NULL, self->area);
	ASSERT_EQ(0, madvise(self->area, SIZE, MADV_NOHUGEPAGE));
	ASSERT_EQ(0, touch_write(NULL, self->area, SIZE, STRIDE, 1));
}

FIXTURE_TEARDOWN(room)
{
	failnth_below(NULL, 0);
	gpu_queue_destroy(&self->other);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static uint64_t deferred(FIXTURE_DATA(room) *self)
{
	uint64_t count = 0;

	gpu_stat(&self->gpu, "svm_deferred_count", &count);
	return count;
}

/* One job that touches all pages; a page that is not mapped at once delays it. */
static void start_touching(struct __test_metadata *_metadata, FIXTURE_DATA(room) *self)
{
	unsigned int i;

	for (i = 0; i < SIZE / SZ_2M; i++)
		gpu_batch_store(&self->queue, self->area + i * SZ_2M, 0x1077 + i);
	ASSERT_EQ(0, gpu_start(&self->queue));
}

static void witness_is_usable(struct __test_metadata *_metadata, FIXTURE_DATA(room) *self)
{
	uint32_t value = *self->witness;

	ASSERT_EQ(0, gpu_increment(&self->other, self->witness));
	EXPECT_EQ(value + 1, *self->witness);
}

static void all_were_touched(struct __test_metadata *_metadata, FIXTURE_DATA(room) *self)
{
	unsigned int i;

	for (i = 0; i < SIZE / SZ_2M; i++)
		EXPECT_EQ(0x1077 + i, *(uint32_t *)(self->area + i * SZ_2M));
}

TEST_F_TIMEOUT(room, comes_back_soon, GPU_TEST_TIMEOUT)
{
	uint64_t before = deferred(self);
	int64_t end = clock_ms() + NOTICED_MS;

	ASSERT_EQ(0, failnth_below(MAPS_FOR_DMA, 1));
	start_touching(_metadata, self);
	while (deferred(self) == before && clock_ms() < end)
		;
	clock_sleep_ms(SHORT_MS);
	ASSERT_EQ(0, failnth_below(NULL, 0));
	EXPECT_LT(before, deferred(self))
		TH_LOG("there was room for all: nothing was shown");
	EXPECT_EQ(0, gpu_wait(&self->queue));
	all_were_touched(_metadata, self);
	witness_is_usable(_metadata, self);
}

/* Each service of a block fails or succeeds as a whole. */
TEST_F_TIMEOUT(room, is_scarce, GPU_TEST_TIMEOUT)
{
	uint64_t before = deferred(self);
	int round;

	ASSERT_EQ(0, failnth_below(MAPS_FOR_DMA, 500));
	for (round = 0; round < 4; round++) {
		ASSERT_EQ(0, touch_write(&self->queue, self->area, SIZE, STRIDE, round));
		EXPECT_EQ(0, touch_wrong(self->area, SIZE, STRIDE, round));
		/* Fresh memory, which is mapped elsewhere than before. */
		ASSERT_EQ(0, madvise(self->area, SIZE, MADV_DONTNEED));
		ASSERT_EQ(0, touch_write(NULL, self->area, SIZE, STRIDE, 1));
	}
	ASSERT_EQ(0, failnth_below(NULL, 0));
	TH_LOG("%llu faults were deferred", (unsigned long long)(deferred(self) - before));
	EXPECT_LT(before, deferred(self))
		TH_LOG("there was room for all: nothing was shown");
}

/* Of huge pages: the kernel keeps no used ranges of that size, so each needs an allocation. */
TEST_F_TIMEOUT(room, does_not_come_back, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(0, munmap(self->area, SIZE));
	self->area = memory_map(SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	ASSERT_NE(NULL, self->area);
	ASSERT_EQ(0, madvise(self->area, SIZE, MADV_HUGEPAGE));
	ASSERT_EQ(0, touch_write(NULL, self->area, SIZE, STRIDE, 1));
	if (memory_smaps(self->area, "AnonHugePages") != SIZE)
		SKIP(return, "the kernel gave no huge pages");

	ASSERT_EQ(0, failnth_below(MAPS_FOR_DMA, 1));
	start_touching(_metadata, self);
	witness_is_usable(_metadata, self);
	EXPECT_EQ(REFUSED, gpu_wait(&self->queue));
	witness_is_usable(_metadata, self);
	ASSERT_EQ(0, failnth_below(NULL, 0));

	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	start_touching(_metadata, self);
	EXPECT_EQ(0, gpu_wait(&self->queue));
	all_were_touched(_metadata, self);
}

TEST_HARNESS_MAIN
