// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: atomic operations of all lanes of a kernel, and of a CPU thread beside them, lose nothing: each counts, and
 * each lane has a number of its own.
 */
#include <pthread.h>
#include <stdlib.h>

#include "kselftest_harness.h"
#include "ground/kernel.h"
#include "ground/opencl_fixture.h"

#define LANES	4096u
#define OF_CPU	1000u

static const char source[] =
	"__kernel void count(__global volatile uint *words, __global uint *numbers)\n"
	"{ uint i = get_global_id(0); numbers[i] = atomic_inc(words); atomic_add(words + 1, i);\n"
	"  atomic_max(words + 2, i ^ 77u); atomic_or(words + 3, 1u << (i & 31)); atomic_xor(words + 4, i);\n"
	"  atomic_min(words + 5, i ^ 5u); }\n";

static void *count_up(void *arg)
{
	uint32_t *word = arg;

	for (unsigned int i = 0; i < OF_CPU; i++)
		__atomic_add_fetch(word, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

TEST_F_TIMEOUT(opencl, nothing_is_lost, RUNTIME_TIMEOUT)
{
	uint32_t *words = calloc(8, sizeof(*words)), *numbers = malloc(LANES * sizeof(*numbers));
	unsigned char *taken = calloc(1, LANES + OF_CPU);
	uint32_t sum = 0, folded = 0, most = 0, twice = 0;
	pthread_t beside;
	struct kernel k;

	words[5] = ~0u;
	ASSERT_EQ(CL_SUCCESS, kernel_open(&self->ocl, source, "count", &k));
	ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 0, words));
	ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 1, numbers));
	ASSERT_EQ(0, pthread_create(&beside, NULL, count_up, words));
	ASSERT_EQ(CL_SUCCESS, kernel_run(&k, LANES, 0));
	pthread_join(beside, NULL);
	for (uint32_t i = 0; i < LANES; i++) {
		sum += i;
		folded ^= i;
		most = (i ^ 77) > most ? i ^ 77 : most;
		ASSERT_GT(LANES + OF_CPU, numbers[i]);
		twice += taken[numbers[i]]++;
	}
	EXPECT_EQ(0, twice);
	EXPECT_EQ(LANES + OF_CPU, words[0]);
	EXPECT_EQ(sum, words[1]);
	EXPECT_EQ(most, words[2]);
	EXPECT_EQ(~0u, words[3]);
	EXPECT_EQ(folded, words[4]);
	EXPECT_EQ(0, words[5]);
	kernel_close(&k);
}

TEST_HARNESS_MAIN
