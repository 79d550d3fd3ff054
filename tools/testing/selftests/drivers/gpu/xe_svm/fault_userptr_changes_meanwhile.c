// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C1): faults on a userptr are served although the CPU changes the mapping
 * of other pages of it while its pages are collected. A device atomic has an effect
 * or is refused: on a userptr of a discrete GPU, and where no memory is. The sibling
 * is a mirror of the same memory.
 *
 * Desktop: harmless
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define ROUNDS		400
/* Enough pages that they change while they are collected now and then. */
#define SIZE		(4 * SZ_2M)
#define MAX_PAUSE_US	10000

FIXTURE(changing)
{
	struct gpu gpu;
	struct gpu_queue queue;
	volatile uint32_t *word;	/* for the CPU */
	volatile uint32_t *gpu_word;
	char *area;
	pthread_t thread;
	atomic_bool stop;
	atomic_uint changes, done;
};

FIXTURE_VARIANT(changing)
{
	bool userptr;
};

FIXTURE_VARIANT_ADD(changing, mirror) { .userptr = false };
FIXTURE_VARIANT_ADD(changing, userptr) { .userptr = true };

FIXTURE_SETUP(changing)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->area = memory_anonymous(SIZE);
	ASSERT_NE(NULL, self->area);
	memset(self->area, 1, SIZE);
	self->word = (uint32_t *)self->area;
	self->gpu_word = self->word;
	*self->word = 0;
	if (!variant->userptr)
		return;
	ASSERT_EQ(0, gpu_bind_userptr(&self->gpu, self->area, SIZE));
	self->gpu_word = GPU_USERPTR;
}

FIXTURE_TEARDOWN(changing)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* Each takes the whole userptr away from the GPU, and pages that were just collected. */
static void *changes(void *arg)
{
	FIXTURE_DATA(changing) *self = arg;
	unsigned int i, done = 0, max_us = MAX_PAUSE_US;

	for (i = 0; !self->stop; i++) {
		if (!madvise(self->area + SIZE - SZ_4K, SZ_4K, MADV_DONTNEED))
			self->changes++;
		/* A slow machine takes longer to collect the pages. */
		max_us = self->done > done ? MAX_PAUSE_US : max_us + MAX_PAUSE_US;
		done = self->done;
		usleep(i * 40503 % max_us);
	}
	return NULL;
}

TEST_F_TIMEOUT(changing, counts, GPU_TEST_TIMEOUT)
{
	unsigned int i;
	int err = 0;

	ASSERT_EQ(0, pthread_create(&self->thread, NULL, changes, self));
	for (i = 0; i < ROUNDS && !err; i++) {
		err = gpu_write(&self->queue, self->gpu_word, i + 1);
		self->done += !err;
	}
	self->stop = true;
	pthread_join(self->thread, NULL);
	EXPECT_EQ(0, err);
	EXPECT_EQ(ROUNDS, self->done);
	EXPECT_EQ(self->done, *self->word);
	TH_LOG("%u changes of the mapping", self->changes);
	EXPECT_LT(20, self->changes);
}

/* Not served over and over without an effect. */
TEST_F_TIMEOUT(changing, atomic_counts_or_is_refused, GPU_TEST_TIMEOUT)
{
	bool refused = variant->userptr &&
		       self->gpu.config_flags & DRM_XE_QUERY_CONFIG_FLAG_HAS_VRAM;

	EXPECT_EQ(refused ? REFUSED : 0, gpu_increment(&self->queue, self->gpu_word));
	EXPECT_EQ(!refused, *self->word);
}

/* There is nothing to count in: reads are 0, writes have no effect. */
TEST_F_TIMEOUT(changing, atomic_on_null_is_refused, GPU_TEST_TIMEOUT)
{
	struct drm_xe_vm_bind_op op = {
		.op = DRM_XE_VM_BIND_OP_MAP,
		.flags = DRM_XE_VM_BIND_FLAG_NULL,
		.pat_index = GPU_PAT_WB,
		.addr = (uintptr_t)self->area,
		.range = SIZE,
	};
	uint32_t value = 1;

	ASSERT_EQ(0, gpu_bind_ops(&self->gpu, &op, 1));
	EXPECT_EQ(0, gpu_read(&self->queue, self->word, &value));
	EXPECT_EQ(0, value);
	EXPECT_EQ(REFUSED, gpu_increment(&self->queue, self->word));
	EXPECT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(0, gpu_read(&self->queue, self->word, &value));
}

TEST_HARNESS_MAIN
