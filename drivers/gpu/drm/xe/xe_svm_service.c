// SPDX-License-Identifier: MIT
/*
 * The service: look up, begin, collect, choose, map, bind, publish.
 *
 * Rule: service_try() is one try from the block to the published entries, and
 * service_run() repeats it. It repeats only because the CPU or a bind was
 * faster, and only until a deadline. Nothing is locked while the mm reads a
 * disk or waits for user space. -EINPROGRESS: the service needs a longer wait
 * than its wait level allows. Must never happen here: success with nothing
 * mapped.
 */

#include "xe_svm_service.h"

#include <linux/dma-resv.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/suspend.h>

#include <drm/drm_drv.h>

#include "xe_device.h"
#include "xe_gt_stats.h"
#include "xe_svm.h"
#include "xe_svm_attr.h"
#include "xe_svm_block.h"
#include "xe_svm_entry.h"
#include "xe_svm_notifier.h"
#include "xe_svm_owner.h"
#include "xe_svm_reap.h"
#include "xe_svm_revoke.h"
#include "xe_svm_service_types.h"
#include "xe_svm_stats.h"
#include "xe_svm_table.h"
#include "xe_svm_trace.h"
#include "xe_svm_wait.h"
#include "xe_svm_window.h"
#include "xe_vm.h"

static bool may_wait(const struct xe_svm_service *service)
{
	return xe_svm_service_may_wait(service);
}

static bool is_pending(const struct xe_svm_fault *fault)
{
	return fault->outcome == XE_SVM_FAULT_PENDING;
}

/* Look up the mirror. Return: 0, -ESRCH if there is none here, or -ENOENT. */
static int service_lookup_locked(struct xe_svm_service *service)
{
	enum xe_svm_access access = service->request.access;
	u64 addr = service->addr, attr;
	struct xe_vm *vm = service->vm;
	struct xe_svm_span span;
	s64 offset;
	struct xe_vma *vma;

	lockdep_assert_held(&vm->lock);

	if (xe_vm_is_closed_or_banned(vm))
		return -ENOENT;

	vma = xe_vm_find_overlapping_vma(vm, addr, SZ_4K);
	if (!vma || !xe_vma_is_cpu_addr_mirror(vma))
		return -ESRCH;

	/* One service maps one block at most */
	span.start = ALIGN_DOWN(addr, XE_SVM_BLOCK_SIZE);
	span.end = min(span.start + XE_SVM_BLOCK_SIZE, xe_vma_end(vma));
	span.start = max(span.start, xe_vma_start(vma));
	service->vma_changes = vm->vma_changes;
	/* Before the attributes; see DOC: Memory ordering */
	service->attr_changes = READ_ONCE(vm->svm.attrs.changes);
	attr = xe_svm_attr_find(vm, addr, &span);
	service->pat_index = xe_svm_attr_pat(vm, attr, vma->pat_index);
	offset = xe_vma_mirror_offset(vma);
	service->offset = offset;
	/* The mm knows CPU addresses only */
	service->request = (struct xe_svm_request) {
		.addr = addr + offset,
		.access = access,
		.mirror.start = span.start + offset,
		.mirror.end = span.end + offset,
		.readonly = xe_vma_read_only(vma),
		.device_atomics = vm->xe->info.has_device_atomics_on_smem &&
			!xe_svm_attr_denies_atomics(attr),
		.may_wait = may_wait(service),
		.is_long = xe_svm_service_is_patient(service),
	};

	return 0;
}

/* Lock the VM for read. A bind may hold the lock for long. */
static int service_lock_vm(struct xe_svm_service *service)
{
	struct xe_vm *vm = service->vm;

	if (down_read_trylock(&vm->lock))
		return 0;
	if (!may_wait(service))
		return -EINPROGRESS;

	return down_read_killable(&vm->lock);
}

static int service_lookup(struct xe_svm_service *service)
{
	int err;

	err = service_lock_vm(service);
	if (err)
		return err;

	err = service_lookup_locked(service);
	up_read(&service->vm->lock);

	return err;
}

