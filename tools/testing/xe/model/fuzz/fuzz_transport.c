// SPDX-License-Identifier: GPL-2.0
/*
 * What a host can do to the GuC: register writes and ring contents; and what knobs do to all that. Input:
 * steps of {kind, size, bytes}.
 */
#include "fuzz/scene.h"

#include <string.h>

static void message(struct scene *s, const u8 *data, u32 size)
{
	u32 dw[64] = { 0 }, num = (size + 3) / 4;

	memcpy(dw, data, size);
	if (num)
		guest_post(s->g, dw, num);
}

/* raw ring contents and indices */
static void ring(struct scene *s, const u8 *data, u32 size)
{
	u32 at = data[0] % GUEST_H2G_DWORDS;

	if (size > (GUEST_H2G_DWORDS - at) * 4)
		size = (GUEST_H2G_DWORDS - at) * 4;
	memcpy(s->g->ct[GT_MAIN].h2g + at, data, size);
	memcpy(&s->g->ct[GT_MAIN].h2g_desc[1], data + size - 4, 4);
	if (data[1] & 1)
		s->g->ct[GT_MAIN].h2g_desc[1] %= GUEST_H2G_DWORDS;
	s->g->ct[GT_MAIN].tail = s->g->ct[GT_MAIN].h2g_desc[1] % GUEST_H2G_DWORDS;
	mmio_write(s->g->m, 0x1901f0, 1);
}

static void registers(struct scene *s, const u8 *data, u32 size)
{
	struct model *m = s->g->m;

	for (; size >= 8; data += 8, size -= 8) {
		u32 off, val;

		memcpy(&off, data, 4);
		memcpy(&val, data + 4, 4);
		if (off & BIT(31))
			off = m->mmio->rows[off % m->mmio->num_rows]->off;
		mmio_write(m, off, val);
		mmio_read(m, off);
	}
}

/* a delay of more than some steps is as good as a loss */
static void knob(struct scene *s, const u8 *data)
{
	inject_set(s->g->m, data[0] % KNOB_COUNT, data[1]);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct scene *s = scene_new(ON_RCS0);

	while (size > 2) {
		u8 kind = data[0];
		u32 len = data[1];

		data += 2;
		size -= 2;
		if (len > size)
			len = (u32)size;
		if (kind % 5 == 0)
			message(s, data, len);
		else if (kind % 5 == 1 && len >= 8)
			ring(s, data, len);
		else if (kind % 5 == 2)
			registers(s, data, len);
		else if (kind % 5 == 4 && len >= 2)
			knob(s, data);
		else
			scene_steps(s, 4);
		data += len;
		size -= len;
	}
	scene_steps(s, 16);
	return 0;
}
