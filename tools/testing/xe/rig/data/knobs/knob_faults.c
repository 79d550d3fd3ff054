// SPDX-License-Identifier: GPL-2.0
/* Rule: the driver serves each reported fault, in any order; it never learns of a lost one. */
#include "kselftest_harness.h"
#include "ground/stock.h"

FIXTURE(faults)
{
	struct stock s;
};

FIXTURE_SETUP(faults)
{
	OPEN(&self->s, DRM_XE_ENGINE_CLASS_COPY);
}

FIXTURE_TEARDOWN(faults)
{
	stock_close(&self->s);
}

TEST_F_TIMEOUT(faults, lost_one_waits_until_its_queue_goes, TEST_SECONDS)
{
	struct stock *s = &self->s;
	int64_t faults = count(s, "FAULT"), served = count(s, "FAULT_SERVED");
	int64_t aborted = count(s, "FAULT_ABORTED");

	ASSERT_EQ(0, gpu_model_turn(&s->model, "drop_fault", 1));
	EXPECT_EQ(-ETIME, stock_store(s, 1, SECOND_NS));
	EXPECT_EQ(faults + 1, count(s, "FAULT"));
	EXPECT_EQ(served, count(s, "FAULT_SERVED"));
	EXPECT_EQ(0, s->area[0]);

	ASSERT_EQ(0, gpu_model_turn(&s->model, "drop_fault", 0));
	ASSERT_EQ(0, gpu_queue_renew(&s->queue));
	EXPECT_EQ(0, stock_store(s, 2, 20 * SECOND_NS));
	EXPECT_EQ(2, s->area[0]);
	EXPECT_EQ(aborted + 1, count(s, "FAULT_ABORTED"));
}

TEST_F_TIMEOUT(faults, doubled_one_is_answered_twice, TEST_SECONDS)
{
	struct stock *s = &self->s;
	int64_t faults = count(s, "FAULT"), served = count(s, "FAULT_SERVED");
	int i;

	ASSERT_EQ(0, gpu_model_turn(&s->model, "dup_fault", 1));
	EXPECT_EQ(0, stock_store(s, 3, 20 * SECOND_NS));
	EXPECT_EQ(3, s->area[0]);
	EXPECT_LT(faults, count(s, "FAULT"));
	/* the copy is answered behind the one the engine waits for */
	faults = count(s, "FAULT") - faults;
	for (i = 0; i < 100 && count(s, "FAULT_SERVED") < served + 2 * faults; i++)
		usleep(20000);
	EXPECT_EQ(served + 2 * faults, count(s, "FAULT_SERVED"));
	EXPECT_EQ(0, count(s, "GUEST_ERROR"));
}

TEST_F_TIMEOUT(faults, order_does_not_matter, TEST_SECONDS)
{
	struct stock *s = &self->s;
	int64_t passed = count(s, "G2H_PASSED"), served = count(s, "FAULT_SERVED");

	ASSERT_EQ(0, gpu_model_turn(&s->model, "parallel_touch", 1));
	ASSERT_EQ(0, gpu_model_turn(&s->model, "reorder_fault", 2));
	EXPECT_EQ(0, stock_touch_all(s, 4));
	EXPECT_TRUE(stock_was_touched(s, 4));
	EXPECT_LT(passed, count(s, "G2H_PASSED"));
	EXPECT_LE(served + AREA_SIZE / SZ_4K, count(s, "FAULT_SERVED"));
}

TEST_F_TIMEOUT(faults, late_one_is_served_late, TEST_SECONDS)
{
	struct stock *s = &self->s;
	int64_t start = now_ns();

	ASSERT_EQ(0, gpu_model_turn(&s->model, "delay_fault_us", 400000));
	EXPECT_EQ(0, stock_store(s, 5, 20 * SECOND_NS));
	EXPECT_LE(400 * MS_NS, now_ns() - start);
	EXPECT_EQ(5, s->area[0]);
}

TEST_HARNESS_MAIN
