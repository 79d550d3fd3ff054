// SPDX-License-Identifier: MIT
/*
 * Windows: lifetime, lookup, blocks, and the extents and page counts of blocks.
 *
 * Rule: a window is found by address and kept by a reference.
 * xe_svm_window_insert() adds extents to its blocks,
 * xe_svm_window_remove_span() removes them, both under the window lock. Must
 * never happen here: a change of a page-table entry, a call into the mm.
 */

#include "xe_svm_window.h"

#include <linux/slab.h>

#include "xe_svm_block.h"
#include "xe_svm_owner.h"
#include "xe_vm.h"

/**
 * DOC: Mirrors with an offset
 *
 * With the parameter svm_offset a mirror may have an *offset*: GPU address A
 * refers to CPU address A + offset. The VMA has the CPU address of its first byte,
 * as that of a userptr has, so the offset stays when binds split it. Offsets
 * are multiples of 2 MiB: a block of the GPU is a block of the CPU.
 *
 * Faults, binds, windows, blocks, page tables, attributes and tracepoints have
 * GPU addresses. The mm has CPU addresses, and so have &struct xe_svm_request
 * and &xe_svm_pages.block_start, which the service makes for it. The notifier,
 * the reaper, the readahead and the prefetch convert where they meet the mm.
 *
 * A window with an offset is one block, and lies behind all windows without in
 * &xe_svm_vm.windows. So each window has one offset, and its CPU addresses are
 * those of the process, as those of the mirror are::
 *
 *	VMAs     |<-- offset x -->|<- y ->|<- no offset ->|<- y ->|
 *	windows  |   x   |   x    |   y   |               |   y   |
 *	         |............. no offset, made by faults there ............|
 *
 * A bind may leave parts of a block to one mirror with an offset and parts to
 * mirrors without: then two blocks have the same addresses, and each holds the
 * table of 4 KiB entries that they share. Different pages of it belong to them.
 *
 * When another mirror, or something else, is bound over all of a window with an
 * offset, no page of it is mapped any more. The bind, which has ``vm->lock`` for
 * write, releases the tables and *discards* the window: it is erased and marked
 * as removed, and the reaper removes its notifier. A service that still uses it
 * starts over, because it checks the mark with ``vm->lock`` held before it
 * prepares tables. A new window becomes visible only if its mirror is bound,
 * also checked with the lock held. So a lookup that follows a lookup of the
 * mirror finds no window of another offset.
 */

/**
 * xe_svm_window_end() - First address behind a window
 * @window: the window
 *
 * Return: the address.
 */
u64 xe_svm_window_end(const struct xe_svm_window *window)
{
	return window->start + (u64)window->nr_blocks * XE_SVM_BLOCK_SIZE;
}

/**
 * xe_svm_window_index() - The index of an address in &xe_svm_vm.windows
 * @vm: the VM
 * @addr: the address
 * @offset: offset of the mirror
 *
 * Windows with an offset are one block each, so that each lies in one mirror:
 * offsets are multiples of blocks. Their indices are behind those of all
 * windows without, as if their addresses were.
 *
 * Return: the index.
 */
unsigned long xe_svm_window_index(const struct xe_vm *vm, u64 addr, s64 offset)
{
	if (!offset)
		return addr >> vm->svm.window_shift;

	return (BIT_ULL(vm->xe->info.va_bits) + addr) >> XE_SVM_BLOCK_SHIFT;
}

static unsigned long window_index(const struct xe_svm_window *window)
{
	return xe_svm_window_index(window->vm, window->start, window->offset);
}

/**
 * xe_svm_window_slot() - The slot of an address in &xe_svm_window.blocks
 * @window: the window of the address
 * @addr: the address
 *
 * Return: the index.
 */
u32 xe_svm_window_slot(const struct xe_svm_window *window, u64 addr)
{
	return (addr - window->start) >> XE_SVM_BLOCK_SHIFT;
}

/**
 * xe_svm_window_create() - Create a window for an address
 * @vm: the VM
 * @addr: the address
 * @offset: offset of the mirror there
 *
 * Return: the window, with a reference, hidden from lookups until
 * xe_svm_window_publish(); or NULL if memory is missing.
 */
