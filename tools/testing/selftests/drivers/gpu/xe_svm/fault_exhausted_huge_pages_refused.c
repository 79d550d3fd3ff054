// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C1): an access to hugetlb memory without a reservation is refused when
 * the pool has no page left (the CPU gets SIGBUS); the VM stays usable, and the
 * same access is served when the pool has a page again. A prefetch of a huge page
 * that is absent or broken maps nothing.
 *
 * Desktop: may disturb it, sets vm.nr_hugepages
 */
#include <linux/mman.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/access_fixture.h"
#include "lib/pressure.h"

#define POOL		"/proc/sys/vm/nr_hugepages"
#define VALUE		0x00b00001

#define HUGE_FLAGS	(MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE)

static char *huge_page(void)
{
	return memory_map(SZ_2M, PROT_READ | PROT_WRITE, HUGE_FLAGS, -1);
}

TEST_F_TIMEOUT(access, err_until_pool_has_one, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *plain = memory_anonymous(SZ_4K);
	char *user, *late;
	uint32_t value = 1;
	int64_t before;

	ASSERT_NE(NULL, plain);
	if (pressure_set(POOL, "0") || pressure_set(POOL, "1"))
		SKIP(return, "no huge pages");
	user = huge_page();
	late = huge_page();
	if (!user || !late)
		SKIP(return, "no huge pages");
	before = gpu_faults(&self->gpu);
	ASSERT_EQ(0, access_write(self->by, user, VALUE));

	EXPECT_EQ(ACCESS_REFUSED, access_write(self->by, late, VALUE + 1));
	EXPECT_EQ(ACCESS_REFUSED, access_write(self->by, late + SZ_64K, VALUE + 2));
	EXPECT_EQ(0, access_write(self->by, plain, VALUE + 3));
	EXPECT_EQ(VALUE + 3, *plain);
	EXPECT_EQ(0, access_read(self->by, user, &value));
	EXPECT_EQ(VALUE, value);

	ASSERT_EQ(0, munmap(user, SZ_2M));
	EXPECT_EQ(0, access_write(self->by, late, VALUE + 4));
	EXPECT_EQ(VALUE + 4, *(uint32_t *)late);
	if (variant->by_gpu)
		EXPECT_LT(before, gpu_faults(&self->gpu));
	munmap(late, SZ_2M);
	pressure_set(POOL, "0");
}

/* The sibling: a pool with a page more. */
TEST_F_TIMEOUT(access, pool_has_two, GPU_TEST_TIMEOUT)
{
	char *user, *late;

	if (pressure_set(POOL, "2"))
		SKIP(return, "no huge pages");
	user = huge_page();
	late = huge_page();
	if (!user || !late)
		SKIP(return, "no huge pages");
	EXPECT_EQ(0, access_write(self->by, user, VALUE));
	EXPECT_EQ(0, access_write(self->by, late, VALUE + 1));
	EXPECT_EQ(VALUE + 1, *(uint32_t *)late);
	munmap(user, SZ_2M);
	munmap(late, SZ_2M);
	pressure_set(POOL, "0");
}

MIRROR_ON_COPY_ENGINE();

static uint64_t mapped(const struct gpu *gpu)
{
	uint64_t pages = 0;

	gpu_stat(gpu, "svm_mapped_page_count", &pages);
	return pages;
}

/* Twice: the first one makes page tables of the CPU. */
static void prefetch_maps(struct __test_metadata *_metadata, FIXTURE_DATA(mirror) *self,
			  char *area, unsigned int pages)
{
	uint64_t before = mapped(&self->gpu);

	EXPECT_EQ(0, gpu_prefetch(&self->gpu, area, SZ_2M));
	EXPECT_EQ(0, gpu_prefetch(&self->gpu, area, SZ_2M));
	EXPECT_EQ(before + pages, mapped(&self->gpu));
}

static void prefetch_maps_nothing(struct __test_metadata *_metadata, FIXTURE_DATA(mirror) *self,
				  char *area)
{
	uint32_t value = 0;

	prefetch_maps(_metadata, self, area, 0);
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, (uint32_t *)area, &value))
		TH_LOG("read %#x", value);
}

TEST_F_TIMEOUT(mirror, prefetch_of_absent, GPU_TEST_TIMEOUT)
{
	char *late;

	if (pressure_set(POOL, "0"))
		SKIP(return, "no huge pages");
	late = huge_page();
	ASSERT_NE(NULL, late);
	prefetch_maps_nothing(_metadata, self, late);
	munmap(late, SZ_2M);
}

/* In the middle, as its address is part of what is read from a wrong entry */
TEST_F_TIMEOUT(mirror, prefetch_of_absent_gigabyte, GPU_TEST_TIMEOUT)
{
	char *late = mmap(NULL, SZ_1G, PROT_READ | PROT_WRITE, HUGE_FLAGS | MAP_HUGE_1GB, -1, 0);

	if (late == MAP_FAILED)
		SKIP(return, "no huge pages of 1 GiB");
	prefetch_maps_nothing(_metadata, self, late + SZ_1G / 2);
	munmap(late, SZ_1G);
}

TEST_F_TIMEOUT(mirror, prefetch_of_broken, GPU_TEST_TIMEOUT)
{
	char *page;

	if (pressure_set(POOL, "1"))
		SKIP(return, "no huge pages");
	page = huge_page();
	ASSERT_NE(NULL, page);
	*(volatile uint32_t *)page = VALUE;
	if (memory_break(page, MADV_HWPOISON))
		SKIP(return, "may not break pages");
	prefetch_maps_nothing(_metadata, self, page);
	munmap(page, SZ_2M);
	pressure_set(POOL, "0");
}

/* The sibling: one that the pool has. */
TEST_F_TIMEOUT(mirror, prefetch_of_present, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0;
	char *page;

	if (pressure_set(POOL, "1"))
		SKIP(return, "no huge pages");
	page = huge_page();
	ASSERT_NE(NULL, page);
	*(volatile uint32_t *)page = VALUE;
	prefetch_maps(_metadata, self, page, SZ_2M / SZ_4K);
	EXPECT_EQ(0, gpu_read(&self->queue, (uint32_t *)page, &value));
	EXPECT_EQ(VALUE, value);
	munmap(page, SZ_2M);
	pressure_set(POOL, "0");
}

TEST_HARNESS_MAIN
