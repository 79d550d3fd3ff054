/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture of most tests: a VM whose whole address space is a mirror,
 * one queue on the engine of the variant, control area in ordinary memory, and
 * one empty job run, so that faults counted later are those of the test.
 *
 * No device or no feature is a skip with its reason; all else is a failure.
 * Include after kselftest_harness.h.
 */
#ifndef XE_SVM_LIB_MIRROR_FIXTURE_H
#define XE_SVM_LIB_MIRROR_FIXTURE_H

#include <errno.h>
#include <unistd.h>

#include "gpu.h"
#include "memory.h"
#include "model.h"

/* Seconds a test may take: the GPU may be an emulated one on a busy machine. */
#define GPU_TEST_TIMEOUT	120

/*
 * Result of an access to memory that must not be accessible: the queue is reset.
 * -ETIME would mean that the fault never got a reply.
 */
#define REFUSED			(-EIO)

/* Runs its statement if the GPU is emulated and has more counters than the driver. */
#define WITH_MODEL(model)						\
	if (!(model)->bar)						\
		TH_LOG("not an emulated GPU: its own figures are not checked");	\
	else

FIXTURE(mirror)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_model model;
};

FIXTURE_VARIANT(mirror)
{
	unsigned int engine_class;
};

/* @err: of gpu_open(), which another task may have called */
static inline void mirror_opened(struct __test_metadata *_metadata, struct gpu *gpu, int err)
{
	if (err == -ENODEV)
		SKIP(return, "no xe device");
	ASSERT_EQ(0, err)
		TH_LOG("no VM in fault mode");
	if (!gpu_has_mirror(gpu))
		SKIP(return, "this kernel's xe has no CPU address mirror");
}

static inline void mirror_open(struct __test_metadata *_metadata, struct gpu *gpu)
{
	mirror_opened(_metadata, gpu, gpu_open(gpu));
}

/* Whole address space mirrored, control area in ordinary memory, one empty job done. */
static inline void mirror_start(struct __test_metadata *_metadata, struct gpu *gpu,
				const struct drm_xe_engine_class_instance *engine,
				struct gpu_queue *queue)
{
	ASSERT_EQ(0, gpu_bind_mirror_whole(gpu));
	ASSERT_EQ(0, gpu_control_in_memory(gpu));
	ASSERT_EQ(0, gpu_queue_create(gpu, engine, queue));
	ASSERT_EQ(0, gpu_run(queue))
		TH_LOG("an empty batch in malloced memory did not run");
}

/* All of that, by a VM made after a parameter of the driver was set; its value @before. */
static inline void mirror_start_with(struct __test_metadata *_metadata, struct gpu *gpu,
				     struct gpu_queue *queue, const char *parameter,
				     const char *value, char before[XE_PARAMETER_SIZE])
{
	ASSERT_EQ(0, xe_parameter_get(parameter, before, XE_PARAMETER_SIZE));
	ASSERT_EQ(0, xe_parameter_set(parameter, value));
	mirror_open(_metadata, gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, gpu, &gpu->engines[0], queue);
}

FIXTURE_SETUP(mirror)
{
	const struct drm_xe_engine_class_instance *engine;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	engine = gpu_find_engine(&self->gpu, variant->engine_class);
	if (!engine)
		SKIP(return, "no engine of class %u", variant->engine_class);
	mirror_start(_metadata, &self->gpu, engine, &self->queue);
	gpu_model_open(&self->gpu, &self->model);
}

FIXTURE_TEARDOWN(mirror)
{
	gpu_model_close(&self->model);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* One of these in a test file selects the engines of the test. */
#define MIRROR_ON_COPY_ENGINE()						\
FIXTURE_VARIANT_ADD(mirror, copy)					\
{									\
	.engine_class = DRM_XE_ENGINE_CLASS_COPY,			\
}

#define MIRROR_ON_EVERY_ENGINE()					\
MIRROR_ON_COPY_ENGINE();						\
FIXTURE_VARIANT_ADD(mirror, render)					\
{									\
	.engine_class = DRM_XE_ENGINE_CLASS_RENDER,			\
};									\
FIXTURE_VARIANT_ADD(mirror, compute)					\
{									\
	.engine_class = DRM_XE_ENGINE_CLASS_COMPUTE,			\
}

#endif
