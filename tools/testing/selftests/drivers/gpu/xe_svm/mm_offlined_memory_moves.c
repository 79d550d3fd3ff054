// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C4, C8): when a block of memory is taken offline its pages move, and the
 * data that the GPU wrote moves along: its next access reaches the new pages.
 *
 * Boot: movablecore=1G
 * Desktop: may disturb it, takes memory offline
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib/access_fixture.h"
#include "lib/child.h"
#include "lib/pressure.h"

#define MEMORY		"/sys/devices/system/memory/"
#define PAGES		64
#define VALUE		0x0ff11000
/* A block that cannot go offline is tried for this long. */
#define OFFLINE_S	20
#define TRIES		4

static int64_t block_bytes(void)
{
	unsigned long long bytes = 0;
	FILE *file = fopen(MEMORY "block_size_bytes", "r");

	if (!file)
		return -errno;
	if (fscanf(file, "%llx", &bytes) != 1)
		bytes = 0;
	fclose(file);
	return bytes;
}

struct state {
	char path[64];
	const char *value;
};

/* In a process of its own: the kernel tries until a signal comes. */
static int sets(int fd, void *arg)
{
	struct state *state = arg;

	alarm(OFFLINE_S);
	return pressure_set(state->path, state->value) ? 1 : 0;
}

static bool set_state(int64_t block, const char *value)
{
	struct state state = { .value = value };
	struct child child;
	int status = -1;

	snprintf(state.path, sizeof(state.path), MEMORY "memory%lld/state", (long long)block);
	return !child_start(&child, sets, &state) &&
		child_ended(&child, &status, (OFFLINE_S + 5) * 1000) && !status;
}

/* Written memory, in one block whose number is returned, or -errno. */
static int64_t write_area(FIXTURE_DATA(access) *self, char *area, int64_t bytes,
			  int64_t pfn[PAGES])
{
	int i, err = touch_write(self->by, area, PAGES * SZ_4K, SZ_4K, VALUE);

	if (err)
		return err;
	for (i = 0; i < PAGES; i++)
		pfn[i] = memory_pfn(area + i * SZ_4K);
	return pfn[0] > 0 ? pfn[0] * SZ_4K / bytes : -EPERM;
}

/*
 * Pages of the kernel may keep a block, but not those that the GPU has mapped: without
 * them, it stays, too. Then the memory of another block is tried.
 */
static bool stays_without(struct __test_metadata *_metadata, char *area, int64_t block,
			  int64_t bytes)
{
	char *filler = memory_map(bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	EXPECT_EQ(0, mprotect(area, SZ_2M, PROT_NONE));
	EXPECT_FALSE(set_state(block, "offline"))
		TH_LOG("memory block %lld stayed while the GPU had it mapped", (long long)block);
	if (!filler || _metadata->exit_code)
		return false;
	/* The rest of the block is in use then */
	memset(filler, 1, bytes);
	return true;
}

TEST_F_TIMEOUT(access, pages_are_moved, TRIES * GPU_TEST_TIMEOUT)
{
	int64_t bytes = block_bytes(), pfn[PAGES], block, before = 0;
	int i, gone = 0, left = 0, tries = 0;
	uint32_t value = 0;
	char *area;

	if (bytes <= 0)
		SKIP(return, "no memory hotplug");
	for (;;) {
		area = memory_anonymous(SZ_2M);
		ASSERT_NE(NULL, area);
		block = write_area(self, area, bytes, pfn);
		if (block == -EPERM)
			SKIP(return, "physical addresses are not to be seen");
		ASSERT_LE(0, block);
		before = gpu_faults(&self->gpu);
		if (set_state(block, "offline"))
			break;
		if (++tries == TRIES)
			SKIP(return, "memory block %lld stays: boot with movablecore=1G",
			     (long long)block);
		ASSERT_TRUE(stays_without(_metadata, area, block, bytes));
	}
	for (i = 0; i < PAGES; i++) {
		left += memory_pfn(area + i * SZ_4K) * (int64_t)SZ_4K / bytes == block;
		gone += memory_pfn(area + i * SZ_4K) != pfn[i];
	}
	TH_LOG("%d of %d pages moved away from block %lld", gone, PAGES, (long long)block);
	EXPECT_LT(0, gone);
	EXPECT_EQ(0, left);

	EXPECT_EQ(0, access_read(self->by, area, &value));
	EXPECT_EQ(VALUE, value);
	EXPECT_EQ(0, touch_wrong_by_gpu(&self->queue, area, PAGES * SZ_4K, SZ_4K, VALUE));
	EXPECT_EQ(0, touch_write(self->by, area, PAGES * SZ_4K, SZ_4K, VALUE + 1));
	EXPECT_EQ(0, touch_wrong(area, PAGES * SZ_4K, SZ_4K, VALUE + 1));
	EXPECT_LT(before, gpu_faults(&self->gpu));
	EXPECT_TRUE(set_state(block, "online_movable"));
}

TEST_HARNESS_MAIN
