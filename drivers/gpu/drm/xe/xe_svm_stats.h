/* SPDX-License-Identifier: MIT */
/*
 * Counters: each event in a mirror is counted for its VM and for a GT. Two
 * additions per event, on memory of this CPU.
 */

#ifndef _XE_SVM_STATS_H_
#define _XE_SVM_STATS_H_

#include "xe_device.h"
#include "xe_gt_stats.h"
#include "xe_vm_types.h"

/**
 * xe_svm_stats_add_from() - Count events that came from a GT
 * @vm: the VM, which can mirror
 * @gt: the GT
 * @id: the event
 * @n: number of events
 */
static inline void xe_svm_stats_add_from(struct xe_vm *vm, struct xe_gt *gt,
					 enum xe_gt_stats_id id, int n)
{
	xe_gt_stats_incr(gt, id, n);
#ifdef CONFIG_DEBUG_FS
	this_cpu_add(vm->svm.stats->counters[id], n);
#endif
}

/**
 * xe_svm_stats_add() - Count events of all of a VM
 * @vm: the VM, which can mirror
 * @id: the event
 * @n: number of events
 */
static inline void xe_svm_stats_add(struct xe_vm *vm, enum xe_gt_stats_id id,
				    int n)
{
	xe_svm_stats_add_from(vm, xe_device_get_root_tile(vm->xe)->primary_gt,
			      id, n);
}

#endif
