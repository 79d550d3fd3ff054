/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interface of selftests to a GPU driven by xe: a VM, binds, a queue, a few
 * commands, and counters of events.
 *
 * Rule: every call returns 0 or a negative errno and every wait is bounded.
 * Nothing here asserts; that is the business of the test.
 *
 * One GPU address space has one struct gpu. It belongs to the process that
 * opened it: a mirror shows that process' memory and no other.
 */
#ifndef XE_SVM_LIB_GPU_H
#define XE_SVM_LIB_GPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <drm/drm.h>
#include <drm/xe_drm.h>

#define SZ_4K		0x1000UL
#define SZ_64K		0x10000UL
#define SZ_2M		0x200000UL
#define SZ_1G		0x40000000UL

#define GPU_MAX_ENGINES	16
#define GPU_MAX_GTS		4

/* Two-way coherent and write-back, for ordinary memory on Xe2. */
#define GPU_PAT_WB		2
/* Not coherent with the CPU's caches; reserved; out of the table (Xe2). */
#define GPU_PAT_INCOHERENT	3
#define GPU_PAT_RESERVED	16
#define GPU_PAT_OUT_OF_RANGE	32

#define GPU_MAX_QUEUES	16

/* A userptr's address: nothing of the CPU is there. Commands want its canonical form. */
#define GPU_USERPTR_ADDR	(1ULL << 47)
#define GPU_USERPTR		((void *)-GPU_USERPTR_ADDR)

/**
 * struct gpu_control - where batches, their fences and their results live
 *
 * Jobs are built here by the CPU and fetched from here by the GPU: a page for
 * every queue.
 */
struct gpu_control {
	/** @base: CPU and GPU address; NULL until a gpu_control_in_*() call */
	char *base;
	/** @bo: the buffer object, 0 when @base is ordinary process memory */
	uint32_t bo;
	/** @pages_taken: bit n is set while a queue uses page n */
	uint32_t pages_taken;
};

/**
 * struct gpu - an open device with one VM
 */
struct gpu {
	/* immutable after gpu_open() */
	int fd;
	uint32_t vm;
	uint64_t config_flags;
	unsigned int va_bits;
	unsigned int num_gts;
	unsigned int num_engines;
	struct drm_xe_engine_class_instance engines[GPU_MAX_ENGINES];
	char sysfs[64];
	char debugfs[64];

	struct gpu_control control;
	/** @bind_fence: written by the kernel when a bind is complete */
	uint64_t bind_fence;
	uint64_t bind_seqno;
	/* GTs that had a queue, a bit for each: their TLBs may know the VM */
	uint32_t gts_used;
};

/**
 * struct gpu_queue - a queue of one engine and the batch being built for it
 */
struct gpu_queue {
	/* immutable after gpu_queue_create() */
	struct gpu *gpu;
	struct drm_xe_engine_class_instance engine;
	unsigned int page;

	/** @id: the kernel's name for it; another one after gpu_queue_renew() */
	uint32_t id;
	/** @seqno: the last fence value requested */
	uint64_t seqno;
	/** @fence: written by the ring when a batch is done */
	volatile uint64_t *fence;
	/** @result: destination of the GPU's copy in gpu_read() */
	volatile uint32_t *result;
	/** @batch: @len dwords of it are built so far */
	uint32_t *batch;
	unsigned int len;
	/** @code: of threads that this batch starts, behind it in the page; or NULL */
	const uint32_t *code;
};

/**
 * struct gpu_vm_section - the driver's description of a VM that can mirror
 */
struct gpu_vm_section {
	/** @asid: the driver's ID of the VM */
	uint32_t asid;
	/** @pid: the process whose memory it mirrors */
	pid_t pid;
	/** @comm: that process's name, escaped */
	char comm[64];
};

/* How gpu_batch_touch() and gpu_batch_kernel_touch() access. */
enum gpu_touch { GPU_TOUCH_READ, GPU_TOUCH_WRITE, GPU_TOUCH_INCREMENT };

/* device.c: open, describe, close */
int gpu_open(struct gpu *gpu);
void gpu_close(struct gpu *gpu);
bool gpu_has_mirror(const struct gpu *gpu);
uint64_t gpu_va_size(const struct gpu *gpu);
int gpu_bus_name(const struct gpu *gpu, char *name, size_t size);
int gpu_ask_for_reset(const struct gpu *gpu);
/* Of any GT; returns after it. Needs root. */
int gpu_reset_gt(const struct gpu *gpu, unsigned int gt);
const struct drm_xe_engine_class_instance *
gpu_find_engine(const struct gpu *gpu, unsigned int engine_class);

