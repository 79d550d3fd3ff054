// SPDX-License-Identifier: MIT
/*
 * Attributes by address: the advice of user space on memory in a mirror.
 *
 * Rule: attributes belong to addresses. No VMA is split for them, and they
 * exist whether or not the GPU has touched the memory. They change with
 * &xe_vm.lock held for write, or are reset when the CPU unmaps the addresses,
 * at any time: a value is read and replaced under one hold of the lock of the
 * tree, which is a spinlock and the innermost. Must never happen here: a change
 * that is only half done.
 */

#include "xe_svm_attr.h"

#include <linux/bitfield.h>
#include <linux/maple_tree.h>
#include <linux/mmu_notifier.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/xarray.h>

#include "xe_device.h"
#include "xe_pat.h"
#include "xe_vm.h"

/* How many entries are looked at with the lock held. */
#define ENTRIES_MAX	XE_SVM_BLOCK_PAGES

/* For a store that follows a lookup: does not drop the lock to wait. */
#define STORE_GFP	(GFP_NOWAIT | __GFP_ACCOUNT | __GFP_NOWARN)

/*
 * For a store that must succeed, and follows refill(): no limit of a group refuses it,
 * and the reserves may be used, as memory is freed in the end.
 */
#define RELEASE_GFP	(GFP_ATOMIC | __GFP_NOWARN)

/* How often memory is waited for, for one store. */
#define STORE_TRIES	8

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
static u64 range_locked(struct xe_svm_attrs *attrs, struct maple_tree *tree,
			unsigned long page, unsigned long *first,
			unsigned long *last)
{
	MA_STATE(mas, tree, page, page);
	void *entry;

	lockdep_assert_held(&attrs->tree.ma_lock);

	entry = mas_walk(&mas);
	*first = mas.index;
	*last = mas.last;

	return entry_attr(entry);
}

static u64 lookup_locked(struct xe_svm_attrs *attrs, struct maple_tree *tree,
			 unsigned long page, unsigned long *last)
{
	unsigned long first;

	return range_locked(attrs, tree, page, &first, last);
}

/*
 * Merge neighbours with the same attributes into one range, as far as @least
 * and @most: memory that was advised in many steps is mapped together.
 */
static void widen_locked(struct xe_svm_attrs *attrs, u64 attr,
			 unsigned long least, unsigned long most,
			 unsigned long *first, unsigned long *last)
{
	unsigned int left = ENTRIES_MAX;
	unsigned long from, to;

	for (; left && *first > least; left--, *first = from)
		if (range_locked(attrs, &attrs->tree, *first - 1, &from, &to) !=
		    attr)
			break;
	for (; left && *last < most; left--, *last = to)
		if (range_locked(attrs, &attrs->tree, *last + 1, &from, &to) !=
		    attr)
			break;
}

/**
 * xe_svm_attr_find() - Look up the attributes of an address
 * @vm: the VM
 * @addr: the address
 * @span: addresses around @addr; narrowed to those that have the same
 * attributes, and to some of them if they were advised in many small pieces
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
	attr = range_locked(attrs, &attrs->tree, page_of(addr), &first, &last);
	widen_locked(attrs, attr, least, most, &first, &last);
	mtree_unlock(&attrs->tree);

	if (first > least)
		span->start = addr_of(first);
	if (last < most)
		span->end = addr_of(last + 1);

	return attr;
}

/*
 * Does not wait. Not mas_store_gfp(): that allocates without regard to @gfp first,
 * so without a charge.
 */
static int store_entry(struct maple_tree *tree, unsigned long first,
		       unsigned long last, void *entry, gfp_t gfp)
{
	MA_STATE(mas, tree, first, last);
	int err;

	err = mas_preallocate(&mas, entry, gfp);
	if (err)
		return err;

	mas_store_prealloc(&mas, entry);

	return 0;
}

static int store_locked(struct xe_svm_attrs *attrs, unsigned long first,
			unsigned long last, u64 attr, gfp_t gfp)
{
	int err;

	lockdep_assert_held(&attrs->tree.ma_lock);

	err = store_entry(&attrs->tree, first, last, attr_entry(attr), gfp);
	WRITE_ONCE(attrs->changes, attrs->changes + 1);

	return err;
}

/* @entry: a value, or NULL: nothing to undo */
static int store_old_locked(struct xe_svm_attrs *attrs, unsigned long first,
			    unsigned long last, void *entry, gfp_t gfp)
{
	lockdep_assert_held(&attrs->tree.ma_lock);

	return store_entry(&attrs->old, first, last, entry, gfp);
}

