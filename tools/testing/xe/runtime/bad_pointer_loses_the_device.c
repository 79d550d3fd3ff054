// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: a copy from an address where the process has no memory ends in DEVICE_LOST, in time; a process beside it
 * goes on, and the next one starts as if nothing had been.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "ground/level_zero_fixture.h"
#include "lib/child.h"

#define SIZE	(1ul << 20)
#define MS	(RUNTIME_TIMEOUT * 1000)

/* Copies before and after, one at a time on request; ends when the test closes the pipe */
static int beside(int fd, void *arg)
{
	struct level_zero lz;
	int word;

	if (lz_open(&lz))
		return 1;
	while (!child_hear(fd, &word, RUNTIME_TIMEOUT * 1000))
		child_say(fd, lz_copies_right(&lz, SIZE, word));
	return 0;
}

static int lost(int fd, void *arg)
{
	void *from = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *to = malloc(SIZE);
	ze_command_list_handle_t list;
	struct level_zero lz;
	ze_result_t err;

	/*
	 * On an asynchronous list the runtime submits a second batch to wait for the copy. If the queue is banned
	 * before that, it gets ECANCELED three times and returns NOT_READY.
	 */
	if (lz_open(&lz) || lz_list(&lz, lz.copy, false, &list))
		return 1;
	munmap(from, SIZE);
	err = zeCommandListAppendMemoryCopy(list, to, from, SIZE, NULL, 0, NULL);
	if (err != ZE_RESULT_ERROR_DEVICE_LOST)
		fprintf(stderr, "# the copy ended with %#x\n", err);
	if (mirror_refused() <= 0)
		fprintf(stderr, "# %lld faults were refused\n", (long long)mirror_refused());
	/* What the runtime does at the end of a process whose device is lost is not looked at. */
	_exit(err != ZE_RESULT_ERROR_DEVICE_LOST || mirror_refused() <= 0);
}

static int next(int fd, void *arg)
{
	struct level_zero lz;

	return lz_open(&lz) || !lz_copies_right(&lz, SIZE, 3);
}

FIXTURE(processes) {
	struct child beside, lost, next;
};

FIXTURE_SETUP(processes)
{
}

FIXTURE_TEARDOWN(processes)
{
	EXPECT_TRUE(child_stop(&self->beside));
	EXPECT_TRUE(child_stop(&self->lost));
	EXPECT_TRUE(child_stop(&self->next));
}

TEST_F_TIMEOUT(processes, one_is_lost, 4 * RUNTIME_TIMEOUT)
{
	int status, right;

	ASSERT_EQ(0, child_start(&self->beside, beside, NULL));
	ASSERT_EQ(0, child_say(self->beside.fd, 1));
	ASSERT_EQ(0, child_hear(self->beside.fd, &right, MS));
	EXPECT_EQ(1, right);

	ASSERT_EQ(0, child_start(&self->lost, lost, NULL));
	ASSERT_TRUE(child_ended(&self->lost, &status, MS));
	EXPECT_EQ(0, status);

	ASSERT_EQ(0, child_say(self->beside.fd, 2));
	ASSERT_EQ(0, child_hear(self->beside.fd, &right, MS));
	EXPECT_EQ(1, right);

	ASSERT_EQ(0, child_start(&self->next, next, NULL));
	ASSERT_TRUE(child_ended(&self->next, &status, MS));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