/* Get the objects that faults in a mirror need; a group shares them. */
static int service_prepare(struct xe_svm_service *service)
{
	struct xe_vm *vm = service->vm;
	int err;

	if (!service->scratch)
		service->scratch = xe_svm_scratch_take(may_wait(service));
	if (!service->scratch)
		return -ENOMEM;

	/*
	 * The reaper may have removed it while the service waited; another fault
	 * of the group may lie in another mirror
	 */
	if (service->window && (READ_ONCE(service->window->removed) ||
				service->window->offset != service->offset)) {
		xe_svm_window_put(service->window);
		service->window = NULL;
	}
	if (service->window)
		return 0;

	/* Make no window for a stray address. */
	if (may_wait(service)) {
		service->window = xe_svm_window_find(vm, service->addr,
						     service->offset);
		if (service->window)
			return 0;

		err = xe_svm_pages_check(vm->svm.mm, &service->request);
		if (err)
			return err;
	}

	service->window = xe_svm_notifier_window(vm, service->addr,
						 service->offset,
						 may_wait(service));
	if (IS_ERR(service->window)) {
		err = PTR_ERR(service->window);
		service->window = NULL;
		/* Overtaken by a bind: a try, so that their number is bounded */
		if (err == -EAGAIN)
			service->tries++;
		return err;
	}

	return 0;
}

/* The extent of the page of @fault; *@suffices: it allows the access. */
static const struct xe_svm_extent *
service_mapped(struct xe_svm_service *service, const struct xe_svm_block *block,
	       const struct xe_svm_fault *fault, bool *suffices)
{
	const struct xe_svm_request *request = &service->request;
	const struct xe_svm_extent *extent;

	extent = xe_svm_extents_find(&block->extents,
				     xe_svm_block_page(fault->addr));
	*suffices = extent &&
		(extent->writable || !xe_svm_access_writes(fault->access)) &&
		(fault->access != XE_SVM_ACCESS_ATOMIC ||
		 request->device_atomics);
	/* Other attributes may hold for other faults of the group */
	if (*suffices && fault->access == XE_SVM_ACCESS_ATOMIC)
		*suffices = xe_svm_service_mirrors(service, fault->addr);

	return extent;
}

/*
 * Settle the faults whose mapped pages allow the access. No TLB can hold less
 * than is mapped now: earlier entries were flushed when they were zapped.
 * Return: the span of the pages of the other faults that are mapped with too
 * few permissions.
 */
static struct xe_svm_span service_settle_locked(struct xe_svm_service *service)
{
	struct xe_svm_window *window = service->window;
	struct xe_svm_span upgrade = XE_SVM_SPAN_EMPTY;
	const struct xe_svm_block *block;
	struct xe_svm_fault *fault;
	bool suffices;

	lockdep_assert_held(&window->lock);

	block = xe_svm_window_find_block(window, service->addr);
	if (!block)
		return upgrade;

	list_for_each_entry(fault, service->faults, link) {
		if (!is_pending(fault))
			continue;

		if (!service_mapped(service, block, fault, &suffices))
			continue;
		if (suffices)
			fault->outcome = XE_SVM_FAULT_SERVED;
		else
			xe_svm_span_add(&upgrade, fault->addr,
					fault->addr + SZ_4K);
	}

	return upgrade;
}

static void service_settle(struct xe_svm_service *service)
{
	struct xe_svm_window *window = service->window;

	if (!service->fault || !xe_svm_window_lock(window, may_wait(service)))
		return;

	service_settle_locked(service);
	mutex_unlock(&window->lock);
}

/* With pages mapped: settle the faults that need no service. */
static int service_begin_mapped(struct xe_svm_service *service)
{
	struct xe_svm_window *window = service->window;
	struct xe_svm_pages *pages = &service->pages;
	struct xe_svm_span upgrade;

	if (!xe_svm_window_lock(window, may_wait(service)))
		return -EINPROGRESS;

	upgrade = service_settle_locked(service);
	mutex_unlock(&window->lock);
	/* Faults that are left get services of their own */
	if (xe_svm_span_is_empty(&upgrade) || !is_pending(service->fault))
		return 0;

	/* Revoking read-only mappings waits for a flush. */
	if (!may_wait(service))
		return -EINPROGRESS;

	xe_svm_revoke_window(window, &upgrade);
	pages->bare = !READ_ONCE(service->block->extents.nr);

	return 0;
}

/*
 * Get the block, settle faults on mapped pages, prepare to collect the others.
 */
