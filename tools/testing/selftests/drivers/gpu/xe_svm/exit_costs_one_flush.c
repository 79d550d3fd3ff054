// SPDX-License-Identifier: GPL-2.0
/*
 * Law (P4, C11): the exit of a process costs no more TLB invalidations with memory
 * mapped on the GPU than with none, however much it is: the one that its VM costs.
 * The VM may go on with buffer objects in the hands of others.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

/* Apart from each other by more than what one notifier listens to. */
#define AREAS	40
#define APART	SZ_1G
#define BY_HEIR	0x0e171e55
/* How often in a row nothing has come, of so many looks. */
#define STILL	5
#define STILL_TRIES	100
#define STILL_US	100000

FIXTURE(exit)
{
	struct gpu gpu;
};

/* Opened first to find out whether there is something to test. */
FIXTURE_SETUP(exit)
{
	mirror_open(_metadata, &self->gpu);
}

FIXTURE_TEARDOWN(exit)
{
	gpu_close(&self->gpu);
}

/* What the process that exits and its heir tell the test. */
struct will {
	struct gpu gpu;
	struct gpu_queue queue;
	uint64_t before;	/* TLB invalidations, at the last moment */
	int err;
	int alive[2];		/* closed at the owner's end when it is gone */
	int told[2];
};

/* Without areas the GPU does nothing, and nothing is mapped. */
static int use_memory(struct will *w, unsigned int areas)
{
	unsigned int i;
	char *start;
	int err;

	if (!areas)
		return 0;
	start = mmap(NULL, areas * APART, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	/* A fork would take from the GPU what the child gets, too. */
	if (start == MAP_FAILED || madvise(start, areas * APART, MADV_DONTFORK))
		return -errno;
	for (i = 0; i < areas; i++)
		gpu_batch_store(&w->queue, start + i * APART, i + 1);
	err = gpu_run(&w->queue);
	for (i = 0; i < areas && !err; i++)
		if (*(volatile uint32_t *)(start + i * APART) != i + 1)
			err = -EBADMSG;
	return err;
}

static int live(struct will *w, unsigned int areas, int (*control)(struct gpu *gpu))
{
	int err = gpu_open_mirrored(&w->gpu, control, &w->queue);

	return err ?: use_memory(w, areas);
}

/* The destruction of what an exit leaves goes on for a moment: until nothing comes. */
static int invalidations(struct gpu *gpu, uint64_t *count)
{
	uint64_t last = 0;
	int i, still = 0, err = 0;

	for (i = 0; i < STILL_TRIES && still < STILL && !err; i++) {
		usleep(STILL_US);
		err = gpu_stat(gpu, "tlb_inval_count", count);
		still = *count == last ? still + 1 : 0;
		last = *count;
	}
	return err;
}

static void die(struct will *w, unsigned int areas, int (*control)(struct gpu *gpu))
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	w->err = live(w, areas, control);
	if (!w->err)
		w->err = invalidations(&w->gpu, &w->before);
	_exit(write(w->told[1], w, sizeof(*w)) != sizeof(*w));
}

/* Return: how many invalidations the exit took. */
static uint64_t exit_costs(struct __test_metadata *_metadata, struct gpu *gpu,
			   unsigned int areas, int (*control)(struct gpu *gpu))
{
	struct will w = {};
	uint64_t after = 0;
	int status = -1;
	pid_t child;

	ASSERT_EQ(0, pipe(w.told));
	child = fork();
	if (!child)
		die(&w, areas, control);
	ASSERT_LT(0, child);
	ASSERT_EQ(sizeof(w), read(w.told[0], &w, sizeof(w)));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_EQ(0, status);
	ASSERT_EQ(0, w.err);
	ASSERT_EQ(0, invalidations(gpu, &after));
	close(w.told[0]);
	close(w.told[1]);
	return after - w.before;
}

static uint64_t exit_with_nothing(struct __test_metadata *_metadata, struct gpu *gpu)
{
	return exit_costs(_metadata, gpu, 0, gpu_control_in_memory);
}

TEST_F_TIMEOUT(exit, with_one_area, GPU_TEST_TIMEOUT)
{
	uint64_t nothing = exit_with_nothing(_metadata, &self->gpu);

	EXPECT_LT(0, nothing);
	EXPECT_EQ(nothing, exit_costs(_metadata, &self->gpu, 1, gpu_control_in_memory));
}

TEST_F_TIMEOUT(exit, with_many_areas, GPU_TEST_TIMEOUT)
{
	EXPECT_EQ(exit_with_nothing(_metadata, &self->gpu),
		  exit_costs(_metadata, &self->gpu, AREAS, gpu_control_in_memory));
}

/* The sibling: page tables that map an object as well go with the VM, later. */
TEST_F_TIMEOUT(exit, with_an_object, GPU_TEST_TIMEOUT)
{
	EXPECT_LT(exit_with_nothing(_metadata, &self->gpu),
		  exit_costs(_metadata, &self->gpu, 1, gpu_control_in_bo));
}

static int write_object(struct will *w, void *addr)
{
	volatile uint32_t *word = addr;
	int err = gpu_write(&w->queue, word, BY_HEIR);

	return err ?: *word == BY_HEIR ? 0 : -EBADMSG;
}

/* The control area is an object, and has a page for each of many queues. */
static int inherit_object(struct will *w)
{
	return write_object(w, w->gpu.control.base + (GPU_MAX_QUEUES - 1) * SZ_4K);
}

/* The owner's control area was its memory: the heir makes one that is an object. */
static int inherit_nothing(struct will *w)
{
	int err;

	w->gpu.control = (struct gpu_control) {};
	err = gpu_control_in_bo(&w->gpu);
	if (!err)
		err = gpu_queue_create(&w->gpu, &w->gpu.engines[0], &w->queue);
	return err ?: inherit_object(w);
}

static void heir(struct will *w, int (*inherit)(struct will *w))
{
	char unused;

	alarm(GPU_TEST_TIMEOUT);
	close(w->alive[1]);
	if (read(w->alive[0], &unused, 1) != 0)
		_exit(1);
	w->err = inherit(w);
	_exit(write(w->told[1], w, sizeof(*w)) != sizeof(*w));
}

static int heir_of(struct __test_metadata *_metadata, int (*control)(struct gpu *gpu),
		   int (*inherit)(struct will *w))
{
	struct will w = {};
	int status = -1;
	pid_t child;

	ASSERT_EQ(0, pipe(w.alive));
	ASSERT_EQ(0, pipe(w.told));
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		w.err = live(&w, 1, control);
		if (!w.err && !fork())
			heir(&w, inherit);
		_exit(w.err ? 1 : 0);
	}
	ASSERT_LT(0, child);
	close(w.alive[1]);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_EQ(0, status);
	close(w.told[1]);
	ASSERT_EQ(sizeof(w), read(w.told[0], &w, sizeof(w)));
	return w.err;
}

TEST_F_TIMEOUT(exit, object_bound_before_is_reached, GPU_TEST_TIMEOUT)
{
	EXPECT_EQ(0, heir_of(_metadata, gpu_control_in_bo, inherit_object));
}

TEST_F_TIMEOUT(exit, object_bound_later_is_reached, GPU_TEST_TIMEOUT)
{
	EXPECT_EQ(0, heir_of(_metadata, gpu_control_in_memory, inherit_nothing));
}

TEST_HARNESS_MAIN
