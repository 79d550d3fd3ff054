// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): the GPU sees writes into the pages of a process by another
 * process, a debugger or a disk, and these see the GPU's writes.
 *
 * After hmm_gup_test of mm/hmm-tests.c.
 *
 * Desktop: harmless without RAM disks
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define DISK	"/dev/ram0"
#define BEFORE	0xf03e0001
#define BY_GPU	0xf03e0002
#define OTHERS	0xf03e0003

MIRROR_ON_COPY_ENGINE();

/* In a child: exchange the word at @addr of its parent; 0 if it was @expected. */
static int exchange(pid_t parent, volatile uint32_t *addr, uint32_t expected, uint32_t value)
{
	uint32_t seen = 0;
	struct iovec there = { .iov_base = (void *)addr, .iov_len = sizeof(seen) };
	struct iovec here = { .iov_base = &seen, .iov_len = sizeof(seen) };

	if (process_vm_readv(parent, &here, 1, &there, 1, 0) != sizeof(seen))
		return 2;
	here.iov_base = &value;
	if (process_vm_writev(parent, &here, 1, &there, 1, 0) != sizeof(value))
		return 3;
	return seen != expected;
}

TEST_F_TIMEOUT(mirror, other_process, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	uint32_t value = 0;
	int status = -1;
	pid_t child;

	ASSERT_NE(NULL, word);
	*word = BEFORE;
	ASSERT_EQ(0, gpu_write(&self->queue, word, BY_GPU));
	child = fork();
	if (!child)
		_exit(exchange(getppid(), word, BY_GPU, OTHERS));
	ASSERT_LT(0, child);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(OTHERS, value);
}

/* A debugger may write what the process may only read: it gets a copy of its own. */
TEST_F_TIMEOUT(mirror, debugger_into_readonly, GPU_TEST_TIMEOUT)
{
	int fd = memory_file("/tmp", SZ_4K, BEFORE), mem = open("/proc/self/mem", O_RDWR);
	volatile uint32_t *word;
	uint32_t value = 0;

	ASSERT_LE(0, fd);
	ASSERT_LE(0, mem);
	word = memory_map(SZ_4K, PROT_READ, MAP_PRIVATE, fd);
	ASSERT_NE(NULL, word);
	EXPECT_EQ(0, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(BEFORE, value);
	value = OTHERS;
	ASSERT_EQ(sizeof(value), pwrite(mem, &value, sizeof(value), (off_t)(uintptr_t)word));
	value = 0;
	EXPECT_EQ(0, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(OTHERS, value);
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, word, BY_GPU));
	EXPECT_EQ(OTHERS, *word);
	close(mem);
	close(fd);
}

/* Written and read by a disk, without the CPU's page tables. */
TEST_F_TIMEOUT(mirror, disk, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *out = memory_anonymous(SZ_4K), *in = memory_anonymous(SZ_4K);
	int fd = open(DISK, O_RDWR | O_DIRECT | O_CLOEXEC);
	uint32_t value = 0;

	if (fd < 0)
		SKIP(return, "no " DISK);
	ASSERT_NE(NULL, out);
	ASSERT_NE(NULL, in);
	ASSERT_EQ(0, gpu_write(&self->queue, in, BEFORE));
	ASSERT_EQ(0, gpu_write(&self->queue, out, BY_GPU));
	ASSERT_EQ(SZ_4K, pwrite(fd, (void *)out, SZ_4K, 0));
	ASSERT_EQ(SZ_4K, pread(fd, (void *)in, SZ_4K, 0));
	EXPECT_EQ(0, gpu_read(&self->queue, in, &value));
	EXPECT_EQ(BY_GPU, value);
	EXPECT_EQ(BY_GPU, *in);
	close(fd);
}

/* A page lent to a pipe keeps showing what the GPU writes: it is the same page. */
TEST_F_TIMEOUT(mirror, pipe, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	struct iovec iov = { .iov_len = SZ_4K };
	uint32_t value = 0;
	int ends[2];

	ASSERT_NE(NULL, word);
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(0, gpu_write(&self->queue, word, BEFORE));
	iov.iov_base = (void *)word;
	ASSERT_EQ(SZ_4K, vmsplice(ends[1], &iov, 1, 0));
	ASSERT_EQ(0, gpu_write(&self->queue, word, BY_GPU));
	ASSERT_EQ(sizeof(value), read(ends[0], &value, sizeof(value)));
	EXPECT_EQ(BY_GPU, value);
	EXPECT_EQ(BY_GPU, *word);
}

TEST_HARNESS_MAIN
