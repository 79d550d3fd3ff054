// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: a copy waits for its events and signals its own; the host can signal an event and wait for one.
 */
#include <stdlib.h>

#include "kselftest_harness.h"
#include "ground/level_zero_fixture.h"

#define SIZE	(1ul << 20)
#define LENGTH	4

/* In two queues, so that nothing but the events orders them */
TEST_F_TIMEOUT(level_zero, chain_of_copies, RUNTIME_TIMEOUT)
{
	ze_command_list_handle_t lists[2];
	ze_event_handle_t events[LENGTH + 1];
	ze_event_pool_handle_t pool;
	void *memory[LENGTH + 1];
	int i;

	ASSERT_EQ(ZE_RESULT_SUCCESS, lz_events(&self->lz, &pool, events, LENGTH + 1));
	ASSERT_EQ(ZE_RESULT_SUCCESS, lz_list(&self->lz, self->lz.copy, true, &lists[0]));
	ASSERT_EQ(ZE_RESULT_SUCCESS, lz_list(&self->lz, self->lz.copy, true, &lists[1]));
	for (i = 0; i <= LENGTH; i++) {
		memory[i] = malloc(SIZE);
		ASSERT_NE(NULL, memory[i]);
		pattern_fill(memory[i], SIZE, i);
	}
	for (i = 0; i < LENGTH; i++)
		ASSERT_EQ(ZE_RESULT_SUCCESS,
			  zeCommandListAppendMemoryCopy(lists[i % 2], memory[i + 1], memory[i], SIZE,
							events[i + 1], 1, &events[i]));
	/* What the first one reads is written while all of them wait. */
	EXPECT_EQ(ZE_RESULT_NOT_READY, zeEventQueryStatus(events[LENGTH]));
	EXPECT_EQ(SIZE, pattern_differs(memory[1], SIZE, 1));
	pattern_fill(memory[0], SIZE, 77);
	ASSERT_EQ(ZE_RESULT_SUCCESS, zeEventHostSignal(events[0]));
	ASSERT_EQ(ZE_RESULT_SUCCESS, zeEventHostSynchronize(events[LENGTH], LZ_PATIENCE));
	for (i = 0; i <= LENGTH; i++) {
		EXPECT_EQ(ZE_RESULT_SUCCESS, zeEventQueryStatus(events[i]));
		EXPECT_EQ(SIZE, pattern_differs(memory[i], SIZE, 77));
	}
}

TEST_F_TIMEOUT(level_zero, event_is_reset_and_used_again, RUNTIME_TIMEOUT)
{
	void *from = malloc(SIZE), *to = malloc(SIZE);
	ze_command_list_handle_t list;
	ze_event_pool_handle_t pool;
	ze_event_handle_t event;
	int i;

	ASSERT_NE(NULL, from);
	ASSERT_NE(NULL, to);
	ASSERT_EQ(ZE_RESULT_SUCCESS, lz_events(&self->lz, &pool, &event, 1));
	ASSERT_EQ(ZE_RESULT_SUCCESS, lz_list(&self->lz, self->lz.copy, true, &list));
	for (i = 0; i < 8; i++) {
		pattern_fill(from, SIZE, i);
		ASSERT_EQ(ZE_RESULT_SUCCESS, zeCommandListAppendMemoryCopy(list, to, from, SIZE, event, 0, NULL));
		ASSERT_EQ(ZE_RESULT_SUCCESS, zeEventHostSynchronize(event, LZ_PATIENCE));
		EXPECT_EQ(SIZE, pattern_differs(to, SIZE, i));
		ASSERT_EQ(ZE_RESULT_SUCCESS, zeEventHostReset(event));
		EXPECT_EQ(ZE_RESULT_NOT_READY, zeEventQueryStatus(event));
	}
}

TEST_HARNESS_MAIN
