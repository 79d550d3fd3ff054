// SPDX-License-Identifier: GPL-2.0
/*
 * Changes of the process' memory, while GPU jobs are in flight or not.
 *
 * Pages that a job in flight depends on are left alone, or changed only in ways
 * that keep contents and permissions: paged out, collapsed, copied by a fork. Their
 * neighbours in the same page table may change.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/advice.h"
#include "../lib/pressure.h"
#include "fuzz.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

#define PLACES_TRIED	8
#define RECLAIM_BYTES	(4UL << 20)

struct span {
	unsigned int first, n;
};

/* Other changes bind and unbind BOs, always as a whole. */
static bool is_idle_memory(const struct page *page, const struct cell *cell)
{
	return cell->owner == IDLE && page->kind != OBJECT;
}

static bool is_idle_mapped(const struct page *page, const struct cell *cell)
{
	return is_idle_memory(page, cell) && page->kind != NOTHING;
}

static bool is_idle_anonymous(const struct page *page, const struct cell *cell)
{
	return cell->owner == IDLE && page->kind == ANONYMOUS;
}

static bool is_idle_writable_shared(const struct page *page, const struct cell *cell)
{
	return cell->owner == IDLE && page->kind == SHARED && page->rights == WRITES;
}

static bool is_mapped(const struct page *page, const struct cell *cell)
{
	return page->kind != NOTHING && page->kind != OBJECT;
}

/* One page, a few, a whole block: sizes that matter for page tables. */
static struct span some_span(struct fuzz *fuzz)
{
	static const unsigned int sizes[] = { 1, 1, 4, 16, 64, 200, 512 };
	struct span span = { .n = sizes[fuzz_below(fuzz, 7)] };

	if (span.n == 512)
		span.first = fuzz_below(fuzz, ARENA_BLOCKS) * 512;
	else
		span.first = fuzz_below(fuzz, ARENA_PAGES - span.n + 1);
	return span;
}

static bool find_span(struct fuzz *fuzz, struct span *span,
		      bool (*is)(const struct page *page, const struct cell *cell))
{
	unsigned int i;

	for (i = 0; i < PLACES_TRIED; i++) {
		*span = some_span(fuzz);
		if (arena_all(&fuzz->arena, span->first, span->n, is))
			return true;
	}
	return false;
}

static int failed(struct fuzz *fuzz, const char *call)
{
	return fuzz_mismatch(fuzz, "%s: errno %d", call, errno);
}

/* Shared pages keep their cells when mapped elsewhere: none may be in use. */
static bool offsets_idle(struct fuzz *fuzz, unsigned int offset, unsigned int n)
{
	while (n--)
		if (fuzz->arena.shared[offset + n].owner != IDLE)
			return false;
	return true;
}

static int map(struct fuzz *fuzz)
{
	static const enum kind kinds[] = { ANONYMOUS, ANONYMOUS, SHARED, PRIVATE_FILE };
	enum kind kind = kinds[fuzz_below(fuzz, 4)];
	int flags = MAP_FIXED, fd = -1;
	unsigned int offset;
	struct span span;

	if (!find_span(fuzz, &span, is_idle_memory))
		return 0;
	offset = kind == ANONYMOUS ? 0 : fuzz_below(fuzz, ARENA_PAGES - span.n + 1);
	if (kind == SHARED && !offsets_idle(fuzz, offset, span.n))
		return 0;
	flags |= kind == SHARED ? MAP_SHARED : MAP_PRIVATE;
	if (kind == ANONYMOUS)
		flags |= MAP_ANONYMOUS;
	else
		fd = kind == SHARED ? fuzz->arena.shared_fd : fuzz->arena.file_fd;
	fuzz_note(fuzz, "mmap %u+%u kind %d offset %u", span.first, span.n, kind, offset);
	if (mmap(arena_address(span.first), span.n * SZ_4K, PROT_READ | PROT_WRITE, flags, fd,
		 offset * SZ_4K) == MAP_FAILED)
		return failed(fuzz, "mmap");
	arena_mapped(&fuzz->arena, span.first, span.n, kind, WRITES, offset);
	return 0;
}

