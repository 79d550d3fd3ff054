// SPDX-License-Identifier: MIT
/*
 * Service of a fault: look up, collect, bind; or say why not.
 *
 * Law: a service ends with the page mapped for the access, or with a cause. It
 * repeats only because the CPU or a bind was faster, and only until a deadline.
 * Nothing is locked while the mm allocates, reads a disk or waits. A service that
 * may not wait gives up where it would have to, with -EINPROGRESS. Must never
 * happen here: success with nothing mapped.
 */

#include <linux/dma-fence.h>
#include <linux/ktime.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "xe_device.h"
#include "xe_gt.h"
#include "xe_gt_stats.h"
#include "xe_range_fence.h"
#include "xe_svm.h"
#include "xe_svm_bind.h"
#include "xe_svm_block.h"
#include "xe_svm_notifier.h"
#include "xe_svm_pages.h"
#include "xe_svm_stats.h"
#include "xe_svm_trace.h"
#include "xe_vm.h"

/*
 * A service that was overtaken this long and this often has met a process at
 * war with itself. Once is not enough: the mm may have been slow, not hostile.
 */
#define XE_SVM_SERVICE_MS	5000
#define XE_SVM_SERVICE_TRIES	16
/* How long to wait at a time for a bind job that touches the block. */
#define XE_SVM_PENDING_MS	500

/* struct service - what one service knows and has */
struct service {
	/* The fault. Immutable. */
	struct xe_vm *vm;
	const struct xe_svm_fault *fault;
	/* Owned: references, dropped at the end. */
	struct xe_svm_window *window;
	/* Lives as long as the window. */
	struct xe_svm_block *block;
	/* What the mirror said when it was looked up under vm->lock. */
	struct xe_svm_request request;
	u16 pat_index;
	/* Pages of the try under way. */
	struct xe_svm_pages *pages;
	/* Owned: what the next try has to wait for, or NULL. */
	struct dma_fence *pending;
	/* For the tracepoint. */
	u32 mapped;
	u32 tries;
};

/* Look up the mirror. Return: 0, 1 if there is none here, or -ENOENT. */
static int service_lookup(struct service *service)
{
	const struct xe_svm_fault *fault = service->fault;
	struct xe_vm *vm = service->vm;
	struct xe_vma *vma;

	lockdep_assert_held(&vm->lock);

	if (xe_vm_is_closed_or_banned(vm))
		return -ENOENT;

	vma = xe_vm_find_overlapping_vma(vm, fault->addr, SZ_4K);
	if (!vma || !xe_vma_is_cpu_addr_mirror(vma))
		return 1;

	service->pat_index = vma->pat_index;
	service->request = (struct xe_svm_request) {
		.addr = fault->addr,
		.access = fault->access,
		.mirror.start = xe_vma_start(vma),
		.mirror.end = xe_vma_end(vma),
		.readonly = xe_vma_read_only(vma),
		.device_atomics = vm->xe->info.has_device_atomics_on_smem,
		.may_wait = fault->may_wait,
	};

	return 0;
}

static bool extent_satisfies(const struct xe_svm_extent *extent,
			     const struct xe_svm_request *request)
{
	if (!extent)
		return false;

	if (request->access == XE_SVM_ACCESS_ATOMIC && !request->device_atomics)
		return false;

	return extent->writable || !xe_svm_access_writes(request->access);
}

/*
 * Note what is mapped well enough to leave alone. Return: true if the page of
 * the fault is, so that there is nothing to do. No TLB can hold less than what
 * is mapped now: whatever was there before was flushed when it went.
 */
static bool service_survey(struct service *service)
{
	struct xe_svm_extents *extents = &service->block->extents;
	struct xe_svm_pages *pages = service->pages;
	const struct xe_svm_extent *extent;
	u16 i;

	lockdep_assert_held(&service->window->lock);

	bitmap_zero(pages->keep, XE_SVM_BLOCK_PAGES);
	for (i = 0; i < extents->nr; i++)
		bitmap_set(pages->keep, extents->at[i].first,
			   xe_svm_extent_pages(&extents->at[i]));

	extent = xe_svm_extents_find(extents, pages->fault_page);
	if (extent_satisfies(extent, &service->request))
		return true;

	/* An upgrade replaces the page's read-only mapping. */
	__clear_bit(pages->fault_page, pages->keep);

	return false;
}

/* Room for the runs, for splits they cause, and for later invalidations. */
static int service_reserve(struct service *service)
{
	struct xe_svm_extents *extents = &service->block->extents;
	struct xe_svm_extent *at;
	u16 need, cap;

	scoped_guard(mutex, &service->window->lock) {
		need = extents->nr + service->pages->nr_runs +
			XE_SVM_EXTENTS_SLACK;
		cap = extents->cap;
	}
	if (need <= cap)
		return 0;

	at = kmalloc_array(need, sizeof(*at), GFP_KERNEL);
	if (!at)
		return -ENOMEM;

	scoped_guard(mutex, &service->window->lock)
		at = xe_svm_extents_adopt(extents, at, need);
	kfree(at);

	return 0;
}

