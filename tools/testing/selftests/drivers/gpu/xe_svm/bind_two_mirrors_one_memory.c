// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): two VMs of one process mirror the same memory: each sees writes of
 * the other and of the CPU, and a change of the mapping reaches both.
 *
 * After double_map of mm/hmm-tests.c.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

FIXTURE(pair)
{
	struct gpu gpu[2];
	struct gpu_queue queue[2];
	volatile uint32_t *word;
};

FIXTURE_SETUP(pair)
{
	int i;

	for (i = 0; i < 2; i++) {
		mirror_open(_metadata, &self->gpu[i]);
		if (_metadata->exit_code)
			return;
		mirror_start(_metadata, &self->gpu[i], &self->gpu[i].engines[i],
			     &self->queue[i]);
	}
	self->word = memory_anonymous(SZ_4K);
	ASSERT_NE(NULL, self->word);
	ASSERT_EQ(0, gpu_write(&self->queue[0], self->word, 1));
	ASSERT_EQ(0, gpu_increment(&self->queue[1], self->word));
	ASSERT_EQ(2, *self->word);
}

FIXTURE_TEARDOWN(pair)
{
	int i;

	for (i = 0; i < 2; i++) {
		gpu_queue_destroy(&self->queue[i]);
		gpu_close(&self->gpu[i]);
	}
}

TEST_F_TIMEOUT(pair, each_sees_the_other, GPU_TEST_TIMEOUT)
{
	int64_t before = gpu_faults(&self->gpu[0]);
	int i;

	for (i = 0; i < 20; i++)
		EXPECT_EQ(0, gpu_increment(&self->queue[i % 2], self->word));
	EXPECT_EQ(22, *self->word);
	EXPECT_EQ(before, gpu_faults(&self->gpu[0]))
		TH_LOG("one took the page from the other");
}

TEST_F_TIMEOUT(pair, readonly_for_both, GPU_TEST_TIMEOUT)
{
	uint32_t value;
	int i;

	ASSERT_EQ(0, mprotect((void *)self->word, SZ_4K, PROT_READ));
	for (i = 0; i < 2; i++) {
		value = 0;
		EXPECT_EQ(0, gpu_read(&self->queue[i], self->word, &value));
		EXPECT_EQ(2, value);
		EXPECT_EQ(REFUSED, gpu_increment(&self->queue[i], self->word));
	}
	EXPECT_EQ(2, *self->word);
}

TEST_F_TIMEOUT(pair, gone_for_both, GPU_TEST_TIMEOUT)
{
	uint32_t value;
	int i;

	ASSERT_EQ(0, munmap((void *)self->word, SZ_4K));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(REFUSED, gpu_read(&self->queue[i], self->word, &value));
}

/* The sibling: a change of one VM does not affect the other. */
TEST_F_TIMEOUT(pair, one_closed, GPU_TEST_TIMEOUT)
{
	int64_t before;

	gpu_queue_destroy(&self->queue[0]);
	gpu_close(&self->gpu[0]);
	before = gpu_faults(&self->gpu[1]);
	EXPECT_EQ(0, gpu_increment(&self->queue[1], self->word));
	EXPECT_EQ(3, *self->word);
	EXPECT_EQ(before, gpu_faults(&self->gpu[1]));
}

TEST_HARNESS_MAIN