static int unmap(struct fuzz *fuzz)
{
	struct span span;

	if (!find_span(fuzz, &span, is_idle_memory))
		return 0;
	fuzz_note(fuzz, "munmap %u+%u", span.first, span.n);
	if (munmap(arena_address(span.first), span.n * SZ_4K))
		return failed(fuzz, "munmap");
	arena_unmapped(&fuzz->arena, span.first, span.n);
	return 0;
}

/* The target is unmapped first: if the move fails then, nothing else has happened. */
static int move(struct fuzz *fuzz)
{
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED;
	struct span from, to;
	bool stays;
	void *p;

	if (!find_span(fuzz, &from, is_idle_mapped))
		return 0;
	to.n = from.n;
	to.first = fuzz_below(fuzz, ARENA_PAGES - to.n + 1);
	if ((to.first < from.first + from.n && from.first < to.first + to.n) ||
	    !arena_all(&fuzz->arena, to.first, to.n, is_idle_memory))
		return 0;
	stays = !fuzz_below(fuzz, 3);
	if (stays)
		flags |= MREMAP_DONTUNMAP;
	fuzz_note(fuzz, "mremap %u+%u to %u%s", from.first, from.n, to.first,
		  stays ? ", old stays" : "");
	if (munmap(arena_address(to.first), to.n * SZ_4K))
		return failed(fuzz, "munmap");
	arena_unmapped(&fuzz->arena, to.first, to.n);
	p = mremap(arena_address(from.first), from.n * SZ_4K, to.n * SZ_4K, flags,
		   arena_address(to.first));
	/* Several mappings are not moved at once. */
	if (p == MAP_FAILED)
		return errno == EFAULT || errno == EINVAL ? 0 : failed(fuzz, "mremap");
	arena_moved(&fuzz->arena, from.first, to.first, to.n, stays);
	return 0;
}

static int protect(struct fuzz *fuzz)
{
	static const int prot[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE };
	enum rights rights = fuzz_below(fuzz, 2) ? WRITES : fuzz_below(fuzz, 3);
	struct span span;

	if (!find_span(fuzz, &span, is_idle_mapped))
		return 0;
	fuzz_note(fuzz, "mprotect %u+%u rights %d", span.first, span.n, rights);
	if (mprotect(arena_address(span.first), span.n * SZ_4K, prot[rights]))
		return failed(fuzz, "mprotect");
	arena_protected(&fuzz->arena, span.first, span.n, rights);
	return 0;
}

/* The kernel skips holes, and then returns -ENOMEM. */
static int give_back(struct fuzz *fuzz)
{
	struct span span;

	if (!find_span(fuzz, &span, is_idle_memory))
		return 0;
	fuzz_note(fuzz, "MADV_DONTNEED %u+%u", span.first, span.n);
	if (madvise(arena_address(span.first), span.n * SZ_4K, MADV_DONTNEED) && errno != ENOMEM)
		return failed(fuzz, "MADV_DONTNEED");
	arena_given_back(&fuzz->arena, span.first, span.n);
	return 0;
}

static int free_lazily(struct fuzz *fuzz)
{
	struct span span;
	unsigned int i, word;

	if (!find_span(fuzz, &span, is_idle_anonymous))
		return 0;
	fuzz_note(fuzz, "MADV_FREE %u+%u", span.first, span.n);
	if (madvise(arena_address(span.first), span.n * SZ_4K, MADV_FREE))
		return failed(fuzz, "MADV_FREE");
	for (i = span.first; i < span.first + span.n; i++)
		for (word = 0; word < PAGE_WORDS; word++)
			fuzz->arena.page[i].own.maybe_zero[word] = true;
	return 0;
}

