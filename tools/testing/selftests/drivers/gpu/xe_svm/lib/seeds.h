/* SPDX-License-Identifier: GPL-2.0 */
#ifndef XE_SVM_LIB_SEEDS_H
#define XE_SVM_LIB_SEEDS_H

#include <stdbool.h>
#include <stdint.h>

/* struct seeds - what a fuzzer is asked to run */
struct seeds {
	unsigned long first;
	unsigned long count;
	/* Operations of each seed */
	unsigned long operations;
	bool verbose;
};

/* -s FIRST -n COUNT -o OPERATIONS -v. Return: false for any other option. */
bool seeds_parse(struct seeds *seeds, int argc, char **argv);

/* The next word of a sequence; each @state begins another. */
uint64_t seeds_word(uint64_t *state);

#endif
