// SPDX-License-Identifier: MIT
/*
 * Advice on memory: the ioctls that apply it and report it.
 *
 * Rule: arguments and VMAs are checked before any change; then either all of
 * the advice is applied or none. In a mirror it is kept by address
 * (xe_svm_attr.c), elsewhere for a whole VMA. Called with nothing locked. Must
 * never happen here: a wait for a fence with the VM locked; a page-table entry
 * of a mirror, or of an object in fault mode, that contradicts the advice.
 */

#include "xe_vm_advice.h"

#include <linux/bitfield.h>
#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/file.h>
#include <linux/nospec.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_gpuvm.h>
#include <uapi/drm/xe_drm.h>

#include "xe_bo.h"
#include "xe_device.h"
#include "xe_pat.h"
#include "xe_svm.h"
#include "xe_svm_attr.h"
#include "xe_vm.h"

static_assert((int)XE_SVM_ATOMIC_DEVICE == DRM_XE_ATOMIC_DEVICE);
static_assert((int)XE_SVM_ATOMIC_GLOBAL == DRM_XE_ATOMIC_GLOBAL);
static_assert((int)XE_SVM_ATOMIC_CPU == DRM_XE_ATOMIC_CPU);

static u64 location_attr(const struct drm_xe_madvise *args)
{
	return FIELD_PREP(XE_SVM_ATTR_FD, args->preferred_mem_loc.devmem_fd) |
		FIELD_PREP(XE_SVM_ATTR_POLICY,
			   args->preferred_mem_loc.migration_policy);
}

/* Does the device of @file have its own memory in region @instance? */
static int check_region(struct xe_device *xe, struct file *file, u16 instance)
{
	struct drm_device *other;

	if (XE_IOCTL_DBG(xe, file->f_op != xe->drm.driver->fops))
		return -ENOENT;

	other = ((struct drm_file *)file->private_data)->minor->dev;
	if (XE_IOCTL_DBG(xe, drm_dev_is_unplugged(other)))
		return -ENODEV;
	if (XE_IOCTL_DBG(xe, !instance || instance >= BITS_PER_BYTE ||
			 !(to_xe_device(other)->info.mem_region_mask &
			   BIT(instance))))
		return -ENOENT;
	/* Devices do not reach each other's memory through a mirror */
	if (XE_IOCTL_DBG(xe, other != &xe->drm))
		return -ENOLINK;

	return 0;
}

static int check_location(struct xe_device *xe, const struct drm_xe_madvise *args)
{
	s32 fd = (s32)args->preferred_mem_loc.devmem_fd;
	u16 instance = args->preferred_mem_loc.region_instance;
	struct file *file;
	int err;

	if (XE_IOCTL_DBG(xe, fd < DRM_XE_PREFERRED_LOC_DEFAULT_SYSTEM) ||
	    XE_IOCTL_DBG(xe, fd <= 0 && instance) ||
	    XE_IOCTL_DBG(xe, args->preferred_mem_loc.migration_policy >
			 DRM_XE_MIGRATE_ONLY_SYSTEM_PAGES) ||
	    XE_IOCTL_DBG(xe, args->preferred_mem_loc.reserved))
		return -EINVAL;
	if (fd <= 0)
		return 0;

	file = fget(fd);
	if (XE_IOCTL_DBG(xe, !file))
		return -ENOENT;
	err = check_region(xe, file, instance);
	fput(file);

	return err;
}

static int check_pat(struct xe_device *xe, struct drm_xe_madvise *args)
{
	u32 index = args->pat_index.val;

	if (XE_IOCTL_DBG(xe, index >= xe->pat.n_entries) ||
	    XE_IOCTL_DBG(xe, args->pat_index.pad || args->pat_index.reserved))
		return -EINVAL;

	index = array_index_nospec(index, xe->pat.n_entries);
	args->pat_index.val = index;

	return XE_IOCTL_DBG(xe, !xe_pat_index_get_coh_mode(xe, index)) ?
		-EINVAL : 0;
}

/* Check the arguments of the attribute, and turn them into a change. */
static int args_to_change(struct xe_device *xe, struct drm_xe_madvise *args,
			  struct xe_svm_attr_change *change)
{
	int err;

