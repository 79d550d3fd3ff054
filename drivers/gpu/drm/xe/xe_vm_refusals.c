// SPDX-License-Identifier: MIT
/*
 * Refused faults of a VM: logged, and the first 50 kept for queries of user
 * space.
 *
 * Rule: an entry that has been counted never changes, so readers need no lock.
 * Must never happen here: an allocation; faults are refused when memory is
 * short, too.
 */

#include "xe_vm_refusals.h"

#include <linux/ratelimit.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>

#include <uapi/drm/xe_drm.h>

#include "xe_device.h"
#include "xe_macros.h"
#include "xe_vm.h"

/**
 * xe_vm_refusals_init() - Prepare to keep refused faults
 * @vm: the VM, being created
 */
void xe_vm_refusals_init(struct xe_vm *vm)
{
	spin_lock_init(&vm->refusals.lock);
}

static const char *access_name(u8 access)
{
	switch (access) {
	case DRM_XE_VM_FAULT_ACCESS_READ:
		return "read";
	case DRM_XE_VM_FAULT_ACCESS_WRITE:
		return "write";
	default:
		return "atomic";
	}
}

/* Log like a segmentation fault, with the same rate limit. */
static void say(struct xe_vm *vm, const struct xe_vm_refusal *refusal,
		int cause)
{
	static struct ratelimit_state seldom =
		RATELIMIT_STATE_INIT_FLAGS("xe_vm_refusals", 5 * HZ, 10,
					   RATELIMIT_MSG_ON_RELEASE);

	if (!vm->xef || !__ratelimit(&seldom))
		return;

	drm_notice(&vm->xe->drm, "%s[%d]: GPU %s at 0x%016llx refused: %pe\n",
		   vm->xef->process_name, vm->xef->pid,
		   access_name(refusal->access), refusal->address,
		   ERR_PTR(cause));
}

/**
 * xe_vm_refusals_add() - Log and record a fault that is about to be refused
 * @vm: the VM
 * @refusal: the fault; its address need not be canonical
 * @cause: a negative errno
 *
 * Context: process context; takes &xe_vm_refusals.lock.
 */
void xe_vm_refusals_add(struct xe_vm *vm, const struct xe_vm_refusal *refusal,
			int cause)
{
	struct xe_vm_refusals *refusals = &vm->refusals;
	struct xe_vm_refusal *entry;

	say(vm, refusal, cause);

	spin_lock(&refusals->lock);
	if (refusals->nr < ARRAY_SIZE(refusals->first)) {
		entry = &refusals->first[refusals->nr];
		*entry = *refusal;
		entry->address = xe_device_canonicalize_addr(vm->xe,
							     entry->address);
		/* Pairs with the acquire in get_faults() */
		smp_store_release(&refusals->nr, refusals->nr + 1);
	}
	spin_unlock(&refusals->lock);
}

static int copy_refusals(const struct xe_vm_refusals *refusals,
			 struct drm_xe_vm_fault __user *to, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		const struct xe_vm_refusal *refusal = &refusals->first[i];
		struct drm_xe_vm_fault fault = {
			.address = refusal->address,
			.address_precision = SZ_4K,
			.access_type = refusal->access,
			.fault_type = refusal->type,
			.fault_level = refusal->level,
		};

		if (copy_to_user(to + i, &fault, sizeof(fault)))
			return -EFAULT;
	}

	return 0;
}

static int get_faults(struct xe_vm *vm, struct drm_xe_vm_get_property *args)
{
	/* Pairs with the release of xe_vm_refusals_add() */
	u32 size = smp_load_acquire(&vm->refusals.nr) *
		sizeof(struct drm_xe_vm_fault);

	if (!args->size) {
		args->size = size;
		return 0;
	}

	if (XE_IOCTL_DBG(vm->xe, args->size > size) ||
	    XE_IOCTL_DBG(vm->xe, args->size % sizeof(struct drm_xe_vm_fault)))
		return -EINVAL;

	return copy_refusals(&vm->refusals, u64_to_user_ptr(args->data),
			     args->size / sizeof(struct drm_xe_vm_fault));
}

/**
 * xe_vm_get_property_ioctl() - Report a property of a VM to user space
 * @dev: the DRM device
 * @data: &struct drm_xe_vm_get_property
 * @file: the DRM file
 *
 * Return: 0; -EINVAL for invalid arguments; -ENOENT if there is no such VM;
 * -EFAULT if the result cannot be written.
 */
int xe_vm_get_property_ioctl(struct drm_device *dev, void *data,
			     struct drm_file *file)
{
	struct xe_device *xe = to_xe_device(dev);
	struct drm_xe_vm_get_property *args = data;
	struct xe_vm *vm;
	int err;

	if (XE_IOCTL_DBG(xe, args->extensions) ||
	    XE_IOCTL_DBG(xe, args->pad) ||
	    XE_IOCTL_DBG(xe, args->reserved[0] || args->reserved[1] ||
			 args->reserved[2]) ||
	    XE_IOCTL_DBG(xe, args->property != DRM_XE_VM_GET_PROPERTY_FAULTS))
		return -EINVAL;

	vm = xe_vm_lookup(to_xe_file(file), args->vm_id);
	if (XE_IOCTL_DBG(xe, !vm))
		return -ENOENT;

	err = get_faults(vm, args);
	xe_vm_put(vm);

	return err;
}
