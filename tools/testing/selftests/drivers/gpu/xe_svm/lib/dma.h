/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that the GPU's driver has mapped for DMA, page by page or in runs, without
 * buffer objects, which are mapped as scatter lists.
 */
#ifndef XE_SVM_LIB_DMA_H
#define XE_SVM_LIB_DMA_H

#include <stdbool.h>
#include <stdint.h>

struct gpu;

/**
 * struct dma_mapped - the mappings of a device
 */
struct dma_mapped {
	/** @entries: how many there are */
	int64_t entries;
	/** @pages: how many pages they cover */
	int64_t pages;
	/** @longest: pages of the longest one */
	int64_t longest;
};

/* As DMA_API_DEBUG lists them. -ENOENT: this kernel has no list. */
int dma_mapped(const struct gpu *gpu, struct dma_mapped *mapped);
/* Number of errors that DMA_API_DEBUG has reported, or -ENOENT. */
int64_t dma_errors(void);
/* An IOMMU translates for the GPU. */
bool dma_is_translated(const struct gpu *gpu);

#endif
