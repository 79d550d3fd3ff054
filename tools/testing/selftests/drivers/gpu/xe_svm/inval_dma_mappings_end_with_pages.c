// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C6, C14): the device cannot reach memory that the process has released.
 * Each DMA mapping that the driver has made is unmapped once, when the last of
 * its pages is released: by munmap(), by madvise(), by a write to a read-only
 * page, by the exit of the process or the destruction of the VM. A huge page of
 * the CPU is one mapping, with one entry of the GPU.
 *
 * DMA_API_DEBUG counts mappings. With an IOMMU in front of an emulated GPU, the
 * GPU itself reports the memory that it can still reach.
 *
 * Needs: dmadebug or iommu
 * Desktop: quiet machine, counts the DMA mappings of the whole GPU
 */
#include <signal.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/child.h"
#include "lib/clock.h"
#include "lib/dma.h"
#include "lib/mirror_fixture.h"
#include "lib/touch.h"

#define PAGES		(3 * 512)	/* scattered over three blocks of 2 MiB and more */
#define READY_MS	60000
#define GIVEN_BACK_MS	10000
#define SETTLED_MS	20000
/* Page tables, allocations of the kernel for jobs, remains of earlier programs. */
#define OBJECTS_MAY_TAKE	128
#define OBJECTS_MAY_GO		512

/**
 * struct reach - memory of this test that the device can reach
 */
struct reach {
	/** @dma: by the list of the DMA API; no entries where there is none */
	struct dma_mapped dma;
	/** @pages: by the device, buffer objects included; 0 without an IOMMU */
	int64_t pages;
};

FIXTURE(dma)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_model model;
	bool has_list, is_translated;
	int64_t errors;
	struct child child;
};

static struct reach reach(FIXTURE_DATA(dma) *self)
{
	struct reach now = { 0 };

	if (self->has_list)
		dma_mapped(&self->gpu, &now.dma);
	if (self->is_translated)
		now.pages = gpu_model_count(&self->model, "MEM_PAGES");
	return now;
}

/* VMs of processes that have ended are destroyed later. */
static void settle(FIXTURE_DATA(dma) *self)
{
	int64_t start = clock_ms(), changed = start;
	struct reach before = reach(self), now;

	while (clock_ms() - changed < SETTLED_MS / 10 && clock_ms() - start < SETTLED_MS) {
		clock_sleep_ms(50);
		now = reach(self);
		if (now.pages != before.pages || now.dma.entries != before.dma.entries)
			changed = clock_ms();
		before = now;
	}
}

FIXTURE_SETUP(dma)
{
	struct dma_mapped none;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	gpu_model_open(&self->gpu, &self->model);
	self->has_list = !dma_mapped(&self->gpu, &none);
	self->is_translated = self->model.bar && dma_is_translated(&self->gpu);
	if (!self->has_list && !self->is_translated)
		SKIP(return, "neither DMA_API_DEBUG nor an emulated GPU behind an IOMMU");
	self->errors = dma_errors();
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	settle(self);
}

FIXTURE_TEARDOWN(dma)
{
	EXPECT_EQ(self->errors, dma_errors());
	child_stop(&self->child);
	gpu_model_close(&self->model);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* @entries and @pages more than @before. */
static void has_grown(struct __test_metadata *_metadata, FIXTURE_DATA(dma) *self,
		      const struct reach *before, int64_t entries, int64_t pages)
{
	struct reach now = reach(self);

	if (self->has_list) {
		EXPECT_EQ(before->dma.entries + entries, now.dma.entries);
		EXPECT_EQ(before->dma.pages + pages, now.dma.pages);
	}
	if (self->is_translated) {
		EXPECT_LE(before->pages + pages - OBJECTS_MAY_GO, now.pages);
		EXPECT_GE(before->pages + pages + OBJECTS_MAY_TAKE, now.pages);
	}
}

/* Every other page of an area: no two can be mapped as one. */
static char *map_scattered(struct __test_metadata *_metadata, FIXTURE_DATA(dma) *self)
{
	char *area = memory_map(2 * PAGES * SZ_4K, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1);

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, madvise(area, 2 * PAGES * SZ_4K, MADV_NOHUGEPAGE));
	ASSERT_EQ(0, touch_write(NULL, area, 2 * PAGES * SZ_4K, 2 * SZ_4K, 0xd3a0000));
	ASSERT_EQ(0, touch_write(&self->queue, area, 2 * PAGES * SZ_4K, 2 * SZ_4K, 0xd3a1000));
	EXPECT_EQ(0, touch_wrong(area, 2 * PAGES * SZ_4K, 2 * SZ_4K, 0xd3a1000));
	return area;
}

TEST_F_TIMEOUT(dma, munmap, GPU_TEST_TIMEOUT)
{
	struct reach before = reach(self);
	char *area = map_scattered(_metadata, self);

	has_grown(_metadata, self, &before, PAGES, PAGES);
	/* One, from the middle of a block; then all but a block; then that. */
	ASSERT_EQ(0, munmap(area + 100 * SZ_4K, SZ_4K));
	has_grown(_metadata, self, &before, PAGES - 1, PAGES - 1);
	ASSERT_EQ(0, munmap(area + SZ_2M, (2 * PAGES - 512) * SZ_4K));
	has_grown(_metadata, self, &before, 256 - 1, 256 - 1);
	ASSERT_EQ(0, munmap(area, SZ_2M));
	has_grown(_metadata, self, &before, 0, 0);
}

