// SPDX-License-Identifier: GPL-2.0
/*
 * Lines of the list: "driver device type idx n P=... D=... L=<bytes> direction checked",
 * numbers in hexadecimal.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dma.h"
#include "gpu.h"

#define DMA_API	"/sys/kernel/debug/dma-api"

static int64_t bytes_of(const char *line, const char *device)
{
	char of[64], type[32];
	const char *length = strstr(line, " L=");
	uint64_t bytes;

	if (!length || sscanf(line, "%*s %63s %31s", of, type) != 2 || strcmp(of, device) ||
	    strcmp(type, "single") || sscanf(length, " L=%" SCNx64, &bytes) != 1)
		return 0;
	return bytes;
}

int dma_mapped(const struct gpu *gpu, struct dma_mapped *mapped)
{
	char line[256], device[32];
	int64_t pages;
	FILE *dump;
	int err;

	*mapped = (struct dma_mapped) { 0 };
	err = gpu_bus_name(gpu, device, sizeof(device));
	if (err)
		return err;
	dump = fopen(DMA_API "/dump", "r");
	if (!dump)
		return -errno;
	while (fgets(line, sizeof(line), dump)) {
		pages = bytes_of(line, device) / (int64_t)SZ_4K;
		mapped->entries += !!pages;
		mapped->pages += pages;
		if (pages > mapped->longest)
			mapped->longest = pages;
	}
	fclose(dump);
	return 0;
}

int64_t dma_errors(void)
{
	FILE *file = fopen(DMA_API "/error_count", "r");
	int64_t errors = -EIO;

	if (!file)
		return -errno;
	if (fscanf(file, "%" SCNd64, &errors) != 1)
		errors = -EIO;
	fclose(file);
	return errors;
}

bool dma_is_translated(const struct gpu *gpu)
{
	char path[96], type[16] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/iommu_group/type", gpu->sysfs);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (!fgets(type, sizeof(type), file))
		type[0] = 0;
	fclose(file);
	return !strncmp(type, "DMA", 3);
}
