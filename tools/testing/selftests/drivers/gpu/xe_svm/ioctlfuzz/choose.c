// SPDX-License-Identifier: GPL-2.0
/*
 * Random choices that a seed repeats, and their hash.
 */
#include "ioctlfuzz.h"

/* splitmix64: small, and every seed gives another sequence. */
uint64_t choose_word(struct worker *worker)
{
	uint64_t z = worker->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	z ^= z >> 31;
	worker->sequence = (worker->sequence ^ z) * 0x100000001b3;
	return z;
}

unsigned int choose_below(struct worker *worker, unsigned int bound)
{
	return choose_word(worker) % bound;
}
