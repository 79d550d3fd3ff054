// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C1): an access to hugetlb memory without a reservation is refused when
 * the pool has no page left (the CPU gets SIGBUS); the VM stays usable, and the
 * same access is served when the pool has a page again.
 *
 * Desktop: may disturb it, sets vm.nr_hugepages
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/access_fixture.h"
#include "lib/pressure.h"

#define POOL		"/proc/sys/vm/nr_hugepages"
#define VALUE		0x00b00001

static char *huge_page(void)
{
	return memory_map(SZ_2M, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE, -1);
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

TEST_HARNESS_MAIN