static int service_begin(struct xe_svm_service *service)
{
	struct xe_svm_window *window = service->window;
	u64 addr = service->addr;
	struct xe_svm_block *block;

	block = xe_svm_window_block(window, addr, may_wait(service));
	if (IS_ERR(block))
		return PTR_ERR(block);

	service->block = block;
	service->pages = (struct xe_svm_pages) {
		.block_start = xe_svm_window_cpu_addr(window, block->start),
		.reach = block->reach,
		.fault_page = xe_svm_block_page(addr),
		/*
		 * Only services map: the zap and flush of the last page are
		 * done.
		 */
		.bare = !READ_ONCE(block->extents.nr),
		.pfns = service->scratch->pfns,
		.runs = service->scratch->runs,
	};
	if (service->fault && !service->pages.bare)
		return service_begin_mapped(service);

	return 0;
}

/* Collect the CPU's pages. Return: -ENODATA if a needed one is absent. */
static int service_collect(struct xe_svm_service *service)
{
	struct xe_svm_pages *pages = &service->pages;
	int err;

	/* Before the window is seen quiet; pairs with touch_locked() */
	pages->gen = smp_load_acquire(&service->block->gen);
	if (service->fault) {
		err = xe_svm_pages_collect(service->window, &service->request,
					   pages);
	} else {
		err = xe_svm_pages_collect_all(service->window,
					       &service->request, pages);
		/* No other try for pages that are still absent */
		if (err == -ENODATA && service->populated)
			err = 0;
	}

	return err == -EBUSY ? -EAGAIN : err;
}

static bool wants_huge(const struct xe_svm_pages *pages)
{
	return pages->nr_runs == 1 &&
		xe_svm_policy_huge(pages->runs[0].dma,
				   xe_svm_extent_pages(&pages->runs[0]));
}

/* Before DMA mapping: can one 2 MiB entry map the pages? */
static bool looks_huge(const struct xe_svm_pages *pages)
{
	return pages->nr_runs == 1 &&
		xe_svm_policy_huge(PFN_PHYS(pages->runs[0].pfn),
				   xe_svm_extent_pages(&pages->runs[0]));
}

/*
 * Choose the pages to map. *@cap: extents there is room for. Return: those
 * needed.
 */
static u16 service_choose_runs(struct xe_svm_service *service, u16 *cap)
{
	struct xe_svm_extents *extents = &service->block->extents;

	xe_svm_pages_choose(&service->pages, extents, service->request.readonly);
	*cap = extents->cap;

	return extents->nr + service->pages.nr_runs;
}

/* Room for @need extents. */
static int service_make_room(struct xe_svm_service *service, u16 need)
{
	struct xe_svm_window *window = service->window;
	struct xe_svm_block *block = service->block;
	size_t size = need * sizeof(struct xe_svm_extent);
	struct xe_svm_extent *at;
	bool locked;

	at = may_wait(service) ? kmalloc(size, GFP_KERNEL_ACCOUNT) :
		xe_svm_owner_alloc_nowait(service->vm->svm.owner, size);
	if (!at)
		return may_wait(service) ? -ENOMEM : -EINPROGRESS;

	locked = xe_svm_window_lock(window, may_wait(service));
	if (locked) {
		at = xe_svm_extents_adopt(&block->extents, at, need);
		mutex_unlock(&window->lock);
	}
	xe_svm_block_free_extents(block, at);

	return locked ? 0 : -EINPROGRESS;
}

/*
 * Choose pages; make room for their extents, for splits and for invalidations.
 */
static int service_choose(struct xe_svm_service *service)
{
	struct xe_svm_window *window = service->window;
	u16 need, cap;

	/* Nothing can change in a bare block. */
	if (service->pages.bare) {
		need = service_choose_runs(service, &cap);
	} else {
		if (!xe_svm_window_lock(window, may_wait(service)))
			return -EINPROGRESS;
		need = service_choose_runs(service, &cap);
		mutex_unlock(&window->lock);
	}
	if (!service->pages.nr_runs)
		return 0;
	/* One entry of 2 MiB is only removed as a whole: no slack needed. */
	if (!looks_huge(&service->pages))
		need += XE_SVM_EXTENTS_SLACK;

	return need <= cap ? 0 : service_make_room(service, need);
}

/*
 * VMAs have changed: is the mirror still the one the pages were collected for?
 */
static int service_compare(const struct xe_svm_service *service)
{
	struct xe_svm_service now = *service;
	int err = service_lookup_locked(&now);

	if (err)
		return err == -ESRCH ? -EAGAIN : err;

	if (READ_ONCE(service->window->removed) ||
	    now.offset != service->offset ||
	    now.pat_index != service->pat_index ||
	    now.request.device_atomics != service->request.device_atomics ||
	    now.request.readonly != service->request.readonly ||
	    now.request.mirror.start > service->request.mirror.start ||
	    now.request.mirror.end < service->request.mirror.end)
		return -EAGAIN;

	return 0;
}

