/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fuzzed address range, and the expected content of each page: the oracle.
 *
 * Rule: the arena changes only along with the real memory, and all data that the
 * CPU or the GPU reads is compared with it. Two words of a page are used, its
 * first and its last, next to those of the neighbouring pages.
 */
#ifndef XE_SVM_FUZZ_ARENA_H
#define XE_SVM_FUZZ_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARENA_BLOCKS	4
#define ARENA_PAGES	(ARENA_BLOCKS * 512u)
#define ARENA_SIZE	(ARENA_PAGES * 4096UL)
#define PAGE_WORDS	2

enum kind {
	NOTHING,
	ANONYMOUS,
	SHARED,		/* of a memory file, which several pages may show */
	PRIVATE_FILE,
	OBJECT,		/* a buffer object, bound in place of the mirror */
};

enum rights { NO_RIGHTS, READS, WRITES };

/* Jobs in flight that touch a cell: none, engine n, or several that commute. */
enum { IDLE = -1, COUNTED_BY_ALL = -2 };

/**
 * struct cell - expected content of a page of memory
 */
struct cell {
	uint32_t word[PAGE_WORDS];
	/** @maybe_zero: MADV_FREE was called, and the word not written since */
	bool maybe_zero[PAGE_WORDS];
	/** @owner: engine whose job uses it now, or IDLE, or COUNTED_BY_ALL */
	int owner;
};

/**
 * struct page - state of one address
 */
struct page {
	enum kind kind;
	enum rights rights;
	/** @own: the contents, unless @kind is SHARED */
	struct cell own;
	/** @offset: page of the file, if @kind is one of a file */
	unsigned int offset;
};

/* Far from where mmap() puts things by itself: a hole in the arena stays one. */
#define ARENA_BASE	((char *)0x1000000000)

struct arena {
	int shared_fd;
	int file_fd;
	struct page page[ARENA_PAGES];
	/** @shared: contents of the memory file */
	struct cell shared[ARENA_PAGES];
};

int arena_create(struct arena *arena);
struct cell *arena_cell(struct arena *arena, unsigned int i);
volatile uint32_t *arena_word(unsigned int i, unsigned int word);
char *arena_address(unsigned int i);
/* Content of @offset of the private file if it was not written. */
uint32_t arena_file_word(unsigned int offset, unsigned int word);

/* State changes that follow a system call on pages [first, first + n). */
void arena_mapped(struct arena *arena, unsigned int first, unsigned int n, enum kind kind,
		  enum rights rights, unsigned int offset);
void arena_unmapped(struct arena *arena, unsigned int first, unsigned int n);
void arena_protected(struct arena *arena, unsigned int first, unsigned int n, enum rights rights);
void arena_given_back(struct arena *arena, unsigned int first, unsigned int n);
void arena_moved(struct arena *arena, unsigned int from, unsigned int to, unsigned int n,
		 bool old_stays);

bool arena_all(struct arena *arena, unsigned int first, unsigned int n,
	       bool (*is)(const struct page *page, const struct cell *cell));
bool arena_allows(struct arena *arena, unsigned int i, enum rights rights);

/* Is @seen a possible value of the word? */
bool cell_agrees(const struct cell *cell, unsigned int word, uint32_t seen);
void cell_write(struct cell *cell, unsigned int word, uint32_t value);
/*
 * The page was written after MADV_FREE, so it stays from now on: zero or not is
 * decided for the words that were not written. Look which.
 */
void arena_settle(struct arena *arena, unsigned int i);
/* Read a page that may be read: 0, or -EBADMSG and which word. */
int arena_check(struct arena *arena, unsigned int i, unsigned int *word);

#endif
