// SPDX-License-Identifier: MIT
/*
 * Lifetime of the mirror of a VM, and the DOC sections about mirrors.
 *
 * Rule: xe_svm_init() before the first fault, xe_svm_close() after the roots of
 * the VM's page tables are cleared and before the tables are freed,
 * xe_svm_fini() last. Process context. Must never happen here: waiting for a
 * fault service.
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
#include "xe_svm_attr.h"
#include "xe_svm_notifier.h"
#include "xe_svm_owner.h"
#include "xe_svm_reap.h"
#include "xe_svm_revoke.h"
#include "xe_svm_table.h"
#include "xe_svm_window.h"
#include "xe_vm.h"

#define CREATE_TRACE_POINTS
#include "xe_svm_trace.h"

/**
 * DOC: Overview
 *
 * A *mirror* is a range of a VM's address space in which a GPU address refers to
 * the same memory as the equal CPU address of the process that created the VM
 * (or, with an offset, another CPU address, see `Mirrors with an offset`_). User
 * space binds one with %DRM_XE_VM_BIND_FLAG_CPU_ADDR_MIRROR, usually over the
 * whole address space at program load, and from then on can hand any pointer to
 * the GPU. The mirror itself costs one GPU VMA and no page tables.
 *
 * When the GPU touches an address that its page tables do not map, or do not
 * map for that access, the GuC reports a fault. The fault handler looks up the
 * address in the process through HMM, maps the pages for DMA, writes page-table
 * entries with the CPU and replies to the fault; the GPU then repeats the
 * access. When the CPU side changes (munmap, mprotect, fork, reclaim,
 * truncation, migration, exit), an interval notifier zaps the entries, flushes
 * the GPU's TLB, and undoes the DMA mapping before the core gets its pages
 * back.
 *
 * Every fault gets exactly one reply: served, or refused with a cause. A read
 * requests read access only and maps what the CPU maps, so it breaks no
 * copy-on-write and allocates nothing over the zero page; a later write faults
 * again.
 *
 * The path of a fault through the files::
 *
 *	xe_gt_pagefault.c      take the message of the GuC, choose a queue
 *	  xe_fault_queue.c     dequeue a batch, sort it, serve block by block
 *	    xe_svm_fault.c     a group of faults in, an outcome for each out
 *	      xe_svm_service.c   the service: look up, collect, map, bind, publish
 *		xe_svm_window.c    windows, their blocks and extents
 *		xe_svm_pages.c     pages of the process, DMA mappings
 *		xe_svm_policy.c    how much to map, and how large
 *		xe_svm_table.c     page tables
 *		xe_svm_entry.c     page-table entries
 *		xe_svm_wait.c      wait for what stopped it, with nothing locked
 *		xe_svm_populate.c  absent pages
 *	    xe_fault_reply.c   send the replies of the batch, one doorbell
 *
 * A fault that has to wait for a lock, memory, a disk or user space does not
 * wait in the worker. xe_fault_queue.c defers it to a thread of
 * xe_fault_waiter.c, which acts for the process (xe_svm_owner.c), calls the
 * same service with permission to wait, and sends the reply.
 *
 * The path of an invalidation: xe_svm_notifier.c (the event) -> xe_svm_revoke.c
 * -> xe_svm_entry.c (zap) -> xe_svm_flush.c (TLBs) -> xe_svm_pages.c (mark
 * dirty, undo DMA mappings). After munmap(), xe_svm_reap.c frees page tables,
 * blocks and windows. All of these use xe_svm_block.c, which records the pages
 * that are mapped.
 *
 * A prefetch (xe_svm_prefetch.c) calls the service for whole blocks, in the
 * ioctl. Advice on memory (xe_vm_advice.c) is kept by address in xe_svm_attr.c,
 * where the service looks it up.
 */

