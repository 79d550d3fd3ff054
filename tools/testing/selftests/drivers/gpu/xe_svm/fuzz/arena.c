// SPDX-License-Identifier: GPL-2.0
/*
 * The fuzzed address range, and the expected content of each page.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../lib/gpu.h"
#include "arena.h"

static const unsigned int word_at[PAGE_WORDS] = { 0, SZ_4K - sizeof(uint32_t) };

uint32_t arena_file_word(unsigned int offset, unsigned int word)
{
	return 0xf0000000 | offset << 4 | word;
}

static int write_file(int fd)
{
	unsigned int i, word;
	uint32_t value;

	for (i = 0; i < ARENA_PAGES; i++)
		for (word = 0; word < PAGE_WORDS; word++) {
			value = arena_file_word(i, word);
			if (pwrite(fd, &value, sizeof(value), i * SZ_4K + word_at[word]) !=
			    sizeof(value))
				return -EIO;
		}
	return 0;
}

int arena_create(struct arena *arena)
{
	unsigned int i;

	memset(arena, 0, sizeof(*arena));
	if (munmap(ARENA_BASE, ARENA_SIZE))
		return -errno;
	arena->shared_fd = memfd_create("shared", MFD_CLOEXEC);
	arena->file_fd = memfd_create("private", MFD_CLOEXEC);
	if (arena->shared_fd < 0 || arena->file_fd < 0 ||
	    ftruncate(arena->shared_fd, ARENA_SIZE))
		return -ENOMEM;
	for (i = 0; i < ARENA_PAGES; i++) {
		arena->page[i].own.owner = IDLE;
		arena->shared[i].owner = IDLE;
	}
	return write_file(arena->file_fd);
}

struct cell *arena_cell(struct arena *arena, unsigned int i)
{
	struct page *page = &arena->page[i];

	return page->kind == SHARED ? &arena->shared[page->offset] : &page->own;
}

char *arena_address(unsigned int i)
{
	return ARENA_BASE + i * SZ_4K;
}

volatile uint32_t *arena_word(unsigned int i, unsigned int word)
{
	return (uint32_t *)(arena_address(i) + word_at[word]);
}

/* Not written since it was mapped. */
static void make_fresh(struct page *page)
{
	unsigned int word;

	page->own = (struct cell) { .owner = IDLE };
	if (page->kind == PRIVATE_FILE)
		for (word = 0; word < PAGE_WORDS; word++)
			page->own.word[word] = arena_file_word(page->offset, word);
}

void arena_mapped(struct arena *arena, unsigned int first, unsigned int n, enum kind kind,
		  enum rights rights, unsigned int offset)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		arena->page[first + i].kind = kind;
		arena->page[first + i].rights = rights;
		arena->page[first + i].offset = offset + i;
		make_fresh(&arena->page[first + i]);
	}
}

void arena_unmapped(struct arena *arena, unsigned int first, unsigned int n)
{
	arena_mapped(arena, first, n, NOTHING, NO_RIGHTS, 0);
}

void arena_protected(struct arena *arena, unsigned int first, unsigned int n, enum rights rights)
{
	unsigned int i;

	for (i = first; i < first + n; i++)
		arena->page[i].rights = rights;
}

void arena_given_back(struct arena *arena, unsigned int first, unsigned int n)
{
	unsigned int i;

	for (i = first; i < first + n; i++)
		if (arena->page[i].kind != OBJECT)
			make_fresh(&arena->page[i]);
}

void arena_moved(struct arena *arena, unsigned int from, unsigned int to, unsigned int n,
		 bool old_stays)
{
	memcpy(&arena->page[to], &arena->page[from], n * sizeof(arena->page[0]));
	if (old_stays)
		arena_given_back(arena, from, n);
	else
		arena_unmapped(arena, from, n);
}

bool arena_all(struct arena *arena, unsigned int first, unsigned int n,
	       bool (*is)(const struct page *page, const struct cell *cell))
{
	unsigned int i;

	for (i = first; i < first + n; i++)
		if (!is(&arena->page[i], arena_cell(arena, i)))
			return false;
	return true;
}

bool arena_allows(struct arena *arena, unsigned int i, enum rights rights)
{
	return arena->page[i].kind != NOTHING && arena->page[i].rights >= rights;
}

bool cell_agrees(const struct cell *cell, unsigned int word, uint32_t seen)
{
	return seen == cell->word[word] || (cell->maybe_zero[word] && !seen);
}

void cell_write(struct cell *cell, unsigned int word, uint32_t value)
{
	cell->word[word] = value;
	cell->maybe_zero[word] = false;
}

void arena_settle(struct arena *arena, unsigned int i)
{
	struct cell *cell = arena_cell(arena, i);
	unsigned int word;

	for (word = 0; word < PAGE_WORDS; word++) {
		if (cell->maybe_zero[word] && !*arena_word(i, word))
			cell->word[word] = 0;
		cell->maybe_zero[word] = false;
	}
}

int arena_check(struct arena *arena, unsigned int i, unsigned int *word)
{
	for (*word = 0; *word < PAGE_WORDS; (*word)++)
		if (!cell_agrees(arena_cell(arena, i), *word, *arena_word(i, *word)))
			return -EBADMSG;
	return 0;
}
