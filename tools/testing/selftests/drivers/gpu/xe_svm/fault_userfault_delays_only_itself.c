// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C12): a GPU access to memory that user space has yet to provide waits
 * for it, and delays nothing else: not the other faults, binds and munmaps of
 * the same VM; if the process is killed meanwhile, it dies.
 *
 * Desktop: harmless
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define FAULT_TIMEOUT_MS	20000
#define OTHER_PROCESSES		4

FIXTURE(userfault)
{
	struct gpu gpu;
	/* For the memory that comes late: on the copy engine, which a desktop rarely uses. */
	struct gpu_queue queue;
	struct gpu_queue other;
	int fd;
	char *late;
};

FIXTURE_SETUP(userfault)
{
	const struct drm_xe_engine_class_instance *copy, *engine;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	copy = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_COPY);
	engine = &self->gpu.engines[self->gpu.num_engines - 1];
	if (!copy || copy->engine_class == engine->engine_class)
		SKIP(return, "no copy engine and another one");
	mirror_start(_metadata, &self->gpu, copy, &self->queue);
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, engine, &self->other));
	ASSERT_EQ(0, gpu_run(&self->other));
	self->late = memory_anonymous(SZ_2M);
	ASSERT_NE(NULL, self->late);
	self->fd = memory_userfault(self->late);
	if (self->fd < 0)
		SKIP(return, "no userfaultfd");
}

FIXTURE_TEARDOWN(userfault)
{
	gpu_queue_destroy(&self->queue);
	gpu_queue_destroy(&self->other);
	gpu_close(&self->gpu);
}

/* 0 when the page at @addr is requested from user space. */
static int asked_for(int fd, const void *addr)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct uffd_msg msg;

	if (poll(&pfd, 1, FAULT_TIMEOUT_MS) != 1)
		return -ETIME;
	if (read(fd, &msg, sizeof(msg)) != sizeof(msg))
		return -EIO;
	if (msg.event != UFFD_EVENT_PAGEFAULT ||
	    (msg.arg.pagefault.address & ~(SZ_4K - 1)) != (uintptr_t)addr)
		return -EBADMSG;
	return 0;
}

static int provide(int fd, void *addr, uint32_t value)
{
	uint32_t page[SZ_4K / sizeof(uint32_t)] __attribute__((aligned(SZ_4K)));
	struct uffdio_copy copy = {
		.dst = (uintptr_t)addr,
		.src = (uintptr_t)page,
		.len = SZ_4K,
	};
	unsigned int i;

	for (i = 0; i < SZ_4K / sizeof(uint32_t); i++)
		page[i] = value;
	return ioctl(fd, UFFDIO_COPY, &copy) ? -errno : 0;
}

TEST_F_TIMEOUT(userfault, waits_and_goes_on, GPU_TEST_TIMEOUT)
{
	gpu_batch_copy(&self->queue, self->queue.result, self->late);
	ASSERT_EQ(0, gpu_start(&self->queue));
	ASSERT_EQ(0, asked_for(self->fd, self->late));
	ASSERT_EQ(0, provide(self->fd, self->late, 0x1a7e0001));
	EXPECT_EQ(0, gpu_wait(&self->queue));
	EXPECT_EQ(0x1a7e0001, *self->queue.result);
}

static int fault_waits(FIXTURE_DATA(userfault) *self)
{
	gpu_batch_copy(&self->queue, self->queue.result, self->late);
	return gpu_start(&self->queue) ?: asked_for(self->fd, self->late);
}

static int fault_ends(FIXTURE_DATA(userfault) *self)
{
	return provide(self->fd, self->late, 0x1a7e0002) ?: gpu_wait(&self->queue);
}

