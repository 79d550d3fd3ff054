// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): an object that was imported from another driver cannot be read through
 * the CPU mapping that user space makes of it, neither directly nor by /proc/self/mem.
 *
 * Needs: field
 * Desktop: harmless
 */
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

FIXTURE(imported)
{
	struct gpu gpu;
	int buf;			/* the dma-buf */
};

/* A dma-buf of a page of anonymous memory. */
static int make_dma_buf(void)
{
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = SZ_4K };
	int dev, buf = -EINVAL, memory;

	dev = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	if (dev < 0)
		return -errno;
	memory = memfd_create("imported", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	if (memory >= 0 && !ftruncate(memory, SZ_4K) &&
	    !fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK)) {
		create.memfd = memory;
		buf = ioctl(dev, UDMABUF_CREATE, &create);
		if (buf < 0)
			buf = -errno;
	}
	if (memory >= 0)
		close(memory);
	close(dev);
	return buf;
}

FIXTURE_SETUP(imported)
{
	self->buf = -1;
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	self->buf = make_dma_buf();
	if (self->buf == -ENOENT)
		SKIP(return, "no udmabuf");
	ASSERT_LE(0, self->buf);
}

FIXTURE_TEARDOWN(imported)
{
	if (self->buf >= 0)
		close(self->buf);
	gpu_close(&self->gpu);
}

TEST_F_TIMEOUT(imported, by_proc_mem, GPU_TEST_TIMEOUT)
{
	struct drm_prime_handle prime = { .fd = self->buf };
	struct drm_xe_gem_mmap_offset offset = {};
	char byte, *map;
	int mem;

	ASSERT_EQ(0, ioctl(self->gpu.fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime));
	offset.handle = prime.handle;
	ASSERT_EQ(0, ioctl(self->gpu.fd, DRM_IOCTL_XE_GEM_MMAP_OFFSET, &offset));
	map = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, self->gpu.fd, offset.offset);
	ASSERT_NE(MAP_FAILED, (void *)map);
	mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, mem);
	EXPECT_EQ(-1, pread(mem, &byte, 1, (uintptr_t)map));
	EXPECT_EQ(EIO, errno);
	close(mem);
	munmap(map, SZ_4K);
}

TEST_HARNESS_MAIN
