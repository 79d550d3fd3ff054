// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C11): a job of a long-running queue runs when its in-sync has signaled
 * and not earlier, whatever runs before it on its queue. A GT reset ends
 * unfinished jobs and their queues; a queue whose only job waits for its
 * in-sync continues.
 *
 * Desktop: may end it, resets the GT
 */
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/syncobj.h"

#define GATES		2
/* In dwords: room for so many batches on the page of a queue. */
#define BATCH_SIZE	0x40
/* A job that is submitted too early is done by then. */
#define EARLY_US	500000
#define WAIT_MS		20000

FIXTURE(in_sync)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_queue other;
	volatile uint32_t *words;	/* written by their jobs */

	/* Jobs of a VM without faults that end when the CPU opens their gate. */
	struct gpu gate;
	struct gpu_queue gate_queue;
	volatile uint32_t *open;	/* GATES words */
	uint32_t passed[GATES];		/* syncobjs */
};

/* Start the batch, and build the next one behind it. */
static int start(struct gpu_queue *queue, struct drm_xe_sync *syncs, unsigned int num_syncs)
{
	struct drm_xe_exec exec = {
		.exec_queue_id = queue->id,
		.num_syncs = num_syncs,
		.syncs = (uintptr_t)syncs,
		.address = (uintptr_t)queue->batch,
		.num_batch_buffer = 1,
	};

	gpu_batch_finish(queue);
	queue->len = 0;
	queue->batch += BATCH_SIZE;
	return ioctl(queue->gpu->fd, DRM_IOCTL_XE_EXEC, &exec) ? -errno : 0;
}

static int start_gate(FIXTURE_DATA(in_sync) *self, unsigned int nr)
{
	struct drm_xe_sync sync = {
		.type = DRM_XE_SYNC_TYPE_SYNCOBJ,
		.flags = DRM_XE_SYNC_FLAG_SIGNAL,
		.handle = self->passed[nr],
	};

	gpu_batch_wait(&self->gate_queue, self->open + nr, 1);
	return start(&self->gate_queue, &sync, 1);
}

/* Write 1 to a word once the gate of that number has been passed. */
static int start_behind_gate(FIXTURE_DATA(in_sync) *self, unsigned int nr)
{
	struct gpu_queue *queue = &self->queue;
	struct drm_xe_sync syncs[] = {
		{
			.type = DRM_XE_SYNC_TYPE_SYNCOBJ,
			.handle = self->passed[nr],
		},
		{
			.type = DRM_XE_SYNC_TYPE_USER_FENCE,
			.flags = DRM_XE_SYNC_FLAG_SIGNAL,
			.addr = (uintptr_t)queue->fence,
			.timeline_value = ++queue->seqno,
		},
	};

	gpu_batch_store(queue, self->words + nr, 1);
	return start(queue, syncs, 2);
}

/* Without the kernel: its wait would be for the last job. */
static bool fence_reaches(const struct gpu_queue *queue, uint64_t seqno)
{
	unsigned int ms;

	for (ms = 0; ms < WAIT_MS && *queue->fence < seqno; ms++)
		usleep(1000);
	return *queue->fence >= seqno;
}

FIXTURE_SETUP(in_sync)
{
	const struct drm_xe_engine_class_instance *copy, *render;
	unsigned int i;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	/* Engines of one class run either kind of VM at a time. */
	copy = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_COPY);
	render = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_RENDER);
	if (!copy || !render)
		SKIP(return, "no engines of two classes");
	mirror_start(_metadata, &self->gpu, render, &self->queue);
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, render, &self->other));
	self->words = memory_anonymous(SZ_4K);
	ASSERT_NE(NULL, self->words);

	self->gate = self->gpu;
	self->gate.control = (struct gpu_control) { 0 };
	ASSERT_EQ(0, gpu_vm_create(self->gpu.fd, 0, &self->gate.vm));
	ASSERT_EQ(0, gpu_control_in_bo(&self->gate));
	ASSERT_EQ(0, gpu_queue_create(&self->gate, copy, &self->gate_queue));
	self->open = self->gate_queue.result;
	for (i = 0; i < GATES; i++)
		ASSERT_EQ(0, syncobj_create(self->gpu.fd, 0, &self->passed[i]));
}

FIXTURE_TEARDOWN(in_sync)
{
	unsigned int i;

	for (i = 0; self->open && i < GATES; i++)
		self->open[i] = 1;
	gpu_close(&self->gpu);
}

TEST_F_TIMEOUT(in_sync, jobs_run_one_by_one, GPU_TEST_TIMEOUT)
{
	uint64_t first;

	ASSERT_EQ(0, start_gate(self, 0));
	ASSERT_EQ(0, start_gate(self, 1));
	ASSERT_EQ(0, start_behind_gate(self, 0));
	first = self->queue.seqno;
	ASSERT_EQ(0, start_behind_gate(self, 1));
	usleep(EARLY_US);
	EXPECT_EQ(0, self->words[0]);

	self->open[0] = 1;
	ASSERT_TRUE(fence_reaches(&self->queue, first));
	EXPECT_EQ(1, self->words[0]);
	usleep(EARLY_US);
	EXPECT_EQ(0, self->words[1])
		TH_LOG("the second job ran before its in-sync signaled");
	EXPECT_EQ(first, *self->queue.fence);

	self->open[1] = 1;
	EXPECT_EQ(0, gpu_wait(&self->queue));
	EXPECT_EQ(1, self->words[1]);
}

