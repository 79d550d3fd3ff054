// SPDX-License-Identifier: MIT
/*
 * VM_BIND and mirrors: check the arguments, and vacate the addresses of a bind.
 *
 * Rule: arguments of user space are checked here against the ABI. Mappings that
 * a bind replaces are vacated here before any VMA changes. Called with
 * &xe_vm.lock held for write. Must never happen here: a change that a failing
 * bind would have to undo.
 */

#include <linux/align.h>
#include <linux/dma-fence.h>
#include <linux/llist.h>
#include <linux/mm_types.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#include <drm/drm_drv.h>
#include <drm/drm_gpuvm.h>
#include <uapi/drm/xe_drm.h>

#include "xe_device.h"
#include "xe_pat.h"
#include "xe_svm.h"
#include "xe_svm_revoke.h"
#include "xe_svm_table.h"
#include "xe_svm_trace.h"
#include "xe_svm_window.h"
#include "xe_vm.h"

/*
 * The CPU caches the memory of a mirror, whatever the index. The index is
 * replaced when the mirror is bound, so that mirrors with the same behaviour
 * have the same index.
 */
static u16 coherent_pat_index(struct xe_device *xe, u16 pat_index)
{
	if (xe_pat_index_get_coh_mode(xe, pat_index) == XE_COH_NONE)
		return xe->pat.idx[XE_CACHE_WB];

	return pat_index;
}

/*
 * A mirror with an offset consists of whole blocks of CPU addresses that the
 * process can have. Its advice has no autoreset: events of the CPU do not find
 * GPU addresses without the lock of the VM.
 */
static int offset_check(struct xe_vm *vm, const struct drm_xe_vm_bind_op *op)
{
	s64 offset = op->cpu_addr_mirror_offset;
	struct xe_device *xe = vm->xe;
	u64 start, end;

	if (!offset)
		return 0;

	if (XE_IOCTL_DBG(xe, !xe_svm_offset_supported(xe)) ||
	    XE_IOCTL_DBG(xe, !IS_ALIGNED(offset | op->addr | op->range,
					 XE_SVM_BLOCK_SIZE)) ||
	    XE_IOCTL_DBG(xe, op->flags & DRM_XE_VM_BIND_FLAG_MADVISE_AUTORESET) ||
	    XE_IOCTL_DBG(xe, check_add_overflow(op->addr, offset, &start)) ||
	    XE_IOCTL_DBG(xe, check_add_overflow(start, op->range, &end)) ||
	    XE_IOCTL_DBG(xe, end > vm->svm.mm->task_size))
		return -EINVAL;

	return 0;
}

/**
 * xe_svm_bind_op_check() - Check a bind operation with the mirror flag
 * @vm: the VM
 * @op: the operation, whose PAT index is known to be valid. An index that is
 * not coherent with the CPU is replaced by the driver's own for cached memory
 *
 * Only the process that created the VM can bind a mirror of its memory: others
 * may have received the file descriptor only to share buffer objects.
 *
 * Return: 0 if the mirror can be bound; -EPERM for other processes than the one
 * that is mirrored; -EINVAL for any other error.
 */
int xe_svm_bind_op_check(struct xe_vm *vm, struct drm_xe_vm_bind_op *op)
{
	struct xe_device *xe = vm->xe;
	u64 i;

	if (XE_IOCTL_DBG(xe, !vm->svm.mm) ||
	    XE_IOCTL_DBG(xe, op->op != DRM_XE_VM_BIND_OP_MAP) ||
	    XE_IOCTL_DBG(xe, op->flags & DRM_XE_VM_BIND_FLAG_NULL) ||
	    XE_IOCTL_DBG(xe, op->obj) ||
	    offset_check(vm, op) ||
	    XE_IOCTL_DBG(xe, op->prefetch_mem_region_instance) ||
	    XE_IOCTL_DBG(xe, op->extensions || op->pad || op->pad2))
		return -EINVAL;

	for (i = 0; i < ARRAY_SIZE(op->reserved); i++)
		if (XE_IOCTL_DBG(xe, op->reserved[i]))
			return -EINVAL;

	/* The file descriptor alone does not permit mirroring its creator. */
	if (XE_IOCTL_DBG(xe, vm->svm.mm != current->mm))
		return -EPERM;

	op->pat_index = coherent_pat_index(xe, op->pat_index);

	return 0;
}

