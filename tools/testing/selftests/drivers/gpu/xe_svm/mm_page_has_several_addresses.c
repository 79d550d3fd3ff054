// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): a page that a process has at several addresses (a file mapped
 * twice, a mapping doubled by mremap()) is one page for the GPU, too: data that
 * it writes through one address is read through all, and each address has its
 * own permissions.
 *
 * Desktop: harmless
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/access_fixture.h"

#define SIZE		SZ_64K
#define ADDRESSES	3
/* So that a page has another place in its 2 MiB. */
#define SHIFT		(3 * SZ_4K)
#define WORD		(2 * SZ_4K)
#define VALUE		0xa11a5000

/* Return: the descriptor of the memory, or -errno. */
static int map_thrice(char *at[ADDRESSES])
{
	int fd = memfd_create("several", MFD_CLOEXEC);
	char *room = memory_map(SZ_2M, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	if (fd < 0 || !room || ftruncate(fd, SIZE))
		return -ENOMEM;
	at[0] = memory_map(SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	at[1] = mmap(room + SHIFT, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	at[2] = mremap(at[0], 0, SIZE, MREMAP_MAYMOVE);
	return at[0] && at[1] != MAP_FAILED && at[2] != MAP_FAILED ? fd : -ENOMEM;
}

static unsigned int wrong_at(struct gpu_queue *by, char *at[ADDRESSES], uint32_t expected)
{
	unsigned int i, wrong = 0;
	uint32_t value;

	for (i = 0; i < ADDRESSES; i++) {
		value = 0;
		wrong += access_read(by, at[i] + WORD, &value) || value != expected;
		wrong += *(volatile uint32_t *)(at[i] + WORD) != expected;
	}
	return wrong;
}

TEST_F_TIMEOUT(access, writes_are_seen_at_all, GPU_TEST_TIMEOUT)
{
	char *at[ADDRESSES];
	int i, fd = map_thrice(at);

	ASSERT_LE(0, fd);
	for (i = 0; i < 2 * ADDRESSES; i++) {
		ASSERT_EQ(0, access_write(self->by, at[i % ADDRESSES] + WORD, VALUE + i));
		EXPECT_EQ(0, wrong_at(self->by, at, VALUE + i))
			TH_LOG("written at address %d", i % ADDRESSES);
	}
	close(fd);
}

TEST_F_TIMEOUT(access, hole_is_seen_at_all, GPU_TEST_TIMEOUT)
{
	char *at[ADDRESSES];
	int fd = map_thrice(at);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, access_write(self->by, at[0] + WORD, VALUE));
	EXPECT_EQ(0, wrong_at(self->by, at, VALUE));
	ASSERT_EQ(0, fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, SIZE));
	EXPECT_EQ(0, wrong_at(self->by, at, 0));
	ASSERT_EQ(0, access_write(self->by, at[1] + WORD, VALUE + 1));
	EXPECT_EQ(0, wrong_at(self->by, at, VALUE + 1));
	close(fd);
}

TEST_F_TIMEOUT(access, err_rights_are_of_the_address, GPU_TEST_TIMEOUT)
{
	char *at[ADDRESSES];
	int fd = map_thrice(at);
	uint32_t value = 0;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, access_write(self->by, at[1] + WORD, VALUE));
	EXPECT_EQ(0, wrong_at(self->by, at, VALUE));
	ASSERT_EQ(0, mprotect(at[1], SIZE, PROT_READ));
	EXPECT_EQ(ACCESS_REFUSED, access_write(self->by, at[1] + WORD, VALUE + 1));
	EXPECT_EQ(0, access_write(self->by, at[2] + WORD, VALUE + 2));
	EXPECT_EQ(0, wrong_at(self->by, at, VALUE + 2));

	ASSERT_EQ(0, munmap(at[0], SIZE));
	EXPECT_EQ(ACCESS_REFUSED, access_read(self->by, at[0] + WORD, &value));
	EXPECT_EQ(0, access_write(self->by, at[2] + WORD, VALUE + 3));
	EXPECT_EQ(0, access_read(self->by, at[1] + WORD, &value));
	EXPECT_EQ(VALUE + 3, value);
	close(fd);
}

TEST_HARNESS_MAIN
