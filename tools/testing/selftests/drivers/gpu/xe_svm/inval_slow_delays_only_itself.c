// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C12): a munmap() that takes long, because its thread gets hardly any
 * CPU time, delays GPU faults of its own process only. Such a thread needs no
 * privilege, and a container whose CPU quota is used up behaves the same.
 *
 * Desktop: quiet machine, measures times and keeps two CPUs busy
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/child.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"
#include "lib/touch.h"

/* One window of the driver: faults beside the munmapped part are in the same. */
#define WINDOW		(256 * SZ_2M)
#define GIVEN_UP	(WINDOW / 2)
#define BESIDE_PAGES	150
/* An ASID selects one of four fault queues: one victim shares that of the process. */
#define VICTIMS		4
#define SAMPLES		3
#define ALLOWED_US	1000000
#define ANSWER_MS	60000
#define BEGIN_MS	30000

FIXTURE(slow)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct child victim[VICTIMS];
	pthread_t idler, hog, toucher;
	char *window;
};

FIXTURE_VARIANT(slow)
{
	bool by_gpu;
};

FIXTURE_VARIANT_ADD(slow, cpu) { .by_gpu = false, };
FIXTURE_VARIANT_ADD(slow, gpu) { .by_gpu = true, };

static atomic_bool hog_runs, idler_is_ready, munmap_may_begin, munmapped, touch_may_begin;

static int stay_on(int n)
{
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(n, &cpu);
	return sched_setaffinity(0, sizeof(cpu), &cpu) ? -errno : 0;
}

/* The longest of some faults on fresh memory, in us, or -errno. */
static int64_t longest_fault(struct gpu_queue *queue)
{
	int64_t began, took, longest = 0;
	char *word;
	int i, err;

	for (i = 0; i < SAMPLES; i++) {
		word = memory_anonymous(SZ_4K);
		if (!word)
			return -ENOMEM;
		began = clock_us();
		err = gpu_write(queue, word, 1);
		if (err)
			return err;
		took = clock_us() - began;
		longest = took > longest ? took : longest;
		munmap(word, SZ_4K);
	}
	return longest;
}

/* A bystander: measures on demand. */
static int watches(int fd, void *unused)
{
	struct gpu_queue queue;
	struct gpu gpu;
	int word;

	if (gpu_open(&gpu) || gpu_bind_mirror_whole(&gpu) || gpu_control_in_memory(&gpu) ||
	    gpu_queue_create(&gpu, &gpu.engines[gpu.num_engines - 1], &queue) ||
	    gpu_run(&queue))
		return 1;
	do {
		if (child_say(fd, longest_fault(&queue)))
			return 0;
	} while (!child_hear(fd, &word, 10 * ANSWER_MS));
	return 0;
}

static int64_t ask(struct child *victim)
{
	int us;

	if (child_say(victim->fd, 0) || child_hear(victim->fd, &us, ANSWER_MS))
		return INT64_MAX;
	return us < 0 ? INT64_MAX : us;
}

static int64_t ask_all(struct __test_metadata *_metadata, FIXTURE_DATA(slow) *self)
{
	int64_t us, longest = 0;
	int i;

	for (i = 0; i < VICTIMS; i++) {
		us = ask(&self->victim[i]);
		TH_LOG("process %d: %lld us", i, us == INT64_MAX ? -1LL : (long long)us);
		longest = us > longest ? us : longest;
	}
	return longest;
}

FIXTURE_SETUP(slow)
{
	int i, us;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (self->gpu.num_engines < 2 || sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "takes two engines and two CPUs");
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	for (i = 0; i < VICTIMS; i++) {
		ASSERT_EQ(0, child_start(&self->victim[i], watches, NULL));
		ASSERT_EQ(0, child_hear(self->victim[i].fd, &us, ANSWER_MS));
		ASSERT_LE(0, us);
	}
	self->window = memory_anonymous(2 * WINDOW);
	ASSERT_NE(NULL, self->window);
	self->window = (char *)(((uintptr_t)self->window + WINDOW - 1) & ~(WINDOW - 1));
	ASSERT_EQ(0, touch_write(NULL, self->window, GIVEN_UP, SZ_4K, 1));
	ASSERT_EQ(0, gpu_write(&self->queue, self->window, 1));
	ASSERT_EQ(0, stay_on(1));
}