static bool same_mirror(struct xe_vma *vma, const struct drm_xe_vm_bind_op *op)
{
	bool read_only = op->flags & DRM_XE_VM_BIND_FLAG_READONLY;
	bool autoreset = op->flags & DRM_XE_VM_BIND_FLAG_MADVISE_AUTORESET;

	return xe_vma_is_cpu_addr_mirror(vma) &&
		xe_vma_mirror_offset(vma) == op->cpu_addr_mirror_offset &&
		vma->pat_index == op->pat_index &&
		xe_vma_read_only(vma) == read_only &&
		!!(vma->gpuva.flags & XE_VMA_MADV_AUTORESET) == autoreset;
}

/**
 * xe_svm_bind_op_grow() - Merge a new mirror with equal neighbours
 * @vm: the VM
 * @op: bind operation of the new mirror
 * @addr: start of the new mirror; moved down to the start of an equal one that
 * ends there
 * @range: size of the new mirror; grown by the neighbours
 *
 * Keeps a mirror in one piece after holes were punched into it and closed
 * again. Mirrors that differ in any way, or do not touch, are left alone.
 */
void xe_svm_bind_op_grow(struct xe_vm *vm, const struct drm_xe_vm_bind_op *op,
			 u64 *addr, u64 *range)
{
	u64 end = *addr + *range;
	struct drm_gpuva *va;

	lockdep_assert_held_write(&vm->lock);

	va = *addr ? drm_gpuva_find_first(&vm->gpuvm, *addr - SZ_4K, SZ_4K) :
		NULL;
	if (va && va->va.addr + va->va.range == *addr &&
	    same_mirror(gpuva_to_vma(va), op))
		*addr = va->va.addr;

	va = end < vm->size ? drm_gpuva_find_first(&vm->gpuvm, end, SZ_4K) :
		NULL;
	if (va && va->va.addr == end && same_mirror(gpuva_to_vma(va), op))
		end += va->va.range;

	*range = end - *addr;
}

/* The span that an operation removes from a mirror; empty if none. */
static struct xe_svm_span op_takes(const struct drm_gpuva_op *op,
				   struct xe_vma **mirror)
{
	const struct drm_gpuva_op_remap *remap = &op->remap;
	struct xe_svm_span span = {};
	struct drm_gpuva *va;

	if (op->op == DRM_GPUVA_OP_UNMAP)
		va = op->unmap.va;
	else if (op->op == DRM_GPUVA_OP_REMAP)
		va = remap->unmap->va;
	else
		return span;

	*mirror = gpuva_to_vma(va);
	if (!xe_vma_is_cpu_addr_mirror(*mirror))
		return span;

	span.start = va->va.addr;
	span.end = va->va.addr + va->va.range;
	if (op->op == DRM_GPUVA_OP_UNMAP)
		return span;

	if (remap->prev)
		span.start = remap->prev->va.addr + remap->prev->va.range;
	if (remap->next)
		span.end = remap->next->va.addr;

	return span;
}

static bool any_mapped(struct xe_vm *vm, const struct xe_svm_span *span)
{
	struct xe_svm_window *window;
	unsigned long index;

	xe_svm_window_for_each_in(window, index, vm, span)
		if (xe_svm_window_mapped(window, span))
			return true;

	return false;
}

/**
 * xe_svm_revoke() - Unmap addresses although the CPU keeps the pages
 * @vm: the VM, locked for write
 * @span: the addresses
 *
 * The GPU faults the pages in again that it still needs. Waits for a TLB flush
 * of each window.
 */
void xe_svm_revoke(struct xe_vm *vm, const struct xe_svm_span *span)
{
	struct xe_svm_window *window;
	unsigned long index;

	lockdep_assert_held_write(&vm->lock);

	xe_svm_window_for_each_in(window, index, vm, span)
		xe_svm_revoke_window(window, span);
}

static struct xe_vma_op *find_mirror_map(struct drm_gpuva_ops *ops)
{
	struct drm_gpuva_op *op;

	drm_gpuva_for_each_op(op, ops)
		if (op->op == DRM_GPUVA_OP_MAP &&
		    gpuva_op_to_vma_op(op)->map.is_cpu_addr_mirror)
			return gpuva_op_to_vma_op(op);

