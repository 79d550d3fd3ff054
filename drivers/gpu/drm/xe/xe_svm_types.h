/* SPDX-License-Identifier: MIT */
/*
 * State of a CPU address mirror: of VMs, windows, blocks and extents. Pure
 * data; the rules that keep it true are in xe_svm.c ("DOC: Locking" and "DOC:
 * Lifetime").
 */

#ifndef _XE_SVM_TYPES_H_
#define _XE_SVM_TYPES_H_

#include <linux/kref.h>
#include <linux/llist.h>
#include <linux/maple_tree.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "xe_device_types.h"
#include "xe_pt_hold.h"
#include "xe_svm_geometry.h"
#include "xe_svm_policy.h"

struct xe_gt_stats;
struct xe_pt;
struct xe_svm_owner;
struct xe_vm;

/**
 * struct xe_svm_extent - a run of pages of a block that the GPU has mapped
 *
 * The pages [first, last] of the block are physically contiguous and part of
 * one DMA mapping, the *unit* [unit_first, unit_last]. An extent starts out as
 * its whole unit; invalidation of a part shrinks or splits it. The DMA mapping
 * is undone when the last extent of the unit is removed, unless a page of the
 * unit was leaked: then never.
 *
 * The whole clusters of an extent have the 64 KiB hint in their entries, and no
 * other pages have: see xe_svm_policy_clusters(). As extents only shrink and
 * are never merged, the clusters need not be recorded.
 */
struct xe_svm_extent {
	/** @dma: DMA address of the first page of the unit */
	dma_addr_t dma;
	/** @pfn: CPU page frame of the first page of the unit */
	unsigned long pfn;
	/** @first: first page of the extent, as a page of the block */
	u16 first;
	/** @last: last page of the extent (inclusive) */
	u16 last;
	/** @unit_first: first page of the DMA mapping the extent is part of */
	u16 unit_first;
	/** @unit_last: last page of that DMA mapping (inclusive) */
	u16 unit_last : 14;
	/** @kept: a page of the unit was leaked: the DMA mapping stays */
	u16 kept : 1;
	/** @writable: the GPU may write to the pages */
	u16 writable : 1;
};

/**
 * struct xe_svm_extents - the extents of one block, sorted, disjoint
 *
 * An array, because the common case is one extent, which is embedded in the
 * block, and because the array can be grown before any lock is taken: removal
 * never allocates.
 */
struct xe_svm_extents {
	/** @at: the extents by ascending @first */
	struct xe_svm_extent *at;
	/** @nr: number of extents in @at */
	u16 nr;
	/** @cap: capacity of @at */
	u16 cap;
	/** @pages: number of pages that all extents cover */
	u16 pages;
};

/**
 * struct xe_svm_block - mapped pages of one naturally aligned 2 MiB slot
 *
 * Found by address through its window. Independent of GPU VMAs.
 */
struct xe_svm_block {
	/** @start: GPU address of the slot; immutable */
	u64 start;
	/**
	 * @pt: the page table that holds the entries of the block, one for each
	 * tile; NULL before the first bind. Held (see xe_pt_hold()) as long as
	 * it is set here. Written under the VM resv and the window lock.
	 */
	struct xe_pt *pt[XE_MAX_TILES_PER_DEVICE];
	/**
	 * @level: level of @pt: 0 = a table of 4 KiB entries, 1 = the directory
	 * with the one entry of the block. Same protection as @pt.
	 */
	u8 level;
	/** @huge: the block is mapped by one 2 MiB entry; window lock */
	bool huge;
	/**
	 * @gen: changes with each event of the CPU in the block. Written under
	 * the window lock; read without it by the service of the block.
	 */
	u32 gen;
	/** @reach: how far the next service scans at first; served lock */
	u8 reach;
	/** @stream: sequential accesses of the GPU; window lock */
	struct xe_svm_stream stream;
	/** @extents: mapped pages; window lock, to add some served lock, too */
	struct xe_svm_extents extents;
	/**
	 * @one: storage of the first extent: a block mapped by one 2 MiB entry
	 * needs no array
	 */
	struct xe_svm_extent one;
};

/** XE_SVM_WINDOW_SERVED - number of served locks of a window */
#define XE_SVM_WINDOW_SERVED	16

/**
 * struct xe_svm_window - one interval notifier over many blocks
 *
 * Entries become visible to the GPU and are zapped under the window lock. The
 * notifier's sequence shows whether events of the CPU are in progress, and
 * &xe_svm_block.gen whether collected pages are still those of the process.
 */
