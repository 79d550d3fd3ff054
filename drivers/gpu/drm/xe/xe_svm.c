// SPDX-License-Identifier: MIT
/*
 * Life of the mirror in a VM, and the sections that explain all of it.
 *
 * Law: xe_svm_init() before the first fault, xe_svm_close() after the VM's page
 * tables are cut off and before they are freed, xe_svm_fini() last. Process
 * context. Must never happen here: waiting for a fault service.
 */

#include "xe_svm.h"

#include <linux/dma-mapping.h>
#include <linux/log2.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/sched/mm.h>
#include <linux/sysfs.h>
#include <linux/workqueue.h>

#include <drm/drm_drv.h>

#include "xe_device.h"
#include "xe_gt_stats.h"
#include "xe_sriov.h"
#include "xe_svm_bind.h"
#include "xe_svm_notifier.h"
#include "xe_svm_owner.h"
#include "xe_svm_reap.h"
#include "xe_vm.h"

#define CREATE_TRACE_POINTS
#include "xe_svm_trace.h"

/**
 * DOC: Overview
 *
 * A *mirror* is a range of a VM's address space in which GPU addresses mean
 * what CPU addresses mean in the process that created the VM. User space binds
 * one with %DRM_XE_VM_BIND_FLAG_CPU_ADDR_MIRROR, usually over the whole address
 * space at program load, and from then on can hand any pointer to the GPU. The
 * mirror itself costs one GPU VMA and no page tables.
 *
 * When the GPU touches an address that its page tables do not map, or not for
 * that access, the GuC reports a fault. The fault handler looks the address up
 * in the process through HMM, maps the pages for DMA, writes page-table entries
 * by CPU and answers the fault; the GPU then repeats the access. When the CPU
 * side changes (munmap, mprotect, fork, reclaim, truncation, migration, exit),
 * an interval notifier zaps the entries, flushes the GPU's TLB, and undoes the
 * DMA mapping before the core gets its pages back.
 *
 * Every fault is answered exactly once: served, or refused with a cause. A read
 * asks the CPU for read access only and maps what the CPU maps, so it breaks no
 * copy-on-write and allocates nothing over the zero page; a later write faults
 * again.
 *
 * The way of a fault through the files:
 * xe_gt_pagefault.c (message) -> xe_svm_fault.c (service) -> xe_svm_policy.c
 * (what to map) -> xe_svm_pages.c (collect, DMA) -> xe_svm_bind.c (entries).
 * The way of an invalidation: xe_svm_notifier.c -> xe_svm_bind.c (zap, flush)
 * -> xe_svm_pages.c (dirty, DMA). Both meet in xe_svm_block.c, which knows what
 * is mapped where.
 */

/**
 * DOC: Nomenclature
 *
 * fault
 *	One message of the GuC: address, access, who to answer.
 * service
 *	The work done for a fault: collect pages, write entries, answer.
 * page
 *	4 KiB, named by its number within its block.
 * block
 *	A naturally aligned 2 MiB slot of one VM, found by address. It never
 *	points to a GPU VMA: binds may split and merge VMAs as they like.
 * extent
 *	A run of pages of a block that follow each other physically and belong
 *	to one DMA mapping, the extent's *unit*.
 * cluster
 *	16 pages of an extent that are aligned to 64 KiB in their block and for
 *	DMA.
 * window
 *	One interval notifier over many blocks. It owns the window lock and the
 *	sequence under which entries become visible or go.
 * bind, zap
 *	To write page-table entries; to clear them.
 * hold
 *	A block's claim on a page table, which keeps the table in the tree while
 *	it has no live entries.
 * answer
 *	The reply to a fault: success lets the GPU repeat the access, refusal
 *	ends the queue.
 * last, end
 *	The last byte or page of a range (inclusive); the first one behind it.
 */

