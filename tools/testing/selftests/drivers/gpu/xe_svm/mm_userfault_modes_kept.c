// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8, C3): the modes of a userfaultfd apply to faults of the GPU: a write
 * to a write-protected page is reported first and a read is not. A poisoned
 * page is refused, as is a missing one if a signal was requested or only
 * user-mode faults are handled. A page that is moved keeps its contents.
 *
 * Desktop: harmless
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define FAULT_TIMEOUT_MS	20000

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY	1
#endif

MIRROR_ON_COPY_ENGINE();

/* -EINVAL: this kernel does not have @features. */
static int register_flags(void *area, size_t size, uint64_t features, uint64_t mode, int flags)
{
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)area, .len = size },
		.mode = mode,
	};
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK | flags);

	if (fd < 0)
		return -errno;
	if (ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &reg)) {
		close(fd);
		return -errno;
	}
	return fd;
}

static int register_area(void *area, size_t size, uint64_t features, uint64_t mode)
{
	return register_flags(area, size, features, mode, 0);
}

static int write_protect(int fd, volatile void *addr, uint64_t mode)
{
	struct uffdio_writeprotect wp = {
		.range = { .start = (uintptr_t)addr, .len = SZ_4K },
		.mode = mode,
	};

	return ioctl(fd, UFFDIO_WRITEPROTECT, &wp) ? -errno : 0;
}

TEST_F_TIMEOUT(mirror, write_to_protected_is_told, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	struct pollfd pfd = { .events = POLLIN };
	struct uffd_msg msg = { };
	uint32_t value = 0;
	int fd;

	ASSERT_NE(NULL, word);
	fd = register_area((void *)word, SZ_4K, UFFD_FEATURE_PAGEFAULT_FLAG_WP,
			   UFFDIO_REGISTER_MODE_WP);
	if (fd < 0)
		SKIP(return, "no write protection by userfaultfd");
	ASSERT_EQ(0, gpu_write(&self->queue, word, 0xfa170001));
	ASSERT_EQ(0, write_protect(fd, word, UFFDIO_WRITEPROTECT_MODE_WP));

	pfd.fd = fd;
	EXPECT_EQ(0, gpu_read(&self->queue, word, &value));
	EXPECT_EQ(0xfa170001, value);
	EXPECT_EQ(0, poll(&pfd, 1, 0))
		TH_LOG("a read was reported");

	gpu_batch_store(&self->queue, word, 0xfa170002);
	ASSERT_EQ(0, gpu_start(&self->queue));
	ASSERT_EQ(1, poll(&pfd, 1, FAULT_TIMEOUT_MS));
	ASSERT_EQ(sizeof(msg), read(fd, &msg, sizeof(msg)));
	EXPECT_TRUE(msg.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP);
	EXPECT_EQ((uintptr_t)word, msg.arg.pagefault.address & ~(SZ_4K - 1));
	EXPECT_EQ(0xfa170001, *word)
		TH_LOG("written before it was allowed");
	ASSERT_EQ(0, write_protect(fd, word, 0));
	EXPECT_EQ(0, gpu_wait(&self->queue));
	EXPECT_EQ(0xfa170002, *word);
	close(fd);
}

TEST_F_TIMEOUT(mirror, err_missing_with_signal, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(SZ_2M);
	uint32_t value = 0;
	int fd;

	ASSERT_NE(NULL, area);
	*(uint32_t *)area = 0xfa170003;
	fd = register_area(area, SZ_2M, UFFD_FEATURE_SIGBUS, UFFDIO_REGISTER_MODE_MISSING);
	if (fd < 0)
		SKIP(return, "no signals by userfaultfd");
	EXPECT_EQ(0, gpu_read(&self->queue, area, &value));
	EXPECT_EQ(0xfa170003, value);
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, area + SZ_4K, &value));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, area + SZ_64K, 1));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));

	/* Not watched any more it is memory like any other. */
	close(fd);
	EXPECT_EQ(0, gpu_read(&self->queue, area + SZ_4K, &value));
	EXPECT_EQ(0, value);
}

/* Waits for a fault at @page and answers it by zeroes. Return: 0 if it was one there. */
static int answer_by_zeroes(int fd, char *page)
{
	struct uffdio_zeropage zero = { .range = { (uintptr_t)page, SZ_4K } };
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct uffd_msg msg = { };

	if (poll(&pfd, 1, FAULT_TIMEOUT_MS) != 1)
		return -ETIME;
	if (read(fd, &msg, sizeof(msg)) != sizeof(msg) ||
	    (msg.arg.pagefault.address & ~(SZ_4K - 1)) != (uintptr_t)page)
		return -EBADMSG;
	return ioctl(fd, UFFDIO_ZEROPAGE, &zero) ? -errno : 0;
}

