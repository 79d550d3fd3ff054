/* SPDX-License-Identifier: MIT */

#ifndef _XE_VM_ADVICE_H_
#define _XE_VM_ADVICE_H_

#include <linux/types.h>

struct drm_device;
struct drm_file;
struct drm_xe_vm_bind_op;
struct xe_vm;

int xe_vm_madvise_ioctl(struct drm_device *dev, void *data,
			struct drm_file *file);
int xe_vm_query_mem_range_attrs_ioctl(struct drm_device *dev, void *data,
				      struct drm_file *file);

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