TEST_F_TIMEOUT(userfault, binds_and_munmaps_go_on, GPU_TEST_TIMEOUT)
{
	char *word = memory_anonymous(SZ_4K), *part = memory_anonymous(SZ_2M);

	ASSERT_NE(NULL, word);
	ASSERT_NE(NULL, part);
	ASSERT_EQ(0, gpu_write(&self->other, word, 1));
	ASSERT_EQ(0, fault_waits(self));

	EXPECT_EQ(0, gpu_unbind(&self->gpu, (uintptr_t)part, SZ_2M));
	EXPECT_EQ(0, gpu_bind_mirror(&self->gpu, (uintptr_t)part, SZ_2M, 0));
	EXPECT_EQ(0, gpu_write(&self->other, word, 2))
		TH_LOG("no fault, and yet the job waits");
	EXPECT_EQ(0, munmap(word, SZ_4K));
	EXPECT_EQ(0, *self->queue.result)
		TH_LOG("nothing waited");
	EXPECT_EQ(0, fault_ends(self));
	EXPECT_EQ(0x1a7e0002, *self->queue.result);
}

TEST_F_TIMEOUT(userfault, other_faults_go_on, GPU_TEST_TIMEOUT)
{
	char *word = memory_anonymous(SZ_4K);

	ASSERT_NE(NULL, word);
	ASSERT_EQ(0, fault_waits(self));
	EXPECT_EQ(0, gpu_write(&self->other, word, 0x1a7e0003));
	EXPECT_EQ(0x1a7e0003, *(uint32_t *)word);
	EXPECT_EQ(0, fault_ends(self));
	EXPECT_EQ(0x1a7e0002, *self->queue.result);
}

/*
 * 0 when a process of its own gets a fault of its own served. On another engine:
 * the one whose access waits is busy until its fault gets a reply.
 */
static int fault_in_other_process(void)
{
	volatile uint32_t *word;
	struct gpu_queue queue;
	struct gpu gpu;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	word = memory_anonymous(SZ_4K);
	if (!word || gpu_open(&gpu) || gpu_bind_mirror_whole(&gpu) ||
	    gpu_control_in_memory(&gpu) ||
	    gpu_queue_create(&gpu, &gpu.engines[gpu.num_engines - 1], &queue))
		return 1;
	return gpu_write(&queue, word, 0x1a7e0004) || *word != 0x1a7e0004;
}

/* As many as there were fault queues, elsewhere shared by every fourth process. */
TEST_F_TIMEOUT(userfault, other_processes_go_on, GPU_TEST_TIMEOUT)
{
	int i, status;
	pid_t child;

	ASSERT_EQ(0, fault_waits(self));
	for (i = 0; i < OTHER_PROCESSES; i++) {
		child = fork();
		if (!child)
			_exit(fault_in_other_process());
		ASSERT_LT(0, child);
		ASSERT_EQ(child, waitpid(child, &status, 0));
		EXPECT_EQ(0, status)
			TH_LOG("process %d", i);
	}
	EXPECT_EQ(0, fault_ends(self));
}

/* In a child, with its own GPU and no thread that provides pages. */
static void never_provided(int ready)
{
	const struct drm_xe_engine_class_instance *copy;
	struct gpu_queue queue;
	struct gpu gpu;
	char *late = memory_anonymous(SZ_2M);
	int fd = late ? memory_userfault(late) : -1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fd < 0 || gpu_open(&gpu) || gpu_bind_mirror_whole(&gpu) ||
	    gpu_control_in_memory(&gpu))
		_exit(1);
	copy = gpu_find_engine(&gpu, DRM_XE_ENGINE_CLASS_COPY);
	if (gpu_queue_create(&gpu, copy, &queue))
		_exit(1);
	gpu_batch_copy(&queue, queue.result, late);
	if (gpu_start(&queue) || asked_for(fd, late) || write(ready, "r", 1) != 1)
		_exit(1);
	gpu_wait(&queue);
	_exit(0);
}

TEST_F_TIMEOUT(userfault, killed_while_waiting, GPU_TEST_TIMEOUT)
{
	int ready[2], status = 0;
	char token;
	pid_t child;

	ASSERT_EQ(0, pipe(ready));
	child = fork();
	if (!child)
		never_provided(ready[1]);
	ASSERT_LT(0, child);
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &token, 1));
	ASSERT_EQ(0, kill(child, SIGKILL));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(0, gpu_run(&self->other));
}

TEST_HARNESS_MAIN
