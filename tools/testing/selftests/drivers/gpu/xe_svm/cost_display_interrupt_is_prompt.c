// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C17): an interrupt of the display waits no longer during a job that
 * faults continuously than during one that finds its memory mapped: the service
 * of faults neither masks interrupts nor runs in their handler.
 *
 * The emulated GPU raises it at 120 Hz and counts how long each waits for its
 * acknowledgment, and how many passes of the handler leave it waiting. An idle
 * GPU, jobs and faults are measured in turns. Other load of the host makes a
 * turn worse, never better, so the best turn of each counts.
 *
 * Desktop: emulated GPU only
 */
#include <stdio.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/child.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"

#define DISPLAY_HZ	120
#define TURN_MS		1000
#define TURNS		4
#define ATTEMPTS	4
#define KNOB_MS		20
#define LANES		64
#define ANSWER_MS	60000
/* A handler that is under way may just have looked. */
#define PASSES		1
/* Faults come with more interrupts, and each waits for the one before. */
#define PERCENT		200
#define DELAY_US	20000

enum beside { NOBODY, JOBS, FAULTS, NUM_BESIDE };
static const char * const beside_name[] = { "nobody", "jobs", "faults" };

struct waits {
	int64_t acked, faults, passes, longest_ns;
	/* of the turns, the mean of the best and of all */
	int64_t best_ns, ns;
};

FIXTURE(display)
{
	struct gpu gpu;
	struct gpu_model model;
	struct child child;
	struct waits waits[NUM_BESIDE];
};

/* One job after the other until there is something to hear: the order to stop. */
static int run_on(int fd, int beside, struct gpu_queue *queue, char *block)
{
	int word, err = 0;

	while (!err && child_hear(fd, &word, 0)) {
		if (beside == FAULTS && madvise(block, SZ_2M, MADV_DONTNEED))
			return -errno;
		gpu_batch_touch(queue, block, LANES, SZ_4K, GPU_TOUCH_WRITE);
		err = gpu_run(queue);
	}
	return err;
}

static int neighbour(int fd, void *arg)
{
	char *block = memory_anonymous(SZ_2M);
	struct gpu_queue queue;
	struct gpu gpu;
	int beside, err;

	err = block ? gpu_open_mirrored(&gpu, gpu_control_in_memory, &queue) : -ENOMEM;
	while (!child_say(fd, err) && !err && !child_hear(fd, &beside, ANSWER_MS))
		err = run_on(fd, beside, &queue, block);
	return err ? 1 : 0;
}

static int answered(FIXTURE_DATA(display) *self)
{
	int err;

	return child_hear(self->child.fd, &err, ANSWER_MS) ?: err;
}

FIXTURE_SETUP(display)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (gpu_model_open(&self->gpu, &self->model) ||
	    gpu_model_turn(&self->model, "parallel_touch", 1) ||
	    gpu_model_turn(&self->model, "display_irq_hz", 0))
		SKIP(return, "no GPU that counts how long interrupts wait");
	ASSERT_EQ(0, child_start(&self->child, neighbour, NULL));
	ASSERT_EQ(0, answered(self));
}

FIXTURE_TEARDOWN(display)
{
	EXPECT_TRUE(child_stop(&self->child));
	gpu_model_turn(&self->model, "display_irq_hz", 0);
	gpu_model_turn(&self->model, "delay_irq_us", 0);
	gpu_model_turn(&self->model, "parallel_touch", 0);
	gpu_model_close(&self->model);
	gpu_close(&self->gpu);
}

static int64_t count(FIXTURE_DATA(display) *self, const char *name)
{
	return gpu_model_count(&self->model, name);
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Turning the knob starts the longest wait and the most passes anew. */
static void measure(FIXTURE_DATA(display) *self, struct waits *waits)
{
	int64_t acked, ns, faults = count(self, "FAULT");

	gpu_model_turn(&self->model, "display_irq_hz", 0);
	clock_sleep_ms(KNOB_MS);
	acked = count(self, "DISPLAY_IRQ_ACK");
	ns = count(self, "DISPLAY_IRQ_NS");
	gpu_model_turn(&self->model, "display_irq_hz", DISPLAY_HZ);
	clock_sleep_ms(TURN_MS);

	acked = count(self, "DISPLAY_IRQ_ACK") - acked;
	ns = count(self, "DISPLAY_IRQ_NS") - ns;
	if (acked && (!waits->best_ns || ns / acked < waits->best_ns))
		waits->best_ns = ns / acked;
	waits->acked += acked;
	waits->ns += ns;
	waits->faults += count(self, "FAULT") - faults;
	waits->passes = larger(waits->passes, count(self, "DISPLAY_IRQ_MAX_PASSES"));
	waits->longest_ns = larger(waits->longest_ns, count(self, "DISPLAY_IRQ_MAX_NS"));
}

static void turns(struct __test_metadata *_metadata, FIXTURE_DATA(display) *self)
{
	int i, beside;

	for (i = 0; i < TURNS; i++) {
		measure(self, &self->waits[NOBODY]);
		for (beside = JOBS; beside <= FAULTS; beside++) {
			ASSERT_EQ(0, child_say(self->child.fd, beside));
			measure(self, &self->waits[beside]);
			ASSERT_EQ(0, child_say(self->child.fd, 0));
			ASSERT_EQ(0, answered(self));
		}
	}
	for (i = 0; i < NUM_BESIDE; i++) {
		struct waits *waits = &self->waits[i];

		TH_LOG("beside %s: %ld took %ld us (best turn %ld), at most %ld us, %ld passes",
		       beside_name[i], (long)waits->acked,
		       (long)(waits->ns / larger(waits->acked, 1) / 1000),
		       (long)(waits->best_ns / 1000), (long)(waits->longest_ns / 1000),
		       (long)waits->passes);
	}
}

static bool longer(const struct waits *waits)
{
	int64_t without = larger(waits[NOBODY].best_ns, waits[JOBS].best_ns);

	return waits[FAULTS].best_ns > without * PERCENT / 100;
}

TEST_F_TIMEOUT(display, waits_no_longer, 2 * GPU_TEST_TIMEOUT)
{
	int i, attempts = 0;

	do {
		turns(_metadata, self);
	} while (longer(self->waits) && ++attempts < ATTEMPTS);

	for (i = 0; i < NUM_BESIDE; i++) {
		EXPECT_LT(0, self->waits[i].acked);
		EXPECT_GE(PASSES, self->waits[i].passes);
	}
	EXPECT_LT(LANES, self->waits[FAULTS].faults);
	EXPECT_FALSE(longer(self->waits));
}

/* The sibling: an acknowledgment that comes late is seen to be late. */
TEST_F_TIMEOUT(display, err_delayed_interrupt_waits_longer, GPU_TEST_TIMEOUT)
{
	gpu_model_turn(&self->model, "delay_irq_us", DELAY_US);
	measure(self, &self->waits[NOBODY]);
	EXPECT_LT(0, self->waits[NOBODY].acked);
	EXPECT_LE(DELAY_US * 1000LL, self->waits[NOBODY].best_ns);
}

TEST_HARNESS_MAIN
