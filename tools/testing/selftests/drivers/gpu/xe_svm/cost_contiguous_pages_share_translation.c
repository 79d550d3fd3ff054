// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (P3, C6): 16 pages that are contiguous in memory and in the address
 * space, aligned to 64 KiB in both, are one translation for the GPU. When some
 * of them are unmapped, all of the translation is flushed from the TLB, and the
 * others stay mapped.
 *
 * The sibling: pages that are not contiguous, or contiguous at another offset,
 * are mapped, unmapped and flushed one by one. Behind an IOMMU the driver
 * chooses the offset, so there only pages that are not contiguous are.
 *
 * Desktop: emulated GPU only
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/dma.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"

#define CLUSTER		16
#define USED		(4 * CLUSTER)	/* pages the GPU touches */
#define GONE		21		/* in the second of four clusters */
#define VALUE(i)	(0xc1050000 + (i))

#define FOLIOS_OF_64K	"/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled"

FIXTURE(cluster)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_model model;
	char *area;
	struct {
		int64_t full, ranges, bytes;
	} gt[GPU_MAX_GTS];
	int64_t faults, walks;
	uint64_t clusters;
};

static uint32_t *page(char *area, unsigned int i)
{
	return (uint32_t *)(area + i * SZ_4K);
}

static void fill(char *area)
{
	unsigned int i;

	for (i = 0; i < USED; i++)
		*page(area, i) = VALUE(i);
}