	return NULL;
}

static s64 map_offset(const struct xe_vma_op *op)
{
	return op->base.map.gem.offset - op->base.map.va.addr;
}

static bool map_is_alike(struct xe_vma *vma, const struct xe_vma_op *op)
{
	return xe_vma_mirror_offset(vma) == map_offset(op) &&
		vma->pat_index == op->map.pat_index &&
		xe_vma_read_only(vma) == op->map.read_only;
}

/* Vacate one mirror. @map: the mirror that replaces it, or NULL. */
static int span_check(struct xe_vm *vm, struct xe_vma *mirror,
		      const struct xe_svm_span *span, bool whole,
		      const struct xe_vma_op *map)
{
	if (map && whole) {
		if (!map_is_alike(mirror, map))
			xe_svm_revoke(vm, span);
		return 0;
	}

	if (XE_IOCTL_DBG(vm->xe, any_mapped(vm, span)))
		return -EBUSY;

	return 0;
}

/* Is there a window whose offset is not that of the mirror about to be bound? */
static bool any_misfit(struct xe_vm *vm, const struct xe_svm_span *span,
		       s64 offset)
{
	/* Without an offset only those behind can differ: see next_in() */
	unsigned long index = xe_svm_window_index(vm, span->start,
						  offset ? 0 : SZ_2M);
	struct xe_svm_window *window;

	for (; (window = xe_svm_window_next_in(vm, span, &index)); index++)
		if (window->offset != offset)
			return true;

	return false;
}

/* Does a window stay as it is? @offset: of the mirror that is bound, or NULL. */
static bool fits(const struct xe_svm_window *window, const s64 *offset)
{
	return offset && window->offset == *offset;
}

/*
 * Release the page tables of blocks, until an unbind job needs some: then *@job is
 * its fence, with a reference. Return: of how many blocks, or -EINTR.
 */
static int tables_vacate(struct xe_vm *vm, const struct xe_svm_span *span,
			 const s64 *offset, struct dma_fence **job)
{
	struct xe_svm_tables freed = XE_SVM_TABLES_NONE;
	struct xe_svm_window *window;
	unsigned long index;
	int vacated = 0, err;

	err = xe_vm_lock(vm, true);
	if (err)
		return err;
	xe_svm_window_for_each_in(window, index, vm, span) {
		if (!fits(window, offset))
			vacated += xe_svm_table_vacate(vm, window, span,
						       &freed, job);
		if (*job)
			break;
	}
	xe_svm_table_free(vm, &freed);
	xe_vm_unlock(vm);

	return vacated;
}

/* Windows with an offset make room for those of another mirror. */
static void windows_discard(struct xe_vm *vm, const struct xe_svm_span *span,
			    const s64 *offset)
{
	struct xe_svm_window *window;
	unsigned long index;

	xe_svm_window_for_each_in(window, index, vm, span) {
		if (!window->offset || fits(window, offset) ||
		    window->start < span->start ||
		    xe_svm_window_end(window) > span->end)
			continue;

		xe_svm_window_discard(window);
		queue_delayed_work(system_freezable_wq, &vm->svm.reap, 1);
	}
}

/* Return: 0; or -EAGAIN, and *@job has to be waited for; or an error. */
static int tables_vacate_bound(struct xe_vm *vm, const struct xe_svm_span *span,
			       const s64 *offset, struct dma_fence **job)
{
	int vacated, idx;

	/* Tables in VRAM are not mapped for the CPU any more once it is unplugged */
	if (!drm_dev_enter(&vm->xe->drm, &idx))
		return -ENODEV;

	vacated = tables_vacate(vm, span, offset, job);
	drm_dev_exit(idx);
	if (vacated < 0)
		return vacated;
	if (vacated)
		trace_xe_svm_reap(vm, span->start, span->end, vacated);

	return *job ? -EAGAIN : 0;
}

static int windows_vacate(struct xe_vm *vm, const struct xe_svm_span *span,
			  const s64 *offset)
{
	struct dma_fence *job = NULL;
	int err;

	while ((err = tables_vacate_bound(vm, span, offset, &job)) == -EAGAIN) {
		err = dma_fence_wait(job, true);
		dma_fence_put(job);
		job = NULL;
		if (err)
			return err;
	}
	if (!err)
		windows_discard(vm, span, offset);

	return err;
}

