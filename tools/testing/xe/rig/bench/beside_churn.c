// SPDX-License-Identifier: GPL-2.0
/*
 * A thread maps, touches and unmaps memory without end, as an allocator does, in the same 512 MiB as the blocks the GPU
 * faults on, but in blocks of its own. How many services start again because of it? The driver counts that.
 */
#include <pthread.h>
#include <sys/mman.h>

#include "ground/areas.h"
#include "ground/measure.h"

#define FAULTS	1000
#define WINDOW	(512 * 1024 * 1024UL)

static char *churned;
static volatile int over;
static volatile uint64_t turns;

static void *churn(void *unused)
{
	while (!over) {
		*(volatile char *)churned = 1;
		madvise(churned, SZ_4K, MADV_DONTNEED);
		turns++;
	}
	return unused;
}

/* One window's worth of addresses, and no window more. */
static char *window(void)
{
	char *start = mmap(NULL, 2 * WINDOW, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	sure(start != MAP_FAILED, "no address space");
	start = (char *)(((uintptr_t)start + WINDOW - 1) & ~(WINDOW - 1));
	sure(!mprotect(start, WINDOW, PROT_READ | PROT_WRITE), "no memory");
	if (madvise(start, WINDOW, MADV_NOHUGEPAGE))
		fail("madvise: no choice of page size");
	return start;
}

int main(void)
{
	uint64_t before, after, began;
	unsigned int i;
	pthread_t thread;
	struct bench b;
	char *start;

	bench_open(&b);
	start = window();
	churned = start + WINDOW - SZ_2M;
	must(pthread_create(&thread, NULL, churn, NULL), "a thread");
	if (gpu_stat(&b.gpu, "svm_retry_count", &before))
		return 0;	/* another driver */
	began = turns;
	for (i = 0; i < FAULTS; i++) {
		volatile uint32_t *word = (uint32_t *)(start + i % 255 * SZ_2M + i / 255 * SZ_64K);

		*word = 0xc0de;
		must(gpu_increment(&b.queue, word), "a write by the GPU");
		sure(*word == 0xc0de + 1, "the GPU did not write");
	}
	sure(turns - began > FAULTS, "nothing changed meanwhile");
	must(gpu_stat(&b.gpu, "svm_retry_count", &after), "the driver's count");
	over = 1;
	pthread_join(thread, NULL);
	report("churn_stale", (after - before) * 1000.0 / FAULTS, "per 1,000 faults");
	bench_close(&b);
	return 0;
}
