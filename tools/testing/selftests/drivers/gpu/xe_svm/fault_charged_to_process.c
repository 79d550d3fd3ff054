// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C13): memory that the kernel allocates for a fault of the GPU is
 * charged to the memory cgroup of the process, as for a fault of the CPU: page
 * cache, page tables, and the driver's own objects for blocks. So is advice.
 *
 * Desktop: may disturb it, makes a control group and drops caches
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/advice.h"
#include "lib/cgroup.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"
#include "lib/touch.h"

#define DISK		"/dev/ram0"
#define FILE_SIZE	(4 * SZ_2M)
#define BLOCKS		1024UL
/* Less than the driver can do with for a block and its page table. */
#define BLOCK_BYTES	64
#define ADVISED		20000UL
/* Two entries of a maple tree take more. */
#define ADVICE_BYTES	16
/* Statistics of a cgroup lag behind by this much. */
#define NOISE		(32 * SZ_4K)
#define ADDED_UP_MS	6000
/* Page cache that may be read beyond the end of the mapping. */
#define READAHEAD	(8 * SZ_64K)

FIXTURE(charged)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_queue *accessor;	/* NULL: the CPU */
	struct cgroup group;
	int disk;
};

FIXTURE_VARIANT(charged)
{
	bool by_gpu;
};

FIXTURE_VARIANT_ADD(charged, cpu) { .by_gpu = false, };
FIXTURE_VARIANT_ADD(charged, gpu) { .by_gpu = true, };

FIXTURE_SETUP(charged)
{
	self->disk = -1;
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->accessor = variant->by_gpu ? &self->queue : NULL;
	if (cgroup_create(&self->group, "memory") || cgroup_enter(&self->group))
		SKIP(return, "no memory cgroup");
	self->disk = open(DISK, O_RDONLY | O_CLOEXEC);
}

FIXTURE_TEARDOWN(charged)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
	cgroup_destroy(&self->group);
	close(self->disk);
}

static int64_t charged(FIXTURE_DATA(charged) *self, const char *kind)
{
	return cgroup_field(&self->group, "memory.stat", kind);
}

/* Since @before. The kernel adds up the counts of the CPUs every two seconds or so. */
static int64_t charged_since(FIXTURE_DATA(charged) *self, const char *kind, int64_t before,
			     int64_t least)
{
	int64_t end = clock_ms() + ADDED_UP_MS;

	while (charged(self, kind) - before < least && clock_ms() < end)
		clock_sleep_ms(100);
	return charged(self, kind) - before;
}

static char *map_disk(FIXTURE_DATA(charged) *self)
{
	return memory_map(FILE_SIZE, PROT_READ, MAP_SHARED, self->disk);
}

TEST_F_TIMEOUT(charged, page_cache, GPU_TEST_TIMEOUT)
{
	int64_t before, grown;
	char *map;

	if (self->disk < 0)
		SKIP(return, "no " DISK);
	ASSERT_EQ(0, pressure_set("/proc/sys/vm/drop_caches", "1"));
	map = map_disk(self);
	ASSERT_NE(NULL, map);
	before = charged(self, "file");
	ASSERT_LE(0, before);
	ASSERT_EQ(0, touch_read(self->accessor, map, FILE_SIZE, SZ_4K));
	grown = charged_since(self, "file", before, FILE_SIZE - NOISE);
	TH_LOG("%lld of %lu KiB charged", (long long)grown / 1024, FILE_SIZE / 1024);
	EXPECT_LE((int64_t)FILE_SIZE - NOISE, grown);
	EXPECT_GE((int64_t)FILE_SIZE + READAHEAD, grown);
}

/* The sibling: page cache belongs to the group that brought it in. */
TEST_F_TIMEOUT(charged, page_cache_of_others, GPU_TEST_TIMEOUT)
{
	int64_t before;
	char *map;

	if (self->disk < 0)
		SKIP(return, "no " DISK);
	ASSERT_EQ(0, pressure_set("/proc/sys/vm/drop_caches", "1"));
	ASSERT_EQ(0, cgroup_leave());
	map = map_disk(self);
	ASSERT_NE(NULL, map);
	ASSERT_EQ(0, touch_read(NULL, map, FILE_SIZE, SZ_4K));
	ASSERT_EQ(0, munmap(map, FILE_SIZE));

	ASSERT_EQ(0, cgroup_enter(&self->group));
	map = map_disk(self);
	ASSERT_NE(NULL, map);
	before = charged(self, "file");
	ASSERT_EQ(0, touch_read(self->accessor, map, FILE_SIZE, SZ_4K));
	EXPECT_GE(NOISE, charged(self, "file") - before);
}

/* A read of untouched memory: the tables are all that is allocated. */
TEST_F_TIMEOUT(charged, page_tables, GPU_TEST_TIMEOUT)
{
	int64_t tables = charged(self, "pagetables"), slab = charged(self, "slab");
	char *area = memory_anonymous(BLOCKS * SZ_2M);

	ASSERT_NE(NULL, area);
	ASSERT_LE(0, tables);
	ASSERT_LE(0, slab);
	ASSERT_EQ(0, touch_read(self->accessor, area, BLOCKS * SZ_2M, SZ_2M));
	tables = charged_since(self, "pagetables", tables, BLOCKS * SZ_4K - NOISE);
	slab = charged(self, "slab") - slab;
	TH_LOG("%lu blocks: %lld KiB of page tables, %lld KiB of slab charged", BLOCKS,
	       (long long)tables / 1024, (long long)slab / 1024);
	EXPECT_LE((int64_t)(BLOCKS * SZ_4K - NOISE), tables);
	if (variant->by_gpu)
		EXPECT_LE((int64_t)(BLOCKS * BLOCK_BYTES), slab)
			TH_LOG("the driver's own memory is not charged");
}

/* Advice on every other page: the tree of it grows with each. */
TEST_F_TIMEOUT(charged, advice, GPU_TEST_TIMEOUT)
{
	int64_t before = charged(self, "slab"), grown;
	char *area = mmap(NULL, ADVISED * 2 * SZ_4K, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	unsigned long i;

	ASSERT_NE(MAP_FAILED, area);
	ASSERT_LE(0, before);
	for (i = 0; i < ADVISED; i++)
		ASSERT_EQ(0, advise_atomic(&self->gpu, area + i * 2 * SZ_4K, SZ_4K,
					   DRM_XE_ATOMIC_CPU));
	grown = charged_since(self, "slab", before, ADVISED * ADVICE_BYTES);
	TH_LOG("%lld KiB charged for %lu pieces of advice", (long long)grown / 1024, ADVISED);
	EXPECT_LE((int64_t)(ADVISED * ADVICE_BYTES), grown);
}

TEST_HARNESS_MAIN