static void *cpu_reads(void *word)
{
	return (void *)(uintptr_t)*(volatile uint32_t *)word;
}

/* The kind for unprivileged processes. The sibling: the other kind gets events. */
TEST_F_TIMEOUT(mirror, err_missing_for_user_mode_only, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(SZ_2M), *other = memory_anonymous(SZ_2M);
	struct pollfd pfd = { .events = POLLIN };
	uint32_t value = 1;
	pthread_t thread;
	int fd;

	ASSERT_NE(NULL, area);
	ASSERT_NE(NULL, other);
	fd = register_flags(area, SZ_2M, 0, UFFDIO_REGISTER_MODE_MISSING, UFFD_USER_MODE_ONLY);
	if (fd < 0)
		SKIP(return, "no userfaultfd for faults of user mode only");
	pfd.fd = fd;
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, area, &value));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, area, 0xfa170006));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(0, poll(&pfd, 1, 0))
		TH_LOG("the userfaultfd got an event");

	/* The control: it gets an event for the CPU, and the GPU has present pages, too. */
	ASSERT_EQ(0, pthread_create(&thread, NULL, cpu_reads, area));
	ASSERT_EQ(0, answer_by_zeroes(fd, area));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, gpu_read(&self->queue, area, &value));
	EXPECT_EQ(0, value);
	close(fd);

	fd = register_area(other, SZ_2M, 0, UFFDIO_REGISTER_MODE_MISSING);
	ASSERT_LE(0, fd);
	gpu_batch_copy(&self->queue, self->queue.result, (volatile uint32_t *)other);
	ASSERT_EQ(0, gpu_start(&self->queue));
	ASSERT_EQ(0, answer_by_zeroes(fd, other));
	EXPECT_EQ(0, gpu_wait(&self->queue));
	close(fd);
}

TEST_F_TIMEOUT(mirror, err_poisoned, GPU_TEST_TIMEOUT)
{
	struct uffdio_poison poison = { .range = { .len = SZ_4K } };
	char *area = memory_anonymous(SZ_2M);
	uint32_t value = 0;
	int64_t before;
	int fd;

	ASSERT_NE(NULL, area);
	fd = register_area(area, SZ_2M, UFFD_FEATURE_POISON, UFFDIO_REGISTER_MODE_MISSING);
	if (fd < 0)
		SKIP(return, "no poison by userfaultfd");
	poison.range.start = (uintptr_t)area + SZ_4K;
	ASSERT_EQ(0, ioctl(fd, UFFDIO_POISON, &poison));
	close(fd);

	before = gpu_faults(&self->gpu);
	EXPECT_EQ(0, gpu_write(&self->queue, area, 1));
	EXPECT_EQ(0, gpu_write(&self->queue, area + 2 * SZ_4K, 2));
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, area + SZ_4K, &value));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, area + SZ_4K, 3));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_LE(before + 3, gpu_faults(&self->gpu));
	EXPECT_EQ(1, *(uint32_t *)area);
	EXPECT_EQ(2, *(uint32_t *)(area + 2 * SZ_4K));

	/* Mapped anew it is whole. */
	ASSERT_EQ(0, madvise(area + SZ_4K, SZ_4K, MADV_DONTNEED));
	EXPECT_EQ(0, gpu_read(&self->queue, area + SZ_4K, &value));
	EXPECT_EQ(0, value);
}

TEST_F_TIMEOUT(mirror, moved_page, GPU_TEST_TIMEOUT)
{
	char *to = memory_anonymous(SZ_2M), *from = memory_anonymous(SZ_2M);
	struct uffdio_move move = { .len = SZ_4K };
	uint32_t value = 0;
	int fd;

	ASSERT_NE(NULL, to);
	ASSERT_NE(NULL, from);
	fd = register_area(to, SZ_2M, UFFD_FEATURE_MOVE, UFFDIO_REGISTER_MODE_MISSING);
	if (fd < 0)
		SKIP(return, "no moving by userfaultfd");
	ASSERT_EQ(0, gpu_write(&self->queue, from, 0xfa170004));
	move.dst = (uintptr_t)to;
	move.src = (uintptr_t)from;
	ASSERT_EQ(0, ioctl(fd, UFFDIO_MOVE, &move));
	EXPECT_EQ(0, gpu_read(&self->queue, to, &value));
	EXPECT_EQ(0xfa170004, value);
	EXPECT_EQ(0, gpu_write(&self->queue, to, 0xfa170005));
	EXPECT_EQ(0, gpu_read(&self->queue, from, &value));
	EXPECT_EQ(0, value)
		TH_LOG("the old address still shows the page");
	EXPECT_EQ(0xfa170005, *(uint32_t *)to);
	close(fd);
}

TEST_HARNESS_MAIN
