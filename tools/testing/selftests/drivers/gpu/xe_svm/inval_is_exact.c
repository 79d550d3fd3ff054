// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C6, P4): an event flushes from the GPU's TLB the addresses that it covers,
 * and no more than the smallest flush of the hardware requires; if nothing is
 * mapped nothing is flushed; no event of one process flushes everything.
 *
 * On Linux 7.3, MADV_DONTNEED of 4 KiB unmaps its 2 MiB and flushes 16 MiB, and
 * an exit flushes the whole GPU.
 *
 * Desktop: emulated GPU only
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"

#define PAGES		16
#define BLOCKS		32
#define WINDOWS		3
#define WINDOW_SIZE	(512UL << 20)
/* The smallest flush inside a 2 MiB entry: 16 MiB. */
#define HUGE_FLUSH	(8 * SZ_2M)
/* The driver frees the tables of a block 100 ms after its last page at the earliest. */
#define TABLES_KEPT_MS	90
#define MAX_TRIES	20
#define ALONE_TRIES	500
#define ALONE_POLL_US	10000

FIXTURE(flush)
{
	struct gpu gpu;
	struct gpu_queue queue;
	struct gpu_model model;
	/* Each GT has its own TLBs and gets its own invalidation. */
	struct {
		int64_t full, ranges, bytes;
	} gt[GPU_MAX_GTS];
};

/*
 * The process of the test before may still be ending, and the model counts its flushes, too.
 * Linux 7.3 does not list VMs.
 */
static int wait_until_alone(const struct gpu *gpu)
{
	struct gpu_vm_section sections[2];
	unsigned int tries = 0;
	int num;

	while ((num = gpu_vm_sections(gpu, 0, sections, 2)) > 1) {
		if (++tries == ALONE_TRIES)
			return -ETIME;
		usleep(ALONE_POLL_US);
	}
	return num < 0 && num != -ENOENT ? num : 0;
}

FIXTURE_SETUP(flush)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (gpu_model_open(&self->gpu, &self->model))
		SKIP(return, "not an emulated GPU: no counter");
	ASSERT_EQ(0, wait_until_alone(&self->gpu))
		TH_LOG("another VM that can mirror lives on");
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
}

FIXTURE_TEARDOWN(flush)
{
	gpu_model_close(&self->model);
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static void start_count(FIXTURE_DATA(flush) *self)
{
	unsigned int i;

	for (i = 0; i < self->gpu.num_gts; i++) {
		self->gt[i].full = gpu_model_count_in(&self->model, i, "TLB_INVAL_FULL");
		self->gt[i].ranges = gpu_model_count_in(&self->model, i, "TLB_INVAL_RANGE");
		self->gt[i].bytes = gpu_model_count_in(&self->model, i, "TLB_INVAL_BYTES");
	}
}

static void no_full_flush(struct __test_metadata *_metadata, FIXTURE_DATA(flush) *self)
{
	unsigned int i;

	for (i = 0; i < self->gpu.num_gts; i++)
		EXPECT_EQ(self->gt[i].full, gpu_model_count_in(&self->model, i, "TLB_INVAL_FULL"));
}

/* So many flushes of so many bytes at most, in each GT that the VM has run on. */
static void flushed(struct __test_metadata *_metadata, FIXTURE_DATA(flush) *self,
		    int64_t ranges, uint64_t bytes)
{
	unsigned int i;

	no_full_flush(_metadata, self);
	for (i = 0; i < self->gpu.num_gts; i++) {
		EXPECT_EQ(gpu_gt_flushes(&self->gpu, i, ranges),
			  gpu_model_count_in(&self->model, i, "TLB_INVAL_RANGE") -
			  self->gt[i].ranges);
		EXPECT_GE(gpu_gt_flushes(&self->gpu, i, bytes),
			  gpu_model_count_in(&self->model, i, "TLB_INVAL_BYTES") -
			  self->gt[i].bytes);
	}
}

static int gpu_fills(struct gpu_queue *queue, char *area)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		gpu_batch_store(queue, area + i * SZ_4K, i + 1);
	return gpu_run(queue);
}

TEST_F_TIMEOUT(flush, of_one_page, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(SZ_2M);
	uint64_t clusters = 0, after = 0;
	int64_t before;
	unsigned int i;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_cluster_count", &clusters));
	ASSERT_EQ(0, gpu_fills(&self->queue, area));
	ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_cluster_count", &after));
	ASSERT_EQ(clusters, after)
		TH_LOG("populated one after the other, and yet mapped as 64 KiB");
	start_count(self);
	ASSERT_EQ(0, madvise(area + 5 * SZ_4K, SZ_4K, MADV_DONTNEED));
	flushed(_metadata, self, 1, SZ_4K);

	before = gpu_faults(&self->gpu);
	for (i = 0; i < PAGES; i++)
		if (i != 5)
			gpu_batch_increment(&self->queue, area + i * SZ_4K);
	ASSERT_EQ(0, gpu_run(&self->queue));
	EXPECT_EQ(before, gpu_faults(&self->gpu));
}

