// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): a mirror lasts as long as a process that has the creator's memory
 * (clone() with CLONE_VM): it serves such a process like the creator, even
 * after the creator has exited, and a vfork() child that exits, execs or is
 * killed does not affect it.
 *
 * Desktop: harmless
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/access_fixture.h"
#include "lib/clock.h"
#include "lib/userfault.h"

#define STACK		SZ_64K
#define BEFORE		0x5a3e0001
#define BY_SHARER	0x5a3e0002
#define LATE		0x5a3e0003
#define ASKED_MS	20000
#define AFTER_EXEC	"after-exec"

/**
 * struct sharer - all that processes with one memory use together
 */
struct sharer {
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_queue *by;
	bool by_gpu;
	volatile uint32_t *old, *fresh, *late;
	int userfault;
	/** @result: a pipe for the result */
	int result[2];
	pid_t creator;
};

static int prepare(struct sharer *sharer)
{
	sharer->old = memory_anonymous(SZ_4K);
	sharer->fresh = memory_anonymous(SZ_4K);
	sharer->late = memory_anonymous(SZ_2M);
	if (!sharer->old || !sharer->fresh || !sharer->late)
		return -ENOMEM;
	sharer->userfault = memory_userfault((void *)sharer->late);
	if (sharer->userfault < 0)
		return sharer->userfault;
	return access_write(sharer->by, sharer->old, BEFORE);
}

/* Memory that was mapped, memory that was not, and memory that has to be waited for. */
static int use(struct sharer *sharer)
{
	struct access late;
	uint32_t value = 0;
	int err;

	err = access_read(sharer->by, sharer->old, &value);
	if (err || value != BEFORE)
		return err ?: -EBADMSG;
	err = access_write(sharer->by, sharer->fresh, BY_SHARER);
	if (err || *sharer->fresh != BY_SHARER)
		return err ?: -EBADMSG;
	/* The GPU's only: a thread of the CPU needs more of libc than a sharer has. */
	if (!sharer->by)
		return 0;
	err = access_begin_write(&late, sharer->by, sharer->late, LATE);
	if (err)
		return err;
	if (userfault_asked(sharer->userfault, 1, ASKED_MS) != 1)
		return -ETIME;
	userfault_provide(sharer->userfault, (void *)sharer->late, SZ_4K);
	err = access_end(&late);
	return err ?: *sharer->late == LATE ? 0 : -EBADMSG;
}

static int shares(void *arg)
{
	struct sharer *sharer = arg;
	int64_t end = clock_ms() + ASKED_MS;
	int result;

	prctl(PR_SET_PDEATHSIG, 0);
	alarm(GPU_TEST_TIMEOUT);
	while (sharer->creator && getppid() == sharer->creator && clock_ms() < end)
		clock_sleep_ms(1);
	if (sharer->creator && getppid() == sharer->creator)
		result = -ETIME;
	else
		result = use(sharer);
	_exit(write(sharer->result[1], &result, sizeof(result)) != sizeof(result));
}

static pid_t start_sharer(struct sharer *sharer)
{
	char *stack = memory_anonymous(STACK);

	return stack ? clone(shares, stack + STACK, CLONE_VM | SIGCHLD, sharer) : -1;
}

/* In a process of its own, whose memory outlives it. Its access waits on the copy engine. */
static void creates_and_exits(struct sharer *sharer)
{
	const struct drm_xe_engine_class_instance *engine;
	int err = gpu_open(&sharer->gpu);

	engine = gpu_find_engine(&sharer->gpu, DRM_XE_ENGINE_CLASS_COPY);
	err = err ?: gpu_bind_mirror_whole(&sharer->gpu);
	err = err ?: gpu_control_in_memory(&sharer->gpu);
	err = err ?: gpu_queue_create(&sharer->gpu, engine, &sharer->queue);
	sharer->by = sharer->by_gpu ? &sharer->queue : NULL;
	err = err ?: prepare(sharer);
	sharer->creator = getpid();
	_exit(err || start_sharer(sharer) < 0);
}

static int hear(struct sharer *sharer, int *result)
{
	struct pollfd pfd = { .fd = sharer->result[0], .events = POLLIN };

	if (poll(&pfd, 1, 3 * ASKED_MS) != 1)
		return -ETIME;
	return read(pfd.fd, result, sizeof(*result)) == sizeof(*result) ? 0 : -EPIPE;
}

