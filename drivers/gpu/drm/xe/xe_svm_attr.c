// SPDX-License-Identifier: MIT
/*
 * Attributes by address: the advice of user space on memory in a mirror.
 *
 * Rule: attributes belong to addresses. No VMA is split for them, and they
 * exist whether or not the GPU has touched the memory. They change with
 * &xe_vm.lock held for write, or are reset when the CPU unmaps the addresses.
 * The lock of the tree is a spinlock and the innermost. Must never happen here:
 * a change that is only half done.
 */

#include "xe_svm_attr.h"

#include <linux/bitfield.h>
#include <linux/maple_tree.h>
#include <linux/mmu_notifier.h>
#include <linux/sched/mm.h>
#include <linux/xarray.h>

#include "xe_device.h"
#include "xe_pat.h"
#include "xe_vm.h"

/* How many neighbours are compared with the lock held. */
#define WIDEN_MAX	XE_SVM_BLOCK_PAGES

/* The tree holds pages, by their number. */
static unsigned long page_of(u64 addr)
{
	return addr >> PAGE_SHIFT;
}

static u64 addr_of(unsigned long page)
{
	return (u64)page << PAGE_SHIFT;
}

static u64 entry_attr(const void *entry)
{
	return entry ? xa_to_value(entry) : 0;
}

static void *attr_entry(u64 attr)
{
	/* A flag alone needs no entry */
	return attr & ~XE_SVM_ATTR_AUTORESET ? xa_mk_value(attr) : NULL;
}

/* The attributes of @page, and the range in which they are the same. */
static u64 lookup_locked(struct xe_svm_attrs *attrs, unsigned long page,
			 unsigned long *first, unsigned long *last)
{
	MA_STATE(mas, &attrs->tree, page, page);
	void *entry;

	lockdep_assert_held(&attrs->tree.ma_lock);

	entry = mas_walk(&mas);
	*first = mas.index;
	*last = mas.last;

	return entry_attr(entry);
}

/*
 * Merge neighbours with the same attributes into one range, as far as @least
 * and @most: memory that was advised in many steps is mapped together.
 */
static void widen_locked(struct xe_svm_attrs *attrs, u64 attr,
			 unsigned long least, unsigned long most,
			 unsigned long *first, unsigned long *last)
{
	unsigned int left = WIDEN_MAX;
	unsigned long from, to;

	while (*first > least && left-- &&
	       lookup_locked(attrs, *first - 1, &from, &to) == attr)
		*first = from;
	while (*last < most && left-- &&
	       lookup_locked(attrs, *last + 1, &from, &to) == attr)
		*last = to;
}

/**
 * xe_svm_attr_find() - Look up the attributes of an address
 * @vm: the VM
 * @addr: the address
 * @span: addresses around @addr; narrowed to those that have the same
 * attributes
 *
 * Context: any that may take a spinlock.
 *
 * Return: the attributes; 0 if nothing was advised.
 */
u64 xe_svm_attr_find(struct xe_vm *vm, u64 addr, struct xe_svm_span *span)
{
	struct xe_svm_attrs *attrs = &vm->svm.attrs;
	unsigned long least = page_of(span->start);
	unsigned long most = page_of(span->end - 1);
	unsigned long first, last;
	u64 attr;

	/* Filled under the VM's lock only; a concurrent reset may empty it */
	if (data_race(mtree_empty(&attrs->tree)))
		return 0;

	mtree_lock(&attrs->tree);
	attr = lookup_locked(attrs, page_of(addr), &first, &last);
	widen_locked(attrs, attr, least, most, &first, &last);
	mtree_unlock(&attrs->tree);

	if (first > least)
		span->start = addr_of(first);
	if (last < most)
		span->end = addr_of(last + 1);

	return attr;
}

static int store(struct xe_svm_attrs *attrs, unsigned long first,
		 unsigned long last, u64 attr, gfp_t gfp)
{
	MA_STATE(mas, &attrs->tree, first, last);
	int err;

	mtree_lock(&attrs->tree);
	err = mas_store_gfp(&mas, attr_entry(attr), gfp);
	WRITE_ONCE(attrs->changes, attrs->changes + 1);
	mtree_unlock(&attrs->tree);

	return err;
}

