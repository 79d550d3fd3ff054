// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel memory that a mirror costs where it serves nothing: that of a VM whose mirror has served a fault and has
 * nothing mapped any more, above that of a VM that cannot have one (no fault mode); and what stays after the GPU
 * touched a page in each 128 MiB of 64 GiB and the CPU unmapped them, each time at addresses never used before.
 *
 * All memory counts that is neither free nor of programs nor of files, after caches have been dropped. The middle of
 * several rounds counts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ground/areas.h"
#include "ground/measure.h"
#include "lib/pressure.h"

#define VMS		64
#define VM_ROUNDS	3
#define SPARSE_ROUNDS	3
#define RANGE		(64 * SZ_1G)
#define STRIDE		(128 * 1024 * 1024UL)
#define TOUCHES		(RANGE / STRIDE)
#define A_JOB		256
#define NEVER_USED	((char *)0x100000000000)
/* What is freed late: work queues, RCU. */
#define SETTLE_US	300000
#define QUIET		3
#define LOOKS		20

/* Free, or of programs and files: libc gets huge pages for less. */
static long free_or_users_kib(void)
{
	static const char *const names[] = { "MemFree:", "AnonPages:", "Cached:", "Buffers:" };
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128], name[64];
	unsigned int i, found = 0;
	long sum = 0, kib;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %ld", name, &kib) != 2)
			continue;
		for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
			if (strcmp(name, names[i]))
				continue;
			sum += kib;
			found++;
		}
	}
	if (file)
		fclose(file);
	sure(found == sizeof(names) / sizeof(*names), "/proc/meminfo lacks a line");
	return sum;
}

/* Once it has not grown for a while. */
static int64_t free_kib(void)
{
	long best = -1, kib;
	int i, quiet = 0;

	for (i = 0; i < LOOKS && quiet < QUIET; i++) {
		usleep(SETTLE_US);
		must(pressure_set("/proc/sys/vm/drop_caches", "3"), "drop_caches");
		quiet++;
		kib = free_or_users_kib();
		if (kib <= best)
			continue;
		best = kib;
		quiet = 0;
	}
	return best;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static double median(int64_t *samples, unsigned int num)
{
	qsort(samples, num, sizeof(*samples), by_value);
	return samples[num / 2];
}

/* KiB that VMS more of them take; they stay, so that none takes what another has left. */
static int64_t vms_kib(struct bench *b, bool mirrors)
{
	struct gpu vm = b->gpu;
	struct gpu_queue queue;
	int64_t before;
	unsigned int i;

	must(gpu_control_in_memory(&vm), "memory for batches");
	before = free_kib();
	for (i = 0; i < VMS; i++) {
		must(gpu_vm_create(b->gpu.fd, DRM_XE_VM_CREATE_FLAG_LR_MODE |
				   (mirrors ? DRM_XE_VM_CREATE_FLAG_FAULT_MODE : 0), &vm.vm), "a VM");
		if (!mirrors)
			continue;
		must(gpu_bind_mirror_whole(&vm), "a mirror");
		must(gpu_queue_create(&vm, &vm.engines[0], &queue), "a queue");
		must(gpu_run(&queue), "an empty batch");
		gpu_queue_destroy(&queue);
	}
	/* What the batches were fetched from is not in use any more. */
	munmap(vm.control.base, SZ_2M);
	return before - free_kib();
}

static void idle_vms(struct bench *b)
{
	int64_t more[VM_ROUNDS], without[VM_ROUNDS];
	int i;

	vms_kib(b, true);
	for (i = 0; i < VM_ROUNDS; i++) {
		without[i] = vms_kib(b, false);
		more[i] = vms_kib(b, true) - without[i];
	}
	sure(median(without, VM_ROUNDS) > VMS, "a VM costs nothing");
	report("idle_vm", median(more, VM_ROUNDS) / VMS, "KiB");
	report("idle_vm_without", median(without, VM_ROUNDS) / VMS, "KiB");
}

static void touch_sparsely(struct bench *b, char *at)
{
	int64_t faults = events(b, "FAULT");
	char *start, *page;
	uint32_t i;

	start = mmap(at, RANGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
	sure(start == at, "no such addresses");
	if (madvise(start, RANGE, MADV_NOHUGEPAGE))
		fail("madvise: no choice of page size");
	for (i = 0; i < TOUCHES; i += A_JOB)
		touch(&b->queue, start + i * STRIDE, A_JOB, STRIDE, 8, GPU_TOUCH_INCREMENT);
	sure(events(b, "FAULT") - faults >= (int64_t)TOUCHES, "fewer faults than pages");
	for (page = start; page < start + RANGE; page += STRIDE)
		sure(*(uint32_t *)page == 1, "the GPU did not write");
	munmap(start, RANGE);
}

static void sparse(struct bench *b)
{
	int64_t left[SPARSE_ROUNDS], before, after;
	int i;

	touch_sparsely(b, NEVER_USED);
	before = free_kib();
	for (i = 0; i < SPARSE_ROUNDS; i++, before = after) {
		touch_sparsely(b, NEVER_USED + (i + 1) * RANGE);
		settle(b);
		after = free_kib();
		left[i] = before - after;
	}
	report("sparse_left", median(left, SPARSE_ROUNDS), "KiB/64 GiB");
}

int main(void)
{
	struct bench b;

	bench_open(&b);
	/* Nothing in the log about those that follow. */
	must(pressure_set("/proc/sys/vm/drop_caches", "4"), "drop_caches");
	idle_vms(&b);
	sparse(&b);
	bench_close(&b);
	return 0;
}
