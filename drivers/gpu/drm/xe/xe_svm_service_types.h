/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_SERVICE_TYPES_H_
#define _XE_SVM_SERVICE_TYPES_H_

#include <linux/ktime.h>
#include <linux/list.h>

#include "xe_svm.h"
#include "xe_svm_pages.h"

struct dma_fence;

/**
 * struct xe_svm_service - state of one service
 *
 * It serves faults of one block, one after the other, or maps a whole block.
 */
struct xe_svm_service {
	/** @vm: the VM; the caller's reference */
	struct xe_vm *vm;
	/** @patience: wait level */
	enum xe_svm_patience patience;
	/** @mm_lives: the caller has an mm_users reference on the mm */
	bool mm_lives;
	/** @faults: &struct xe_svm_fault that are settled along with @fault; NULL if that is */
	struct list_head *faults;
	/** @fault: the fault that is being served; NULL: map the whole block */
	struct xe_svm_fault *fault;

	/** @window: owned, a reference; NULL before it is needed */
	struct xe_svm_window *window;
	/** @block: of the current try: stays while the served lock is held */
	struct xe_svm_block *block;
	/** @addr: GPU address of the page that is being served */
	u64 addr;
	/** @offset: of the mirror: added to @addr, the CPU address of the page */
	s64 offset;
	/** @request: mirror and attributes, as they were looked up ... */
	struct xe_svm_request request;
	/** @pat_index: ... with this PAT index ... */
	u16 pat_index;
	/** @vma_changes: ... at this value of &xe_vm.vma_changes ... */
	u64 vma_changes;
	/** @attr_changes: ... and at this value of &xe_svm_attrs.changes */
	unsigned long attr_changes;
	/** @pages: pages of the current try */
	struct xe_svm_pages pages;
	/** @scratch: owned: the room for @pages; NULL before it is needed */
	struct xe_svm_scratch *scratch;
	/** @pending: owned: fence that the next try has to wait for, or NULL */
	struct dma_fence *pending;

	/** @end: deadline; 0 before the first failed try */
	ktime_t end;
	/** @dev_idx: of drm_dev_enter(), while the service binds */
	int dev_idx;
	/** @populated: absent pages have been populated, as far as possible */
	bool populated;
	/** @nr_jobs: how many jobs were waited for with nothing locked, and ended */
	unsigned int nr_jobs;
	/** @hurried: a prefetch that does not wait for bind jobs */
	bool hurried;
	/** @mapped: number of pages mapped */
	u32 mapped;
	/** @tries: number of tries */
	u32 tries;
	/** @starved: number of tries that lacked memory */
	u32 starved;
};

/** xe_svm_service_mirrors() - Does a GPU address lie in the mirror of the request? */
static inline bool xe_svm_service_mirrors(const struct xe_svm_service *service,
					  u64 addr)
{
	const struct xe_svm_span *mirror = &service->request.mirror;

	addr += service->offset;

	return addr >= mirror->start && addr < mirror->end;
}

/** xe_svm_service_may_wait() - May a service wait for locks and memory? */
static inline bool xe_svm_service_may_wait(const struct xe_svm_service *service)
{
	return service->patience >= XE_SVM_PATIENCE_SHORT;
}

/** xe_svm_service_is_patient() - May it wait for disks and user space, too? */
static inline bool
xe_svm_service_is_patient(const struct xe_svm_service *service)
{
	return service->patience == XE_SVM_PATIENCE_LONG;
}

#endif