/* The gate's own job is ended by the reset, which opens it. */
TEST_F_TIMEOUT(in_sync, waiting_queue_survives_reset, GPU_TEST_TIMEOUT)
{
	ASSERT_EQ(0, start_gate(self, 0));
	ASSERT_EQ(0, start_behind_gate(self, 0));
	gpu_batch_wait(&self->other, self->words + GATES, 1);
	ASSERT_EQ(0, gpu_start(&self->other));
	usleep(EARLY_US);
	ASSERT_EQ(0, self->words[0]);

	if (gpu_ask_for_reset(&self->gpu))
		SKIP(return, "may not ask for a reset");
	EXPECT_EQ(REFUSED, gpu_wait(&self->other));
	EXPECT_EQ(0, gpu_wait(&self->queue))
		TH_LOG("the reset ended a queue that had done nothing");
	EXPECT_EQ(1, self->words[0]);
	EXPECT_EQ(0, gpu_write(&self->queue, self->words, 2));
	EXPECT_EQ(2, self->words[0]);
}

/* A register of the media engines' unit, and its format MPEC8u64_B8_C8 */
#define OA_REGISTER	0x393200
#define OA_FORMAT	(DRM_XE_OA_FMT_TYPE_OAM_MPEC | 1 << 8)
#define OA_UNITS	8

static int observe(const struct gpu *gpu, unsigned int op, void *arg)
{
	struct drm_xe_observation_param param = {
		.observation_type = DRM_XE_OBSERVATION_TYPE_OA,
		.observation_op = op,
		.param = (uintptr_t)arg,
	};
	int ret = ioctl(gpu->fd, DRM_IOCTL_XE_OBSERVATION, &param);

	return ret < 0 ? -errno : ret;
}

/* A stream of OA reports for a queue, from the unit that its engine belongs to. */
static int open_stream(const struct gpu_queue *queue)
{
	uint32_t reg[2] = { OA_REGISTER };
	struct drm_xe_oa_config config = { .n_regs = 1, .regs_ptr = (uintptr_t)reg };
	struct drm_xe_ext_set_property prop[] = {
		{ .property = DRM_XE_OA_PROPERTY_EXEC_QUEUE_ID, .value = queue->id },
		{ .property = DRM_XE_OA_PROPERTY_OA_ENGINE_INSTANCE,
		  .value = queue->engine.engine_instance },
		{ .property = DRM_XE_OA_PROPERTY_OA_FORMAT, .value = OA_FORMAT },
		{ .property = DRM_XE_OA_PROPERTY_OA_DISABLED, .value = 1 },
		{ .property = DRM_XE_OA_PROPERTY_OA_METRIC_SET },
		{ .property = DRM_XE_OA_PROPERTY_OA_UNIT_ID },
	};
	unsigned int i, last = sizeof(prop) / sizeof(*prop) - 1;
	int ret;

	memcpy(config.uuid, "01234567-0123-0123-0123-0123456789ab", sizeof(config.uuid));
	ret = observe(queue->gpu, DRM_XE_OBSERVATION_OP_ADD_CONFIG, &config);
	if (ret < 0)
		return ret;
	prop[last - 1].value = ret;
	for (i = 0; i < last; i++)
		prop[i].base.next_extension = (uintptr_t)(prop + i + 1);
	for (i = 0, ret = -EINVAL; ret == -EINVAL && i < OA_UNITS; i++) {
		prop[last].value = i;
		ret = observe(queue->gpu, DRM_XE_OBSERVATION_OP_STREAM_OPEN, prop);
	}
	return ret;
}

/* The job that configures the unit is not written into the ring: the queue is idle. */
TEST_F_TIMEOUT(in_sync, observed_queue_survives_reset, GPU_TEST_TIMEOUT)
{
	const struct drm_xe_engine_class_instance *video =
		gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_VIDEO_DECODE);
	struct gpu_queue queue;
	int stream;

	if (!video)
		SKIP(return, "no media engine");
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, video, &queue));
	ASSERT_EQ(0, gpu_write(&queue, self->words, 1));
	stream = open_stream(&queue);
	if (stream < 0)
		SKIP(return, "no stream of OA reports: %s", strerror(-stream));
	if (gpu_reset_gt(&self->gpu, video->gt_id))
		SKIP(return, "may not ask for a reset");
	EXPECT_EQ(0, gpu_write(&queue, self->words, 2))
		TH_LOG("the reset ended a queue that had done nothing");
	EXPECT_EQ(2, self->words[0]);
	close(stream);
}

TEST_HARNESS_MAIN
