// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: what the CPU does to memory that the GPU has used already, by writes or by changes of its mappings, is what
 * the next copy reads; and what a copy writes is what the CPU and a child find.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "ground/level_zero_fixture.h"

#define SIZE	(4ul << 20)

static void *map(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* Both have been copied once, so that the GPU knows all of their pages. */
static bool used_already(ze_command_list_handle_t list, void **from, void **to)
{
	*from = map(SIZE);
	*to = map(SIZE);
	if (!*from || !*to)
		return false;
	pattern_fill(*from, SIZE, 1);
	return !zeCommandListAppendMemoryCopy(list, *to, *from, SIZE, NULL, 0, NULL) &&
	       pattern_differs(*to, SIZE, 1) == SIZE;
}

TEST_F_TIMEOUT(level_zero, written_by_cpu, RUNTIME_TIMEOUT)
{
	void *from, *to;

	ASSERT_TRUE(used_already(self->list, &from, &to));
	pattern_fill(from, SIZE, 2);
	COPY(to, from, SIZE);
	EXPECT_EQ(SIZE, pattern_differs(to, SIZE, 2));
}

TEST_F_TIMEOUT(level_zero, discarded, RUNTIME_TIMEOUT)
{
	void *from, *to;

	ASSERT_TRUE(used_already(self->list, &from, &to));
	ASSERT_EQ(0, madvise(from, SIZE, MADV_DONTNEED));
	COPY(to, from, SIZE);
	EXPECT_EQ(SIZE, pattern_not_byte(to, SIZE, 0));

	pattern_fill(from, SIZE, 3);
	ASSERT_EQ(0, madvise(to, SIZE, MADV_DONTNEED));
	COPY(to, from, SIZE);
	EXPECT_EQ(SIZE, pattern_differs(to, SIZE, 3));
}

TEST_F_TIMEOUT(level_zero, moved, RUNTIME_TIMEOUT)
{
	void *from, *to, *moved = map(SIZE), *there = map(SIZE);

	ASSERT_TRUE(used_already(self->list, &from, &to));
	ASSERT_EQ(moved, mremap(from, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, moved));
	ASSERT_EQ(there, mremap(to, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, there));
	memset(there, 0, SIZE);
	COPY(there, moved, SIZE);
	EXPECT_EQ(SIZE, pattern_differs(there, SIZE, 1));

	/* Other memory where the old was */
	ASSERT_EQ(from, mmap(from, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	pattern_fill(from, SIZE, 4);
	COPY(there, from, SIZE);
	EXPECT_EQ(SIZE, pattern_differs(there, SIZE, 4));
	EXPECT_EQ(SIZE, pattern_differs(moved, SIZE, 1));
}

TEST_F_TIMEOUT(level_zero, grown, RUNTIME_TIMEOUT)
{
	unsigned char *from, *to = malloc(2 * SIZE), *small;

	ASSERT_NE(NULL, to);
	small = malloc(SIZE);
	ASSERT_NE(NULL, small);
	pattern_fill(small, SIZE, 5);
	COPY(to, small, SIZE);
	from = realloc(small, 2 * SIZE);
	ASSERT_NE(NULL, from);
	EXPECT_EQ(SIZE, pattern_differs(from, SIZE, 5));
	pattern_fill(from + SIZE, SIZE, 6);
	COPY(to, from, 2 * SIZE);
	EXPECT_EQ(SIZE, pattern_differs(to, SIZE, 5));
	EXPECT_EQ(SIZE, pattern_differs(to + SIZE, SIZE, 6));
}

TEST_F_TIMEOUT(level_zero, huge_pages_asked_for, RUNTIME_TIMEOUT)
{
	void *from, *to;

	ASSERT_TRUE(used_already(self->list, &from, &to));
	ASSERT_EQ(0, madvise(from, SIZE, MADV_HUGEPAGE));
	ASSERT_EQ(0, madvise(from, SIZE, MADV_DONTNEED));
	pattern_fill(from, SIZE, 7);
	COPY(to, from, SIZE);
	EXPECT_EQ(SIZE, pattern_differs(to, SIZE, 7));
}

/* The child sees the memory of the fork, whatever the GPU writes to its parent's afterwards. */
TEST_F_TIMEOUT(level_zero, shared_with_a_child, RUNTIME_TIMEOUT)
{
	void *from, *to;
	int go[2], status;
	pid_t child;
	char byte;

	ASSERT_TRUE(used_already(self->list, &from, &to));
	ASSERT_EQ(0, pipe(go));
	child = fork();
	if (!child) {
		bool kept = read(go[0], &byte, 1) == 1 && pattern_differs(to, SIZE, 1) == SIZE;

		pattern_fill(from, SIZE, 8);
		_exit(!kept);
	}
	ASSERT_LT(0, child);
	pattern_fill(from, SIZE, 9);
	COPY(to, from, SIZE);
	EXPECT_EQ(SIZE, pattern_differs(to, SIZE, 9));
	ASSERT_EQ(1, write(go[1], "", 1));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	COPY(to, from, SIZE);
	EXPECT_EQ(SIZE, pattern_differs(to, SIZE, 9));
}

TEST_HARNESS_MAIN
