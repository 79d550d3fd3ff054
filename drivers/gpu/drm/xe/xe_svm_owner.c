// SPDX-License-Identifier: MIT
/*
 * The process that is mirrored: work for it is charged to it and ends with it.
 *
 * Rule: a thread that may wait for the memory of a process *stays* with it: it
 * charges the process's cgroups, allocates by its memory policy and cpuset, and
 * drops the mm when the process is killed. A stay never keeps the memory of a
 * dead process. Process context. Must never happen here: a wait in the worker
 * of a fault queue.
 */

#include "xe_svm_owner.h"

#include <linux/blk-cgroup.h>
#include <linux/cgroup.h>
#include <linux/cpuset.h>
#include <linux/cred.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/memcontrol.h>
#include <linux/mempolicy.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

/**
 * DOC: Waiting for a process
 *
 * A fault may have to wait for a disk, for user space (userfaultfd, FUSE), for
 * memory or for a lock of the process. The workers of the fault queues never
 * wait: they defer such faults to kernel threads, the waiters. There are as
 * many waiters as waits. While a waiter serves a fault, it stays with the
 * process:
 *
 * - It uses the mm of the process, charges the process's memory cgroup (page
 *   cache, page tables, the driver's own objects; memory.high throttles it) and
 *   its block I/O cgroup.
 * - It has the credentials of the process: quotas and reserved blocks of file
 *   systems hold, and a FUSE server sees the user.
 * - It allocates by the memory policy and the cpuset of the thread group
 *   leader of the process. Once that has exited or runs another program,
 *   another task with the mm takes its place (with CONFIG_MEMCG). A memory
 *   policy is adopted by reference. A thread can drop it only by exiting, so
 *   from then on the waiter serves only processes with the same policy.
 * - It can be killed. A waiter holds an mm_users reference, which keeps
 *   exit_mmap() from running. While there are stays, a work item compares
 *   mm_users with the number of stays ten times a second. Once they are equal
 *   no task uses the mm any more: the owner has exited, its stays get SIGKILL,
 *   which ends every killable wait, and no new stay begins. Closing a VM or
 *   unbinding the driver ends the stays of the VM in the same way.
 *
 * Threads of the process itself would have the same properties, but would be
 * visible to it: unshare() and setns() refuse user namespaces to a process with
 * more than one thread, and debuggers stop at threads they did not create. The
 * drawback of kernel threads is that their CPU time is not charged to the
 * process.
 */

/*
 * More than the faults any hardware can have at a time. A wait outlives its
 * fault if the exec queue is destroyed or the GT reset, so a process could
 * accumulate waits. Those for locks and memory have as much room again.
 */
#define OWNER_STAYS_MAX	2048
/* Interval between checks of owners as long as there are stays. */
#define OWNER_WATCH_MS	100

static void owner_watch(struct work_struct *work);

static DEFINE_SPINLOCK(owners_lock);
static LIST_HEAD(owners);
static unsigned int nr_stays;
static DECLARE_DELAYED_WORK(watch, owner_watch);

static struct xe_svm_owner *owner_find(struct mm_struct *mm)
{
	struct xe_svm_owner *owner;

	lockdep_assert_held(&owners_lock);

	list_for_each_entry(owner, &owners, link)
		if (owner->mm == mm)
			return owner;

	return NULL;
}

static void owner_free(struct xe_svm_owner *owner)
{
	put_pid(owner->tgid);
	put_cred(owner->cred);
	mmdrop(owner->mm);
	kfree(owner);
}

/**
 * xe_svm_owner_get() - Get the owner of the current process
 *
 * Return: the owner, for xe_svm_owner_put(); or NULL if there is no memory.
 */
struct xe_svm_owner *xe_svm_owner_get(void)
{
	struct xe_svm_owner *new, *owner;

	new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!new)
		return NULL;

	new->mm = current->mm;
	mmgrab(new->mm);
	new->tgid = get_task_pid(current, PIDTYPE_TGID);
	new->cred = get_current_cred();
	INIT_LIST_HEAD(&new->stays);

	spin_lock(&owners_lock);
	owner = owner_find(new->mm);
	if (!owner) {
		owner = new;
		new = NULL;
		list_add(&owner->link, &owners);
	}
	owner->nr_vms++;
	spin_unlock(&owners_lock);

	if (new)
		owner_free(new);

	return owner;
}

/**
 * xe_svm_owner_put() - Drop the reference of a VM
 * @owner: the owner
 */
void xe_svm_owner_put(struct xe_svm_owner *owner)
{
	bool last;

	spin_lock(&owners_lock);
	last = !--owner->nr_vms;
	if (last)
		list_del(&owner->link);
	spin_unlock(&owners_lock);

	if (last) {
		WARN_ON(owner->nr_stays);
		owner_free(owner);
	}
}

static void stays_kill(struct xe_svm_owner *owner, struct xe_vm *vm)
{
	struct xe_svm_stay *stay;

	lockdep_assert_held(&owners_lock);

	list_for_each_entry(stay, &owner->stays, link)
		if (!vm || stay->vm == vm)
			send_sig(SIGKILL, stay->task, 1);
}