TEST_F_TIMEOUT(dma, madvise, GPU_TEST_TIMEOUT)
{
	struct reach before = reach(self);
	char *area = map_scattered(_metadata, self);
	unsigned int i;

	for (i = 0; i < 10; i++)
		ASSERT_EQ(0, madvise(area + i * 64 * SZ_4K, SZ_4K, MADV_DONTNEED));
	has_grown(_metadata, self, &before, PAGES - 10, PAGES - 10);
	ASSERT_EQ(0, madvise(area, 2 * PAGES * SZ_4K, MADV_DONTNEED));
	has_grown(_metadata, self, &before, 0, 0);
}

/* The read mapping is removed when the write mapping is made. */
TEST_F_TIMEOUT(dma, upgrade, GPU_TEST_TIMEOUT)
{
	const size_t size = 2 * PAGES * SZ_4K;
	char *area = memory_map(size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	struct reach before = reach(self);

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, madvise(area, size, MADV_NOHUGEPAGE));
	/* The zero page, once for each address */
	ASSERT_EQ(0, touch_read(&self->queue, area, size, 2 * SZ_4K));
	ASSERT_EQ(0, touch_write(&self->queue, area, size, 2 * SZ_4K, 0xd3a4));
	ASSERT_EQ(0, munmap(area, size));
	has_grown(_metadata, self, &before, 0, 0);
}

/* Contiguous for the CPU, and so for the device. */
TEST_F_TIMEOUT(dma, huge_page, GPU_TEST_TIMEOUT)
{
	char *area = memory_map(SZ_2M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	uint64_t clusters = 0, now = 0;
	struct reach before;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, madvise(area, SZ_2M, MADV_HUGEPAGE));
	*(volatile char *)area = 1;
	if (memory_smaps(area, "AnonHugePages") != SZ_2M)
		SKIP(return, "the kernel gave no huge page");
	before = reach(self);
	ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_cluster_count", &clusters));
	ASSERT_EQ(0, gpu_write(&self->queue, area + SZ_2M / 2, 0xd3a2));
	has_grown(_metadata, self, &before, 1, 512);
	/* One entry of 2 MiB: else they would be 32 clusters. */
	ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_cluster_count", &now));
	EXPECT_EQ(clusters, now);
	/* A mapping is unmapped as a whole, with its last page. */
	ASSERT_EQ(0, munmap(area, SZ_2M / 2));
	EXPECT_EQ(0xd3a2, *(volatile uint32_t *)(area + SZ_2M / 2));
	ASSERT_EQ(0, gpu_write(&self->queue, area + SZ_2M / 2, 0xd3a3));
	ASSERT_EQ(0, munmap(area + SZ_2M / 2, SZ_2M / 2 - SZ_4K));
	ASSERT_EQ(0, munmap(area + SZ_2M - SZ_4K, SZ_4K));
	has_grown(_metadata, self, &before, 0, 0);
}

/* A process with a GPU of its own; it maps, and waits. */
static int maps(int fd, void *arg)
{
	const size_t size = 2 * PAGES * SZ_4K;
	char *area = memory_anonymous(size);
	struct gpu_queue queue;
	struct gpu gpu;
	int word;

	if (!area || madvise(area, size, MADV_NOHUGEPAGE) ||
	    touch_write(NULL, area, size, 2 * SZ_4K, 0) ||
	    gpu_open_mirrored(&gpu, gpu_control_in_memory, &queue) ||
	    touch_write(&queue, area, size, 2 * SZ_4K, 1))
		return 1;
	if (child_say(fd, 1) || child_hear(fd, &word, READY_MS))
		return 2;
	gpu_queue_destroy(&queue);
	gpu_close(&gpu);
	if (child_say(fd, 2) || child_hear(fd, &word, READY_MS))
		return 3;
	return 0;
}

static void ends(struct __test_metadata *_metadata, FIXTURE_DATA(dma) *self, bool by_kill)
{
	struct reach before = reach(self), now;
	int64_t end;
	int word;

	ASSERT_EQ(0, child_start(&self->child, maps, NULL));
	ASSERT_EQ(0, child_hear(self->child.fd, &word, READY_MS));
	now = reach(self);
	if (self->has_list)
		EXPECT_LE(before.dma.pages + PAGES, now.dma.pages);
	if (self->is_translated)
		EXPECT_LE(before.pages + PAGES - OBJECTS_MAY_GO, now.pages);
	if (by_kill) {
		ASSERT_TRUE(child_stop(&self->child));
	} else {
		ASSERT_EQ(0, child_say(self->child.fd, 1));
		ASSERT_EQ(0, child_hear(self->child.fd, &word, READY_MS));
	}
	end = clock_ms() + GIVEN_BACK_MS;
	do {
		now = reach(self);
	} while ((now.dma.pages > before.dma.pages || now.pages > before.pages) &&
		 clock_ms() < end);
	has_grown(_metadata, self, &before, 0, 0);
}

TEST_F_TIMEOUT(dma, process_killed, GPU_TEST_TIMEOUT)
{
	ends(_metadata, self, true);
}

TEST_F_TIMEOUT(dma, descriptor_closed, GPU_TEST_TIMEOUT)
{
	ends(_metadata, self, false);
}

TEST_HARNESS_MAIN
