// SPDX-License-Identifier: GPL-2.0
/*
 * 128 blocks the GPU has mapped by 4 KiB entries, as no two pages follow each other; MADV_DONTNEED of the first page of
 * each. How wide is each TLB flush? How many other entries of the block are gone? Those the GPU then faults on, all
 * lanes at once, before any answer.
 */
#include <sys/mman.h>

#include "ground/areas.h"
#include "ground/measure.h"

#define BLOCKS	128
#define SAMPLED	8	/* every so many blocks: each may be 511 faults */
#define OTHERS	511

static int no_neighbours(const char *block)
{
	int64_t pfn, last = memory_pfn(block);
	int i;

	for (i = 1; i <= OTHERS && last > 0; i++, last = pfn) {
		pfn = memory_pfn(block + i * SZ_4K);
		if (pfn == last + 1)
			return 0;
	}
	return last > 0;
}

static int64_t faults_of_others(struct bench *b, char *block)
{
	int64_t before = events(b, "FAULT");

	touch(&b->queue, block + SZ_4K, OTHERS, SZ_4K, OTHERS, GPU_TOUCH_WRITE);
	return events(b, "FAULT") - before;
}

int main(void)
{
	int64_t flushes, bytes, lost = 0;
	struct areas areas;
	struct bench b;
	int i;

	bench_open(&b);
	areas_map(&areas, BLOCKS, SZ_2M, SZ_2M, PAGES_SMALL);
	areas_populate(&areas);
	for (i = 0; i < BLOCKS; i += SAMPLED)
		sure(no_neighbours(areas.start + i * SZ_2M), "pages that follow each other: not all entries are of 4 KiB");
	for (i = 0; i < BLOCKS; i++)
		touch(&b.queue, areas.start + i * SZ_2M, OTHERS + 1, SZ_4K, OTHERS + 1, GPU_TOUCH_WRITE);
	for (i = 0; i < BLOCKS; i += SAMPLED)
		sure(!faults_of_others(&b, areas.start + i * SZ_2M), "not all was mapped before");
	settle(&b);
	flushes = tlb_invalidations(&b);
	bytes = events(&b, "TLB_INVAL_BYTES");
	for (i = 0; i < BLOCKS; i++)
		must(madvise(areas.start + i * SZ_2M, SZ_4K, MADV_DONTNEED) ? -1 : 0, "MADV_DONTNEED");
	settle(&b);
	flushes = tlb_invalidations(&b) - flushes;
	bytes = events(&b, "TLB_INVAL_BYTES") - bytes;
	sure(flushes >= BLOCKS, "fewer flushes than pages taken");
	for (i = 0; i < BLOCKS; i += SAMPLED)
		lost += faults_of_others(&b, areas.start + i * SZ_2M);
	report("dontneed_flush_width", bytes / 1024.0 / flushes, "KiB");
	report("dontneed_entries_lost", (double)lost / (BLOCKS / SAMPLED), "entries");
	bench_close(&b);
	return 0;
}
