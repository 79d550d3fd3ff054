/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The grammar of calls (xe.txt), as a tree.
 *
 * Rule: it is read once, before the first call, and constant from then on. An error in
 * it ends the program with the line.
 */
#ifndef XE_SVM_IOCTLFUZZ_GRAMMAR_H
#define XE_SVM_IOCTLFUZZ_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_FIELDS	16
#define MAX_VALUES	16
#define MAX_RESOURCES	24

enum kind { KIND_INT, KIND_CONST, KIND_FLAGS, KIND_LEN, KIND_PTR, KIND_ARRAY, KIND_VMA,
	    KIND_RESOURCE, KIND_STRUCT, KIND_STRING };

/**
 * struct type - what a field can be
 */
struct type {
	enum kind kind;
	/** @size: the most it can take, in bytes; of one word where it is a word */
	size_t size;
	size_t align;
	/** @low, @high: INT: values; ARRAY: elements; VMA: pages; CONST: the value, twice */
	uint64_t low, high;
	/** @optional: a pointer that may be NULL */
	bool optional;
	/** @in_bytes: LEN: of bytes, not of elements */
	bool in_bytes;
	/** @name: of the definition, or of the field that LEN counts */
	const char *name;
	/** @of: what a pointer points to, or an array is made of */
	const struct type *of;
	/** @def: STRUCT, FLAGS, STRING, RESOURCE */
	const struct def *def;
};

struct field {
	const char *name;
	struct type *type;
	/** @out: a resource that the call returns here */
	bool out;
};

enum def_kind { DEF_STRUCT, DEF_UNION, DEF_FLAGS, DEF_STRINGS, DEF_RESOURCE, DEF_CALL };

/**
 * struct def - something with a name
 */
struct def {
	enum def_kind kind;
	const char *name;
	unsigned int line;
	/* struct, union, call */
	unsigned int num_fields;
	struct field fields[MAX_FIELDS];
	bool packed, varlen, measured;
	size_t size, align;
	/* flags, strings */
	unsigned int num_values;
	uint64_t values[MAX_VALUES];
	const char *strings[MAX_VALUES];
	/* resource: what it is a kind of; its own number and those of its kinds */
	const struct def *parent;
	unsigned int number, num_kinds, kinds[MAX_RESOURCES];
	/* call: of which resource its result is, or NULL */
	const struct def *result;
	/** @command: what it is counted as */
	const char *command;
	bool is_ioctl, first;
	unsigned int weight;
	/** @counter: index of @command */
	unsigned int counter;
};

/**
 * struct grammar - all of it
 */
struct grammar {
	struct def *defs;
	unsigned int num_defs;
	struct def **calls;
	unsigned int num_calls, total_weight;
	unsigned int num_resources;
	/** @commands: each counted once, whatever the number of its variants */
	const char **commands;
	unsigned int num_commands;
};

/* Made by the Makefile from xe.txt and the headers it includes. */
struct constant {
	const char *name;
	uint64_t value;
};
extern const struct constant fuzz_constants[];
extern const char *const fuzz_driver_ioctls[];
extern const char fuzz_grammar[];

/* Exits with a message if the text is wrong. */
void grammar_read(struct grammar *grammar);

#endif
