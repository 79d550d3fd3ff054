/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counts the instructions that store to a page, one by one, and lets an observer act after each: what a CPU
 * beside the model could see and do between two of them. One page at a time.
 */
#ifndef MODEL_TESTS_STORES_H
#define MODEL_TESTS_STORES_H

#include <stdbool.h>

/* false: this process is not stepped as it should be, as under valgrind */
bool stores_can_be_counted(void);
/* page: aligned to 4 KiB; seen is called after each store, from a signal handler */
void stores_watch(void *page, void (*seen)(void));
/* the number of storing instructions since stores_watch() */
unsigned int stores_end(void);

#endif