static struct xe_svm_span page_span(u64 addr)
{
	return (struct xe_svm_span) { .start = addr, .end = addr + SZ_4K };
}

static bool wants_huge(const struct xe_svm_pages *pages)
{
	return pages->nr_runs == 1 &&
		xe_svm_policy_huge(pages->runs[0].dma,
				   xe_svm_extent_pages(&pages->runs[0]));
}

/* Publish the collected pages. Cannot fail. */
static void service_publish(struct service *service)
{
	struct xe_svm_window *window = service->window;
	struct xe_svm_block *block = service->block;
	struct xe_svm_pages *pages = service->pages;
	u16 i;

	lockdep_assert_held(&window->lock);

	for (i = 0; i < pages->nr_runs; i++) {
		const struct xe_svm_extent *run = &pages->runs[i];

		xe_svm_extents_insert(&block->extents, run);
		xe_svm_bind_write(service->vm, block, run, service->pat_index);
		service->mapped += xe_svm_extent_pages(run);
	}
	xe_device_wmb(service->vm->xe);

	window->pages += service->mapped;
	pages->nr_mapped = 0;	/* the extents own the DMA mappings now */
	xe_svm_stats_add(service->vm, XE_GT_STATS_ID_SVM_MAPPED_PAGES,
			 service->mapped);
}

/* Write the entries, if the pages are still those of the process. */
static int service_commit(struct service *service)
{
	struct mmu_interval_notifier *notifier = &service->window->notifier;
	const struct xe_svm_extents *extents = &service->block->extents;

	guard(mutex)(&service->window->lock);

	if (mmu_interval_read_retry(notifier, service->pages->seq))
		return -EAGAIN;

	/* A revocation may have split extents since the room was reserved. */
	if (extents->nr + service->pages->nr_runs > extents->cap)
		return -EAGAIN;

	service_publish(service);

	return 0;
}

/* With vm->lock and the VM resv held. Return: what is pending, or NULL. */
static struct dma_fence *service_bind_locked(struct service *service, int *err)
{
	struct xe_svm_block *block = service->block;
	struct xe_vm *vm = service->vm;
	struct dma_fence *pending;

	pending = xe_svm_bind_pending(vm, block->start);
	if (pending) {
		*err = -EAGAIN;
		return pending;
	}

	*err = xe_svm_bind_prepare(vm, service->window, block,
				   wants_huge(service->pages));
	if (*err >= 0)
		*err = service_commit(service);

	return NULL;
}

/* Is the mirror still what the pages were collected for? */
static int service_recheck(struct service *service)
{
	struct service now = *service;
	int err = service_lookup(&now);

	if (err < 0)
		return err;
	if (err)
		return -EAGAIN;

	if (now.pat_index != service->pat_index ||
	    now.request.readonly != service->request.readonly ||
	    now.request.mirror.start > service->request.mirror.start ||
	    now.request.mirror.end < service->request.mirror.end)
		return -EAGAIN;

	return 0;
}

/* Lock the VM for read, which a bind may have locked for long. */
static int service_lock(struct service *service)
{
	struct xe_vm *vm = service->vm;

	if (down_read_trylock(&vm->lock))
		return 0;
	if (!service->fault->may_wait)
		return -EINPROGRESS;

	down_read(&vm->lock);

	return 0;
}

static void service_wait_pending(struct dma_fence *pending)
{
	dma_fence_wait_timeout(pending, false,
			       msecs_to_jiffies(XE_SVM_PENDING_MS));
	dma_fence_put(pending);
}

static int service_bind(struct service *service)
{
	struct dma_fence *pending = NULL;
	struct xe_vm *vm = service->vm;
	int err;

	err = service_lock(service);
	if (err)
		return err;

	err = service_recheck(service);
	if (!err) {
		xe_vm_lock(vm, false);
		pending = service_bind_locked(service, &err);
		xe_vm_unlock(vm);
	}
	up_read(&vm->lock);

	/* Kept for the time when nothing is locked */
	service->pending = pending;

	return err;
}

/* Return: true if the page is mapped for the access already. */
static bool service_begin(struct service *service)
{
	struct xe_svm_span page = page_span(service->fault->addr);
	struct xe_svm_pages *pages = service->pages;

	pages->seq = mmu_interval_read_begin(&service->window->notifier);
	pages->block_start = service->block->start;
	pages->fault_page = xe_svm_block_page(service->fault->addr);

	scoped_guard(mutex, &service->window->lock)
		if (service_survey(service))
			return true;

	/* A read-only mapping in the way: one entry, or one of 2 MiB, goes. */
	xe_svm_window_revoke(service->window, &page);
	scoped_guard(mutex, &service->window->lock)
		service_survey(service);

	return false;
}

/* One try, with the block's served lock held. Return: -EAGAIN if overtaken. */
static int service_try(struct service *service)
{
	struct xe_vm *vm = service->vm;
	int err;

	if (service_begin(service))
		return 0;

	err = xe_svm_pages_collect(service->window, &service->request,
				   service->pages);
	if (err)
		return err == -EBUSY ? -EAGAIN : err;

	err = service_reserve(service);
	if (err)
		return err;

	err = xe_svm_pages_map(vm, service->pages);
	if (err)
		return err;

	err = service_bind(service);
	if (err)
		xe_svm_pages_unmap(vm, service->pages);

	return err;
}

