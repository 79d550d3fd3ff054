// SPDX-License-Identifier: MIT
/*
 * Page faults from the queue to the reply: sorted, grouped, served or deferred.
 *
 * Rule: the worker of a fault queue serves, for all processes, the faults that
 * need no waiting. Faults of a block that wait for a lock or memory are
 * deferred together to a waiter, a thread that may wait; each fault that waits
 * for a disk or user space is then deferred on its own. So memory that never
 * resolves delays only faults of its own process on that memory. Must never
 * happen here: a wait in the worker, except for VMs that cannot mirror, whose
 * faults are handled completely in the worker.
 */

#include "xe_fault_queue.h"

#include <linux/bitfield.h>
#include <linux/circ_buf.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "xe_fault_reply.h"
#include "xe_fault_waiter.h"
#include "xe_gt.h"
#include "xe_gt_pagefault.h"
#include "xe_gt_pagefault_types.h"
#include "xe_guc_fwif.h"
#include "xe_svm.h"
#include "xe_vm.h"

/* How often to retry if a mirror is bound between the two lookups of a fault */
#define MIRROR_MAX_TRIES	8

/* How many faults are dequeued at a time, to be served together */
#define BATCH_MAX		64

/* How long the worker runs until others of the work queue may run */
#define MAX_RUNTIME_MS		20

/* struct deferred - sorted faults of one VM, deferred to a waiter */
struct deferred {
	struct xe_fault_wait wait;
	struct xe_gt *gt;
	u32 epoch;
	unsigned int nr;
	struct pagefault pf[] __counted_by(nr);
};

static bool pf_queue_full(struct pf_queue *pf_queue)
{
	lockdep_assert_held(&pf_queue->lock);

	return CIRC_SPACE(pf_queue->head, pf_queue->tail,
			  pf_queue->num_dw) <=
		PF_MSG_LEN_DW;
}

/**
 * xe_fault_queue_add() - Add a page fault to a queue
 * @pf_queue: the queue, locked
 * @msg: the message of the GuC
 *
 * Return: false if the queue is full.
 */
bool xe_fault_queue_add(struct pf_queue *pf_queue, const u32 *msg)
{
	lockdep_assert_held(&pf_queue->lock);

	if (pf_queue_full(pf_queue))
		return false;

	memcpy(pf_queue->data + pf_queue->head, msg,
	       PF_MSG_LEN_DW * sizeof(u32));
	pf_queue->head = (pf_queue->head + PF_MSG_LEN_DW) % pf_queue->num_dw;

	return true;
}

/*
 * Put a fault back that cannot be served or deferred for lack of memory. The
 * queue is retried after one jiffy. @epoch: &xe_gt.usm.pf_epoch as the fault
 * was dequeued.
 */
static void requeue(struct xe_gt *gt, const struct pagefault *pf, u32 epoch)
{
	struct pf_queue *pf_queue = xe_gt_pagefault_queue(gt, pf->msg);

	spin_lock_irq(&pf_queue->lock);
	/* Read pf_resetting before the epoch: a reset could end in between */
	if (!smp_load_acquire(&gt->usm.pf_resetting) &&
	    READ_ONCE(gt->usm.pf_epoch) == epoch &&
	    !READ_ONCE(gt->usm.stopped) &&
	    !drm_WARN_ON_ONCE(&gt_to_xe(gt)->drm,
			      !xe_fault_queue_add(pf_queue, pf->msg))) {
		WRITE_ONCE(pf_queue->starved, true);
		mod_delayed_work(system_highpri_wq, &pf_queue->again, 1);
	}
	spin_unlock_irq(&pf_queue->lock);
}

static bool is_pending(const struct pagefault *pf)
{
	return pf->svm.outcome == XE_SVM_FAULT_PENDING;
}

