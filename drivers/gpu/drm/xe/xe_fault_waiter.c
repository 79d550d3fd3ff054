// SPDX-License-Identifier: MIT
/*
 * Waiters: threads that wait for the memory of processes, instead of the
 * workers.
 *
 * Rule: queueing work never waits. Each piece of work has a thread of its own
 * for as long as it waits: threads are created while there is work without one,
 * and end when they have been idle for a while. Short work is taken first. Must
 * never happen here: a limit on how many threads wait, other than the faults
 * the hardware can raise.
 */

#include "xe_fault_waiter.h"

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "xe_svm.h"
#include "xe_svm_owner.h"
#include "xe_svm_pages.h"
#include "xe_vm_types.h"

/* How long a thread may be idle, and how long to wait for memory for one. */
#define WAITER_IDLE_MS	10000
#define WAITER_AGAIN_MS	20

/* struct waiter - one thread */
struct waiter {
	struct task_struct *task;
	/* In the list of idle or retired ones; protected by the lock */
	struct list_head link;
	/* Assigned while it was idle; protected by the lock */
	struct xe_fault_wait *wait;
	/* Has not requested work yet; protected by the lock */
	bool is_new;
	/* Is about to be stopped; protected by the lock */
	bool ends;
	/* Start of the idle time, in jiffies */
	unsigned long since;
};

static void waiters_make(struct work_struct *work);
static void waiters_reap(struct work_struct *work);

static struct {
	/* Protects what follows, and the links and work of threads */
	spinlock_t lock;
	/* Work without a thread: short, and long */
	struct list_head queue[2];
	unsigned int nr_queued;
	/* Threads without work, the most recent first */
	struct list_head idle;
	/* Threads that take no more work */
	struct list_head retired;
	/* Threads that were created and have not requested work yet */
	unsigned int nr_new;
	/* All threads */
	unsigned int nr_threads;
	struct delayed_work make;
	struct delayed_work reap;
} waiters = {
	.lock = __SPIN_LOCK_UNLOCKED(waiters.lock),
	.queue = {
		LIST_HEAD_INIT(waiters.queue[0]),
		LIST_HEAD_INIT(waiters.queue[1]),
	},
	.idle = LIST_HEAD_INIT(waiters.idle),
	.retired = LIST_HEAD_INIT(waiters.retired),
	.make = __DELAYED_WORK_INITIALIZER(waiters.make, waiters_make, 0),
	.reap = __DELAYED_WORK_INITIALIZER(waiters.reap, waiters_reap, 0),
};

static struct xe_fault_wait *queue_first(void)
{
	struct xe_fault_wait *wait;

	lockdep_assert_held(&waiters.lock);

	wait = list_first_entry_or_null(&waiters.queue[0], typeof(*wait), link);
	if (!wait)
		wait = list_first_entry_or_null(&waiters.queue[1],
						typeof(*wait), link);

	return wait;
}

static void queue_add(struct xe_fault_wait *wait)
{
	lockdep_assert_held(&waiters.lock);

	list_add_tail(&wait->link, &waiters.queue[wait->is_long]);
	waiters.nr_queued++;
	queue_delayed_work(system_unbound_wq, &waiters.make, 0);
}

/* Return: work for a thread; or NULL, and the thread is idle. */
static struct xe_fault_wait *waiter_take_locked(struct waiter *waiter)
{
	struct xe_fault_wait *wait;

	lockdep_assert_held(&waiters.lock);

	if (waiter->is_new)
		waiters.nr_new--;
	waiter->is_new = false;

	wait = waiter->wait;
	waiter->wait = NULL;
	if (wait)
		return wait;

	if (waiter->ends)
		return NULL;

	list_del_init(&waiter->link);
	wait = queue_first();
	if (wait) {
		list_del(&wait->link);
		waiters.nr_queued--;
		return wait;
	}

	waiter->since = jiffies;
	list_add(&waiter->link, &waiters.idle);
	queue_delayed_work(system_unbound_wq, &waiters.reap,
			   msecs_to_jiffies(WAITER_IDLE_MS));

	return NULL;
}

static struct xe_fault_wait *waiter_take(struct waiter *waiter)
{
	struct xe_fault_wait *wait;

	spin_lock(&waiters.lock);
	wait = waiter_take_locked(waiter);
	spin_unlock(&waiters.lock);

	return wait;
}

/* Sleep until there is work. Return: NULL if the thread has to end. */
static struct xe_fault_wait *waiter_next(struct waiter *waiter)
{
	struct xe_fault_wait *wait;

	while (!kthread_should_stop()) {
		set_current_state(TASK_IDLE);
		wait = waiter_take(waiter);
		if (wait) {
			__set_current_state(TASK_RUNNING);
			return wait;
		}
		if (!kthread_should_stop())
			schedule();
	}
	__set_current_state(TASK_RUNNING);

	return NULL;
}

static void waiter_run(struct xe_fault_wait *wait)
{
	struct xe_svm_stay stay;
	bool mm_lives;

	mm_lives = xe_svm_owner_enter(wait->vm->svm.owner, wait->vm, &stay);
	wait->run(wait, mm_lives);
	if (mm_lives)
		xe_svm_owner_leave(&stay);
	wait->release(wait);
}

