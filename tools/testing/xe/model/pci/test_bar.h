/* SPDX-License-Identifier: GPL-2.0 */
/*
 * BAR4, which no real device has: counters a guest program reads by mmap, knobs it turns by register writes.
 *   [0, 0x8000)        read-only memory: struct test_bar_head, u64 counters, NUL-separated names
 *   [0x8000, 0x10000)  registers, u32: knob k at 0x8000 + 4 * k; reads give its value, writes turn it
 */
#ifndef MODEL_TEST_BAR_H
#define MODEL_TEST_BAR_H

#include "types.h"

#define TEST_BAR_BYTES 0x10000u
#define TEST_BAR_KNOBS 0x8000u
#define TEST_BAR_MAGIC 0x4d4c4558u /* "XELM" */
#define TEST_BAR_VERSION 1u

struct test_bar_head {
	u32 magic, version;
	u32 num_counters, num_knobs;
	u32 counters; /* offset of the first u64 */
	u32 counter_names; /* offset of the names, in the order of the counters */
	u32 knob_names;
	u32 knobs; /* offset of the first knob register */
};

/* see MODEL.md */
struct test_bar {
	int fd;
	u8 *map; /* NULL: the device has none */
};

int test_bar_init(struct model *m, struct test_bar *bar);
void test_bar_fini(struct test_bar *bar);
void test_bar_read(struct model *m, u64 off, void *buf, size_t len);
void test_bar_write(struct model *m, u64 off, const void *buf, size_t len);

#endif