	switch (args->type) {
	case DRM_XE_MEM_RANGE_ATTR_PREFERRED_LOC:
		err = check_location(xe, args);
		change->mask = XE_SVM_ATTR_FD | XE_SVM_ATTR_POLICY;
		change->value = location_attr(args);
		return err;
	case DRM_XE_MEM_RANGE_ATTR_ATOMIC:
		if (XE_IOCTL_DBG(xe, args->atomic.val > DRM_XE_ATOMIC_CPU) ||
		    XE_IOCTL_DBG(xe, args->atomic.pad || args->atomic.reserved))
			return -EINVAL;
		change->mask = XE_SVM_ATTR_ATOMIC;
		change->value = FIELD_PREP(XE_SVM_ATTR_ATOMIC, args->atomic.val);
		return 0;
	case DRM_XE_MEM_RANGE_ATTR_PAT:
		err = check_pat(xe, args);
		change->mask = XE_SVM_ATTR_HAS_PAT | XE_SVM_ATTR_PAT;
		change->value = XE_SVM_ATTR_HAS_PAT |
			FIELD_PREP(XE_SVM_ATTR_PAT, args->pat_index.val);
		return err;
	default:
		drm_dbg(&xe->drm, "No such attribute: %u\n", args->type);
		return -EINVAL;
	}
}

/* An address of the GPU, canonical or not; no other may be taken for one. */
static bool is_gpu_addr(struct xe_device *xe, u64 addr)
{
	u64 gpu_addr = xe_device_uncanonicalize_addr(xe, addr);

	return addr == gpu_addr ||
		addr == xe_device_canonicalize_addr(xe, gpu_addr);
}

static int check_args(struct xe_device *xe, struct drm_xe_madvise *args)
{
	if (XE_IOCTL_DBG(xe, args->extensions) ||
	    XE_IOCTL_DBG(xe, args->reserved[0] || args->reserved[1]) ||
	    XE_IOCTL_DBG(xe, !is_gpu_addr(xe, args->start)))
		return -EINVAL;

	args->start = xe_device_uncanonicalize_addr(xe, args->start);
	if (XE_IOCTL_DBG(xe, !PAGE_ALIGNED(args->start)) ||
	    XE_IOCTL_DBG(xe, !PAGE_ALIGNED(args->range)) ||
	    XE_IOCTL_DBG(xe, args->range < SZ_4K) ||
	    XE_IOCTL_DBG(xe, args->start + args->range < args->start))
		return -EINVAL;

	return 0;
}

static bool is_incoherent(struct xe_device *xe, const struct drm_xe_madvise *args)
{
	return args->type == DRM_XE_MEM_RANGE_ATTR_PAT &&
		xe_pat_index_get_coh_mode(xe, args->pat_index.val) ==
		XE_COH_NONE;
}

static bool bo_fits_atomics(struct xe_device *xe, const struct xe_bo *bo, u32 val)
{
	bool vram = bo->flags & XE_BO_FLAG_VRAM_MASK;
	bool system = bo->flags & XE_BO_FLAG_SYSTEM;

	switch (val) {
	case DRM_XE_ATOMIC_CPU:
		return system;
	case DRM_XE_ATOMIC_DEVICE:
		return vram || (system && xe->info.has_device_atomics_on_smem);
	case DRM_XE_ATOMIC_GLOBAL:
		return system && (vram || !IS_DGFX(xe));
	default:
		return true;
	}
}

static int vma_check(struct xe_vma *vma, const struct drm_xe_madvise *args)
{
	struct xe_device *xe = xe_vma_vm(vma)->xe;
	struct xe_bo *bo = xe_vma_bo(vma);

	/*
	 * The CPU caches all memory except objects that were created uncached
	 */
	if (XE_IOCTL_DBG(xe, is_incoherent(xe, args) &&
			 (bo ? bo->cpu_caching != DRM_XE_GEM_CPU_CACHING_WC :
			  !xe_vma_is_null(vma) &&
			  (!IS_DGFX(xe) || xe_vma_is_userptr(vma)))))
		return -EINVAL;

	if (XE_IOCTL_DBG(xe, bo && args->type == DRM_XE_MEM_RANGE_ATTR_ATOMIC &&
			 !bo_fits_atomics(xe, bo, args->atomic.val)))
		return -EINVAL;

	return 0;
}

/* Does the CPU reset advice for some of the range by unmapping the memory? */
static bool has_autoreset(struct xe_vm *vm, const struct drm_xe_madvise *args)
{
	u64 end = args->start + args->range;
	struct drm_gpuva *va;

	drm_gpuvm_for_each_va_range(va, &vm->gpuvm, args->start, end)
		if (va->flags & XE_VMA_MADV_AUTORESET)
			return true;

	return false;
}

