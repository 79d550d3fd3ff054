// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): a program's stack is shared like any other memory: the GPU reads
 * and writes its variables, also after it grew. It grows by accesses of the CPU
 * only; an access below it is refused.
 *
 * Desktop: harmless
 */
#include <sys/mman.h>
#include <sys/resource.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define FRAME	SZ_64K

MIRROR_ON_COPY_ENGINE();

static void frame_is_shared(struct __test_metadata *_metadata, struct gpu_queue *queue,
			    unsigned int depth)
{
	volatile uint32_t frame[FRAME / sizeof(uint32_t)];
	uint32_t value = 0;

	frame[0] = 0x57ac0000 + depth;
	EXPECT_EQ(0, gpu_read(queue, &frame[0], &value));
	EXPECT_EQ(0x57ac0000 + depth, value);
	if (depth)
		frame_is_shared(_metadata, queue, depth - 1);

	/* The callers' frames, too: the GPU writes them on the way back. */
	EXPECT_EQ(0, gpu_write(queue, &frame[1], 0x57ad0000 + depth));
	EXPECT_EQ(0x57ac0000 + depth, frame[0]);
	EXPECT_EQ(0x57ad0000 + depth, frame[1]);
}

TEST_F_TIMEOUT(mirror, variables, GPU_TEST_TIMEOUT)
{
	int64_t before = gpu_faults(&self->gpu);

	frame_is_shared(_metadata, &self->queue, 0);
	EXPECT_LT(before, gpu_faults(&self->gpu));
}

TEST_F_TIMEOUT(mirror, grown, GPU_TEST_TIMEOUT)
{
	frame_is_shared(_metadata, &self->queue, 40);
}

TEST_F_TIMEOUT(mirror, err_below_its_limit, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0;
	struct rlimit limit;
	uintptr_t below;

	ASSERT_EQ(0, getrlimit(RLIMIT_STACK, &limit));
	if (limit.rlim_cur == RLIM_INFINITY)
		SKIP(return, "the stack has no limit");
	below = ((uintptr_t)&limit & ~(SZ_4K - 1)) - limit.rlim_cur - SZ_2M;
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, (void *)below, &value));
}

/* A mapping that grows down, with room for it. */
static char *growing_page(void)
{
	size_t room = 2 * SZ_2M;
	char *area = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *page;

	if (area == MAP_FAILED || munmap(area, room))
		return NULL;
	page = mmap(area + room - SZ_4K, SZ_4K, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		    MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, -1, 0);
	return page == MAP_FAILED ? NULL : page;
}

TEST_F_TIMEOUT(mirror, err_gpu_makes_it_grow, GPU_TEST_TIMEOUT)
{
	char *top = growing_page();
	volatile uint32_t *below = (volatile uint32_t *)(top - SZ_4K);
	uint32_t value = 0;

	ASSERT_NE(NULL, top);
	EXPECT_EQ(0, gpu_write(&self->queue, top, 0x57ae0001));
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, below, 0x57ae0002));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, below, &value));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(-ENOENT, memory_smaps((void *)below, "Size"))
		TH_LOG("it grew");

	/* The control: by the CPU it grows, and then the GPU has it, too. */
	*below = 0x57ae0003;
	EXPECT_EQ(2 * SZ_4K, memory_smaps((void *)below, "Size"));
	EXPECT_EQ(0, gpu_read(&self->queue, below, &value));
	EXPECT_EQ(0x57ae0003, value);
	EXPECT_EQ(0, gpu_write(&self->queue, below, 0x57ae0004));
	EXPECT_EQ(0x57ae0004, *below);
}

TEST_HARNESS_MAIN
