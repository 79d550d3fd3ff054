// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C12): while faults of one process wait for memory that never arrives,
 * on every engine but one, faults, binds and munmaps of others take no longer
 * than 1.5 times the undisturbed time, measured in turns in the same run.
 *
 * On Linux 7.3 a few waiting faults block every fourth process of the device,
 * and the binds of their own VM.
 *
 * Desktop: may end it, all engines but one wait for seconds
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

/* Many turns: other load of the machine has to affect both equally. */
#define ROUNDS		25
#define SAMPLES		3
/* A machine that is busy elsewhere can make it worse, never better. */
#define ATTEMPTS	3
#define ASKED_TIMEOUT	20000
#define PERCENT		150

/**
 * struct parker - the process whose faults wait
 */
struct parker {
	struct gpu gpu;
	struct gpu_queue queue[GPU_MAX_ENGINES];
	unsigned int num_queues;
	unsigned int lanes;	/* faults at once on each */
	bool by_kernel;
	int userfault;
	char *area;
};

enum what { FAULT, BIND, MUNMAP, NUM_WHAT };
static const char * const what_name[] = { "fault", "bind", "munmap" };

struct samples {
	uint64_t ns[NUM_WHAT][ROUNDS * SAMPLES];
	unsigned int n;
};

FIXTURE(victim)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_model model;
	int order, answer;	/* pipes to the parker's process */
	pid_t child;
	struct samples alone, beside;
};

FIXTURE_VARIANT(victim)
{
	unsigned int lanes;	/* 1: on any GPU */
	bool by_kernel;		/* of threads, where an engine has any */
};

FIXTURE_VARIANT_ADD(victim, one_fault_an_engine) { .lanes = 1, };
FIXTURE_VARIANT_ADD(victim, many_faults_an_engine) { .lanes = 100, };
FIXTURE_VARIANT_ADD(victim, many_faults_a_kernel) { .lanes = 100, .by_kernel = true, };

static int watch(struct parker *parker)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	parker->area = memory_anonymous(GPU_MAX_ENGINES * SZ_2M);
	parker->userfault = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (!parker->area || parker->userfault < 0)
		return -EOPNOTSUPP;
	reg.range.start = (uintptr_t)parker->area;
	reg.range.len = GPU_MAX_ENGINES * SZ_2M;
	if (ioctl(parker->userfault, UFFDIO_API, &api) ||
	    ioctl(parker->userfault, UFFDIO_REGISTER, &reg))
		return -errno;
	return 0;
}

/* Every engine but the last: an engine that waits is busy. */
static int parker_start(struct parker *parker, const FIXTURE_VARIANT(victim) *variant)
{
	int err = gpu_open(&parker->gpu);
	unsigned int i;

	if (!err)
		err = gpu_bind_mirror_whole(&parker->gpu);
	if (!err)
		err = gpu_control_in_memory(&parker->gpu);
	if (!err)
		err = watch(parker);
	parker->lanes = variant->lanes;
	parker->by_kernel = variant->by_kernel;
	parker->num_queues = parker->gpu.num_engines - 1;
	for (i = 0; !err && i < parker->num_queues; i++)
		err = gpu_queue_create(&parker->gpu, &parker->gpu.engines[i], &parker->queue[i]);
	return err;
}

/* One store: the only fault asked for, or the only one an engine without threads can have. */
static bool by_store(const struct parker *parker, unsigned int queue)
{
	return parker->lanes == 1 ||
	       (parker->by_kernel && !gpu_engine_has_threads(&parker->gpu.engines[queue]));
}

/* Engines of the media GT, and those that store, have one fault at a time. */
static unsigned int lanes_of(const struct parker *parker, unsigned int queue)
{
	if (by_store(parker, queue))
		return 1;
	switch (parker->gpu.engines[queue].engine_class) {
	case DRM_XE_ENGINE_CLASS_VIDEO_DECODE:
	case DRM_XE_ENGINE_CLASS_VIDEO_ENHANCE:
		return 1;
	default:
		return parker->lanes;
	}
}

/* Until a page of each was requested from user space. */
static int park(struct parker *parker)
{
	struct pollfd pfd = { .fd = parker->userfault, .events = POLLIN };
	unsigned int i, asked = 0, lanes = 0;
	struct uffd_msg msg;
	int err = 0;

	for (i = 0; !err && i < parker->num_queues; i++) {
		char *start = parker->area + i * SZ_2M;

		if (by_store(parker, i))
			gpu_batch_store(&parker->queue[i], start, 1);
		else if (parker->by_kernel)
			gpu_batch_kernel_touch(&parker->queue[i], start, parker->lanes, SZ_4K,
					       GPU_TOUCH_WRITE);
		else
			gpu_batch_touch(&parker->queue[i], start, parker->lanes, SZ_4K,
					GPU_TOUCH_WRITE);
		err = gpu_start(&parker->queue[i]);
		lanes += lanes_of(parker, i);
	}
	/* Many are many: an engine with threads takes part. */
	if (!err && parker->lanes > 1 && lanes <= parker->num_queues)
		return -ENODEV;
	while (!err && asked < lanes) {
		if (poll(&pfd, 1, ASKED_TIMEOUT) != 1)
			return -ETIME;
		while (read(parker->userfault, &msg, sizeof(msg)) == sizeof(msg))
			asked++;
	}
	return err;
}