/*
 * With the VM locked again. Return: -EAGAIN if the mirror is another one, or its
 * window was discarded, which a bind that failed may have done, too.
 */
static int service_recheck(const struct xe_svm_service *service)
{
	const struct xe_vm *vm = service->vm;

	if (vm->vma_changes != service->vma_changes ||
	    READ_ONCE(service->window->removed) ||
	    READ_ONCE(vm->svm.attrs.changes) != service->attr_changes)
		return service_compare(service);

	return xe_vm_is_closed_or_banned(service->vm) ? -ENOENT : 0;
}

/* Lock the VM to bind. Once the device is unplugged, nothing may be mapped. */
static int service_lock(struct xe_svm_service *service)
{
	struct xe_vm *vm = service->vm;
	int err;

	err = service_lock_vm(service);
	if (err)
		return err;

	if (drm_dev_enter(&vm->xe->drm, &service->dev_idx))
		return 0;

	up_read(&vm->lock);

	return -ENODEV;
}

static void service_unlock(struct xe_svm_service *service)
{
	drm_dev_exit(service->dev_idx);
	up_read(&service->vm->lock);
}

/* Services that bind; waited for before page tables are saved. */
DEFINE_STATIC_SRCU(svm_binding);

static void revoke_vms(struct xe_device *xe)
{
	unsigned long asid = 0;
	struct xe_vm *vm;

	while ((vm = xe_svm_next_vm(xe, &asid))) {
		xe_svm_revoke_all(vm);
		xe_vm_put(vm);
		asid++;
	}
}

/**
 * xe_svm_suspend() - Block binds of faults until the device is resumed
 * @xe: the device
 *
 * On discrete GPUs the page tables are about to be saved: later writes to them
 * are lost. The process is frozen, but the disk it waits for may still complete
 * I/O, so nothing is bound. And memory may still be reclaimed, so nothing stays
 * mapped: an entry that is zapped once it was saved would come back. Nor while
 * the system is idle with the GuC stopped: the TLB may keep its translations, and
 * no flush would be acknowledged.
 *
 * Context: process context. Waits for services that bind; they allocate memory,
 * but do not wait for disks or user space.
 */
void xe_svm_suspend(struct xe_device *xe)
{
	if (!atomic_read(&xe->usm.num_fault_vms))
		return;

	WRITE_ONCE(xe->usm.svm_suspended, true);
	synchronize_srcu(&svm_binding);
	if (IS_DGFX(xe) || pm_suspend_target_state == PM_SUSPEND_TO_IDLE)
		revoke_vms(xe);
}

/**
 * xe_svm_resume() - Allow binds of faults again
 * @xe: the device, with its page tables restored
 */
void xe_svm_resume(struct xe_device *xe)
{
	WRITE_ONCE(xe->usm.svm_suspended, false);
}

/* Prepare the tables that the pages need. They stay, as the VM is locked. */
static int service_tables(struct xe_svm_service *service)
{
	unsigned int level = wants_huge(&service->pages);
	struct xe_svm_block *block = service->block;
	struct xe_vm *vm = service->vm;
	int err;

	/* Kept to wait for it with nothing locked. */
	service->pending = xe_svm_table_pending(vm, block->start);
	if (service->pending)
		return -EAGAIN;

	if (xe_svm_table_is_ready(vm, block, level))
		return 0;

	if (may_wait(service)) {
		/* Eviction waits for bind jobs with it held */
		err = xe_vm_lock(vm, true);
		if (err)
			return err;
		err = xe_svm_table_prepare(vm, service->window, block, level,
					   xe_svm_wait_wants_jobs(service) ?
					   &service->pending : NULL);
	} else {
		if (!dma_resv_trylock(xe_vm_resv(vm)))
			return -EINPROGRESS;
		err = xe_svm_table_prepare_now(vm, service->window, block,
					       level);
	}
	xe_vm_unlock(vm);

	return err;
}

