// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C10): whichever allocation of an operation fails, the operation reports
 * an error or works without it; the VM stays usable, the same operation
 * succeeds afterwards, and nothing leaks.
 *
 * Each operation is repeated with its first, second, ... allocation failing,
 * until none is left to fail. A kernel that cannot do that is a skip; a scan
 * with kmemleak afterwards finds leaks of kmalloc memory.
 *
 * Needs: failslab
 * Logs: drm_sched_init.*out of memory
 * Desktop: may disturb it, makes allocations of the kernel fail
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/advice.h"
#include "lib/failnth.h"
#include "lib/mirror_fixture.h"
#include "lib/syncobj.h"
#include "lib/trace.h"

/* No operation here makes more allocations than that. */
#define MAX_NTH		1000
/* A worker may be created after the others were prepared, and serve a fault. */
#define MAX_UNSEEN	10
#define WINDOW		(512 * 1024 * 1024UL)
#define WINDOWS		256UL
#define SETTLE_MS	10000
#define TIMEOUT		1500
#define REPLY		"xe_svm_reply"

FIXTURE(failing)
{
	struct gpu gpu;
	struct gpu_queue queue;
	/* Mapped for the GPU all the time, to see that the VM still works. */
	volatile uint32_t *witness;
	/* Reserved addresses: each fault can have a window of its own. */
	char *windows;
	unsigned int windows_used;
	/* Objects of the operation under test. */
	volatile uint32_t *area;
	uint32_t bo;
	uint32_t syncobj;
	uint32_t vm;
	struct gpu other;
	/* Figures of the device while nothing of this test was there. */
	int64_t mapped_before, tables_before, leaked_before;
};

/* struct operation - the operation whose allocations fail */
struct operation {
	/* Nothing fails here. */
	int (*prepare)(FIXTURE_DATA(failing) *self);
	int (*act)(FIXTURE_DATA(failing) *self);
	int (*undo)(FIXTURE_DATA(failing) *self);
	/* Error of @act if an allocation fails; 0: it has no such error. */
	int want_err;
	/* Or this: an array of binds returns -ENOBUFS if it can be split and retried. */
	int want_err_alt;
	/* Allocations of the fault workers count, not those of the caller. */
	bool in_worker;
};

static int64_t stat_of(const struct gpu *gpu, const char *name)
{
	uint64_t value;
	int err = gpu_stat(gpu, name, &value);

	return err ? err : (int64_t)value;
}

static int64_t mapped(const struct gpu *gpu)
{
	return stat_of(gpu, "svm_mapped_page_count") - stat_of(gpu, "svm_unmapped_page_count");
}

/* Bytes of system memory in buffer objects, page tables among them. */
static int64_t tables(const struct gpu *gpu)
{
	unsigned long long value = 0;
	char line[128], path[96];
	int64_t bytes = -ENOENT;
	FILE *file;

	snprintf(path, sizeof(path), "%s/gtt_mm", gpu->debugfs);
	file = fopen(path, "r");
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, " usage: %llu", &value) == 1)
			bytes = value;
	fclose(file);
	return bytes;
}