/* Get the job that needs tables of the blocks in @span, if any. */
static int span_needed_by(struct xe_vm *vm, const struct xe_svm_span *span,
			  struct dma_fence **job)
{
	struct xe_svm_window *window;
	unsigned long index;
	int err;

	err = xe_vm_lock(vm, true);
	if (err)
		return err;
	xe_svm_window_for_each_in(window, index, vm, span) {
		*job = xe_svm_table_span_needed_by(vm, window, span);
		if (*job)
			break;
	}
	xe_vm_unlock(vm);

	return 0;
}

static int ops_needed_by(struct xe_vm *vm, const struct drm_xe_vm_bind_op *ops,
			 u32 nr, struct dma_fence **job)
{
	int err = 0;
	u32 i;

	*job = NULL;
	if (xe_vm_is_closed(vm) || xa_empty(&vm->svm.windows))
		return 0;

	for (i = 0; i < nr && !err && !*job; i++) {
		struct xe_svm_span span = {
			.start = ops[i].addr,
			.end = ops[i].addr + ops[i].range,
		};

		if (span.start < span.end && span.end <= vm->size &&
		    ops[i].op != DRM_XE_VM_BIND_OP_PREFETCH &&
		    !(ops[i].flags & DRM_XE_VM_BIND_FLAG_CPU_ADDR_MIRROR))
			err = span_needed_by(vm, &span, job);
	}

	return err;
}

/**
 * xe_svm_bind_lock() - Lock a VM for a bind
 * @vm: the VM
 * @ops: the operations, whose addresses are not checked yet
 * @nr: how many there are
 *
 * Waits for unbind jobs that need page tables of idle blocks, which the bind is going
 * to release. Before anything is locked: faults go on meanwhile.
 *
 * Context: an ioctl.
 *
 * Return: 0, and the VM is locked for write; or -EINTR or -ERESTARTSYS after a signal.
 */
int xe_svm_bind_lock(struct xe_vm *vm, const struct drm_xe_vm_bind_op *ops,
		     u32 nr)
{
	struct dma_fence *job;
	int err;

	while (true) {
		err = down_write_killable(&vm->lock);
		if (err)
			return err;
		err = ops_needed_by(vm, ops, nr, &job);
		if (!err && !job)
			return 0;

		up_write(&vm->lock);
		if (err)
			return err;
		err = dma_fence_wait(job, true);
		dma_fence_put(job);
		if (err)
			return err;
	}
}

/**
 * xe_svm_bind_ops_vacate() - Vacate the addresses of bind operations
 * @vm: the VM, locked for write
 * @ops: the operations of one bind, not yet applied
 * @addr: start of the bind
 * @range: size of the bind; 0 if the bind has no range
 *
 * If a mirror is removed or split, no page of the removed part may be mapped. A
 * mirror that replaces whole mirrors keeps their mapped pages if it is bound
 * with the same flags, index and offset, and revokes them if not. Any other bind
 * may replace page tables in all of its range, whatever was bound there, so
 * blocks release their tables. So do blocks of windows with another offset than
 * that of the mirror that is bound.
 *
 * Return: 0; -EBUSY if pages are mapped there; -ENODEV; -EINTR or -ERESTARTSYS.
 */
int xe_svm_bind_ops_vacate(struct xe_vm *vm, struct drm_gpuva_ops *ops,
			   u64 addr, u64 range)
{
	const struct xe_vma_op *map = find_mirror_map(ops);
	struct xe_svm_span taken = { .start = addr, .end = addr + range };
	struct drm_gpuva_op *op;
	s64 offset;
	int err;

	lockdep_assert_held_write(&vm->lock);

	drm_gpuva_for_each_op(op, ops) {
		struct xe_vma *mirror;
		struct xe_svm_span span = op_takes(op, &mirror);

		if (span.start == span.end)
			continue;

		err = span_check(vm, mirror, &span,
				 op->op == DRM_GPUVA_OP_UNMAP, map);
		if (err)
			return err;
	}

	if (!range || xa_empty(&vm->svm.windows))
		return 0;
	if (!map)
		return windows_vacate(vm, &taken, NULL);

	offset = map_offset(map);

	return any_misfit(vm, &taken, offset) ?
		windows_vacate(vm, &taken, &offset) : 0;
}
