// SPDX-License-Identifier: GPL-2.0
/*
 * 1,000 faults at once on one populated block: how many services, how many doorbells for the answers?
 *
 * Two engines with 500 lanes each; an engine of the model has 512. The lanes are those of the model's own command, and
 * then threads of a kernel, on engines that have threads. A driver that does not count its services makes one for each
 * fault.
 */
#include <stdbool.h>
#include <unistd.h>

#include "ground/areas.h"
#include "ground/measure.h"

#define LANES	500
#define ROUNDS	5
#define TRIES	20
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
static void start_on(struct gpu_queue *queue, bool by_kernel, volatile uint32_t *there, volatile uint32_t *begin,
		     char *block)
{
	int i;

	*there = 0;
	gpu_batch_store(queue, there, 1);
	gpu_batch_wait(queue, begin, 1);
	if (by_kernel)
		gpu_batch_kernel_touch(queue, block, LANES, SZ_4K, GPU_TOUCH_INCREMENT);
	else
		batch_touch(queue, block, LANES, SZ_4K, LANES, GPU_TOUCH_INCREMENT);
	must(gpu_start(queue), "half a storm");
	for (i = 0; i < THERE_MS && !*there; i++)
		usleep(1000);
	sure(*there, "an engine does not start");
}

/* Both engines at once; with one behind the other most faults find the page mapped. */
static bool was_a_storm(const struct sums *round)
{
	return round->faults > LANES * 3 / 2;
}

static struct sums storm(struct bench *b, struct gpu_queue *other, bool by_kernel)
{
	struct sums before, round;
	struct areas block;
	int i;

	areas_map(&block, 1, SZ_2M, SZ_2M, PAGES_SMALL);
	areas_populate(&block);
	b->queue.result[0] = 0;
	start_on(&b->queue, by_kernel, &b->queue.result[1], &b->queue.result[0], block.start);
	start_on(other, by_kernel, &b->queue.result[2], &b->queue.result[0], block.start);
	before = (struct sums) { events(b, "FAULT"), services(b), answers(b), events(b, "DOORBELL") };
	b->queue.result[0] = 1;
	must(gpu_wait(&b->queue), "the first half");
	must(gpu_wait(other), "the second half");
	round = (struct sums) {
		events(b, "FAULT") - before.faults, services(b) - before.services,
		answers(b) - before.answers, events(b, "DOORBELL") - before.doorbells,
	};
	for (i = 0; i < LANES; i++)
		if (*(uint32_t *)(block.start + i * SZ_4K) != 0xc0de + 2)
			fail("page %d does not have the GPU's two increments", i);
	areas_unmap(&block);
	return round;
}

static struct sums storms(struct bench *b, struct gpu_queue *other, bool by_kernel)
{
	struct sums sums = { }, round;
	int tries, rounds = 0;

	for (tries = 0; rounds < ROUNDS && tries < TRIES; tries++) {
		round = storm(b, other, by_kernel);
		if (!was_a_storm(&round))
			continue;
		rounds++;
		sums.faults += round.faults;
		sums.services += round.services;
		sums.answers += round.answers;
		sums.doorbells += round.doorbells;
	}
	sure(rounds == ROUNDS, "too few faults for a storm");
	sure(sums.answers, "no fault was answered");
	return sums;
}

/* the first other engine that has threads */
static unsigned int engine_with_threads(const struct bench *b)
{
	unsigned int i;

	for (i = 1; i < b->gpu.num_engines && !gpu_engine_has_threads(&b->gpu.engines[i]); i++)
		;
	sure(i < b->gpu.num_engines && gpu_engine_has_threads(&b->queue.engine), "two engines with threads are needed");
	return i;
}

int main(void)
{
	struct gpu_queue other;
	struct sums sums;
	struct bench b;

	bench_open(&b);
	queue_on(&b, 1, &other);
	sums = storms(&b, &other, false);
	gpu_queue_destroy(&other);
	report("storm_faults", (double)sums.faults / ROUNDS, "faults");
	report("storm_services", 1000.0 * sums.services / sums.faults, "services/1000 faults");
	report("storm_doorbells", 1000.0 * sums.doorbells / sums.answers, "doorbells/1000 answers");
	queue_on(&b, engine_with_threads(&b), &other);
	sums = storms(&b, &other, true);
	report("storm_kernel_faults", (double)sums.faults / ROUNDS, "faults");
	report("storm_kernel_services", 1000.0 * sums.services / sums.faults, "services/1000 faults");
	report("storm_kernel_doorbells", 1000.0 * sums.doorbells / sums.answers, "doorbells/1000 answers");
	gpu_queue_destroy(&other);
	bench_close(&b);
	return 0;
}
