// SPDX-License-Identifier: GPL-2.0
/* Rule: the guest sees the very counters the model counts with, and nothing it does here reaches the GPU
 * except through a knob.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "inject/inject.h"
#include "obs/obs.h"
#include "pci/test_bar.h"

_Static_assert(KNOB_COUNT * 4 <= TEST_BAR_BYTES - TEST_BAR_KNOBS, "knob registers fit");

static u32 put_names(struct model *m, u8 *map, u32 at, const char *const *names, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		size_t len = strlen(names[i]) + 1;

		model_assert(m, at + len <= TEST_BAR_KNOBS);
		memcpy(map + at, names[i], len);
		at += (u32)len;
	}
	return at;
}

int test_bar_init(struct model *m, struct test_bar *bar)
{
	struct test_bar_head head = {
		.magic = TEST_BAR_MAGIC,
		.version = TEST_BAR_VERSION,
		.num_counters = EV_COUNT,
		.num_knobs = KNOB_COUNT,
		.counters = 64,
		.counter_names = 64 + EV_COUNT * sizeof(u64),
		.knobs = TEST_BAR_KNOBS,
	};

	bar->fd = memfd_create("test-bar", MFD_CLOEXEC);
	if (bar->fd < 0 || ftruncate(bar->fd, TEST_BAR_BYTES))
		return -errno;
	bar->map = mmap(NULL, TEST_BAR_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, bar->fd, 0);
	if (bar->map == MAP_FAILED) {
		bar->map = NULL;
		return -errno;
	}
	head.knob_names = put_names(m, bar->map, head.counter_names, ev_names, EV_COUNT);
	put_names(m, bar->map, head.knob_names, knob_names, KNOB_COUNT);
	memcpy(bar->map, &head, sizeof(head));
	obs_move_counters(m, (u64 *)(bar->map + head.counters));
	return 0;
}

void test_bar_fini(struct test_bar *bar)
{
	if (bar->map)
		munmap(bar->map, TEST_BAR_BYTES);
	bar->map = NULL;
	if (bar->fd >= 0)
		close(bar->fd);
	bar->fd = -1;
}

static bool knob_at(u64 off, size_t len, enum knob *knob)
{
	if (off < TEST_BAR_KNOBS || off & 3 || len != 4)
		return false;
	*knob = (u32)(off - TEST_BAR_KNOBS) / 4;
	return *knob < KNOB_COUNT;
}

void test_bar_read(struct model *m, u64 off, void *buf, size_t len)
{
	enum knob knob;
	u32 val;

	if (!knob_at(off, len, &knob)) {
		obs_guest_error(m, "test BAR read of no knob", off);
		return;
	}
	val = (u32)inject_get(m, knob);
	memcpy(buf, &val, sizeof(val));
}

void test_bar_write(struct model *m, u64 off, const void *buf, size_t len)
{
	enum knob knob;
	u32 val;

	if (!knob_at(off, len, &knob)) {
		obs_guest_error(m, "test BAR write of no knob", off);
		return;
	}
	memcpy(&val, buf, sizeof(val));
	inject_set(m, knob, val);
}