/**
 * DOC: Prefetch and advice
 *
 * %DRM_XE_VM_BIND_OP_PREFETCH maps memory before the GPU touches it. It runs in
 * the ioctl, in the context of the process: the process is charged for memory
 * and I/O, and signals end the prefetch. Block by block, it populates absent
 * pages and maps all pages of the CPU, with the access the CPU has. For 16 MiB
 * and more, up to three waiters help, on other CPUs, at the priority of the
 * caller. It precedes the binds of its array and holds no lock while it waits
 * for a disk or user space, so binds, jobs and faults of the VM continue. Pages
 * that are mapped before a signal arrives stay mapped, and the repeated ioctl
 * finds them.
 *
 * A prefetch is advice. Holes, memory without read permission and lost races
 * are not errors; a later fault decides. Writable anonymous memory gets private
 * pages, as with MAP_POPULATE. Other memory is only read: private file mappings
 * are not copied, and shared files do not become dirty.
 *
 * Attributes of memory (DRM_IOCTL_XE_MADVISE) belong to addresses. They are
 * packed into one word and kept in a maple tree of the VM, whose lock is a
 * spinlock and innermost. A range costs one entry, whatever its size. Neither
 * VMAs nor blocks know of attributes: a service looks up those of the address
 * that faulted, and maps no further than they reach. They are read before the
 * pages are collected, and compared under ``vm->lock`` before the pages are
 * bound (&xe_svm_attrs.changes).
 *
 * The ioctl changes attributes with ``vm->lock`` held for write. It then
 * revokes mappings whose page-table entries would differ: another PAT index, or
 * atomic operations of the GPU refused or allowed again. The preferred location
 * is stored and reported, but has no effect, since all memory is system memory.
 * Entries of objects are zapped once no bind job of the VM is in flight. The
 * ioctl waits for that with nothing locked, because a bind job may wait for a
 * fence of user space.
 *
 * Where a mirror is bound with %DRM_XE_VM_BIND_FLAG_MADVISE_AUTORESET, munmap()
 * resets attributes, whether or not the GPU has touched the memory. Windows
 * cover only touched addresses, so the first advice for such a mirror inserts a
 * notifier over all addresses. Its callback may have to split an entry, and must
 * not wait for the memory that this needs. It uses the memory reserves; if they
 * are empty, the advice stays. Attributes have GPU addresses and the callback has
 * CPU addresses, so a mirror with an offset has no autoreset.
 */