/* Publish the collected pages. Cannot fail. */
static void service_publish(struct xe_svm_service *service)
{
	struct xe_svm_window *window = service->window;
	struct xe_svm_block *block = service->block;
	struct xe_svm_pages *pages = &service->pages;

	lockdep_assert_held(&window->lock);

	service->mapped += xe_svm_window_insert(window, block, pages->runs,
						pages->nr_runs);
	xe_svm_entry_write(service->vm, block, pages->runs, pages->nr_runs,
			   service->pat_index, service->request.device_atomics);
	/* Order the entries before the reply, which any thread may send */
	xe_device_wmb(service->vm->xe);

	/* A short scan finds an entry of the CPU that describes the block */
	block->reach = pages->whole ? 0 :
		xe_svm_policy_reach(block->reach, service->mapped,
				    service->vm->svm.reach_max);
	pages->nr_mapped = 0;	/* the extents own the DMA mappings now */
	xe_svm_stats_add(service->vm, XE_GT_STATS_ID_SVM_MAPPED_PAGES,
			 service->mapped);
	/* The caller settles the fault that is being served. */
	if (service->fault && !list_is_singular(service->faults))
		service_settle_locked(service);
}

/* Publish the pages if they are still those of the process. */
static int service_commit(struct xe_svm_service *service)
{
	const struct xe_svm_block *block = service->block;
	const struct xe_svm_pages *pages = &service->pages;
	struct xe_svm_window *window = service->window;
	int err = -EAGAIN;

	lockdep_assert_held(&service->vm->lock);

	if (!xe_svm_window_lock(window, may_wait(service)))
		return -EINPROGRESS;

	/* A revocation may have split extents since the room was reserved. */
	if (block->gen == pages->gen &&
	    block->extents.nr + pages->nr_runs <= block->extents.cap) {
		service_publish(service);
		err = 0;
	}
	mutex_unlock(&window->lock);

	return err;
}

/* With the VM locked: map the pages for DMA, prepare tables, publish. */
static int service_bind(struct xe_svm_service *service)
{
	struct xe_vm *vm = service->vm;
	int err;

	if (READ_ONCE(vm->xe->usm.svm_suspended))
		return -ESHUTDOWN;

	err = service_recheck(service);
	if (err)
		return err;

	err = xe_svm_pages_map(vm, &service->pages);
	if (err)
		return err;

	err = service_tables(service);
	if (!err)
		err = service_commit(service);
	if (err)
		xe_svm_pages_unmap(vm, &service->pages);

	return err;
}

/*
 * One try, with the block's served lock held. Return: 0 if the fault is served,
 * or all present pages of the block are mapped; -EAGAIN if the service was
 * overtaken.
 */
static int service_try(struct xe_svm_service *service)
{
	int err, idx;

	err = service_begin(service);
	/* Another service of the block may have served the fault. */
	if (err || (service->fault && !is_pending(service->fault)))
		return err;

	err = service_collect(service);
	if (!err)
		err = service_choose(service);
	/* A whole block may have no pages at all */
	if (err || (!service->fault && !service->pages.nr_runs))
		return err;

	err = service_lock(service);
	if (err)
		return err;

	idx = srcu_read_lock(&svm_binding);
	err = service_bind(service);
	srcu_read_unlock(&svm_binding, idx);
	service_unlock(service);

	return err;
}

static int service_try_alone(struct xe_svm_service *service)
{
	struct mutex *served = xe_svm_window_served(service->window,
						    service->addr);
	int err;

	service->tries++;
	if (!mutex_trylock(served)) {
		/* Mapped pages need no service. */
		service_settle(service);
		if (service->fault && !is_pending(service->fault))
			return 0;
		if (!may_wait(service))
			return -EINPROGRESS;
		mutex_lock(served);
	}
	err = service_try(service);
	service->block = NULL;
	mutex_unlock(served);

	return err;
}

/* Look up, prepare and try until the result is known. @end: map no further. */
static int service_run(struct xe_svm_service *service, u64 end)
{
	struct xe_svm_span *mirror = &service->request.mirror;
	int err;

	do {
		err = service_lookup(service);
		if (err)
			return err;
		mirror->end = min(mirror->end, end + service->offset);
		if (!service->mm_lives)
			return -EFAULT;
		/* xe_svm_device_remove() kills only stays that have begun */
		if (may_wait(service) &&
		    drm_dev_is_unplugged(&service->vm->xe->drm))
			return -ENODEV;

		err = service_prepare(service);
		if (!err)
			err = service_try_alone(service);
		if (!err)
			return 0;

		err = xe_svm_wait(service, err);
		/* The block may be new, and no event of the CPU follows */
		if ((err == -EFAULT || err == -EINTR) && service->window)
			xe_svm_reap_soon(service->window);
		if (err != -EAGAIN)
			return err;

		err = xe_svm_wait_overtaken(service);
		cond_resched();
	} while (!err);

	return err;
}

