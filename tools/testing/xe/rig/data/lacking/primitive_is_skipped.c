// SPDX-License-Identifier: GPL-2.0
/* Rule: the job goes on behind a command that the model lacks, here one that draws. */
#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define PRIMITIVE	(0x7b000000 | (PRIMITIVE_DWORDS - 2))
#define PRIMITIVE_DWORDS	7

TEST(the_rest_of_the_job_is_done)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	struct gpu_queue queue;
	struct gpu gpu;
	unsigned int i;

	ASSERT_NE(NULL, word);
	ASSERT_EQ(0, gpu_open(&gpu));
	mirror_start(_metadata, &gpu, gpu_find_engine(&gpu, DRM_XE_ENGINE_CLASS_RENDER), &queue);
	queue.batch[queue.len++] = PRIMITIVE;
	for (i = 1; i < PRIMITIVE_DWORDS; i++)
		queue.batch[queue.len++] = 0;
	EXPECT_EQ(0, gpu_write(&queue, word, 1));
	EXPECT_EQ(1, *word);
}

TEST_HARNESS_MAIN