/**
 * DOC: Locking
 *
 * Outer to inner::
 *
 *	served lock
 *	  mmap_lock             vm->lock
 *	                          VM resv
 *	                            (the mm enters the notifier)
 *	                              together
 *	                                window lock
 *	                                  ct.lock
 *
 * The served lock keeps a second service of the same block away. Some blocks of
 * a window share one, which is never held while user space or a disk is waited
 * for. Only services take it, and never with ``vm->lock`` held. Nobody else adds
 * extents, so a block seen with none has none until its service adds some.
 *
 * Nothing is locked while the mm reads a disk or waits for user space to provide
 * the page of a fault. The workers of the fault queues do not wait at all, not
 * even for ``vm->lock``, the VM resv or the mmap_lock. Faults of a block that
 * have to go on together to a worker of their VM, which takes locks and lets the
 * mm allocate memory; each that has to wait longer goes on alone. So a process
 * whose memory never resolves delays its own faults on that memory only. (One wait
 * is left: pages are collected after the notifications under way in the window have
 * ended. Those of fork and mprotect(), which can be long, hold the mmap_lock for
 * write, so that no such worker waits for them.) And where page tables are being
 * put in reserve, it waits for the VM resv for up to a jiffy.
 *
 * ``vm->lock`` held for read keeps the VM open and its VMAs as they are. A
 * service takes it to look up the mirror, drops it while the mm is asked for
 * pages, and takes it again to bind.
 *
 * The VM resv serialises changes to the structure of the VM's page tables: the
 * tree of &struct xe_pt, which table a block holds, and the tables in reserve. A
 * service takes it where the block has not the tables it needs, which is once for
 * most. What changes the tables of a block besides its service locks the VM for
 * write.
 *
 * The window lock serialises page-table entries and extents of its blocks. It
 * is taken inside the notifier, that is under reclaim: nothing may be allocated
 * under it, and no notifier may be removed under it. A non-blockable
 * notification only tries to take it. An event that covers several windows
 * (exit of the process, munmap of gigabytes) is to cost one TLB flush: its first
 * callback locks the windows that have pages mapped, by ascending address, zaps
 * and flushes them all, so that the callbacks after it find nothing left.
 * ``together`` makes it the only one that holds more than one window lock. For the
 * exit it tries to get ``vm->lock`` and the VM resv under these, waiting for
 * neither: if the VM maps nothing but mirrors it is cut off from its page tables,
 * see xe_svm_bind_cut(), and nothing has to be flushed after that one flush.
 *
 * Who flushes looks for the acknowledgment for a moment, and holds the interrupts
 * of the GuCs meanwhile, see xe_irq_guc_hold(): nothing else that they say waits for
 * that.
 *
 * A service and an invalidation, and why no stale entry survives::
 *
 *	service                          invalidation
 *	-------                          ------------
 *	lock mmap_lock
 *	seq = read_begin()
 *	collect pages
 *	unlock mmap_lock
 *	                                 lock window
 *	                                 set_seq()
 *	                                 zap entries, flush TLB
 *	                                 unlock window
 *	lock window
 *	read_retry(seq): stale, again
 *	unlock window
 *
 * If the service gets the window lock first, the callback finds the entries it
 * has just written and zaps them.
 */

/**
 * DOC: Lifetime
 *
 * The VM takes an mm_count reference on the mm of the process that creates it,
 * and keeps it until it is freed; services take an mm_users reference while
 * they run. A VM can outlive the mm: a file descriptor may be passed on. Exit
 * of the process runs the notifiers over everything, so nothing stays mapped;
 * later faults find no mm and are refused.
 *
 * A window is made by the first service in its range. The VM holds one
 * reference and each service under way another. Closing the VM removes the
 * notifiers, which waits for callbacks, then drops the references.
 *
 * A block lives as long as its window. Page tables it holds are given back when
 * a bind takes over the block's addresses, or with the VM. A VM that has used
 * tables of 4 KiB entries has a few more in reserve: to make one in system memory
 * interrupts all CPUs, which a fault had better not wait for. The order of closing
 * is: the VM's size becomes zero under ``vm->lock``; the root tables are cleared and
 * flushed, unless the exit of the process has done that;
 * xe_svm_close() lets go of all pages and removes windows; page tables are freed.
 *
 * A DMA mapping lives from the service that made it to the invalidation, the
 * revocation or the close that takes its last page out, and always until the
 * GPU's TLB has acknowledged.
 */