static int punch(struct fuzz *fuzz)
{
	struct cell *cell;
	struct span span;
	unsigned int i, word;

	if (!find_span(fuzz, &span, is_idle_writable_shared))
		return 0;
	fuzz_note(fuzz, "MADV_REMOVE %u+%u", span.first, span.n);
	if (madvise(arena_address(span.first), span.n * SZ_4K, MADV_REMOVE))
		return failed(fuzz, "MADV_REMOVE");
	for (i = span.first; i < span.first + span.n; i++) {
		cell = arena_cell(&fuzz->arena, i);
		for (word = 0; word < PAGE_WORDS; word++)
			cell_write(cell, word, 0);
	}
	return 0;
}

#define NUM_ADVICES	10

/* Keeps contents and rights, so jobs in flight are no reason to wait. */
static int advise_cpu(struct fuzz *fuzz)
{
	static const int advices[NUM_ADVICES] = {
		MADV_COLD, MADV_PAGEOUT, MADV_PAGEOUT, MADV_HUGEPAGE, MADV_NOHUGEPAGE,
		MADV_COLLAPSE, MADV_COLLAPSE, MADV_WILLNEED, MADV_MERGEABLE, MADV_UNMERGEABLE,
	};
	int advice = advices[fuzz_below(fuzz, NUM_ADVICES)];
	struct span span;

	if (!find_span(fuzz, &span, is_mapped))
		return 0;
	fuzz_note(fuzz, "madvise %d %u+%u", advice, span.first, span.n);
	/* May be refused for many reasons. */
	madvise(arena_address(span.first), span.n * SZ_4K, advice);
	return 0;
}

static bool is_no_object(const struct page *page, const struct cell *cell)
{
	return page->kind != OBJECT;
}

/* Maps present pages and populates absent ones: contents and permissions stay. */
static int prefetch(struct fuzz *fuzz)
{
	struct span span;
	int err;

	if (!find_span(fuzz, &span, is_no_object))
		return 0;
	fuzz_note(fuzz, "GPU maps %u+%u ahead", span.first, span.n);
	err = gpu_prefetch(&fuzz->gpu, arena_address(span.first), span.n * SZ_4K);
	if (err)
		return fuzz_mismatch(fuzz, "mapping ahead: %d", err);
	return 0;
}

/* Entries get other bits, and are zapped and written again, with jobs in flight. */
static int advise_gpu(struct fuzz *fuzz)
{
	unsigned int choice = fuzz_below(fuzz, 3);
	struct span span;
	void *addr;
	int err;

	if (!find_span(fuzz, &span, is_no_object))
		return 0;
	addr = arena_address(span.first);
	fuzz_note(fuzz, "advice %u %u+%u", choice, span.first, span.n);
	if (choice == 0)
		err = advise_pat(&fuzz->gpu, addr, span.n * SZ_4K, 1 + fuzz_below(fuzz, 2));
	else if (choice == 1)
		err = advise_atomic(&fuzz->gpu, addr, span.n * SZ_4K, fuzz_below(fuzz, 3));
	else
		err = advise_location(&fuzz->gpu, addr, span.n * SZ_4K, -1, fuzz_below(fuzz, 2));
	if (err)
		return fuzz_mismatch(fuzz, "advice: %d", err);
	return 0;
}

static int reclaim(struct fuzz *fuzz)
{
	if (fuzz_below(fuzz, 8))
		return advise_cpu(fuzz);
	fuzz_note(fuzz, "reclaim");
	pressure_group_reclaim(RECLAIM_BYTES);
	return 0;
}

/* In the child: does private memory have its content from the time of the fork? */
static int look_back(struct fuzz *fuzz)
{
	unsigned int i, word;

	for (i = 0; i < ARENA_PAGES; i++) {
		struct page *page = &fuzz->arena.page[i];

		if ((page->kind != ANONYMOUS && page->kind != PRIVATE_FILE) ||
		    page->rights < READS || page->own.owner != IDLE)
			continue;
		if (arena_check(&fuzz->arena, i, &word))
			return fuzz_mismatch(fuzz, "child reads page %u word %u: 0x%x, not 0x%x", i,
					     word, *arena_word(i, word), page->own.word[word]);
	}
	return 0;
}

