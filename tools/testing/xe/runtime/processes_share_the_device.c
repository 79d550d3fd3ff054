// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: twelve processes at once copy memory of their own, at the same addresses or not, and none finds anything
 * of another.
 */
#include <stdlib.h>

#include "kselftest_harness.h"
#include "ground/level_zero_fixture.h"
#include "lib/child.h"

#define PROCESSES	12
#define COPIES	10
#define SIZE	(256ul << 10)
#define MS	(2 * RUNTIME_TIMEOUT * 1000)

static int copies(int fd, void *arg)
{
	uint32_t number = (uintptr_t)arg;
	struct level_zero lz;
	int word, right = 0;

	if (lz_open(&lz) || child_say(fd, 0) || child_hear(fd, &word, MS))
		return 1;
	for (int i = 0; i < COPIES; i++)
		right += lz_copies_right(&lz, SIZE, PROCESSES * i + number);
	return right != COPIES || mirror_faults() <= 0 || mirror_refused();
}

FIXTURE(processes) {
	struct child child[PROCESSES];
};

FIXTURE_SETUP(processes)
{
}

FIXTURE_TEARDOWN(processes)
{
	for (int i = 0; i < PROCESSES; i++)
		EXPECT_TRUE(child_stop(&self->child[i]));
}

TEST_F_TIMEOUT(processes, copies, 4 * RUNTIME_TIMEOUT)
{
	int status, word;
	uintptr_t i;

	for (i = 0; i < PROCESSES; i++)
		ASSERT_EQ(0, child_start(&self->child[i], copies, (void *)i));
	/* All have started the runtime before one copies. */
	for (i = 0; i < PROCESSES; i++)
		ASSERT_EQ(0, child_hear(self->child[i].fd, &word, MS));
	for (i = 0; i < PROCESSES; i++)
		ASSERT_EQ(0, child_say(self->child[i].fd, 0));
	for (i = 0; i < PROCESSES; i++) {
		ASSERT_TRUE(child_ended(&self->child[i], &status, MS));
		EXPECT_EQ(0, status)
			TH_LOG("process %lu", i);
	}
}

TEST_HARNESS_MAIN
