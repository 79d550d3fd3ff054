// SPDX-License-Identifier: GPL-2.0
/* Rule: a copy that fails costs its queue, is reported as -EIO, and harms no later copy. */
#include "kselftest_harness.h"
#include "ground/stock.h"

/* instructions/xe_gpu_commands.h: XY_FAST_COPY_BLT of 64 bytes, linear */
#define XY_FAST_COPY_BLT	(2u << 29 | 0x42u << 22 | 8)
#define DEPTH_32		(3u << 24)

FIXTURE(copies)
{
	struct stock s;
};

FIXTURE_SETUP(copies)
{
	OPEN(&self->s, DRM_XE_ENGINE_CLASS_COPY);
}

FIXTURE_TEARDOWN(copies)
{
	stock_close(&self->s);
}

static int copy(struct stock *s)
{
	uint64_t to = (uintptr_t)(s->area + 1024), from = (uintptr_t)s->area;
	const uint32_t dw[] = {
		XY_FAST_COPY_BLT, DEPTH_32 | 64, 0, 1 << 16 | 16,
		(uint32_t)to, to >> 32, 0, 64, (uint32_t)from, from >> 32,
	};
	unsigned int i;

	for (i = 0; i < sizeof(dw) / sizeof(dw[0]); i++)
		s->queue.batch[s->queue.len++] = dw[i];
	return gpu_run(&s->queue);
}

TEST_F_TIMEOUT(copies, failed_one_costs_its_queue, TEST_SECONDS)
{
	struct stock *s = &self->s;
	int64_t errors = count(s, "CAT_ERROR");

	s->area[0] = 7;
	ASSERT_EQ(0, gpu_model_turn(&s->model, "fail_copy", 1));
	EXPECT_EQ(-EIO, copy(s));
	EXPECT_EQ(0, s->area[1024]);
	EXPECT_EQ(errors + 1, count(s, "CAT_ERROR"));

	ASSERT_EQ(0, gpu_model_turn(&s->model, "fail_copy", 0));
	ASSERT_EQ(0, gpu_queue_renew(&s->queue));
	EXPECT_EQ(0, copy(s));
	EXPECT_EQ(7, s->area[1024]);
	EXPECT_EQ(errors + 1, count(s, "CAT_ERROR"));
}

TEST_HARNESS_MAIN
