// SPDX-License-Identifier: GPL-2.0
#include "tests/fake_host.h"

#include <stdlib.h>
#include <sys/mman.h>

static u64 now(struct model *m)
{
	struct fake_host *f = m->host;

	return f->now += f->tick;
}

static bool msi(struct model *m, u32 vector)
{
	struct fake_host *f = m->host;

	assert_int_equal(vector, 0);
	if (f->msi_on)
		f->msis++;
	return f->msi_on;
}

static const struct model_ops ops = { .now = now, .msi = msi };

struct fake_host *fake_new(const struct platform *plat, bool test_bar)
{
	struct fake_host *f = calloc(1, sizeof(*f));
	struct gpu_config config = {
		.plat = plat, .ops = &ops, .host = f, .seed = 1, .test_bar = test_bar,
	};

	assert_non_null(f);
	f->msi_on = true;
	assert_int_equal(gpu_init(&f->m, &config), 0);
	return f;
}

void fake_free(struct fake_host *f)
{
	gpu_fini(&f->m);
	free(f);
}

u8 *fake_ram(struct fake_host *f, u64 iova, u64 size, bool write)
{
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(mem_insert(&f->m, iova, size, map, write), 0);
	return map;
}

int fake_setup(void **state)
{
	*state = fake_new(&platform_lnl, false);
	return 0;
}

int fake_teardown(void **state)
{
	fake_free(*state);
	return 0;
}
