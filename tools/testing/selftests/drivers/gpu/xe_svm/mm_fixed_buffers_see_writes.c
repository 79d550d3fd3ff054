// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C4, C8): a buffer registered with io_uring, whose pages are pinned for
 * long, stays the same memory for the GPU and the kernel: a file gets the data
 * that the GPU wrote, the GPU reads the data from the file, and a fork()
 * changes neither.
 *
 * Desktop: may disturb it, writes to /dev/ram0
 */
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "kselftest_harness.h"
#include "lib/access_fixture.h"
#include "lib/child.h"

#define DISK		"/dev/ram0"
#define SIZE		(4 * SZ_4K)
#define BEFORE		0x10f10001
#define AFTER		0x10f20001
#define IN_FILE		0x10f30001
#define ANSWER_MS	20000

/**
 * struct ring - an io_uring with one registered buffer and one request at a time
 */
struct ring {
	int fd;
	char *sq, *cq;
	struct io_uring_sqe *sqes;
	struct io_uring_params params;
};

static int ring_open(struct ring *ring)
{
	const struct io_uring_params *p = &ring->params;

	memset(ring, 0, sizeof(*ring));
	ring->fd = syscall(__NR_io_uring_setup, 2, &ring->params);
	if (ring->fd < 0)
		return -errno;
	ring->sq = mmap(NULL, p->sq_off.array + p->sq_entries * sizeof(uint32_t),
			PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
	ring->cq = mmap(NULL, p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe),
			PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_CQ_RING);
	ring->sqes = mmap(NULL, p->sq_entries * sizeof(*ring->sqes), PROT_READ | PROT_WRITE,
			  MAP_SHARED, ring->fd, IORING_OFF_SQES);
	return ring->sq == MAP_FAILED || ring->cq == MAP_FAILED || ring->sqes == MAP_FAILED ?
		-ENOMEM : 0;
}

static int ring_register(struct ring *ring, void *buffer)
{
	struct iovec iov = { .iov_base = buffer, .iov_len = SIZE };

	return syscall(__NR_io_uring_register, ring->fd, IORING_REGISTER_BUFFERS, &iov, 1) ?
		-errno : 0;
}

static _Atomic uint32_t *ring_word(char *ring, uint32_t offset)
{
	return (_Atomic uint32_t *)(ring + offset);
}

