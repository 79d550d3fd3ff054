/* SPDX-License-Identifier: MIT */

#ifndef _XE_SVM_OWNER_H_
#define _XE_SVM_OWNER_H_

#include <linux/list.h>
#include <linux/types.h>

struct mem_cgroup;
struct cgroup_subsys_state;
struct mm_struct;
struct pid;
struct task_struct;
struct xe_vm;

/**
 * struct xe_svm_owner - the process whose memory VMs mirror
 *
 * All VMs of all devices that mirror the same mm share one, so that their
 * references on the mm can be distinguished from those of the process.
 */
struct xe_svm_owner {
	/** @mm: its address space, with an mm_count reference; immutable */
	struct mm_struct *mm;
	/** @tgid: the process that created the first VM; immutable */
	struct pid *tgid;
	/** @cred: its credentials at that time, if no task is found; immutable */
	const struct cred *cred;
	/** @link: in the list of all owners; protected by the owners' lock */
	struct list_head link;
	/** @nr_vms: VMs that refer to it; protected by the owners' lock */
	unsigned int nr_vms;
	/** @stays: &struct xe_svm_stay.link; protected by the owners' lock */
	struct list_head stays;
	/** @nr_stays: mm_users references of @stays; the owners' lock */
	unsigned int nr_stays;
	/**
	 * @gone: only @stays used the mm any more. Set under the owners' lock,
	 * never cleared.
	 */
	bool gone;
};

/**
 * struct xe_svm_stay - a kernel thread that acts for a process
 */
struct xe_svm_stay {
	/** @owner: the process; its VM keeps it */
	struct xe_svm_owner *owner;
	/** @vm: borrowed: the VM the thread serves */
	struct xe_vm *vm;
	/** @task: the thread */
	struct task_struct *task;
	/** @link: in &xe_svm_owner.stays */
	struct list_head link;
	/** @memcg: memory cgroup of the process; a reference */
	struct mem_cgroup *memcg;
	/** @old_memcg: the cgroup that the thread charged before */
	struct mem_cgroup *old_memcg;
	/** @blkcg: block I/O cgroup of the process; a reference */
	struct cgroup_subsys_state *blkcg;
	/** @old_cred: the credentials that the thread had before */
	const struct cred *old_cred;
};

struct xe_svm_owner *xe_svm_owner_get(void);
void xe_svm_owner_put(struct xe_svm_owner *owner);

bool xe_svm_owner_fits(struct xe_svm_owner *owner);
bool xe_svm_owner_enter(struct xe_svm_owner *owner, struct xe_vm *vm,
			struct xe_svm_stay *stay);
void xe_svm_owner_leave(struct xe_svm_stay *stay);
void xe_svm_owner_kill(struct xe_svm_owner *owner, struct xe_vm *vm);

bool xe_svm_owner_may_wait(const struct xe_svm_owner *owner, bool is_long);

void *xe_svm_owner_alloc_nowait(struct xe_svm_owner *owner, size_t size);

void xe_svm_owner_module_exit(void);

#endif
