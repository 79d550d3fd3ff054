// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C4, C8): data that the GPU wrote survives swap-out, and the GPU's next
 * access swaps the page in.
 *
 * Desktop: may disturb it, swaps to /dev/ram1
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"

#define PAGES		64

FIXTURE(swapped)
{
	struct gpu gpu;
	struct gpu_queue queue;
	char *area;
};

FIXTURE_SETUP(swapped)
{
	int i;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (pressure_swap_on())
		SKIP(return, "no swap on " PRESSURE_SWAP_DEVICE);
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);

	self->area = memory_anonymous(PAGES * SZ_4K);
	ASSERT_NE(NULL, self->area);
	for (i = 0; i < PAGES; i++)
		*(uint32_t *)(self->area + i * SZ_4K) = 0;
	for (i = 0; i < PAGES; i++)
		gpu_batch_store(&self->queue, self->area + i * SZ_4K, 0x50a90000 + i);
	ASSERT_EQ(0, gpu_run(&self->queue));
	ASSERT_EQ(0, pressure_page_out(self->area, PAGES * SZ_4K));
	ASSERT_LT(PAGES / 2 * SZ_4K, memory_smaps(self->area, "Swap"))
		TH_LOG("nothing was swapped out: the GPU held the pages");
}

FIXTURE_TEARDOWN(swapped)
{
	munmap(self->area, PAGES * SZ_4K);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
	pressure_swap_off();
}

TEST_F_TIMEOUT(swapped, cpu_reads_it_back, GPU_TEST_TIMEOUT)
{
	int i;

	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(0x50a90000 + i, *(uint32_t *)(self->area + i * SZ_4K));
}

TEST_F_TIMEOUT(swapped, gpu_reads_it_back, GPU_TEST_TIMEOUT)
{
	int64_t before = gpu_faults(&self->gpu);
	uint32_t value;
	int i;

	for (i = 0; i < PAGES; i++) {
		value = 0;
		EXPECT_EQ(0, gpu_read(&self->queue, self->area + i * SZ_4K, &value));
		EXPECT_EQ(0x50a90000 + i, value);
	}
	EXPECT_LT(before, gpu_faults(&self->gpu));
	EXPECT_GT(PAGES / 2 * SZ_4K, memory_smaps(self->area, "Swap"));
}

TEST_F_TIMEOUT(swapped, gpu_writes_beside_it, GPU_TEST_TIMEOUT)
{
	int i;

	for (i = 0; i < PAGES; i++)
		gpu_batch_store(&self->queue, self->area + i * SZ_4K + 4, i);
	ASSERT_EQ(0, gpu_run(&self->queue));
	for (i = 0; i < PAGES; i++) {
		EXPECT_EQ(0x50a90000 + i, ((uint32_t *)(self->area + i * SZ_4K))[0]);
		EXPECT_EQ(i, ((uint32_t *)(self->area + i * SZ_4K))[1]);
	}
}

TEST_HARNESS_MAIN
