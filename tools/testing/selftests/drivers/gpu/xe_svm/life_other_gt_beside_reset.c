// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): munmap() of a userptr returns after the last write of the media engines,
 * also while the main GT is being reset.
 *
 * Desktop: may end it, resets the GT
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"
#include "lib/taint.h"

/* The reset stops each queue of the GT before the GT: these keep it busy. */
#define IDLE_QUEUES	800
#define WRITTEN		0xdeadbee2
#define WAIT_MS		20000
#define ROUNDS		8
/* Each round unmaps at another time of the reset. */
#define STEP_MS		3
#define LATER_MS	50

FIXTURE(other_gt)
{
	struct gpu gpu;
	struct gpu_queue queue;
	const struct drm_xe_engine_class_instance *main;
	int file;
	volatile uint32_t *word;	/* the userptr's page, at an address of its own */
};

FIXTURE_SETUP(other_gt)
{
	const struct drm_xe_engine_class_instance *media;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	media = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_VIDEO_DECODE);
	self->main = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_RENDER);
	if (!media || !self->main || media->gt_id == self->main->gt_id)
		SKIP(return, "no engines on two GTs");
	mirror_start(_metadata, &self->gpu, media, &self->queue);
	self->file = memfd_create("userptr", 0);
	ASSERT_LE(0, self->file);
	ASSERT_EQ(0, ftruncate(self->file, SZ_4K));
	self->word = memory_map(SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, self->file);
	ASSERT_NE(NULL, self->word);
}

FIXTURE_TEARDOWN(other_gt)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

TEST_F_TIMEOUT(other_gt, writes_nothing_freed, GPU_TEST_TIMEOUT)
{
	unsigned int round, ms;
	int taint = taint_read();
	void *memory;

	ASSERT_LE(0, taint);
	ASSERT_EQ(0, gpu_idle_queues_create(&self->gpu, self->main, IDLE_QUEUES));
	for (round = 0; round < ROUNDS; round++) {
		memory = memory_map(SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, self->file);
		ASSERT_NE(NULL, memory);
		ASSERT_EQ(0, gpu_bind_userptr(&self->gpu, memory, SZ_4K));
		gpu_batch_store(&self->queue, GPU_USERPTR, WRITTEN);
		gpu_batch_repeat(&self->queue);
		ASSERT_EQ(0, gpu_start(&self->queue));
		for (ms = 0; ms < WAIT_MS && !*self->word; ms++)
			clock_sleep_ms(1);
		ASSERT_EQ(WRITTEN, *self->word);

		if (gpu_ask_for_reset(&self->gpu))
			SKIP(return, "may not ask for a reset");
		clock_sleep_ms(round * STEP_MS);
		ASSERT_EQ(0, munmap(memory, SZ_4K));
		*self->word = 0;
		clock_sleep_ms(LATER_MS);
		EXPECT_EQ(0, *self->word)
			TH_LOG("the media engine wrote after munmap()");

		EXPECT_EQ(REFUSED, gpu_wait(&self->queue));
		ASSERT_EQ(0, gpu_unbind(&self->gpu, GPU_USERPTR_ADDR, SZ_4K));
		ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	}
	EXPECT_EQ(taint, taint_read())
		TH_LOG("the kernel has warned");
}

TEST_HARNESS_MAIN