struct xe_svm_window *xe_svm_window_create(struct xe_vm *vm, u64 addr,
					   s64 offset)
{
	u64 size = offset ? XE_SVM_BLOCK_SIZE : 1ull << vm->svm.window_shift;
	u32 nr_blocks = size >> XE_SVM_BLOCK_SHIFT;
	struct xe_svm_window *window;
	unsigned int i;

	window = kvzalloc(struct_size(window, blocks, nr_blocks),
			  GFP_KERNEL_ACCOUNT);
	if (!window)
		return NULL;

	window->nr_blocks = nr_blocks;
	window->vm = vm;
	window->start = ALIGN_DOWN(addr, size);
	window->offset = offset;
	kref_init(&window->ref);
	mutex_init(&window->lock);
	for (i = 0; i < XE_SVM_WINDOW_SERVED; i++)
		mutex_init(&window->served[i]);

	return window;
}

static void window_free(struct kref *ref)
{
	struct xe_svm_window *window = container_of(ref, typeof(*window), ref);
	u32 slot;

	WARN_ON_ONCE(window->pages);
	for (slot = 0; slot < window->nr_blocks; slot++)
		xe_svm_block_destroy(window->blocks[slot]);
	for (slot = 0; slot < XE_SVM_WINDOW_SERVED; slot++)
		mutex_destroy(&window->served[slot]);
	mutex_destroy(&window->lock);
	kvfree(window);
}

/**
 * xe_svm_window_put() - Drop a reference of a window
 * @window: the window
 */
void xe_svm_window_put(struct xe_svm_window *window)
{
	kref_put(&window->ref, window_free);
}

/* A bind may have replaced the mirror, and discarded its windows. */
static bool is_mirrored(const struct xe_svm_window *window, u64 addr)
{
	struct xe_vma *vma = xe_vm_find_overlapping_vma(window->vm, addr, SZ_4K);

	return vma && xe_vma_is_cpu_addr_mirror(vma) &&
		xe_vma_mirror_offset(vma) == window->offset;
}

static int window_publish_locked(struct xe_svm_window *window, u64 addr)
{
	struct xe_vm *vm = window->vm;
	void *old;

	lockdep_assert_held(&vm->lock);

	if (xe_vm_is_closed(vm))
		return -ENOENT;
	if (window->offset && !is_mirrored(window, addr))
		return -ESTALE;

	/* The reaper may drop it as soon as the window is visible */
	kref_get(&window->ref);
	old = xa_cmpxchg(&vm->svm.windows, window_index(window), NULL, window,
			 GFP_KERNEL);
	if (old)
		xe_svm_window_put(window);

	return xa_is_err(old) ? xa_err(old) : old ? -EAGAIN : 0;
}

/**
 * xe_svm_window_publish() - Make a new window visible to lookups
 * @window: the window, with its notifier inserted
 * @addr: the address it was made for
 *
 * Return: 0, and the VM has a reference of its own; -EAGAIN if another window
 * was published first; -ESTALE if the address has no mirror with the offset any
 * more; -ENOENT if the VM is closed; -ENOMEM; -EINTR if the caller was killed
 * while a bind held the lock of the VM.
 */
int xe_svm_window_publish(struct xe_svm_window *window, u64 addr)
{
	struct xe_vm *vm = window->vm;
	int err;

	err = down_read_killable(&vm->lock);
	if (err)
		return err;

	err = window_publish_locked(window, addr);
	up_read(&vm->lock);

	return err;
}

static bool window_retire_locked(struct xe_svm_window *window)
{
	u32 slot;

	lockdep_assert_held(&window->lock);

	/* Discarded */
	if (window->removed)
		return false;
	for (slot = 0; slot < window->nr_blocks; slot++)
		if (window->blocks[slot])
			return false;

	WRITE_ONCE(window->removed, true);

	return true;
}

