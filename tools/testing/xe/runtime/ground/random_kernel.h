/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A random kernel: a tree of statements and expressions, from a seed. It is written out as OpenCL C, and executed by
 * the CPU as a tree; no compiler is involved there.
 *
 * Rule: each choice comes from the seed. Nothing a kernel does is undefined, depends on the order of its lanes, or may
 * differ by an error that OpenCL allows. Lanes meet at barriers only, and what they share in between is only read, or
 * changed by atomics whose order does not matter.
 */
#ifndef RUNTIME_GROUND_RANDOM_KERNEL_H
#define RUNTIME_GROUND_RANDOM_KERNEL_H

#include "ground/value.h"

#define RANDOM_MAX_ELEMENTS	4
#define RANDOM_VARIABLES	8
#define RANDOM_ARRAY		8	/* elements of each lane's array */
#define RANDOM_WIDTH		8	/* lanes of a group in the first dimension */
#define RANDOM_MAX_LANES	128	/* of a group */
#define RANDOM_GROUPS		3

/* Bytes of what a kernel reads, and each lane stores to, of one type: a part for each type */
#define RANDOM_IN		4096
#define RANDOM_OWN		64
#define RANDOM_SHARED		8	/* words for atomics */

struct random_shape {
	enum value_type type;
	/** @n: elements: 1, 2 or 4 */
	unsigned int n;
};

enum node_kind {
	NODE_CONSTANT, NODE_VARIABLE, NODE_COUNTER, NODE_GLOBAL_ID, NODE_LANE_X, NODE_LANE_Y, NODE_GROUP,
	NODE_OPERATION, NODE_SELECT, NODE_CONVERT, NODE_BITS, NODE_SPLAT, NODE_SHUFFLE,
	NODE_LOAD_IN, NODE_LOAD_OWN, NODE_LOAD_LOCAL, NODE_LOAD_ARRAY,
};

struct node {
	enum node_kind kind;
	struct random_shape shape;
	enum operation operation;
	enum rounding rounding;
	bool saturate;
	/** @which: of the variables, counters, words; @element: those of a shuffle */
	unsigned int which, element[RANDOM_MAX_ELEMENTS];
	union value constant[RANDOM_MAX_ELEMENTS];
	struct node *src[3];
};

enum statement_kind {
	SAY_SET, SAY_STORE, SAY_ARRAY, SAY_ATOMIC, SAY_LOCAL, SAY_IF, SAY_FOR, SAY_SWITCH, SAY_BREAK, SAY_CONTINUE,
};

#define MAX_BRANCHES	4

struct statement {
	enum statement_kind kind;
	/** @which: variable, counter or word */
	unsigned int which, factor, offset;
	/** @index: in memory; @value: to be stored, condition, or how often */
	struct node *index, *value;
	struct statement *branch[MAX_BRANCHES], *next;
};

struct random_kernel {
	uint64_t seed;
	unsigned int lanes;	/* of a group, a power of two */
	struct random_shape variable[RANDOM_VARIABLES], array;
	struct node *start[RANDOM_VARIABLES];
	struct statement *body;
};

/**
 * struct random_memory - what a kernel reads and writes
 */
struct random_memory {
	/** @in: RANDOM_IN bytes of each type; @own: RANDOM_OWN of each type, of each lane */
	unsigned char *in, *own;
	/** @results: the variables of each lane when it ended, @shared: words for atomics */
	union value *results;
	uint32_t *shared;
};

/* Never fails: a program without memory ends. random_kernel_free() frees all of it. */
struct random_kernel *random_kernel_new(uint64_t seed);
void random_kernel_free(struct random_kernel *kernel);

/* As a kernel of the name r<seed>, whose arguments are in, own, results and shared */
void random_kernel_print(const struct random_kernel *kernel, FILE *to);
/* All groups, by the CPU */
void random_kernel_run(const struct random_kernel *kernel, const struct random_memory *memory);

unsigned int random_lanes(const struct random_kernel *kernel);
struct random_memory random_memory_new(const struct random_kernel *kernel);
void random_memory_free(struct random_memory *memory);
/* Describes the first difference in @text; false: there is none */
bool random_memory_differs(const struct random_kernel *kernel, const struct random_memory *seen,
			   const struct random_memory *right, char *text, size_t size);

#endif