/**
 * DOC: What one service maps
 *
 * A service maps what the CPU has populated around the fault, and makes the CPU
 * populate the page of the fault if it is absent. To look at a page costs nearly
 * as much as to map it, so a service begins with the 64 KiB around the fault, and
 * looks at 128 KiB, 512 KiB, all of the block as long as more than half of what
 * it has seen is there. Where services of a block keep finding pages that nobody
 * faulted on, the next one begins with more. The parameter svm_look_pages says
 * where that ends. A CPU mapping of 2 MiB tells about all of it at once, and is
 * mapped by one entry if it is aligned for DMA, too.
 *
 * Clusters that one service finds whole (of large folios, of huge pages that do
 * not fill their block, of pages that happen to lie so) get the 64 KiB hint in
 * each of their entries: a TLB then needs one translation for the 16. They stay
 * entries of 4 KiB, and which of them have the hint follows from the extents.
 *
 * Nothing is populated only because it is near. But a GPU that goes through fresh
 * memory in order proves it by its faults: each lies right behind what was
 * populated for the one before. Then 4, 16, 64, 256 pages are populated, then a
 * block at a time, or as much as the parameter svm_ahead_pages allows. The first
 * fault elsewhere ends that.
 *
 * An event of the CPU on a part of a block takes that part away and leaves the
 * rest mapped, with one exception: one entry of 2 MiB goes as a whole. To split
 * it would gain next to nothing: when the mm changes a part of a huge page it
 * splits its own mapping first, and tells that as an event on all of the 2 MiB
 * which cannot be told from one that takes all the pages.
 *
 * A cluster that loses some of its pages keeps the others mapped. They lose the
 * hint before the entries of those that go are cleared, and the flush is one of
 * 64 KiB, because a TLB may know the cluster as one translation::
 *
 *	extent      |--------------------------------------------|
 *	clusters        |===========:===========:===========|
 *	event                          |XXXX|
 *	hint taken                  |..|    |...|
 *	flushed                     |===========|
 *	extents     |------------------|    |--------------------|
 */

/**
 * DOC: Overlap of binds and blocks
 *
 * Binds work on VMAs, faults on blocks, and a block may belong to several
 * VMAs::
 *
 *	VMAs    |<------ mirror ------>|<-- BO -->|<------- mirror ------->|
 *	blocks  |----A----|----B----|----C----|----D----|----E----|----F----|
 *
 * Blocks A, B, E and F hold page tables for mirrored pages only. C and D share
 * theirs with the BO; the hold keeps them alive when the BO is unbound.
 *
 * A bind that replaces a part of a mirror, or takes it away, fails with -EBUSY
 * while pages of that part are mapped. Otherwise blocks that lie in that part
 * as a whole give back their page tables, because the bind may replace them.
 */

/**
 * DOC: States of a block
 *
 * A block is in one of these states, by what it holds and what is mapped::
 *
 *	             first service                  service
 *	  (none) ------------------> bare ------------------------> mapped
 *	                              ^  ^                         |  ^  |
 *	                   bind takes |  | bind takes   all pages  |  |  | some
 *	                    the range |  | the range       revoked |  |  | pages
 *	                              |  |                         v  |  | revoked
 *	                              |  +---------------------- idle -+  v
 *	                              |                                 mapped
 *	                              +---- never from here: -EBUSY ------+
 *
 * bare
 *	Known, with no page tables. Left when a service has prepared tables.
 * mapped
 *	Holds page tables and has extents. &xe_svm_block.huge tells whether one
 *	2 MiB entry stands for all of them, which is only so at level 1.
 * idle
 *	Holds page tables, nothing is mapped. A service that maps anew may change
 *	the level of the tables here, and only here.
 *
 * *Revoked* is what a notification, an upgrade of read-only mappings or the end of
 * the VM does: zap, flush, release, under one hold of the window lock. The window
 * ends blocks when the VM is closed: from mapped by way of idle.
 */

