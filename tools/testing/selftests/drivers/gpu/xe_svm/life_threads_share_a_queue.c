// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): all jobs that two threads submit to one long-running queue at a
 * time run, each once, and each writes its user fence.
 *
 * Desktop: harmless
 */
#include <pthread.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"

#define THREADS		2
#define JOBS		1500
#define DONE_MS		10000

/**
 * struct submitter - a thread with a page of its own for batch and fence
 */
struct submitter {
	struct gpu_queue *queue;
	pthread_t thread;
	/** @fence: written by each job; @word: incremented by each job */
	volatile uint64_t *fence;
	volatile uint32_t *word;
	uint32_t *batch;
	int err;
};

FIXTURE(shared)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct submitter submitters[THREADS];
};

static int submit(struct submitter *s, uint64_t value)
{
	struct drm_xe_sync sync = {
		.type = DRM_XE_SYNC_TYPE_USER_FENCE,
		.flags = DRM_XE_SYNC_FLAG_SIGNAL,
		.addr = (uintptr_t)s->fence,
		.timeline_value = value,
	};
	struct drm_xe_exec exec = {
		.exec_queue_id = s->queue->id,
		.num_syncs = 1,
		.syncs = (uintptr_t)&sync,
		.address = (uintptr_t)s->batch,
		.num_batch_buffer = 1,
	};

	return ioctl(s->queue->gpu->fd, DRM_IOCTL_XE_EXEC, &exec) ? -errno : 0;
}

static void *submit_all(void *arg)
{
	struct submitter *s = arg;
	int64_t end;
	uint64_t i;

	for (i = 1; i <= JOBS && !s->err; i++) {
		end = clock_ms() + DONE_MS;
		s->err = submit(s, i);
		while (!s->err && *s->fence != i)
			if (clock_ms() > end)
				s->err = -ETIME;
	}
	return NULL;
}

FIXTURE_SETUP(shared)
{
	unsigned int i;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	for (i = 0; i < THREADS; i++) {
		struct submitter *s = &self->submitters[i];
		char *page = memory_anonymous(SZ_4K);

		ASSERT_NE(NULL, page);
		s->queue = &self->queue;
		s->fence = (void *)page;
		s->word = (void *)(page + 64);
		s->batch = (void *)(page + 256);
		/* Built in the page of the queue, whose one batch is not used otherwise */
		gpu_batch_increment(&self->queue, s->word);
		gpu_batch_finish(&self->queue);
		memcpy(s->batch, self->queue.batch, self->queue.len * sizeof(*s->batch));
		self->queue.len = 0;
	}
}

FIXTURE_TEARDOWN(shared)
{
	gpu_close(&self->gpu);
}

TEST_F_TIMEOUT(shared, by_threads, GPU_TEST_TIMEOUT)
{
	unsigned int i;

	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&self->submitters[i].thread, NULL, submit_all,
					    &self->submitters[i]));
	for (i = 0; i < THREADS; i++)
		pthread_join(self->submitters[i].thread, NULL);
	for (i = 0; i < THREADS; i++) {
		EXPECT_EQ(0, self->submitters[i].err)
			TH_LOG("thread %u: job %llu did not end", i,
			       (unsigned long long)*self->submitters[i].fence + 1);
		EXPECT_EQ(JOBS, *self->submitters[i].word);
	}
}

TEST_HARNESS_MAIN
