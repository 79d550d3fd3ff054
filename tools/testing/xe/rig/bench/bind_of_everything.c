// SPDX-License-Identifier: GPL-2.0
/*
 * Binding a mirror of the whole address space, and unbinding it, against the same with 4 KiB: instructions, and
 * allocations as the kernel's own trace points of its allocators see them in this thread.
 *
 * To be run under --icount.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ground/areas.h"
#include "ground/measure.h"
#include "lib/pressure.h"

#define ROUNDS	31
#define TRACING	"/sys/kernel/tracing/"
#define HERE	0x10000000UL

static const char * const allocators[] = { "kmalloc", "kmem_cache_alloc", "mm_page_alloc" };

static void there_and_back(struct bench *b, uint64_t range)
{
	uint64_t addr = range == SZ_4K ? HERE : 0;

	must(gpu_bind_mirror(&b->gpu, addr, range, 0), "a bind");
	must(gpu_unbind(&b->gpu, addr, range), "an unbind");
}

static uint64_t cost(struct bench *b, uint64_t range)
{
	uint64_t start = instructions();

	there_and_back(b, range);
	return instructions() - start;
}

/* In turns, and the least of each: what else the guest does can only add. */
static double whole_against_page(struct bench *b)
{
	uint64_t whole[ROUNDS], page[ROUNDS];
	int i;

	for (i = 0; i < ROUNDS; i++) {
		page[i] = cost(b, SZ_4K);
		whole[i] = cost(b, gpu_va_size(&b->gpu));
	}
	return (double)percentile(whole, ROUNDS, 0) / percentile(page, ROUNDS, 0);
}

static void tracing(const char *file, const char *value)
{
	char path[96];

	snprintf(path, sizeof(path), TRACING "%s", file);
	must(pressure_set(path, value), path);
}

static void empty_trace(void)
{
	int fd = open(TRACING "trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	must(fd < 0 ? errno : 0, TRACING "trace");
	close(fd);
}

static unsigned int traced(void)
{
	FILE *trace = fopen(TRACING "trace", "r");
	unsigned int i, count = 0;
	char line[512];

	sure(trace != NULL, "no trace");
	while (fgets(line, sizeof(line), trace))
		for (i = 0; line[0] != '#' && i < sizeof(allocators) / sizeof(allocators[0]); i++) {
			char word[32];

			snprintf(word, sizeof(word), " %s: ", allocators[i]);
			count += strstr(line, word) != NULL;
		}
	fclose(trace);
	return count;
}

static unsigned int allocations(struct bench *b, uint64_t range)
{
	char pid[16], event[64];
	unsigned int i;

	snprintf(pid, sizeof(pid), "%d", gettid());
	tracing("tracing_on", "0");
	tracing("set_event_pid", pid);
	for (i = 0; i < sizeof(allocators) / sizeof(allocators[0]); i++) {
		snprintf(event, sizeof(event), "events/kmem/%s/enable", allocators[i]);
		tracing(event, "1");
	}
	empty_trace();
	tracing("tracing_on", "1");
	for (i = 0; i < ROUNDS; i++)
		there_and_back(b, range);
	tracing("tracing_on", "0");
	return traced();
}

int main(void)
{
	unsigned int allocs_whole, allocs_page;
	struct gpu_model model;
	struct bench b;

	instructions_open();
	memset(&b, 0, sizeof(b));
	must(gpu_open(&b.gpu), "a VM in fault mode");
	must(gpu_model_open(&b.gpu, &model), "the emulated GPU's test BAR");
	report("bind_instructions", whole_against_page(&b), "whole/4 KiB");
	allocations(&b, SZ_4K);
	allocs_page = allocations(&b, SZ_4K);
	allocs_whole = allocations(&b, gpu_va_size(&b.gpu));
	sure(allocs_page, "no allocation was traced");
	report("bind_allocations_each", (double)allocs_whole / ROUNDS, "allocations/bind and unbind");
	report("bind_allocations", (double)allocs_whole / allocs_page, "whole/4 KiB");
	gpu_close(&b.gpu);
	return 0;
}
