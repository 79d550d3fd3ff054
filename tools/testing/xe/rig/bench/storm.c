// SPDX-License-Identifier: GPL-2.0
/*
 * 1,000 faults at once on one populated block: how many services, how many doorbells for the answers?
 *
 * Two engines with 500 lanes each; an engine of the model has 512. A driver that does not count its services makes one
 * for each fault.
 */
#include <unistd.h>

#include "ground/areas.h"
#include "ground/measure.h"

#define LANES	500
#define ROUNDS	5
#define THERE_MS	5000

static int64_t services(const struct bench *b)
{
	uint64_t count = 0;

	if (gpu_stat(&b->gpu, "svm_service_count", &count) && gpu_stat(&b->gpu, "svm_pagefault_count", &count))
		fail("the driver counts neither services nor faults");
	return count;
}

static int64_t answers(const struct bench *b)
{
	return events(b, "FAULT_SERVED") + events(b, "FAULT_REFUSED");
}

struct sums {
	int64_t faults, services, answers, doorbells;
};

/* The engine says that it is there and waits for the word that lets all begin. */
static void start_on(struct gpu_queue *queue, volatile uint32_t *there, volatile uint32_t *begin, char *block)
{
	int i;

	*there = 0;
	gpu_batch_store(queue, there, 1);
	batch_wait(queue, begin, 1);
	batch_touch(queue, block, LANES, SZ_4K, LANES, GPU_TOUCH_INCREMENT);
	must(gpu_start(queue), "half a storm");
	for (i = 0; i < THERE_MS && !*there; i++)
		usleep(1000);
	sure(*there, "an engine does not start");
}

static void storm(struct bench *b, struct gpu_queue *other, struct sums *sums)
{
	struct sums before;
	struct areas block;
	int i;

	areas_map(&block, 1, SZ_2M, SZ_2M, PAGES_SMALL);
	areas_populate(&block);
	b->queue.result[0] = 0;
	start_on(&b->queue, &b->queue.result[1], &b->queue.result[0], block.start);
	start_on(other, &b->queue.result[2], &b->queue.result[0], block.start);
	before = (struct sums) { events(b, "FAULT"), services(b), answers(b), events(b, "DOORBELL") };
	b->queue.result[0] = 1;
	must(gpu_wait(&b->queue), "the first half");
	must(gpu_wait(other), "the second half");
	sums->faults += events(b, "FAULT") - before.faults;
	sums->services += services(b) - before.services;
	sums->answers += answers(b) - before.answers;
	sums->doorbells += events(b, "DOORBELL") - before.doorbells;
	for (i = 0; i < LANES; i++)
		if (*(uint32_t *)(block.start + i * SZ_4K) != 0xc0de + 2)
			fail("page %d does not have the GPU's two increments", i);
	areas_unmap(&block);
}

int main(void)
{
	struct sums sums = { };
	struct gpu_queue other;
	struct bench b;
	int i;

	bench_open(&b);
	queue_on(&b, 1, &other);
	for (i = 0; i < ROUNDS; i++)
		storm(&b, &other, &sums);
	sure(sums.faults > ROUNDS * LANES * 3 / 2, "too few faults for a storm");
	sure(sums.answers, "no fault was answered");
	report("storm_faults", (double)sums.faults / ROUNDS, "faults");
	report("storm_services", 1000.0 * sums.services / sums.faults, "services/1000 faults");
	report("storm_doorbells", 1000.0 * sums.doorbells / sums.answers, "doorbells/1000 answers");
	bench_close(&b);
	return 0;
}
