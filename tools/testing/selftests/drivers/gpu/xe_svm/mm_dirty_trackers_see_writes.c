// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C4, C8): programs that track written pages (soft-dirty bits, PAGEMAP_SCAN
 * with an asynchronous userfaultfd) find the pages that the GPU wrote since the
 * last query, and no page that it only read.
 *
 * Needs: field
 * Desktop: harmless
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "lib/access_fixture.h"
#include "lib/pressure.h"

#define PAGES		16
#define SIZE		(PAGES * SZ_4K)
#define SOFT_DIRTY	(1ULL << 55)
#define NO_PAGES	0U
#define ALL_PAGES	((1U << PAGES) - 1)

/* Pages that are written each time; all others are read. */
static const unsigned int written[] = { 0x0421, 0x8a04, 0x0421 };

/* One page, one job: pages that are not written must not be near a run of writes. */
static int access_pages(struct gpu_queue *by, char *area, unsigned int mask)
{
	uint32_t value;
	int i, err = 0;

	for (i = 0; !err && i < PAGES; i++)
		if (mask & 1U << i)
			err = access_write(by, area + i * SZ_4K, 0xd1270000 + i);
		else
			err = access_read(by, area + i * SZ_4K, &value);
	return err;
}

static int forget_soft_dirty(void)
{
	return pressure_set("/proc/self/clear_refs", "4");
}

/* A bit for each page that was written since. */
static unsigned int soft_dirty(const char *area)
{
	uint64_t entry[PAGES] = {};
	unsigned int i, mask = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (pread(fd, entry, sizeof(entry), (uintptr_t)area / SZ_4K * sizeof(*entry)) !=
	    sizeof(entry))
		memset(entry, 0xff, sizeof(entry));
	close(fd);
	for (i = 0; i < PAGES; i++)
		mask |= entry[i] & SOFT_DIRTY ? 1U << i : 0;
	return mask;
}

/* The bit is set in fresh memory, if there is one. */
static bool knows_soft_dirty(char *area)
{
	*(volatile char *)area = 1;
	return soft_dirty(area) & 1;
}

TEST_F_TIMEOUT(access, soft_dirty, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(SZ_2M);
	unsigned int i;

	ASSERT_NE(NULL, area);
	if (!knows_soft_dirty(area))
		SKIP(return, "no soft-dirty bits");
	ASSERT_EQ(0, touch_write(self->by, area, SIZE, SZ_4K, 1));
	for (i = 0; i < ARRAY_SIZE(written); i++) {
		ASSERT_EQ(0, forget_soft_dirty());
		EXPECT_EQ(NO_PAGES, soft_dirty(area));
		ASSERT_EQ(0, access_pages(self->by, area, written[i]));
		EXPECT_EQ(written[i], soft_dirty(area));
	}
}

/* One entry of the CPU, one bit. */
TEST_F_TIMEOUT(access, soft_dirty_huge_page, GPU_TEST_TIMEOUT)
{
	char *area = memory_map(2 * SZ_2M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				-1);
	uint32_t value;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, madvise(area, 2 * SZ_2M, MADV_HUGEPAGE));
	ASSERT_EQ(0, touch_write(self->by, area, 2 * SZ_2M, SZ_2M, 1));
	if (memory_smaps(area, "AnonHugePages") != 2 * SZ_2M || !knows_soft_dirty(area))
		SKIP(return, "no huge pages or no soft-dirty bits");
	ASSERT_EQ(0, forget_soft_dirty());
	ASSERT_EQ(0, access_read(self->by, area, &value));
	ASSERT_EQ(0, access_write(self->by, area + SZ_2M, 2));
	EXPECT_EQ(NO_PAGES, soft_dirty(area));
	EXPECT_EQ(1, soft_dirty(area + SZ_2M) & 1);
}

static int track(void *area, uint64_t features)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_WP_UNPOPULATED | features,
	};
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)area, .len = SIZE },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (!ioctl(fd, UFFDIO_API, &api) && !ioctl(fd, UFFDIO_REGISTER, &reg))
		return fd;
	close(fd);
	return -EINVAL;
}

/* Which pages were written since the last scan; the next begins here. */
static int scan(char *area, unsigned int *mask)
{
	struct page_region regions[PAGES];
	struct pm_scan_arg arg = {
		.size = sizeof(arg),
		.flags = PM_SCAN_WP_MATCHING | PM_SCAN_CHECK_WPASYNC,
		.start = (uintptr_t)area,
		.end = (uintptr_t)area + SIZE,
		.vec = (uintptr_t)regions,
		.vec_len = PAGES,
		.category_mask = PAGE_IS_WRITTEN,
		.return_mask = PAGE_IS_WRITTEN,
	};
	int i, found, fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t at;

	found = ioctl(fd, PAGEMAP_SCAN, &arg);
	if (found < 0)
		found = -errno;
	close(fd);
	*mask = 0;
	for (i = 0; i < found; i++)
		for (at = regions[i].start; at < regions[i].end; at += SZ_4K)
			*mask |= 1U << (at - (uintptr_t)area) / SZ_4K;
	return found < 0 ? found : 0;
}

static void scans_follow(struct __test_metadata *_metadata, FIXTURE_DATA(access) *self,
			 char *area)
{
	unsigned int i, mask;

	ASSERT_EQ(0, scan(area, &mask));
	for (i = 0; i < ARRAY_SIZE(written); i++) {
		ASSERT_EQ(0, scan(area, &mask));
		EXPECT_EQ(NO_PAGES, mask);
		ASSERT_EQ(0, access_pages(self->by, area, written[i]));
		ASSERT_EQ(0, scan(area, &mask));
		EXPECT_EQ(written[i], mask);
	}
}

TEST_F_TIMEOUT(access, scan_anonymous, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(SZ_2M);
	unsigned int mask;
	int fd;

	ASSERT_NE(NULL, area);
	fd = track(area, 0);
	if (fd < 0)
		SKIP(return, "no asynchronous write protection");
	ASSERT_EQ(0, touch_write(self->by, area, SIZE, SZ_4K, 1));
	ASSERT_EQ(0, scan(area, &mask));
	EXPECT_EQ(ALL_PAGES, mask);
	scans_follow(_metadata, self, area);
	close(fd);
}

TEST_F_TIMEOUT(access, scan_shared, GPU_TEST_TIMEOUT)
{
	char *area = memory_map(SZ_2M, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
	int fd;

	ASSERT_NE(NULL, area);
	fd = track(area, UFFD_FEATURE_WP_HUGETLBFS_SHMEM);
	if (fd < 0)
		SKIP(return, "no asynchronous write protection of shared memory");
	ASSERT_EQ(0, touch_write(self->by, area, SIZE, SZ_4K, 1));
	scans_follow(_metadata, self, area);
	close(fd);
}

/* Where nothing is there, markers keep the protection; a read finds zero pages. */
TEST_F_TIMEOUT(access, scan_untouched, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(SZ_2M);
	int fd;

	ASSERT_NE(NULL, area);
	fd = track(area, 0);
	if (fd < 0)
		SKIP(return, "no asynchronous write protection");
	scans_follow(_metadata, self, area);
	close(fd);
}

TEST_HARNESS_MAIN
