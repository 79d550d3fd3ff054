/* SPDX-License-Identifier: MIT */

#ifndef _XE_VM_REFUSALS_H_
#define _XE_VM_REFUSALS_H_

struct drm_device;
struct drm_file;
struct xe_vm;
struct xe_vm_refusal;

void xe_vm_refusals_init(struct xe_vm *vm);
void xe_vm_refusals_add(struct xe_vm *vm, const struct xe_vm_refusal *refusal,
			int cause);

int xe_vm_get_property_ioctl(struct drm_device *dev, void *data,
			     struct drm_file *file);

#endif
