// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: prefetches, advice and atomic attributes of memory of malloc() reach the driver, which takes them; what was
 * set can be asked; and the data stays what it was.
 */
#include <stdlib.h>

#include "kselftest_harness.h"
#include "ground/level_zero_fixture.h"

#define SIZE	(2ul << 20)

/* Memory that is aligned to nothing, as the runtime is given it */
static void *some_memory(void)
{
	void *memory = malloc(SIZE + 3);

	if (memory)
		pattern_fill(memory + 3, SIZE, 1);
	return memory ? memory + 3 : NULL;
}

static bool is_discrete(const struct level_zero *lz)
{
	ze_device_properties_t device = { .stype = ZE_STRUCTURE_TYPE_DEVICE_PROPERTIES };

	return !zeDeviceGetProperties(lz->device, &device) && !(device.flags & ZE_DEVICE_PROPERTY_FLAG_INTEGRATED);
}

TEST_F_TIMEOUT(level_zero, prefetch, RUNTIME_TIMEOUT)
{
	void *from = some_memory(), *to = malloc(SIZE);
	unsigned long prefetches = ioctls.prefetches;

	ASSERT_NE(NULL, from);
	ASSERT_NE(NULL, to);
	ASSERT_EQ(ZE_RESULT_SUCCESS, zeCommandListAppendMemoryPrefetch(self->list, from, SIZE));
	COPY(to, from, SIZE);
	/* The runtime keeps prefetches of integrated GPUs to itself. */
	EXPECT_EQ(is_discrete(&self->lz), ioctls.prefetches - prefetches);
	EXPECT_EQ(SIZE, pattern_differs(from, SIZE, 1));
	EXPECT_EQ(SIZE, pattern_differs(to, SIZE, 1));
}

TEST_F_TIMEOUT(level_zero, advice, RUNTIME_TIMEOUT)
{
	static const ze_memory_advice_t every[] = {
		ZE_MEMORY_ADVICE_SET_PREFERRED_LOCATION, ZE_MEMORY_ADVICE_CLEAR_PREFERRED_LOCATION,
		ZE_MEMORY_ADVICE_SET_SYSTEM_MEMORY_PREFERRED_LOCATION,
		ZE_MEMORY_ADVICE_CLEAR_SYSTEM_MEMORY_PREFERRED_LOCATION,
	};
	void *from = some_memory(), *to = malloc(SIZE);
	unsigned int i;

	ASSERT_NE(NULL, from);
	ASSERT_NE(NULL, to);
	for (i = 0; i < sizeof(every) / sizeof(*every); i++) {
		unsigned long advices = ioctls.advices;

		ASSERT_EQ(ZE_RESULT_SUCCESS,
			  zeCommandListAppendMemAdvise(self->list, self->lz.device, from, SIZE, every[i]));
		memset(to, 0, SIZE);
		COPY(to, from, SIZE);
		EXPECT_LT(advices, ioctls.advices)
			TH_LOG("advice %#x did not reach the driver", every[i]);
		EXPECT_EQ(SIZE, pattern_differs(to, SIZE, 1));
	}
}

TEST_F_TIMEOUT(level_zero, atomic_attributes, RUNTIME_TIMEOUT)
{
	static const ze_memory_atomic_attr_exp_flags_t every[] = {
		ZE_MEMORY_ATOMIC_ATTR_EXP_FLAG_DEVICE_ATOMICS, ZE_MEMORY_ATOMIC_ATTR_EXP_FLAG_SYSTEM_ATOMICS,
		ZE_MEMORY_ATOMIC_ATTR_EXP_FLAG_HOST_ATOMICS, 0,
	};
	ze_memory_atomic_attr_exp_flags_t attribute;
	void *from = some_memory(), *to = malloc(SIZE);
	unsigned int i;

	ASSERT_NE(NULL, from);
	ASSERT_NE(NULL, to);
	for (i = 0; i < sizeof(every) / sizeof(*every); i++) {
		ASSERT_EQ(ZE_RESULT_SUCCESS,
			  zeMemSetAtomicAccessAttributeExp(self->lz.context, self->lz.device, from, SIZE, every[i]));
		attribute = ~0u;
		ASSERT_EQ(ZE_RESULT_SUCCESS,
			  zeMemGetAtomicAccessAttributeExp(self->lz.context, self->lz.device, from, SIZE, &attribute));
		EXPECT_EQ(every[i], attribute);
		memset(to, 0, SIZE);
		COPY(to, from, SIZE);
		EXPECT_EQ(SIZE, pattern_differs(to, SIZE, 1));
	}
}

TEST_HARNESS_MAIN