static int service_try_alone(struct service *service)
{
	struct mutex *served = &service->block->served;
	int err;

	if (!mutex_trylock(served)) {
		if (!service->fault->may_wait)
			return -EINPROGRESS;
		mutex_lock(served);
	}
	err = service_try(service);
	mutex_unlock(served);

	return err;
}

/*
 * With nothing locked: wait for what kept a try from succeeding. Return: -EAGAIN
 * if it is worth another try.
 */
static int service_wait(struct service *service, int err)
{
	struct dma_fence *pending = service->pending;

	service->pending = NULL;

	if (!service->fault->may_wait && (err == -ENODATA || pending)) {
		dma_fence_put(pending);
		return -EINPROGRESS;
	}

	if (err == -ENODATA) {
		err = xe_svm_pages_fault_in(service->vm->svm.mm,
					    &service->request);
		return err ? : -EAGAIN;
	}

	if (pending)
		service_wait_pending(pending);
	if (err == -EAGAIN)
		xe_svm_stats_add(service->vm, XE_GT_STATS_ID_SVM_STALE, 1);

	return err;
}

static int service_lookup_again(struct service *service)
{
	int err;

	err = service_lock(service);
	if (err)
		return err;

	err = service_lookup(service);
	up_read(&service->vm->lock);

	return err;
}

static int service_block(struct service *service)
{
	ktime_t end = ktime_add_ms(ktime_get(), XE_SVM_SERVICE_MS);
	int err;

	while (true) {
		service->tries++;
		err = service_wait(service, service_try_alone(service));
		if (err != -EAGAIN)
			return err;
		if (service->tries >= XE_SVM_SERVICE_TRIES &&
		    ktime_after(ktime_get(), end))
			return -ETIMEDOUT;

		cond_resched();
		err = service_lookup_again(service);
		if (err)
			return err;
	}
}

static int service_window(struct service *service)
{
	service->block = xe_svm_window_block(service->window,
					     service->fault->addr);
	if (!service->block)
		return -ENOMEM;

	return service_block(service);
}

static int service_mm(struct service *service)
{
	struct xe_vm *vm = service->vm;
	int err;

	service->pages = kvmalloc(sizeof(*service->pages), GFP_KERNEL);
	if (!service->pages)
		return -ENOMEM;
	service->pages->nr_mapped = 0;

	service->window = xe_svm_window_get(vm, service->fault->addr,
					    service->fault->may_wait);
	if (IS_ERR(service->window)) {
		err = PTR_ERR(service->window);
		goto free_pages;
	}

	err = service_window(service);

	xe_svm_window_put(service->window);
free_pages:
	kvfree(service->pages);

	return err;
}

static void service_account(struct service *service, int err)
{
	const struct xe_svm_fault *fault = service->fault;

	trace_xe_svm_service(service->vm, fault->addr, service->mapped,
			     service->tries, err);

	/* Neither is one that is to be served again, or by somebody else */
	if (err == -EINPROGRESS || err > 0)
		return;

	xe_gt_stats_incr(fault->gt, XE_GT_STATS_ID_SVM_PAGEFAULT, 1);
	if (err)
		xe_gt_stats_incr(fault->gt, XE_GT_STATS_ID_SVM_REFUSED, 1);
}

/**
 * xe_svm_fault_service() - Serve a fault if it lies in a mirror
 * @vm: the VM, with a reference
 * @fault: the fault
 *
 * Context: process context with nothing locked. If the fault may wait, takes as
 * long as the mm takes to provide the page; tries bounded by a deadline
 * otherwise.
 *
 * Return: 0 if the page is mapped for the access. 1 if no mirror is bound
 * there: the fault is somebody else's. -EINPROGRESS if the service has to wait
 * and the fault may not. Otherwise the cause of refusal: -EFAULT no memory
 * there, or it is broken, or the process is gone; -EACCES not allowed; -ENOENT
 * the VM is closed or banned; -ENOMEM; -EIO no room for DMA mappings; -ETIMEDOUT
 * the mappings changed faster than they could be followed, or a bind job stood
 * in the way for too long.
 */
int xe_svm_fault_service(struct xe_vm *vm, const struct xe_svm_fault *fault)
{
	struct service service = { .vm = vm, .fault = fault };
	struct mm_struct *mm = vm->svm.mm;
	int err;

	/* No mirror can be bound then: nothing to wait for */
	if (!mm)
		return 1;

	err = service_lookup_again(&service);
	if (err > 0)
		return err;

	trace_xe_svm_fault(vm, fault->addr, fault->access);

	if (!err && !mmget_not_zero(mm))
		err = -EFAULT;
	if (!err) {
		err = service_mm(&service);
		/* Never the last user in a fault worker: exit_mmap() may be long. */
		mmput_async(mm);
	}

	service_account(&service, err);

	return err;
}