/**
 * DOC: Nomenclature
 *
 * fault
 *	One message of the GuC: address, access, and the fields that the reply
 *	has to repeat.
 * service
 *	The work done for the faults of a block: collect pages, write entries.
 * page
 *	4 KiB, named by its number within its block.
 * block
 *	A naturally aligned 2 MiB slot of one VM, found by address. It never
 *	points to a GPU VMA: binds may split and merge VMAs as they like.
 * extent
 *	A physically contiguous run of pages of a block that belong to one DMA
 *	mapping, the extent's *unit*.
 * cluster
 *	16 pages of an extent that are aligned to 64 KiB in their block and for
 *	DMA.
 * generation
 *	A counter of a block that each CPU event in the block increments. A
 *	service commits only if the generation is the one it began with.
 * offset
 *	The CPU address of a page of a mirror minus its GPU address: zero,
 *	unless the parameter svm_offset is set.
 * window
 *	One interval notifier over many blocks. It owns the window lock, under
 *	which entries become visible or are zapped.
 * quiet
 *	No CPU event that the notifier of the window has seen is in progress.
 * owner
 *	The process that created the VM and is mirrored: its mm and its thread
 *	group. VMs that mirror the same mm share one owner.
 * worker
 *	Runs a fault queue. It serves all processes and does not wait for any.
 * waiter
 *	A kernel thread that serves deferred faults and may wait.
 * stay
 *	The time a waiter acts for an owner: with its mm and its cgroups.
 * bind, zap
 *	To write page-table entries; to clear them.
 * hold
 *	A block's reference on a page table, which keeps the table in the tree
 *	while it has no live entries.
 * reap
 *	To free the page tables, blocks and windows of addresses that the CPU
 *	has unmapped.
 * reply
 *	The message that ends a fault: success lets the GPU repeat the access,
 *	refusal ends the queue.
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
 * The locks of the owners, of the waiters and of the attributes of a VM are
 * spinlocks, and the innermost locks of the driver: no other lock of the driver
 * is taken under them. The mutex &xe_svm_attrs.lock is taken before the
 * mmap_lock, and only to insert or remove the notifier of the attributes. An
 * insertion waits for events under way.
 *
 * The workers of the fault queues only try these locks, and defer the fault if
 * that fails. The two locks they do take belong to the device and not to a
 * process: that of ``usm.asid_to_vm``, to look up the VM, and ``ct.lock``, to
 * send replies.
 * Faults of a VM that cannot mirror are the exception: they are handled in the
 * worker to the end, whatever they wait for. Waiters take locks and let the mm
 * allocate. Faults that need nothing else are deferred together, by block. A
 * fault that waits for a disk, user space or a bind job gets a waiter of its
 * own. So a fault that never resolves delays only faults of its process on
 * that memory.
 *
 * The served lock serialises the services of a block, and protects the block
 * from being reaped. Blocks of a window share 16 of them. No service holds it
 * while it waits for user space or a disk. Services take it before all other
 * locks; the reaper, which has locked the VM, only tries it, the mmap_lock and
 * the reservation of the VM. Nothing but a service adds extents, so a block that
 * a service sees without extents has none until that service adds some.
 *
 * Services take the mmap_lock for read to collect pages and to fault them in,
 * and release it before they take ``vm->lock``. While a file is read or user
 * space provides a page, the mm has dropped the mmap_lock. (A write to a shared
 * file calls page_mkwrite() of the file system with the lock held, as a write
 * of the CPU does.)
 *
 * ``vm->lock`` held for read keeps the VM open and its VMAs unchanged. A
 * service takes it to look up the mirror, drops it to collect pages from the
 * mm, takes it again to bind, and starts over if the mirror was replaced in
 * between. A bind may wait for a file system with ``vm->lock`` held, so the lock
 * is taken before drm_dev_enter(): otherwise the removal of the device would
 * wait for that bind, too.
 *
 * The VM resv serialises changes to the structure of the VM's page tables: the
 * tree of &struct xe_pt, which table a block holds, and the tables in reserve.
 * A service takes it only if the block lacks tables, normally once per block.
 * The tables of a block are changed by its service, by the reaper with the
 * served lock held, and by binds with ``vm->lock`` held for write.
 *
 * The window lock serialises page-table entries, extents and generations of its
 * blocks. The notifier takes it under reclaim: nothing may be allocated under
 * it, and no notifier may be removed under it. A non-blockable notification
 * only tries to take it, and fails if anything is mapped. An event that covers
 * several windows (exit of the process, munmap of gigabytes) must cost a single
 * TLB flush: its first callback locks the windows that have pages mapped, by
 * ascending address, zaps and flushes them all, so that later callbacks find
 * nothing mapped. All code that takes more than one window lock holds
 * ``together``.
 *
 * A service and an invalidation leave no stale entry::
 *
 *	service                          invalidation
 *	-------                          ------------
 *	gen = block->gen
 *	lock mmap_lock
 *	see the window quiet
 *	collect pages
 *	unlock mmap_lock
 *	                                 lock window
 *	                                 set_seq(): window is not quiet
 *	                                 block->gen++
 *	                                 zap entries, flush TLB
 *	                                 unlock window
 *	lock window
 *	gen != block->gen: start over
 *	unlock window
 *
 * The service reads the generation before it sees the window quiet; the
 * callback makes the window busy before it changes the generation. For any
 * event in the block there are three cases:
 *
 * - The generation changes after the service has read it and before the commit:
 *   the service compares under the window lock, and starts over.
 * - The generation had changed before: then the service finds the window busy
 *   until the event has ended, and collects pages afterwards.
 * - The callback gets the window lock after the commit: it finds the entries
 *   that were just written, and zaps them.
 *
 * Events in other blocks of the window do not change the generation, so they
 * delay a service but do not restart it.
 *
 * Only a waiter may wait until a window is quiet (mmu_interval_read_begin()).
 * It stores the sequence it got in &xe_svm_window.quiet_seq. As long as the
 * notifier has that sequence no event has come since, and workers need not
 * wait. The first service after an event in the window is therefore run by a
 * waiter.
 */

