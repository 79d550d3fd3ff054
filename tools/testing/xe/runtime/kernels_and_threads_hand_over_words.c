// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: a thread of the CPU hands words to a running kernel through a ring, and takes each result while the kernel
 * goes on. Fences order the words and the counts of both.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "kselftest_harness.h"
#include "ground/kernel.h"
#include "ground/opencl_fixture.h"

#define WORDS	2000u
#define SLOTS	16u
#define SECONDS	200

static const char source[] =
	"__kernel void work(__global volatile uint *in, __global volatile uint *out, __global volatile uint *counts,\n"
	"                   uint words, uint slots)\n"
	"{ for (uint i = 0; i < words; i++) {\n"
	"    while (atomic_add(counts, 0) == i) if (atomic_add(counts + 32, 0)) return;\n"
	"    mem_fence(CLK_GLOBAL_MEM_FENCE);\n"
	"    out[i % slots] = in[i % slots] * 2654435761u + i;\n"
	"    mem_fence(CLK_GLOBAL_MEM_FENCE);\n"
	"    atomic_inc(counts + 16); } }\n";

struct ring {
	uint32_t in[SLOTS], out[SLOTS];
	/* of words handed over and of results, and whether to stop: a cache line for each */
	uint32_t handed[16], done[16], stop[16];
};

struct giver {
	struct ring *ring;
	unsigned int right;
};

static bool wait_for(const uint32_t *count, uint32_t value, time_t end)
{
	while (__atomic_load_n(count, __ATOMIC_ACQUIRE) < value) {
		if (time(NULL) > end)
			return false;
		sched_yield();
	}
	return true;
}

/* One word is always in the ring behind the one whose result is taken. */
static void *give(void *arg)
{
	time_t end = time(NULL) + SECONDS;
	struct giver *giver = arg;
	struct ring *ring = giver->ring;
	bool works = true;

	for (uint32_t i = 0; works && i <= WORDS; i++) {
		if (i < WORDS) {
			ring->in[i % SLOTS] = i ^ 0x5a5a0000;
			__atomic_store_n(&ring->handed[0], i + 1, __ATOMIC_RELEASE);
		}
		if (!i)
			continue;
		works = wait_for(&ring->done[0], i, end);
		giver->right += works &&
				ring->out[(i - 1) % SLOTS] == ((i - 1) ^ 0x5a5a0000) * 2654435761u + i - 1;
	}
	__atomic_store_n(&ring->stop[0], !works, __ATOMIC_RELEASE);
	return NULL;
}

TEST_F_TIMEOUT(opencl, every_word_has_its_result, RUNTIME_TIMEOUT)
{
	struct giver giver = { .ring = aligned_alloc(4096, 4096) };
	cl_uint words = WORDS, slots = SLOTS;
	pthread_t thread;
	struct kernel k;

	ASSERT_NE(NULL, giver.ring);
	memset(giver.ring, 0, sizeof(*giver.ring));
	ASSERT_EQ(CL_SUCCESS, kernel_open(&self->ocl, source, "work", &k));
	ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 0, giver.ring->in));
	ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 1, giver.ring->out));
	ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 2, giver.ring->handed));
	ASSERT_EQ(CL_SUCCESS, kernel_value(&k, 3, sizeof(words), &words));
	ASSERT_EQ(CL_SUCCESS, kernel_value(&k, 4, sizeof(slots), &slots));
	ASSERT_EQ(0, pthread_create(&thread, NULL, give, &giver));
	EXPECT_EQ(CL_SUCCESS, kernel_run(&k, 1, 1));
	pthread_join(thread, NULL);
	EXPECT_EQ(WORDS, giver.right);
	EXPECT_EQ(WORDS, giver.ring->done[0]);
	kernel_close(&k);
}

TEST_HARNESS_MAIN
