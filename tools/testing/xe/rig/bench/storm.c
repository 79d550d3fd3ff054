// SPDX-License-Identifier: GPL-2.0
/*
 * 1,000 faults at once on one populated block: how many services, how many doorbells for the answers?
 *
 * Two engines with 500 lanes each; an engine of the model has 512. A driver that does not count its services makes one
 * for each fault.
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
static void start_on(struct gpu_queue *queue, volatile uint32_t *there, volatile uint32_t *begin, char *block)
{
	int i;

	*there = 0;
	gpu_batch_store(queue, there, 1);
	gpu_batch_wait(queue, begin, 1);
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

static struct sums storm(struct bench *b, struct gpu_queue *other)
{
	struct sums before, round;
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

int main(void)
{
	struct sums sums = { }, round;
	struct gpu_queue other;
	int tries, rounds = 0;
	struct bench b;

	bench_open(&b);
	queue_on(&b, 1, &other);
	for (tries = 0; rounds < ROUNDS && tries < TRIES; tries++) {
		round = storm(&b, &other);
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
	report("storm_faults", (double)sums.faults / ROUNDS, "faults");
	report("storm_services", 1000.0 * sums.services / sums.faults, "services/1000 faults");
	report("storm_doorbells", 1000.0 * sums.doorbells / sums.answers, "doorbells/1000 answers");
	bench_close(&b);
	return 0;
}