/**
 * DOC: Memory ordering
 *
 * Data that one lock protects needs no other ordering. The rest:
 *
 * Blocks
 *	block_publish() releases a block that is initialized;
 *	xe_svm_window_find_block() acquires it, with the served lock or the
 *	window lock held, so the block stays.
 *
 * Generation and sequence
 *	The callback calls mmu_interval_set_seq(), then touch_locked() releases
 *	the new generation. service_collect() acquires the generation, then
 *	window_is_quiet() reads the sequence: with the new generation it sees the
 *	new sequence. With the old one service_commit() fails, because both hold
 *	the window lock.
 *
 * The quiet sequence
 *	window_quiet() releases it after mmu_interval_read_begin() has returned,
 *	and window_is_quiet() acquires it before it compares. So a worker that
 *	finds it equal collects pages after the end of the event, as the waiter
 *	would.
 *
 * Extents of a bare block
 *	Services read &xe_svm_extents.nr without the window lock. Zero is
 *	written last of a removal, under the window lock, and nothing but a
 *	service with the same served lock adds extents. The commit takes the
 *	window lock, so it comes after the zap, the flush and the release.
 *	Nothing else depends on a zero, and a service that misses it only locks
 *	the window.
 *
 * Entries and replies
 *	service_publish() writes entries, then xe_device_wmb(), then the window
 *	lock is released. A reply is written to the CT after that, by the same
 *	thread or by one that has found the extents with the window lock held.
 *	The CT has the other barrier, between a message and the tail that makes
 *	the GuC read it. A GPU that repeats an access because of the reply finds
 *	the entries. xe_svm_flush() orders cleared entries before the request of
 *	the invalidation in the same way. A new table is ordered before the
 *	entry that leads to it, in xe_pt_set_child(): no lock keeps the GPU from
 *	walking.
 *
 * GTs the VM runs on
 *	Two full barriers: xe_svm_runs_on() sets the bit of a GT before its
 *	first context can walk the tables, xe_svm_flush() clears entries before
 *	it reads the bits. Either the flush includes the GT, or the walk finds
 *	the entries cleared.
 *
 * Root tables of a closed VM
 *	xe_vm_close() clears them with the CPU; the barrier of the CT orders
 *	that before the invalidation. Services commit with &xe_vm.lock held for
 *	read, and find the VM closed afterwards.
 *
 * Epoch of page faults
 *	xe_gt_pagefault_reset() changes it after the queues are empty, and
 *	before the CT is enabled, which takes the CT lock;
 *	xe_fault_replies_send() compares with the CT lock held.
 *	requeue() must not see the end of a reset without the
 *	new epoch: the reset releases ``pf_resetting``, and the requeue acquires
 *	it before it compares. The beginning of a reset is ordered by the lock
 *	of the queue, which the reset takes to empty it.
 *
 * Attributes
 *	service_lookup_locked() reads &xe_svm_attrs.changes before it takes the
 *	lock of the attributes; store_locked() and forget_locked() increment it
 *	under that lock. So the service has the count of the attributes it finds,
 *	or an older one. The ioctl changes both with &xe_vm.lock held for write;
 *	service_recheck() holds it for read. A reset by munmap() needs no more:
 *	if it comes after the recheck, so does the callback of the window, which
 *	changes the generation or zaps the entries.
 *
 * Unplugged devices
 *	The device is marked before xe_svm_owner_kill() takes the lock of the
 *	owners. A stay that begins later has taken that lock after it, and finds
 *	the mark in service_run().
 *
 * Hints
 *	&xe_svm_window.pages, &xe_svm_window.removed and &xe_svm_owner.nr_stays
 *	are read without a lock to save work. The decision is repeated under the
 *	lock, or is a limit that need not be exact. (service_recheck() reads
 *	@removed with ``vm->lock`` held, and a window that has blocks is marked
 *	with that lock held for write.) For &xe_svm_window.unmapped,
 *	queueing the work item provides the order: a reaper that clears it too
 *	early is queued again.
 */

