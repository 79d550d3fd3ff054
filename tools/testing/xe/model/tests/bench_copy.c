// SPDX-License-Identifier: GPL-2.0
/* How fast copies and fills are, beside what this machine's memory can do: make bench. */
#include "tests/fake_guest.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SRC_VA 0x100000000000ull
#define DST_VA 0x200000000000ull
#define SRC_PA (8ull << 20)
#define DST_PA (32ull << 20)
#define BYTES (16ull << 20)
#define PER_COMMAND (2u << 20)
#define TIMES 9u

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

struct way {
	const char *name;
	u32 shift;
	u64 flags;
	bool scattered, fill;
};

static void emit(struct fake_queue *q, const struct way *way)
{
	u64 off;

	for (off = 0; off < BYTES; off += PER_COMMAND) {
		if (way->fill)
			queue_emit(q, BLT(XY_FAST_COLOR_BLT) | 2u << 19 | 14, 4095, 0,
				   PER_COMMAND / 4096 << 16 | 1024, LO(DST_VA + off), HI(DST_VA), 0, 0x11223344,
				   0, 0, 0, 0, 0, 0, 0, 0);
		else
			queue_emit(q, BLT(XY_FAST_COPY_BLT) | 8, 3u << 24 | 4096, 0,
				   PER_COMMAND / 4096 << 16 | 1024, LO(DST_VA + off), HI(DST_VA), 0, 4096,
				   LO(SRC_VA + off), HI(SRC_VA));
	}
}

static void map(struct fake_vm *vm, const struct way *way)
{
	u64 off;

	for (off = 0; off < BYTES; off += 1ull << way->shift) {
		vm_map(vm, SRC_VA + off, SRC_PA + off, way->shift, PTE_RW | way->flags);
		vm_map(vm, DST_VA + off, DST_PA + (way->scattered ? off ^ 4096 : off), way->shift,
		       PTE_RW | way->flags);
	}
}

static void measure(const struct way *way)
{
	double best = 1e9, start;
	struct fake_guest *g;
	struct fake_queue q;
	struct fake_vm vm;
	void *state;
	u32 i;

	guest_setup(&state);
	g = state;
	vm = vm_new(g, 9);
	map(&vm, way);
	q = queue_new(g, 3, ON_BCS0, &vm);
	queue_enable(&q);
	for (i = 0; i < TIMES; i++) {
		emit(&q, way);
		start = seconds();
		queue_kick(&q);
		while (queue_engine(&q)->state != ENGINE_IDLE)
			guest_run(g);
		if (seconds() - start < best)
			best = seconds() - start;
	}
	printf("%-36s %8.0f MB/s\n", way->name, BYTES / best / 1e6);
	guest_teardown(&state);
}

static void measure_memory(void)
{
	char *from = malloc(BYTES), *to = malloc(BYTES);
	double best = 1e9, start;
	u32 i;

	assert_true(from && to);
	memset(from, 1, BYTES);
	for (i = 0; i < TIMES; i++) {
		start = seconds();
		memcpy(to, from, BYTES);
		__asm__ volatile("" : : "r"(to) : "memory");
		if (seconds() - start < best)
			best = seconds() - start;
	}
	printf("%-36s %8.0f MB/s\n", "memcpy", BYTES / best / 1e6);
	free(from);
	free(to);
}

int main(void)
{
	static const struct way ways[] = {
		{ "copy, VRAM, 2 MiB pages", SHIFT_2M, PTE_DM, false, false },
		{ "copy, 2 MiB pages", SHIFT_2M, 0, false, false },
		{ "copy, 4 KiB pages in a row", SHIFT_4K, 0, false, false },
		{ "copy, 4 KiB pages to scattered ones", SHIFT_4K, 0, true, false },
		{ "fill, 4 KiB pages in a row", SHIFT_4K, 0, false, true },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(ways); i++)
		measure(&ways[i]);
	measure_memory();
	return 0;
}
