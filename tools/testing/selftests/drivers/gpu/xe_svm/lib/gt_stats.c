// SPDX-License-Identifier: GPL-2.0
/*
 * The driver's own figures: "name: value" lines of debugfs gtN/stats, summed
 * over the GTs. A name that no GT prints is -ENOENT, never a silent zero.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gpu.h"

#define MAX_GTS	4

static int add_from(FILE *stats, const char *name, uint64_t *sum)
{
	unsigned long long value;
	char line[128], key[80];
	int found = -ENOENT;

	while (fgets(line, sizeof(line), stats)) {
		if (sscanf(line, " %79[^:]: %llu", key, &value) != 2 || strcmp(key, name))
			continue;
		*sum += value;
		found = 0;
	}
	return found;
}

int gpu_stat(const struct gpu *gpu, const char *name, uint64_t *value)
{
	int gt, err = -ENOENT;
	char path[128];
	FILE *stats;

	*value = 0;
	for (gt = 0; gt < MAX_GTS; gt++) {
		snprintf(path, sizeof(path), "%s/gt%d/stats", gpu->debugfs, gt);
		stats = fopen(path, "r");
		if (!stats)
			continue;
		if (!add_from(stats, name, value))
			err = 0;
		fclose(stats);
	}
	return err;
}

/* Faults in mirrors so far, or a negative errno. */
int64_t gpu_faults(const struct gpu *gpu)
{
	uint64_t value;
	int err = gpu_stat(gpu, "svm_pagefault_count", &value);

	return err ? err : (int64_t)value;
}
