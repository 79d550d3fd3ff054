// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): the first fault of a window is served while other memory of the window is
 * unmapped, after which windows without blocks are removed.
 *
 * Desktop: may disturb it, sets svm_notifier_size
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

/* Windows of the smallest size */
#define PARAMETER	"svm_notifier_size"
#define WINDOW		SZ_2M
#define WINDOWS		40
/* Somewhere between the fault and its reply */
#define LATER_US	4000

FIXTURE(new_window)
{
	struct gpu gpu;
	struct gpu_queue queue;
	char before[XE_PARAMETER_SIZE];
	char *area;
};

FIXTURE_SETUP(new_window)
{
	mirror_start_with(_metadata, &self->gpu, &self->queue, PARAMETER, "2", self->before);
	if (_metadata->exit_code)
		return;
	self->area = memory_map(WINDOWS * WINDOW, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1);
	ASSERT_NE(NULL, self->area);
	ASSERT_EQ(0, madvise(self->area, WINDOWS * WINDOW, MADV_NOHUGEPAGE));
}

FIXTURE_TEARDOWN(new_window)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
	EXPECT_EQ(0, xe_parameter_set(PARAMETER, self->before));
}

TEST_F_TIMEOUT(new_window, serves_its_first_fault, GPU_TEST_TIMEOUT)
{
	unsigned int i;

	for (i = 0; i < WINDOWS; i++) {
		char *window = self->area + i * WINDOW;

		gpu_batch_store(&self->queue, window, i + 1);
		ASSERT_EQ(0, gpu_start(&self->queue));
		usleep(i % 20 * LATER_US);
		ASSERT_EQ(0, munmap(window + WINDOW / 2, WINDOW / 2));
		ASSERT_EQ(0, gpu_wait(&self->queue));
		EXPECT_EQ(i + 1, *(uint32_t *)window);
	}
}

TEST_HARNESS_MAIN
