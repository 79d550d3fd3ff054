// SPDX-License-Identifier: GPL-2.0
/*
 * Law (P1): the answer to a page fault waits for nothing that can be done after
 * it, such as the acknowledgment of the interrupt that told of the fault; and what
 * was put off for it is done soon, also if the answer does not come.
 */
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define BLOCKS		64
/* Accesses to registers: an interrupt is acknowledged by a dozen. */
#define FEW		3
#define THREAD_NAME	"xe-fault-"
#define THREAD_CPU	1
#define OTHER_CPU	0
/* How long the thread is kept away, and another job takes meanwhile. */
#define AWAY_MS		800
#define FAULT_MS	150
#define JOB_MS		100
#define SOON_MS		400
#define ATTEMPTS	5

TEST_F_TIMEOUT(mirror, after_one_access, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(BLOCKS * SZ_2M);
	int64_t faults, before, now;
	unsigned int i, first = 0;

	if (!self->model.bar)
		SKIP(return, "no GPU that counts accesses to its registers");
	ASSERT_NE(NULL, area);
	for (i = 0; i < BLOCKS; i++)
		area[i * SZ_2M] = 1;
	faults = gpu_faults(&self->gpu);
	before = gpu_model_count(&self->model, "FAULT_ACCESSES");
	for (i = 0; i < BLOCKS; i++) {
		ASSERT_EQ(0, gpu_write(&self->queue, area + i * SZ_2M, i));
		now = gpu_model_count(&self->model, "FAULT_ACCESSES");
		/* The answer itself is one. */
		ASSERT_LT(before, now);
		first += now - before <= FEW;
		before = now;
	}
	faults = gpu_faults(&self->gpu) - faults;
	EXPECT_EQ(BLOCKS, faults);
	/* Not all are: another interrupt may come, and nothing is put off for long. */
	EXPECT_LE(BLOCKS / 4, first);
}

static uint64_t now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000ULL + time.tv_nsec / 1000000;
}

static void pause_ms(unsigned int ms)
{
	const struct timespec time = { .tv_nsec = ms * 1000000L };

	nanosleep(&time, NULL);
}

static int run_on(pid_t pid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(pid, sizeof(set), &set);
}

/* Where the threads that serve faults may run; returns how many there are. */
static int let_threads_run_on(const cpu_set_t *cpus)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	char path[300], name[32];
	int num = 0;
	FILE *comm;

	while (proc && (entry = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		comm = atoi(entry->d_name) ? fopen(path, "r") : NULL;
		if (!comm)
			continue;
		if (fgets(name, sizeof(name), comm) &&
		    !strncmp(name, THREAD_NAME, strlen(THREAD_NAME)) &&
		    !sched_setaffinity(atoi(entry->d_name), sizeof(*cpus), cpus))
			num++;
		fclose(comm);
	}
	if (proc)
		closedir(proc);
	return num;
}

struct hog {
	pthread_t thread;
	uint64_t until;
	int running;
};

/* Before all that has a lower priority, also before the threads that serve faults. */
static void *hog_main(void *arg)
{
	struct sched_param param = { .sched_priority = 50 };
	struct hog *hog = arg;

	if (run_on(0, THREAD_CPU) || sched_setscheduler(0, SCHED_FIFO, &param)) {
		__atomic_store_n(&hog->running, -1, __ATOMIC_RELEASE);
		return NULL;
	}
	hog->until = now_ms() + AWAY_MS;
	__atomic_store_n(&hog->running, 1, __ATOMIC_RELEASE);
	while (now_ms() < hog->until)
		;
	return NULL;
}

static int hog_start(struct hog *hog)
{
	int running = 0;

	if (pthread_create(&hog->thread, NULL, hog_main, hog))
		return -1;
	while (!running) {
		pause_ms(1);
		running = __atomic_load_n(&hog->running, __ATOMIC_ACQUIRE);
	}
	return running > 0 ? 0 : -1;
}

static void *let_job_end(void *word)
{
	pause_ms(JOB_MS);
	__atomic_store_n((uint32_t *)word, 1, __ATOMIC_RELEASE);
	return NULL;
}

