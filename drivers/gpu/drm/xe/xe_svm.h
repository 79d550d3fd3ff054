/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_H_
#define _XE_SVM_H_

#include <linux/errno.h>
#include <linux/list.h>
#include <linux/types.h>

#include "xe_svm_policy.h"
#include "xe_vm_types.h"

struct drm_gpuva_ops;
struct drm_xe_vm_bind_op;
struct xe_device;
struct xe_gt;
struct xe_vm;

/**
 * enum xe_svm_outcome - result of a fault
 */
enum xe_svm_outcome {
	/**
	 * @XE_SVM_FAULT_PENDING: undecided; the service may have to wait longer
	 */
	XE_SVM_FAULT_PENDING,
	/** @XE_SVM_FAULT_SERVED: the page is mapped for the access */
	XE_SVM_FAULT_SERVED,
	/** @XE_SVM_FAULT_NOT_MIRRORED: no mirror is bound there */
	XE_SVM_FAULT_NOT_MIRRORED,
	/**
	 * @XE_SVM_FAULT_REFUSED: the queue ends; &xe_svm_fault.err is the cause
	 */
	XE_SVM_FAULT_REFUSED,
};

/**
 * struct xe_svm_fault - one page fault of the GPU, decoded
 */
struct xe_svm_fault {
	/** @link: in &xe_svm_fault_group.faults */
	struct list_head link;
	/** @addr: GPU address, page aligned */
	u64 addr;
	/** @access: type of the access */
	enum xe_svm_access access;
	/** @outcome: its result */
	enum xe_svm_outcome outcome;
	/** @err: the cause of %XE_SVM_FAULT_REFUSED, otherwise 0 */
	int err;
};

/**
 * xe_svm_fault_settle() - Record the result of a fault
 * @fault: the fault
 * @err: 0: served; -EINPROGRESS: pending; otherwise the cause of refusal
 */
static inline void xe_svm_fault_settle(struct xe_svm_fault *fault, int err)
{
	fault->err = 0;
	switch (err) {
	case 0:
		fault->outcome = XE_SVM_FAULT_SERVED;
		break;
	case -EINPROGRESS:
		fault->outcome = XE_SVM_FAULT_PENDING;
		break;
	default:
		fault->outcome = XE_SVM_FAULT_REFUSED;
		fault->err = err;
	}
}

/**
 * enum xe_svm_patience - wait level of a service
 */
enum xe_svm_patience {
	/** @XE_SVM_PATIENCE_NONE: no waits; the worker serves all processes */
	XE_SVM_PATIENCE_NONE,
	/** @XE_SVM_PATIENCE_SHORT: locks and memory, not disks or user space */
	XE_SVM_PATIENCE_SHORT,
	/** @XE_SVM_PATIENCE_LONG: anything the mm waits for */
	XE_SVM_PATIENCE_LONG,
};

/**
 * struct xe_svm_fault_group - faults of one VM in one block
 */
struct xe_svm_fault_group {
	/** @gt: the GT they came from */
	struct xe_gt *gt;
	/** @faults: &struct xe_svm_fault by ascending address */
	struct list_head faults;
	/** @patience: wait level of the service */
	enum xe_svm_patience patience;
	/**
	 * @mm_lives: the caller stays with the process, see
	 * xe_svm_owner_enter(); not used with %XE_SVM_PATIENCE_NONE
	 */
	bool mm_lives;
};

#if IS_ENABLED(CONFIG_DRM_XE_SVM)
bool xe_svm_supported(const struct xe_device *xe);
bool xe_svm_offset_supported(const struct xe_device *xe);

int xe_svm_init(struct xe_vm *vm);
void xe_svm_close(struct xe_vm *vm);
void xe_svm_fini(struct xe_vm *vm);
void xe_svm_device_remove(struct xe_device *xe);
struct xe_vm *xe_svm_next_vm(struct xe_device *xe, unsigned long *asid);

