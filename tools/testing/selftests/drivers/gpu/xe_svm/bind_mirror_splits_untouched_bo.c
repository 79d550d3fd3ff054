// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: a mirror bound over the middle of a buffer object leaves both ends of
 * it, whether the GPU used the object before or not.
 *
 * Named after the page-table updates of binds in 6.12, which executed the
 * number of operations counted instead of the number prepared: for an object
 * without entries, one more, read from uninitialised memory.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define ROUNDS	100
#define SIZE	(3 * SZ_4K)

MIRROR_ON_COPY_ENGINE();

/* Both ends of the object and the memory between them are usable. */
static void parts_work(struct __test_metadata *_metadata, struct gpu_queue *queue, char *area,
		       uint32_t value)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		gpu_batch_store(queue, area + i * SZ_4K, value + i);
	ASSERT_EQ(0, gpu_run(queue));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(value + i, *(uint32_t *)(area + i * SZ_4K));
}

static void split(struct __test_metadata *_metadata, FIXTURE_DATA(mirror) *self, bool touched)
{
	char *area, *middle;
	void *placed;
	uint32_t bo;

	ASSERT_EQ(0, gpu_bo_place(&self->gpu, SIZE, &bo, &placed));
	area = placed;
	middle = area + SZ_4K;
	if (touched)
		ASSERT_EQ(0, gpu_write(&self->queue, middle, 1));
	ASSERT_EQ(middle, mmap(middle, SZ_4K, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, (uintptr_t)middle, SZ_4K, 0));
	parts_work(_metadata, &self->queue, area, 0xb0000000);

	ASSERT_EQ(0, munmap(area, SIZE));
	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, (uintptr_t)area, SIZE, 0));
	gpu_bo_destroy(&self->gpu, bo);
}

TEST_F_TIMEOUT(mirror, untouched, GPU_TEST_TIMEOUT)
{
	int i;

	for (i = 0; i < ROUNDS; i++)
		split(_metadata, self, false);
}

TEST_F_TIMEOUT(mirror, touched, GPU_TEST_TIMEOUT)
{
	int i;

	for (i = 0; i < ROUNDS; i++)
		split(_metadata, self, true);
}

TEST_HARNESS_MAIN