/* Pass the work on to another thread, and retire. */
static void waiter_retire(struct waiter *waiter, struct xe_fault_wait *wait)
{
	scoped_guard(spinlock, &waiters.lock) {
		queue_add(wait);
		list_add(&waiter->link, &waiters.retired);
		mod_delayed_work(system_unbound_wq, &waiters.reap, 0);
	}

	while (!kthread_should_stop()) {
		set_current_state(TASK_IDLE);
		if (!kthread_should_stop())
			schedule();
	}
	__set_current_state(TASK_RUNNING);
}

static int waiter_main(void *arg)
{
	struct waiter *waiter = arg;
	struct xe_fault_wait *wait;

	allow_kernel_signal(SIGKILL);
	/*
	 * A move to a cgroup would rebind the memory policy, which a process may own.
	 * So does the hotplug of a NUMA node, which nothing prevents.
	 */
	current->flags |= PF_NO_SETAFFINITY;
	/* Like the workers of the fault queues: the GPU waits for it */
	set_user_nice(current, MIN_NICE);

	while ((wait = waiter_next(waiter))) {
		if (xe_svm_owner_fits(wait->vm->svm.owner))
			waiter_run(wait);
		else
			waiter_retire(waiter, wait);
	}

	return 0;
}

static int waiter_create(void)
{
	struct waiter *waiter;

	waiter = kzalloc(sizeof(*waiter), GFP_KERNEL);
	if (!waiter)
		return -ENOMEM;

	waiter->is_new = true;
	INIT_LIST_HEAD(&waiter->link);
	waiter->task = kthread_create(waiter_main, waiter, "xe-svm-waiter");
	if (IS_ERR(waiter->task)) {
		kfree(waiter);
		return -ENOMEM;
	}

	scoped_guard(spinlock, &waiters.lock) {
		waiters.nr_new++;
		waiters.nr_threads++;
	}
	wake_up_process(waiter->task);

	return 0;
}

static bool more_wanted(void)
{
	bool more;

	spin_lock(&waiters.lock);
	more = waiters.nr_queued > waiters.nr_new;
	spin_unlock(&waiters.lock);

	return more;
}

static void waiters_make(struct work_struct *work)
{
	while (more_wanted()) {
		if (waiter_create()) {
			queue_delayed_work(system_unbound_wq, &waiters.make,
					   msecs_to_jiffies(WAITER_AGAIN_MS));
			return;
		}
		cond_resched();
	}
}

/* Take a thread that has to end off its list, the longest idle one first. */
static struct waiter *reap_next_locked(bool all)
{
	unsigned long old = jiffies - msecs_to_jiffies(WAITER_IDLE_MS);
	struct waiter *waiter;

	lockdep_assert_held(&waiters.lock);

	waiter = list_first_entry_or_null(&waiters.retired, typeof(*waiter),
					  link);
	if (!waiter && !list_empty(&waiters.idle)) {
		waiter = list_last_entry(&waiters.idle, typeof(*waiter), link);
		if (!all && time_after(waiter->since, old)) {
			queue_delayed_work(system_unbound_wq, &waiters.reap,
					   msecs_to_jiffies(WAITER_IDLE_MS));
			return NULL;
		}
	}
	if (waiter) {
		list_del_init(&waiter->link);
		waiter->ends = true;
	}

	return waiter;
}

static struct waiter *reap_next(bool all)
{
	struct waiter *waiter;

	spin_lock(&waiters.lock);
	waiter = reap_next_locked(all);
	spin_unlock(&waiters.lock);

	return waiter;
}

static void reap(bool all)
{
	struct waiter *waiter;

	while ((waiter = reap_next(all))) {
		kthread_stop(waiter->task);
		kfree(waiter);
		scoped_guard(spinlock, &waiters.lock)
			waiters.nr_threads--;
	}
}

static void waiters_reap(struct work_struct *work)
{
	reap(false);
}

/**
 * xe_fault_waiter_queue() - Queue work for a thread that may wait
 * @wait: the work, with all members set except &xe_fault_wait.link
 *
 * Context: process context; never waits.
 */
void xe_fault_waiter_queue(struct xe_fault_wait *wait)
{
	struct waiter *waiter;

	spin_lock(&waiters.lock);
	waiter = list_first_entry_or_null(&waiters.idle, typeof(*waiter), link);
	if (waiter) {
		list_del_init(&waiter->link);
		waiter->wait = wait;
		wake_up_process(waiter->task);
	} else {
		queue_add(wait);
	}
	spin_unlock(&waiters.lock);
}

/**
 * xe_fault_waiter_module_exit() - End all threads, and free their shared state
 *
 * All VMs have been destroyed, so no work is left and none can be queued.
 */
void xe_fault_waiter_module_exit(void)
{
	cancel_delayed_work_sync(&waiters.make);
	/* The thread that destroyed the last VM may not be idle yet */
	while (READ_ONCE(waiters.nr_threads)) {
		cancel_delayed_work_sync(&waiters.reap);
		reap(true);
		if (READ_ONCE(waiters.nr_threads))
			msleep(20);
	}
	cancel_delayed_work_sync(&waiters.reap);
	xe_svm_owner_module_exit();
	xe_svm_scratch_free();
}
