// SPDX-License-Identifier: GPL-2.0
/*
 * The machine's memory as /proc shows it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gpu.h"
#include "pressure.h"
#include "system_memory.h"

/* A shrinker frees a part of its pool each time. */
#define DROPS	5

int64_t system_memory(const char *field)
{
	int64_t kib, bytes = -ENOENT;
	char line[128], key[48];
	FILE *meminfo = fopen("/proc/meminfo", "r");

	if (!meminfo)
		return -errno;
	while (fgets(line, sizeof(line), meminfo))
		if (sscanf(line, "%47[^:]: %" SCNd64, key, &kib) == 2 && !strcmp(key, field))
			bytes = kib * 1024;
	fclose(meminfo);
	return bytes;
}

int64_t system_memory_free(void)
{
	int64_t pages = 0, n;
	char line[256];
	FILE *zones;
	int i, err;

	for (i = 0; i < DROPS; i++) {
		err = pressure_set("/proc/sys/vm/drop_caches", "3");
		if (err)
			return err;
	}
	/* Folds the per-CPU counts into the counters. */
	pressure_set("/proc/sys/vm/stat_refresh", "1");
	zones = fopen("/proc/zoneinfo", "r");
	if (!zones)
		return -errno;
	while (fgets(line, sizeof(line), zones))
		if (sscanf(line, " pages free %" SCNd64, &n) == 1 ||
		    sscanf(line, " count: %" SCNd64, &n) == 1)
			pages += n;
	fclose(zones);
	return pages * SZ_4K;
}
