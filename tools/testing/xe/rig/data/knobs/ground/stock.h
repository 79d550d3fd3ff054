/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VM in fault mode with buffer objects, which the driver binds when the GPU faults on them: as on any 6.12.
 * Knobs are turned by the test and turned back at its end.
 */
#ifndef KNOBS_STOCK_H
#define KNOBS_STOCK_H

#include <errno.h>
#include <unistd.h>

#include "lib/gpu.h"
#include "lib/model.h"

#define TEST_SECONDS	90
#define AREA_SIZE	SZ_64K
#define SECOND_NS	1000000000LL
#define MS_NS		1000000LL

struct stock {
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_model model;
	uint32_t bo;
	volatile uint32_t *area;	/* bound, mapped, the GPU has not been there */
	int kmsg;
};

/* 0, -ENODEV: no xe or no emulated GPU, or what went wrong; the queue has run one empty batch */
int stock_open(struct stock *s, unsigned int engine_class);
/* ends what a knob may have left hanging */
void stock_close(struct stock *s);

/* takes the area out of the GPU's page tables: its next access faults */
int stock_rebind(struct stock *s);
/* as gpu_wait(), with the patience of the caller */
int stock_wait(struct gpu_queue *queue, int64_t ns);
/* the queue stores value at the start of the area; waits that long */
int stock_store(struct stock *s, uint32_t value, int64_t ns);
/* MI_PARALLEL_TOUCH: one dword of each page of the area is written, each in a fault of its own */
int stock_touch_all(struct stock *s, uint32_t value);
int stock_was_touched(const struct stock *s, uint32_t value);

/* 0 or what opening or reading dir/name failed with */
int stock_read_file(const char *dir, const char *name);
/* a GT reset, done when it returns */
int stock_reset(struct stock *s);

int64_t count(const struct stock *s, const char *name);
int64_t now_ns(void);
/* a line with this text was logged since stock_open(); waits up to 5 s for it */
int logged(struct stock *s, const char *text);

/* Starts every test of these programs. */
#define OPEN(s, engine_class)							\
	do {									\
		int open_err = stock_open(s, engine_class);			\
										\
		if (open_err == -ENODEV)					\
			SKIP(return, "no xe device, or it is no emulated one");	\
		ASSERT_EQ(0, open_err);						\
	} while (0)

#endif
