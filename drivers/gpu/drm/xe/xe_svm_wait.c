// SPDX-License-Identifier: MIT
/*
 * Waits of a service: for absent pages, memory, a bind job, the resume of the
 * device.
 *
 * Rule: nothing is locked, except the mmap_lock for absent pages. Each wait ends
 * when the thread is killed, and is allowed by the wait level of the service. The
 * wait for events of the CPU is in xe_svm_pages.c.
 * Only waits for absent pages, evictions and the resume have no limit of their own. Must
 * never happen here: a wait for a disk or user space without
 * %XE_SVM_PATIENCE_LONG.
 */

#include "xe_svm_wait.h"

#include <linux/delay.h>
#include <linux/dma-fence.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include <drm/drm_drv.h>

#include "xe_device.h"
#include "xe_gt_stats.h"
#include "xe_pt_hold.h"
#include "xe_svm_populate.h"
#include "xe_svm_service_types.h"
#include "xe_svm_stats.h"
#include "xe_vm.h"

/*
 * A service that was overtaken for this long and this often gives up: the
 * process remaps faster than it can follow. Once is not enough, as the mm may
 * just be slow.
 */
#define XE_SVM_SERVICE_MS	5000
#define XE_SVM_SERVICE_TRIES	16
/* How often to retry allocations, after 1 ms, 2 ms, 4 ms ... */
#define XE_SVM_STARVED_TRIES	8

/* How many jobs to wait for with nothing locked. */
#define XE_SVM_JOBS_MAX		8
/* Below XE_SVM_PATIENCE_LONG, give up after being overtaken this often. */
#define XE_SVM_SHORT_TRIES	3
/* How long to wait at a time for a bind job that touches the block. */
#define XE_SVM_PENDING_MS	500
/* Poll interval for the resume of the device. */
#define XE_SVM_ASLEEP_POLL_MS	20

/* Populate absent pages of the group that need no waiting. */
static int populate_group(struct xe_svm_service *service)
{
	struct xe_svm_request request = service->request;
	struct mm_struct *mm = service->vm->svm.mm;
	bool first = false, populated;
	struct xe_svm_fault *fault;
	u64 done = U64_MAX;
	int err;

	err = mmap_read_lock_killable(mm);
	if (err)
		return err;

	list_for_each_entry(fault, service->faults, link) {
		/* Of one page, the most intrusive access comes first. */
		if (fault->outcome != XE_SVM_FAULT_PENDING ||
		    fault->addr == done)
			continue;
		/* Another mirror may allow less: its faults come later. */
		if (!xe_svm_service_mirrors(service, fault->addr))
			continue;

		done = fault->addr;
		request.addr = fault->addr + service->offset;
		request.access = fault->access;
		populated = xe_svm_populate_now(mm, &request);
		if (fault == service->fault)
			first = populated;
	}
	mmap_read_unlock(mm);
	if (first)
		xe_svm_populate_readahead(service->window, &service->request,
					  &service->pages);

	return 0;
}

/* The CPU lacks pages. Return: -EAGAIN if it may have them now. */
static int wait_absent(struct xe_svm_service *service)
{
	struct xe_svm_window *window = service->window;
	int err;

	if (!service->fault) {
		service->populated = true;
		err = xe_svm_populate_block(window, &service->request,
					    &service->pages);
	} else if (xe_svm_service_is_patient(service)) {
		err = xe_svm_populate_page(service->vm->svm.mm,
					   &service->request);
		if (!err)
			xe_svm_populate_readahead(window, &service->request,
						  &service->pages);
	} else if (xe_svm_service_may_wait(service) && !service->populated) {
		service->populated = true;
		err = populate_group(service);
	} else {
		err = -EINPROGRESS;
	}

	return err ? : -EAGAIN;
}

/* Wait until the device is resumed. Resume never waits for such a thread. */
static int wait_resume(struct xe_svm_service *service)
{
	struct xe_device *xe = service->vm->xe;

	if (!xe_svm_service_is_patient(service))
		return -EINPROGRESS;

	while (READ_ONCE(xe->usm.svm_suspended) &&
	       !drm_dev_is_unplugged(&xe->drm))
		if (msleep_interruptible(XE_SVM_ASLEEP_POLL_MS))
			return -EINTR;

	return -EAGAIN;
}

