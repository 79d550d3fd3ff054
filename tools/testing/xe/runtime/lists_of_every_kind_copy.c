// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: copies of memory of malloc() run from immediate lists, synchronous and not, and from lists that are
 * closed, executed, and executed once more.
 */
#include <stdlib.h>

#include "kselftest_harness.h"
#include "ground/level_zero_fixture.h"

#define SIZE	(256ul << 10)
#define COPIES	16

/* Each copy takes what the one before brought. */
static void *chain[COPIES + 1];

static bool chain_made(void)
{
	for (int i = 0; i <= COPIES; i++) {
		chain[i] = malloc(SIZE);
		if (!chain[i])
			return false;
		pattern_fill(chain[i], SIZE, i);
	}
	return true;
}

static ze_result_t chain_copied(ze_command_list_handle_t list)
{
	ze_result_t err = ZE_RESULT_SUCCESS;

	for (int i = 0; !err && i < COPIES; i++) {
		err = zeCommandListAppendMemoryCopy(list, chain[i + 1], chain[i], SIZE, NULL, 0, NULL);
		if (!err)
			err = zeCommandListAppendBarrier(list, NULL, 0, NULL);
	}
	return err;
}

TEST_F_TIMEOUT(level_zero, immediate, RUNTIME_TIMEOUT)
{
	ASSERT_TRUE(chain_made());
	ASSERT_EQ(ZE_RESULT_SUCCESS, chain_copied(self->list));
	EXPECT_EQ(SIZE, pattern_differs(chain[COPIES], SIZE, 0));
}

TEST_F_TIMEOUT(level_zero, immediate_asynchronous, RUNTIME_TIMEOUT)
{
	ze_command_list_handle_t list;

	ASSERT_TRUE(chain_made());
	ASSERT_EQ(ZE_RESULT_SUCCESS, lz_list(&self->lz, self->lz.copy, true, &list));
	ASSERT_EQ(ZE_RESULT_SUCCESS, chain_copied(list));
	ASSERT_EQ(ZE_RESULT_SUCCESS, zeCommandListHostSynchronize(list, LZ_PATIENCE));
	EXPECT_EQ(SIZE, pattern_differs(chain[COPIES], SIZE, 0));
}

TEST_F_TIMEOUT(level_zero, executed_twice, RUNTIME_TIMEOUT)
{
	ze_command_queue_handle_t queue;
	ze_command_list_handle_t list;

	ASSERT_TRUE(chain_made());
	ASSERT_EQ(ZE_RESULT_SUCCESS, lz_queue(&self->lz, self->lz.copy, &queue, &list));
	ASSERT_EQ(ZE_RESULT_SUCCESS, chain_copied(list));
	ASSERT_EQ(ZE_RESULT_SUCCESS, lz_run(queue, list));
	EXPECT_EQ(SIZE, pattern_differs(chain[COPIES], SIZE, 0));

	pattern_fill(chain[0], SIZE, 88);
	ASSERT_EQ(ZE_RESULT_SUCCESS, zeCommandQueueExecuteCommandLists(queue, 1, &list, NULL));
	ASSERT_EQ(ZE_RESULT_SUCCESS, zeCommandQueueSynchronize(queue, LZ_PATIENCE));
	EXPECT_EQ(SIZE, pattern_differs(chain[COPIES], SIZE, 88));
}

TEST_HARNESS_MAIN
