// SPDX-License-Identifier: GPL-2.0
/* See mirror.h. */
#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "ground/ioctls.h"
#include "ground/mirror.h"
#include "lib/gpu.h"

#define MAX_VMS	4

/* Its directory in debugfs is named by the number of the card, which is that of the render node less 128. */
static int find_debugfs(struct gpu *gpu)
{
	struct stat st;

	if (!ioctls.mirrors)
		return -ENOENT;
	if (fstat(ioctls.fd, &st))
		return -errno;
	snprintf(gpu->debugfs, sizeof(gpu->debugfs), "/sys/kernel/debug/dri/%u", minor(st.st_rdev) & 0x7f);
	return 0;
}

/* Summed over the VMs of this process, of which the runtime has one */
static int64_t counter(const char *name)
{
	struct gpu_vm_section sections[MAX_VMS];
	struct gpu gpu = { .fd = ioctls.fd };
	int64_t sum = 0;
	int err, n;

	err = find_debugfs(&gpu);
	if (err)
		return err;
	n = gpu_vm_sections(&gpu, getpid(), sections, MAX_VMS);
	if (n <= 0)
		return n ?: -ENOENT;
	for (int i = 0; i < n; i++) {
		uint64_t value;

		err = gpu_vm_stat(&gpu, sections[i].asid, name, &value);
		if (err)
			return err;
		sum += value;
	}
	return sum;
}

int64_t mirror_pages(void)
{
	return counter("svm_mapped_page_count");
}

int64_t mirror_faults(void)
{
	return counter("svm_pagefault_count");
}

int64_t mirror_refused(void)
{
	return counter("svm_refused_count");
}

int64_t mirror_ranges(void)
{
	struct drm_xe_vm_query_mem_range_attr query = {
		.vm_id = ioctls.vm,
		.range = 1ull << 48,
	};

	if (!ioctls.mirrors)
		return -ENOENT;
	return ioctl(ioctls.fd, DRM_IOCTL_XE_VM_QUERY_MEM_RANGE_ATTRS, &query) ? -errno : query.num_mem_ranges;
}