TEST_F_TIMEOUT(access, creator_exits_first, GPU_TEST_TIMEOUT)
{
	struct sharer sharer = { .by_gpu = variant->by_gpu };
	int status = -1, result = -EPIPE;
	pid_t child;

	if (!userfault_offered())
		SKIP(return, "no userfaultfd");
	ASSERT_EQ(0, pipe(sharer.result));
	child = fork();
	if (!child)
		creates_and_exits(&sharer);
	ASSERT_LT(0, child);
	/* Exited and reaped, not a zombie. */
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_EQ(0, status);
	ASSERT_EQ(0, hear(&sharer, &result));
	EXPECT_EQ(0, result);
}

/* The memory of @self, as a sharer of it sees it. */
static void borrow(struct sharer *sharer, FIXTURE_DATA(access) *self)
{
	*sharer = (struct sharer) {
		.gpu = self->gpu,
		.queue = self->queue,
	};
	sharer->queue.gpu = &sharer->gpu;
	sharer->by = self->by ? &sharer->queue : NULL;
}

TEST_F_TIMEOUT(access, creator_lives, GPU_TEST_TIMEOUT)
{
	int status = -1, result = -EPIPE;
	static struct sharer sharer;
	pid_t child;

	borrow(&sharer, self);
	ASSERT_EQ(0, pipe(sharer.result));
	if (!userfault_offered())
		SKIP(return, "no userfaultfd");
	ASSERT_EQ(0, prepare(&sharer));
	child = start_sharer(&sharer);
	ASSERT_LT(0, child);
	ASSERT_EQ(0, hear(&sharer, &result));
	EXPECT_EQ(0, result);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	/* The sharer has counted on with its own copy of the queue. */
	self->queue.seqno = sharer.queue.seqno;
	EXPECT_EQ(0, access_write(self->by, sharer.old, LATE));
	EXPECT_EQ(LATE, *sharer.old);
}

enum end { END_EXIT, END_EXEC, END_KILL };

/* vfork() suspends the caller until the child has released its memory. */
static int vforked(enum end end)
{
	int status = -1;
	pid_t child = vfork();

	if (!child) {
		if (end == END_EXEC)
			execl("/proc/self/exe", AFTER_EXEC, NULL);
		if (end == END_KILL)
			kill(getpid(), SIGKILL);
		_exit(end == END_EXIT ? 0 : 1);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -ECHILD;
	if (end == END_KILL)
		return WIFSIGNALED(status) ? 0 : -EBADMSG;
	return status ? -EBADMSG : 0;
}

TEST_F_TIMEOUT(access, vfork_child_ends, GPU_TEST_TIMEOUT)
{
	static struct sharer sharer;
	int64_t faults;
	enum end end;
	uint32_t value;
	struct access late;

	borrow(&sharer, self);
	if (!userfault_offered())
		SKIP(return, "no userfaultfd");
	ASSERT_EQ(0, prepare(&sharer));
	self->queue.seqno = sharer.queue.seqno;
	/* One access waits all the time. */
	ASSERT_EQ(0, access_begin_write(&late, self->by, sharer.late, LATE));
	ASSERT_EQ(1, userfault_asked(sharer.userfault, 1, ASKED_MS));
	for (end = END_EXIT; end <= END_KILL; end++)
		EXPECT_EQ(0, vforked(end))
			TH_LOG("child %d", end);
	ASSERT_EQ(0, userfault_provide(sharer.userfault, (void *)sharer.late, SZ_4K));
	EXPECT_EQ(0, access_end(&late));
	EXPECT_EQ(LATE, *sharer.late);

	/* Mapped pages are still mapped. */
	faults = gpu_faults(&self->gpu);
	EXPECT_EQ(0, access_read(self->by, sharer.old, &value));
	EXPECT_EQ(BEFORE, value);
	EXPECT_EQ(faults, gpu_faults(&self->gpu));
	EXPECT_EQ(0, access_write(self->by, sharer.fresh, BY_SHARER));
	EXPECT_EQ(BY_SHARER, *sharer.fresh);
}

int main(int argc, char **argv)
{
	if (argc == 1 && !strcmp(argv[0], AFTER_EXEC))
		return 0;
	return test_harness_run(argc, argv);
}
