/* SPDX-License-Identifier: MIT */

#ifndef _XE_FAULT_WAITER_H_
#define _XE_FAULT_WAITER_H_

#include <linux/list.h>
#include <linux/types.h>

struct xe_vm;

/**
 * struct xe_fault_wait - work for a thread that may wait for a process
 */
struct xe_fault_wait {
	/** @link: in the queue of the waiters */
	struct list_head link;
	/** @vm: the VM of the faults, which mirrors; the caller's reference */
	struct xe_vm *vm;
	/** @is_long: the work may wait for a disk or for user space */
	bool is_long;
	/**
	 * @run: does the work; @mm_lives is true if the process has an mm,
	 * which the thread uses in that case
	 */
	void (*run)(struct xe_fault_wait *wait, bool mm_lives);
	/**
	 * @release: frees this and drops @vm, after the thread's stay has ended
	 */
	void (*release)(struct xe_fault_wait *wait);
};

#if IS_ENABLED(CONFIG_DRM_XE_SVM)
void xe_fault_waiter_queue(struct xe_fault_wait *wait);
void xe_fault_waiter_module_exit(void);
#else
static inline void xe_fault_waiter_queue(struct xe_fault_wait *wait)
{
}

static inline void xe_fault_waiter_module_exit(void)
{
}
#endif

#endif