/* All of the buffer, at the start of the file. Return: bytes, or -errno. */
static int ring_run(struct ring *ring, uint8_t opcode, int file, void *buffer)
{
	const struct io_sqring_offsets *sq = &ring->params.sq_off;
	const struct io_cqring_offsets *cq = &ring->params.cq_off;
	uint32_t tail = *ring_word(ring->sq, sq->tail), head = *ring_word(ring->cq, cq->head);
	uint32_t slot = tail & *ring_word(ring->sq, sq->ring_mask);
	struct io_uring_cqe *cqes = (void *)(ring->cq + cq->cqes);

	ring->sqes[slot] = (struct io_uring_sqe) {
		.opcode = opcode,
		.fd = file,
		.addr = (uintptr_t)buffer,
		.len = SIZE,
		.buf_index = 0,
	};
	*(uint32_t *)(ring->sq + sq->array + slot * sizeof(uint32_t)) = slot;
	atomic_store(ring_word(ring->sq, sq->tail), tail + 1);
	if (syscall(__NR_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		return -errno;
	if (atomic_load(ring_word(ring->cq, cq->tail)) == head)
		return -ENODATA;
	atomic_store(ring_word(ring->cq, cq->head), head + 1);
	return cqes[head & *ring_word(ring->cq, cq->ring_mask)].res;
}

FIXTURE(fixed)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_queue *by;
	struct ring ring;
	struct child heir;
	char *buffer, *other;
	int file;
};

FIXTURE_VARIANT(fixed)
{
	bool by_gpu;
	int flags;		/* of the buffer's mapping */
};

FIXTURE_VARIANT_ADD(fixed, cpu) { .by_gpu = false, .flags = MAP_PRIVATE, };
FIXTURE_VARIANT_ADD(fixed, cpu_shared) { .by_gpu = false, .flags = MAP_SHARED, };
FIXTURE_VARIANT_ADD(fixed, gpu) { .by_gpu = true, .flags = MAP_PRIVATE, };
FIXTURE_VARIANT_ADD(fixed, gpu_shared) { .by_gpu = true, .flags = MAP_SHARED, };

FIXTURE_SETUP(fixed)
{
	int err;

	self->file = -1;
	self->ring.fd = -1;
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	err = ring_open(&self->ring);
	if (err == -ENOSYS || err == -EPERM)
		SKIP(return, "no io_uring");
	ASSERT_EQ(0, err);
	/* Not through the page cache: the pinned pages themselves are read and written. */
	self->file = open(DISK, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (self->file < 0)
		SKIP(return, "no " DISK);
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->by = variant->by_gpu ? &self->queue : NULL;
	self->buffer = memory_map(SZ_2M, PROT_READ | PROT_WRITE, variant->flags | MAP_ANONYMOUS,
				  -1);
	self->other = memory_anonymous(SZ_2M);
	ASSERT_NE(NULL, self->buffer);
	ASSERT_NE(NULL, self->other);
	ASSERT_EQ(0, madvise(self->buffer, SZ_2M, MADV_NOHUGEPAGE));
	/* Mapped by the GPU before it is pinned. */
	ASSERT_EQ(0, touch_write(self->by, self->buffer, SIZE, SZ_4K, BEFORE));
	ASSERT_EQ(0, ring_register(&self->ring, self->buffer));
}

FIXTURE_TEARDOWN(fixed)
{
	child_stop(&self->heir);
	close(self->ring.fd);
	close(self->file);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* Does the file begin with the pages that the accessor wrote? */
static bool file_has(FIXTURE_DATA(fixed) *self, uint32_t value)
{
	return pread(self->file, self->other, SIZE, 0) == SIZE &&
		!touch_wrong(self->other, SIZE, SZ_4K, value);
}

TEST_F_TIMEOUT(fixed, written_to_file, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(SIZE, ring_run(&self->ring, IORING_OP_WRITE_FIXED, self->file, self->buffer));
	EXPECT_TRUE(file_has(self, BEFORE));
	ASSERT_EQ(0, touch_write(self->by, self->buffer, SIZE, SZ_4K, AFTER));
	ASSERT_EQ(SIZE, ring_run(&self->ring, IORING_OP_WRITE_FIXED, self->file, self->buffer));
	EXPECT_TRUE(file_has(self, AFTER));
}

TEST_F_TIMEOUT(fixed, read_from_file, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0;

	ASSERT_EQ(0, touch_write(NULL, self->other, SIZE, SZ_4K, IN_FILE));
	ASSERT_EQ(SIZE, pwrite(self->file, self->other, SIZE, 0));
	ASSERT_EQ(SIZE, ring_run(&self->ring, IORING_OP_READ_FIXED, self->file, self->buffer));
	ASSERT_EQ(0, access_read(self->by, self->buffer + SZ_4K, &value));
	EXPECT_EQ(IN_FILE + 1, value);
	EXPECT_EQ(0, touch_wrong_by_gpu(&self->queue, self->buffer, SIZE, SZ_4K, IN_FILE));
	EXPECT_EQ(0, touch_wrong(self->buffer, SIZE, SZ_4K, IN_FILE));
}

/* Sends the value of its first page on each request. */
static int inherits(int fd, void *arg)
{
	volatile uint32_t *buffer = arg;
	int word;

	while (!child_hear(fd, &word, ANSWER_MS))
		if (child_say(fd, *buffer))
			break;
	return 0;
}

static uint32_t heir_sees(FIXTURE_DATA(fixed) *self)
{
	int value = 0;

	if (child_say(self->heir.fd, 0) || child_hear(self->heir.fd, &value, ANSWER_MS))
		return 0;
	return value;
}

/* Pinned pages of private memory stay with the parent, which writes them after fork(). */
TEST_F_TIMEOUT(fixed, written_after_fork, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(0, child_start(&self->heir, inherits, self->buffer));
	EXPECT_EQ(BEFORE, heir_sees(self));
	ASSERT_EQ(0, touch_write(self->by, self->buffer, SIZE, SZ_4K, AFTER));
	ASSERT_EQ(SIZE, ring_run(&self->ring, IORING_OP_WRITE_FIXED, self->file, self->buffer));
	EXPECT_TRUE(file_has(self, AFTER));
	EXPECT_EQ(variant->flags == MAP_SHARED ? AFTER : BEFORE, heir_sees(self));
}

TEST_HARNESS_MAIN
