// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): in every kind of memory, the GPU reads data that the CPU wrote and
 * the CPU reads data that the GPU wrote.
 *
 * Desktop: may disturb it, sets vm.nr_hugepages
 */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define SIZE	(2 * SZ_2M)

FIXTURE(memory)
{
	struct gpu gpu;
	struct gpu_queue queue;
	volatile uint32_t *area;
};

/* NULL: this kind is not to be had here. */
FIXTURE_VARIANT(memory)
{
	void *(*get)(void);
};

static void *anonymous(void)
{
	return memory_anonymous(SIZE);
}

static void *huge_page(void)
{
	char *p = memory_map(SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	if (!p || madvise(p, SIZE, MADV_HUGEPAGE))
		return NULL;
	memset(p, 0, SIZE);
	return memory_smaps(p, "AnonHugePages") == SIZE ? p : NULL;
}

static void *hugetlb(void)
{
	FILE *pages = fopen("/proc/sys/vm/nr_hugepages", "w");

	if (!pages)
		return NULL;
	fprintf(pages, "%lu\n", SIZE / SZ_2M + 2);
	if (fclose(pages))
		return NULL;
	return memory_map(SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1);
}

static void *shared_anonymous(void)
{
	return memory_map(SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
}

static void *system_v(void)
{
	int id = shmget(IPC_PRIVATE, SIZE, IPC_CREAT | 0600);
	void *p = shmat(id, NULL, 0);

	shmctl(id, IPC_RMID, NULL);
	return p == (void *)-1 ? NULL : p;
}

static void *file(int flags)
{
	int fd = memory_file("/tmp", SIZE, 0);
	void *p;

	if (fd < 0)
		return NULL;
	p = memory_map(SIZE, PROT_READ | PROT_WRITE, flags, fd);
	close(fd);
	return p;
}

static void *shared_file(void)
{
	return file(MAP_SHARED);
}

static void *private_file(void)
{
	return file(MAP_PRIVATE);
}

static void *locked(void)
{
	void *p = memory_anonymous(SIZE);

	return p && !mlock(p, SIZE) ? p : NULL;
}

static void *heap(void)
{
	return calloc(1, SIZE);
}

static void *program_bss(void)
{
	static uint32_t bss[SIZE / sizeof(uint32_t)];

	return bss;
}

FIXTURE_VARIANT_ADD(memory, anonymous) { .get = anonymous, };
FIXTURE_VARIANT_ADD(memory, huge_page) { .get = huge_page, };
FIXTURE_VARIANT_ADD(memory, hugetlb) { .get = hugetlb, };
FIXTURE_VARIANT_ADD(memory, shared_anonymous) { .get = shared_anonymous, };
FIXTURE_VARIANT_ADD(memory, system_v) { .get = system_v, };
FIXTURE_VARIANT_ADD(memory, shared_file) { .get = shared_file, };
FIXTURE_VARIANT_ADD(memory, private_file) { .get = private_file, };
FIXTURE_VARIANT_ADD(memory, locked) { .get = locked, };
FIXTURE_VARIANT_ADD(memory, heap) { .get = heap, };
FIXTURE_VARIANT_ADD(memory, program_bss) { .get = program_bss, };

FIXTURE_SETUP(memory)
{
	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	mirror_start(_metadata, &self->gpu, &self->gpu.engines[0], &self->queue);
	self->area = variant->get();
	if (!self->area)
		SKIP(return, "this system has no memory of that kind");
}

FIXTURE_TEARDOWN(memory)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

/* The first and last word, and one on both sides of the middle. */
static const size_t words[] = {
	0, SIZE / 8 - 1, SIZE / 8, SIZE / 4 - 1,
};

TEST_F_TIMEOUT(memory, cpu_writes_gpu_reads, GPU_TEST_TIMEOUT)
{
	int64_t before = gpu_faults(&self->gpu);
	uint32_t value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		self->area[words[i]] = 0x5a000000 + i;
		value = 0;
		EXPECT_EQ(0, gpu_read(&self->queue, &self->area[words[i]], &value));
		EXPECT_EQ(0x5a000000 + i, value);
	}
	EXPECT_LT(before, gpu_faults(&self->gpu));
}

TEST_F_TIMEOUT(memory, gpu_writes_cpu_reads, GPU_TEST_TIMEOUT)
{
	int64_t before = gpu_faults(&self->gpu);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		gpu_batch_store(&self->queue, &self->area[words[i]], 0xa5000000 + i);
	EXPECT_EQ(0, gpu_run(&self->queue));
	for (i = 0; i < ARRAY_SIZE(words); i++)
		EXPECT_EQ(0xa5000000 + i, self->area[words[i]]);
	EXPECT_LT(before, gpu_faults(&self->gpu));
}

TEST_HARNESS_MAIN
