// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: lanes of a kernel and threads of the CPU insert keys into one hash table at the same time, by compare and
 * exchange of 64 bits: each key is there in the end, once.
 */
#include <pthread.h>
#include <stdlib.h>

#include "kselftest_harness.h"
#include "ground/kernel.h"
#include "ground/opencl_fixture.h"

#define SLOTS	16384u
#define OF_GPU	6000u
#define OF_CPU	3000u

static const char source[] =
	"#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable\n"
	"__kernel void insert(__global volatile ulong *table, uint mask, ulong first)\n"
	"{ ulong key = first + get_global_id(0) / 2; uint at = (uint)(key * 0x9e3779b97f4a7c15ul >> 40) & mask;\n"
	"  for (;;) { ulong old = atom_cmpxchg(table + at, 0ul, key); if (!old || old == key) break;\n"
	"    at = (at + 1) & mask; } }\n";

/* As the kernel; every key comes twice, and the kernel has it too */
static void *insert(void *arg)
{
	uint64_t *table = arg;

	for (uint64_t i = 0; i < OF_CPU; i++) {
		uint64_t key = OF_GPU / 4 + i / 2, at = (key * 0x9e3779b97f4a7c15ul >> 40) % SLOTS, old = 0;

		while (!__atomic_compare_exchange_n(&table[at], &old, key, false, __ATOMIC_SEQ_CST,
						    __ATOMIC_SEQ_CST) && old != key) {
			at = (at + 1) % SLOTS;
			old = 0;
		}
	}
	return NULL;
}

TEST_F_TIMEOUT(opencl, every_key_is_there_once, RUNTIME_TIMEOUT)
{
	const uint64_t first = 1, last = first + (OF_GPU - 1) / 2;
	uint64_t *table = calloc(SLOTS, sizeof(*table));
	unsigned char *seen = calloc(1, SLOTS);
	cl_uint mask = SLOTS - 1;
	unsigned int wrong = 0;
	pthread_t beside;
	struct kernel k;

	ASSERT_EQ(CL_SUCCESS, kernel_open(&self->ocl, source, "insert", &k));
	ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 0, table));
	ASSERT_EQ(CL_SUCCESS, kernel_value(&k, 1, sizeof(mask), &mask));
	ASSERT_EQ(CL_SUCCESS, kernel_value(&k, 2, sizeof(first), &first));
	ASSERT_EQ(0, pthread_create(&beside, NULL, insert, table));
	ASSERT_EQ(CL_SUCCESS, kernel_run(&k, OF_GPU, 0));
	pthread_join(beside, NULL);
	for (unsigned int i = 0; i < SLOTS; i++) {
		ASSERT_GE(last, table[i]);
		wrong += table[i] && seen[table[i]]++;
	}
	for (uint64_t key = first; key <= last; key++)
		wrong += !seen[key];
	EXPECT_EQ(0, wrong);
	kernel_close(&k);
}

TEST_HARNESS_MAIN
