// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): the kernel may make present pages fault to learn which node uses
 * them (NUMA balancing). The GPU loses its mapping and faults the pages in
 * again, as the CPU does; no data is lost, no access is refused.
 *
 * Desktop: may disturb it, sets kernel.numa_balancing
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"

#define BALANCING	"/proc/sys/kernel/numa_balancing"
#define PAGES		(SZ_2M / SZ_4K)
#define STRIDE		(SZ_4K / sizeof(uint32_t))
/* The kernel begins when a task has run for a second or so. */
#define HINTED_S	60

FIXTURE_VARIANT(hinted)
{
	int advice;
};

FIXTURE(hinted)
{
	struct gpu gpu;
	struct gpu_queue queue;
	uint32_t *area;		/* 2 MiB, mapped for the GPU, page n begins with n */
	uint64_t mapped;	/* pages that were mapped for that */
	pthread_t thread;	/* the kernel skips the own node of a process with one thread */
	char was[8];		/* earlier value of the switch, empty if not known */
};

FIXTURE_VARIANT_ADD(hinted, small_pages) { .advice = MADV_NOHUGEPAGE, };
FIXTURE_VARIANT_ADD(hinted, huge_page) { .advice = MADV_HUGEPAGE, };

static void *sleeps(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* Of each 32 KiB a word, one more. */
static int count_all(struct gpu_queue *queue, uint32_t *area)
{
	unsigned int i;

	for (i = 0; i < PAGES; i += 8)
		gpu_batch_increment(queue, area + i * STRIDE);
	return gpu_run(queue);
}

static void read_switch(char *value, size_t size)
{
	FILE *file = fopen(BALANCING, "r");

	if (!file)
		return;
	if (!fgets(value, size, file))
		*value = 0;
	fclose(file);
}

FIXTURE_SETUP(hinted)
{
	uint64_t before;
	unsigned int i;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (access(BALANCING, W_OK))
		SKIP(return, "no NUMA balancing, or not root");
	read_switch(self->was, sizeof(self->was));
	ASSERT_EQ(0, pressure_set(BALANCING, "0"));
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->area = memory_map(SZ_2M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	ASSERT_NE(NULL, self->area);
	ASSERT_EQ(0, madvise(self->area, SZ_2M, variant->advice));
	for (i = 0; i < PAGES; i++)
		self->area[i * STRIDE] = i;
	if (variant->advice == MADV_HUGEPAGE && memory_smaps(self->area, "AnonHugePages") != SZ_2M)
		SKIP(return, "the kernel gave no huge page");
	ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_mapped_page_count", &before));
	ASSERT_EQ(0, count_all(&self->queue, self->area));
	ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_mapped_page_count", &self->mapped));
	self->mapped -= before;
	ASSERT_EQ(0, pthread_create(&self->thread, NULL, sleeps, NULL));
}

FIXTURE_TEARDOWN(hinted)
{
	if (*self->was)
		pressure_set(BALANCING, self->was);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static int64_t vm_event(const char *field)
{
	FILE *file = fopen("/proc/vmstat", "r");
	long long value = -ENOENT;
	char name[64];

	while (file && fscanf(file, "%63s %lld", name, &value) == 2 && strcmp(name, field))
		value = -ENOENT;
	if (file)
		fclose(file);
	return value;
}

static time_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Run without a touch of the area until the GPU has lost it; how many pages it has. */
static uint64_t run_until_lost(const struct gpu *gpu, uint64_t pages, unsigned int seconds)
{
	time_t end = now_s() + seconds;
	uint64_t before, now;

	if (gpu_stat(gpu, "svm_unmapped_page_count", &before))
		return 0;
	do {
		if (gpu_stat(gpu, "svm_unmapped_page_count", &now))
			return 0;
	} while (now - before < pages && now_s() < end);
	return now - before;
}

TEST_F_TIMEOUT(hinted, gpu_loses_it_and_finds_it, GPU_TEST_TIMEOUT)
{
	int64_t updates = vm_event("numa_pte_updates"), faults;
	unsigned int i, wrong = 0;

	ASSERT_LE(0, updates);
	ASSERT_LE(PAGES / 8, self->mapped);
	ASSERT_EQ(0, pressure_set(BALANCING, "1"));
	EXPECT_LE(self->mapped, run_until_lost(&self->gpu, self->mapped, HINTED_S))
		TH_LOG("after %lld hints", (long long)(vm_event("numa_pte_updates") - updates));
	ASSERT_EQ(0, pressure_set(BALANCING, "0"));
	EXPECT_LT(updates, vm_event("numa_pte_updates"));

	faults = gpu_faults(&self->gpu);
	EXPECT_EQ(0, count_all(&self->queue, self->area));
	EXPECT_LT(faults, gpu_faults(&self->gpu))
		TH_LOG("the GPU had lost nothing");
	for (i = 0; i < PAGES; i++)
		wrong += self->area[i * STRIDE] != i + (i % 8 ? 0 : 2);
	EXPECT_EQ(0, wrong);
}

/* The sibling: without hints nothing is unmapped. */
TEST_F_TIMEOUT(hinted, nothing_is_lost_unasked, GPU_TEST_TIMEOUT)
{
	int64_t faults = gpu_faults(&self->gpu);

	EXPECT_EQ(0, run_until_lost(&self->gpu, self->mapped, 5));
	EXPECT_EQ(0, count_all(&self->queue, self->area));
	EXPECT_EQ(faults, gpu_faults(&self->gpu));
}

TEST_HARNESS_MAIN