static int unpark(struct parker *parker)
{
	struct uffdio_zeropage zero = { .range.len = SZ_4K };
	unsigned int i, lane;
	int err = 0;

	for (i = 0; i < parker->num_queues; i++)
		for (lane = 0; lane < parker->lanes; lane++) {
			zero.range.start = (uintptr_t)parker->area + i * SZ_2M + lane * SZ_4K;
			if (ioctl(parker->userfault, UFFDIO_ZEROPAGE, &zero))
				return -errno;
		}
	for (i = 0; !err && i < parker->num_queues; i++)
		err = gpu_wait(&parker->queue[i]);
	if (!err && madvise(parker->area, parker->num_queues * SZ_2M, MADV_DONTNEED))
		err = -errno;
	return err;
}

/* Orders are 'p' and 'u'; the end of them is the end. */
static void parker_main(int order, int answer, const FIXTURE_VARIANT(victim) *variant)
{
	struct parker parker = { };
	int err = parker_start(&parker, variant);
	char what = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (write(answer, &err, sizeof(err)) == sizeof(err) && !err &&
	       read(order, &what, 1) == 1)
		err = what == 'p' ? park(&parker) : unpark(&parker);
	_exit(err ? 1 : 0);
}

static int answered(FIXTURE_DATA(victim) *self)
{
	int err;

	return read(self->answer, &err, sizeof(err)) == sizeof(err) ? err : -EPIPE;
}

static int command(FIXTURE_DATA(victim) *self, char what)
{
	return write(self->order, &what, 1) == 1 ? answered(self) : -EPIPE;
}

FIXTURE_SETUP(victim)
{
	int order[2], answer[2], err;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (self->gpu.num_engines < 2)
		SKIP(return, "one engine only: it would be busy");
	if (variant->lanes > 1 && (gpu_model_open(&self->gpu, &self->model) ||
				   gpu_model_turn(&self->model, "parallel_touch",
						  !variant->by_kernel)))
		SKIP(return, "no GPU that has many faults in flight at will");

	ASSERT_EQ(0, pipe(order));
	ASSERT_EQ(0, pipe(answer));
	self->child = fork();
	if (!self->child) {
		close(order[1]);
		close(answer[0]);
		parker_main(order[0], answer[1], variant);
	}
	ASSERT_LT(0, self->child);
	close(order[0]);
	close(answer[1]);
	self->order = order[1];
	self->answer = answer[0];
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[self->gpu.num_engines - 1],
		     &self->queue);
	err = answered(self);
	if (err == -EOPNOTSUPP)
		SKIP(return, "no userfaultfd");
	ASSERT_EQ(0, err);
}

FIXTURE_TEARDOWN(victim)
{
	close(self->order);
	if (self->child > 0)
		waitpid(self->child, NULL, 0);
	if (variant->lanes > 1)
		gpu_model_turn(&self->model, "parallel_touch", 0);
	gpu_model_close(&self->model);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

/* One of each: a fault that needs a page, a bind and its undoing, a munmap. */
static int sample(FIXTURE_DATA(victim) *self, struct samples *samples)
{
	char *area = memory_anonymous(SZ_2M), *bound = memory_anonymous(SZ_2M);
	uint64_t start = now();
	int err;

	if (!area || !bound)
		return -ENOMEM;
	start = now();
	err = gpu_write(&self->queue, area, 1);
	samples->ns[FAULT][samples->n] = now() - start;
	if (err)
		return err;

	start = now();
	err = gpu_unbind(&self->gpu, (uintptr_t)bound, SZ_2M) ?:
	      gpu_bind_mirror(&self->gpu, (uintptr_t)bound, SZ_2M, 0);
	samples->ns[BIND][samples->n] = now() - start;
	if (err)
		return err;

	start = now();
	err = munmap(area, SZ_2M) ? -errno : 0;
	samples->ns[MUNMAP][samples->n] = now() - start;
	munmap(bound, SZ_2M);
	samples->n++;
	return err;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t median(struct samples *samples, enum what what)
{
	qsort(samples->ns[what], samples->n, sizeof(samples->ns[what][0]), by_value);
	return samples->ns[what][samples->n / 2];
}

static int measure(FIXTURE_DATA(victim) *self)
{
	int round, i, err = 0;

	self->alone.n = 0;
	self->beside.n = 0;
	for (round = 0; !err && round < ROUNDS; round++) {
		for (i = 0; !err && i < SAMPLES; i++)
			err = sample(self, &self->alone);
		if (!err)
			err = command(self, 'p');
		for (i = 0; !err && i < SAMPLES; i++)
			err = sample(self, &self->beside);
		if (!err)
			err = command(self, 'u');
	}
	return err;
}

/* Returns how many of the three took too long. */
static int compare(struct __test_metadata *_metadata, FIXTURE_DATA(victim) *self)
{
	uint64_t alone, beside;
	int i, slow = 0;

	for (i = 0; i < NUM_WHAT; i++) {
		alone = median(&self->alone, i);
		beside = median(&self->beside, i);
		slow += beside > alone * PERCENT / 100;
		TH_LOG("%s: %lu us alone, %lu us beside waiting faults", what_name[i],
		       alone / 1000, beside / 1000);
	}
	return slow;
}

TEST_F_TIMEOUT(victim, takes_as_long_as_ever, 2 * GPU_TEST_TIMEOUT)
{
	int attempt, slow = 1;

	ASSERT_EQ(0, sample(self, &self->alone))
		TH_LOG("the first, to warm up");
	for (attempt = 0; slow && attempt < ATTEMPTS; attempt++) {
		ASSERT_EQ(0, measure(self));
		slow = compare(_metadata, self);
	}
	EXPECT_EQ(0, slow);
}

TEST_HARNESS_MAIN