static void serve_mirror(struct xe_gt *gt, struct xe_vm *vm,
			 struct pagefault *pf, unsigned int nr,
			 enum xe_svm_patience patience, bool mm_lives)
{
	static const enum xe_svm_access svm_access[] = {
		[ACCESS_TYPE_READ] = XE_SVM_ACCESS_READ,
		[ACCESS_TYPE_WRITE] = XE_SVM_ACCESS_WRITE,
		[ACCESS_TYPE_ATOMIC] = XE_SVM_ACCESS_ATOMIC,
		/* Treat reserved types as atomic, the strictest */
		[ACCESS_TYPE_RESERVED] = XE_SVM_ACCESS_ATOMIC,
	};
	struct xe_svm_fault_group group = {
		.gt = gt,
		.faults = LIST_HEAD_INIT(group.faults),
		.patience = patience,
		.mm_lives = mm_lives,
	};

	for (; nr; nr--, pf++) {
		/* From an earlier try */
		if (!is_pending(pf))
			continue;
		/* SW isn't expected to handle TRTT faults */
		xe_svm_fault_settle(&pf->svm,
				    pf->trva_fault ? -EFAULT : -EINPROGRESS);
		if (pf->trva_fault)
			continue;

		pf->svm.addr = pf->page_addr;
		pf->svm.access = svm_access[pf->access_type];
		list_add_tail(&pf->svm.link, &group.faults);
	}

	if (!list_empty(&group.faults))
		xe_svm_fault_service(vm, &group);
}

/* Pending faults of one VM in the same 2 MiB; still pending if @patience does not suffice. */
static void serve_block(struct xe_gt *gt, struct xe_vm *vm,
			struct pagefault *pf, unsigned int nr,
			enum xe_svm_patience patience, bool mm_lives)
{
	unsigned int i;

	serve_mirror(gt, vm, pf, nr, patience, mm_lives);

	for (i = 0; i < nr; i++)
		if (pf[i].svm.outcome == XE_SVM_FAULT_NOT_MIRRORED)
			xe_svm_fault_settle(&pf[i].svm,
					    xe_gt_pagefault_handle(gt, vm, &pf[i],
								   patience));
}

/* Faults of one page, with whatever waits they need. */
static void serve_page(struct xe_gt *gt, struct xe_vm *vm, struct pagefault *pf,
		       unsigned int nr, bool mm_lives)
{
	unsigned int i, done = 0;
	int tries;

	for (tries = 0; tries < MIRROR_MAX_TRIES && done < nr; tries++) {
		serve_block(gt, vm, pf, nr, XE_SVM_PATIENCE_LONG, mm_lives);
		for (done = 0; done < nr; done++)
			if (is_pending(&pf[done]))
				break;
	}

	for (i = 0; i < nr; i++)
		if (is_pending(&pf[i]))
			xe_svm_fault_refuse(vm, gt, &pf[i].svm, -EAGAIN);
}

static u64 block_of(const struct pagefault *pf)
{
	return pf->page_addr & ~(u64)(SZ_2M - 1);
}

/*
 * Count the faults in the same 2 MiB as the first, of sorted faults of one VM
 */
static unsigned int same_block(const struct pagefault *pf, unsigned int nr)
{
	unsigned int i;

	for (i = 1; i < nr; i++)
		if (block_of(&pf[i]) != block_of(pf))
			break;

	return i;
}

static unsigned int same_page(const struct pagefault *pf, unsigned int nr)
{
	unsigned int i;

	for (i = 1; i < nr; i++)
		if (pf[i].page_addr != pf->page_addr)
			break;

	return i;
}

static unsigned int same_vm(const struct pagefault *pf, unsigned int nr)
{
	unsigned int i;

	for (i = 1; i < nr; i++)
		if (pf[i].asid != pf->asid)
			break;

	return i;
}

static void deferred_run(struct xe_fault_wait *wait, bool mm_lives);
static void deferred_release(struct xe_fault_wait *wait);

/*
 * Defer faults to a waiter. If there is no memory for that, put them back into
 * the queue, to be dequeued again in a jiffy.
 */
