// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): the driver may be unbound from the device while memory of a
 * process is mapped on the GPU. The process keeps its memory and may change its
 * mapping in any way. Memory that it releases is freed, and not kept for an
 * absent GPU. The driver can be bound again and serves the next process.
 *
 * Desktop: may end it, unbinds the driver
 */
#include <fcntl.h>
#include <glob.h>
#include <linux/kernel-page-flags.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"

#define DRIVER		"/sys/bus/pci/drivers/xe/"
#define PAGES		(SZ_2M / SZ_4K)
#define STRIDE		(SZ_4K / sizeof(uint32_t))

FIXTURE(unbound)
{
	struct gpu gpu;
	struct gpu_queue queue;
	uint32_t *area;		/* 2 MiB, all of it mapped for the GPU */
	int64_t pfn[PAGES];	/* of its pages, mapped on the GPU until the unbind */
	char device[64];	/* as the bus names it */
};

FIXTURE_SETUP(unbound)
{
	unsigned int i;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (access(DRIVER "unbind", W_OK))
		SKIP(return, "may not unbind drivers");
	ASSERT_EQ(0, gpu_bus_name(&self->gpu, self->device, sizeof(self->device)));
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->area = memory_anonymous(SZ_2M);
	ASSERT_NE(NULL, self->area);
	for (i = 0; i < PAGES; i++)
		self->area[i * STRIDE] = i;
	ASSERT_EQ(0, gpu_write(&self->queue, self->area, 0x0b0d0001));
	for (i = 0; i < PAGES; i++) {
		self->pfn[i] = memory_pfn(self->area + i * STRIDE);
		ASSERT_LT(0, self->pfn[i]);
	}
	ASSERT_EQ(0, pressure_set(DRIVER "unbind", self->device));
}

/* The next process must have its GPU, whatever happened here. */
FIXTURE_TEARDOWN(unbound)
{
	struct gpu_queue queue;
	struct gpu gpu;

	gpu_close(&self->gpu);
	if (access(DRIVER "unbind", W_OK) || !*self->device)
		return;
	EXPECT_EQ(0, pressure_set(DRIVER "bind", self->device));
	ASSERT_EQ(0, gpu_open(&gpu));
	mirror_start(_metadata, &gpu, &gpu.engines[0], &queue);
	EXPECT_EQ(0, gpu_write(&queue, self->area, 0x0b0d0002));
	EXPECT_EQ(0x0b0d0002, *self->area);
	gpu_close(&gpu);
}

/* How many of each @stride-th page are still in use, or -errno. */
static int pages_in_use(const int64_t *pfn, unsigned int first, unsigned int stride)
{
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	unsigned int i, used = 0;
	uint64_t flags;

	if (fd < 0)
		return -errno;
	for (i = first; i < PAGES; i += stride)
		if (pread(fd, &flags, sizeof(flags), pfn[i] * sizeof(flags)) == sizeof(flags))
			used += !!(flags & (1ULL << KPF_ANON));
	close(fd);
	return used;
}

static unsigned int wrong_pages(const uint32_t *area)
{
	unsigned int i, wrong = 0;

	for (i = 1; i < PAGES; i++)
		wrong += area[i * STRIDE] != i;
	return wrong;
}

TEST_F_TIMEOUT(unbound, memory_is_kept, GPU_TEST_TIMEOUT)
{
	EXPECT_EQ(0x0b0d0001, *self->area);
	EXPECT_EQ(0, wrong_pages(self->area));
}

/* Far more holes than an extent of one piece has room for. */
TEST_F_TIMEOUT(unbound, mapping_is_cut_to_pieces, GPU_TEST_TIMEOUT)
{
	unsigned int i;
	int in_use;

	for (i = 1; i < PAGES; i += 2)
		ASSERT_EQ(0, madvise(self->area + i * STRIDE, SZ_4K, MADV_DONTNEED));
	/* Some may have been reallocated by now. */
	in_use = pages_in_use(self->pfn, 1, 2);
	EXPECT_LE(0, in_use);
	for (i = 1; i < PAGES; i++)
		EXPECT_EQ(i & 1 ? 0 : i, self->area[i * STRIDE]);
	EXPECT_EQ(PAGES / 2, pages_in_use(self->pfn, 0, 2));
	EXPECT_GT(PAGES / 4, in_use);
}

TEST_F_TIMEOUT(unbound, mapping_goes_at_once, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(self->area, mmap(self->area, SZ_2M, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	EXPECT_GT(PAGES / 2, pages_in_use(self->pfn, 0, 1));
	EXPECT_EQ(0, *self->area);
}

/* The GPU is removed before its descriptor is closed. */
TEST_F_TIMEOUT(unbound, err_device_is_gone, GPU_TEST_TIMEOUT)
{
	EXPECT_EQ(-ENODEV, gpu_bind_mirror_whole(&self->gpu));
}

TEST_HARNESS_MAIN
