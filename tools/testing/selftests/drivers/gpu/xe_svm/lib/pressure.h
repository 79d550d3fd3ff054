/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pressure that makes the kernel reclaim or move pages of a process: swap, a
 * memory cgroup, compaction. Needs root. Functions return 0 or a negative errno,
 * for which a test skips.
 */
#ifndef XE_SVM_LIB_PRESSURE_H
#define XE_SVM_LIB_PRESSURE_H

#include <stddef.h>
#include <stdint.h>

struct gpu;

#define PRESSURE_SWAP_DEVICE	"/dev/ram1"
#define PRESSURE_SWAP_SIZE	(64UL << 20)

/* One line into a file of /proc or /sys, opened as by the shell: tracefs clears a trace. */
int pressure_set(const char *path, const char *value);
/* The number at the start of such a file, or -errno. */
int pressure_get(const char *path);

/* On one CPU, so that no page waits in another CPU's batch of new LRU pages. */
int pressure_stay_on_cpu(void);

/* Anew where a test that failed left it on. */
int pressure_swap_on(void);
void pressure_swap_off(void);

/*
 * MADV_PAGEOUT of pages that another CPU made, as a fault of the GPU does: they
 * are first brought from that CPU's batch of new pages to the LRU list, without
 * which reclaim passes them over.
 */
int pressure_page_out(void *area, size_t size);

/* A cgroup of its own for the caller; @limit 0 for none. */
int pressure_group_enter(uint64_t limit);
int pressure_group_reclaim(uint64_t bytes);
void pressure_group_leave(void);

/* Every movable page to one end of its zone. */
int pressure_compact(void);

/*
 * Every buffer object in system memory that nothing pins, of all processes, is evicted and
 * swapped out, by a limit of TTM's that one new object exceeds.
 */
int pressure_evict_objects(struct gpu *gpu);

#endif