static int vmas_check(struct xe_vm *vm, const struct drm_xe_madvise *args)
{
	u64 end = args->start + args->range;
	struct drm_gpuva *va;
	int err;

	drm_gpuvm_for_each_va_range(va, &vm->gpuvm, args->start, end) {
		err = vma_check(gpuva_to_vma(va), args);
		if (err)
			return err;
	}

	return 0;
}

/* Does the change invalidate the entries of an object? */
static bool vma_changes(struct xe_vma *vma, const struct xe_svm_attr_change *change)
{
	if (!xe_vma_bo(vma) || !xe_vm_in_fault_mode(xe_vma_vm(vma)))
		return false;

	if (change->mask & XE_SVM_ATTR_PAT)
		return FIELD_GET(XE_SVM_ATTR_PAT, change->value) != vma->pat_index;

	return (vma->attr ^ change->value) & change->mask & XE_SVM_ATTR_ATOMIC;
}

/*
 * Entries are zapped once no bind job is in flight. Return: -EBUSY with the
 * fence to wait for, which may be one of user space.
 */
static int vmas_idle(struct xe_vm *vm, const struct drm_xe_madvise *args,
		     const struct xe_svm_attr_change *change,
		     struct dma_fence **pending)
{
	u64 end = args->start + args->range;
	bool changes = false;
	struct drm_gpuva *va;
	int err;

	drm_gpuvm_for_each_va_range(va, &vm->gpuvm, args->start, end)
		changes |= vma_changes(gpuva_to_vma(va), change);

	if (!changes)
		return 0;

	/* Fences signal at any time; one that is found is in flight */
	err = dma_resv_get_singleton(xe_vm_resv(vm), DMA_RESV_USAGE_BOOKKEEP,
				     pending);

	return err ? : *pending ? -EBUSY : 0;
}

/*
 * Zap a mapped object: the GPU faults it in again, with new entries. The TLB
 * invalidation fails where a GT is being reset, which drops its translations,
 * or is gone.
 */
static void vma_invalidate(struct xe_vma *vma)
{
	struct xe_bo *bo = xe_vma_bo(vma);
	int err;

	xe_bo_lock(bo, false);
	err = xe_vm_invalidate_vma(vma);
	xe_bo_unlock(bo);
	if (err)
		vm_dbg(&xe_vma_vm(vma)->xe->drm, "TLB invalidation of advice: %d\n",
		       err);
}

static void vma_advise(struct xe_vma *vma, const struct xe_svm_attr_change *change)
{
	bool changes = vma_changes(vma, change);

	vma->attr = (vma->attr & ~change->mask) | change->value;
	if (change->mask & XE_SVM_ATTR_PAT)
		vma->pat_index = FIELD_GET(XE_SVM_ATTR_PAT, change->value);
	if (changes)
		vma_invalidate(vma);
}

static void vmas_advise(struct xe_vm *vm, const struct drm_xe_madvise *args,
			const struct xe_svm_attr_change *change)
{
	u64 end = args->start + args->range;
	struct drm_gpuva *va;

	drm_gpuvm_for_each_va_range(va, &vm->gpuvm, args->start, end) {
		if (!xe_vma_is_cpu_addr_mirror(gpuva_to_vma(va)))
			vma_advise(gpuva_to_vma(va), change);
		cond_resched();
	}
}

#if IS_ENABLED(CONFIG_DRM_XE_SVM)
static struct xe_svm_span va_span(const struct drm_gpuva *va, u64 start, u64 end)
{
	return (struct xe_svm_span) {
		.start = max(start, va->va.addr),
		.end = min(end, va->va.addr + va->va.range),
	};
}

static int mirrors_apply(struct xe_vm *vm, const struct drm_xe_madvise *args,
			 const struct xe_svm_attr_change *wanted,
			 struct xe_svm_span *changed)
{
	u64 end = args->start + args->range;
	struct drm_gpuva *va;
	int err;

	drm_gpuvm_for_each_va_range(va, &vm->gpuvm, args->start, end) {
		struct xe_svm_span span = va_span(va, args->start, end);
		struct xe_svm_attr_change change = *wanted;

		if (!xe_vma_is_cpu_addr_mirror(gpuva_to_vma(va)))
			continue;

		change.pat_index = gpuva_to_vma(va)->pat_index;
		change.mask |= XE_SVM_ATTR_AUTORESET;
		if (va->flags & XE_VMA_MADV_AUTORESET)
			change.value |= XE_SVM_ATTR_AUTORESET;
		err = xe_svm_attr_apply(vm, &span, &change, changed);
		if (err)
			return err;
	}