/* vm.c: VMs and binds */
int gpu_vm_create(int fd, uint32_t flags, uint32_t *vm);
int gpu_vm_destroy(int fd, uint32_t vm);
int gpu_bind_ops(struct gpu *gpu, const struct drm_xe_vm_bind_op *ops, unsigned int num_ops);
/* Returns before the bind is done, which waits for the fence of the syncobj. */
int gpu_bind_behind(struct gpu *gpu, const struct drm_xe_vm_bind_op *op, uint32_t syncobj);
int gpu_bind_mirror(struct gpu *gpu, uint64_t addr, uint64_t range, uint32_t flags);
int gpu_bind_mirror_whole(struct gpu *gpu);
/* At GPU_USERPTR_ADDR */
int gpu_bind_userptr(struct gpu *gpu, void *memory, uint64_t range);
int gpu_prefetch(struct gpu *gpu, const void *addr, uint64_t range);
int gpu_unbind(struct gpu *gpu, uint64_t addr, uint64_t range);
struct drm_xe_vm_bind_op gpu_op_mirror(uint64_t addr, uint64_t range);
/* Into whatever memory region was advised, or else of the kernel's choice. */
struct drm_xe_vm_bind_op gpu_op_prefetch(uint64_t addr, uint64_t range);
struct drm_xe_vm_bind_op gpu_op_unmap(uint64_t addr, uint64_t range);
struct drm_xe_vm_bind_op gpu_op_bo(uint32_t bo, uint64_t addr, uint64_t range);

/* buffer.c: buffer objects at addresses that mmap() chose */
int gpu_bo_create(struct gpu *gpu, uint64_t size, uint32_t *bo);
void gpu_bo_destroy(struct gpu *gpu, uint32_t bo);
int gpu_bo_map_cpu(struct gpu *gpu, uint32_t bo, void *addr, uint64_t size);
int gpu_bo_place(struct gpu *gpu, uint64_t size, uint32_t *bo, void **addr);

/* TLB invalidations sent to a GT by a change that needs @flushes of them */
static inline unsigned int gpu_gt_flushes(const struct gpu *gpu, unsigned int gt,
					  unsigned int flushes)
{
	return gpu->gts_used & (1u << gt) ? flushes : 0;
}

/* queue.c: run a batch and wait for it, not forever */
int gpu_control_in_memory(struct gpu *gpu);
int gpu_control_in_bo(struct gpu *gpu);
int gpu_queue_create(struct gpu *gpu, const struct drm_xe_engine_class_instance *engine,
		     struct gpu_queue *queue);
int gpu_idle_queues_create(const struct gpu *gpu, const struct drm_xe_engine_class_instance *engine,
			   unsigned int count);
int gpu_bind_queue_create(int fd, uint32_t *queue);
int gpu_open_mirrored(struct gpu *gpu, int (*control)(struct gpu *gpu),
		      struct gpu_queue *queue);
void gpu_queue_destroy(struct gpu_queue *queue);
int gpu_queue_renew(struct gpu_queue *queue);
int gpu_submit(struct gpu_queue *queue, uint64_t batch_addr);
int gpu_start(struct gpu_queue *queue);
int gpu_start_behind(struct gpu_queue *queue, uint32_t syncobj);
int gpu_wait(struct gpu_queue *queue);
int gpu_run(struct gpu_queue *queue);

/* batch.c: commands every engine has; the GPU's hands */
void gpu_batch_store(struct gpu_queue *queue, volatile void *addr, uint32_t value);
void gpu_batch_copy(struct gpu_queue *queue, volatile void *to, const volatile void *from);
void gpu_batch_copy_bytes(struct gpu_queue *queue, volatile void *to, const volatile void *from,
			  uint32_t size);
void gpu_batch_increment(struct gpu_queue *queue, volatile void *addr);
void gpu_batch_repeat(struct gpu_queue *queue);
void gpu_batch_wait(struct gpu_queue *queue, const volatile uint32_t *word, uint32_t value);
void gpu_batch_touch(struct gpu_queue *queue, volatile void *start, uint32_t count,
		     uint32_t stride, enum gpu_touch access);
void gpu_batch_finish(struct gpu_queue *queue);
/* @len more dwords, to be filled in. Ends a test whose batch reaches the code. */
uint32_t *gpu_batch_take(struct gpu_queue *queue, unsigned int len);
int gpu_write(struct gpu_queue *queue, volatile void *addr, uint32_t value);
int gpu_read(struct gpu_queue *queue, const volatile void *addr, uint32_t *value);
int gpu_increment(struct gpu_queue *queue, volatile void *addr);

/*
 * kernel.c: the same by threads of the GPU, each with one access. @stride: 0 or a multiple of
 * 64 below 4 MiB
 */
bool gpu_engine_has_threads(const struct drm_xe_engine_class_instance *engine);
void gpu_batch_kernel_touch(struct gpu_queue *queue, volatile void *start, uint32_t count,
			    uint32_t stride, enum gpu_touch access);

/* gt_stats.c: the driver's own figures (debugfs gtN/stats, summed over GTs) */
int gpu_stat(const struct gpu *gpu, const char *name, uint64_t *value);
int64_t gpu_faults(const struct gpu *gpu);

/* vm_stats.c: counters of the mirror of each VM (debugfs svm) */
int gpu_vm_sections(const struct gpu *gpu, pid_t pid, struct gpu_vm_section *sections,
		    unsigned int max);
int gpu_vm_stat(const struct gpu *gpu, uint32_t asid, const char *name, uint64_t *value);

/* parameter.c: the driver's module parameters */
#define XE_PARAMETER_SIZE	32
int xe_parameter_get(const char *name, char *value, size_t size);
int xe_parameter_set(const char *name, const char *value);

#endif
