// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <sys/ioctl.h>

#include "clock.h"
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

/* Until its fence has signaled, or a number of milliseconds has passed. */
int syncobj_wait(int fd, uint32_t handle, unsigned int ms)
{
	struct drm_syncobj_wait wait = {
		.handles = (uintptr_t)&handle,
		.count_handles = 1,
		.timeout_nsec = (clock_us() + ms * 1000LL) * 1000,
	};

	return ioctl(fd, DRM_IOCTL_SYNCOBJ_WAIT, &wait) ? -errno : 0;
}
