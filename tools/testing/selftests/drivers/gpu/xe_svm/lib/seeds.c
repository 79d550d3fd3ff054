// SPDX-License-Identifier: GPL-2.0
/*
 * Options and random words of the fuzzers.
 */
#include <stdlib.h>
#include <unistd.h>

#include "seeds.h"

bool seeds_parse(struct seeds *seeds, int argc, char **argv)
{
	int option;

	*seeds = (struct seeds) { .first = 1, .count = 1, .operations = 10000 };
	while ((option = getopt(argc, argv, "s:n:o:v")) != -1) {
		if (option == 's')
			seeds->first = strtoul(optarg, NULL, 0);
		else if (option == 'n')
			seeds->count = strtoul(optarg, NULL, 0);
		else if (option == 'o')
			seeds->operations = strtoul(optarg, NULL, 0);
		else if (option == 'v')
			seeds->verbose = true;
		else
			return false;
	}
	return true;
}

/* splitmix64 */
uint64_t seeds_word(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}