	return 0;
}

static int mirrors_advise(struct xe_vm *vm, const struct drm_xe_madvise *args,
			  const struct xe_svm_attr_change *change)
{
	struct xe_svm_span changed = XE_SVM_SPAN_EMPTY;
	int err;

	err = mirrors_apply(vm, args, change, &changed);
	if (err) {
		xe_svm_attr_undo(vm);
		return err;
	}

	xe_svm_attr_commit(vm);
	if (!xe_svm_span_is_empty(&changed))
		xe_svm_revoke(vm, &changed);

	return 0;
}

/**
 * xe_vm_advice_drop() - Drop the advice for addresses that are bound again
 * @vm: the VM, locked for write
 * @ops: bind operations that were done
 * @num: number of operations
 */
void xe_vm_advice_drop(struct xe_vm *vm, const struct drm_xe_vm_bind_op *ops,
		       u32 num)
{
	struct xe_svm_span changed = XE_SVM_SPAN_EMPTY;
	u32 i;

	lockdep_assert_held_write(&vm->lock);

	for (i = 0; i < num; i++) {
		struct xe_svm_span span = {
			.start = ops[i].addr,
			.end = ops[i].addr + ops[i].range,
		};

		if (ops[i].range && ops[i].op != DRM_XE_VM_BIND_OP_PREFETCH)
			xe_svm_attr_forget(vm, &span, &changed);
	}
	if (!xe_svm_span_is_empty(&changed))
		xe_svm_revoke(vm, &changed);
}
#else
static int mirrors_advise(struct xe_vm *vm, const struct drm_xe_madvise *args,
			  const struct xe_svm_attr_change *change)
{
	return 0;
}
#endif

/*
 * Return: -EAGAIN if the CPU has to be watched first; -EBUSY with a fence to wait
 * for in *@pending.
 */
static int advise_locked(struct xe_vm *vm, const struct drm_xe_madvise *args,
			 const struct xe_svm_attr_change *change, bool watched,
			 struct dma_fence **pending)
{
	int err;

	lockdep_assert_held_write(&vm->lock);

	if (XE_IOCTL_DBG(vm->xe, xe_vm_is_closed_or_banned(vm)))
		return -ENOENT;

	if (!watched && has_autoreset(vm, args))
		return -EAGAIN;

	err = vmas_check(vm, args);
	if (!err)
		err = vmas_idle(vm, args, change, pending);
	if (!err)
		err = mirrors_advise(vm, args, change);
	/* Nothing below can fail */
	if (!err)
		vmas_advise(vm, args, change);

	return err;
}

static int advise_once(struct xe_vm *vm, const struct drm_xe_madvise *args,
		       const struct xe_svm_attr_change *change, bool watched,
		       struct dma_fence **pending)
{
	int err;

	err = down_write_killable(&vm->lock);
	if (err)
		return err;

	err = advise_locked(vm, args, change, watched, pending);
	up_write(&vm->lock);

	return err;
}

static int advise(struct xe_vm *vm, const struct drm_xe_madvise *args,
		  const struct xe_svm_attr_change *change)
{
	struct dma_fence *pending = NULL;
	bool watched = false;
	int err;

	for (;;) {
		err = advise_once(vm, args, change, watched, &pending);
		if (err == -EAGAIN) {
			err = xe_svm_attr_watch(vm);
			watched = true;
		} else if (err == -EBUSY) {
			err = dma_fence_wait(pending, true);
			dma_fence_put(pending);
		} else {
			return err;
		}
		if (err)
			return err;
	}
}

/**
 * xe_vm_madvise_ioctl() - Apply advice on memory
 * @dev: the DRM device
 * @data: &struct drm_xe_madvise
 * @file: the DRM file
 *
 * Return: 0, also if nothing is bound in the range; -EINVAL for invalid
 * arguments, also if there is no such VM; -ENOENT if the VM is closed or
 * banned, or there is no such device or region; -ENODEV if that device was
 * unplugged; -ENOLINK if it cannot be reached from the VM; -ENOMEM; -EINTR.
 */
int xe_vm_madvise_ioctl(struct drm_device *dev, void *data,
			struct drm_file *file)
{
	struct xe_device *xe = to_xe_device(dev);
	struct xe_svm_attr_change change;
	struct drm_xe_madvise *args = data;
	struct xe_vm *vm;
	int err;

	vm = xe_vm_lookup(to_xe_file(file), args->vm_id);
	if (XE_IOCTL_DBG(xe, !vm))
		return -EINVAL;

