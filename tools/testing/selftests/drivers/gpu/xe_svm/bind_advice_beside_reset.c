// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): advice for objects that falls into a GT reset is taken, and the kernel
 * does not warn: the reset drops the translations that would have been invalidated.
 *
 * Desktop: may end it, resets the GT
 */
#include "kselftest_harness.h"
#include "lib/advice.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"
#include "lib/taint.h"

#define OBJECTS		200
/* Another one than objects are bound with */
#define PAT_INDEX	1

MIRROR_ON_COPY_ENGINE();

TEST_F_TIMEOUT(mirror, objects, GPU_TEST_TIMEOUT)
{
	struct drm_xe_mem_range_attr attr;
	int taint = taint_read();
	void *object[OBJECTS];
	unsigned int i;
	uint32_t bo;

	ASSERT_LE(0, taint);
	for (i = 0; i < OBJECTS; i++) {
		ASSERT_EQ(0, gpu_bo_place(&self->gpu, SZ_64K, &bo, &object[i]));
		ASSERT_EQ(0, gpu_write(&self->queue, object[i], i));
	}
	if (gpu_ask_for_reset(&self->gpu))
		SKIP(return, "may not ask for a reset");
	for (i = 0; i < OBJECTS; i++) {
		EXPECT_EQ(0, advise_pat(&self->gpu, object[i], SZ_64K, PAT_INDEX));
		EXPECT_EQ(1, advice_query(&self->gpu, object[i], SZ_64K, &attr, 1));
		EXPECT_EQ(PAT_INDEX, attr.pat_index.val);
		clock_sleep_ms(1);
	}
	EXPECT_EQ(taint, taint_read())
		TH_LOG("the kernel has warned");
	for (i = 0; i < OBJECTS; i++)
		EXPECT_EQ(0, gpu_write(&self->queue, object[i], i + 1));
}

TEST_HARNESS_MAIN
