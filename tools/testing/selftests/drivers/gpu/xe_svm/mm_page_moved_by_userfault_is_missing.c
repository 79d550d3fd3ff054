// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): after UFFDIO_MOVE the GPU has the page at its new address. At the
 * old address, which is registered, its next access raises a userfault, for
 * small pages and for huge ones.
 *
 * Desktop: harmless
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "lib/access_fixture.h"
#include "lib/userfault.h"

#define MOVED		0x30e50001
#define AT_NEW		0x30e50002
#define AT_OLD		0x30e50003
#define ASKED_MS	20000
/* Where in the 2 MiB: the second page, so that the block has a page before it. */
#define PAGE		SZ_4K

static int watch(void *area, uint64_t features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)area, .len = SZ_2M },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (!ioctl(fd, UFFDIO_API, &api) && !ioctl(fd, UFFDIO_REGISTER, &reg))
		return fd;
	close(fd);
	return -EINVAL;
}

static int move(int fd, char *to, char *from, size_t size)
{
	struct uffdio_move move = {
		.dst = (uintptr_t)to,
		.src = (uintptr_t)from,
		.len = size,
	};

	return ioctl(fd, UFFDIO_MOVE, &move) ? -errno : 0;
}

/* @first of @size bytes at @from, which the accessor has written. */
static void moves(struct __test_metadata *_metadata, FIXTURE_DATA(access) *self, char *to,
		  char *from, size_t first, size_t size)
{
	int old = memory_userfault(from), new = watch(to, UFFD_FEATURE_MOVE);
	char *word = from + PAGE;
	struct access late;
	uint32_t value = 0;

	if (new < 0)
		SKIP(return, "no moving by userfaultfd");
	ASSERT_LE(0, old);
	ASSERT_EQ(0, move(new, to + first, from + first, size));
	EXPECT_EQ(0, access_read(self->by, to + PAGE, &value));
	EXPECT_EQ(MOVED, value);
	EXPECT_EQ(0, access_write(self->by, to + PAGE, AT_NEW));

	ASSERT_EQ(0, access_begin_write(&late, self->by, word, AT_OLD));
	EXPECT_EQ(1, userfault_asked(old, 1, ASKED_MS))
		TH_LOG("the old address was not missing");
	ASSERT_EQ(0, userfault_provide(old, word, SZ_4K));
	EXPECT_EQ(0, access_end(&late));
	EXPECT_EQ(AT_OLD, *(uint32_t *)word);
	EXPECT_EQ(AT_NEW, *(uint32_t *)(to + PAGE));
	close(old);
	close(new);
}

TEST_F_TIMEOUT(access, small_page, GPU_TEST_TIMEOUT)
{
	char *to = memory_anonymous(SZ_2M), *from = memory_anonymous(SZ_2M);

	ASSERT_NE(NULL, to);
	ASSERT_NE(NULL, from);
	ASSERT_EQ(0, access_write(self->by, from + PAGE, MOVED));
	moves(_metadata, self, to, from, PAGE, SZ_4K);
}

TEST_F_TIMEOUT(access, huge_page, GPU_TEST_TIMEOUT)
{
	char *to = memory_map(SZ_2M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *from = memory_map(SZ_2M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	ASSERT_NE(NULL, to);
	ASSERT_NE(NULL, from);
	ASSERT_EQ(0, madvise(from, SZ_2M, MADV_HUGEPAGE));
	ASSERT_EQ(0, access_write(self->by, from + PAGE, MOVED));
	if (memory_smaps(from, "AnonHugePages") != SZ_2M)
		SKIP(return, "no huge page");
	moves(_metadata, self, to, from, 0, SZ_2M);
	EXPECT_EQ(SZ_2M, memory_smaps(to, "AnonHugePages"));
}

TEST_HARNESS_MAIN