static void defer(struct xe_gt *gt, u32 epoch, struct xe_vm *vm,
		  const struct pagefault *pf, unsigned int nr, bool is_long,
		  gfp_t gfp)
{
	struct deferred *deferred;
	unsigned int i;

	deferred = kmalloc(struct_size(deferred, pf, nr), gfp);
	if (!deferred) {
		for (i = 0; i < nr; i++)
			requeue(gt, &pf[i], epoch);
		return;
	}

	deferred->wait.vm = xe_vm_get(vm);
	deferred->wait.is_long = is_long;
	deferred->wait.run = deferred_run;
	deferred->wait.release = deferred_release;
	deferred->gt = gt;
	deferred->epoch = epoch;
	deferred->nr = nr;
	memcpy(deferred->pf, pf, nr * sizeof(*pf));

	xe_svm_count_deferred(vm);
	xe_fault_waiter_queue(&deferred->wait);
}

/* Move the faults that are still pending to the front. Return: how many. */
static unsigned int pending_first(struct pagefault *pf, unsigned int nr)
{
	unsigned int i, pending = 0;

	for (i = 0; i < nr; i++)
		if (is_pending(&pf[i]))
			pf[pending++] = pf[i];

	return pending;
}

/* Defer faults, or refuse them if too many of their process wait already */
static void defer_or_refuse(struct xe_fault_replies *replies, struct xe_vm *vm,
			    struct pagefault *pf, unsigned int nr, bool is_long,
			    gfp_t gfp)
{
	unsigned int i;

	if (xe_svm_may_wait(vm, is_long)) {
		defer(replies->gt, replies->epoch, vm, pf, nr, is_long, gfp);
		return;
	}

	for (i = 0; i < nr; i++)
		xe_svm_fault_refuse(vm, replies->gt, &pf[i].svm, -EBUSY);
	xe_fault_replies_add(replies, vm, pf, nr);
}

/* Page by page: each may have to wait for something else */
static void defer_pages(struct xe_fault_replies *replies, struct xe_vm *vm,
			struct pagefault *pf, unsigned int nr, gfp_t gfp)
{
	unsigned int i, part;

	for (i = 0; i < nr; i += part) {
		part = same_page(&pf[i], nr - i);
		defer_or_refuse(replies, vm, &pf[i], part, true, gfp);
	}
}

/* Faults of one VM in the same 2 MiB, by a waiter, for locks and memory */
static void deferred_block(struct xe_fault_replies *replies,
			   struct deferred *deferred, bool mm_lives)
{
	struct xe_vm *vm = deferred->wait.vm;
	unsigned int pending;

	serve_block(deferred->gt, vm, deferred->pf, deferred->nr,
		    XE_SVM_PATIENCE_SHORT, mm_lives);
	xe_fault_replies_add(replies, vm, deferred->pf, deferred->nr);

	pending = pending_first(deferred->pf, deferred->nr);
	if (!pending)
		return;

	/* If only one page is left, this thread can wait for it */
	if (same_page(deferred->pf, pending) == pending &&
	    xe_svm_may_wait(vm, true)) {
		xe_fault_replies_send(replies);
		serve_page(deferred->gt, vm, deferred->pf, pending, mm_lives);
		xe_fault_replies_add(replies, vm, deferred->pf, pending);
		return;
	}
	defer_pages(replies, vm, deferred->pf, pending, GFP_KERNEL);
}

static void deferred_run(struct xe_fault_wait *wait, bool mm_lives)
{
	struct deferred *deferred = container_of(wait, typeof(*deferred), wait);
	struct xe_fault_replies replies;

	xe_fault_replies_begin(&replies, deferred->gt, deferred->epoch);
	if (wait->is_long) {
		serve_page(deferred->gt, wait->vm, deferred->pf, deferred->nr,
			   mm_lives);
		xe_fault_replies_add(&replies, wait->vm, deferred->pf,
				     deferred->nr);
	} else {
		deferred_block(&replies, deferred, mm_lives);
	}
	xe_fault_replies_send(&replies);
}