/*
 * Other holders of mm_users may make it too high for a moment; the next check
 * finds the right value. It is never too low: a stay leaves the list before it
 * drops its reference.
 */
static bool owner_is_gone(const struct xe_svm_owner *owner)
{
	return owner->nr_stays &&
		atomic_read(&owner->mm->mm_users) <= owner->nr_stays;
}

static void owner_watch(struct work_struct *work)
{
	struct xe_svm_owner *owner;

	spin_lock(&owners_lock);
	list_for_each_entry(owner, &owners, link) {
		if (!owner->gone && owner_is_gone(owner))
			owner->gone = true;
		/* Repeat the signal: a stay may have been between two waits */
		if (owner->gone)
			stays_kill(owner, NULL);
	}

	if (nr_stays)
		queue_delayed_work(system_unbound_wq, &watch,
				   msecs_to_jiffies(OWNER_WATCH_MS));
	spin_unlock(&owners_lock);
}

#ifdef CONFIG_MEMCG
static struct task_struct *mm_task(const struct mm_struct *mm)
{
	struct task_struct *task;

	guard(rcu)();
	task = rcu_dereference(mm->owner);

	return task ? tryget_task_struct(task) : NULL;
}
#else
static struct task_struct *mm_task(const struct mm_struct *mm)
{
	return NULL;
}
#endif

/*
 * The leader of the process. Once it has exited or runs another program, which may
 * have other credentials: another task with the mm. Return: a reference, or NULL if
 * there is none.
 */
static struct task_struct *owner_task(const struct xe_svm_owner *owner)
{
	struct task_struct *task = get_pid_task(owner->tgid, PIDTYPE_TGID);

	if (task && READ_ONCE(task->mm) == owner->mm)
		return task;
	if (task)
		put_task_struct(task);

	return mm_task(owner->mm);
}

/*
 * Return: a reference to the credentials that @task has with the mm, or NULL. An exec
 * sets the mm before it commits the credentials of the new program.
 */
static const struct cred *task_cred_with_mm(struct task_struct *task,
					    const struct mm_struct *mm)
{
	const struct cred *cred = get_task_cred(task);

	/* Credentials, then the mm; pairs with the release of commit_creds() */
	smp_rmb();
	if (READ_ONCE(task->mm) == mm)
		return cred;
	put_cred(cred);

	return NULL;
}

/*
 * File systems compare the user with the owner of a quota, and capabilities of
 * a kernel thread would lift limits.
 */
static void cred_enter(struct xe_svm_stay *stay, struct task_struct *task)
{
	const struct xe_svm_owner *owner = stay->owner;
	const struct cred *cred = NULL;

	if (task)
		cred = task_cred_with_mm(task, owner->mm);
	if (!cred)
		cred = get_cred(owner->cred);

	stay->old_cred = override_creds(cred);
	put_cred(cred);
}

static void cred_leave(struct xe_svm_stay *stay)
{
	revert_creds(stay->old_cred);
}

#ifdef CONFIG_NUMA
/*
 * A thread drops a memory policy only by exiting: __mpol_put() is not exported.
 * Return: false if the thread has another policy.
 */
static bool policy_take(struct task_struct *task)
{
	struct mempolicy *policy;
	bool fits;

	task_lock(task);
	policy = task->mempolicy;
	fits = policy == current->mempolicy || !current->mempolicy;
	if (fits && policy != current->mempolicy) {
		mpol_get(policy);
		WRITE_ONCE(current->mempolicy, policy);
	}
	task_unlock(task);

	return fits;
}
#else
static bool policy_take(struct task_struct *task)
{
	return true;
}
#endif

#ifdef CONFIG_CPUSETS
static void mems_take(struct task_struct *task)
{
	nodemask_t mems;

	task_lock(task);
	mems = task->mems_allowed;
	task_unlock(task);

	if (!nodes_equal(mems, current->mems_allowed))
		set_mems_allowed(mems);
}
#else
static void mems_take(struct task_struct *task)
{
}
#endif

#ifdef CONFIG_BLK_CGROUP
static void blkcg_enter(struct xe_svm_stay *stay, struct task_struct *task)
{
	stay->blkcg = task_get_css(task, io_cgrp_id);
	kthread_associate_blkcg(stay->blkcg);
}

static void blkcg_leave(struct xe_svm_stay *stay)
{
	if (!stay->blkcg)
		return;

	kthread_associate_blkcg(NULL);
	css_put(stay->blkcg);
}
#else
static void blkcg_enter(struct xe_svm_stay *stay, struct task_struct *task)
{
}

static void blkcg_leave(struct xe_svm_stay *stay)
{
}
#endif

/**
 * xe_svm_owner_fits() - Can the current thread allocate as a process does?
 * @owner: the process
 *
 * Adopts the memory policy and the cpuset of the process.
 *
 * Context: a kernel thread that has not entered another owner.
 *
 * Return: false if the thread has the memory policy of another process, which
 * it keeps until it ends.
 */
