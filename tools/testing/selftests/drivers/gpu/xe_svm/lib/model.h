/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters and knobs of the emulated GPU, if the GPU is emulated:
 * its test BAR (tools/testing/xe/model, pci/test_bar.h) shows live counters by
 * name and takes knobs by name. No real device has that BAR: gpu_model_open()
 * is then -ENODEV, and a test skips its additional assertions with a message.
 */
#ifndef XE_SVM_LIB_MODEL_H
#define XE_SVM_LIB_MODEL_H

#include <stdint.h>

struct gpu;

/**
 * struct gpu_model - the mapped test BAR
 */
struct gpu_model {
	/** @bar: NULL while closed */
	volatile uint8_t *bar;
};

int gpu_model_open(const struct gpu *gpu, struct gpu_model *model);
void gpu_model_close(struct gpu_model *model);
/* A counter's value now; -ENOENT for a name the model does not know. */
int64_t gpu_model_count(const struct gpu_model *model, const char *name);
/* Of a TLB_INVAL_* counter with a media GT's share: what one GT has; 0 is the main GT. */
int64_t gpu_model_count_in(const struct gpu_model *model, unsigned int gt, const char *name);
int gpu_model_turn(const struct gpu_model *model, const char *knob, uint32_t value);

#endif