static void deferred_release(struct xe_fault_wait *wait)
{
	struct deferred *deferred = container_of(wait, typeof(*deferred), wait);

	xe_vm_put(wait->vm);
	kfree(deferred);
}

/* Faults of one VM in the same 2 MiB, by the worker of the queue */
static void queue_block(struct xe_fault_replies *replies, struct xe_vm *vm,
			struct pagefault *pf, unsigned int nr)
{
	unsigned int i, pending, to_bind = 0;

	serve_block(replies->gt, vm, pf, nr, XE_SVM_PATIENCE_NONE, false);
	xe_fault_replies_add(replies, vm, pf, nr);

	pending = pending_first(pf, nr);
	if (!pending)
		return;

	for (i = 0; i < pending; i++)
		to_bind += pf[i].to_bind;
	/* Binds may wait for as long as user space does */
	if (to_bind == pending)
		defer_pages(replies, vm, pf, pending, GFP_NOWAIT | __GFP_NOWARN);
	else
		defer_or_refuse(replies, vm, pf, pending, false,
				GFP_NOWAIT | __GFP_NOWARN);
}

/* Faults of one VM, by the worker of the queue */
static void queue_vm(struct xe_fault_replies *replies, struct pagefault *pf,
		     unsigned int nr)
{
	struct xe_vm *vm = xe_gt_pagefault_vm(replies->gt, pf->asid);
	unsigned int i, part;

	if (IS_ERR(vm)) {
		for (i = 0; i < nr; i++)
			xe_svm_fault_settle(&pf[i].svm, PTR_ERR(vm));
		xe_fault_replies_add(replies, NULL, pf, nr);
		return;
	}

	for (i = 0; i < nr; i += part) {
		if (xe_svm_can_mirror(vm)) {
			part = same_block(&pf[i], nr - i);
			queue_block(replies, vm, &pf[i], part);
		} else {
			part = same_page(&pf[i], nr - i);
			/* May wait for as long as user space does: hold none back */
			xe_fault_replies_send(replies);
			serve_page(replies->gt, vm, &pf[i], part, false);
			xe_fault_replies_add(replies, vm, &pf[i], part);
		}
	}

	xe_vm_put(vm);
}

/* By VM and address; of the same page, the most intrusive access first */
static int compare(const void *a, const void *b)
{
	const struct pagefault *left = a, *right = b;

	if (left->asid != right->asid)
		return left->asid < right->asid ? -1 : 1;
	if (left->page_addr != right->page_addr)
		return left->page_addr < right->page_addr ? -1 : 1;

	return (int)right->access_type - (int)left->access_type;
}

/*
 * Serve faults that were dequeued together. On return each has a reply, is
 * deferred to a waiter, or is in the queue again. @epoch: &xe_gt.usm.pf_epoch as
 * they were dequeued.
 */
static void serve(struct xe_gt *gt, struct pagefault *pf, unsigned int nr,
		  u32 epoch)
{
	struct xe_fault_replies replies;
	unsigned int i, part;

	if (nr > 1)
		sort(pf, nr, sizeof(*pf), compare, NULL);

	xe_fault_replies_begin(&replies, gt, epoch);
	for (i = 0; i < nr; i += part) {
		part = same_vm(&pf[i], nr - i);
		queue_vm(&replies, &pf[i], part);
	}
	xe_fault_replies_send(&replies);
}