/* A huge page that lies @offset behind a 2 MiB boundary now; NULL if there is none. */
static char *huge_page_moved(size_t offset)
{
	char *from = memory_map(SZ_2M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *to = memory_map(2 * SZ_2M, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	if (!from || !to || madvise(from, SZ_2M, MADV_HUGEPAGE))
		return NULL;
	fill(from);
	if (memory_smaps(from, "AnonHugePages") != SZ_2M)
		return NULL;
	to += offset;
	return mremap(from, SZ_2M, SZ_2M, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to ? to : NULL;
}

FIXTURE_SETUP(cluster)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (gpu_model_open(&self->gpu, &self->model))
		SKIP(return, "not an emulated GPU: no counter");
	self->area = huge_page_moved(SZ_64K);
	if (!self->area)
		SKIP(return, "the kernel gave no huge page");
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
}

FIXTURE_TEARDOWN(cluster)
{
	gpu_model_close(&self->model);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* As many pages as of @other, which get the pages in between. */
static char *pages_apart(void)
{
	char *area = memory_anonymous(SZ_2M), *other = memory_anonymous(SZ_2M);
	unsigned int i;

	if (!area || !other)
		return NULL;
	for (i = 0; i < USED; i++) {
		*page(area, i) = VALUE(i);
		*page(other, i) = 0;
	}
	return area;
}

static void start_count(struct __test_metadata *_metadata, FIXTURE_DATA(cluster) *self)
{
	unsigned int i;

	ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_cluster_count", &self->clusters));
	self->walks = gpu_model_count(&self->model, "TLB_CLUSTER");
	ASSERT_LE(0, self->walks);
	self->faults = gpu_faults(&self->gpu);
	for (i = 0; i < self->gpu.num_gts; i++) {
		self->gt[i].full = gpu_model_count_in(&self->model, i, "TLB_INVAL_FULL");
		self->gt[i].ranges = gpu_model_count_in(&self->model, i, "TLB_INVAL_RANGE");
		self->gt[i].bytes = gpu_model_count_in(&self->model, i, "TLB_INVAL_BYTES");
	}
}

static uint64_t clusters(FIXTURE_DATA(cluster) *self)
{
	uint64_t value;

	return gpu_stat(&self->gpu, "svm_cluster_count", &value) ? 0 : value - self->clusters;
}

/* Of the batch's own memory, too, which may be a cluster by chance. */
static int64_t walks(FIXTURE_DATA(cluster) *self)
{
	return gpu_model_count(&self->model, "TLB_CLUSTER") - self->walks;
}

/* One flush of so many bytes since the count began, where the VM has run. */
static void flushed(struct __test_metadata *_metadata, FIXTURE_DATA(cluster) *self, int64_t bytes)
{
	unsigned int i;

	for (i = 0; i < self->gpu.num_gts; i++) {
		EXPECT_EQ(self->gt[i].full, gpu_model_count_in(&self->model, i, "TLB_INVAL_FULL"));
		EXPECT_EQ(self->gt[i].ranges + gpu_gt_flushes(&self->gpu, i, 1),
			  gpu_model_count_in(&self->model, i, "TLB_INVAL_RANGE"));
		EXPECT_EQ(gpu_gt_flushes(&self->gpu, i, bytes),
			  gpu_model_count_in(&self->model, i, "TLB_INVAL_BYTES") -
			  self->gt[i].bytes);
	}
}

/* The GPU increments all used pages but [gone, end). Return: its faults. */
static void gpu_counts(struct __test_metadata *_metadata, FIXTURE_DATA(cluster) *self, char *area,
		       unsigned int gone, unsigned int end, int64_t faults, uint32_t times)
{
	int64_t before = gpu_faults(&self->gpu);
	unsigned int i;

	for (i = 0; i < USED; i++)
		if (i < gone || i >= end)
			gpu_batch_increment(&self->queue, page(area, i));
	ASSERT_EQ(0, gpu_run(&self->queue));
	EXPECT_EQ(before + faults, gpu_faults(&self->gpu));
	for (i = 0; i < USED; i++)
		if (i < gone || i >= end)
			EXPECT_EQ(VALUE(i) + times, *page(area, i));
}

/* Fresh memory by now; a translation that was kept would show the old. */
static void is_gone(struct __test_metadata *_metadata, FIXTURE_DATA(cluster) *self, uint32_t *word)
{
	int64_t before = gpu_faults(&self->gpu);
	uint32_t value = 1;

	EXPECT_EQ(0, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(0, value);
	EXPECT_EQ(before + 1, gpu_faults(&self->gpu));
}

/* Mapped, and touched once, so that the TLB knows. */
static char *mapped_as_clusters(struct __test_metadata *_metadata, FIXTURE_DATA(cluster) *self)
{
	gpu_counts(_metadata, self, self->area, 0, 0, 1, 1);
	start_count(_metadata, self);
	return self->area;
}

/* All of the first block is mapped by one service: 31 are left of it. */
TEST_F_TIMEOUT(cluster, of_a_huge_page_moved, GPU_TEST_TIMEOUT)
{
	start_count(_metadata, self);
	gpu_counts(_metadata, self, self->area, 0, 0, 1, 1);
	EXPECT_EQ(31, clusters(self));
	EXPECT_LE(USED / CLUSTER, walks(self));
}

TEST_F_TIMEOUT(cluster, of_large_folios, GPU_TEST_TIMEOUT)
{
	char *area = memory_map(SZ_2M / 2, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1);

	if (pressure_set(FOLIOS_OF_64K, "always"))
		SKIP(return, "no folios of 64 KiB");
	ASSERT_NE(NULL, area);
	fill(area);
	pressure_set(FOLIOS_OF_64K, "never");
	start_count(_metadata, self);
	gpu_counts(_metadata, self, area, 0, 0, 1, 1);
	EXPECT_EQ(USED / CLUSTER, clusters(self));
	EXPECT_LE(USED / CLUSTER, walks(self));
}

TEST_F_TIMEOUT(cluster, loses_a_page, GPU_TEST_TIMEOUT)
{
	char *area = mapped_as_clusters(_metadata, self);

	ASSERT_EQ(0, madvise(page(area, GONE), SZ_4K, MADV_DONTNEED));
	flushed(_metadata, self, SZ_64K);
	gpu_counts(_metadata, self, area, GONE, GONE + 1, 0, 2);
	is_gone(_metadata, self, page(area, GONE));
	EXPECT_EQ(0, clusters(self));

	/* It is not a cluster any more: another page is unmapped alone. */
	start_count(_metadata, self);
	ASSERT_EQ(0, madvise(page(area, GONE + 1), SZ_4K, MADV_DONTNEED));
	flushed(_metadata, self, SZ_4K);
	/* The one beside it still is. */
	start_count(_metadata, self);
	ASSERT_EQ(0, madvise(page(area, 2 * CLUSTER), SZ_4K, MADV_DONTNEED));
	flushed(_metadata, self, SZ_64K);
	gpu_counts(_metadata, self, area, GONE, 2 * CLUSTER + 1, 0, 3);
}

TEST_F_TIMEOUT(cluster, loses_an_address, GPU_TEST_TIMEOUT)
{
	char *area = mapped_as_clusters(_metadata, self);
	uint32_t value;

	ASSERT_EQ(0, munmap(page(area, GONE), SZ_4K));
	flushed(_metadata, self, SZ_64K);
	gpu_counts(_metadata, self, area, GONE, GONE + 1, 0, 2);
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, page(area, GONE), &value));
}

TEST_F_TIMEOUT(cluster, loses_its_end_and_the_next_its_start, GPU_TEST_TIMEOUT)
{
	char *area = mapped_as_clusters(_metadata, self);

	ASSERT_EQ(0, madvise(page(area, 28), 8 * SZ_4K, MADV_DONTNEED));
	flushed(_metadata, self, 2 * SZ_64K);
	gpu_counts(_metadata, self, area, 28, 36, 0, 2);
	is_gone(_metadata, self, page(area, 28));
	is_gone(_metadata, self, page(area, 35));
}

TEST_F_TIMEOUT(cluster, goes_as_a_whole, GPU_TEST_TIMEOUT)
{
	char *area = mapped_as_clusters(_metadata, self);

	ASSERT_EQ(0, madvise(page(area, CLUSTER), SZ_64K, MADV_DONTNEED));
	flushed(_metadata, self, SZ_64K);
	gpu_counts(_metadata, self, area, CLUSTER, 2 * CLUSTER, 0, 2);
	is_gone(_metadata, self, page(area, CLUSTER));
}

/* Read-only after fork(); a write upgrades one page, the others stay as they are. */
TEST_F_TIMEOUT(cluster, has_a_page_upgraded, GPU_TEST_TIMEOUT)
{
	char *area = self->area;
	uint32_t value = 0;
	pid_t child;

	child = fork();
	if (!child)
		_exit(0);
	ASSERT_EQ(child, waitpid(child, NULL, 0));
	start_count(_metadata, self);
	ASSERT_EQ(0, gpu_read(&self->queue, page(area, 0), &value));
	EXPECT_EQ(VALUE(0), value);
	EXPECT_EQ(31, clusters(self));
	ASSERT_EQ(0, gpu_read(&self->queue, page(area, GONE), &value));

	start_count(_metadata, self);
	ASSERT_EQ(0, gpu_write(&self->queue, page(area, GONE), 0xabcd));
	EXPECT_EQ(0xabcd, *page(area, GONE));
	flushed(_metadata, self, SZ_64K);
	EXPECT_EQ(0, clusters(self));
	ASSERT_EQ(0, gpu_read(&self->queue, page(area, GONE - 1), &value));
	EXPECT_EQ(VALUE(GONE - 1), value);
	ASSERT_EQ(0, gpu_read(&self->queue, page(area, GONE + 1), &value));
	EXPECT_EQ(VALUE(GONE + 1), value);
	EXPECT_EQ(self->faults + 1, gpu_faults(&self->gpu));
}

/* An object in the same page table, bound and unbound. */
TEST_F_TIMEOUT(cluster, beside_an_object, GPU_TEST_TIMEOUT)
{
	char *area = mapped_as_clusters(_metadata, self);
	char *object = area - SZ_64K;
	struct drm_xe_vm_bind_op op;
	uint32_t bo;

	ASSERT_EQ(0, gpu_bo_create(&self->gpu, SZ_64K, &bo));
	ASSERT_EQ(0, gpu_bo_map_cpu(&self->gpu, bo, object, SZ_64K));
	op = gpu_op_bo(bo, (uintptr_t)object, SZ_64K);
	ASSERT_EQ(0, gpu_bind_ops(&self->gpu, &op, 1));
	ASSERT_EQ(0, gpu_write(&self->queue, page(object, 3), 0xb0b0));
	EXPECT_EQ(0xb0b0, *page(object, 3));
	gpu_counts(_metadata, self, area, 0, 0, 0, 2);
	ASSERT_EQ(0, madvise(page(area, 0), SZ_4K, MADV_DONTNEED));
	ASSERT_EQ(0, gpu_bind_mirror(&self->gpu, (uintptr_t)object, SZ_64K, 0));
	gpu_counts(_metadata, self, area, 0, 1, 0, 3);
	gpu_bo_destroy(&self->gpu, bo);
}

/* The siblings: touched and flushed page by page. */
static void is_no_cluster(struct __test_metadata *_metadata, FIXTURE_DATA(cluster) *self,
			  char *area)
{
	start_count(_metadata, self);
	gpu_counts(_metadata, self, area, 0, 0, 1, 1);
	EXPECT_EQ(0, clusters(self));
	EXPECT_GT(USED / CLUSTER, walks(self));
	start_count(_metadata, self);
	ASSERT_EQ(0, madvise(page(area, GONE), SZ_4K, MADV_DONTNEED));
	flushed(_metadata, self, SZ_4K);
	gpu_counts(_metadata, self, area, GONE, GONE + 1, 0, 2);
}

TEST_F_TIMEOUT(cluster, not_of_pages_apart, GPU_TEST_TIMEOUT)
{
	char *area = pages_apart();

	ASSERT_NE(NULL, area);
	is_no_cluster(_metadata, self, area);
}

TEST_F_TIMEOUT(cluster, not_at_another_offset, GPU_TEST_TIMEOUT)
{
	char *area = huge_page_moved(SZ_64K + 3 * SZ_4K);

	if (dma_is_translated(&self->gpu))
		SKIP(return, "behind an IOMMU, see the next");
	if (!area)
		SKIP(return, "the kernel gave no huge page");
	is_no_cluster(_metadata, self, area);
}

/* 13 pages to the next 64 KiB of the block, then 30 times 16 to its end. */
TEST_F_TIMEOUT(cluster, at_another_offset_behind_an_iommu, GPU_TEST_TIMEOUT)
{
	char *area = huge_page_moved(SZ_64K + 3 * SZ_4K);

	if (!dma_is_translated(&self->gpu))
		SKIP(return, "no IOMMU");
	if (!area)
		SKIP(return, "the kernel gave no huge page");
	start_count(_metadata, self);
	gpu_counts(_metadata, self, area, 0, 0, 1, 1);
	EXPECT_EQ(30, clusters(self));
	start_count(_metadata, self);
	ASSERT_EQ(0, madvise(page(area, GONE), SZ_4K, MADV_DONTNEED));
	flushed(_metadata, self, SZ_64K);
	gpu_counts(_metadata, self, area, GONE, GONE + 1, 0, 2);
	is_gone(_metadata, self, page(area, GONE));
}

TEST_HARNESS_MAIN
