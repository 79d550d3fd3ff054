/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_DEBUGFS_H_
#define _XE_SVM_DEBUGFS_H_

struct dentry;
struct xe_device;

#if IS_ENABLED(CONFIG_DRM_XE_SVM)
void xe_svm_debugfs_register(struct xe_device *xe, struct dentry *root);
#else
static inline void xe_svm_debugfs_register(struct xe_device *xe,
					   struct dentry *root)
{
}
#endif

#endif
