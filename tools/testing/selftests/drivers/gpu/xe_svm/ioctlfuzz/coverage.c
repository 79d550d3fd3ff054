// SPDX-License-Identifier: GPL-2.0
/*
 * Calls and their results: a fuzzer that is always refused shows.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "ioctlfuzz.h"

static unsigned long calls_of(const struct counts *counts, unsigned int command)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < MAX_ERRNO; i++)
		sum += counts->by_errno[command][i];
	return sum;
}

unsigned long coverage_calls(const struct counts *counts)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < MAX_COMMANDS; i++)
		sum += calls_of(counts, i);
	return sum;
}

static void show_modes(const struct counts *counts)
{
	static const char *const modes[] = { "valid", "at the edge", "wild" };
	unsigned int i;

	for (i = 0; i < 3; i++)
		printf("%s %s: %lu of %lu succeeded", i ? ";" : "arguments", modes[i],
		       counts->ok_by_mode[i], counts->by_mode[i]);
	printf("\n");
}

unsigned int coverage_show(const struct grammar *grammar, const struct counts *counts)
{
	unsigned int i, j, bad = 0;
	bool never;

	printf("%-40s %9s %9s  errors\n", "call", "calls", "succeeded");
	for (i = 0; i < grammar->num_commands; i++) {
		const _Atomic unsigned long *by = counts->by_errno[i];

		printf("%-40s %9lu %9lu ", grammar->commands[i], calls_of(counts, i), by[0]);
		for (j = 1; j < MAX_ERRNO - 1; j++)
			if (by[j])
				printf(" %s %lu", strerrorname_np(j) ?: "?", by[j]);
		if (by[MAX_ERRNO - 1])
			printf(" no errno of user space: %lu", by[MAX_ERRNO - 1]);
		never = !by[0] && !strncmp(grammar->commands[i], "DRM_IOCTL_", 10);
		printf("%s\n", never ? "  NEVER SUCCEEDED" : "");
		bad += never || by[MAX_ERRNO - 1];
	}
	show_modes(counts);
	return bad;
}
