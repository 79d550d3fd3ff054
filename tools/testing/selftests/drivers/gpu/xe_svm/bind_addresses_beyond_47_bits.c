// SPDX-License-Identifier: GPL-2.0
/*
 * Memory above 128 TiB, which a process gets with 5-level page tables on
 * request, is shared with the GPU up to the end of the GPU's addresses; a
 * mirror that reaches further is refused, and memory there is for the CPU only.
 *
 * Needs: field
 * Desktop: harmless
 */
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/access_fixture.h"

#define HALF		(1ULL << 47)	/* where 4-level page tables end */
#define VALUE		0x57000001
/* In front of an end, so that no block is cut. */
#define SIZE		SZ_2M

/* NULL: this kernel or CPU has 4-level page tables. */
static char *map_at(uint64_t addr, size_t size)
{
	void *p = mmap((void *)addr, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0);

	if (p != (void *)addr)
		return NULL;
	madvise(p, size, MADV_NOHUGEPAGE);
	return p;
}

/* Commands have canonical addresses: the bits above the GPU's last one count its copies. */
static void *seen_by(struct gpu_queue *by, char *addr)
{
	unsigned int unused;

	if (!by)
		return addr;
	unused = 64 - by->gpu->va_bits;
	return (void *)((int64_t)((uint64_t)addr << unused) >> unused);
}

static void is_shared(struct __test_metadata *_metadata, FIXTURE_DATA(access) *self, char *at)
{
	int64_t faults = gpu_faults(&self->gpu);
	void *gpu_at = seen_by(self->by, at);
	uint32_t value = 0;

	EXPECT_EQ(0, access_write(self->by, gpu_at, VALUE));
	EXPECT_EQ(VALUE, *(volatile uint32_t *)at);
	*(volatile uint32_t *)at = VALUE + 1;
	EXPECT_EQ(0, access_read(self->by, gpu_at, &value));
	EXPECT_EQ(VALUE + 1, value);
	if (self->by)
		EXPECT_LT(faults, gpu_faults(&self->gpu));
}

TEST_F_TIMEOUT(access, upper_half, GPU_TEST_TIMEOUT)
{
	const uint64_t addr[] = { HALF, HALF + SZ_1G, 2 * HALF - SIZE };
	uint32_t value;
	unsigned int i;
	char *at;

	for (i = 0; i < ARRAY_SIZE(addr); i++) {
		at = map_at(addr[i], SIZE);
		if (!at)
			SKIP(return, "4-level page tables");
		is_shared(_metadata, self, at);
		is_shared(_metadata, self, at + SIZE - SZ_4K);
		ASSERT_EQ(0, munmap(at, SIZE));
		EXPECT_EQ(ACCESS_REFUSED, access_read(self->by, seen_by(self->by, at), &value));
	}
}

/* One mapping on both sides of the middle. */
TEST_F_TIMEOUT(access, across_the_middle, GPU_TEST_TIMEOUT)
{
	char *at = map_at(HALF - SIZE, 2 * SIZE);

	if (!at)
		SKIP(return, "4-level page tables");
	is_shared(_metadata, self, at + SIZE - SZ_4K);
	is_shared(_metadata, self, at + SIZE);
	ASSERT_EQ(0, madvise(at, 2 * SIZE, MADV_DONTNEED));
	EXPECT_EQ(0, *(volatile uint32_t *)(at + SIZE));
	is_shared(_metadata, self, at + SIZE);
	ASSERT_EQ(0, munmap(at, 2 * SIZE));
}

TEST_F_TIMEOUT(access, err_beyond_the_gpu, GPU_TEST_TIMEOUT)
{
	uint64_t end = gpu_va_size(&self->gpu);
	char *at = map_at(end, SIZE);

	if (!at)
		SKIP(return, "4-level page tables");
	*(volatile uint32_t *)at = VALUE;
	EXPECT_EQ(-EINVAL, gpu_bind_mirror(&self->gpu, end, SIZE, 0));
	EXPECT_EQ(-EINVAL, gpu_bind_mirror(&self->gpu, end - SIZE, 2 * SIZE, 0));
	EXPECT_EQ(-EINVAL, gpu_bind_mirror(&self->gpu, 0, end + SIZE, 0));
	EXPECT_EQ(VALUE, *(volatile uint32_t *)at);
	EXPECT_EQ(0, gpu_run(&self->queue));
}

/* The sibling: without a request, no process gets such addresses. */
TEST_F_TIMEOUT(access, others_are_below, GPU_TEST_TIMEOUT)
{
	char *at = memory_anonymous(SZ_2M);

	ASSERT_NE(NULL, at);
	EXPECT_GT(HALF, (uintptr_t)at);
	is_shared(_metadata, self, at);
}

TEST_HARNESS_MAIN
