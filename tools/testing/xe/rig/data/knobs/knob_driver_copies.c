// SPDX-License-Identifier: GPL-2.0
/* Rule: when a copy of the driver's own fails, it resets the GT and does it over. Wants a device with VRAM. */
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "ground/stock.h"

#define BO_SIZE		SZ_2M
#define VRAM_REGION	1	/* instance of the only one there is */

FIXTURE(driver_copies)
{
	struct stock s;
};

FIXTURE_SETUP(driver_copies)
{
	OPEN(&self->s, DRM_XE_ENGINE_CLASS_COPY);
}

FIXTURE_TEARDOWN(driver_copies)
{
	stock_close(&self->s);
}

/* cleared by the copy engine; 0 or a negative errno */
static int create_in_vram(struct stock *s, uint32_t *bo)
{
	struct drm_xe_gem_create create = {
		.size = BO_SIZE, .placement = 1u << VRAM_REGION,
		.flags = DRM_XE_GEM_CREATE_FLAG_NEEDS_VISIBLE_VRAM,
		.cpu_caching = DRM_XE_GEM_CPU_CACHING_WC,
	};
	int err = ioctl(s->gpu.fd, DRM_IOCTL_XE_GEM_CREATE, &create) ? -errno : 0;

	*bo = create.handle;
	return err;
}

TEST_F_TIMEOUT(driver_copies, failed_clear_is_done_over, TEST_SECONDS)
{
	struct stock *s = &self->s;
	int64_t errors = count(s, "CAT_ERROR"), blits = count(s, "BLIT");
	volatile uint32_t *word;
	uint32_t bo;
	size_t i;

	ASSERT_EQ(0, create_in_vram(s, &bo));
	for (i = 0; i < 250 && count(s, "BLIT") == blits; i++)
		usleep(20000);
	ASSERT_LT(blits, count(s, "BLIT"))
		TH_LOG("the driver does not clear by the GPU here");
	gpu_bo_destroy(&s->gpu, bo);

	ASSERT_EQ(0, gpu_model_turn(&s->model, "fail_copy", 1));
	ASSERT_EQ(0, create_in_vram(s, &bo));
	for (i = 0; i < 250 && count(s, "CAT_ERROR") == errors; i++)
		usleep(20000);
	EXPECT_LT(errors, count(s, "CAT_ERROR"));
	ASSERT_EQ(0, gpu_model_turn(&s->model, "fail_copy", 0));

	/* waits for the clear */
	word = mmap(NULL, BO_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, word);
	ASSERT_EQ(0, gpu_bo_map_cpu(&s->gpu, bo, (void *)word, BO_SIZE));
	for (i = 0; i < BO_SIZE / sizeof(*word); i += 256)
		ASSERT_EQ(0, word[i]);
	EXPECT_TRUE(logged(s, "Kernel-submitted job timed out"));
	EXPECT_TRUE(logged(s, "reset done"));
}

TEST_HARNESS_MAIN
