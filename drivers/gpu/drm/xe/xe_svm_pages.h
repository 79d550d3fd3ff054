/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_PAGES_H_
#define _XE_SVM_PAGES_H_

#include "xe_svm_policy.h"
#include "xe_svm_types.h"

struct xe_svm_piece;

/**
 * struct xe_svm_scratch - room to collect the pages of a block in
 */
struct xe_svm_scratch {
	/** @pfns: see &xe_svm_pages.pfns */
	unsigned long pfns[XE_SVM_BLOCK_PAGES];
	/** @runs: see &xe_svm_pages.runs */
	struct xe_svm_extent runs[XE_SVM_BLOCK_PAGES];
};

/**
 * struct xe_svm_pages - pages of one block, collected for one service
 */
struct xe_svm_pages {
	/** @block_start: CPU address of the block */
	u64 block_start;
	/** @gen: generation of the block, read before the pages were scanned */
	u32 gen;
	/**
	 * @fault_page: the page that must be mapped for the service to succeed
	 */
	u16 fault_page;
	/** @reach: how far to scan at first, see xe_svm_policy_fault_around() */
	u8 reach;
	/**
	 * @bare: no page of the block is mapped, and only this service maps any
	 */
	bool bare;
	/** @whole: one entry of the CPU maps all pages of @scan */
	bool whole;
	/** @translated: an IOMMU chooses the DMA addresses */
	bool translated;
	/** @scan: the pages that were scanned */
	struct xe_svm_scan scan;
	/** @nr_runs: number of @runs in use */
	u16 nr_runs;
	/** @nr_mapped: number of @runs that are mapped for DMA */
	u16 nr_mapped;
	/** @pfns: HMM's result for each page of @scan, by page of the block */
	unsigned long *pfns;
	/** @runs: pages to map, as extents that each are a unit */
	struct xe_svm_extent *runs;
};

/**
 * struct xe_svm_request - pages that a service requests from the mm
 *
 * Its addresses are CPU addresses.
 */
struct xe_svm_request {
	/** @addr: the page that faulted */
	u64 addr;
	/** @access: type of the access */
	enum xe_svm_access access;
	/**
	 * @mirror: addresses of the mirror, as far as they lie in the same
	 * block and have the same attributes
	 */
	struct xe_svm_span mirror;
	/** @readonly: the mirror is bound READONLY */
	bool readonly;
	/** @device_atomics: the device can do atomics on system memory */
	bool device_atomics;
	/** @may_wait: may wait for locks of the mm and for running events */
	bool may_wait;
	/** @is_long: may wait for a disk and for user space, too */
	bool is_long;
};

struct xe_svm_scratch *xe_svm_scratch_take(bool may_wait);
void xe_svm_scratch_keep(struct xe_svm_scratch *scratch);
void xe_svm_scratch_free(void);

int xe_svm_pages_collect(struct xe_svm_window *window,
			 const struct xe_svm_request *request,
			 struct xe_svm_pages *pages);
int xe_svm_pages_collect_all(struct xe_svm_window *window,
			     const struct xe_svm_request *request,
			     struct xe_svm_pages *pages);
void xe_svm_pages_choose(struct xe_svm_pages *pages,
			 const struct xe_svm_extents *extents, bool readonly);
int xe_svm_pages_check(struct mm_struct *mm,
		       const struct xe_svm_request *request);
int xe_svm_pages_check_locked(struct mm_struct *mm,
			      const struct xe_svm_request *request,
			      struct vm_area_struct **vma);
int xe_svm_pages_snapshot(struct xe_svm_window *window,
			  struct xe_svm_pages *pages, u16 first, u16 end);
bool xe_svm_pages_map_block(const struct xe_svm_pages *pages, u16 page);
bool xe_svm_pages_absent(const struct xe_svm_pages *pages, u16 page);
int xe_svm_pages_next(struct mm_struct *mm, struct xe_svm_span *span);
int xe_svm_pages_map(struct xe_vm *vm, struct xe_svm_pages *pages);
void xe_svm_pages_unmap(struct xe_vm *vm, struct xe_svm_pages *pages);
void xe_svm_pages_release(struct xe_vm *vm, const struct xe_svm_piece *piece);
void xe_svm_pages_leak(struct xe_vm *vm, const struct xe_svm_piece *piece);

#endif
