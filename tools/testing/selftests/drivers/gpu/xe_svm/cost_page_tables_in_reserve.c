// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (P1): a mirror that uses tables of 4 KiB entries has some in reserve for
 * the next blocks, so that a fault does not wait for their allocation. When the
 * reserve is empty, faults allocate their own tables. TTM's pool keeps a page
 * for one more, so that no allocation has to interrupt all CPUs while others
 * wait for locks.
 *
 * The sibling: a mirror of huge pages uses no such tables, and takes none from
 * the reserve.
 *
 * Desktop: quiet machine, counts the pages of TTM's pool
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"

#define BLOCKS	12
#define MANY	64	/* more than a reserve holds */
#define REST_US	100000	/* for the worker that makes more */

MIRROR_ON_COPY_ENGINE();

/* Tables taken from the reserve so far, or -errno */
static int64_t taken(const struct gpu *gpu)
{
	uint64_t count = 0;
	int err = gpu_stat(gpu, "svm_prealloc_table_count", &count);

	return err ? err : (int64_t)count;
}

static bool tables_in_vram(const struct gpu *gpu)
{
	return gpu->config_flags & DRM_XE_QUERY_CONFIG_FLAG_HAS_VRAM;
}

/* Return: tables from the reserve, or an error. */
static int64_t touch_each(FIXTURE_DATA(mirror) *self, char *area)
{
	int64_t before = taken(&self->gpu);
	unsigned int i;
	int err;

	if (before < 0)
		return before;

	for (i = 0; i < BLOCKS; i++) {
		err = gpu_increment(&self->queue, (uint32_t *)(area + i * SZ_2M));
		if (err)
			return err;
		usleep(REST_US);
	}
	return taken(&self->gpu) - before;
}

TEST_F_TIMEOUT(mirror, one_after_the_other, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(BLOCKS * SZ_2M);
	int64_t tables;

	ASSERT_NE(NULL, area);
	tables = touch_each(self, area);
	ASSERT_LE(0, tables);
	if (tables_in_vram(&self->gpu)) {
		ASSERT_EQ(0, tables);
		SKIP(return, "page tables in VRAM need no reserve");
	}
	/* A worker that gets no CPU may come too late for some. */
	EXPECT_LT(BLOCKS / 2, tables);
	EXPECT_GE(BLOCKS, tables);
}

TEST_F_TIMEOUT(mirror, more_than_there_are, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(MANY * SZ_2M);
	unsigned int i;

	ASSERT_NE(NULL, area);
	for (i = 0; i < MANY; i++)
		gpu_batch_store(&self->queue, area + i * SZ_2M, i + 1);
	ASSERT_EQ(0, gpu_run(&self->queue));
	for (i = 0; i < MANY; i++)
		ASSERT_EQ(i + 1, *(uint32_t *)(area + i * SZ_2M));
}

/* Pages in all pools of TTM, those of devices included, or an error. */
static int64_t pages_of_ttm(void)
{
	FILE *file = fopen("/sys/kernel/debug/ttm/page_pool", "r");
	long long pages = -ENOENT;
	char line[512];

	if (!file)
		return -errno;
	while (pages < 0 && fgets(line, sizeof(line), file))
		sscanf(line, "total : %lld", &pages);
	fclose(file);
	return pages;
}

TEST_F_TIMEOUT(mirror, a_page_for_the_next, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(MANY * SZ_2M);
	unsigned int i;

	ASSERT_NE(NULL, area);
	if (tables_in_vram(&self->gpu))
		SKIP(return, "page tables in VRAM need no reserve");
	if (pages_of_ttm() < 0)
		SKIP(return, "TTM does not show its pool");
	/* Pages left by others are freed first. */
	for (i = 0; i < 100 && pages_of_ttm(); i++)
		if (pressure_set("/proc/sys/vm/drop_caches", "2"))
			SKIP(return, "not root: cannot empty TTM's pool");
	ASSERT_EQ(0, pages_of_ttm());
	for (i = 0; i < MANY; i++)
		ASSERT_EQ(0, gpu_write(&self->queue, (uint32_t *)(area + i * SZ_2M), i + 1));
	for (i = 0; i < 20 && pages_of_ttm() < 1; i++)
		usleep(REST_US);
	EXPECT_LE(1, pages_of_ttm());
}

TEST_F_TIMEOUT(mirror, huge_pages_need_none, GPU_TEST_TIMEOUT)
{
	char *area = memory_map(BLOCKS * SZ_2M, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1);
	unsigned int i;

	ASSERT_NE(NULL, area);
	if (tables_in_vram(&self->gpu))
		SKIP(return, "page tables in VRAM need no reserve");
	madvise(area, BLOCKS * SZ_2M, MADV_HUGEPAGE);
	for (i = 0; i < BLOCKS; i++)
		area[i * SZ_2M] = 0;
	if (memory_smaps(area, "AnonHugePages") != BLOCKS * SZ_2M)
		SKIP(return, "the kernel gave no huge pages");
	EXPECT_EQ(0, touch_each(self, area));
}

TEST_HARNESS_MAIN
