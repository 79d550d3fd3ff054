// SPDX-License-Identifier: GPL-2.0
/* Rule: without an interrupt nobody wakes; one too many finds nothing to do. */
#include <stdio.h>
#include <string.h>

#include "kselftest_harness.h"
#include "ground/stock.h"

FIXTURE(interrupts)
{
	struct stock s;
};

/* the GPU has been everywhere it will go: a job needs one interrupt, at its end */
FIXTURE_SETUP(interrupts)
{
	OPEN(&self->s, DRM_XE_ENGINE_CLASS_COPY);
	ASSERT_EQ(0, stock_store(&self->s, 1, 20 * SECOND_NS));
}

FIXTURE_TEARDOWN(interrupts)
{
	stock_close(&self->s);
}

/*
 * How long the longest of some waits for a job takes. One that finds the job done
 * already, as on a busy host, needs no interrupt and tells nothing: once more.
 */
static int64_t longest_wait(struct stock *s, int64_t patience, int64_t enough)
{
	int64_t longest = 0;
	int i;

	for (i = 0; i < 20 && longest < enough; i++) {
		int64_t start = now_ns();

		if (stock_store(s, 100 + i, patience) || s->area[0] != 100 + i)
			return -1;
		if (now_ns() - start > longest)
			longest = now_ns() - start;
	}
	return longest;
}

TEST_F_TIMEOUT(interrupts, lost_one_wakes_nobody, TEST_SECONDS)
{
	struct stock *s = &self->s;
	int64_t sent = count(s, "MSI");

	ASSERT_EQ(0, gpu_model_turn(&s->model, "drop_irq", 1));
	/* the wait looks a last time when its patience is over */
	EXPECT_LE(900 * MS_NS, longest_wait(s, SECOND_NS, 900 * MS_NS));
	EXPECT_EQ(sent, count(s, "MSI"));

	ASSERT_EQ(0, gpu_model_turn(&s->model, "drop_irq", 0));
	EXPECT_EQ(0, stock_store(s, 3, 20 * SECOND_NS));
	EXPECT_LT(sent, count(s, "MSI"));
}

/* when the kernel last saw one that nobody wanted; -1: no such interrupt */
static long last_unhandled(void)
{
	FILE *f = fopen("/proc/interrupts", "r");
	char line[512], path[64];
	long when = -1;
	int irq = -1;

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, " xe"))
			sscanf(line, " %d:", &irq);
	if (f)
		fclose(f);
	snprintf(path, sizeof(path), "/proc/irq/%d/spurious", irq);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "last_unhandled %ld", &when);
	if (f)
		fclose(f);
	return when;
}

TEST_F_TIMEOUT(interrupts, doubled_one_is_spurious, TEST_SECONDS)
{
	struct stock *s = &self->s;
	int64_t fired = count(s, "INJECT_FIRE");
	long before = last_unhandled();
	int i;

	ASSERT_LE(0, before);
	ASSERT_EQ(0, gpu_model_turn(&s->model, "dup_irq", 1));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, stock_store(s, 10 + i, 20 * SECOND_NS));
		usleep(20000);
	}
	EXPECT_EQ(29, s->area[0]);
	EXPECT_LT(fired, count(s, "INJECT_FIRE"));
	EXPECT_NE(before, last_unhandled());
}

TEST_F_TIMEOUT(interrupts, late_one_wakes_late, TEST_SECONDS)
{
	struct stock *s = &self->s;

	ASSERT_EQ(0, gpu_model_turn(&s->model, "delay_irq_us", 400000));
	EXPECT_LE(400 * MS_NS, longest_wait(s, 20 * SECOND_NS, 400 * MS_NS));
}

TEST_HARNESS_MAIN
