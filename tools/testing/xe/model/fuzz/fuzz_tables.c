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

/* what edits left of the tables above leads to guest memory, so far as there are any */
static bool reachable(struct scene *s, u64 va, u32 to)
{
	u64 pa = s->vm.space.root, entry;

	for (u32 level = PT_ROOT_LEVEL; level > to; level--) {
		entry = ((u64 *)guest_ptr(s->g, pa))[va >> pt_shift(level) & (PT_ENTRIES - 1)];
		if (!(entry & PTE_PRESENT))
			return true;
		pa = entry & PTE_ADDR;
		if (pa < GUEST_RAM_BASE || pa >= GUEST_RAM_BASE + GUEST_RAM)
			return false;
	}
	return true;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct scene *s = scene_new(ON_BCS0);
	struct edit e;

	for (; size >= sizeof(e); data += sizeof(e), size -= sizeof(e)) {
		u64 va, *slot;
		u32 level;

		memcpy(&e, data, sizeof(e));
		va = SCENE_BATCH_VA + ((u64)(e.where & 0x7f) << SHIFT_4K);
		level = e.level % (PT_ROOT_LEVEL + 1);
		if (!reachable(s, va, level))
			continue;
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
