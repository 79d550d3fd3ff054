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
#define OFFLINE_S	40

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

/* Without it, the kernel's own pages may keep a block. */
static bool movable_memory(void)
{
	FILE *file = fopen("/proc/cmdline", "r");
	char line[4096] = "";
	bool movable;

	if (!file)
		return false;
	movable = fgets(line, sizeof(line), file) && strstr(line, "movablecore=");
	fclose(file);
	return movable;
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

TEST_F_TIMEOUT(access, pages_are_moved, GPU_TEST_TIMEOUT)
{
	char *area = memory_anonymous(SZ_2M);
	int64_t bytes = block_bytes(), pfn[PAGES], block, before;
	int i, gone = 0, left = 0;
	uint32_t value = 0;

	if (bytes <= 0)
		SKIP(return, "no memory hotplug");
	ASSERT_NE(NULL, area);
	ASSERT_EQ(0, touch_write(self->by, area, PAGES * SZ_4K, SZ_4K, VALUE));
	for (i = 0; i < PAGES; i++)
		pfn[i] = memory_pfn(area + i * SZ_4K);
	if (pfn[0] <= 0)
		SKIP(return, "physical addresses are not to be seen");
	before = gpu_faults(&self->gpu);
	block = pfn[0] * SZ_4K / bytes;
	if (!movable_memory())
		SKIP(return, "no movable memory: boot with movablecore=1G");
	ASSERT_TRUE(set_state(block, "offline"))
		TH_LOG("memory block %lld stays", (long long)block);
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
