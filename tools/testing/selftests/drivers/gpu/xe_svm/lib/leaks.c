// SPDX-License-Identifier: GPL-2.0
/*
 * Objects that are still referenced by something are no leak for kmemleak. The driver's
 * own figures show them. Needs root: others see no use of memory.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "gpu.h"
#include "pressure.h"
#include "leaks.h"

#define WAIT_SECONDS	60

static int memory_used(const struct gpu *gpu, uint64_t *used)
{
	struct drm_xe_device_query query = { .query = DRM_XE_DEVICE_QUERY_MEM_REGIONS };
	struct drm_xe_query_mem_regions *regions;
	unsigned int i;

	*used = 0;
	if (ioctl(gpu->fd, DRM_IOCTL_XE_DEVICE_QUERY, &query))
		return -errno;
	regions = calloc(1, query.size);
	query.data = (uintptr_t)regions;
	if (!regions || ioctl(gpu->fd, DRM_IOCTL_XE_DEVICE_QUERY, &query)) {
		free(regions);
		return -EIO;
	}
	for (i = 0; i < regions->num_mem_regions; i++)
		*used += regions->mem_regions[i].used;
	free(regions);
	return 0;
}

static int count_vms(const struct gpu *gpu, unsigned int *vms)
{
	char line[256];
	FILE *svm;

	snprintf(line, sizeof(line), "%s/svm", gpu->debugfs);
	svm = fopen(line, "r");
	if (!svm)
		return -errno;
	*vms = 0;
	while (fgets(line, sizeof(line), svm))
		*vms += !strncmp(line, "asid: ", 6);
	fclose(svm);
	return 0;
}

int leaks_look(const struct gpu *gpu, struct leaks *now)
{
	uint64_t mapped, unmapped;
	int err = gpu_stat(gpu, "svm_mapped_page_count", &mapped);

	if (!err)
		err = gpu_stat(gpu, "svm_unmapped_page_count", &unmapped);
	now->mapped = err ? 0 : mapped - unmapped;
	return err ?: memory_used(gpu, &now->used) ?: count_vms(gpu, &now->vms);
}

/* The dump of a job that hung holds what it has dumped, for minutes. */
static void drop_dump(const struct gpu *gpu)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/devcoredump/data", gpu->sysfs);
	pressure_set(path, "0");
}

int leaks_show(const struct gpu *gpu, const struct leaks *before)
{
	struct leaks now = { 0 };
	unsigned int second;
	int err = 0;

	drop_dump(gpu);
	for (second = 0; second < WAIT_SECONDS; second++) {
		err = leaks_look(gpu, &now);
		if (err || (now.used == before->used && now.vms == before->vms &&
			    now.mapped == before->mapped))
			break;
		sleep(1);
	}
	if (err)
		printf("FAIL the driver's figures cannot be read: %d\n", err);
	printf("left behind: %ld bytes of objects, %d VMs, %ld mapped pages\n",
	       (long)(now.used - before->used), (int)(now.vms - before->vms),
	       (long)(now.mapped - before->mapped));
	return err || second == WAIT_SECONDS;
}