static bool svm_enabled = true;

module_param_named(svm, svm_enabled, bool, 0400);
MODULE_PARM_DESC(svm,
		 "Let VMs mirror CPU addresses (shared virtual memory). Tested on an emulated GPU only, never on hardware. [default=true]");

/* struct power_param - a parameter that is a power of two in [min, max] */
struct power_param {
	unsigned int value;
	unsigned int min;
	unsigned int max;
};

static int power_set(const char *val, const struct kernel_param *kp)
{
	struct power_param *param = kp->arg;
	unsigned int value;

	if (kstrtouint(val, 0, &value) || !is_power_of_2(value) ||
	    value < param->min || value > param->max)
		return -EINVAL;

	WRITE_ONCE(param->value, value);

	return 0;
}

static int power_get(char *buffer, const struct kernel_param *kp)
{
	const struct power_param *param = kp->arg;

	return sysfs_emit(buffer, "%u\n", param->value);
}

static const struct kernel_param_ops power_ops = {
	.set = power_set,
	.get = power_get,
};

static struct power_param notifier_size = { 512, 2, SZ_64K };

module_param_cb(svm_notifier_size, &power_ops, &notifier_size, 0600);
MODULE_PARM_DESC(svm_notifier_size,
		 "MiB of CPU address space each notifier of a mirror covers, a power of two from 2 to 65536 [default=512]");

static struct power_param ahead_pages = {
	XE_SVM_BLOCK_PAGES, 1, XE_SVM_BLOCK_PAGES
};

module_param_cb(svm_ahead_pages, &power_ops, &ahead_pages, 0600);
MODULE_PARM_DESC(svm_ahead_pages,
		 "Most pages a fault populates where the GPU goes through memory in order, a power of two from 1 (only the one that faulted) to 512 [default=512]");

static struct power_param look_pages = {
	XE_SVM_BLOCK_PAGES, 16, XE_SVM_BLOCK_PAGES
};

module_param_cb(svm_look_pages, &power_ops, &look_pages, 0600);
MODULE_PARM_DESC(svm_look_pages,
		 "Most pages around a fault that are looked at and mapped together, a power of two from 16 to 512 [default=512]");

/**
 * xe_svm_supported() - Can VMs of this device mirror CPU addresses?
 * @xe: the device
 *
 * A virtual function and execlist submission complete TLB invalidations without
 * doing them, so no page could ever be given back safely there. Where DMA may
 * be bounced, CPU and GPU would not see the same memory; the DMA layer then
 * allows small mappings only. The parameter svm turns it off everywhere.
 *
 * Return: true if they can.
 */
bool xe_svm_supported(const struct xe_device *xe)
{
	return svm_enabled && xe->info.has_usm && !xe->info.force_execlist &&
		!IS_SRIOV_VF(xe) &&
		dma_max_mapping_size(xe->drm.dev) >= XE_SVM_BLOCK_SIZE;
}

static int svm_alloc(struct xe_svm_vm *svm)
{
	svm->owner = xe_svm_owner_get();
	if (!svm->owner)
		return -ENOMEM;

	svm->mm = svm->owner->mm;

	if (!IS_ENABLED(CONFIG_DEBUG_FS))
		return 0;

	svm->stats = alloc_percpu(struct xe_gt_stats);

	return svm->stats ? 0 : -ENOMEM;
}

/**
 * xe_svm_init() - Prepare a VM for mirroring
 * @vm: the VM, being created by the process that is to be mirrored
 *
 * Costs nothing where the device or the VM can not mirror.
 *
 * Return: 0 or -ENOMEM.
 */