	err = check_args(xe, args);
	if (!err)
		err = args_to_change(xe, args, &change);
	if (!err)
		err = advise(vm, args, &change);
	xe_vm_put(vm);

	return err;
}

/* Result of a query; without an array it only counts. */
struct attr_list {
	struct drm_xe_mem_range_attr *at;
	u32 cap;
	u32 nr;
	/* The last range added, and its mirror, if any */
	struct drm_xe_mem_range_attr last;
	const struct xe_vma *mirror;
};

/* Does the range continue the previous one, with mirror and attributes? */
static bool continues(const struct attr_list *list, const struct xe_vma *vma,
		      const struct drm_xe_mem_range_attr *attr)
{
	struct drm_xe_mem_range_attr last = list->last;

	if (list->mirror != vma || last.end != attr->start)
		return false;
	last.start = attr->start;
	last.end = attr->end;

	return !memcmp(&last, attr, sizeof(last));
}

static void list_add_attr(struct attr_list *list, struct xe_vma *vma,
			  const struct xe_svm_span *span, u64 attr)
{
	struct drm_xe_mem_range_attr one = {
		.start = span->start,
		.end = span->end,
		.preferred_mem_loc.devmem_fd = FIELD_GET(XE_SVM_ATTR_FD, attr),
		.preferred_mem_loc.migration_policy =
			FIELD_GET(XE_SVM_ATTR_POLICY, attr),
		.atomic.val = FIELD_GET(XE_SVM_ATTR_ATOMIC, attr),
		.pat_index.val = attr & XE_SVM_ATTR_HAS_PAT ?
			FIELD_GET(XE_SVM_ATTR_PAT, attr) : vma->pat_index,
	};

	if (continues(list, vma, &one)) {
		one.start = list->last.start;
		list->nr--;
	}
	if (list->nr < list->cap)
		list->at[list->nr] = one;
	list->nr++;
	list->last = one;
	list->mirror = xe_vma_is_cpu_addr_mirror(vma) ? vma : NULL;
}

/* Extend @found by what one lookup below or above it finds in @within. */
static bool extend(struct xe_vm *vm, struct xe_svm_span *found,
		   const struct xe_svm_span *within, u64 attr)
{
	struct xe_svm_span below = { within->start, found->start };
	struct xe_svm_span above = { found->end, within->end };

	if (below.start < below.end &&
	    xe_svm_attr_find(vm, below.end - PAGE_SIZE, &below) == attr) {
		found->start = below.start;
		return true;
	}
	if (above.start < above.end &&
	    xe_svm_attr_find(vm, above.start, &above) == attr) {
		found->end = above.end;
		return true;
	}

	return false;
}

/* As xe_svm_attr_find(), but narrows @span by the attributes alone. */
static int find_whole(struct xe_vm *vm, u64 addr, struct xe_svm_span *span,
		      u64 *attr)
{
	struct xe_svm_span within = *span;

	*attr = xe_svm_attr_find(vm, addr, span);
	do {
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	} while (extend(vm, span, &within, *attr));

	return 0;
}

static int list_add_mirror(struct attr_list *list, struct xe_vm *vm,
			   struct drm_gpuva *va, u64 start, u64 end)
{
	u64 end_of_va = va->va.addr + va->va.range, from = va->va.addr;
	u64 addr = max(start, from), stop = min(end, end_of_va), attr;
	int err;

	while (addr < stop) {
		struct xe_svm_span span = { .start = from, .end = end_of_va };

		err = find_whole(vm, addr, &span, &attr);
		if (err)
			return err;

		list_add_attr(list, gpuva_to_vma(va), &span, attr);
		addr = span.end;
		/* Addresses before this have been added */
		from = addr;
	}

	return 0;
}

static int list_fill_locked(struct attr_list *list, struct xe_vm *vm, u64 start,
			    u64 end)
{
	struct drm_gpuva *va;
	int err = 0;

	lockdep_assert_held(&vm->lock);

	drm_gpuvm_for_each_va_range(va, &vm->gpuvm, start, end) {
		struct xe_vma *vma = gpuva_to_vma(va);
		struct xe_svm_span span = {
			.start = va->va.addr,
			.end = va->va.addr + va->va.range,
		};

		if (xe_vma_is_cpu_addr_mirror(vma))
			err = list_add_mirror(list, vm, va, start, end);
		else
			list_add_attr(list, vma, &span, vma->attr);
		if (err)
			break;
	}

	return err;
}