/* Some write all over their memory first, which must not show here. */
static void child_main(struct fuzz *fuzz, int hold, bool scribbles)
{
	unsigned int i;
	char token;

	alarm(100);
	if (read(hold, &token, 1) || look_back(fuzz))
		_exit(1);
	for (i = 0; scribbles && i < ARENA_PAGES; i++) {
		enum kind kind = fuzz->arena.page[i].kind;

		if (fuzz->arena.page[i].rights == WRITES &&
		    (kind == ANONYMOUS || kind == PRIVATE_FILE))
			*arena_word(i, 0) = 0xc41d0000;
	}
	_exit(0);
}

static int end_child(struct fuzz *fuzz, unsigned int slot)
{
	int status = -1;

	close(fuzz->child[slot].hold);
	if (waitpid(fuzz->child[slot].pid, &status, 0) != fuzz->child[slot].pid || status)
		return fuzz_mismatch(fuzz, "child ended with status 0x%x", status);
	fuzz->child[slot].pid = 0;
	return 0;
}

int changes_end_children(struct fuzz *fuzz)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < MAX_CHILDREN; i++)
		if (fuzz->child[i].pid)
			err = end_child(fuzz, i);
	return err;
}

static int fork_or_end(struct fuzz *fuzz)
{
	unsigned int i, slot = fuzz_below(fuzz, MAX_CHILDREN);
	bool scribbles = fuzz_below(fuzz, 2);
	int ends[2];
	pid_t pid;

	if (fuzz->child[slot].pid) {
		fuzz_note(fuzz, "child %u ends", slot);
		return end_child(fuzz, slot);
	}
	fuzz_note(fuzz, "fork, child %u%s", slot, scribbles ? ", scribbles" : "");
	if (pipe(ends))
		return failed(fuzz, "pipe");
	pid = fork();
	if (pid < 0)
		return failed(fuzz, "fork");
	if (!pid) {
		close(ends[1]);
		for (i = 0; i < MAX_CHILDREN; i++)
			if (fuzz->child[i].pid)
				close(fuzz->child[i].hold);
		child_main(fuzz, ends[0], scribbles);
	}
	close(ends[0]);
	fuzz->child[slot].pid = pid;
	fuzz->child[slot].hold = ends[1];
	return 0;
}

