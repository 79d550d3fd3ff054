// SPDX-License-Identifier: MIT
/*
 * Pure decisions: what may be mapped, how much of it, and how large.
 *
 * Law: no locks, no allocation, no state; plain values in and out. KUnit tests
 * every row. Must never happen here: a look at the GPU or at an mm.
 */

#include "xe_svm_policy.h"

#include <kunit/visibility.h>

#include <linux/align.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

#include "xe_svm_types.h"

/**
 * xe_svm_policy_refusal() - May the GPU do this access at all?
 * @grant: what the CPU mapping, the mirror and the device allow
 * @access: what the GPU wants to do
 *
 * Return: 0 if it may; -EFAULT where there are no pages to share; -EACCES where
 * permission is missing.
 */
int xe_svm_policy_refusal(const struct xe_svm_grant *grant,
			  enum xe_svm_access access)
{
	if (grant->special)
		return -EFAULT;

	if (!grant->cpu_read)
		return -EACCES;

	if (!xe_svm_access_writes(access))
		return 0;

	if (!grant->cpu_write || grant->mirror_readonly)
		return -EACCES;

	if (access == XE_SVM_ACCESS_ATOMIC && !grant->device_atomics)
		return -EACCES;

	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_policy_refusal);

/**
 * xe_svm_policy_span() - Which addresses may one service map?
 * @addr: the address that faulted; inside @cpu and @mirror
 * @cpu: extent of the CPU mapping
 * @mirror: extent of the mirror
 *
 * Whatever the CPU has populated around the fault is worth mapping in the same
 * service, but never beyond the block, the CPU mapping or the mirror.
 *
 * Return: the span, page aligned as its limits are.
 */
struct xe_svm_span xe_svm_policy_span(u64 addr, const struct xe_svm_span *cpu,
				      const struct xe_svm_span *mirror)
{
	u64 block = ALIGN_DOWN(addr, XE_SVM_BLOCK_SIZE);

	return (struct xe_svm_span) {
		.start = max3(block, cpu->start, mirror->start),
		.end = min3(block + XE_SVM_BLOCK_SIZE, cpu->end, mirror->end),
	};
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_policy_span);

/**
 * xe_svm_policy_huge() - Can one 2 MiB entry map these pages?
 * @dma: DMA address of the first page
 * @pages: how many pages follow each other from there
 *
 * Return: true if they are a whole block and aligned like one.
 */
bool xe_svm_policy_huge(u64 dma, u16 pages)
{
	return pages == XE_SVM_BLOCK_PAGES && IS_ALIGNED(dma, SZ_2M);
}
EXPORT_SYMBOL_IF_KUNIT(xe_svm_policy_huge);
