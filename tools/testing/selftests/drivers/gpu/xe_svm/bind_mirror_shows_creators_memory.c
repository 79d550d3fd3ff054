// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): a mirror shows the memory of the process that created the VM to
 * every holder of the descriptor, but no other process can bind it; after that
 * process has exited it shows nothing.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define BEFORE	0x0c0ffee0
#define BY_GPU	0x0c0ffee1

MIRROR_ON_COPY_ENGINE();

/* Used by the heir, which does not share the owner's control area. */
struct heirloom {
	struct gpu gpu;
	struct gpu_queue queue;
	volatile uint32_t *word;
	int ready[2];		/* closed at the owner's end when it dies */
	int answer[2];
};

/* The heir's own memory, at the address where the owner has the control area. */
static int own_control(struct heirloom *h)
{
	void *p = mmap(h->gpu.control.base, SZ_64K, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	gpu_batch_store(&h->queue, h->word, BY_GPU);
	return gpu_run(&h->queue);
}

static void heir(struct heirloom *h)
{
	char unused;
	int err;

	alarm(GPU_TEST_TIMEOUT);
	close(h->ready[1]);
	if (read(h->ready[0], &unused, 1) != 0)
		_exit(1);
	err = own_control(h);
	if (err == REFUSED && *h->word != BEFORE)
		err = -EBADMSG;
	_exit(write(h->answer[1], &err, sizeof(err)) != sizeof(err));
}

static void owner(struct heirloom *h)
{
	int err = gpu_open_mirrored(&h->gpu, gpu_control_in_memory, &h->queue);

	if (!err)
		err = gpu_write(&h->queue, h->word, BEFORE);
	if (!err && !fork())
		heir(h);
	_exit(err ? 1 : 0);
}

TEST_F_TIMEOUT(mirror, err_owner_is_dead, GPU_TEST_TIMEOUT)
{
	struct heirloom h = { .word = memory_anonymous(SZ_4K) };
	int status = -1, err = 0;
	pid_t child;

	ASSERT_NE(NULL, h.word);
	ASSERT_EQ(0, pipe(h.ready));
	ASSERT_EQ(0, pipe(h.answer));
	child = fork();
	if (!child)
		owner(&h);
	ASSERT_LT(0, child);
	close(h.ready[1]);
	close(h.answer[1]);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_EQ(0, status);
	ASSERT_EQ(sizeof(err), read(h.answer[0], &err, sizeof(err)));
	EXPECT_EQ(REFUSED, err);
}

/* The sibling: while it lives, the heir's job reaches its memory, and no other. */
TEST_F_TIMEOUT(mirror, owner_is_alive, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	int status = -1;
	pid_t child;

	ASSERT_NE(NULL, word);
	*word = BEFORE;
	gpu_batch_store(&self->queue, word, BY_GPU);
	gpu_batch_finish(&self->queue);
	child = fork();
	if (!child)
		_exit(gpu_submit(&self->queue, (uintptr_t)self->queue.batch) || *word != BEFORE);
	ASSERT_LT(0, child);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_EQ(0, status);

	/* The child counted the job in its copy of the queue, we in ours. */
	self->queue.seqno++;
	EXPECT_EQ(0, gpu_wait(&self->queue));
	EXPECT_EQ(BY_GPU, *word);
}

static int bind_by_child(struct gpu *gpu)
{
	struct drm_xe_vm_bind_op ops[2] = {
		gpu_op_unmap(0, gpu_va_size(gpu)),
		gpu_op_mirror(0, gpu_va_size(gpu)),
	};

	if (gpu_bind_mirror_whole(gpu) != -EPERM)
		return 1;
	return gpu_bind_ops(gpu, ops, 2) == -EPERM ? 0 : 2;
}

/* The child's copy of the word differs: which of them does its own mirror show? */
static int bind_own_by_child(volatile uint32_t *word)
{
	struct gpu_queue queue;
	struct gpu gpu;

	*word = BEFORE;
	if (gpu_open_mirrored(&gpu, gpu_control_in_memory, &queue))
		return 3;
	if (gpu_write(&queue, word, BY_GPU) || *word != BY_GPU)
		return 4;
	gpu_queue_destroy(&queue);
	gpu_close(&gpu);
	return 0;
}

TEST_F_TIMEOUT(mirror, err_bound_by_another, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *word = memory_anonymous(SZ_4K);
	int status = -1;
	struct gpu gpu;
	pid_t child;

	ASSERT_NE(NULL, word);
	*word = 0;
	ASSERT_EQ(0, gpu_open(&gpu));
	child = fork();
	if (!child)
		_exit(bind_by_child(&gpu) ?: bind_by_child(&self->gpu) ?: bind_own_by_child(word));
	ASSERT_LT(0, child);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_EQ(0, *word);

	/* The sibling: the creator can, and its mirror from before is as it was. */
	EXPECT_EQ(0, gpu_bind_mirror_whole(&gpu));
	EXPECT_EQ(0, gpu_write(&self->queue, word, BY_GPU));
	EXPECT_EQ(BY_GPU, *word);
	gpu_close(&gpu);
}

TEST_HARNESS_MAIN