FIXTURE_SETUP(failing)
{
	if (failnth_setup())
		SKIP(return, "this kernel cannot fail allocations (CONFIG_FAILSLAB)");
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	self->mapped_before = mapped(&self->gpu);
	self->leaked_before = stat_of(&self->gpu, "svm_leaked_page_count");
	gpu_close(&self->gpu);
	usleep(500000);
	self->tables_before = tables(&self->gpu);
	ASSERT_LE(0, self->tables_before);

	ASSERT_EQ(0, gpu_open(&self->gpu));
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->witness = memory_anonymous(SZ_4K);
	self->windows = mmap(NULL, (WINDOWS + 1) * WINDOW, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ASSERT_NE(NULL, self->witness);
	ASSERT_NE(MAP_FAILED, (void *)self->windows);
	self->windows += WINDOW - (uintptr_t)self->windows % WINDOW;
	ASSERT_EQ(0, gpu_write(&self->queue, self->witness, 1));
}

/* Everything is closed: the device must be as it was, after a while. */
FIXTURE_TEARDOWN(failing)
{
	int waited;

	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
	for (waited = 0; waited < SETTLE_MS; waited += 100) {
		if (mapped(&self->gpu) == self->mapped_before &&
		    tables(&self->gpu) == self->tables_before)
			break;
		usleep(100000);
	}
	EXPECT_EQ(self->mapped_before, mapped(&self->gpu));
	EXPECT_EQ(self->tables_before, tables(&self->gpu));
	EXPECT_EQ(self->leaked_before, stat_of(&self->gpu, "svm_leaked_page_count"));
}

static int arm(struct failnth *failnth, const struct operation *operation, unsigned int nth)
{
	return operation->in_worker ? failnth_arm_fault_workers(failnth, nth) :
		failnth_arm_self(failnth, nth);
}

/* A queue with a reported error is banned; everything else must work. */
static void usable(struct __test_metadata *_metadata, FIXTURE_DATA(failing) *self, int err)
{
	uint32_t seen = 0;

	if (err == REFUSED)
		ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	*self->witness += 1;
	ASSERT_EQ(0, gpu_read(&self->queue, self->witness, &seen));
	EXPECT_EQ(*self->witness, seen);
}

/* One round. Return: the result of the allocation. */
static struct failnth_result fail_once(struct __test_metadata *_metadata,
				       FIXTURE_DATA(failing) *self,
				       const struct operation *operation, unsigned int nth,
				       unsigned int *reported)
{
	struct failnth_result result = {};
	struct failnth failnth;
	int err;

	EXPECT_EQ(0, operation->prepare(self));
	EXPECT_EQ(0, arm(&failnth, operation, nth));
	err = operation->act(self);
	result = failnth_disarm(&failnth);

	if (err) {
		EXPECT_TRUE(err == operation->want_err || err == operation->want_err_alt)
			TH_LOG("allocation %u failing: %s", nth, strerror(-err));
		EXPECT_NE(0, result.failed);
		usable(_metadata, self, err);
		EXPECT_EQ(0, operation->act(self));
		++*reported;
	}
	EXPECT_EQ(0, operation->undo(self));
	return result;
}

static void fail_each(struct __test_metadata *_metadata, FIXTURE_DATA(failing) *self,
		      const struct operation *operation)
{
	unsigned int nth = 1, reported = 0, failed = 0, unseen = 0;
	struct failnth_result result;

	while (nth < MAX_NTH) {
		result = fail_once(_metadata, self, operation, nth, &reported);
		if (_metadata->exit_code)
			break;
		if (result.failed) {
			failed++;
			nth++;
			continue;
		}
		/* The nth was not reached: none is left, or another thread did the work. */
		if (result.passed || ++unseen > MAX_UNSEEN)
			break;
	}
	usable(_metadata, self, 0);
	TH_LOG("%u allocations failed in turn: %u reported, %u recovered", failed, reported,
	       failed - reported);
	EXPECT_EQ(!operation->want_err, !failed);
	EXPECT_GT(MAX_NTH, nth);
}

static int nothing(FIXTURE_DATA(failing) *self)
{
	return 0;
}

/* VM_BIND */

static int reserve(FIXTURE_DATA(failing) *self)
{
	self->area = mmap(NULL, SZ_2M, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return (void *)self->area == MAP_FAILED ? -errno : 0;
}

static int unreserve(FIXTURE_DATA(failing) *self)
{
	return munmap((void *)self->area, SZ_2M) ? -errno : 0;
}

static int split_mirror(FIXTURE_DATA(failing) *self)
{
	return gpu_unbind(&self->gpu, (uintptr_t)self->area, SZ_2M);
}

static int close_hole(FIXTURE_DATA(failing) *self)
{
	return gpu_bind_mirror(&self->gpu, (uintptr_t)self->area, SZ_2M, 0);
}

static int close_hole_and_unreserve(FIXTURE_DATA(failing) *self)
{
	return close_hole(self) ?: unreserve(self);
}

static int reserve_and_split(FIXTURE_DATA(failing) *self)
{
	return reserve(self) ?: split_mirror(self);
}

static int reserve_with_bo(FIXTURE_DATA(failing) *self)
{
	return reserve(self) ?: gpu_bo_create(&self->gpu, SZ_2M, &self->bo);
}

static int bind_bo(FIXTURE_DATA(failing) *self)
{
	struct drm_xe_vm_bind_op op = gpu_op_bo(self->bo, (uintptr_t)self->area, SZ_2M);

	op.flags |= DRM_XE_VM_BIND_FLAG_IMMEDIATE;
	return gpu_bind_ops(&self->gpu, &op, 1);
}

static int drop_bo(FIXTURE_DATA(failing) *self)
{
	int err = close_hole_and_unreserve(self);

	gpu_bo_destroy(&self->gpu, self->bo);
	return err;
}

static int reserve_and_bind_bo(FIXTURE_DATA(failing) *self)
{
	return reserve_with_bo(self) ?: bind_bo(self);
}

static int bind_array(FIXTURE_DATA(failing) *self)
{
	uint64_t start = (uintptr_t)self->area;
	struct drm_xe_vm_bind_op ops[] = {
		gpu_op_unmap(start, SZ_64K),
		gpu_op_bo(self->bo, start + SZ_64K, SZ_64K),
		gpu_op_mirror(start, SZ_64K),
		gpu_op_unmap(start + 2 * SZ_64K, SZ_64K),
	};

	return gpu_bind_ops(&self->gpu, ops, 4);
}

/* The fence for @self->area's hole waits for one more. */
static int reserve_behind_fence(FIXTURE_DATA(failing) *self)
{
	int err = reserve(self);

	return err ?: syncobj_create(self->gpu.fd, DRM_SYNCOBJ_CREATE_SIGNALED, &self->syncobj);
}

/* What fails is not done. */
static int split_mirror_behind_fence(FIXTURE_DATA(failing) *self)
{
	struct drm_xe_sync sync = {
		.type = DRM_XE_SYNC_TYPE_SYNCOBJ,
		.handle = self->syncobj,
	};
	struct drm_xe_vm_bind bind = {
		.vm_id = self->gpu.vm,
		.num_binds = 1,
		.bind = gpu_op_unmap((uintptr_t)self->area, SZ_2M),
		.num_syncs = 1,
		.syncs = (uintptr_t)&sync,
	};

	if (!ioctl(self->gpu.fd, DRM_IOCTL_XE_VM_BIND, &bind))
		return 0;
	if (errno == ENOMEM && advice_query(&self->gpu, (void *)self->area, SZ_2M, NULL, 0) != 1)
		return -EUCLEAN;
	return -errno;
}

static int close_hole_and_destroy_fence(FIXTURE_DATA(failing) *self)
{
	struct drm_syncobj_destroy args = { .handle = self->syncobj };

	if (ioctl(self->gpu.fd, DRM_IOCTL_SYNCOBJ_DESTROY, &args))
		return -errno;
	return close_hole_and_unreserve(self);
}

TEST_F_TIMEOUT(failing, bind_splits_mirror, TIMEOUT)
{
	fail_each(_metadata, self, &(struct operation) {
		.prepare = reserve, .act = split_mirror, .want_err = -ENOMEM,
		.undo = close_hole_and_unreserve,
	});
}

TEST_F_TIMEOUT(failing, bind_splits_mirror_behind_fence, TIMEOUT)
{
	fail_each(_metadata, self, &(struct operation) {
		.prepare = reserve_behind_fence, .act = split_mirror_behind_fence,
		.want_err = -ENOMEM,
		.undo = close_hole_and_destroy_fence,
	});
}

TEST_F_TIMEOUT(failing, bind_mirror_closes_hole, TIMEOUT)
{
	fail_each(_metadata, self, &(struct operation) {
		.prepare = reserve_and_split, .act = close_hole, .want_err = -ENOMEM,
		.undo = unreserve,
	});
}

TEST_F_TIMEOUT(failing, bind_bo_over_mirror, TIMEOUT)
{
	fail_each(_metadata, self, &(struct operation) {
		.prepare = reserve_with_bo, .act = bind_bo, .want_err = -ENOMEM,
		.undo = drop_bo,
	});
}

TEST_F_TIMEOUT(failing, bind_mirror_over_bo, TIMEOUT)
{
	fail_each(_metadata, self, &(struct operation) {
		.prepare = reserve_and_bind_bo, .act = close_hole, .want_err = -ENOMEM,
		.undo = drop_bo,
	});
}

TEST_F_TIMEOUT(failing, bind_array, TIMEOUT)
{
	fail_each(_metadata, self, &(struct operation) {
		.prepare = reserve_with_bo, .act = bind_array, .want_err = -ENOBUFS,
		.want_err_alt = -ENOMEM,
		.undo = drop_bo,
	});
}

/* Advice and prefetch */

/* Pieces of their own in the middle, so that a change of all of them has to be undone. */
static int reserve_with_advice(FIXTURE_DATA(failing) *self)
{
	char *area;
	int err = reserve(self);

	area = (char *)self->area;
	return err ?: advise_pat(&self->gpu, area + SZ_64K, SZ_64K, 1) ?:
		advise_atomic(&self->gpu, area + 4 * SZ_64K, SZ_64K, DRM_XE_ATOMIC_CPU);
}

static int advise_all(FIXTURE_DATA(failing) *self)
{
	char *area = (char *)self->area;
	int before = advice_query(&self->gpu, area, SZ_2M, NULL, 0);
	int err = advise_atomic(&self->gpu, area, SZ_2M, DRM_XE_ATOMIC_GLOBAL);

	if (before < 1)
		return before;
	/* All or nothing */
	if (err && advice_query(&self->gpu, area, SZ_2M, NULL, 0) != before)
		return -EBADMSG;
	return err;
}

static int query_all(FIXTURE_DATA(failing) *self)
{
	struct drm_xe_mem_range_attr attrs[16];
	int nr = advice_query(&self->gpu, (void *)self->area, SZ_2M, attrs, 16);

	if (nr < 0)
		return nr;
	return nr == 5 ? 0 : -EBADMSG;
}

static int forget_and_unreserve(FIXTURE_DATA(failing) *self)
{
	return gpu_bind_mirror_whole(&self->gpu) ?: unreserve(self);
}

TEST_F_TIMEOUT(failing, advice_is_taken, TIMEOUT)
{
	fail_each(_metadata, self, &(struct operation) {
		.prepare = reserve_with_advice, .act = advise_all, .want_err = -ENOMEM,
		.undo = forget_and_unreserve,
	});
}

TEST_F_TIMEOUT(failing, advice_is_reported, TIMEOUT)
{
	fail_each(_metadata, self, &(struct operation) {
		.prepare = reserve_with_advice, .act = query_all, .want_err = -ENOMEM,
		.undo = forget_and_unreserve,
	});
}

#define PIECES	16

/* Advice with so many pieces that a change of all of them allocates several times. */
static int advise_pieces(FIXTURE_DATA(failing) *self)
{
	char *area;
	unsigned int i;
	int err = reserve(self);

	area = (char *)self->area;
	for (i = 0; !err && i < PIECES; i += 2)
		err = advise_pat(&self->gpu, area + i * SZ_4K, SZ_4K, 1);
	return err;
}

/* Wherever memory runs out on the way, all pieces are as before. */
TEST_F_TIMEOUT(failing, advice_is_undone, TIMEOUT)
{
	struct drm_xe_mem_range_attr before[2 * PIECES] = {}, after[2 * PIECES] = {};
	unsigned int bytes, refused = 0;
	size_t size;
	int err, nr;

	ASSERT_EQ(0, advise_pieces(self));
	nr = advice_query(&self->gpu, (void *)self->area, SZ_2M, before, 2 * PIECES);
	ASSERT_LT(PIECES / 2, nr);
	size = nr * sizeof(*before);
	for (bytes = 0; bytes < SZ_64K; bytes += 256) {
		ASSERT_EQ(0, failnth_beyond("xe_svm_attr_apply", bytes));
		err = advise_atomic(&self->gpu, (void *)self->area, SZ_2M, DRM_XE_ATOMIC_GLOBAL);
		ASSERT_EQ(0, failnth_beyond(NULL, 0));
		if (!err)
			break;
		refused++;
		ASSERT_EQ(-ENOMEM, err);
		ASSERT_EQ(nr, advice_query(&self->gpu, (void *)self->area, SZ_2M, after,
					   2 * PIECES));
		ASSERT_EQ(0, memcmp(before, after, size))
			TH_LOG("after %u bytes", bytes);
	}
	EXPECT_EQ(0, err);
	EXPECT_LT(2, refused);
	EXPECT_EQ(0, unreserve(self));
}

/* In a window of its own, with every other page absent */
static int map_to_prefetch(FIXTURE_DATA(failing) *self)
{
	char *window = self->windows + self->windows_used++ % WINDOWS * WINDOW;
	unsigned int i;

	self->area = mmap(window, SZ_2M, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if ((void *)self->area == MAP_FAILED)
		return -errno;
	madvise((void *)self->area, SZ_2M, MADV_NOHUGEPAGE);
	for (i = 0; i < SZ_2M; i += 2 * SZ_4K)
		self->area[i / 4] = i;
	return 0;
}

static int prefetch_area(FIXTURE_DATA(failing) *self)
{
	return gpu_prefetch(&self->gpu, (void *)self->area, SZ_2M);
}

static int unmap_prefetched(FIXTURE_DATA(failing) *self)
{
	return mmap((void *)self->area, SZ_2M, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) ==
		MAP_FAILED ? -errno : 0;
}

TEST_F_TIMEOUT(failing, prefetch, TIMEOUT)
{
	fail_each(_metadata, self, &(struct operation) {
		.prepare = map_to_prefetch, .act = prefetch_area, .want_err = -ENOMEM,
		.undo = unmap_prefetched,
	});
}

/* Faults */

static int map_window(FIXTURE_DATA(failing) *self, int prot)
{
	char *at = self->windows + self->windows_used++ % WINDOWS * WINDOW;

	self->area = mmap(at, SZ_2M, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	return (void *)self->area == MAP_FAILED ? -errno : 0;
}

/* The addresses stay reserved. */
static int unmap_window(FIXTURE_DATA(failing) *self)
{
	void *at = mmap((void *)self->area, SZ_2M, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);

	return at == MAP_FAILED ? -errno : 0;
}

static int map_untouched(FIXTURE_DATA(failing) *self)
{
	return map_window(self, PROT_READ | PROT_WRITE) ?:
		madvise((void *)self->area, SZ_2M, MADV_NOHUGEPAGE);
}

static int map_touched(FIXTURE_DATA(failing) *self)
{
	int err = map_untouched(self);

	if (!err)
		memset((void *)self->area, 1, SZ_64K);
	return err;
}

static int map_huge(FIXTURE_DATA(failing) *self)
{
	int err = map_window(self, PROT_READ | PROT_WRITE);

	if (!err)
		memset((void *)self->area, 1, SZ_2M);
	return err;
}

static int touch(FIXTURE_DATA(failing) *self)
{
	return gpu_write(&self->queue, self->area, 0xa110c);
}

static int read_word(FIXTURE_DATA(failing) *self)
{
	uint32_t seen;

	return gpu_read(&self->queue, self->area, &seen);
}

/* The zero page, which the GPU can only read. */
static int map_read(FIXTURE_DATA(failing) *self)
{
	return map_untouched(self) ?: read_word(self);
}

TEST_F_TIMEOUT(failing, fault_write_untouched, TIMEOUT)
{
	fail_each(_metadata, self, &(struct operation) {
		.prepare = map_untouched, .act = touch, .undo = unmap_window,
		.want_err = REFUSED, .in_worker = true,
	});
}

TEST_F_TIMEOUT(failing, fault_read_touched, TIMEOUT)
{
	fail_each(_metadata, self, &(struct operation) {
		.prepare = map_touched, .act = read_word, .undo = unmap_window,
		.want_err = REFUSED, .in_worker = true,
	});
}

TEST_F_TIMEOUT(failing, fault_write_huge, TIMEOUT)
{
	fail_each(_metadata, self, &(struct operation) {
		.prepare = map_huge, .act = touch, .undo = unmap_window,
		.want_err = REFUSED, .in_worker = true,
	});
}

TEST_F_TIMEOUT(failing, fault_upgrade, TIMEOUT)
{
	fail_each(_metadata, self, &(struct operation) {
		.prepare = map_read, .act = touch, .undo = unmap_window,
		.want_err = REFUSED, .in_worker = true,
	});
}

/*
 * No page for the CPU, twice: in a service that does not wait for disks, and in the one
 * that may, which tries again.
 */
TEST_F_TIMEOUT(failing, fault_waits_for_memory, TIMEOUT)
{
	int err, left;

	ASSERT_EQ(0, map_untouched(self));
	ASSERT_EQ(0, failnth_beyond("xe_svm_wait", 0));
	err = touch(self);
	left = failnth_left();
	ASSERT_EQ(0, failnth_beyond(NULL, 0));
	EXPECT_EQ(0, err);
	EXPECT_EQ(0, left);
	usable(_metadata, self, err);
	EXPECT_EQ(0, unmap_window(self));
}

static bool is_shortage(int pid, const char *fields, void *arg)
{
	unsigned long long addr;
	int err;

	return sscanf(fields, "asid=%*u addr=%llx access=%*u err=%d", &addr, &err) == 2 &&
		addr == (uintptr_t)arg && err == -ENOMEM;
}

/* Memory that stays short ends the queue, with that cause, and nothing else. */
static void refused_for_memory(struct __test_metadata *_metadata, FIXTURE_DATA(failing) *self,
			       int (*prepare)(FIXTURE_DATA(failing) *self))
{
	int err;

	ASSERT_EQ(0, prepare(self));
	ASSERT_EQ(0, trace_start(REPLY));
	ASSERT_EQ(0, failnth_always("waiter_main"));
	err = touch(self);
	ASSERT_EQ(0, failnth_always(NULL));
	trace_stop(REPLY);
	EXPECT_EQ(REFUSED, err);
	EXPECT_EQ(1, trace_count(REPLY, is_shortage, (void *)self->area));
	usable(_metadata, self, err);
	EXPECT_EQ(0, touch(self));
	EXPECT_EQ(0, unmap_window(self));
}

TEST_F_TIMEOUT(failing, fault_without_memory_is_refused, TIMEOUT)
{
	refused_for_memory(_metadata, self, map_untouched);
}

TEST_F_TIMEOUT(failing, fault_without_driver_memory_is_refused, TIMEOUT)
{
	refused_for_memory(_metadata, self, map_touched);
}

/* Invalidation: the callback allocates nothing, the mm around it does. */

static int map_and_touch(FIXTURE_DATA(failing) *self)
{
	return map_touched(self) ?: touch(self);
}

static int unmap_middle(FIXTURE_DATA(failing) *self)
{
	return munmap((char *)self->area + SZ_4K, SZ_4K) ? -errno : 0;
}

static int protect_middle(FIXTURE_DATA(failing) *self)
{
	return mprotect((char *)self->area + SZ_4K, SZ_4K, PROT_READ) ? -errno : 0;
}

TEST_F_TIMEOUT(failing, invalidate_by_munmap, TIMEOUT)
{
	fail_each(_metadata, self, &(struct operation) {
		.prepare = map_and_touch, .act = unmap_middle, .undo = unmap_window,
		.want_err = -ENOMEM,
	});
}

TEST_F_TIMEOUT(failing, invalidate_by_mprotect, TIMEOUT)
{
	fail_each(_metadata, self, &(struct operation) {
		.prepare = map_and_touch, .act = protect_middle, .undo = unmap_window,
		.want_err = -ENOMEM,
	});
}

/* The life of a VM */

static int create_vm(FIXTURE_DATA(failing) *self)
{
	return gpu_vm_create(self->gpu.fd, DRM_XE_VM_CREATE_FLAG_LR_MODE |
			     DRM_XE_VM_CREATE_FLAG_FAULT_MODE, &self->vm);
}

static int destroy_vm(FIXTURE_DATA(failing) *self)
{
	return gpu_vm_destroy(self->gpu.fd, self->vm);
}

/* A GPU of its own, with a page mapped. */
static int open_other(FIXTURE_DATA(failing) *self)
{
	struct gpu_queue queue;
	int err;

	err = map_touched(self) ?: gpu_open(&self->other);
	if (!err)
		err = gpu_bind_mirror_whole(&self->other) ?:
			gpu_control_in_memory(&self->other) ?:
			gpu_queue_create(&self->other, &self->other.engines[0], &queue) ?:
			gpu_write(&queue, self->area, 2);
	return err;
}

/* Cannot report an error, and has no allocation that could fail. */
static int close_other(FIXTURE_DATA(failing) *self)
{
	gpu_close(&self->other);
	return 0;
}

static int unmap_other(FIXTURE_DATA(failing) *self)
{
	free(self->other.control.base);
	return unmap_window(self);
}

TEST_F_TIMEOUT(failing, create, TIMEOUT)
{
	fail_each(_metadata, self, &(struct operation) {
		.prepare = nothing, .act = create_vm, .undo = destroy_vm,
		.want_err = -ENOMEM,
	});
}

TEST_F_TIMEOUT(failing, close, TIMEOUT)
{
	fail_each(_metadata, self, &(struct operation) {
		.prepare = open_other, .act = close_other, .undo = unmap_other,
	});
}

TEST_HARNESS_MAIN