FIXTURE_TEARDOWN(slow)
{
	int i;

	for (i = 0; i < VICTIMS; i++)
		child_stop(&self->victim[i]);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static void *hogs(void *unused)
{
	stay_on(0);
	while (hog_runs)
		;
	return unused;
}

static void *gives_up(void *window)
{
	struct sched_param none = { };

	stay_on(0);
	sched_setscheduler(0, SCHED_IDLE, &none);
	idler_is_ready = true;
	while (!munmap_may_begin)
		sched_yield();
	munmap(window, GIVEN_UP);
	munmapped = true;
	return NULL;
}

static char *beside(FIXTURE_DATA(slow) *self)
{
	return self->window + GIVEN_UP;
}

static void *touches(void *self)
{
	while (!touch_may_begin)
		clock_sleep_ms(1);
	touch_write(NULL, beside(self), BESIDE_PAGES * SZ_4K, SZ_4K, 7);
	return NULL;
}

/* Without a lock that the munmap may hold. */
static long resident_pages(void)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	long pages = -1;

	if (!statm)
		return -1;
	if (fscanf(statm, "%*d %ld", &pages) != 1)
		pages = -1;
	fclose(statm);
	return pages;
}

/* True once some pages have been given up, and not all. */
static bool munmap_is_under_way(long before)
{
	int64_t end = clock_ms() + BEGIN_MS;

	while (!munmapped && clock_ms() < end) {
		if (resident_pages() < before - 1024)
			return !munmapped;
		clock_sleep_ms(1);
	}
	return false;
}

static int access_beside(FIXTURE_DATA(slow) *self, bool by_gpu)
{
	unsigned int i;

	touch_may_begin = true;
	if (!by_gpu)
		return 0;
	for (i = 0; i < BESIDE_PAGES; i++)
		gpu_batch_store(&self->queue, beside(self) + i * SZ_4K, 7 + i);
	return gpu_start(&self->queue);
}

static int access_ends(FIXTURE_DATA(slow) *self, bool by_gpu)
{
	return by_gpu ? gpu_wait(&self->queue) : -pthread_join(self->toucher, NULL);
}

/* A new thread needs a stack, which it may not get during the munmap. */
static int start_threads(FIXTURE_DATA(slow) *self, bool by_gpu)
{
	int err;

	hog_runs = true;
	idler_is_ready = false;
	munmap_may_begin = false;
	munmapped = false;
	touch_may_begin = false;
	err = pthread_create(&self->idler, NULL, gives_up, self->window);
	if (!err && !by_gpu)
		err = pthread_create(&self->toucher, NULL, touches, self);
	while (!err && !idler_is_ready)
		clock_sleep_ms(1);
	if (!err)
		err = pthread_create(&self->hog, NULL, hogs, NULL);
	munmap_may_begin = true;
	return -err;
}

TEST_F_TIMEOUT(slow, others_are_served, 2 * GPU_TEST_TIMEOUT)
{
	long before = resident_pages();

	EXPECT_GT(ALLOWED_US, ask_all(_metadata, self))
		TH_LOG("slow without other load: the figures below mean nothing");
	ASSERT_EQ(0, start_threads(self, variant->by_gpu));
	ASSERT_TRUE(munmap_is_under_way(before))
		TH_LOG("%ld of %ld pages", resident_pages(), before);
	ASSERT_EQ(0, access_beside(self, variant->by_gpu));

	EXPECT_GT(ALLOWED_US, ask_all(_metadata, self));
	EXPECT_FALSE(munmapped)
		TH_LOG("the munmap was over before the others were measured");
	hog_runs = false;
	/* The sibling: its own accesses may have waited, and nothing is lost. */
	EXPECT_EQ(0, access_ends(self, variant->by_gpu));
	pthread_join(self->hog, NULL);
	pthread_join(self->idler, NULL);
	EXPECT_TRUE(munmapped);
	EXPECT_EQ(0, touch_wrong(beside(self), BESIDE_PAGES * SZ_4K, SZ_4K, 7));
}

TEST_HARNESS_MAIN
