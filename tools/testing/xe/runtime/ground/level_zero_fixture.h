/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ground most programs stand on: Level Zero on the first GPU, the whole address space mirrored, and a list
 * on the copy engine whose calls return when the GPU is done. In the end no fault of the mirror was refused, and
 * some brought pages: what the GPU copied was not bound instead. A test without copies says so.
 */
#ifndef RUNTIME_GROUND_LEVEL_ZERO_FIXTURE_H
#define RUNTIME_GROUND_LEVEL_ZERO_FIXTURE_H

#include "ground/ioctls.h"
#include "ground/level_zero.h"
#include "ground/mirror.h"
#include "ground/pattern.h"

/* Seconds a test may take, its start of the runtime included: the machine may be busy. */
#define RUNTIME_TIMEOUT	300

FIXTURE(level_zero)
{
	struct level_zero lz;
	ze_command_list_handle_t list;
	bool copies_nothing;
};

FIXTURE_SETUP(level_zero)
{
	ASSERT_EQ(ZE_RESULT_SUCCESS, lz_open(&self->lz));
	ASSERT_EQ(1, ioctls.mirrors)
		TH_LOG("the runtime made %lu VMs", ioctls.vms);
	ASSERT_EQ(ZE_RESULT_SUCCESS, lz_list(&self->lz, self->lz.copy, false, &self->list));
}

FIXTURE_TEARDOWN(level_zero)
{
	EXPECT_EQ(0, mirror_refused());
	EXPECT_NE(self->copies_nothing, mirror_pages() > 0);
	zeCommandListDestroy(self->list);
	lz_close(&self->lz);
}

/* Whatever happens to memory in between, the GPU copies, and by faults of the mirror or pages these left there */
#define COPY(to, from, size)						\
	ASSERT_EQ(ZE_RESULT_SUCCESS,					\
		  zeCommandListAppendMemoryCopy(self->list, to, from, size, NULL, 0, NULL))

#endif