static u64 lookup(struct xe_svm_attrs *attrs, unsigned long page,
		  unsigned long *last)
{
	u64 attr;

	mtree_lock(&attrs->tree);
	attr = lookup_locked(attrs, &attrs->tree, page, last);
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

/*
 * Wait for memory that a store needs, without the lock: it is in the allocator
 * then, for a store that may not wait.
 */
static int refill(gfp_t gfp)
{
	struct maple_tree tree;
	int err;

	/* Not MTREE_INIT(): a lock on the stack has no static key for lockdep */
	mt_init(&tree);
	err = mtree_store_range(&tree, 1, 2, xa_mk_value(0), gfp);
	mtree_destroy(&tree);

	return err;
}

/*
 * Change the first pages of [page, *last], those with the same attributes. A
 * reset may come at any time, but not between the lookup and the store. @last:
 * set to the last page.
 */
static int apply_locked(struct xe_vm *vm, unsigned long page,
			unsigned long *last,
			const struct xe_svm_attr_change *change,
			struct xe_svm_span *changed)
{
	struct xe_svm_attrs *attrs = &vm->svm.attrs;
	unsigned long end = *last;
	u64 was, is;
	int err;

	was = lookup_locked(attrs, &attrs->tree, page, last);
	is = (was & ~change->mask) | change->value;
	*last = min(*last, end);
	if (attr_entry(is) == attr_entry(was))
		return 0;

	err = store_old_locked(attrs, page, *last, xa_mk_value(was), STORE_GFP);
	if (!err)
		err = store_locked(attrs, page, *last, is, STORE_GFP);
	if (!alike(vm, was, is, change->pat_index))
		xe_svm_span_add(changed, addr_of(page), addr_of(*last + 1));

	return err;
}

/* As apply_locked(), waiting for memory. */
static int apply_some(struct xe_vm *vm, unsigned long page, unsigned long *last,
		      const struct xe_svm_attr_change *change,
		      struct xe_svm_span *changed)
{
	struct xe_svm_attrs *attrs = &vm->svm.attrs;
	unsigned long end = *last;
	unsigned int tries;
	int err;

	for (tries = 0; ; tries++) {
		*last = end;
		mtree_lock(&attrs->tree);
		err = apply_locked(vm, page, last, change, changed);
		mtree_unlock(&attrs->tree);
		if (!err || tries == STORE_TRIES)
			return err;

		err = refill(GFP_KERNEL_ACCOUNT);
		if (err)
			return err;
	}
}

/**
 * xe_svm_attr_apply() - Change attributes of addresses
 * @vm: the VM, locked for write
 * @span: the addresses, all in one mirror
 * @change: what to change
 * @changed: widened to the addresses whose page-table entries are wrong now
 *
 * May be called for several spans. Then the caller keeps all of the changes, by
 * xe_svm_attr_commit(), or none, by xe_svm_attr_undo().
 *
 * Return: 0; -ENOMEM; -EINTR if the caller was killed.
 */
int xe_svm_attr_apply(struct xe_vm *vm, const struct xe_svm_span *span,
		      const struct xe_svm_attr_change *change,
		      struct xe_svm_span *changed)
{
	unsigned long page = page_of(span->start);
	unsigned long end = page_of(span->end - 1), last;
	int err = 0;

	lockdep_assert_held_write(&vm->lock);

	for (; !err && page <= end; page = last + 1) {
		if (fatal_signal_pending(current))
			return -EINTR;
		last = end;
		err = apply_some(vm, page, &last, change, changed);
		cond_resched();
	}

	return err;
}

/*
 * One step through the entries of a tree. @page: the first page to look at; set
 * to the one behind the step. Return: 0; -ENOMEM: nothing was done; -ENOENT: there
 * are no more entries.
 */
typedef int (*step_fn)(struct xe_svm_attrs *attrs, unsigned long *page,
		       unsigned long end, gfp_t gfp);

/* Take all steps in [page, end], waiting for memory; cannot fail. */
static void steps(struct xe_svm_attrs *attrs, step_fn step, unsigned long page,
		  unsigned long end)
{
	gfp_t gfp = STORE_GFP;
	int err;

	do {
		mtree_lock(&attrs->tree);
		err = step(attrs, &page, end, gfp);
		mtree_unlock(&attrs->tree);
		if (err == -ENOMEM)
			refill(GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
		gfp = err == -ENOMEM ? RELEASE_GFP : STORE_GFP;
		cond_resched();
	} while (err != -ENOENT);
}

/* Drop the next entries; not all at once, as services wait for the lock. */
static int drop_locked(struct maple_tree *tree, unsigned long *page,
		       unsigned long end, gfp_t gfp)
{
	MA_STATE(mas, tree, *page, *page);
	unsigned long first = *page, last;
	unsigned int nr;
	int err;

	for (nr = 0; nr < ENTRIES_MAX && mas_find(&mas, end); nr++)
		last = min(mas.last, end);
	if (!nr)
		return -ENOENT;

	err = store_entry(tree, first, last, NULL, gfp);
	if (!err)
		*page = last + 1;

	return err;
}

static int drop_old_locked(struct xe_svm_attrs *attrs, unsigned long *page,
			   unsigned long end, gfp_t gfp)
{
	return drop_locked(&attrs->old, page, end, gfp);
}

static int forget_locked(struct xe_svm_attrs *attrs, unsigned long *page,
			 unsigned long end, gfp_t gfp)
{
	int err = drop_locked(&attrs->tree, page, end, gfp);

	if (!err)
		WRITE_ONCE(attrs->changes, attrs->changes + 1);

	return err;
}

/* Undo the next change. */
static int undo_locked(struct xe_svm_attrs *attrs, unsigned long *page,
		       unsigned long end, gfp_t gfp)
{
	MA_STATE(mas, &attrs->old, *page, *page);
	void *entry = mas_find(&mas, end);
	int err;

	if (!entry)
		return -ENOENT;

	err = store_locked(attrs, mas.index, mas.last, entry_attr(entry), gfp);
	if (!err)
		*page = mas.last + 1;

	return err;
}

/**
 * xe_svm_attr_commit() - Keep changes of attributes
 * @vm: the VM, locked for write since the changes
 */
void xe_svm_attr_commit(struct xe_vm *vm)
{
	lockdep_assert_held_write(&vm->lock);

	steps(&vm->svm.attrs, drop_old_locked, 0, ULONG_MAX);
}

/**
 * xe_svm_attr_undo() - Undo changes of attributes
 * @vm: the VM, locked for write since the changes
 */
void xe_svm_attr_undo(struct xe_vm *vm)
{
	lockdep_assert_held_write(&vm->lock);

	steps(&vm->svm.attrs, undo_locked, 0, ULONG_MAX);
	xe_svm_attr_commit(vm);
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

	lockdep_assert_held_write(&vm->lock);

	/* As in xe_svm_attr_find() */
	if (data_race(mtree_empty(&attrs->tree)))
		return;

	for (page = first; page <= end; page = last + 1) {
		u64 was = lookup(attrs, page, &last);

		last = min(last, end);
		if (was & XE_SVM_ATTR_HAS_PAT || xe_svm_attr_denies_atomics(was))
			xe_svm_span_add(changed, addr_of(page),
					addr_of(last + 1));
		cond_resched();
	}
	steps(attrs, forget_locked, first, end);
}

/*
 * Reset the first pages of [page, end] that have the same attributes, also in
 * what an undo would bring back. Return: the last of them.
 */
static unsigned long reset_locked(struct xe_svm_attrs *attrs,
				  unsigned long page, unsigned long end)
{
	/* Memory is about to be freed: the reserves may be used */
	const gfp_t gfp = GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN;
	unsigned long last, last_old;
	u64 was, old;

	was = lookup_locked(attrs, &attrs->tree, page, &last);
	old = lookup_locked(attrs, &attrs->old, page, &last_old);
	last = min3(last, last_old, end);

	if (was & XE_SVM_ATTR_AUTORESET)
		store_locked(attrs, page, last, 0, gfp);
	if (old & XE_SVM_ATTR_AUTORESET)
		store_old_locked(attrs, page, last, NULL, gfp);

	return last;
}

/* The CPU unmaps pages [page, end]: reset attributes that have autoreset. */
static void reset(struct xe_svm_attrs *attrs, unsigned long page,
		  unsigned long end, bool blockable)
{
	unsigned long last;

	for (; page <= end; page = last + 1) {
		mtree_lock(&attrs->tree);
		last = reset_locked(attrs, page, end);
		mtree_unlock(&attrs->tree);
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
	if (err)
		return err;

	/* Not notified before an event that is under way has ended */
	mmu_interval_read_begin(&attrs->notifier);
	attrs->watched = true;

	return 0;
}

/**
 * xe_svm_attr_watch() - Get notified of all addresses that the CPU unmaps
 * @vm: the VM
 *
 * Called at the first advice for a mirror with autoreset, so that other VMs pay
 * nothing. The interval notifiers of windows only see addresses that the GPU has
 * touched.
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
	struct xe_svm_attrs *attrs = &vm->svm.attrs;

	mt_init(&attrs->tree);
	mt_init_flags(&attrs->old, MT_FLAGS_LOCK_EXTERN);
	mt_set_external_lock(&attrs->old, &attrs->tree.ma_lock);
	mutex_init(&attrs->lock);
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
	WARN_ON(!mtree_empty(&vm->svm.attrs.old));
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
