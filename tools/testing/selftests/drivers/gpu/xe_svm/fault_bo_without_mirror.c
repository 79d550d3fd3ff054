// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C17): without any mirror the GPU reads, writes and increments in a buffer
 * object, and an access to an unbound address is refused in bounded time.
 *
 * This also holds on a kernel without the feature, and so shows that the
 * library of all other tests (batches, fences, refusals) works there.
 *
 * Desktop: harmless
 */
#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

FIXTURE(plain)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_model model;
	uint32_t bo;
	void *addr;
};

FIXTURE_VARIANT(plain)
{
	unsigned int engine_class;
};

FIXTURE_VARIANT_ADD(plain, copy) { .engine_class = DRM_XE_ENGINE_CLASS_COPY, };
FIXTURE_VARIANT_ADD(plain, render) { .engine_class = DRM_XE_ENGINE_CLASS_RENDER, };
FIXTURE_VARIANT_ADD(plain, compute) { .engine_class = DRM_XE_ENGINE_CLASS_COMPUTE, };

FIXTURE_SETUP(plain)
{
	const struct drm_xe_engine_class_instance *engine;
	int err = gpu_open(&self->gpu);

	if (err == -ENODEV)
		SKIP(return, "no xe device");
	ASSERT_EQ(0, err);
	engine = gpu_find_engine(&self->gpu, variant->engine_class);
	if (!engine)
		SKIP(return, "no engine of class %u", variant->engine_class);
	ASSERT_EQ(0, gpu_control_in_bo(&self->gpu));
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, engine, &self->queue));
	ASSERT_EQ(0, gpu_bo_place(&self->gpu, SZ_64K, &self->bo, &self->addr));
	gpu_model_open(&self->gpu, &self->model);
}

FIXTURE_TEARDOWN(plain)
{
	gpu_model_close(&self->model);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

TEST_F_TIMEOUT(plain, reads_writes_and_counts, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = self->addr;
	uint32_t value = 0;

	word[0] = 0x11111111;
	word[1] = 41;
	EXPECT_EQ(0, gpu_read(&self->queue, &word[0], &value));
	EXPECT_EQ(0x11111111, value);
	EXPECT_EQ(0, gpu_write(&self->queue, &word[0], 0x22222222));
	EXPECT_EQ(0x22222222, word[0]);
	EXPECT_EQ(0, gpu_increment(&self->queue, &word[1]));
	EXPECT_EQ(42, word[1]);
}

TEST_F_TIMEOUT(plain, refuses_an_unbound_address, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	uint32_t value = 0;
	int64_t refused;

	ASSERT_NE(NULL, word);
	refused = gpu_model_count(&self->model, "FAULT_REFUSED");
	*word = 0x33333333;
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, word, 0x44444444));
	EXPECT_EQ(0x33333333, *word);
	WITH_MODEL(&self->model)
		EXPECT_EQ(refused + 1, gpu_model_count(&self->model, "FAULT_REFUSED"));

	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(0, value);

	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(0, gpu_write(&self->queue, self->addr, 0x55555555))
		TH_LOG("a refusal must not outlive its queue");
}

TEST_HARNESS_MAIN
