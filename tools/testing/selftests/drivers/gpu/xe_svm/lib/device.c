// SPDX-License-Identifier: GPL-2.0
/*
 * Open the first xe device that offers mirrors, or else the first; describe it, close it.
 *
 * The render node is used, so nothing here depends on being DRM master. The
 * node's sysfs and debugfs directories are found by its device number, never
 * by assuming that the first card is ours.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "gpu.h"

#define FIRST_RENDER_MINOR	128
#define MAX_RENDER_NODES	16

static bool is_xe(int fd)
{
	char name[8] = "";
	struct drm_version version = { .name = name, .name_len = sizeof(name) - 1 };

	return !ioctl(fd, DRM_IOCTL_VERSION, &version) && !strcmp(name, "xe");
}

/* The reply is malloced, with the size that the driver returns. */
static void *query(int fd, uint32_t which)
{
	struct drm_xe_device_query q = { .query = which };
	void *reply;

	if (ioctl(fd, DRM_IOCTL_XE_DEVICE_QUERY, &q) || !q.size)
		return NULL;
	reply = calloc(1, q.size);
	if (!reply)
		return NULL;
	q.data = (uintptr_t)reply;
	if (!ioctl(fd, DRM_IOCTL_XE_DEVICE_QUERY, &q))
		return reply;
	free(reply);
	return NULL;
}

static bool offers_mirrors(int fd)
{
	struct drm_xe_query_config *config = query(fd, DRM_XE_DEVICE_QUERY_CONFIG);
	uint64_t flags = config ? config->info[DRM_XE_QUERY_CONFIG_FLAGS] : 0;

	free(config);
	return flags & DRM_XE_QUERY_CONFIG_FLAG_HAS_CPU_ADDR_MIRROR;
}

/* A node that is there and cannot be opened is an error, not an absence. */
static int open_render_node(void)
{
	int i, fd, first = -1, err = -ENODEV;
	char path[32];

	for (i = 0; i < MAX_RENDER_NODES; i++) {
		snprintf(path, sizeof(path), "/dev/dri/renderD%d", FIRST_RENDER_MINOR + i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0) {
			err = errno == ENOENT ? err : -errno;
			continue;
		}
		if (is_xe(fd) && offers_mirrors(fd)) {
			close(first);
			return fd;
		}
		if (first < 0 && is_xe(fd))
			first = fd;
		else
			close(fd);
	}
	return first < 0 ? err : first;
}

static int describe_config(struct gpu *gpu)
{
	struct drm_xe_query_config *config = query(gpu->fd, DRM_XE_DEVICE_QUERY_CONFIG);

	if (!config)
		return -EIO;
	gpu->config_flags = config->info[DRM_XE_QUERY_CONFIG_FLAGS];
	gpu->va_bits = config->info[DRM_XE_QUERY_CONFIG_VA_BITS];
	free(config);
	return 0;
}

static int describe_gts(struct gpu *gpu)
{
	struct drm_xe_query_gt_list *gts = query(gpu->fd, DRM_XE_DEVICE_QUERY_GT_LIST);

	if (!gts)
		return -EIO;
	gpu->num_gts = gts->num_gt;
	free(gts);
	return gpu->num_gts && gpu->num_gts <= GPU_MAX_GTS ? 0 : -ENODEV;
}

static int describe_engines(struct gpu *gpu)
{
	struct drm_xe_query_engines *engines = query(gpu->fd, DRM_XE_DEVICE_QUERY_ENGINES);
	unsigned int i;

	if (!engines)
		return -EIO;
	for (i = 0; i < engines->num_engines && i < GPU_MAX_ENGINES; i++)
		gpu->engines[i] = engines->engines[i].instance;
	gpu->num_engines = i;
	free(engines);
	return i ? 0 : -ENODEV;
}

/* debugfs names a device by the number of its card node, not its render node. */
static int find_directories(struct gpu *gpu)
{
	struct dirent *entry;
	int card, err = -ENOENT;
	char path[80];
	struct stat st;
	DIR *dir;

	if (fstat(gpu->fd, &st))
		return -errno;
	snprintf(gpu->sysfs, sizeof(gpu->sysfs), "/sys/dev/char/%u:%u/device",
		 major(st.st_rdev), minor(st.st_rdev));
	snprintf(path, sizeof(path), "%s/drm", gpu->sysfs);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (sscanf(entry->d_name, "card%d", &card) != 1)
			continue;
		snprintf(gpu->debugfs, sizeof(gpu->debugfs), "/sys/kernel/debug/dri/%d", card);
		err = 0;
		break;
	}
	closedir(dir);
	return err;
}

int gpu_open(struct gpu *gpu)
{
	int err;

	memset(gpu, 0, sizeof(*gpu));
	gpu->fd = open_render_node();
	if (gpu->fd < 0)
		return gpu->fd;

	err = describe_config(gpu);
	if (!err)
		err = describe_gts(gpu);
	if (!err)
		err = describe_engines(gpu);
	if (!err)
		err = find_directories(gpu);
	if (!err)
		err = gpu_vm_create(gpu->fd, DRM_XE_VM_CREATE_FLAG_LR_MODE |
				    DRM_XE_VM_CREATE_FLAG_FAULT_MODE, &gpu->vm);
	if (err)
		gpu_close(gpu);
	return err;
}

/* The kernel takes VM, queues and buffer objects with the descriptor. */
void gpu_close(struct gpu *gpu)
{
	if (gpu->fd >= 0)
		close(gpu->fd);
	gpu->fd = -1;
}

bool gpu_has_mirror(const struct gpu *gpu)
{
	return gpu->config_flags & DRM_XE_QUERY_CONFIG_FLAG_HAS_CPU_ADDR_MIRROR;
}

const struct drm_xe_engine_class_instance *
gpu_find_engine(const struct gpu *gpu, unsigned int engine_class)
{
	unsigned int i;

	for (i = 0; i < gpu->num_engines; i++)
		if (gpu->engines[i].engine_class == engine_class)
			return &gpu->engines[i];
	return NULL;
}

/* Bus name of the device, for its driver's `bind` and `unbind`. */
int gpu_bus_name(const struct gpu *gpu, char *name, size_t size)
{
	char path[PATH_MAX];

	if (!realpath(gpu->sysfs, path))
		return -errno;
	snprintf(name, size, "%s", strrchr(path, '/') + 1);
	return 0;
}

static int read_reset(const struct gpu *gpu, unsigned int gt, const char *file)
{
	char path[128], text[64];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/gt%u/%s", gpu->debugfs, gt, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (read(fd, text, sizeof(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* Returns before the reset of the first GT is done. Needs root. */
int gpu_ask_for_reset(const struct gpu *gpu)
{
	return read_reset(gpu, 0, "force_reset");
}

int gpu_reset_gt(const struct gpu *gpu, unsigned int gt)
{
	return read_reset(gpu, gt, "force_reset_sync");
}
