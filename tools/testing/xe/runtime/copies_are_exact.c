// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: the copy engine copies between two pointers of malloc(), through the mirror, just what it was asked to:
 * 4 KiB to 32 MiB, and from and to addresses that are aligned to nothing.
 */
#include <stdlib.h>

#include "kselftest_harness.h"
#include "ground/level_zero_fixture.h"

#define GUARD	64
#define SENTINEL	0xe5

FIXTURE_VARIANT(level_zero)
{
	size_t size;
	unsigned int from, to; /* bytes behind malloc()'s alignment */
};

#define SIZE(name_, size_, from_, to_)					\
FIXTURE_VARIANT_ADD(level_zero, name_) { .size = size_, .from = from_, .to = to_ }

SIZE(4_KiB, 4 << 10, 0, 0);
SIZE(64_KiB_odd, (64 << 10) - 13, 1, 3);
SIZE(1_MiB_one_byte_on, 1 << 20, 0, 1);
SIZE(2_MiB, 2 << 20, 0, 0);
SIZE(32_MiB, 32 << 20, 0, 0);
SIZE(32_MiB_odd, (32 << 20) - 7, 5, 2);

TEST_F_TIMEOUT(level_zero, copy, RUNTIME_TIMEOUT)
{
	size_t size = variant->size;
	unsigned char *from, *to, *source = malloc(size + 2 * GUARD), *target = malloc(size + 2 * GUARD);
	int64_t pages = mirror_pages();
	unsigned long userptrs = ioctls.userptrs_bound;

	ASSERT_NE(NULL, source);
	ASSERT_NE(NULL, target);
	ASSERT_LE(0, pages);
	from = source + GUARD / 2 + variant->from;
	to = target + GUARD / 2 + variant->to;
	pattern_fill(from, size, 1);
	memset(target, SENTINEL, size + 2 * GUARD);

	COPY(to, from, size);

	EXPECT_EQ(size, pattern_differs(to, size, 1));
	EXPECT_EQ(size, pattern_differs(from, size, 1));
	EXPECT_EQ(to - target, pattern_not_byte(target, to - target, SENTINEL));
	EXPECT_EQ(GUARD, pattern_not_byte(to + size, GUARD, SENTINEL));
	/* Each page of both was faulted in; nothing was bound instead. */
	EXPECT_LE(2 * (size / 4096), mirror_pages() - pages);
	EXPECT_EQ(userptrs, ioctls.userptrs_bound);
}

TEST_HARNESS_MAIN