struct xe_svm_window {
	/**
	 * @notifier: of the CPU addresses that the window mirrors, see
	 * xe_svm_window_cpu_addr()
	 */
	struct mmu_interval_notifier notifier;
	/** @vm: borrowed: the window is removed before the VM is freed */
	struct xe_vm *vm;
	/** @ref: one for &xe_svm_vm.windows, one for each running service */
	struct kref ref;
	/** @lock: the window lock; see DOC: Locking */
	struct mutex lock;
	/**
	 * @served: by number of the block, modulo; held by the service of the
	 * block; see DOC: Locking
	 */
	struct mutex served[XE_SVM_WINDOW_SERVED];
	/** @start: first GPU address; immutable */
	u64 start;
	/**
	 * @offset: from GPU addresses to CPU addresses, a multiple of
	 * %XE_SVM_BLOCK_SIZE, see xe_svm_window_index(); immutable
	 */
	s64 offset;
	/** @nr_blocks: length of @blocks; immutable */
	u32 nr_blocks;
	/**
	 * @pages: number of pages mapped in all blocks; changes under the
	 * window lock, may be read without it
	 */
	u64 pages;
	/**
	 * @zapped: addresses that are zapped and not yet flushed; window lock
	 */
	struct xe_svm_span zapped;
	/**
	 * @quiet_seq: a sequence of @notifier that mmu_interval_read_begin()
	 * has returned: as long as @notifier has it, no event that it was
	 * notified of is in progress
	 */
	unsigned long quiet_seq;
	/**
	 * @removed: gets no more blocks, is about to be erased; window lock. Of
	 * a window with blocks: gets no more pages; &xe_vm.lock, too
	 */
	bool removed;
	/** @unmapped: something to do for the reaper since it last ran */
	bool unmapped;
	/** @discarded: in &xe_svm_vm.discarded */
	struct llist_node discarded;
	/**
	 * @blocks: by (address - @start) / %XE_SVM_BLOCK_SIZE; NULL if the GPU
	 * has not faulted there. Changes under the window lock; a block is
	 * removed only with its served lock held, too.
	 */
	struct xe_svm_block *blocks[] __counted_by(nr_blocks);
};

/**
 * struct xe_svm_attrs - attributes that user space has advised for addresses
 */
struct xe_svm_attrs {
	/** @tree: XE_SVM_ATTR_* by number of the page; has its own lock */
	struct maple_tree tree;
	/**
	 * @old: values that were replaced and are kept to undo that, likewise;
	 * protected by the lock of @tree
	 */
	struct maple_tree old;
	/** @changes: counts changes under the lock of @tree; read without it */
	unsigned long changes;
	/** @notifier: covers all addresses, from the first advice for autoreset on */
	struct mmu_interval_notifier notifier;
	/** @watched: @notifier is inserted; protected by @lock */
	bool watched;
	/**
	 * @closed: the VM is closed: no notifier any more; protected by @lock
	 */
	bool closed;
	/** @lock: held to insert or remove @notifier */
	struct mutex lock;
};

/**
 * struct xe_svm_vm - the mirror of a VM
 */
struct xe_svm_vm {
	/**
	 * @owner: the process that created the VM, and is mirrored; a
	 * reference. NULL where the VM cannot mirror. Immutable between
	 * xe_svm_init() and xe_svm_fini().
	 */
	struct xe_svm_owner *owner;
	/** @mm: its address space; borrowed from @owner, NULL without one */
	struct mm_struct *mm;
	/** @pid: PID of that process, for debugfs; immutable */
	pid_t pid;
	/** @comm: its name when it created the VM; immutable */
	char comm[TASK_COMM_LEN];
	/** @window_shift: log2 of the bytes of a window; immutable */
	u8 window_shift;
	/** @reach_max: how far services scan at most; immutable */
	u8 reach_max;
	/** @readahead_limit: maximum pages populated for one fault; immutable */
	u16 readahead_limit;
	/**
	 * @gts: where the VM has or had exec queues, by GT ID; bits are only
	 * set
	 */
	unsigned long gts;
	/** @windows: &struct xe_svm_window by xe_svm_window_index() */
	struct xarray windows;
	/**
	 * @discarded: windows whose mirror was replaced; the reaper removes
	 * their notifiers
	 */
	struct llist_head discarded;
	/** @reserve: page tables for the next blocks; VM resv */
	struct xe_pt_reserve reserve[XE_MAX_TILES_PER_DEVICE];
	/** @refill: fills @reserve; ends with xe_svm_close() */
	struct delayed_work refill;
	/** @reap: the reaper; ends likewise */
	struct delayed_work reap;
	/** @attrs: attributes by address */
	struct xe_svm_attrs attrs;
	/** @together: held to take several window locks; see DOC: Locking */
	struct mutex together;
	/**
	 * @stats: counters of the mirror; see xe_svm_stats_add(). NULL if the
	 * VM cannot mirror, or there is no debugfs.
	 */
	struct xe_gt_stats __percpu *stats;
};

#endif