TEST_F_TIMEOUT(flush, of_a_part_of_a_huge_page, GPU_TEST_TIMEOUT)
{
	char *area = memory_map(SZ_2M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, madvise(area, SZ_2M, MADV_HUGEPAGE));
	memset(area, 1, SZ_2M);
	if (memory_smaps(area, "AnonHugePages") != SZ_2M)
		SKIP(return, "the kernel gave no huge page");
	ASSERT_EQ(0, gpu_fills(&self->queue, area));
	start_count(self);
	ASSERT_EQ(0, madvise(area + 5 * SZ_4K, SZ_4K, MADV_DONTNEED));
	flushed(_metadata, self, 1, HUGE_FLUSH);
}

/* The siblings: beside the mapped page, and in a block without one. */
TEST_F_TIMEOUT(flush, of_nothing, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(2 * SZ_2M);

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, gpu_fills(&self->queue, area));
	memset(area + SZ_2M / 2, 1, SZ_2M);
	start_count(self);
	ASSERT_EQ(0, madvise(area + SZ_2M / 2, SZ_4K, MADV_DONTNEED));
	ASSERT_EQ(0, madvise(area + SZ_2M, SZ_2M, MADV_DONTNEED));
	flushed(_metadata, self, 0, 0);
}

static int live_in_many_blocks(void)
{
	char *area = memory_anonymous(BLOCKS * SZ_2M);
	struct gpu_queue queue;
	struct gpu gpu;
	int i, err = gpu_open(&gpu);

	if (!err)
		err = gpu_bind_mirror_whole(&gpu);
	if (!err)
		err = gpu_control_in_memory(&gpu);
	if (!err)
		err = gpu_queue_create(&gpu, &gpu.engines[0], &queue);
	if (err || !area)
		return 1;
	for (i = 0; i < BLOCKS; i++)
		gpu_batch_store(&queue, area + i * SZ_2M, i);
	return gpu_run(&queue) != 0;
}

/* Others keep their translations: an exit is no reason to flush the whole GPU. */
TEST_F_TIMEOUT(flush, of_an_exit, GPU_TEST_TIMEOUT)
{
	int status = -1;
	pid_t child;

	start_count(self);
	child = fork();
	if (!child)
		_exit(live_in_many_blocks());
	ASSERT_LT(0, child);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	no_full_flush(_metadata, self);
}

/* A page in each of a few windows of the driver, which are 512 MiB by default. */
static char *far_apart(void)
{
	char *area = memory_map(WINDOWS * WINDOW_SIZE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);

	return area;
}

static int gpu_fills_windows(struct gpu_queue *queue, char *area)
{
	unsigned int i;

	for (i = 0; i < WINDOWS; i++)
		gpu_batch_store(queue, area + i * WINDOW_SIZE, i + 1);
	return gpu_run(queue);
}

static int64_t all_flushes(FIXTURE_DATA(flush) *self, unsigned int gt)
{
	return gpu_model_count_in(&self->model, gt, "TLB_INVAL_FULL") +
		gpu_model_count_in(&self->model, gt, "TLB_INVAL_RANGE");
}

/* Of this VM alone, as the driver counts them. */
static int own_flushes(FIXTURE_DATA(flush) *self, uint64_t *count)
{
	struct gpu_vm_section section;
	int num = gpu_vm_sections(&self->gpu, getpid(), &section, 1);

	if (num != 1)
		return num < 0 ? num : -ENOENT;
	return gpu_vm_stat(&self->gpu, section.asid, "svm_tlb_inval_count", count);
}

struct munmap_count {
	uint64_t before, after;
	int64_t of_gt[GPU_MAX_GTS];
};

/* Return: whether it was counted before the emptied page tables are freed, which flushes again. */
static bool count_munmap(struct __test_metadata *_metadata, FIXTURE_DATA(flush) *self,
			 struct munmap_count *count)
{
	char *area = far_apart();
	unsigned int i;
	int64_t start;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, gpu_fills_windows(&self->queue, area));
	ASSERT_EQ(0, own_flushes(self, &count->before));
	for (i = 0; i < self->gpu.num_gts; i++)
		count->of_gt[i] = -all_flushes(self, i);
	start = clock_ms();
	ASSERT_EQ(0, munmap(area, WINDOWS * WINDOW_SIZE));
	for (i = 0; i < self->gpu.num_gts; i++)
		count->of_gt[i] += all_flushes(self, i);
	ASSERT_EQ(0, own_flushes(self, &count->after));
	return clock_ms() - start < TABLES_KEPT_MS;
}