/*
 * The thread was killed, because the process, the VM or the device ended. Do
 * not wait for &xe_vm.lock, which may be held for long, only to report the
 * exact cause.
 */
static int service_killed(const struct xe_svm_service *service)
{
	struct xe_vm *vm = service->vm;

	if (drm_dev_is_unplugged(&vm->xe->drm))
		return -ENODEV;

	if (!READ_ONCE(vm->size) || READ_ONCE(vm->flags) & XE_VM_FLAG_BANNED)
		return -ENOENT;

	return -EFAULT;
}

/**
 * xe_svm_service_fault() - Serve one fault, and others of the block if possible
 * @service: the service, with @vm, @patience, @mm_lives and @faults set
 * @fault: the fault, one of them, pending; on return it has its outcome
 *
 * Context: process context with nothing locked. With a wait level above
 * %XE_SVM_PATIENCE_NONE, a thread that stays with the process.
 */
void xe_svm_service_fault(struct xe_svm_service *service,
			  struct xe_svm_fault *fault)
{
	struct xe_vm *vm = service->vm;
	int err;

	service->fault = fault;
	service->mapped = 0;
	service->tries = 0;
	service->end = 0;
	/* The lookup fills in the rest of the request */
	service->addr = fault->addr;
	service->request.access = fault->access;

	err = service_run(service, fault->addr + XE_SVM_BLOCK_SIZE);
	/* A fault without a mirror is not refused here */
	if (err == -EINTR ||
	    (err && err != -ESRCH && fatal_signal_pending(current)))
		err = service_killed(service);

	/* A fault that was settled by then took no service. */
	if (service->tries && (service->mapped || err))
		trace_xe_svm_service(vm, fault->addr, service->mapped,
				     service->tries, err);
	if (service->mapped)
		xe_svm_stats_add(vm, XE_GT_STATS_ID_SVM_SERVICE, 1);

	if (err == -ESRCH)
		fault->outcome = XE_SVM_FAULT_NOT_MIRRORED;
	else
		xe_svm_fault_settle(fault, err);
}

/**
 * xe_svm_service_block() - Map all of a block between two addresses
 * @vm: the VM
 * @addr: the first address, page aligned
 * @end: the first address behind, in the same block; on return, moved to the
 * end of the mirror, or of the addresses with the same attributes, if that is
 * lower
 * @hurried: whether to skip blocks whose page tables a bind job is about to write;
 * set once such a job took longer than a moment
 *
 * Populates absent pages first. Stops at the end of the CPU mapping.
 *
 * Context: the process that the VM mirrors, or a thread that stays with it,
 * with nothing locked.
 *
 * Return: 1 if pages were mapped; 0 if not, also if there is no mirror, no memory
 * or no permission, or because the CPU was faster each time, or a bind job
 * slow; -ENOENT if the VM is closed or banned; -ENODEV; -ENOMEM; -EINTR after a
 * signal.
 */
int xe_svm_service_block(struct xe_vm *vm, u64 addr, u64 *end, bool *hurried)
{
	struct xe_svm_service service = {
		.vm = vm,
		.patience = XE_SVM_PATIENCE_LONG,
		.hurried = READ_ONCE(*hurried),
		.mm_lives = true,
		.addr = addr,
		.request.access = XE_SVM_ACCESS_READ,
	};
	int err;

	err = service_run(&service, *end);
	/* Empty if the mirror was never found */
	if (!xe_svm_span_is_empty(&service.request.mirror))
		*end = service.request.mirror.end - service.offset;
	if (service.hurried)
		WRITE_ONCE(*hurried, true);
	xe_svm_service_end(&service);
	if (service.mapped)
		xe_svm_stats_add(vm, XE_GT_STATS_ID_SVM_PREFETCHED_PAGES,
				 service.mapped);

	switch (err) {
	case -ESRCH:
	case -EFAULT:
	case -EACCES:
	case -ETIMEDOUT:
	case 0:
		return !!service.mapped;
	default:
		return err;
	}
}

/**
 * xe_svm_service_end() - Release the resources of a service
 * @service: the service
 */
void xe_svm_service_end(struct xe_svm_service *service)
{
	if (service->window)
		xe_svm_window_put(service->window);
	xe_svm_scratch_keep(service->scratch);
}
