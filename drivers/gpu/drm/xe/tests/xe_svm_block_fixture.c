// SPDX-License-Identifier: MIT
/*
 * Distinguishable extents for the tests of a block.
 *
 * Rule: each unit has a number, and DMA addresses, page frames and a write
 * permission that follow from it, so that a removed piece with the values of
 * another unit is detected. The checks stop a test at the first error.
 */

#include "xe_svm_block_fixture.h"

#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <kunit/test.h>

#define PAGES	XE_SVM_FIXTURE_PAGES

static dma_addr_t unit_dma(u32 unit)
{
	return (dma_addr_t)unit * XE_SVM_BLOCK_SIZE;
}

static unsigned long unit_pfn(u32 unit)
{
	return 0x1000000 + unit * PAGES;
}

/* Every other unit is writable. */
static bool unit_writable(u32 unit)
{
	return unit & 1;
}

/* The number of the unit an extent is part of. */
u32 xe_svm_fixture_unit(const struct xe_svm_extent *extent)
{
	return extent->dma / XE_SVM_BLOCK_SIZE;
}

/* For &kunit_suite.init: nothing mapped, no slots. */
int xe_svm_fixture_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct xe_svm_fixture),
				   GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, test->priv);

	return 0;
}

struct xe_svm_extent *xe_svm_fixture_alloc(struct kunit *test, u16 cap)
{
	struct xe_svm_extent *at;

	at = kunit_kmalloc_array(test, cap, sizeof(*at), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, at);

	return at;
}

/* Set the number of slots, at least those in use. */
void xe_svm_fixture_set_cap(struct kunit *test, u16 cap)
{
	struct xe_svm_extent *at = xe_svm_fixture_alloc(test, cap);
	struct xe_svm_fixture *fixture = test->priv;

	at = xe_svm_extents_adopt(&fixture->extents, at, cap);
	kunit_kfree(test, at);
}

/* Pages as a new unit. */
struct xe_svm_extent xe_svm_fixture_extent(struct kunit *test, u16 first,
					   u16 last)
{
	struct xe_svm_fixture *fixture = test->priv;
	u32 unit = ++fixture->units;

	return (struct xe_svm_extent) {
		.dma = unit_dma(unit),
		.pfn = unit_pfn(unit),
		.first = first,
		.last = last,
		.unit_first = first,
		.unit_last = last,
		.writable = unit_writable(unit),
	};
}

/* Map pages as a new unit, into a free slot. Return: the unit's number. */
u32 xe_svm_fixture_map(struct kunit *test, u16 first, u16 last)
{
	struct xe_svm_extent extent = xe_svm_fixture_extent(test, first, last);
	struct xe_svm_fixture *fixture = test->priv;

	xe_svm_extents_insert(&fixture->extents, &extent, 1);

	return xe_svm_fixture_unit(&extent);
}

/* An extent or a piece must match its unit, whatever part was removed. */
void xe_svm_fixture_check_extent(struct kunit *test,
				 const struct xe_svm_extent *extent)
{
	u16 unit_first = extent->unit_first, unit_last = extent->unit_last;
	u16 first = extent->first, last = extent->last;
	u32 unit = xe_svm_fixture_unit(extent);
	u16 skipped = first - unit_first;

	KUNIT_ASSERT_LE(test, first, last);
	KUNIT_ASSERT_LE(test, unit_first, first);
	KUNIT_ASSERT_LE(test, last, unit_last);
	KUNIT_ASSERT_TRUE(test, extent->writable == unit_writable(unit));
	KUNIT_ASSERT_EQ(test, xe_svm_extent_dma(extent),
			unit_dma(unit) + skipped * SZ_4K);
	KUNIT_ASSERT_EQ(test, xe_svm_extent_pfn(extent),
			unit_pfn(unit) + skipped);
	KUNIT_ASSERT_EQ(test, xe_svm_extent_pages(extent), last + 1 - first);
}

/*
 * Check: sorted, disjoint, counted, within bounds. Records the unit of each
 * page.
 */
void xe_svm_fixture_check(struct kunit *test)
{
	struct xe_svm_fixture *fixture = test->priv;
	const struct xe_svm_extents *extents = &fixture->extents;
	int before = -1, pages = 0;
	u16 i;

	memset(fixture->seen, 0, sizeof(fixture->seen));
	KUNIT_ASSERT_LE(test, extents->nr, extents->cap);

	for (i = 0; i < extents->nr; i++) {
		const struct xe_svm_extent *extent = &extents->at[i];
		int page = extent->first;

		xe_svm_fixture_check_extent(test, extent);
		KUNIT_ASSERT_LT(test, before, page);
		before = extent->last;

		for (; page <= before; page++, pages++)
			fixture->seen[page] = xe_svm_fixture_unit(extent);
	}

	KUNIT_ASSERT_EQ(test, pages, extents->pages);
}
