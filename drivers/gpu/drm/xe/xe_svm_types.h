/* SPDX-License-Identifier: MIT */
/*
 * State of a CPU address mirror: what a VM, a window, a block and an extent
 * hold. Pure data; the rules that keep it true are in xe_svm.c ("DOC: Locking"
 * and "DOC: Lifetime").
 */

#ifndef _XE_SVM_TYPES_H_
#define _XE_SVM_TYPES_H_

#include <linux/kref.h>
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
 * is undone when the last extent of the unit goes.
 *
 * The whole clusters of an extent have the 64 KiB hint in their entries, and
 * nothing else has: see xe_svm_policy_clusters(). As extents only shrink and are
 * never merged, nobody has to remember which.
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
	u16 unit_last : 15;
	/** @writable: the GPU may write to the pages */
	u16 writable : 1;
};

/**
 * struct xe_svm_extents - the extents of one block, sorted, disjoint
 *
 * An array, because the common case is one extent, which stands in the block,
 * and because the array can be grown before any lock is taken: removal never
 * allocates.
 */
struct xe_svm_extents {
	/** @at: the extents by ascending @first */
	struct xe_svm_extent *at;
	/** @nr: how many of @at are in use */
	u16 nr;
	/** @cap: how many fit into @at */
	u16 cap;
	/** @pages: how many pages the extents cover together */
	u16 pages;
};

/**
 * struct xe_svm_block - what is mapped in one naturally aligned 2 MiB slot
 *
 * Found by address through its window. Knows nothing of GPU VMAs.
 */
struct xe_svm_block {
	/** @start: GPU and CPU address of the slot; immutable */
	u64 start;
	/**
	 * @pt: the page table that holds the entries of the block, one for each
	 * tile; NULL before the first bind. Held (see xe_pt_hold()) as long as
	 * it stands here. Written under the VM resv and the window lock.
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
	/** @reach: how far the next service looks to begin with; served lock */
	u8 reach;
	/** @stream: where the GPU may be going on; window lock */
	struct xe_svm_stream stream;
	/** @extents: what the GPU can reach; window lock, to add some both */
	struct xe_svm_extents extents;
	/**
	 * @one: where the first extent stands: a block mapped by one 2 MiB entry
	 * needs no array
	 */
	struct xe_svm_extent one;
};

/** XE_SVM_WINDOW_SERVED - how many locks the blocks of a window share */
#define XE_SVM_WINDOW_SERVED	16

/**
 * struct xe_svm_window - one interval notifier over many blocks
 *
 * Entries become visible to the GPU and are zapped under the window lock. The
 * notifier's sequence shows whether events of the CPU are under way, and
 * &xe_svm_block.gen whether collected pages are still those of the process.
 */
struct xe_svm_window {
	/** @notifier: of [start, start + size of the window) in the mirrored mm */
	struct mmu_interval_notifier notifier;
	/** @vm: borrowed: the window is removed from the VM before the VM goes */
	struct xe_vm *vm;
	/** @ref: one for &xe_svm_vm.windows, one for each service under way */
	struct kref ref;
	/** @lock: the window lock; see DOC: Locking */
	struct mutex lock;
	/**
	 * @served: by number of the block, modulo; held by the service of a
	 * block; see DOC: Locking
	 */
	struct mutex served[XE_SVM_WINDOW_SERVED];
	/** @start: first address; immutable */
	u64 start;
	/** @nr_blocks: length of @blocks; immutable */
	u32 nr_blocks;
	/**
	 * @pages: pages mapped in all blocks together; changes under the window
	 * lock, may be read without
	 */
	u64 pages;
	/** @zapped: what is cleared and not yet flushed; window lock */
	struct xe_svm_span zapped;
	/**
	 * @quiet_seq: a sequence of @notifier that mmu_interval_read_begin() has
	 * returned: as long as @notifier has it, no event that it was notified
	 * of is under way
	 */
	unsigned long quiet_seq;
	/** @removed: makes no more blocks, and is not found soon; window lock */
	bool removed;
	/** @unmapped: the CPU unmapped addresses since the reaper last ran */
	bool unmapped;
	/**
	 * @blocks: by (address - @start) / %XE_SVM_BLOCK_SIZE; NULL where the
	 * GPU never came. Changes under the window lock; a block goes only with
	 * its served lock held, too.
	 */
	struct xe_svm_block *blocks[] __counted_by(nr_blocks);
};

/**
 * struct xe_svm_attrs - what user space has advised for addresses of a VM
 */
struct xe_svm_attrs {
	/** @tree: XE_SVM_ATTR_* by number of the page; has its own lock */
	struct maple_tree tree;
	/** @changes: counts changes; under the lock of @tree, read without */
	unsigned long changes;
	/** @notifier: of all addresses, once something was advised */
	struct mmu_interval_notifier notifier;
	/** @watched: @notifier is inserted; protected by @lock */
	bool watched;
	/** @closed: the VM is closed: no notifier any more; protected by @lock */
	bool closed;
	/** @lock: held to insert or remove @notifier */
	struct mutex lock;
};

/**
 * struct xe_svm_vm - the mirror of a VM
 */
struct xe_svm_vm {
	/**
	 * @owner: the process that created the VM, and is mirrored; a reference.
	 * NULL where the VM cannot mirror. Immutable between xe_svm_init() and
	 * xe_svm_fini().
	 */
	struct xe_svm_owner *owner;
	/** @mm: its address space; borrowed from @owner, NULL without one */
	struct mm_struct *mm;
	/** @pid: of that process; tells people who it is; immutable */
	pid_t pid;
	/** @comm: its name when it created the VM; immutable */
	char comm[TASK_COMM_LEN];
	/** @window_shift: log2 of the bytes of a window; immutable */
	u8 window_shift;
	/** @reach_max: how far services look at most; immutable */
	u8 reach_max;
	/** @ahead_limit: most pages populated for one fault; immutable */
	u16 ahead_limit;
	/** @gts: where the VM has or had exec queues, by GT ID; bits are only set */
	unsigned long gts;
	/** @windows: &struct xe_svm_window by address >> @window_shift */
	struct xarray windows;
	/** @reserve: page tables for the next blocks; VM resv */
	struct xe_pt_reserve reserve[XE_MAX_TILES_PER_DEVICE];
	/** @refill: fills @reserve; ends with xe_svm_close() */
	struct delayed_work refill;
	/** @reap: frees what unmapped addresses used; ends likewise */
	struct delayed_work reap;
	/** @attrs: attributes by address */
	struct xe_svm_attrs attrs;
	/** @together: allows to take many window locks; see DOC: Locking */
	struct mutex together;
	/**
	 * @stats: what happened in the mirror; see xe_svm_stats_add(). NULL
	 * where the VM cannot mirror, or nobody could see it.
	 */
	struct xe_gt_stats __percpu *stats;
};

#endif
