// SPDX-License-Identifier: GPL-2.0
/* Rule: an unbind is over when its TLB invalidation is acknowledged, or when the driver has waited long enough. */
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "ground/stock.h"

#define PATIENCE	(250 * MS_NS)	/* tlb_timeout_jiffies() without what it adds for the ring */
#define ROUNDS		200

FIXTURE(acks)
{
	struct stock s;
};

/* the GPU has been in the area: unbinding it wants an invalidation */
FIXTURE_SETUP(acks)
{
	OPEN(&self->s, DRM_XE_ENGINE_CLASS_COPY);
	ASSERT_EQ(0, stock_store(&self->s, 1, 20 * SECOND_NS));
}

FIXTURE_TEARDOWN(acks)
{
	stock_close(&self->s);
}

TEST_F_TIMEOUT(acks, lost_one_is_given_up_with_an_error, TEST_SECONDS)
{
	struct stock *s = &self->s;
	int64_t start = now_ns(), fired = count(s, "INJECT_FIRE");

	ASSERT_EQ(0, gpu_model_turn(&s->model, "drop_tlb_ack", 1));
	EXPECT_EQ(0, stock_rebind(s));
	EXPECT_LE(PATIENCE, now_ns() - start);
	EXPECT_LT(fired, count(s, "INJECT_FIRE"));
	EXPECT_TRUE(logged(s, "TLB invalidation fence timeout"));

	ASSERT_EQ(0, gpu_model_turn(&s->model, "drop_tlb_ack", 0));
	EXPECT_EQ(0, stock_store(s, 2, 20 * SECOND_NS));
	EXPECT_EQ(2, s->area[0]);
}

/*
 * 6.12 counts what it expects; when there is more it takes the channel for broken and reads it no more until a
 * reset. One that was lost before makes up for one.
 */
TEST_F_TIMEOUT(acks, doubled_one_breaks_the_channel, TEST_SECONDS)
{
	struct stock *s = &self->s;
	int round;

	ASSERT_EQ(0, gpu_model_turn(&s->model, "dup_tlb_ack", 1));
	for (round = 0; round < 10; round++) {
		EXPECT_EQ(0, stock_rebind(s));
		if (stock_store(s, 2, SECOND_NS))
			break;
	}
	EXPECT_TRUE(logged(s, "Invalid G2H release"));
	EXPECT_GT(10, round);

	ASSERT_EQ(0, gpu_model_turn(&s->model, "dup_tlb_ack", 0));
	ASSERT_EQ(0, stock_reset(s));
	ASSERT_EQ(0, gpu_queue_renew(&s->queue));
	EXPECT_EQ(0, stock_store(s, 3, 20 * SECOND_NS));
	EXPECT_EQ(3, s->area[0]);
}

static void ask_unbind(struct __test_metadata *_metadata, struct stock *s, uint64_t *fence)
{
	struct drm_xe_sync sync = {
		.type = DRM_XE_SYNC_TYPE_USER_FENCE, .flags = DRM_XE_SYNC_FLAG_SIGNAL,
		.addr = (uintptr_t)fence, .timeline_value = 1,
	};
	struct drm_xe_vm_bind bind = {
		.vm_id = s->gpu.vm, .num_binds = 1, .num_syncs = 1, .syncs = (uintptr_t)&sync,
		.bind = gpu_op_unmap((uintptr_t)s->area, AREA_SIZE),
	};

	*fence = 0;
	ASSERT_EQ(0, ioctl(s->gpu.fd, DRM_IOCTL_XE_VM_BIND, &bind));
}

static void wait_unbound(struct __test_metadata *_metadata, struct stock *s, volatile uint64_t *fence)
{
	struct drm_xe_vm_bind_op op = gpu_op_bo(s->bo, (uintptr_t)s->area, AREA_SIZE);
	int64_t end = now_ns() + 20 * SECOND_NS;

	while (!*fence && now_ns() < end)
		usleep(1000);
	ASSERT_EQ(1, *fence);
	ASSERT_EQ(0, gpu_bind_ops(&s->gpu, &op, 1));
}

/*
 * Two VMs, as invalidations of one follow each other; every third one lets the next pass. To a driver that
 * counts, the later acknowledgement is that of both.
 */
TEST_F_TIMEOUT(acks, order_does_not_matter, TEST_SECONDS)
{
	struct stock other, *both[] = { &self->s, &other };
	int64_t passed = count(&self->s, "G2H_PASSED");
	uint64_t fence[2];
	int round, i;

	ASSERT_EQ(0, stock_open(&other, DRM_XE_ENGINE_CLASS_RENDER));
	ASSERT_EQ(0, gpu_model_turn(&self->s.model, "reorder_tlb_ack", 3));
	for (round = 0; round < ROUNDS && count(&self->s, "G2H_PASSED") == passed; round++) {
		for (i = 0; i < 2; i++) {
			ASSERT_EQ(0, stock_store(both[i], 100 + round, 20 * SECOND_NS));
			ASSERT_EQ(100 + round, both[i]->area[0]);
		}
		for (i = 0; i < 2; i++)
			ask_unbind(_metadata, both[i], &fence[i]);
		for (i = 0; i < 2; i++)
			wait_unbound(_metadata, both[i], &fence[i]);
	}
	EXPECT_LT(passed, count(&self->s, "G2H_PASSED"))
		TH_LOG("%d rounds", round);
	stock_close(&other);
}

TEST_F_TIMEOUT(acks, late_one_makes_the_unbind_late, TEST_SECONDS)
{
	struct stock *s = &self->s;
	int64_t start = now_ns();

	ASSERT_EQ(0, gpu_model_turn(&s->model, "delay_tlb_ack_us", 400000));
	EXPECT_EQ(0, stock_rebind(s));
	EXPECT_LE(400 * MS_NS, now_ns() - start);
	ASSERT_EQ(0, gpu_model_turn(&s->model, "delay_tlb_ack_us", 0));
	EXPECT_EQ(0, stock_store(s, 4, 20 * SECOND_NS));
	EXPECT_EQ(4, s->area[0]);
}

TEST_HARNESS_MAIN
