// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C16): an address that the runtime allocated and freed, and that malloc() then gives out, is memory of
 * malloc() for the GPU as well. However often: no object stays bound, and the VM has no more bindings than before.
 *
 * ROUNDS allocations are made and freed, 10,000 by default; the runtime is asked to keep none of them for later.
 *
 * Timeout: 1800
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "ground/level_zero_fixture.h"

#define ROUNDS	10000
#define SIZE	(64ul << 10)
#define AT_ONCE	8

static __attribute__((constructor)) void keep_nothing(void)
{
	setenv("ExperimentalEnableHostAllocationCache", "0", 1);
	setenv("ExperimentalEnableSharedAllocationCache", "0", 1);
	setenv("EnableHostUsmAllocationPool", "0", 1);
	setenv("EnableUsmAllocationPoolManager", "0", 1);
}

static unsigned int rounds(void)
{
	const char *value = getenv("ROUNDS");

	return value && atoi(value) > 0 ? atoi(value) : ROUNDS;
}

/* Memory that has one address on both sides: of the host, or shared */
static ze_result_t allocate(const struct level_zero *lz, bool shared, void **memory)
{
	ze_host_mem_alloc_desc_t host = { .stype = ZE_STRUCTURE_TYPE_HOST_MEM_ALLOC_DESC };
	ze_device_mem_alloc_desc_t device = { .stype = ZE_STRUCTURE_TYPE_DEVICE_MEM_ALLOC_DESC };

	return shared ? zeMemAllocShared(lz->context, &device, &host, SIZE, 0, lz->device, memory) :
			zeMemAllocHost(lz->context, &host, SIZE, 0, memory);
}

/* Memory of the CPU at this very address, as malloc() may give it out once it is free */
static bool reuse(void *memory)
{
	return mmap(memory, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		    0) == memory;
}

TEST_F_TIMEOUT(level_zero, copy, 1700)
{
	unsigned int round, i, reused = 0, wrong = 0, n = rounds() / AT_ONCE;
	unsigned long objects = ioctls.objects_bound;
	void *to = malloc(SIZE), *memory[AT_ONCE];
	int64_t ranges = 0;

	ASSERT_NE(NULL, to);
	memset(to, 0, SIZE);
	for (round = 0; round <= n; round++) {
		/* The GPU writes to all, so that there are entries to go. */
		for (i = 0; i < AT_ONCE; i++) {
			ASSERT_EQ(ZE_RESULT_SUCCESS, allocate(&self->lz, i % 2, &memory[i]));
			COPY(memory[i], to, SIZE);
		}
		for (i = 0; i < AT_ONCE; i++)
			ASSERT_EQ(ZE_RESULT_SUCCESS, zeMemFree(self->lz.context, memory[i]));
		for (i = 0; i < AT_ONCE; i++) {
			if (!reuse(memory[i]))
				continue;
			reused++;
			pattern_fill(memory[i], SIZE, round + i);
			memset(to, 0, SIZE);
			COPY(to, memory[i], SIZE);
			wrong += pattern_differs(to, SIZE, round + i) != SIZE;
			munmap(memory[i], SIZE);
		}
		if (round == n / 10)
			ranges = mirror_ranges();
	}
	TH_LOG("%u addresses used again, %u of them wrong; %lu objects were bound; %lld ranges, then %lld", reused,
	       wrong, ioctls.objects_bound - objects, (long long)ranges, (long long)mirror_ranges());
	EXPECT_EQ(0, wrong);
	EXPECT_LT(n * AT_ONCE / 2, reused);
	EXPECT_LE(n * AT_ONCE, ioctls.objects_bound - objects);
	/* What the first tenth left is all that is left: addresses are used again. */
	ASSERT_LT(0, ranges);
	EXPECT_GE(ranges + 4 * AT_ONCE, mirror_ranges());
}

TEST_HARNESS_MAIN
