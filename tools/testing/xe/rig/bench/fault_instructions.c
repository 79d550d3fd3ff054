// SPDX-License-Identifier: GPL-2.0
/*
 * Memory the CPU has populated, its pieces one to a 2 MiB block and nothing between them: how many instructions does
 * the guest need for the GPU's write to each? First where no page tables are yet, then where only the mapping has gone:
 * mprotect() there and back takes it from the GPU and leaves the CPU's. A job of as many writes without faults is
 * deducted.
 *
 * To be run under --icount.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ground/areas.h"
#include "ground/measure.h"

#define FAULTS	64
#define AGAIN	45
#define REST_US	20000	/* deferred work of the kernel is done before the next measurement */

struct kind {
	const char *name;
	size_t size;
	enum pages pages;
};

static const struct kind kinds[] = {
	{ "4k", SZ_4K, PAGES_SMALL },
	{ "64k", SZ_64K, PAGES_SMALL },
	{ "2m_thp", SZ_2M, PAGES_HUGE },
	{ "2m_small", SZ_2M, PAGES_SMALL },
};

/* of a write to each piece, which must be as many faults */
static double job(struct bench *b, const struct areas *areas, int faults)
{
	int64_t before = events(b, "FAULT");
	uint64_t start;

	batch_touch(&b->queue, areas->start, areas->num, areas->stride, 1, GPU_TOUCH_INCREMENT);
	start = instructions();
	must(gpu_run(&b->queue), "writes by the GPU");
	start = instructions() - start;
	if (events(b, "FAULT") - before != faults)
		fail("%ld faults for %d pieces of %zu KiB", (long)(events(b, "FAULT") - before), faults,
		     areas->size / 1024);
	return start;
}

static void take_from_gpu(const struct areas *areas)
{
	unsigned int i;
	char *piece;

	for (i = 0; i < areas->num; i++) {
		piece = areas->start + i * areas->stride;
		if (mprotect(piece, areas->size, PROT_READ) || mprotect(piece, areas->size, PROT_READ | PROT_WRITE))
			fail("mprotect");
	}
	usleep(REST_US);
}

static void report_of(const char *kind, const char *what, double instructions)
{
	char key[48];

	snprintf(key, sizeof(key), "fault_instructions_%s%s", kind, what);
	sure(instructions > 0, "faults cost nothing");
	report(key, instructions / FAULTS, "instructions");
}

static void measure(struct bench *b, const struct kind *kind, int tell_it)
{
	uint64_t again[AGAIN], none[AGAIN];
	struct areas areas;
	double first, without;
	int i;

	areas_map(&areas, FAULTS, kind->size, 2 * SZ_2M, kind->pages);
	areas_populate(&areas);
	if (kind->pages == PAGES_HUGE)
		sure(memory_smaps(areas.start, "AnonHugePages") >= (int64_t)SZ_2M, "the kernel gave no huge pages");
	usleep(REST_US);
	first = job(b, &areas, FAULTS);
	for (i = 0; i < AGAIN; i++) {
		take_from_gpu(&areas);
		again[i] = job(b, &areas, FAULTS);
	}
	for (i = 0; i < AGAIN; i++)
		none[i] = job(b, &areas, 0);
	without = percentile(none, AGAIN, 50);
	for (i = 0; i < FAULTS; i++)
		sure(*(uint32_t *)(areas.start + i * areas.stride) == 0xc0de + 1 + 2 * AGAIN, "the GPU did not write");
	areas_unmap(&areas);
	if (!tell_it)
		return;
	/* the middle: how often an interrupt finds the guest awake is luck, and saves a third */
	report_of(kind->name, "", percentile(again, AGAIN, 50) - without);
	report_of(kind->name, "_no_tables", first - without);
}

int main(void)
{
	struct bench b;
	unsigned int i;

	instructions_open();
	bench_open(&b);
	measure(&b, &kinds[0], 0);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		measure(&b, &kinds[i], 1);
	bench_close(&b);
	return 0;
}
