// SPDX-License-Identifier: GPL-2.0
/* The ground of every benchmark: see measure.h. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "abi/parallel_touch.h"
#include "ground/measure.h"

#define SETTLE_MS	200
#define SETTLE_MS_MAX	20000
#define PAGES_A_JOB	512
#define TURNS		10000000
#define BACKGROUND_US	500000

void fail(const char *why, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, why);
	vfprintf(stderr, why, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void must(int err, const char *what)
{
	if (err)
		fail("%s: %s", what, strerror(err < 0 ? -err : err));
}

void sure(int condition, const char *why)
{
	if (!condition)
		fail("nothing was measured: %s", why);
}

void queue_on(struct bench *b, unsigned int engine, struct gpu_queue *queue)
{
	must(gpu_queue_create(&b->gpu, &b->gpu.engines[engine], queue), "a queue");
	must(gpu_run(queue), "an empty batch");
}

void bench_open(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	must(gpu_open(&b->gpu), "a VM in fault mode");
	sure(gpu_has_mirror(&b->gpu), "this kernel's xe has no CPU address mirror");
	must(gpu_model_open(&b->gpu, &b->model), "the emulated GPU's test BAR");
	must(gpu_model_turn(&b->model, "parallel_touch", 1), "its knob parallel_touch");
	must(gpu_bind_mirror_whole(&b->gpu), "a mirror of all memory");
	must(gpu_control_in_memory(&b->gpu), "memory for batches");
	queue_on(b, 0, &b->queue);
}

void bench_close(struct bench *b)
{
	gpu_queue_destroy(&b->queue);
	gpu_model_close(&b->model);
	gpu_close(&b->gpu);
}

void report(const char *key, double value, const char *unit)
{
	printf("%s %.10g %s\n", key, value, unit);
	fflush(stdout);
}

int64_t events(const struct bench *b, const char *name)
{
	int64_t value = gpu_model_count(&b->model, name);

	if (value < 0)
		fail("the model has no counter %s", name);
	return value;
}

int64_t tlb_invalidations(const struct bench *b)
{
	return events(b, "TLB_INVAL_FULL") + events(b, "TLB_INVAL_RANGE") + events(b, "TLB_INVAL_CONTEXT");
}

void settle(const struct bench *b)
{
	int64_t last = -1, sum;
	int waited, still = 0;

	for (waited = 0; waited < SETTLE_MS_MAX && still < SETTLE_MS; waited += 10) {
		sum = tlb_invalidations(b) + events(b, "FAULT") + events(b, "H2G") + events(b, "G2H");
		still = sum == last ? still + 10 : 0;
		last = sum;
		usleep(10000);
	}
}

void batch_touch(struct gpu_queue *queue, volatile void *start, uint32_t count, uint32_t stride,
		 uint32_t lanes, enum gpu_touch access)
{
	struct parallel_touch command = {
		.start = (uintptr_t)start,
		.count = count,
		.stride = stride,
		.lanes = lanes,
		.value = 1,
		.access = access,
	};

	parallel_touch_emit(queue->batch + queue->len, &command);
	queue->len += PARALLEL_TOUCH_DWORDS;
}

void touch(struct gpu_queue *queue, volatile void *start, uint32_t count, uint32_t stride, uint32_t lanes,
	   enum gpu_touch access)
{
	batch_touch(queue, start, count, stride, lanes, access);
	must(gpu_run(queue), "touches by the GPU");
}

uint32_t touch_in_order(struct gpu_queue *queue, char *start, uint32_t pages, unsigned int ms, enum gpu_touch access)
{
	uint64_t end = now_ns() + ms * 1000000ULL;
	uint32_t done, count;

	for (done = 0; done < pages && now_ns() < end; done += count) {
		count = pages - done < PAGES_A_JOB ? pages - done : PAGES_A_JOB;
		touch(queue, start + done * SZ_4K, count, SZ_4K, 1, access);
	}
	return done;
}

uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * SECOND_NS + time.tv_nsec;
}

/*
 * What runs when nothing else does: two instructions a turn, counted. An idle guest would let real time pass, and no
 * two kernels report alike how long.
 */
static struct {
	volatile uint64_t turns;
	double background;	/* instructions of timer ticks and the like for each of the spinner's own */
} spin;

static void *spinner(void *unused)
{
	struct sched_param param = { };

	must(pthread_setschedparam(pthread_self(), SCHED_IDLE, &param), "SCHED_IDLE");
	asm volatile("1: incq %0; jmp 1b" : "+m" (spin.turns));
	return unused;
}

static uint64_t clock_of_instructions(void)
{
	return __builtin_ia32_rdtsc();
}

uint64_t instructions(void)
{
	return clock_of_instructions() - (uint64_t)(2 * spin.turns * (1 + spin.background));
}

/* A loop of two instructions a turn takes two ticks of the clock a turn, or this is no --icount. */
static void clock_counts_instructions(void)
{
	uint64_t left = TURNS, start = clock_of_instructions(), ticks;

	asm volatile("1: decq %0; jnz 1b" : "+r" (left));
	ticks = clock_of_instructions() - start;
	if (ticks < 2 * TURNS || ticks > 2 * TURNS * 11 / 10)
		fail("%" PRIu64 " ticks for %u instructions: the guest was not booted with --icount", ticks, 2 * TURNS);
}

void instructions_open(void)
{
	uint64_t start, turns;
	pthread_t thread;

	clock_counts_instructions();
	must(pthread_create(&thread, NULL, spinner, NULL), "a thread");
	usleep(1000);
	turns = spin.turns;
	start = instructions();
	usleep(BACKGROUND_US);
	turns = spin.turns - turns;
	sure(turns, "the idle thread does not run");
	spin.background = (double)(instructions() - start) / (2 * turns);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

uint64_t percentile(uint64_t *samples, unsigned int num, unsigned int p)
{
	sure(num, "no samples");
	qsort(samples, num, sizeof(*samples), by_value);
	return samples[(num - 1) * p / 100];
}
