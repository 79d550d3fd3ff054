// SPDX-License-Identifier: MIT
/*
 * Prefetch into a mirror: the memory of the process is mapped before the GPU faults.
 *
 * Rule: a prefetch is advice. It maps what the CPU has or can have; holes, lost
 * races and missing permissions are left to the fault that may come. It runs in the
 * ioctl, before anything of the VM is locked, so it can wait for disks and user
 * space and ends with a signal. Must never happen here: an error for what the GPU
 * may never touch.
 */

#include <linux/sched.h>
#include <linux/sched/signal.h>

#include <drm/drm_gpuvm.h>
#include <uapi/drm/xe_drm.h>

#include "xe_device.h"
#include "xe_svm.h"
#include "xe_svm_pages.h"
#include "xe_vm.h"

/* Narrow @span to the next mirror in it. Return: false if there is none. */
static bool next_mirror_locked(struct xe_vm *vm, struct xe_svm_span *span)
{
	struct drm_gpuva *va;

	lockdep_assert_held(&vm->lock);

	drm_gpuvm_for_each_va_range(va, &vm->gpuvm, span->start, span->end) {
		if (!xe_vma_is_cpu_addr_mirror(gpuva_to_vma(va)))
			continue;

		span->start = max(span->start, va->va.addr);
		span->end = min(span->end, va->va.addr + va->va.range);

		return true;
	}

	return false;
}

/* Return: 1 if there is a mirror, 0 if not, or an error. */
static int next_mirror(struct xe_vm *vm, struct xe_svm_span *span)
{
	int err;

	err = down_read_killable(&vm->lock);
	if (err)
		return err;

	err = -ENOENT;
	if (!xe_vm_is_closed_or_banned(vm))
		err = next_mirror_locked(vm, span);
	up_read(&vm->lock);

	return err;
}

/* Block by block, so that what is done stays done when a signal comes. */
static int prefetch_memory(struct xe_vm *vm, const struct xe_svm_span *span)
{
	u64 addr = span->start;
	int err;

	while (addr < span->end) {
		if (signal_pending(current))
			return -EINTR;

		err = xe_svm_serve_all(vm, addr);
		if (err)
			return err;

		addr = ALIGN_DOWN(addr, XE_SVM_BLOCK_SIZE) + XE_SVM_BLOCK_SIZE;
		cond_resched();
	}

	return 0;
}

/* *@refused is set if there is memory that no device may access. */
static int prefetch_mirror(struct xe_vm *vm, const struct xe_svm_span *mirror,
			   bool *refused)
{
	struct xe_svm_span span = *mirror;
	int err;

	for (; span.start < mirror->end; span.start = span.end) {
		span.end = mirror->end;
		err = xe_svm_pages_next(vm->svm.mm, &span);
		if (err == -ENOENT)
			return 0;
		if (err == -EIO) {
			*refused = true;
			continue;
		}
		if (err)
			return err;

		err = prefetch_memory(vm, &span);
		if (err)
			return err;
	}

	return 0;
}

static int prefetch_range(struct xe_vm *vm, u64 start, u64 end)
{
	struct xe_svm_span span;
	bool refused = false;
	int err;

	for (; start < end; start = span.end) {
		span = (struct xe_svm_span) { .start = start, .end = end };
		err = next_mirror(vm, &span);
		if (err < 0)
			return err;
		if (!err)
			break;
		/* As for binding one: it is the creator's memory */
		if (XE_IOCTL_DBG(vm->xe, vm->svm.mm != current->mm))
			return -EPERM;

		err = prefetch_mirror(vm, &span, &refused);
		if (err)
			return err;
	}

	return refused ? -EIO : 0;
}

/**
 * xe_svm_prefetch() - Prefetch as far as bind operations ask for it
 * @vm: the VM
 * @ops: the operations, checked but for the limits of the VM
 * @num: how many
 *
 * Looks at the mirrors that are bound already. Operations other than
 * %DRM_XE_VM_BIND_OP_PREFETCH are ignored, as is everything but mirrors.
 *
 * Context: in the bind ioctl, with nothing locked.
 *
 * Return: 0; -EPERM for another process than the one that is mirrored; -EIO where
 * there is memory that no device may access, with the rest of the range prefetched; -ENOENT if the VM is closed or banned;
 * -ENODEV; -ENOMEM; -EINTR after a signal, with what was done kept.
 */
int xe_svm_prefetch(struct xe_vm *vm, const struct drm_xe_vm_bind_op *ops,
		    u32 num)
{
	u32 i;
	int err;

	might_lock(&vm->lock);

	for (i = 0; i < num; i++) {
		const struct drm_xe_vm_bind_op *op = &ops[i];

		if (op->op != DRM_XE_VM_BIND_OP_PREFETCH || !vm->svm.mm)
			continue;
		/* The ioctl refuses it as soon as the VM is locked */
		if (op->range > vm->size || op->addr > vm->size - op->range)
			continue;

		err = prefetch_range(vm, op->addr, op->addr + op->range);
		if (err)
			return err;
	}

	return 0;
}
