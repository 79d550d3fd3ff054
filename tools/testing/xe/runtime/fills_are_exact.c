// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: the copy engine fills memory of malloc(), through the mirror, with the byte it was given, and nothing
 * beside it. (Longer patterns are not for a copy engine: maxMemoryFillPatternSize is 1.)
 */
#include <stdlib.h>

#include "kselftest_harness.h"
#include "ground/level_zero_fixture.h"

#define GUARD	64
#define SENTINEL	0xe5

FIXTURE_VARIANT(level_zero)
{
	size_t size;
	unsigned int to; /* bytes behind malloc()'s alignment */
};

#define FILL(name_, size_, to_)						\
FIXTURE_VARIANT_ADD(level_zero, name_) { .size = size_, .to = to_ }

FILL(4_KiB, 4 << 10, 0);
FILL(64_KiB_odd, (64 << 10) - 13, 3);
FILL(2_MiB_one_byte_on, 2 << 20, 1);
FILL(32_MiB, 32 << 20, 0);

TEST_F_TIMEOUT(level_zero, fill, RUNTIME_TIMEOUT)
{
	static const unsigned char pattern = 0x5a;
	size_t size = variant->size;
	unsigned char *to, *target = malloc(size + 2 * GUARD);
	int64_t pages = mirror_pages();
	unsigned long userptrs = ioctls.userptrs_bound;

	ASSERT_NE(NULL, target);
	ASSERT_LE(0, pages);
	to = target + GUARD / 2 + variant->to;
	memset(target, SENTINEL, size + 2 * GUARD);

	ASSERT_EQ(ZE_RESULT_SUCCESS,
		  zeCommandListAppendMemoryFill(self->list, to, &pattern, sizeof(pattern), size, NULL, 0, NULL));

	EXPECT_EQ(size, pattern_not_byte(to, size, pattern));
	EXPECT_EQ(to - target, pattern_not_byte(target, to - target, SENTINEL));
	EXPECT_EQ(GUARD, pattern_not_byte(to + size, GUARD, SENTINEL));
	EXPECT_LE(size / 4096, mirror_pages() - pages);
	EXPECT_EQ(userptrs, ioctls.userptrs_bound);
}

TEST_HARNESS_MAIN