bool xe_svm_owner_fits(struct xe_svm_owner *owner)
{
	struct task_struct *task = owner_task(owner);
	bool fits;

	/* The process has exited: no allocation for it will follow */
	if (!task)
		return true;

	fits = policy_take(task);
	if (fits)
		mems_take(task);
	put_task_struct(task);

	return fits;
}

static bool stay_begin_locked(struct xe_svm_owner *owner, struct xe_svm_stay *stay)
{
	lockdep_assert_held(&owners_lock);

	if (owner->gone || !mmget_not_zero(owner->mm))
		return false;

	list_add(&stay->link, &owner->stays);
	owner->nr_stays++;
	if (!nr_stays++)
		queue_delayed_work(system_unbound_wq, &watch,
				   msecs_to_jiffies(OWNER_WATCH_MS));

	return true;
}

static bool stay_begin(struct xe_svm_owner *owner, struct xe_svm_stay *stay)
{
	bool begun;

	spin_lock(&owners_lock);
	begun = stay_begin_locked(owner, stay);
	spin_unlock(&owners_lock);

	return begun;
}

static void stay_end(struct xe_svm_owner *owner, struct xe_svm_stay *stay)
{
	spin_lock(&owners_lock);
	list_del(&stay->link);
	owner->nr_stays--;
	nr_stays--;
	spin_unlock(&owners_lock);
}

/**
 * xe_svm_owner_enter() - Act for a process from here on
 * @owner: the process, which fits
 * @vm: the VM that is served, with a reference
 * @stay: filled in; xe_svm_owner_leave() ends it
 *
 * Context: a kernel thread that allows SIGKILL.
 *
 * Return: false if the process has no mm any more; then there is no stay.
 */
bool xe_svm_owner_enter(struct xe_svm_owner *owner, struct xe_vm *vm,
			struct xe_svm_stay *stay)
{
	struct task_struct *task;

	*stay = (struct xe_svm_stay) {
		.owner = owner,
		.vm = vm,
		.task = current,
	};
	if (!stay_begin(owner, stay))
		return false;

	kthread_use_mm(owner->mm);
	stay->memcg = get_mem_cgroup_from_mm(owner->mm);
	stay->old_memcg = set_active_memcg(stay->memcg);

	task = owner_task(owner);
	cred_enter(stay, task);
	if (task) {
		blkcg_enter(stay, task);
		put_task_struct(task);
	}

	return true;
}

/**
 * xe_svm_owner_leave() - End a stay
 * @stay: the stay
 *
 * Drops the mm, but never runs exit_mmap() itself. Clears a SIGKILL that ended
 * a wait.
 */
void xe_svm_owner_leave(struct xe_svm_stay *stay)
{
	struct xe_svm_owner *owner = stay->owner;

	blkcg_leave(stay);
	cred_leave(stay);
	set_active_memcg(stay->old_memcg);
	mem_cgroup_put(stay->memcg);
	kthread_unuse_mm(owner->mm);

	stay_end(owner, stay);
	mmput_async(owner->mm);
	flush_signals(current);
}

/**
 * xe_svm_owner_kill() - End the stays of a VM
 * @owner: the process
 * @vm: the VM, closed or its device unplugged, so that no new wait begins
 */
void xe_svm_owner_kill(struct xe_svm_owner *owner, struct xe_vm *vm)
{
	spin_lock(&owners_lock);
	stays_kill(owner, vm);
	spin_unlock(&owners_lock);
}

/**
 * xe_svm_owner_may_wait() - May one more fault of a process wait?
 * @owner: the process
 * @is_long: for a disk or user space, not only for locks and memory
 *
 * Return: false if the process has more waits than its GPUs can have faults.
 */
bool xe_svm_owner_may_wait(const struct xe_svm_owner *owner, bool is_long)
{
	unsigned int max = is_long ? OWNER_STAYS_MAX : 2 * OWNER_STAYS_MAX;

	return READ_ONCE(owner->nr_stays) < max;
}

/**
 * xe_svm_owner_alloc_nowait() - Allocate for a process without waiting
 * @owner: the process, charged if its cgroup has room
 * @size: how many bytes, zeroed
 *
 * Context: a thread that must not wait. Threads that stay with the process, and
 * the process itself, use %GFP_KERNEL_ACCOUNT.
 *
 * Return: the memory, or NULL if the allocation would have to wait.
 */
void *xe_svm_owner_alloc_nowait(struct xe_svm_owner *owner, size_t size)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_mm(owner->mm);
	struct mem_cgroup *old = set_active_memcg(memcg);
	void *memory;

	memory = kzalloc(size, GFP_NOWAIT | __GFP_ACCOUNT | __GFP_NOWARN);
	set_active_memcg(old);
	mem_cgroup_put(memcg);

	return memory;
}

/**
 * xe_svm_owner_module_exit() - Stop the check of owners
 *
 * All VMs have been destroyed, and all waiters have ended.
 */
void xe_svm_owner_module_exit(void)
{
	WARN_ON(!list_empty(&owners));
	cancel_delayed_work_sync(&watch);
}