static u64 lookup(struct xe_svm_attrs *attrs, unsigned long page,
		  unsigned long *last)
{
	unsigned long first;
	u64 attr;

	mtree_lock(&attrs->tree);
	attr = lookup_locked(attrs, page, &first, last);
	mtree_unlock(&attrs->tree);

	return attr;
}

/* Are the page-table entries of a mirror the same for both attributes? */
static bool alike(const struct xe_vm *vm, u64 a, u64 b, u16 pat_index)
{
	return xe_svm_attr_denies_atomics(a) == xe_svm_attr_denies_atomics(b) &&
		xe_svm_attr_pat(vm, a, pat_index) ==
		xe_svm_attr_pat(vm, b, pat_index);
}

static int apply_one(struct xe_svm_attrs *attrs, struct maple_tree *old,
		     unsigned long first, unsigned long last, u64 was, u64 is)
{
	int err;

	err = mtree_store_range(old, first, last, xa_mk_value(was),
				GFP_KERNEL_ACCOUNT);

	return err ? : store(attrs, first, last, is, GFP_KERNEL_ACCOUNT);
}

/**
 * xe_svm_attr_apply() - Change attributes of addresses
 * @vm: the VM, locked for write
 * @span: the addresses, all in one mirror
 * @change: what to change
 * @old: receives the values that are replaced, for xe_svm_attr_undo()
 * @changed: widened to the addresses whose page-table entries are wrong now
 *
 * Return: 0, or -ENOMEM: then the caller calls xe_svm_attr_undo().
 */
int xe_svm_attr_apply(struct xe_vm *vm, const struct xe_svm_span *span,
		      const struct xe_svm_attr_change *change,
		      struct maple_tree *old, struct xe_svm_span *changed)
{
	struct xe_svm_attrs *attrs = &vm->svm.attrs;
	unsigned long page = page_of(span->start);
	unsigned long end = page_of(span->end - 1), last;
	int err = 0;

	lockdep_assert_held_write(&vm->lock);

	for (; !err && page <= end; page = last + 1) {
		u64 was = lookup(attrs, page, &last);
		u64 is = (was & ~change->mask) | change->value;

		last = min(last, end);
		if (attr_entry(is) == attr_entry(was))
			continue;

		err = apply_one(attrs, old, page, last, was, is);
		if (!alike(vm, was, is, change->pat_index))
			xe_svm_span_add(changed, addr_of(page),
					addr_of(last + 1));
	}

	return err;
}

/**
 * xe_svm_attr_undo() - Undo changes of attributes
 * @vm: the VM, locked for write since the changes
 * @old: the values that were replaced
 */
void xe_svm_attr_undo(struct xe_vm *vm, struct maple_tree *old)
{
	MA_STATE(mas, old, 0, 0);
	void *entry;

	lockdep_assert_held_write(&vm->lock);

	mas_lock(&mas);
	mas_for_each(&mas, entry, ULONG_MAX) {
		mas_pause(&mas);
		mas_unlock(&mas);
		store(&vm->svm.attrs, mas.index, mas.last, entry_attr(entry),
		      GFP_KERNEL | __GFP_NOFAIL);
		mas_lock(&mas);
	}
	mas_unlock(&mas);
}

/**
 * xe_svm_attr_forget() - Reset the attributes of addresses that are bound anew
 * @vm: the VM, locked for write
 * @span: the addresses
 * @changed: widened to the addresses whose page-table entries may be wrong now
 */
void xe_svm_attr_forget(struct xe_vm *vm, const struct xe_svm_span *span,
			struct xe_svm_span *changed)
{
	struct xe_svm_attrs *attrs = &vm->svm.attrs;
	unsigned long first = page_of(span->start), page, last;
	unsigned long end = page_of(span->end - 1);
	bool any = false;

	lockdep_assert_held_write(&vm->lock);

	for (page = first; page <= end; page = last + 1) {
		u64 was = lookup(attrs, page, &last);

		last = min(last, end);
		any |= was;
		if (was & XE_SVM_ATTR_HAS_PAT || xe_svm_attr_denies_atomics(was))
			xe_svm_span_add(changed, addr_of(page),
					addr_of(last + 1));
	}
	if (any)
		store(attrs, first, end, 0, GFP_KERNEL | __GFP_NOFAIL);
}

