// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sys/ioctl.h>

#include "gpu.h"
#include "syncobj.h"

int syncobj_create(int fd, uint32_t flags, uint32_t *handle)
{
	struct drm_syncobj_create create = { .flags = flags };

	if (ioctl(fd, DRM_IOCTL_SYNCOBJ_CREATE, &create))
		return -errno;
	*handle = create.handle;
	return 0;
}
