// SPDX-License-Identifier: GPL-2.0
/*
 * Page tables with anything in them. Input: entries of {level, index, value}; addresses are kept inside the
 * guest's memory three times out of four. Then a batch reads and writes through them.
 */
#include "fuzz/scene.h"

#include <string.h>

struct edit {
	u8 level, where;
	u16 index;
	u64 entry;
} __attribute__((packed));

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct scene *s = scene_new(ON_BCS0);
	struct edit e;

	for (; size >= sizeof(e); data += sizeof(e), size -= sizeof(e)) {
		u64 va = SCENE_BATCH_VA + ((u64)(e.where & 0x7f) << SHIFT_4K);
		u32 level;
		u64 *slot;

		memcpy(&e, data, sizeof(e));
		level = e.level % (PT_ROOT_LEVEL + 1);
		slot = vm_entry(&s->vm, va, pt_shift(level));
		slot = (u64 *)((uintptr_t)slot & ~0xffful) + e.index % PT_ENTRIES;
		if (e.where & 0x80)
			*slot = e.entry;
		else
			*slot = (e.entry & ~PTE_ADDR) |
				((GUEST_RAM_BASE + (e.entry & PTE_ADDR) % GUEST_RAM) & ~0xffful);
		if (e.level & 0x80)
			break; /* tables are reused below: deeper edits may now land anywhere in guest memory */
	}
	scene_fill_accesses(s);
	scene_run(s);
	return 0;
}
