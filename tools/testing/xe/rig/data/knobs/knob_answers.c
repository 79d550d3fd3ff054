// SPDX-License-Identifier: GPL-2.0
/* Rule: whatever becomes of an answer on its way, the driver has done its part: only the GPU waits or is confused. */
#include "kselftest_harness.h"
#include "ground/stock.h"

FIXTURE(answers)
{
	struct stock s;
};

FIXTURE_SETUP(answers)
{
	OPEN(&self->s, DRM_XE_ENGINE_CLASS_RENDER);
}

FIXTURE_TEARDOWN(answers)
{
	stock_close(&self->s);
}

TEST_F_TIMEOUT(answers, lost_one_leaves_the_queue_waiting, TEST_SECONDS)
{
	struct stock *s = &self->s;
	int64_t served = count(s, "FAULT_SERVED"), fired = count(s, "INJECT_FIRE");

	ASSERT_EQ(0, gpu_model_turn(&s->model, "drop_reply", 1));
	EXPECT_EQ(-ETIME, stock_store(s, 1, SECOND_NS));
	EXPECT_EQ(fired + 1, count(s, "INJECT_FIRE"));
	EXPECT_EQ(served, count(s, "FAULT_SERVED"));
	EXPECT_EQ(0, s->area[0]);

	/* bound all the same: a new queue does not even fault */
	ASSERT_EQ(0, gpu_model_turn(&s->model, "drop_reply", 0));
	ASSERT_EQ(0, gpu_queue_renew(&s->queue));
	EXPECT_EQ(0, stock_store(s, 2, 20 * SECOND_NS));
	EXPECT_EQ(2, s->area[0]);
	EXPECT_EQ(served, count(s, "FAULT_SERVED"));
}

TEST_F_TIMEOUT(answers, doubled_one_is_stray_the_second_time, TEST_SECONDS)
{
	struct stock *s = &self->s;
	int64_t served = count(s, "FAULT_SERVED"), stray = count(s, "FAULT_STRAY");

	ASSERT_EQ(0, gpu_model_turn(&s->model, "dup_reply", 1));
	EXPECT_EQ(0, stock_store(s, 3, 20 * SECOND_NS));
	EXPECT_EQ(3, s->area[0]);
	EXPECT_LT(stray, count(s, "FAULT_STRAY"));
	EXPECT_EQ(count(s, "FAULT_SERVED") - served, count(s, "FAULT_STRAY") - stray);
}

TEST_F_TIMEOUT(answers, order_does_not_matter, TEST_SECONDS)
{
	struct stock *s = &self->s;
	int64_t passed = count(s, "FAULT_ANSWER_PASSED"), served = count(s, "FAULT_SERVED");

	ASSERT_EQ(0, gpu_model_turn(&s->model, "parallel_touch", 1));
	ASSERT_EQ(0, gpu_model_turn(&s->model, "reorder_reply", 2));
	EXPECT_EQ(0, stock_touch_all(s, 4));
	EXPECT_TRUE(stock_was_touched(s, 4));
	EXPECT_LT(passed, count(s, "FAULT_ANSWER_PASSED"));
	EXPECT_LE(served + AREA_SIZE / SZ_4K, count(s, "FAULT_SERVED"));
}

TEST_F_TIMEOUT(answers, late_one_lets_the_gpu_go_on_late, TEST_SECONDS)
{
	struct stock *s = &self->s;
	int64_t start = now_ns(), ns = count(s, "FAULT_NS");

	ASSERT_EQ(0, gpu_model_turn(&s->model, "delay_reply_us", 400000));
	EXPECT_EQ(0, stock_store(s, 5, 20 * SECOND_NS));
	EXPECT_LE(400 * MS_NS, now_ns() - start);
	EXPECT_LE(400 * MS_NS, count(s, "FAULT_NS") - ns);
	EXPECT_EQ(5, s->area[0]);
}

TEST_HARNESS_MAIN