/**
 * xe_svm_window_retire() - Hide a window without blocks from lookups
 * @window: the window of a VM that is locked for read: binds, which lock it for
 * write, use windows without references
 *
 * Return: true if it had no blocks; the caller then owns the reference of the
 * VM.
 */
bool xe_svm_window_retire(struct xe_svm_window *window)
{
	struct xe_vm *vm = window->vm;

	lockdep_assert_held(&vm->lock);
	guard(mutex)(&window->lock);

	if (!window_retire_locked(window))
		return false;
	xa_erase(&vm->svm.windows, window_index(window));

	return true;
}

/**
 * xe_svm_window_discard() - Hide a window with an offset, its mirror is replaced
 * @window: the window, in a VM that is locked for write; its blocks have no
 * pages mapped and no page tables
 *
 * Blocks stay with the window, as services may use them, but nothing is mapped
 * in them any more. The reaper owns the reference of the VM: to remove the
 * notifier here would wait for events of the CPU.
 */
void xe_svm_window_discard(struct xe_svm_window *window)
{
	struct xe_vm *vm = window->vm;

	lockdep_assert_held_write(&vm->lock);

	scoped_guard(mutex, &window->lock) {
		WARN_ON_ONCE(window->pages);
		WRITE_ONCE(window->removed, true);
	}
	xa_erase(&vm->svm.windows, window_index(window));
	llist_add(&window->discarded, &vm->svm.discarded);
}

/**
 * xe_svm_window_find() - Find the window of an address
 * @vm: the VM
 * @addr: the address
 * @offset: offset of the mirror there
 *
 * Return: the window with a reference, or NULL.
 */
struct xe_svm_window *xe_svm_window_find(struct xe_vm *vm, u64 addr, s64 offset)
{
	struct xe_svm_window *window;

	/* xe_svm_close() erases before it puts. */
	xa_lock(&vm->svm.windows);
	window = xa_load(&vm->svm.windows, xe_svm_window_index(vm, addr, offset));
	if (window && window->offset != offset)
		window = NULL;
	if (window)
		kref_get(&window->ref);
	xa_unlock(&vm->svm.windows);

	return window;
}

/**
 * xe_svm_window_next_in() - Find the next window of a span, whatever its offset
 * @vm: the VM, locked for write
 * @span: the addresses
 * @index: where to begin; on return, the one of the window
 *
 * Return: the window, which stays as long as the VM is locked, or NULL.
 */
struct xe_svm_window *xe_svm_window_next_in(struct xe_vm *vm,
					    const struct xe_svm_span *span,
					    unsigned long *index)
{
	unsigned long last = xe_svm_window_index(vm, span->end - 1, 0);
	struct xe_svm_window *window;

	lockdep_assert_held_write(&vm->lock);

	if (*index <= last) {
		window = xa_find(&vm->svm.windows, index, last, XA_PRESENT);
		if (window)
			return window;
	}

	*index = max(*index, xe_svm_window_index(vm, span->start, SZ_2M));
	last = xe_svm_window_index(vm, span->end - 1, SZ_2M);

	return xa_find(&vm->svm.windows, index, last, XA_PRESENT);
}

/**
 * xe_svm_window_next() - Find the next window of a range
 * @vm: the VM
 * @index: number of the window to begin with; set to the number behind the one
 * found
 * @last: number of the last window (inclusive)
 *
 * Return: the window with a reference, or NULL.
 */
struct xe_svm_window *xe_svm_window_next(struct xe_vm *vm, unsigned long *index,
					 unsigned long last)
{
	struct xe_svm_window *window;

	/* xe_svm_close() erases before it puts. */
	xa_lock(&vm->svm.windows);
	window = xa_find(&vm->svm.windows, index, last, XA_PRESENT);
	if (window)
		kref_get(&window->ref);
	xa_unlock(&vm->svm.windows);
	++*index;

	return window;
}

/**
 * xe_svm_window_lock() - Lock a window
 * @window: the window
 * @may_wait: whether to wait for others that have it locked
 *
 * Return: true if it is locked.
 */
