/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Make the nth allocation of a task fail, once (CONFIG_FAILSLAB,
 * CONFIG_FAIL_PAGE_ALLOC and /proc/<pid>/fail-nth). The task is the caller, or
 * whatever worker of the kernel serves the GPU's faults: of workers only those
 * allocations count that are made in the service of a fault.
 */
#ifndef XE_SVM_LIB_FAILNTH_H
#define XE_SVM_LIB_FAILNTH_H

#define FAILNTH_MAX_TASKS	256

/**
 * struct failnth - tasks that wait for their nth allocation
 */
struct failnth {
	/** @fd: /proc/<pid>/fail-nth of each */
	int fd[FAILNTH_MAX_TASKS];
	/** @num: how many of @fd are open */
	unsigned int num;
	/** @nth: the allocation that fails */
	unsigned int nth;
};

/**
 * struct failnth_result - allocations failed and passed
 */
struct failnth_result {
	/** @failed: allocations that were made to fail */
	unsigned int failed;
	/** @passed: allocations that were counted and succeeded */
	unsigned int passed;
};

/* -ENOENT: this kernel cannot. */
int failnth_setup(void);
int failnth_arm_self(struct failnth *failnth, unsigned int nth);
int failnth_arm_fault_workers(struct failnth *failnth, unsigned int nth);
struct failnth_result failnth_disarm(struct failnth *failnth);

/*
 * Fail every @nth allocation below a function, of any task, if it may not wait; 1: all of
 * them. NULL: stop failing allocations. -ESRCH: the kernel has no such function.
 */
int failnth_below(const char *function, unsigned int nth);
/* All of them, also if they may wait */
int failnth_always(const char *function);
/*
 * The same, but the next four fail once all are more than @bytes together: a store into a
 * maple tree asks for memory that may not wait and again, and so does the wait for memory
 * that follows. If more failed, the tree would ask for ever.
 */
int failnth_beyond(const char *function, unsigned int bytes);
/* How many page allocations failnth_beyond() has yet to fail, or -errno */
int failnth_left(void);

#endif
