// SPDX-License-Identifier: MIT
/*
 * Faults in mirrors: the outcome of each fault of a group; accounting.
 *
 * Rule: a fault ends with its page mapped for the access, or with a cause. One
 * service settles all faults of a group that it can. A fault that has to wait
 * longer than the wait level of the group allows stays pending.
 */

#include <linux/sched/mm.h>

#include "xe_gt_stats.h"
#include "xe_svm.h"
#include "xe_svm_owner.h"
#include "xe_svm_service.h"
#include "xe_svm_service_types.h"
#include "xe_svm_stats.h"
#include "xe_svm_trace.h"
#include "xe_vm.h"

static bool is_pending(const struct xe_svm_fault *fault)
{
	return fault->outcome == XE_SVM_FAULT_PENDING;
}

static void group_begin(struct xe_vm *vm,
			const struct xe_svm_fault_group *group)
{
	const struct xe_svm_fault *fault;

	/* Deferred faults were traced before. */
	if (group->patience != XE_SVM_PATIENCE_NONE)
		return;

	list_for_each_entry(fault, &group->faults, link)
		trace_xe_svm_fault(vm, fault->addr, fault->access);
}

static void group_serve(struct xe_svm_fault_group *group,
			struct xe_svm_service *service)
{
	struct xe_svm_fault *fault;

	list_for_each_entry(fault, &group->faults, link) {
		if (!is_pending(fault))
			continue;

		xe_svm_service_fault(service, fault);

		/* Defer the remaining faults together with this one. */
		if (is_pending(fault) &&
		    group->patience == XE_SVM_PATIENCE_NONE)
			return;
	}
}

static void account(struct xe_vm *vm, struct xe_gt *gt,
		    const struct xe_svm_fault *fault)
{
	bool refused = fault->outcome == XE_SVM_FAULT_REFUSED;

	if (!refused && fault->outcome != XE_SVM_FAULT_SERVED)
		return;

	trace_xe_svm_reply(vm, fault->addr, fault->access, fault->err);
	xe_svm_stats_add_from(vm, gt, XE_GT_STATS_ID_SVM_PAGEFAULT, 1);
	if (refused)
		xe_svm_stats_add_from(vm, gt, XE_GT_STATS_ID_SVM_REFUSED, 1);
}

static void group_account(struct xe_vm *vm,
			  const struct xe_svm_fault_group *group)
{
	const struct xe_svm_fault *fault;

	list_for_each_entry(fault, &group->faults, link)
		account(vm, group->gt, fault);
}

/**
 * xe_svm_fault_service() - Serve faults as far as they lie in a mirror
 * @vm: the VM, with a reference
 * @group: faults of one block, all pending; on return &xe_svm_fault.outcome is
 * the result of each
 *
 * Causes of refusal: -EFAULT if there is no memory, the memory is broken, or
 * the process has exited; -EACCES if the access is not allowed; -ENOENT if the
 * VM is closed or banned; -ENODEV if the device was unplugged; -ENOMEM, after
 * several tries; -ETIMEDOUT if the process remaps faster than the service can
 * follow, or a bind job blocked the service for too long.
 *
 * Faults that need a longer wait than the group allows stay pending; with
 * %XE_SVM_PATIENCE_LONG no fault does.
 *
 * Context: process context with nothing locked. With a wait level above
 * %XE_SVM_PATIENCE_NONE, a thread that stays with the process.
 */
void xe_svm_fault_service(struct xe_vm *vm, struct xe_svm_fault_group *group)
{
	struct xe_svm_service service = {
		.vm = vm,
		.patience = group->patience,
		.mm_lives = group->mm_lives,
		.faults = &group->faults,
	};
	bool in_worker = group->patience == XE_SVM_PATIENCE_NONE;
	struct mm_struct *mm = vm->svm.mm;
	struct xe_svm_fault *fault;

	/* Without an owner no mirror can be bound */
	if (!mm) {
		list_for_each_entry(fault, &group->faults, link)
			fault->outcome = XE_SVM_FAULT_NOT_MIRRORED;
		return;
	}

	group_begin(vm, group);
	if (in_worker)
		service.mm_lives = mmget_not_zero(mm);
	group_serve(group, &service);
	xe_svm_service_end(&service);
	/* Not in the worker of a fault queue: exit_mmap() may take long. */
	if (in_worker && service.mm_lives)
		mmput_async(mm);
	group_account(vm, group);
}

/**
 * xe_svm_fault_refuse() - Refuse a fault that a service left pending
 * @vm: the VM
 * @gt: the GT whose queue had the fault
 * @fault: the fault
 * @err: a negative errno: -EAGAIN if binds changed what its address is, too
 * often; -EBUSY if it may not wait, see xe_svm_may_wait()
 *
 * Context: any.
 */
void xe_svm_fault_refuse(struct xe_vm *vm, struct xe_gt *gt,
			 struct xe_svm_fault *fault, int err)
{
	xe_svm_fault_settle(fault, err);
	account(vm, gt, fault);
}

/**
 * xe_svm_can_mirror() - Can mirrors be bound in a VM?
 * @vm: the VM
 *
 * Return: true if they can; faults of the VM may then be deferred to threads
 * that stay with its process.
 */
bool xe_svm_can_mirror(const struct xe_vm *vm)
{
	return vm->svm.owner;
}

/**
 * xe_svm_may_wait() - May one more fault of a VM wait?
 * @vm: the VM, which can mirror
 * @is_long: for a disk or user space, not only for locks and memory
 *
 * Return: false if its process has more waits than any GPU can have faults.
 */
bool xe_svm_may_wait(const struct xe_vm *vm, bool is_long)
{
	return xe_svm_owner_may_wait(vm->svm.owner, is_long);
}

/**
 * xe_svm_count_deferred() - Count faults that are deferred to a waiter
 * @vm: the VM
 */
void xe_svm_count_deferred(struct xe_vm *vm)
{
	xe_svm_stats_add(vm, XE_GT_STATS_ID_SVM_DEFERRED, 1);
}
