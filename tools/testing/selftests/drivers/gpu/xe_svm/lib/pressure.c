// SPDX-License-Identifier: GPL-2.0
/*
 * Pressure that makes the kernel reclaim or move pages of a process.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <unistd.h>

#include "gpu.h"
#include "pressure.h"

#define SWAP_PAGES	(PRESSURE_SWAP_SIZE / SZ_4K)
#define CGROUP		"/sys/fs/cgroup/"
#define TTM_PAGES_LIMIT	"/sys/module/ttm/parameters/pages_limit"

int pressure_set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		err = -errno;
	close(fd);
	return err;
}

int pressure_get(const char *path)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (read(fd, text, sizeof(text) - 1) < 0)
		err = -errno;
	close(fd);
	return err ?: atoi(text);
}

int pressure_stay_on_cpu(void)
{
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(sched_getcpu(), &cpu);
	return sched_setaffinity(0, sizeof(cpu), &cpu) ? -errno : 0;
}

void pressure_swap_off(void)
{
	swapoff(PRESSURE_SWAP_DEVICE);
}

/* The first page of a swap area, as mkswap(8) writes it. */
int pressure_swap_on(void)
{
	uint32_t page[SZ_4K / sizeof(uint32_t)] = {
		[256] = 1,			/* version */
		[257] = SWAP_PAGES - 1,		/* last page */
	};
	int fd = open(PRESSURE_SWAP_DEVICE, O_RDWR | O_CLOEXEC);
	ssize_t written;

	if (fd < 0)
		return -errno;
	pressure_swap_off();
	memcpy((char *)page + SZ_4K - 10, "SWAPSPACE2", 10);
	written = pwrite(fd, page, SZ_4K, 0);
	close(fd);
	if (written != SZ_4K)
		return -EIO;
	return swapon(PRESSURE_SWAP_DEVICE, 0) ? -errno : 0;
}

int pressure_page_out(void *area, size_t size)
{
	/* Writing the file first calls lru_add_drain_all(), which is needed here. */
	int err = pressure_set("/proc/sys/vm/drop_caches", "1");

	if (err)
		return err;
	return madvise(area, size, MADV_PAGEOUT) ? -errno : 0;
}

static void group_file(char *path, size_t size, const char *name)
{
	snprintf(path, size, CGROUP "xe_svm_%d/%s", getpid(), name);
}

int pressure_group_enter(uint64_t limit)
{
	char path[80], text[24];
	int err;

	err = pressure_set(CGROUP "cgroup.subtree_control", "+memory");
	if (err)
		return err;
	group_file(path, sizeof(path), "");
	if (mkdir(path, 0700))
		return -errno;
	if (limit) {
		group_file(path, sizeof(path), "memory.max");
		snprintf(text, sizeof(text), "%" PRIu64, limit);
		err = pressure_set(path, text);
		if (err)
			return err;
	}
	group_file(path, sizeof(path), "cgroup.procs");
	return pressure_set(path, "0");
}

/* Less than requested may be reclaimed: then -EAGAIN, and the caller checks. */
int pressure_group_reclaim(uint64_t bytes)
{
	char path[80], text[24];
	int err;

	group_file(path, sizeof(path), "memory.reclaim");
	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	err = pressure_set(path, text);
	return err == -EAGAIN ? 0 : err;
}

void pressure_group_leave(void)
{
	char path[80];

	pressure_set(CGROUP "cgroup.procs", "0");
	group_file(path, sizeof(path), "");
	rmdir(path);
}

int pressure_compact(void)
{
	return pressure_set("/proc/sys/vm/compact_memory", "1");
}

int pressure_evict_objects(struct gpu *gpu)
{
	char limit[24];
	FILE *file = fopen(TTM_PAGES_LIMIT, "r");
	uint32_t bo;
	int err;

	if (!file)
		return -errno;
	err = fgets(limit, sizeof(limit), file) ? 0 : -EIO;
	fclose(file);
	if (!err)
		err = pressure_set(TTM_PAGES_LIMIT, "1");
	if (err)
		return err;
	err = gpu_bo_create(gpu, SZ_64K, &bo);
	if (!err)
		gpu_bo_destroy(gpu, bo);
	return pressure_set(TTM_PAGES_LIMIT, limit) ?: err;
}