static unsigned int get_pagefaults(struct pf_queue *pf_queue,
				   struct pagefault *pf, unsigned int max,
				   u32 *epoch)
{
	const struct xe_guc_pagefault_desc *desc;
	unsigned int nr;

	spin_lock_irq(&pf_queue->lock);
	*epoch = READ_ONCE(pf_queue->gt->usm.pf_epoch);
	for (nr = 0; nr < max && pf_queue->tail != pf_queue->head; nr++, pf++) {
		*pf = (struct pagefault) {};
		desc = (const struct xe_guc_pagefault_desc *)
			(pf_queue->data + pf_queue->tail);

		memcpy(pf->msg, desc, sizeof(pf->msg));
		pf->fault_level = FIELD_GET(PFD_FAULT_LEVEL, desc->dw0);
		pf->trva_fault = FIELD_GET(XE2_PFD_TRVA_FAULT, desc->dw0);
		pf->engine_class = FIELD_GET(PFD_ENG_CLASS, desc->dw0);
		pf->engine_instance = FIELD_GET(PFD_ENG_INSTANCE, desc->dw0);
		pf->pdata = FIELD_GET(PFD_PDATA_HI, desc->dw1) <<
			PFD_PDATA_HI_SHIFT;
		pf->pdata |= FIELD_GET(PFD_PDATA_LO, desc->dw0);
		pf->asid = FIELD_GET(PFD_ASID, desc->dw1);
		pf->vfid = FIELD_GET(PFD_VFID, desc->dw2);
		pf->access_type = FIELD_GET(PFD_ACCESS_TYPE, desc->dw2);
		pf->fault_type = FIELD_GET(PFD_FAULT_TYPE, desc->dw2);
		pf->page_addr = (u64)(FIELD_GET(PFD_VIRTUAL_ADDR_HI, desc->dw3)) <<
			PFD_VIRTUAL_ADDR_HI_SHIFT;
		pf->page_addr |= FIELD_GET(PFD_VIRTUAL_ADDR_LO, desc->dw2) <<
			PFD_VIRTUAL_ADDR_LO_SHIFT;

		pf_queue->tail = (pf_queue->tail + PF_MSG_LEN_DW) %
			pf_queue->num_dw;
	}
	spin_unlock_irq(&pf_queue->lock);

	return nr;
}

static void pf_queue_work_func(struct work_struct *w)
{
	struct pf_queue *pf_queue = container_of(w, struct pf_queue, worker);
	struct xe_gt *gt = pf_queue->gt;
	unsigned long threshold;
	unsigned int nr;
	u32 epoch;

	threshold = jiffies + msecs_to_jiffies(MAX_RUNTIME_MS);
	WRITE_ONCE(pf_queue->starved, false);

	while (!READ_ONCE(pf_queue->starved) &&
	       (nr = get_pagefaults(pf_queue, pf_queue->batch, BATCH_MAX,
				    &epoch))) {
		serve(gt, pf_queue->batch, nr, epoch);

		if (time_after(jiffies, threshold) &&
		    pf_queue->tail != pf_queue->head) {
			queue_work(gt->usm.pf_wq, w);
			break;
		}
	}
}

static void pf_queue_again_func(struct work_struct *w)
{
	struct pf_queue *pf_queue =
		container_of(to_delayed_work(w), struct pf_queue, again);

	queue_work(pf_queue->gt->usm.pf_wq, &pf_queue->worker);
}

/**
 * xe_fault_queue_init() - Initialize a queue of page faults
 * @pf_queue: the queue, with its GT set
 *
 * Return: 0 or -ENOMEM.
 */
int xe_fault_queue_init(struct pf_queue *pf_queue)
{
	struct xe_device *xe = gt_to_xe(pf_queue->gt);

	pf_queue->batch = devm_kcalloc(xe->drm.dev, BATCH_MAX,
				       sizeof(*pf_queue->batch), GFP_KERNEL);
	if (!pf_queue->batch)
		return -ENOMEM;

	spin_lock_init(&pf_queue->lock);
	INIT_WORK(&pf_queue->worker, pf_queue_work_func);
	INIT_DELAYED_WORK(&pf_queue->again, pf_queue_again_func);

	return 0;
}

/**
 * xe_fault_queue_stop() - Stop the retries of a queue
 * @pf_queue: the queue; &xe_gt.usm.stopped is set
 */
void xe_fault_queue_stop(struct pf_queue *pf_queue)
{
	cancel_delayed_work_sync(&pf_queue->again);
}
