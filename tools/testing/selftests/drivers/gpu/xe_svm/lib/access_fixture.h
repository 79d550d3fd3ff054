/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ground of tests that compare: each runs twice, with its accesses made by the CPU,
 * which is the control, and by the GPU through a mirror of everything.
 * Include after kselftest_harness.h.
 */
#ifndef XE_SVM_LIB_ACCESS_FIXTURE_H
#define XE_SVM_LIB_ACCESS_FIXTURE_H

#include "access.h"
#include "mirror_fixture.h"
#include "touch.h"

FIXTURE(access)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_queue *by;	/* NULL: the CPU, as in access.h and touch.h */
};

FIXTURE_VARIANT(access)
{
	bool by_gpu;
};

FIXTURE_VARIANT_ADD(access, cpu) { .by_gpu = false, };
FIXTURE_VARIANT_ADD(access, gpu) { .by_gpu = true, };

/* On the copy engine, which a desktop rarely uses: accesses of some tests wait. */
FIXTURE_SETUP(access)
{
	const struct drm_xe_engine_class_instance *engine;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	engine = gpu_find_engine(&self->gpu, DRM_XE_ENGINE_CLASS_COPY);
	if (!engine)
		SKIP(return, "no copy engine");
	mirror_start(_metadata, &self->gpu, engine, &self->queue);
	self->by = variant->by_gpu ? &self->queue : NULL;
}

FIXTURE_TEARDOWN(access)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

#endif
