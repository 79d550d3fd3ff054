// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C2): when a part of a mapped 2 MiB loses its permissions, the rest
 * stays usable and faults on the part get their own reply, in bounded time.
 *
 * Linux 7.3 retries an access to the other half without end.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define HALF	(SZ_2M / 2)

FIXTURE_VARIANT(area)
{
	int advice;
};

FIXTURE(area)
{
	struct gpu gpu;
	struct gpu_queue queue;
	uint32_t *low;
	uint32_t *high;
};

FIXTURE_VARIANT_ADD(area, small_pages) { .advice = MADV_NOHUGEPAGE, };
FIXTURE_VARIANT_ADD(area, huge_page) { .advice = MADV_HUGEPAGE, };

/* 2 MiB whose two halves the GPU has written. */
FIXTURE_SETUP(area)
{
	char *p;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	p = memory_map(SZ_2M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	ASSERT_NE(NULL, p);
	ASSERT_EQ(0, madvise(p, SZ_2M, variant->advice));
	*p = 0;
	if (variant->advice == MADV_HUGEPAGE && memory_smaps(p, "AnonHugePages") != SZ_2M)
		SKIP(return, "the kernel gave no huge page");

	self->low = (uint32_t *)p;
	self->high = (uint32_t *)(p + HALF);
	gpu_batch_store(&self->queue, self->low, 0x10000001);
	gpu_batch_store(&self->queue, self->high, 0x20000001);
	ASSERT_EQ(0, gpu_run(&self->queue));
}

FIXTURE_TEARDOWN(area)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

TEST_F_TIMEOUT(area, half_without_rights, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0;

	ASSERT_EQ(0, mprotect(self->low, HALF, PROT_NONE));
	EXPECT_EQ(0, gpu_read(&self->queue, self->high, &value));
	EXPECT_EQ(0x20000001, value);
	EXPECT_EQ(0, gpu_write(&self->queue, self->high, 0x20000002));
	EXPECT_EQ(0x20000002, *self->high);

	EXPECT_EQ(REFUSED, gpu_read(&self->queue, self->low, &value));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(0, gpu_write(&self->queue, self->high, 0x20000003));
	EXPECT_EQ(0x20000003, *self->high);
}

TEST_F_TIMEOUT(area, half_readonly, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0;

	ASSERT_EQ(0, mprotect(self->low, HALF, PROT_READ));
	EXPECT_EQ(0, gpu_write(&self->queue, self->high, 0x20000004));
	EXPECT_EQ(0, gpu_read(&self->queue, self->low, &value));
	EXPECT_EQ(0x10000001, value);
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, self->low, 0x10000002));
	EXPECT_EQ(0x10000001, *self->low);
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(0, gpu_write(&self->queue, self->high, 0x20000005));
	EXPECT_EQ(0x20000005, *self->high);
}

TEST_F_TIMEOUT(area, half_unmapped, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0;

	ASSERT_EQ(0, munmap(self->low, HALF));
	EXPECT_EQ(0, gpu_read(&self->queue, self->high, &value));
	EXPECT_EQ(0x20000001, value);
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, self->low, &value));
}

TEST_HARNESS_MAIN