static int list_fill(struct attr_list *list, struct xe_vm *vm, u64 start, u64 end)
{
	int err;

	err = down_read_killable(&vm->lock);
	if (err)
		return err;

	list->nr = 0;
	list->mirror = NULL;
	if (XE_IOCTL_DBG(vm->xe, xe_vm_is_closed_or_banned(vm)))
		err = -ENOENT;
	else
		err = list_fill_locked(list, vm, start, end);
	up_read(&vm->lock);

	return err;
}

/* Return: -EAGAIN if there are more ranges meanwhile, and user space has room. */
static int query_copy(struct attr_list *list, struct xe_vm *vm,
		      struct drm_xe_vm_query_mem_range_attr *args, u64 start)
{
	int err;

	err = list_fill(list, vm, start, start + args->range);
	if (err)
		return err;
	if (XE_IOCTL_DBG(vm->xe, list->nr > args->num_mem_ranges))
		return -ENOSPC;
	if (list->nr > list->cap)
		return -EAGAIN;
	if (copy_to_user(u64_to_user_ptr(args->vector_of_mem_attr), list->at,
			 list->nr * sizeof(*list->at)))
		return -EFAULT;
	args->num_mem_ranges = list->nr;

	return 0;
}

static int query_once(struct xe_vm *vm,
		      struct drm_xe_vm_query_mem_range_attr *args)
{
	u64 start = xe_device_uncanonicalize_addr(vm->xe, args->start);
	struct attr_list list = {};
	int err;

	/* The current number of ranges bounds the allocation */
	err = list_fill(&list, vm, start, start + args->range);
	if (err)
		return err;
	if (!args->num_mem_ranges) {
		args->num_mem_ranges = list.nr;
		args->sizeof_mem_range_attr = sizeof(*list.at);
		return 0;
	}

	list.cap = min(list.nr, args->num_mem_ranges);
	list.at = kvmalloc_array(max(list.cap, 1u), sizeof(*list.at),
				 GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!list.at)
		return -ENOMEM;
	err = query_copy(&list, vm, args, start);
	kvfree(list.at);

	return err;
}

static int query_attrs(struct xe_vm *vm,
		       struct drm_xe_vm_query_mem_range_attr *args)
{
	int err;

	do {
		err = query_once(vm, args);
	} while (err == -EAGAIN && !signal_pending(current));

	return err == -EAGAIN ? -EINTR : err;
}

static int check_query(struct xe_device *xe,
		       const struct drm_xe_vm_query_mem_range_attr *args)
{
	u64 start = xe_device_uncanonicalize_addr(xe, args->start);
	bool counts = !args->num_mem_ranges && !args->sizeof_mem_range_attr &&
		!args->vector_of_mem_attr;
	bool copies = args->num_mem_ranges && args->vector_of_mem_attr &&
		args->sizeof_mem_range_attr ==
		sizeof(struct drm_xe_mem_range_attr);

	if (XE_IOCTL_DBG(xe, args->extensions) ||
	    XE_IOCTL_DBG(xe, args->reserved[0] || args->reserved[1]) ||
	    XE_IOCTL_DBG(xe, !args->range) ||
	    XE_IOCTL_DBG(xe, !is_gpu_addr(xe, args->start)) ||
	    XE_IOCTL_DBG(xe, start + args->range < start) ||
	    XE_IOCTL_DBG(xe, !counts && !copies))
		return -EINVAL;

	return 0;
}

/**
 * xe_vm_query_mem_range_attrs_ioctl() - Report the attributes of a range
 * @dev: the DRM device
 * @data: &struct drm_xe_vm_query_mem_range_attr
 * @file: the DRM file
 *
 * Return: 0; -EINVAL for invalid arguments, also if there is no such VM;
 * -ENOENT if the VM is closed or banned; -ENOSPC if the ranges do not fit;
 * -EFAULT if the result cannot be written; -ENOMEM; -EINTR.
 */
int xe_vm_query_mem_range_attrs_ioctl(struct drm_device *dev, void *data,
				      struct drm_file *file)
{
	struct drm_xe_vm_query_mem_range_attr *args = data;
	struct xe_device *xe = to_xe_device(dev);
	struct xe_vm *vm;
	int err;

	vm = xe_vm_lookup(to_xe_file(file), args->vm_id);
	if (XE_IOCTL_DBG(xe, !vm))
		return -EINVAL;

	err = check_query(xe, args);
	if (!err)
		err = query_attrs(vm, args);
	xe_vm_put(vm);

	return err;
}
