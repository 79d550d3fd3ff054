// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): madvise(2) on memory that the GPU uses does not change the
 * contents, unless the advice discards them. A child forked afterwards has the
 * expected contents, and none of the GPU's later writes.
 *
 * Desktop: harmless without RAM disks
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"

#define PAGES	64

FIXTURE(advice)
{
	struct gpu gpu;
	struct gpu_queue queue;
	char *area;
};

FIXTURE_VARIANT(advice)
{
	int advice;
	bool forgets;
	enum { COPIED, ZERO, NONE } child;	/* what it has there */
};

FIXTURE_VARIANT_ADD(advice, cold) { .advice = MADV_COLD, };
FIXTURE_VARIANT_ADD(advice, pageout) { .advice = MADV_PAGEOUT, };
FIXTURE_VARIANT_ADD(advice, willneed) { .advice = MADV_WILLNEED, };
FIXTURE_VARIANT_ADD(advice, populate_write) { .advice = MADV_POPULATE_WRITE, };
FIXTURE_VARIANT_ADD(advice, mergeable) { .advice = MADV_MERGEABLE, };
FIXTURE_VARIANT_ADD(advice, dontfork) { .advice = MADV_DONTFORK, .child = NONE, };
FIXTURE_VARIANT_ADD(advice, wipeonfork) { .advice = MADV_WIPEONFORK, .child = ZERO, };
FIXTURE_VARIANT_ADD(advice, dontneed) { .advice = MADV_DONTNEED, .forgets = true, .child = ZERO, };

static uint32_t *page(char *area, unsigned int i)
{
	return (uint32_t *)(area + i * SZ_4K);
}

FIXTURE_SETUP(advice)
{
	unsigned int i;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (pressure_swap_on())
		SKIP(return, "no swap on " PRESSURE_SWAP_DEVICE);
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->area = memory_anonymous(PAGES * SZ_4K);
	ASSERT_NE(NULL, self->area);
	for (i = 0; i < PAGES; i++)
		gpu_batch_store(&self->queue, page(self->area, i), 0xad5ce000 + i);
	ASSERT_EQ(0, gpu_run(&self->queue));
	if (madvise(self->area, PAGES * SZ_4K, variant->advice))
		SKIP(return, "the kernel does not take this advice");
}

FIXTURE_TEARDOWN(advice)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
	pressure_swap_off();
}

/* After a message: number of pages without the content expected in the child. */
static int child_looks(const FIXTURE_VARIANT(advice) *variant, char *area, int ready)
{
	unsigned char resident;
	unsigned int i, wrong = 0;
	char token;

	alarm(60);
	if (read(ready, &token, 1))
		return 1;
	if (variant->child == NONE)
		return mincore(area, SZ_4K, &resident) ? 0 : 1;
	for (i = 0; i < PAGES; i++)
		wrong += *page(area, i) != (variant->child == ZERO ? 0 : 0xad5ce000 + i);
	return wrong;
}

TEST_F_TIMEOUT(advice, contents_after_fork_and_write, GPU_TEST_TIMEOUT)
{
	uint32_t old = variant->forgets ? 0 : 0xad5ce000, add = variant->forgets ? 0 : 1;
	uint32_t *values = memory_anonymous(SZ_4K);
	int ends[2], status = -1;
	unsigned int i;
	pid_t child;

	ASSERT_NE(NULL, values);
	for (i = 0; i < PAGES; i++)
		gpu_batch_copy(&self->queue, &values[i], page(self->area, i));
	ASSERT_EQ(0, gpu_run(&self->queue));
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(old + add * i, values[i]);

	/* Advice about forks takes effect here. */
	ASSERT_EQ(0, pipe(ends));
	child = fork();
	if (!child) {
		close(ends[1]);
		_exit(child_looks(variant, self->area, ends[0]));
	}
	close(ends[0]);
	for (i = 0; i < PAGES; i++)
		gpu_batch_increment(&self->queue, page(self->area, i));
	EXPECT_EQ(0, gpu_run(&self->queue));
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(old + add * i + 1, *page(self->area, i));
	close(ends[1]);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