bool xe_svm_window_lock(struct xe_svm_window *window, bool may_wait)
{
	if (!may_wait)
		return mutex_trylock(&window->lock);

	mutex_lock(&window->lock);

	return true;
}

/**
 * xe_svm_window_served() - The served lock of an address
 * @window: the window of the address
 * @addr: the address
 *
 * Return: the lock that excludes other services of the same block.
 */
struct mutex *xe_svm_window_served(struct xe_svm_window *window, u64 addr)
{
	return &window->served[(addr >> XE_SVM_BLOCK_SHIFT) %
			       XE_SVM_WINDOW_SERVED];
}

/**
 * xe_svm_window_find_block() - Find the block of an address
 * @window: the window of the address, locked, or the address's served lock held
 * @addr: the address
 *
 * Return: the block or NULL; it stays as long as the caller holds its lock.
 */
struct xe_svm_block *xe_svm_window_find_block(struct xe_svm_window *window,
					      u64 addr)
{
	u32 slot = xe_svm_window_slot(window, addr);

	/* Pairs with the release in block_publish() */
	return smp_load_acquire(&window->blocks[slot]);
}

static int block_publish(struct xe_svm_window *window,
			 struct xe_svm_block *block, bool may_wait)
{
	u32 slot = xe_svm_window_slot(window, block->start);
	int err = 0;

	if (!xe_svm_window_lock(window, may_wait))
		return -EINPROGRESS;

	if (window->removed)
		err = -EAGAIN;
	else
		/* Pairs with the acquire in xe_svm_window_find_block() */
		smp_store_release(&window->blocks[slot], block);
	mutex_unlock(&window->lock);

	return err;
}

/**
 * xe_svm_window_block() - Find or make the block of an address
 * @window: the window of the address
 * @addr: the address, its served lock held
 * @may_wait: whether to wait for memory and for the window lock
 *
 * Return: the block, which stays while the served lock is held, or an error
 * pointer: -ENOMEM; -EINPROGRESS if the caller would have to wait; -EAGAIN if
 * the window was removed.
 */
struct xe_svm_block *xe_svm_window_block(struct xe_svm_window *window, u64 addr,
					 bool may_wait)
{
	struct xe_svm_owner *owner = window->vm->svm.owner;
	struct xe_svm_block *block;
	int err;

	lockdep_assert_held(xe_svm_window_served(window, addr));

	block = xe_svm_window_find_block(window, addr);
	if (block)
		return block;

	block = may_wait ? kzalloc(sizeof(*block), GFP_KERNEL_ACCOUNT) :
		xe_svm_owner_alloc_nowait(owner, sizeof(*block));
	if (!block)
		return ERR_PTR(may_wait ? -ENOMEM : -EINPROGRESS);

	xe_svm_block_init(block, ALIGN_DOWN(addr, XE_SVM_BLOCK_SIZE));
	err = block_publish(window, block, may_wait);
	if (err) {
		xe_svm_block_destroy(block);
		return ERR_PTR(err);
	}

	return block;
}

/**
 * xe_svm_window_clamp() - Narrow a span to a window
 * @window: the window
 * @span: the addresses
 *
 * Return: the addresses inside the window; possibly none.
 */
struct xe_svm_span xe_svm_window_clamp(const struct xe_svm_window *window,
				       const struct xe_svm_span *span)
{
	return (struct xe_svm_span) {
		.start = max(span->start, window->start),
		.end = min(span->end, xe_svm_window_end(window)),
	};
}

/**
 * xe_svm_window_next_mapped() - Find the next block that has pages mapped in a span
 * @window: the window, locked
 * @span: the addresses, inside the window
 * @slot: where to begin; set to the slot behind the block that was found
 *
 * Return: the block, or NULL if there are no more.
 */
struct xe_svm_block *xe_svm_window_next_mapped(struct xe_svm_window *window,
					       const struct xe_svm_span *span,
					       u32 *slot)
{
	u32 end = DIV_ROUND_UP_ULL(span->end - window->start,
				   XE_SVM_BLOCK_SIZE);

	lockdep_assert_held(&window->lock);

	if (xe_svm_span_is_empty(span))
		return NULL;

	while (*slot < end) {
		struct xe_svm_block *block = window->blocks[(*slot)++];
		u16 first, last;

		if (!block || !block->extents.nr)
			continue;

		xe_svm_block_clamp(block, span, &first, &last);
		if (xe_svm_extents_any(&block->extents, first, last))
			return block;
	}

	return NULL;
}