void xe_svm_fault_service(struct xe_vm *vm, struct xe_svm_fault_group *group);
void xe_svm_fault_refuse(struct xe_vm *vm, struct xe_gt *gt,
			 struct xe_svm_fault *fault, int err);
void xe_svm_suspend(struct xe_device *xe);
void xe_svm_resume(struct xe_device *xe);
void xe_svm_runs_on(struct xe_vm *vm, const struct xe_gt *gt);
bool xe_svm_can_mirror(const struct xe_vm *vm);
bool xe_svm_may_wait(const struct xe_vm *vm, bool is_long);
void xe_svm_count_deferred(struct xe_vm *vm);

int xe_svm_bind_op_check(struct xe_vm *vm, struct drm_xe_vm_bind_op *op);
void xe_svm_bind_op_grow(struct xe_vm *vm, const struct drm_xe_vm_bind_op *op,
			 u64 *addr, u64 *range);
int xe_svm_bind_lock(struct xe_vm *vm, const struct drm_xe_vm_bind_op *ops,
		     u32 nr);
int xe_svm_bind_ops_vacate(struct xe_vm *vm, struct drm_gpuva_ops *ops,
			   u64 addr, u64 range);
void xe_svm_revoke(struct xe_vm *vm, const struct xe_svm_span *span);
int xe_svm_prefetch(struct xe_vm *vm, const struct drm_xe_vm_bind_op *ops,
		    u32 num);

#else
static inline bool xe_svm_supported(const struct xe_device *xe)
{
	return false;
}

static inline bool xe_svm_offset_supported(const struct xe_device *xe)
{
	return false;
}

static inline int xe_svm_init(struct xe_vm *vm)
{
	return 0;
}

static inline void xe_svm_close(struct xe_vm *vm)
{
}

static inline void xe_svm_fini(struct xe_vm *vm)
{
}

static inline void xe_svm_device_remove(struct xe_device *xe)
{
}

static inline void xe_svm_fault_service(struct xe_vm *vm,
					struct xe_svm_fault_group *group)
{
	struct xe_svm_fault *fault;

	list_for_each_entry(fault, &group->faults, link)
		fault->outcome = XE_SVM_FAULT_NOT_MIRRORED;
}

static inline void xe_svm_fault_refuse(struct xe_vm *vm, struct xe_gt *gt,
				       struct xe_svm_fault *fault, int err)
{
	xe_svm_fault_settle(fault, err);
}

static inline void xe_svm_suspend(struct xe_device *xe)
{
}

static inline void xe_svm_resume(struct xe_device *xe)
{
}

static inline void xe_svm_runs_on(struct xe_vm *vm, const struct xe_gt *gt)
{
}

static inline bool xe_svm_can_mirror(const struct xe_vm *vm)
{
	return false;
}

static inline bool xe_svm_may_wait(const struct xe_vm *vm, bool is_long)
{
	return true;
}

static inline void xe_svm_count_deferred(struct xe_vm *vm)
{
}

static inline int xe_svm_bind_op_check(struct xe_vm *vm,
				       struct drm_xe_vm_bind_op *op)
{
	return -EINVAL;
}

static inline void xe_svm_bind_op_grow(struct xe_vm *vm,
				       const struct drm_xe_vm_bind_op *op,
				       u64 *addr, u64 *range)
{
}

static inline int xe_svm_bind_lock(struct xe_vm *vm,
				   const struct drm_xe_vm_bind_op *ops, u32 nr)
{
	return down_write_killable(&vm->lock);
}

static inline int xe_svm_bind_ops_vacate(struct xe_vm *vm,
					 struct drm_gpuva_ops *ops,
					 u64 addr, u64 range)
{
	return 0;
}

static inline int xe_svm_prefetch(struct xe_vm *vm,
				  const struct drm_xe_vm_bind_op *ops, u32 num)
{
	return 0;
}
#endif

#endif
