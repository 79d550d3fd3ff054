/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A thread: registers, and where each of its lanes is. Lanes that do not run wait at an address; the lowest
 * address always runs next, so lanes that parted meet again at the first instruction all of them reach.
 */
#ifndef MODEL_EU_THREAD_H
#define MODEL_EU_THREAD_H

#include "eu/isa.h"

#define EU_GRFS 256u
#define EU_ACCS 8u

#define CONTROL_DENORM_DF BIT(6)
#define CONTROL_DENORM_F BIT(7)
#define CONTROL_DENORM_HF BIT(10)
#define CONTROL_ROUNDING(cr0) ((cr0) >> 4 & 3)

enum eu_thread_state {
	THREAD_FREE, THREAD_READY,
	THREAD_FAULTED, /* until the page fault of the access it has to repeat is answered */
	THREAD_BARRIER, /* until its group is there */
};

struct eu_thread {
	enum eu_thread_state state;
	u32 group; /* of the walk's groups, valid unless THREAD_FREE */
	u32 index; /* in its group */
	u32 slot; /* of the device's, 0 to 511 */
	u32 barriers; /* signalled */

	u64 ip;
	u32 dispatched, active; /* lanes */
	u64 next_wait; /* lowest address at which a lane waits */
	u64 wait[EU_LANES]; /* valid for lanes dispatched and not active; TIME_NEVER: it has ended */

	u8 grf[EU_GRFS * EU_GRF_BYTES];
	u8 acc[EU_ACCS * EU_GRF_BYTES];
	s64 wide[EU_ACCS][EU_LANES]; /* integer accumulators, which have more bits than their type */
	u8 address[64];
	u32 flags[16];
	u32 control[16], status[16], mask[16], other[16];
};

#endif
