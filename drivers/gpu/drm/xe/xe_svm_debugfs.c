// SPDX-License-Identifier: MIT
/*
 * Counters of the mirror of each VM of a device, for people and tests.
 *
 * Rule: one VM at a time, with a reference and no lock: a reader blocks no
 * other thread, and VMs may be created and destroyed meanwhile. When the driver
 * is unbound, debugfs waits for readers and refuses new ones. Must never happen
 * here: an access to the GPU.
 */

#include "xe_svm_debugfs.h"

#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "xe_gt_stats.h"
#include "xe_svm.h"
#include "xe_vm.h"

#define SVM_LINE(id__, name__) { XE_GT_STATS_ID_SVM_##id__, name__ },

static const struct {
	enum xe_gt_stats_id id;
	const char *name;
} lines[] = {
	XE_SVM_STATS(SVM_LINE)
};

static void print_vm(struct seq_file *m, unsigned long asid,
		     const struct xe_svm_vm *svm)
{
	int i;

	seq_printf(m, "asid: %lu\npid: %d\ncomm: %*pE\n", asid, svm->pid,
		   (int)strlen(svm->comm), svm->comm);
	for (i = 0; i < ARRAY_SIZE(lines); i++)
		seq_printf(m, "%s: %llu\n", lines[i].name,
			   xe_gt_stats_sum(svm->stats, lines[i].id));
	seq_putc(m, '\n');
}

static int svm_show(struct seq_file *m, void *data)
{
	struct xe_device *xe = m->private;
	unsigned long asid = 0;
	struct xe_vm *vm;

	while ((vm = xe_svm_next_vm(xe, &asid))) {
		if (vm->svm.mm)
			print_vm(m, asid, &vm->svm);
		xe_vm_put(vm);
		asid++;
	}

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(svm);

/**
 * xe_svm_debugfs_register() - Add the file about mirrors, if the device supports them
 * @xe: the device
 * @root: its directory
 */
void xe_svm_debugfs_register(struct xe_device *xe, struct dentry *root)
{
	if (xe_svm_supported(xe))
		debugfs_create_file("svm", 0444, root, xe, &svm_fops);
}