/* However far apart its pages are: one munmap, one flush. */
TEST_F_TIMEOUT(flush, of_many_windows, GPU_TEST_TIMEOUT)
{
	struct munmap_count count = { 0 };
	unsigned int i, tries;

	for (tries = 1; !count_munmap(_metadata, self, &count); tries++)
		ASSERT_GT(MAX_TRIES, tries)
			TH_LOG("the machine is too slow to count the flushes of a munmap");
	for (i = 0; i < self->gpu.num_gts; i++)
		EXPECT_EQ(gpu_gt_flushes(&self->gpu, i, 1), count.of_gt[i]);
	EXPECT_EQ(count.before + 1, count.after);
}

/* The sibling: a page of the CPU's alone in each window costs no flush. */
TEST_F_TIMEOUT(flush, of_many_windows_with_nothing, GPU_TEST_TIMEOUT)
{
	char *area = far_apart();
	int64_t flushes[GPU_MAX_GTS];
	unsigned int i;

	ASSERT_NE(NULL, area);
	for (i = 0; i < WINDOWS; i++)
		area[i * WINDOW_SIZE] = 1;
	for (i = 0; i < self->gpu.num_gts; i++)
		flushes[i] = all_flushes(self, i);
	ASSERT_EQ(0, munmap(area, WINDOWS * WINDOW_SIZE));
	for (i = 0; i < self->gpu.num_gts; i++)
		EXPECT_EQ(flushes[i], all_flushes(self, i));
}

/*
 * A VM that begins to use the media GT is flushed there from then on, and not before: the
 * TLBs of that GT have nothing of it.
 */
TEST_F_TIMEOUT(flush, of_another_gt_once_it_is_used, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(SZ_2M);
	struct gpu_queue other;
	unsigned int i, gt;
	uint32_t value;

	for (i = 0; i < self->gpu.num_engines; i++)
		if (self->gpu.engines[i].gt_id != self->queue.engine.gt_id)
			break;
	if (i == self->gpu.num_engines)
		SKIP(return, "the engines are all on one GT");
	gt = self->gpu.engines[i].gt_id;

	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, gpu_fills(&self->queue, area));
	start_count(self);
	ASSERT_EQ(0, madvise(area, SZ_4K, MADV_DONTNEED));
	flushed(_metadata, self, 1, SZ_4K);
	EXPECT_EQ(0, gpu_gt_flushes(&self->gpu, gt, 1));

	ASSERT_EQ(0, gpu_queue_create(&self->gpu, &self->gpu.engines[i], &other));
	ASSERT_EQ(1, gpu_gt_flushes(&self->gpu, gt, 1));
	ASSERT_EQ(0, gpu_read(&other, area + SZ_4K, &value));
	EXPECT_EQ(2, value);
	start_count(self);
	ASSERT_EQ(0, madvise(area + SZ_4K, SZ_4K, MADV_DONTNEED));
	flushed(_metadata, self, 1, SZ_4K);
	ASSERT_EQ(0, gpu_read(&other, area + SZ_4K, &value));
	EXPECT_EQ(0, value);

	/* The bit stays after the queue was destroyed: contexts end later than queues */
	gpu_queue_destroy(&other);
	start_count(self);
	ASSERT_EQ(0, madvise(area + 2 * SZ_4K, SZ_4K, MADV_DONTNEED));
	flushed(_metadata, self, 1, SZ_4K);
}

/* Reports when it uses many windows, and exits after a message. */
static int live_in_many_windows(int ready, int go)
{
	struct gpu_queue queue;
	char *area = far_apart(), token;
	struct gpu gpu;
	int err = gpu_open(&gpu);

	if (!err)
		err = gpu_bind_mirror_whole(&gpu);
	if (!err)
		err = gpu_control_in_memory(&gpu);
	if (!err)
		err = gpu_queue_create(&gpu, &gpu.engines[0], &queue);
	if (err || !area || gpu_fills_windows(&queue, area))
		return 1;
	return write(ready, "r", 1) != 1 || read(go, &token, 1) != 1;
}

TEST_F_TIMEOUT(flush, of_an_exit_with_many_windows, GPU_TEST_TIMEOUT)
{
	uint64_t before = 0, after = 0;
	int ready[2], go[2], status = -1;
	pid_t child;
	char token;

	ASSERT_EQ(0, pipe(ready) | pipe(go));
	child = fork();
	if (!child)
		_exit(live_in_many_windows(ready[1], go[0]));
	ASSERT_LT(0, child);
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &token, 1));
	ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_tlb_inval_count", &before));
	ASSERT_EQ(1, write(go[1], "g", 1));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, gpu_stat(&self->gpu, "svm_tlb_inval_count", &after));
	EXPECT_EQ(before + 1, after);
}

TEST_HARNESS_MAIN