/* The CPU unmaps pages [page, end]: reset attributes that have autoreset. */
static void reset(struct xe_svm_attrs *attrs, unsigned long page,
		  unsigned long end, bool blockable)
{
	unsigned long last;

	for (; page <= end; page = last + 1) {
		u64 was = lookup(attrs, page, &last);

		last = min(last, end);
		/* Memory is about to be freed: the reserves may be used */
		if (was & XE_SVM_ATTR_AUTORESET)
			store(attrs, page, last, 0, GFP_ATOMIC | __GFP_NOWARN);
		if (blockable)
			cond_resched();
	}
}

static bool invalidate(struct mmu_interval_notifier *notifier,
		       const struct mmu_notifier_range *range,
		       unsigned long cur_seq)
{
	struct xe_svm_attrs *attrs = container_of(notifier, typeof(*attrs),
						  notifier);

	mtree_lock(&attrs->tree);
	mmu_interval_set_seq(notifier, cur_seq);
	mtree_unlock(&attrs->tree);

	/* Once the process has exited, no service looks up attributes */
	if (range->event == MMU_NOTIFY_UNMAP &&
	    atomic_read(&notifier->mm->mm_users))
		reset(attrs, page_of(range->start), page_of(range->end - 1),
		      mmu_notifier_range_blockable(range));

	return true;
}

static const struct mmu_interval_notifier_ops attr_notifier_ops = {
	.invalidate = invalidate,
};

static int watch(struct xe_vm *vm)
{
	struct xe_svm_attrs *attrs = &vm->svm.attrs;
	int err;

	guard(mutex)(&attrs->lock);

	if (attrs->watched || attrs->closed)
		return 0;

	err = mmu_interval_notifier_insert(&attrs->notifier, vm->svm.mm, 0,
					   BIT_ULL(vm->xe->info.va_bits),
					   &attr_notifier_ops);
	if (!err)
		attrs->watched = true;

	return err;
}

/**
 * xe_svm_attr_watch() - Get notified of all addresses that the CPU unmaps
 * @vm: the VM
 *
 * Called at the first advice, so that other VMs pay nothing. The interval
 * notifiers of windows only see addresses that the GPU has touched.
 *
 * Context: process context with nothing locked: a new notifier may take the
 * mmap_lock of the mm.
 *
 * Return: 0 or -ENOMEM.
 */
int xe_svm_attr_watch(struct xe_vm *vm)
{
	int err;

	/* A process that has exited unmaps no more addresses */
	if (!vm->svm.mm || !mmget_not_zero(vm->svm.mm))
		return 0;

	err = watch(vm);
	mmput(vm->svm.mm);

	return err;
}

/**
 * xe_svm_attr_init() - Prepare a VM for attributes
 * @vm: the VM
 */
void xe_svm_attr_init(struct xe_vm *vm)
{
	mt_init(&vm->svm.attrs.tree);
	mutex_init(&vm->svm.attrs.lock);
}

/**
 * xe_svm_attr_close() - Stop watching the CPU
 * @vm: the VM, closed
 *
 * Context: process context; waits for callbacks of the notifier.
 */
void xe_svm_attr_close(struct xe_vm *vm)
{
	struct xe_svm_attrs *attrs = &vm->svm.attrs;

	scoped_guard(mutex, &attrs->lock) {
		if (attrs->watched)
			mmu_interval_notifier_remove(&attrs->notifier);
		attrs->watched = false;
		attrs->closed = true;
	}
}

/**
 * xe_svm_attr_fini() - Free the attributes of a VM
 * @vm: the VM
 */
void xe_svm_attr_fini(struct xe_vm *vm)
{
	WARN_ON(vm->svm.attrs.watched);
	mtree_destroy(&vm->svm.attrs.tree);
	mutex_destroy(&vm->svm.attrs.lock);
}

/**
 * xe_svm_attr_pat() - PAT index of page-table entries
 * @vm: the VM
 * @attr: the attributes
 * @pat_index: the index that the mirror was bound with
 *
 * Return: the index; one that is not coherent with the CPU is never used.
 */
u16 xe_svm_attr_pat(const struct xe_vm *vm, u64 attr, u16 pat_index)
{
	struct xe_device *xe = vm->xe;

	if (!(attr & XE_SVM_ATTR_HAS_PAT))
		return pat_index;

	pat_index = FIELD_GET(XE_SVM_ATTR_PAT, attr);
	if (xe_pat_index_get_coh_mode(xe, pat_index) == XE_COH_NONE)
		return xe->pat.idx[XE_CACHE_WB];

	return pat_index;
}