/* A buffer object takes the place of memory, or gives it back to the mirror. */
static int object_comes(struct fuzz *fuzz)
{
	struct drm_xe_vm_bind_op op;
	struct span span;
	uint32_t bo;
	int err;

	if (!find_span(fuzz, &span, is_idle_memory))
		return 0;
	fuzz_note(fuzz, "BO to %u+%u", span.first, span.n);
	if (mmap(arena_address(span.first), span.n * SZ_4K, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
		return failed(fuzz, "mmap for a BO");
	err = gpu_bo_create(&fuzz->gpu, span.n * SZ_4K, &bo);
	if (err)
		return fuzz_mismatch(fuzz, "BO: %d", err);
	op = gpu_op_bo(bo, (uintptr_t)arena_address(span.first), span.n * SZ_4K);
	err = gpu_bind_ops(&fuzz->gpu, &op, 1);
	if (!err)
		err = gpu_bo_map_cpu(&fuzz->gpu, bo, arena_address(span.first), span.n * SZ_4K);
	if (err)
		return fuzz_mismatch(fuzz, "bind of a BO: %d", err);
	gpu_bo_destroy(&fuzz->gpu, bo);
	arena_mapped(&fuzz->arena, span.first, span.n, OBJECT, WRITES, 0);
	fuzz->num_objects++;
	return 0;
}

static bool is_idle_object(const struct page *page, const struct cell *cell)
{
	return cell->owner == IDLE && page->kind == OBJECT;
}

/* Whatever objects lie in a row go at once. */
static int object_goes(struct fuzz *fuzz)
{
	unsigned int first = fuzz_below(fuzz, ARENA_PAGES), i, n;
	int err;

	for (i = 0; i < ARENA_PAGES; i++)
		if (is_idle_object(&fuzz->arena.page[(first + i) % ARENA_PAGES],
				   arena_cell(&fuzz->arena, (first + i) % ARENA_PAGES)))
			break;
	if (i == ARENA_PAGES)
		return 0;
	first = (first + i) % ARENA_PAGES;
	for (n = 1; first + n < ARENA_PAGES; n++)
		if (!is_idle_object(&fuzz->arena.page[first + n],
				    arena_cell(&fuzz->arena, first + n)))
			break;
	fuzz_note(fuzz, "mirror back to %u+%u", first, n);
	if (munmap(arena_address(first), n * SZ_4K))
		return failed(fuzz, "munmap of a BO");
	err = gpu_bind_mirror(&fuzz->gpu, (uintptr_t)arena_address(first), n * SZ_4K, 0);
	if (err)
		return fuzz_mismatch(fuzz, "bind of the mirror: %d", err);
	arena_unmapped(&fuzz->arena, first, n);
	return 0;
}

static int cpu_access(struct fuzz *fuzz)
{
	unsigned int i, page = fuzz_below(fuzz, ARENA_PAGES), n = 1 + fuzz_below(fuzz, 16), word;
	struct cell *cell;

	for (i = page; i < page + n && i < ARENA_PAGES; i++) {
		cell = arena_cell(&fuzz->arena, i);
		word = fuzz_below(fuzz, PAGE_WORDS);
		if (cell->owner != IDLE || !arena_allows(&fuzz->arena, i, READS))
			continue;
		fuzz->num_cpu++;
		if (!cell_agrees(cell, word, *arena_word(i, word)))
			return fuzz_mismatch(fuzz, "CPU reads page %u word %u: 0x%x, not 0x%x", i,
					     word, *arena_word(i, word), cell->word[word]);
		if (!arena_allows(&fuzz->arena, i, WRITES) || fuzz_below(fuzz, 2))
			continue;
		cell_write(cell, word, ++fuzz->next_value);
		*arena_word(i, word) = fuzz->next_value;
		arena_settle(&fuzz->arena, i);
	}
	return 0;
}

static const struct {
	int (*change)(struct fuzz *fuzz);
	unsigned int weight;
} changes[] = {
	{ map, 12 },
	{ unmap, 6 },
	{ move, 8 },
	{ protect, 8 },
	{ give_back, 5 },
	{ free_lazily, 5 },
	{ punch, 3 },
	{ advise_cpu, 12 },
	{ prefetch, 6 },
	{ advise_gpu, 4 },
	{ reclaim, 2 },
	{ fork_or_end, 4 },
	{ object_comes, 2 },
	{ object_goes, 3 },
	{ cpu_access, 20 },
};

#define TOTAL_WEIGHT	100

int changes_one(struct fuzz *fuzz)
{
	unsigned int i, choice = fuzz_below(fuzz, TOTAL_WEIGHT);

	for (i = 0; choice >= changes[i].weight; i++)
		choice -= changes[i].weight;
	fuzz->num_mm += changes[i].change != cpu_access;
	return changes[i].change(fuzz);
}

/* With no job in flight: everything the CPU may read. */
int changes_check_all(struct fuzz *fuzz)
{
	unsigned int i, word;

	for (i = 0; i < ARENA_PAGES; i++) {
		if (!arena_allows(&fuzz->arena, i, READS))
			continue;
		if (arena_check(&fuzz->arena, i, &word))
			return fuzz_mismatch(fuzz, "at the end page %u word %u: 0x%x, not 0x%x", i,
					     word, *arena_word(i, word),
					     arena_cell(&fuzz->arena, i)->word[word]);
	}
	return 0;
}
