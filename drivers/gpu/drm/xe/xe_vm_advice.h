/* SPDX-License-Identifier: MIT */

#ifndef _XE_VM_ADVICE_H_
#define _XE_VM_ADVICE_H_

#include <linux/types.h>

#include "xe_device_types.h"
#include "xe_svm_attr.h"
#include "xe_vm.h"

struct drm_device;
struct drm_file;
struct drm_xe_vm_bind_op;

int xe_vm_madvise_ioctl(struct drm_device *dev, void *data,
			struct drm_file *file);
int xe_vm_query_mem_range_attrs_ioctl(struct drm_device *dev, void *data,
				      struct drm_file *file);

/** xe_vma_denies_atomics() - Does the advice forbid GPU atomics? */
static inline bool xe_vma_denies_atomics(const struct xe_vma *vma)
{
	return xe_svm_attr_denies_atomics(vma->attr);
}

/** xe_vma_keeps_place() - Does the memory stay in place for GPU atomics? */
static inline bool xe_vma_keeps_place(struct xe_vma *vma)
{
	return FIELD_GET(XE_SVM_ATTR_ATOMIC, vma->attr) == XE_SVM_ATOMIC_DEVICE &&
		xe_vma_vm(vma)->xe->info.has_device_atomics_on_smem;
}

#if IS_ENABLED(CONFIG_DRM_XE_SVM)
void xe_vm_advice_drop(struct xe_vm *vm, const struct drm_xe_vm_bind_op *ops,
		       u32 num);
#else
static inline void xe_vm_advice_drop(struct xe_vm *vm,
				     const struct drm_xe_vm_bind_op *ops,
				     u32 num)
{
}
#endif

#endif
