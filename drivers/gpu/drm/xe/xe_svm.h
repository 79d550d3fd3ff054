/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_H_
#define _XE_SVM_H_

#include <linux/errno.h>
#include <linux/types.h>

#include "xe_svm_policy.h"

struct drm_gpuva_ops;
struct drm_xe_vm_bind_op;
struct xe_device;
struct xe_gt;
struct xe_vm;

/**
 * struct xe_svm_fault - one page fault of the GPU, decoded
 */
struct xe_svm_fault {
	/** @gt: the GT it came from and is to be answered to */
	struct xe_gt *gt;
	/** @addr: GPU address, page aligned */
	u64 addr;
	/** @access: what the GPU wanted to do */
	enum xe_svm_access access;
	/** @may_wait: the service may wait for the process, or for binds */
	bool may_wait;
};

#if IS_ENABLED(CONFIG_DRM_XE_SVM)
bool xe_svm_supported(const struct xe_device *xe);

int xe_svm_init(struct xe_vm *vm);
void xe_svm_close(struct xe_vm *vm);
void xe_svm_fini(struct xe_vm *vm);

int xe_svm_fault_service(struct xe_vm *vm, const struct xe_svm_fault *fault);

int xe_svm_bind_op_check(struct xe_vm *vm, const struct drm_xe_vm_bind_op *op);
void xe_svm_bind_op_grow(struct xe_vm *vm, u32 flags, u16 pat_index, u64 *addr,
			 u64 *range);
int xe_svm_bind_ops_vacate(struct xe_vm *vm, struct drm_gpuva_ops *ops,
			   u64 addr, u64 range);

#else
static inline bool xe_svm_supported(const struct xe_device *xe)
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

static inline int xe_svm_fault_service(struct xe_vm *vm,
				       const struct xe_svm_fault *fault)
{
	return 1;
}

static inline int xe_svm_bind_op_check(struct xe_vm *vm,
				       const struct drm_xe_vm_bind_op *op)
{
	return -EINVAL;
}

static inline void xe_svm_bind_op_grow(struct xe_vm *vm, u32 flags,
				       u16 pat_index, u64 *addr, u64 *range)
{
}

static inline int xe_svm_bind_ops_vacate(struct xe_vm *vm,
					 struct drm_gpuva_ops *ops,
					 u64 addr, u64 range)
{
	return 0;
}
#endif

#endif