/**
 * DOC: Lifetime
 *
 * A VM in fault mode refers to an owner from creation until it is freed. The
 * owner holds an mm_count reference on the mm and a reference on the PID. A VM
 * can outlive the mm: a file descriptor may be passed on. Exit of the process
 * runs the notifiers over everything, so nothing stays mapped; later faults
 * find no mm and are refused.
 *
 * Services run with an mm_users reference: a worker gets one for each group of
 * faults, a waiter has the reference of its stay. Stays are counted, so that
 * the owner can detect when nothing else uses the mm; the waiters are killed
 * then, see `Waiting for a process`_.
 *
 * A window is made by the first service in its range that may wait. The VM
 * holds one reference and each running service another. It is removed when it
 * has no blocks left, when the mirror whose offset it has is replaced, or
 * when the VM is closed: no block can be added to it any more, its notifier is
 * removed, which waits for callbacks, and the VM's reference is dropped.
 *
 * A block is made by the first service in its 2 MiB. It is freed with its
 * window, or by the reaper: a work item that runs a moment after munmap() or
 * exit, and frees blocks in which nothing is mapped and the CPU has no VMA. A
 * service uses its block under the served lock only, so a block whose served
 * lock the reaper holds has no user. If it cannot get that lock, the
 * mmap_lock or the reservation of the VM, it runs again later.
 *
 * The page tables that a block holds are freed when the block is reaped, when a
 * bind takes over its addresses, or with the VM; in each case after a TLB
 * flush, because a TLB may still walk them. A VM that uses tables of 4 KiB
 * entries has a few more in reserve on integrated GPUs: making one in system
 * memory interrupts all CPUs, which must stay off the fault path. The reserve
 * is freed with the last window, or when the VM is closed.
 *
 * The order of closing: the VM's size becomes zero under ``vm->lock``; the root
 * tables are cleared and the address space is flushed; xe_svm_close() kills the
 * stays of the VM, stops the reaper, releases all pages and removes the
 * windows. Page tables are freed with the last queue, whose jobs may walk them
 * until then. A process that exits usually costs two TLB flushes: one as its
 * memory is unmapped, and one as its VM is closed.
 *
 * A DMA mapping lives from the service that made it to the invalidation, the
 * revocation or the close that takes its last page out, and always until the
 * GPU's TLB has acknowledged; if that never happens for one of its pages, for
 * ever.
 *
 * Waiters belong to the module, not to a VM or a device. They are created when
 * work has no thread, and end after ten seconds without work, or when the
 * module is removed.
 */