/**
 * xe_svm_wait_wants_jobs() - Should a service wait for jobs with nothing locked?
 * @service: the service
 *
 * Return: false if so many jobs ended that the next one may be waited for with the VM
 * locked: they are short, and a program that makes one after the other would delay the
 * service until it gives up.
 */
bool xe_svm_wait_wants_jobs(const struct xe_svm_service *service)
{
	return service->nr_jobs < XE_SVM_JOBS_MAX;
}

/*
 * A bind job is about to write to the block's tables, or a table cannot be created
 * before it.
 */
static int wait_bind(struct xe_svm_service *service)
{
	struct dma_fence *fence = service->pending;
	bool patient = xe_svm_service_is_patient(service);
	long left = 0;

	service->pending = NULL;
	if (patient && !service->hurried)
		left = dma_fence_wait_timeout(fence, true,
					      msecs_to_jiffies(XE_SVM_PENDING_MS));
	dma_fence_put(fence);
	if (!patient)
		return -EINPROGRESS;
	service->nr_jobs += left > 0;
	if (service->fault || left > 0)
		return -EAGAIN;

	/* A job may wait for user space; a prefetch waits for one in all */
	if (!left)
		service->hurried = true;

	return -ETIMEDOUT;
}

/*
 * Page tables in VRAM evict no object that shares the reservation of their VM. A page
 * for one without it does, and is there for the next try.
 */
static void evict_for_tables(struct xe_device *xe)
{
	struct xe_tile *tile;
	u8 id;

	/* Not entered: an eviction waits for bind jobs, the removal of the device too */
	if (!IS_DGFX(xe) || drm_dev_is_unplugged(&xe->drm))
		return;

	for_each_tile(tile, xe, id)
		xe_pt_reserve_page(tile);
}

/* A shortage of memory delays a fault before it ends the queue. */
static int wait_memory(struct xe_svm_service *service)
{
	if (!service->fault)
		return -ENOMEM;
	if (!xe_svm_service_is_patient(service))
		return -EINPROGRESS;
	if (service->starved == XE_SVM_STARVED_TRIES ||
	    msleep_interruptible(1u << service->starved++))
		return -ENOMEM;

	evict_for_tables(service->vm->xe);

	return -EAGAIN;
}

/**
 * xe_svm_wait() - Wait for the condition that made a try fail
 * @service: the service
 * @err: what the try returned
 *
 * Context: process context with nothing locked.
 *
 * Return: -EAGAIN to try again; -EINPROGRESS if the wait level of the service
 * does not allow the wait; otherwise the result of the service.
 */
int xe_svm_wait(struct xe_svm_service *service, int err)
{
	switch (err) {
	case -ENODATA:
		err = wait_absent(service);
		return err == -ENOMEM ? wait_memory(service) : err;
	case -ESHUTDOWN:
		return wait_resume(service);
	case -ENOMEM:
		return wait_memory(service);
	case -EAGAIN:
		if (service->pending)
			err = wait_bind(service);
		if (err == -EAGAIN)
			xe_svm_stats_add(service->vm, XE_GT_STATS_ID_SVM_RETRY,
					 1);
		return err;
	default:
		return err;
	}
}

/**
 * xe_svm_wait_overtaken() - Decide whether to try again
 * @service: the service, which the CPU or a bind has overtaken
 *
 * Return: 0 to try again; -EINTR if the thread was killed; -EINPROGRESS if a
 * higher wait level is needed; -ETIMEDOUT if it was overtaken often and for long.
 */
int xe_svm_wait_overtaken(struct xe_svm_service *service)
{
	bool often = service->tries >= XE_SVM_SERVICE_TRIES;

	if (fatal_signal_pending(current))
		return -EINTR;
	/* Mapping a whole block is advice, and may be given up */
	if (!service->fault)
		return often ? -ETIMEDOUT : 0;
	if (!xe_svm_service_is_patient(service))
		return service->tries < XE_SVM_SHORT_TRIES ? 0 : -EINPROGRESS;

	if (!service->end)
		service->end = ktime_add_ms(ktime_get(), XE_SVM_SERVICE_MS);

	return often && ktime_after(ktime_get(), service->end) ? -ETIMEDOUT : 0;
}