/**
 * xe_svm_window_mapped_locked() - Are pages of a span mapped?
 * @window: the window, locked
 * @span: the addresses, inside the window
 *
 * Return: true if at least one page of the span is mapped.
 */
bool xe_svm_window_mapped_locked(struct xe_svm_window *window,
				 const struct xe_svm_span *span)
{
	u32 slot = xe_svm_window_slot(window, span->start);

	lockdep_assert_held(&window->lock);

	return window->pages &&
		xe_svm_window_next_mapped(window, span, &slot);
}

/**
 * xe_svm_window_mapped() - Are pages of a span mapped?
 * @window: the window
 * @span: the addresses; those outside the window are ignored
 *
 * Return: true if at least one page of the span is mapped.
 */
bool xe_svm_window_mapped(struct xe_svm_window *window,
			  const struct xe_svm_span *span)
{
	struct xe_svm_span inside = xe_svm_window_clamp(window, span);

	guard(mutex)(&window->lock);

	return xe_svm_window_mapped_locked(window, &inside);
}

/* Read without the lock, to decide whether to take it */
static void count_pages(struct xe_svm_window *window, s32 pages)
{
	lockdep_assert_held(&window->lock);

	WRITE_ONCE(window->pages, window->pages + pages);
}

/**
 * xe_svm_window_insert() - Add extents to a block
 * @window: the window, locked
 * @block: a block of it, with its served lock held and room for the extents
 * @runs: the extents, which overlap none of the block's
 * @nr: number of extents
 *
 * Return: number of pages that they cover.
 */
u16 xe_svm_window_insert(struct xe_svm_window *window, struct xe_svm_block *block,
			 const struct xe_svm_extent *runs, u16 nr)
{
	u16 pages = xe_svm_extents_insert(&block->extents, runs, nr);

	count_pages(window, pages);

	return pages;
}

/**
 * xe_svm_window_keep_span() - Keep the DMA mappings of a span for ever
 * @window: the window, locked
 * @span: the addresses, inside the window; their pages are about to be leaked
 */
void xe_svm_window_keep_span(struct xe_svm_window *window,
			     const struct xe_svm_span *span)
{
	struct xe_svm_block *block;
	u16 first, last;
	u32 slot;

	xe_svm_window_for_each_mapped(block, slot, window, span) {
		xe_svm_block_clamp(block, span, &first, &last);
		xe_svm_extents_keep(&block->extents, first, last);
	}
}

/* struct removal - context of a removal */
struct removal {
	struct xe_svm_window *window;
	xe_svm_release_fn fn;
};

static void piece_remove(const struct xe_svm_piece *piece, void *arg)
{
	const struct removal *removal = arg;

	removal->fn(removal->window->vm, piece);
	/* Last: without pages, a window is not waited for */
	count_pages(removal->window, -(s32)xe_svm_extent_pages(&piece->extent));
}

/**
 * xe_svm_window_remove_span() - Remove the extents of a span from its blocks
 * @window: the window, locked
 * @span: the addresses, inside the window; the GPU can not reach their pages
 * any more
 * @fn: called with each piece that is removed
 *
 * Context: possibly in reclaim. Allocates nothing.
 */
void xe_svm_window_remove_span(struct xe_svm_window *window,
			       const struct xe_svm_span *span,
			       xe_svm_release_fn fn)
{
	struct removal removal = { .window = window, .fn = fn };
	struct xe_svm_block *block;
	u16 first, last;
	u32 slot;

	xe_svm_window_for_each_mapped(block, slot, window, span) {
		xe_svm_block_clamp(block, span, &first, &last);
		xe_svm_extents_remove(&block->extents, first, last, piece_remove,
				      &removal);
	}
}