int xe_svm_init(struct xe_vm *vm)
{
	int err;

	xa_init(&vm->svm.windows);
	mutex_init(&vm->svm.together);
	INIT_DELAYED_WORK(&vm->svm.refill, xe_svm_bind_refill);
	INIT_DELAYED_WORK(&vm->svm.reap, xe_svm_reap_work);

	/* Notifiers take the lock under reclaim: let lockdep know at once. */
	fs_reclaim_acquire(GFP_KERNEL);
	might_lock(&vm->svm.together);
	fs_reclaim_release(GFP_KERNEL);

	if (!xe_vm_in_fault_mode(vm) || !xe_svm_supported(vm->xe) ||
	    !current->mm)
		return 0;

	err = svm_alloc(&vm->svm);
	if (err) {
		xe_svm_fini(vm);
		return err;
	}

	vm->svm.window_shift = ilog2(READ_ONCE(notifier_size.value)) + 20;
	vm->svm.reach_max = xe_svm_policy_reach_max(READ_ONCE(look_pages.value));
	vm->svm.ahead_limit = READ_ONCE(ahead_pages.value);
	vm->svm.pid = task_tgid_nr(current);
	get_task_comm(vm->svm.comm, current->group_leader);

	return 0;
}

/* Let go of all pages. */
static void svm_revoke_all(struct xe_vm *vm)
{
	struct xe_svm_span all = xe_svm_everywhere(vm);

	while (vm->svm.mm && xe_svm_windows_revoke(vm, &all))
		cond_resched();
}

/**
 * xe_svm_close() - Take everything down that the GPU could reach
 * @vm: the VM, closed, so that no service maps anything any more
 *
 * Context: process context, without &xe_vm.lock.
 */
void xe_svm_close(struct xe_vm *vm)
{
	struct xe_svm_window *window;
	unsigned long index;

	xe_assert(vm->xe, xe_vm_is_closed(vm));

	if (vm->svm.owner)
		xe_svm_owner_kill(vm->svm.owner, vm);

	disable_delayed_work_sync(&vm->svm.refill);
	disable_delayed_work_sync(&vm->svm.reap);
	xe_svm_bind_free_reserve(vm);
	svm_revoke_all(vm);

	xa_for_each(&vm->svm.windows, index, window) {
		xa_erase(&vm->svm.windows, index);
		xe_svm_window_remove(window);
		xe_svm_window_put(window);
	}
}

/**
 * xe_svm_next_vm() - Find a VM of a device that may mirror
 * @xe: the device
 * @asid: where to begin; on return, the one of the VM
 *
 * Return: the first VM from there on, with a reference, or NULL.
 */
struct xe_vm *xe_svm_next_vm(struct xe_device *xe, unsigned long *asid)
{
	struct xe_vm *vm;

	guard(rwsem_read)(&xe->usm.lock);

	vm = xa_find(&xe->usm.asid_to_vm, asid, ULONG_MAX, XA_PRESENT);

	return vm ? xe_vm_get(vm) : NULL;
}

/**
 * xe_svm_device_remove() - Let go of all pages, the device is being unbound
 * @xe: the device, unplugged, so that no service maps anything any more
 *
 * The VMs live on as long as user space has them open, but DMA mappings cannot
 * outlive the binding of the driver.
 *
 * Context: process context; the GuC still acknowledges TLB invalidations.
 */
void xe_svm_device_remove(struct xe_device *xe)
{
	unsigned long asid = 0;
	struct xe_vm *vm;

	xe_assert(xe, drm_dev_is_unplugged(&xe->drm));

	while ((vm = xe_svm_next_vm(xe, &asid))) {
		if (vm->svm.owner)
			xe_svm_owner_kill(vm->svm.owner, vm);
		svm_revoke_all(vm);
		xe_vm_put(vm);
		asid++;
	}
}

/**
 * xe_svm_fini() - Drop what is left when the VM is freed
 * @vm: the VM
 */
void xe_svm_fini(struct xe_vm *vm)
{
	WARN_ON(!xa_empty(&vm->svm.windows));
	xa_destroy(&vm->svm.windows);
	mutex_destroy(&vm->svm.together);

	free_percpu(vm->svm.stats);
	vm->svm.stats = NULL;

	if (vm->svm.owner)
		xe_svm_owner_put(vm->svm.owner);
	vm->svm.owner = NULL;
	vm->svm.mm = NULL;
}