/**
 * DOC: What one service maps
 *
 * A service maps what the CPU has populated around the fault, and makes the CPU
 * populate the page of the fault if it is absent. Scanning a page costs nearly
 * as much as mapping it, so a service begins with the 64 KiB around the fault,
 * and grows to 128 KiB, 512 KiB and the whole block as long as more than half
 * of what it has scanned is present. Where services of a block keep finding
 * pages that have not faulted, the next one scans more at first. The parameter
 * svm_fault_around_pages limits this. A CPU mapping of 2 MiB describes the whole
 * block at once, and is mapped by one entry if it is aligned for DMA, too; the
 * next service begins with 64 KiB again.
 *
 * Clusters that one service finds complete (in large folios, in huge pages that
 * do not fill their block, in pages that happen to be contiguous) get the 64
 * KiB hint in each of their entries: a TLB then needs one translation for the
 * 16. They stay entries of 4 KiB, and which of them have the hint follows from
 * the extents.
 *
 * An IOMMU places a DMA mapping at a multiple of its size, whatever its
 * physical address. There a run that begins inside a cluster is mapped in two
 * parts, and the second begins with a whole cluster: contiguous pages then get
 * the hint even if their physical addresses have another offset within 64 KiB
 * than their virtual ones.
 *
 * Pages are not populated only because they are near a fault. But a GPU that
 * walks fresh memory in order faults each time right behind the pages that the
 * previous fault populated. Then 4, 16, 64, 256 pages are populated, then a
 * block at a time, limited by the parameter svm_readahead_pages. The first fault
 * elsewhere ends the readahead.
 *
 * An event of the CPU on a part of a block unmaps that part and leaves the rest
 * mapped, with two exceptions. An entry of 2 MiB is only removed whole.
 * Splitting it would gain next to nothing: when the mm changes a part of a huge
 * page it splits its own mapping first, and notifies that as an event on all of
 * the 2 MiB which cannot be distinguished from one that unmaps all the pages.
 * And the zero page is unmapped together with the zero pages next to it: a
 * process that writes memory which the GPU has read writes one page after the
 * other, and one flush serves for all.
 *
 * A cluster that loses some of its pages keeps the others mapped. They lose the
 * hint before the entries of the lost pages are cleared, and the flush is one
 * of 64 KiB, because a TLB may have cached the cluster as one translation::
 *
 *	extent      |--------------------------------------------|
 *	clusters        |===========:===========:===========|
 *	event                          |XXXX|
 *	hint removed                |..|    |...|
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
 * their tables with the BO; the hold keeps them alive when the BO is unbound.
 *
 * A bind that replaces or unmaps a part of a mirror fails with -EBUSY while
 * pages of that part are mapped. Otherwise blocks that lie in that part as a
 * whole release their page tables, because the bind may replace them.
 */

/**
 * DOC: States of a block
 *
 * A block is in one of these states, by what it holds and what is mapped::
 *
 *	             first service                  service
 *	  (none) ------------------> bare ------------------------> mapped
 *	    ^                         ^  ^                         |  ^  |
 *	    | reaped       bind takes |  | bind takes   all pages  |  |  | some
 *	    | from bare     the range |  | the range       revoked |  |  | pages
 *	    | or idle                 |  |                         v  |  | revoked
 *	                              |  +---------------------- idle -+  v
 *	                              |                                 mapped
 *	                              +---- never from here: -EBUSY ------+
 *
 * bare
 *	Known, with no page tables. Left when a service has prepared tables.
 * mapped
 *	Holds page tables and has extents. &xe_svm_block.huge is set if one 2
 *	MiB entry maps all of them, which is possible only at level 1.
 * idle
 *	Holds page tables, nothing is mapped. A service that maps anew may
 *	change the level of the tables here, and only here.
 *
 * A notification, an upgrade of read-only mappings and the end of the VM
 * *revoke* pages: zap, flush, release, under one hold of the window lock. A
 * block is *reaped* after the CPU has unmapped all of its addresses: it is
 * freed with its tables. A mapped block is never reaped. When the VM is closed,
 * the blocks that are left go from mapped to idle, and the window frees them.
 */

static bool svm_enabled = true;

module_param_named(svm, svm_enabled, bool, 0400);
MODULE_PARM_DESC(svm,
		 "Let VMs mirror CPU addresses (shared virtual memory). Tested on an emulated GPU only, never on hardware. [default=true]");

static bool svm_offset;

module_param(svm_offset, bool, 0444);
MODULE_PARM_DESC(svm_offset,
		 "Let mirrors have an offset between GPU and CPU addresses [default=false]");

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

static struct power_param readahead_pages = {
	XE_SVM_BLOCK_PAGES, 1, XE_SVM_BLOCK_PAGES
};

module_param_cb(svm_readahead_pages, &power_ops, &readahead_pages, 0600);
MODULE_PARM_DESC(svm_readahead_pages,
		 "Maximum pages a fault populates if the GPU accesses memory in order, a power of two from 1 (only the faulting page) to 512 [default=512]");

static struct power_param fault_around_pages = {
	XE_SVM_BLOCK_PAGES, 16, XE_SVM_BLOCK_PAGES
};

