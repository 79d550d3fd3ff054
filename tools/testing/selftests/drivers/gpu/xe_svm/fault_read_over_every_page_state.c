// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): one GPU job reads pages of one area in every state of the CPU
 * (never touched, zero page, written, read-only, discarded, inherited, advised
 * away), and gets the CPU's contents; a page without permissions among them is
 * refused and its neighbours are not.
 *
 * After anon_read, anon_read_prot and snapshot of mm/hmm-tests.c.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

enum state {
	UNTOUCHED,
	ZERO_PAGE,
	CPU_WRITTEN,
	GPU_WRITTEN,
	READONLY,
	GIVEN_BACK,
	INHERITED,
	SHARED,
	NUM_STATES,
};

static const uint32_t contents[NUM_STATES] = {
	[CPU_WRITTEN] = 0x57a70002,
	[GPU_WRITTEN] = 0x57a70003,
	[READONLY] = 0x57a70004,
	[INHERITED] = 0x57a70006,
	[SHARED] = 0x57a70007,
};

FIXTURE(states)
{
	struct gpu gpu;
	struct gpu_queue queue;
	char *area;
	pid_t child;
	int hold;		/* closed: the child ends */
};

static volatile uint32_t *page(char *area, unsigned int state)
{
	return (uint32_t *)(area + state * SZ_4K);
}

/* Makes all pages written so far copy-on-write until it ends. */
static pid_t sharer(int *hold)
{
	int ends[2];
	char token;
	pid_t child;

	if (pipe(ends))
		return -1;
	child = fork();
	if (!child) {
		close(ends[1]);
		_exit(read(ends[0], &token, 1) != 0);
	}
	close(ends[0]);
	*hold = ends[1];
	return child;
}

FIXTURE_SETUP(states)
{
	char *area;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	area = memory_anonymous(SZ_2M);
	ASSERT_NE(NULL, area);
	ASSERT_NE(MAP_FAILED, mmap(area + SHARED * SZ_4K, SZ_4K, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	*page(area, INHERITED) = contents[INHERITED];
	self->child = sharer(&self->hold);
	ASSERT_LT(0, self->child);

	ASSERT_EQ(0, *page(area, ZERO_PAGE));
	*page(area, CPU_WRITTEN) = contents[CPU_WRITTEN];
	*page(area, SHARED) = contents[SHARED];
	*page(area, GIVEN_BACK) = 1;
	*page(area, READONLY) = contents[READONLY];
	ASSERT_EQ(0, gpu_write(&self->queue, page(area, GPU_WRITTEN), contents[GPU_WRITTEN]));
	ASSERT_EQ(0, madvise((void *)page(area, GIVEN_BACK), SZ_4K, MADV_DONTNEED));
	ASSERT_EQ(0, mprotect((void *)page(area, READONLY), SZ_4K, PROT_READ));
	self->area = area;
}

FIXTURE_TEARDOWN(states)
{
	close(self->hold);
	waitpid(self->child, NULL, 0);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static void copy_out(FIXTURE_DATA(states) *self, uint32_t *values, unsigned int state)
{
	gpu_batch_copy(&self->queue, &values[state], page(self->area, state));
}

TEST_F_TIMEOUT(states, read_upwards, GPU_TEST_TIMEOUT)
{
	uint32_t *values = memory_anonymous(SZ_4K);
	unsigned int i;

	ASSERT_NE(NULL, values);
	memset(values, 0xee, SZ_4K);
	for (i = 0; i < NUM_STATES; i++)
		copy_out(self, values, i);
	ASSERT_EQ(0, gpu_run(&self->queue));
	for (i = 0; i < NUM_STATES; i++)
		EXPECT_EQ(contents[i], values[i])
			TH_LOG("state %u", i);
}

TEST_F_TIMEOUT(states, read_downwards, GPU_TEST_TIMEOUT)
{
	uint32_t *values = memory_anonymous(SZ_4K);
	unsigned int i;

	ASSERT_NE(NULL, values);
	memset(values, 0xee, SZ_4K);
	for (i = NUM_STATES; i-- > 0;)
		copy_out(self, values, i);
	ASSERT_EQ(0, gpu_run(&self->queue));
	for (i = 0; i < NUM_STATES; i++)
		EXPECT_EQ(contents[i], values[i])
			TH_LOG("state %u", i);
}

/* Pages around the fault are mapped with no more permissions than on the CPU. */
TEST_F_TIMEOUT(states, written_one_by_one, GPU_TEST_TIMEOUT)
{
	unsigned int i;

	for (i = 0; i < NUM_STATES; i++) {
		if (i == READONLY) {
			EXPECT_EQ(REFUSED, gpu_write(&self->queue, page(self->area, i), 1));
			EXPECT_EQ(contents[i], *page(self->area, i));
			ASSERT_EQ(0, gpu_queue_renew(&self->queue));
			continue;
		}
		EXPECT_EQ(0, gpu_write(&self->queue, page(self->area, i), 0x57a71000 + i))
			TH_LOG("state %u", i);
		EXPECT_EQ(0x57a71000 + i, *page(self->area, i));
	}
}

TEST_F_TIMEOUT(states, err_one_without_rights, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0;

	ASSERT_EQ(0, mprotect((void *)page(self->area, CPU_WRITTEN), SZ_4K, PROT_NONE));
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, page(self->area, CPU_WRITTEN), &value));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(0, gpu_read(&self->queue, page(self->area, GPU_WRITTEN), &value));
	EXPECT_EQ(contents[GPU_WRITTEN], value);
	EXPECT_EQ(0, gpu_read(&self->queue, page(self->area, ZERO_PAGE), &value));
	EXPECT_EQ(0, value);

	ASSERT_EQ(0, mprotect((void *)page(self->area, CPU_WRITTEN), SZ_4K, PROT_READ));
	EXPECT_EQ(0, gpu_read(&self->queue, page(self->area, CPU_WRITTEN), &value));
	EXPECT_EQ(contents[CPU_WRITTEN], value);
}

TEST_HARNESS_MAIN
