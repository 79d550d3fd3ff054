// SPDX-License-Identifier: GPL-2.0
/*
 * Random choices that a seed repeats, and their hash.
 */
#include "../lib/seeds.h"
#include "ioctlfuzz.h"

uint64_t choose_word(struct worker *worker)
{
	uint64_t z = seeds_word(&worker->random);

	worker->sequence = (worker->sequence ^ z) * 0x100000001b3;
	return z;
}

unsigned int choose_below(struct worker *worker, unsigned int bound)
{
	return choose_word(worker) % bound;
}
