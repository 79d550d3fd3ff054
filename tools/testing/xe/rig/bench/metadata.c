// SPDX-License-Identifier: GPL-2.0
/*
 * 4 GiB of huge pages come to be mapped for the GPU: how much kernel memory does that take, per GiB? Slab is where the
 * driver's own structures are. All free memory includes GPU page tables as well, and whatever else happens.
 */
#include <stdio.h>

#include "ground/areas.h"
#include "ground/measure.h"

#define COPIES	4

static int64_t meminfo(const char *name)
{
	int64_t kib = -1;
	char line[128], format[32];
	FILE *file = fopen("/proc/meminfo", "r");

	snprintf(format, sizeof(format), "%s: %%ld", name);
	while (file && kib < 0 && fgets(line, sizeof(line), file))
		sscanf(line, format, &kib);
	if (file)
		fclose(file);
	sure(kib >= 0, name);
	return kib;
}

int main(void)
{
	int64_t slab, free_kib;
	struct bench b;
	char *start, *warm;

	bench_open(&b);
	warm = areas_views(SZ_2M, 2);
	touch(&b.queue, warm, 2, SZ_2M, 1, GPU_TOUCH_INCREMENT);
	start = areas_views(SZ_1G, COPIES);
	settle(&b);
	slab = meminfo("Slab");
	free_kib = meminfo("MemFree");
	touch(&b.queue, start, COPIES * SZ_1G / SZ_2M, SZ_2M, 1, GPU_TOUCH_INCREMENT);
	settle(&b);
	sure(*(uint32_t *)start == 0xc0de + COPIES, "the GPU did not write");
	report("metadata_slab", (double)(meminfo("Slab") - slab) / COPIES, "KiB/GiB");
	report("metadata_all", (double)(free_kib - meminfo("MemFree")) / COPIES, "KiB/GiB");
	bench_close(&b);
	return 0;
}
