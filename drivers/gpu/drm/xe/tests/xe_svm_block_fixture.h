/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_BLOCK_FIXTURE_H_
#define _XE_SVM_BLOCK_FIXTURE_H_

#include "xe_svm_block.h"

struct kunit;

/* Pages of a block; spelled out, so that a wrong block size is noticed. */
#define XE_SVM_FIXTURE_PAGES	512

/**
 * struct xe_svm_fixture - the extents under test; &kunit.priv points to it
 */
struct xe_svm_fixture {
	/** @extents: what the tests work on */
	struct xe_svm_extents extents;
	/** @units: how many units there were; their numbers count from 1 */
	u32 units;
	/** @seen: unit number by page, 0 where not mapped; last check's result */
	u32 seen[XE_SVM_FIXTURE_PAGES];
};

int xe_svm_fixture_init(struct kunit *test);
struct xe_svm_extent *xe_svm_fixture_alloc(struct kunit *test, u16 cap);
void xe_svm_fixture_set_cap(struct kunit *test, u16 cap);
struct xe_svm_extent xe_svm_fixture_extent(struct kunit *test, u16 first,
					   u16 last);
u32 xe_svm_fixture_map(struct kunit *test, u16 first, u16 last);
u32 xe_svm_fixture_unit(const struct xe_svm_extent *extent);
void xe_svm_fixture_check_extent(struct kunit *test,
				 const struct xe_svm_extent *extent);
void xe_svm_fixture_check(struct kunit *test);

#endif
