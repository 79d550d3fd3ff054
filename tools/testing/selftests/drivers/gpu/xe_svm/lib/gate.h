/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fence that the test signals: the end of a job that waits for a word, in a VM without
 * faults. A bind can wait for it.
 */
#ifndef XE_SVM_LIB_GATE_H
#define XE_SVM_LIB_GATE_H

#include "gpu.h"

/**
 * struct gate - a job that waits, and its fence
 */
struct gate {
	struct gpu gpu;
	struct gpu_queue queue;
	/** @word: the job ends when it is 1; NULL before gate_make() */
	volatile uint32_t *word;
	/** @passed: syncobj that gets the fence of the job */
	uint32_t passed;
};

/* On an engine that runs no other job meanwhile. 0 or -errno. */
int gate_make(struct gate *gate, const struct gpu *gpu,
	      const struct drm_xe_engine_class_instance *engine);
/* From here on the fence is pending. Again only once the fence has signaled. */
int gate_shut(struct gate *gate);
/* Also where there is no gate. */
void gate_open(struct gate *gate);

#endif
