/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One run of the fuzzer: seeds, each a few processes with a few threads that call.
 *
 * Rule: the calls of a thread and their arguments come from its seed alone. A result of
 * the kernel (an id, an error) is looked up where an argument needs it, and decides
 * nothing.
 */
#ifndef XE_SVM_IOCTLFUZZ_IOCTLFUZZ_H
#define XE_SVM_IOCTLFUZZ_IOCTLFUZZ_H

#include <stdatomic.h>
#include <sys/types.h>

#include "grammar.h"

#define NUM_PROCESSES	2
#define NUM_THREADS	3
#define NUM_WORKERS	(NUM_PROCESSES * NUM_THREADS)
#define NUM_FDS		3
#define NUM_SLOTS	6
#define MAX_COMMANDS	32
#define MAX_ERRNO	134
#define MAX_LEAVES	1024
#define REMEMBERED	16

/* Descriptors have numbers of their own; the first one the processes of a seed share. */
#define FD_BASE		200

/* Memory the calls change, and memory with batches, fences and arguments: xe.txt. */
#define ARENA_START	0x200000000UL
#define ARENA_SIZE	(16UL << 20)
#define AREA_START	0x300000000UL
#define AREA_SIZE	(1UL << 20)
/* A page that can be read and not written, far enough from both. */
#define READ_ONLY_PAGE	(AREA_START - (1UL << 20))

/**
 * struct leaf - a word of the arguments
 */
struct leaf {
	char *at;
	const struct type *type;
	const struct field *field;
};

enum mode { MODE_VALID, MODE_EDGE, MODE_WILD };

/**
 * struct call - one call, made up
 */
struct call {
	const struct def *def;
	enum mode mode;
	/** @fd, @slot: where resources are looked up; where one that is returned goes */
	unsigned int fd, slot;
	uint64_t args[MAX_FIELDS];
	unsigned int num_leaves;
	struct leaf leaves[MAX_LEAVES];
};

/**
 * struct counts - of all calls, in memory that all processes share
 */
struct counts {
	_Atomic unsigned long by_errno[MAX_COMMANDS][MAX_ERRNO];
	_Atomic unsigned long by_mode[3], ok_by_mode[3];
	/** @sequence: what the threads chose, hashed: the same for the same seed */
	_Atomic uint64_t sequence;
	/** @last: what each thread called last */
	struct {
		unsigned long calls;
		unsigned int line[REMEMBERED], mode[REMEMBERED];
	} last[NUM_WORKERS];
};

/**
 * struct worker - a thread that calls
 */
struct worker {
	const struct grammar *grammar;
	struct counts *counts;
	unsigned int process, thread;
	uint64_t random, sequence;
	/** @calls, @wanted: made so far, and in the end */
	unsigned long calls, wanted;
	bool verbose;
	/** @area, @area_end, @next: where it puts arguments, round and round */
	char *area, *area_end, *next;
	/** @slots: of its process: what the kernel returned, by descriptor and resource */
	_Atomic uint64_t (*slots)[MAX_RESOURCES][NUM_SLOTS];
	/** @force_fd, @force_slot: -1, or those to use wherever there is a choice */
	int force_fd, force_slot;
	struct call call;
};

/* choose.c */
uint64_t choose_word(struct worker *worker);
unsigned int choose_below(struct worker *worker, unsigned int bound);

/* generate.c: a call of the grammar, all its arguments as they should be */
void generate_call(struct worker *worker, const struct def *def);

/* mutate.c: makes some of them what they should not be */
void mutate_call(struct worker *worker);

/* perform.c: makes the call, keeps what it returned, counts */
void perform_call(struct worker *worker);

/* process.c: the processes of a seed; 0, or 1 after a message */
int process_seed(const struct grammar *grammar, struct counts *counts, unsigned long seed,
		 unsigned long calls, bool verbose);

/* coverage.c: prints what was called and how it ended; number of ioctls that never did well */
unsigned int coverage_show(const struct grammar *grammar, const struct counts *counts);
unsigned long coverage_calls(const struct counts *counts);

#endif
