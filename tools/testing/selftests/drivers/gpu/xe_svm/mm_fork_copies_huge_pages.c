// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): after fork() parent and child have separate copies of huge pages
 * (transparent and hugetlb) that the GPU wrote, and share them if the mapping
 * is shared.
 *
 * After anon_write_huge, anon_write_hugetlbfs, compound and exclusive_cow of
 * mm/hmm-tests.c.
 *
 * Desktop: may disturb it, sets vm.nr_hugepages
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"
#include "lib/pressure.h"

#define BEFORE		0x4a9e0001
#define BY_GPU		0x4a9e0002
#define BY_CHILD	0x4a9e0003
/* A word in the middle: the whole 2 MiB has to be right. */
#define WORD		(SZ_2M / 8 + 5)

FIXTURE(huge)
{
	struct gpu gpu;
	struct gpu_queue queue;
	volatile uint32_t *area;
};

FIXTURE_VARIANT(huge)
{
	int flags;
	const char *is_huge;	/* field of smaps */
};

FIXTURE_VARIANT_ADD(huge, transparent) {
	.flags = MAP_PRIVATE, .is_huge = "AnonHugePages",
};
FIXTURE_VARIANT_ADD(huge, hugetlb) {
	.flags = MAP_PRIVATE | MAP_HUGETLB, .is_huge = "Private_Hugetlb",
};
FIXTURE_VARIANT_ADD(huge, shared_hugetlb) {
	.flags = MAP_SHARED | MAP_HUGETLB, .is_huge = "Private_Hugetlb",
};

FIXTURE_SETUP(huge)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	if (pressure_set("/proc/sys/vm/nr_hugepages", "6"))
		SKIP(return, "no huge pages");
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->area = memory_map(SZ_2M, PROT_READ | PROT_WRITE,
				variant->flags | MAP_ANONYMOUS, -1);
	ASSERT_NE(NULL, self->area);
	if (!(variant->flags & MAP_HUGETLB))
		ASSERT_EQ(0, madvise((void *)self->area, SZ_2M, MADV_HUGEPAGE));
	ASSERT_EQ(0, gpu_write(&self->queue, &self->area[WORD], BEFORE));
	ASSERT_EQ(SZ_2M, memory_smaps((void *)self->area, variant->is_huge));
}

FIXTURE_TEARDOWN(huge)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* A child that checks after a message; its exit status is the result. */
static pid_t looker(volatile uint32_t *word, uint32_t expected, int *go)
{
	int ends[2];
	char token;
	pid_t child;

	if (pipe(ends))
		return -1;
	child = fork();
	if (!child) {
		alarm(60);
		close(ends[1]);
		_exit(read(ends[0], &token, 1) || *word != expected);
	}
	close(ends[0]);
	*go = ends[1];
	return child;
}

static int look(pid_t child, int go)
{
	int status = -1;

	close(go);
	return waitpid(child, &status, 0) == child ? status : -1;
}

TEST_F_TIMEOUT(huge, gpu_writes_after_fork, GPU_TEST_TIMEOUT)
{
	bool shared = variant->flags & MAP_SHARED;
	int64_t before;
	pid_t child;
	int go;

	child = looker(&self->area[WORD], shared ? BY_GPU : BEFORE, &go);
	ASSERT_LT(0, child);
	before = gpu_faults(&self->gpu);
	EXPECT_EQ(0, gpu_write(&self->queue, &self->area[WORD], BY_GPU));
	if (!shared)
		EXPECT_LT(before, gpu_faults(&self->gpu));
	EXPECT_EQ(BY_GPU, self->area[WORD]);
	EXPECT_EQ(0, look(child, go));
}

TEST_F_TIMEOUT(huge, child_writes_after_fork, GPU_TEST_TIMEOUT)
{
	bool shared = variant->flags & MAP_SHARED;
	uint32_t value = 0;
	int status = -1;
	pid_t child;

	child = fork();
	if (!child) {
		self->area[WORD] = BY_CHILD;
		_exit(0);
	}
	ASSERT_LT(0, child);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, gpu_read(&self->queue, &self->area[WORD], &value));
	EXPECT_EQ(shared ? BY_CHILD : BEFORE, value);
}

/* The whole page is unmapped at once, on the GPU as well. */
TEST_F_TIMEOUT(huge, err_unmapped, GPU_TEST_TIMEOUT)
{
	uint32_t value;

	ASSERT_EQ(0, munmap((void *)self->area, SZ_2M));
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, &self->area[WORD], &value));
}

TEST_F_TIMEOUT(huge, given_back_reads_zero, GPU_TEST_TIMEOUT)
{
	uint32_t value = 1;

	ASSERT_EQ(0, madvise((void *)self->area, SZ_2M,
			     variant->flags & MAP_SHARED ? MADV_REMOVE : MADV_DONTNEED));
	EXPECT_EQ(0, gpu_read(&self->queue, &self->area[WORD], &value));
	EXPECT_EQ(0, value);
	EXPECT_EQ(0, gpu_write(&self->queue, &self->area[WORD], BY_GPU));
	EXPECT_EQ(BY_GPU, self->area[WORD]);
}

TEST_F_TIMEOUT(huge, readonly_write_refused, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0;

	ASSERT_EQ(0, mprotect((void *)self->area, SZ_2M, PROT_READ));
	EXPECT_EQ(0, gpu_read(&self->queue, &self->area[WORD], &value));
	EXPECT_EQ(BEFORE, value);
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, &self->area[WORD], BY_GPU));
	EXPECT_EQ(BEFORE, self->area[WORD]);
}

TEST_HARNESS_MAIN