static const struct drm_xe_engine_class_instance *
another_engine(const struct gpu *gpu, unsigned int class)
{
	unsigned int i;

	for (i = 0; i < gpu->num_engines; i++)
		if (gpu->engines[i].engine_class != class)
			return &gpu->engines[i];
	return NULL;
}

/* The GPU must have met the fault while there is no thread to serve it. */
static bool fault_comes(const struct gpu_model *model, int64_t before)
{
	uint64_t end = now_ms() + FAULT_MS;

	if (!model->bar) {
		pause_ms(FAULT_MS);
		return true;
	}
	while (gpu_model_count(model, "FAULT") == before && now_ms() < end)
		pause_ms(1);
	return gpu_model_count(model, "FAULT") > before;
}

/*
 * A job that ends while a fault is not answered: its end is told of by an interrupt.
 * Return: whether the fault came in time, which takes workers of the kernel.
 */
static bool job_ends(struct __test_metadata *_metadata, FIXTURE_DATA(mirror) *self,
		     struct gpu_queue *other, uint32_t *word, uint32_t *missing)
{
	int64_t before = gpu_model_count(&self->model, "FAULT");
	int64_t served = gpu_model_count(&self->model, "FAULT_SERVED");
	struct hog hog = {};
	pthread_t helper;
	uint64_t start;
	bool comes;

	*word = 0;
	*missing = 1;
	if (hog_start(&hog)) {
		EXPECT_EQ(0, 1)
			TH_LOG("no thread of high priority");
		return true;
	}
	gpu_batch_wait(other, word, 1);
	EXPECT_EQ(0, gpu_start(other));
	gpu_batch_store(&self->queue, missing, 2);
	EXPECT_EQ(0, gpu_start(&self->queue));
	comes = fault_comes(&self->model, before);

	EXPECT_EQ(0, pthread_create(&helper, NULL, let_job_end, word));
	start = now_ms();
	EXPECT_EQ(0, gpu_wait(other));
	start = now_ms() - start;
	if (comes) {
		EXPECT_GE(SOON_MS, start)
			TH_LOG("nobody took the interrupt of the job for %u ms",
			       (unsigned int)start);
		/* All this time the fault was not answered. */
		EXPECT_EQ(1, *missing);
		WITH_MODEL(&self->model)
			EXPECT_EQ(served, gpu_model_count(&self->model, "FAULT_SERVED"));
	}
	pthread_join(helper, NULL);
	pthread_join(hog.thread, NULL);
	EXPECT_EQ(0, gpu_wait(&self->queue));
	EXPECT_EQ(2, *missing);
	return comes;
}

TEST_F_TIMEOUT(mirror, unless_its_thread_is_kept_away, GPU_TEST_TIMEOUT)
{
	const struct drm_xe_engine_class_instance *engine;
	char *area = memory_anonymous(2 * ATTEMPTS * SZ_2M);
	uint32_t *word = memory_anonymous(SZ_4K);
	struct gpu_queue other;
	cpu_set_t all, one;
	bool comes = false;
	unsigned int i;

	ASSERT_NE(NULL, area);
	ASSERT_NE(NULL, word);
	engine = another_engine(&self->gpu, variant->engine_class);
	if (!engine)
		SKIP(return, "one engine only");
	ASSERT_EQ(0, sched_getaffinity(0, sizeof(all), &all));
	if (!CPU_ISSET(THREAD_CPU, &all) || !CPU_ISSET(OTHER_CPU, &all))
		SKIP(return, "one CPU only");
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, engine, &other));
	ASSERT_EQ(0, gpu_write(&other, word, 1));

	ASSERT_EQ(0, run_on(0, OTHER_CPU));
	CPU_ZERO(&one);
	CPU_SET(THREAD_CPU, &one);
	if (!let_threads_run_on(&one))
		SKIP(goto out, "no threads of their own for faults");
	for (i = 0; i < ATTEMPTS && !comes; i++)
		comes = job_ends(_metadata, self, &other, word, (uint32_t *)(area + 2 * i * SZ_2M));
	EXPECT_TRUE(comes)
		TH_LOG("no fault while there was no thread for it");
out:
	let_threads_run_on(&all);
	gpu_queue_destroy(&other);
}

MIRROR_ON_COPY_ENGINE();

TEST_HARNESS_MAIN