module_param_cb(svm_fault_around_pages, &power_ops, &fault_around_pages, 0600);
MODULE_PARM_DESC(svm_fault_around_pages,
		 "Maximum pages around a fault that are scanned and mapped together, a power of two from 16 to 512 [default=512]");

/**
 * xe_svm_supported() - Can VMs of this device mirror CPU addresses?
 * @xe: the device
 *
 * A virtual function and execlist submission complete TLB invalidations without
 * doing them, so no page could ever be released safely there. Where DMA may
 * be bounced, CPU and GPU would not see the same memory; the DMA layer then
 * allows small mappings only. The parameter svm turns mirrors off everywhere.
 *
 * Return: true if they can.
 */
bool xe_svm_supported(const struct xe_device *xe)
{
	return svm_enabled && xe->info.has_usm && !xe->info.force_execlist &&
		!IS_SRIOV_VF(xe) &&
		dma_max_mapping_size(xe->drm.dev) >= XE_SVM_BLOCK_SIZE;
}

/**
 * xe_svm_offset_supported() - Can mirrors have an offset?
 * @xe: the device
 *
 * Not part of the ABI of mainline, so the parameter svm_offset has to allow it.
 *
 * Return: true if they can.
 */
bool xe_svm_offset_supported(const struct xe_device *xe)
{
	return svm_offset && xe_svm_supported(xe);
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
 * xe_svm_runs_on() - Send TLB invalidations to a GT from now on
 * @vm: the VM
 * @gt: a GT it is about to have an exec queue on
 *
 * The TLBs of a GT cache nothing of an address space in which none of its
 * engines has run, so a media GT is not involved when compute programs unmap
 * memory.
 *
 * Context: before the GuC of @gt has a context with @vm.
 */
void xe_svm_runs_on(struct xe_vm *vm, const struct xe_gt *gt)
{
	set_bit(gt->info.id, &vm->svm.gts);
	/* Before the first walk; pairs with the barrier in xe_svm_flush() */
	smp_mb__after_atomic();
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
	init_llist_head(&vm->svm.discarded);
	mutex_init(&vm->svm.together);
	xe_svm_attr_init(vm);
	INIT_DELAYED_WORK(&vm->svm.refill, xe_svm_table_refill);
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
	vm->svm.reach_max = xe_svm_policy_reach_max(READ_ONCE(fault_around_pages.value));
	vm->svm.readahead_limit = READ_ONCE(readahead_pages.value);
	vm->svm.pid = task_tgid_nr(current);
	get_task_comm(vm->svm.comm, current->group_leader);

	return 0;
}

/**
 * xe_svm_close() - Unmap everything that the GPU could reach
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
	xe_svm_attr_close(vm);
	xe_vm_lock(vm, false);
	xe_svm_table_free_reserve(vm);
	xe_vm_unlock(vm);
	xe_svm_revoke_all(vm);

	xa_for_each(&vm->svm.windows, index, window) {
		xa_erase(&vm->svm.windows, index);
		xe_svm_notifier_remove(window);
		xe_svm_window_put(window);
	}
	xe_svm_notifier_remove_discarded(vm);
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
 * xe_svm_device_remove() - Release all pages, the device is being unbound
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
		xe_svm_revoke_all(vm);
		xe_vm_put(vm);
		asid++;
	}
}

/**
 * xe_svm_fini() - Free the mirror state of a VM
 * @vm: the VM
 */
void xe_svm_fini(struct xe_vm *vm)
{
	WARN_ON(!xa_empty(&vm->svm.windows));
	WARN_ON(!llist_empty(&vm->svm.discarded));
	xa_destroy(&vm->svm.windows);
	mutex_destroy(&vm->svm.together);
	xe_svm_attr_fini(vm);

	free_percpu(vm->svm.stats);
	vm->svm.stats = NULL;

	if (vm->svm.owner)
		xe_svm_owner_put(vm->svm.owner);
	vm->svm.owner = NULL;
	vm->svm.mm = NULL;
}
