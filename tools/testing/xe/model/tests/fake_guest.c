// SPDX-License-Identifier: GPL-2.0
#include "tests/fake_guest.h"

#include <stdlib.h>
#include <string.h>

struct fake_guest *guest_new(void)
{
	return guest_new_on(&platform_lnl);
}

struct fake_guest *guest_new_on(const struct platform *plat)
{
	struct fake_guest *g = calloc(1, sizeof(*g));

	assert_non_null(g);
	g->host = fake_new(plat, false);
	g->m = &g->host->m;
	g->ram = fake_ram(g->host, GUEST_RAM_BASE, GUEST_RAM, true);
	g->next_page = GUEST_RAM_BASE;
	g->next_ggtt = 16u << 20;
	g->host->now = NSEC_PER_SEC;
	return g;
}

void guest_free(struct fake_guest *g)
{
	fake_free(g->host);
	free(g);
}

int guest_setup(void **state)
{
	struct fake_guest *g = guest_new();

	guest_load_firmware(g);
	guest_enable_ct(g);
	*state = g;
	return 0;
}

int guest_teardown(void **state)
{
	guest_free(*state);
	return 0;
}

u64 guest_pages(struct fake_guest *g, u32 num)
{
	u64 pa = g->next_page;

	g->next_page += num * 4096ull;
	assert_true(g->next_page <= GUEST_RAM_BASE + GUEST_RAM);
	return pa;
}

void *guest_ptr(struct fake_guest *g, u64 pa)
{
	return g->ram + (pa - GUEST_RAM_BASE);
}

u32 guest_ggtt(struct fake_guest *g, u64 pa, u32 num)
{
	u32 addr = g->next_ggtt, i;

	for (i = 0; i < num; i++)
		g->m->mem->ggtt[(addr >> 12) + i] = (pa + i * 4096ull) | GGTT_PRESENT;
	g->next_ggtt += (num + 1) * 4096;
	return addr;
}

void guest_load_firmware(struct fake_guest *g)
{
	u32 gsi = g->m->plat->gts[g->gt].gsi;
	u64 pa = guest_pages(g, 1);

	*(u32 *)guest_ptr(g, pa) = CSS_MODULE_TYPE;
	mmio_write(g->m, gsi + REG_DMA_SRC_LOW, guest_ggtt(g, pa, 1));
	mmio_write(g->m, gsi + REG_DMA_SRC_HIGH, DMA_SPACE_GGTT);
	mmio_write(g->m, gsi + 0xc314, BIT(16) | BIT(0));
}

u32 guest_mmio_message(struct fake_guest *g, u32 dw0, u32 dw1, u32 dw2, u32 dw3)
{
	mmio_write(g->m, GUEST_MESSAGE(g, 0), dw0);
	mmio_write(g->m, GUEST_MESSAGE(g, 1), dw1);
	mmio_write(g->m, GUEST_MESSAGE(g, 2), dw2);
	mmio_write(g->m, GUEST_MESSAGE(g, 3), dw3);
	mmio_write(g->m, GUEST_DOORBELL(g), 1);
	return mmio_read(g->m, GUEST_MESSAGE(g, 0));
}

static void self_cfg(struct fake_guest *g, u32 key, u32 val)
{
	u32 answer = guest_mmio_message(g, ACTION_SELF_CFG, key << 16 | 1, val, 0);

	assert_int_equal(answer, HXG_MAKE(HXG_SUCCESS) | 1);
}

void guest_boot_media(struct fake_guest *g)
{
	g->gt = GT_MEDIA;
	guest_load_firmware(g);
	guest_enable_ct(g);
	g->gt = GT_MAIN;
}

/* three pages: descriptors, requests, messages to the host */
static void enable_ct(struct fake_guest *g, void *map, u32 addr)
{
	struct fake_ct *ct = &g->ct[g->gt];

	ct->h2g_desc = map;
	ct->g2h_desc = ct->h2g_desc + 16;
	ct->h2g = ct->h2g_desc + 1024;
	ct->g2h = ct->h2g_desc + 2048;
	self_cfg(g, CFG_H2G_DESC, addr);
	self_cfg(g, CFG_G2H_DESC, addr + 64);
	self_cfg(g, CFG_H2G_ADDR, addr + 4096);
	self_cfg(g, CFG_G2H_ADDR, addr + 8192);
	self_cfg(g, CFG_H2G_SIZE, GUEST_H2G_DWORDS * 4);
	self_cfg(g, CFG_G2H_SIZE, GUEST_G2H_DWORDS * 4);
	assert_int_equal(guest_mmio_message(g, ACTION_CONTROL_CTB, 1, 0, 0), HXG_MAKE(HXG_SUCCESS));
}

void guest_enable_ct(struct fake_guest *g)
{
	u64 pa = guest_pages(g, 3);

	enable_ct(g, guest_ptr(g, pa), guest_ggtt(g, pa, 3));
}

void guest_enable_ct_in_vram(struct fake_guest *g)
{
	u64 at = (16ull + g->gt) << 20;
	u32 addr = guest_ggtt(g, at, 3), i;

	for (i = 0; i < 3; i++)
		g->m->mem->ggtt[(addr >> 12) + i] |= GGTT_DM;
	enable_ct(g, g->m->mem->vram + at, addr);
}

/* as h2g_write(): zeroes up to the end when a message would not fit */
void guest_post(struct fake_guest *g, const u32 *dw, u32 num)
{
	struct fake_ct *ct = &g->ct[g->gt];

	if (ct->tail + num + 1 > GUEST_H2G_DWORDS) {
		memset(ct->h2g + ct->tail, 0, (GUEST_H2G_DWORDS - ct->tail) * 4);
		ct->tail = 0;
		ct->h2g_desc[1] = 0;
	}
	ct->h2g[ct->tail] = ++ct->fence << 16 | num;
	memcpy(ct->h2g + ct->tail + 1, dw, num * 4);
	ct->tail = (ct->tail + num + 1) % GUEST_H2G_DWORDS;
	ct->h2g_desc[1] = ct->tail;
	mmio_write(g->m, GUEST_DOORBELL(g), 1);
}

u32 guest_receive(struct fake_guest *g, u32 *msg)
{
	struct fake_ct *ct = &g->ct[g->gt];
	u32 head = ct->g2h_desc[0], tail = ct->g2h_desc[1], num, i;

	if (head == tail)
		return 0;
	num = (ct->g2h[head] & 0xff) + 1;
	for (i = 0; i < num; i++)
		msg[i] = ct->g2h[(head + i) % GUEST_G2H_DWORDS];
	assert_true((tail + GUEST_G2H_DWORDS - head) % GUEST_G2H_DWORDS >= num);
	ct->g2h_desc[0] = (head + num) % GUEST_G2H_DWORDS;
	return num;
}

void guest_expect(struct fake_guest *g, const u32 *dw, u32 num, const char *file, int line)
{
	u32 msg[256], len = guest_receive(g, msg), i;

	_assert_int_equal(len, num + 1, file, line);
	_assert_int_equal(msg[1], HXG_MAKE(HXG_EVENT) | dw[0], file, line);
	for (i = 1; i < num; i++)
		_assert_int_equal(msg[i + 1], dw[i], file, line);
}

void expect_silence(struct fake_guest *g)
{
	u32 msg[256];

	assert_int_equal(guest_receive(g, msg), 0);
}

void guest_run(struct fake_guest *g)
{
	u32 i;

	for (i = 0; i < 1000 && gpu_step(g->m, ~0ull); i++)
		;
}

void guest_advance(struct fake_guest *g, u64 ns)
{
	g->host->now += ns;
	guest_run(g);
}

struct fake_vm vm_new(struct fake_guest *g, u32 asid)
{
	struct fake_vm vm = { .g = g, .space = { .root = guest_pages(g, 1), .asid = asid } };

	return vm;
}

u64 *vm_entry(struct fake_vm *vm, u64 va, u32 shift)
{
	u64 *table = guest_ptr(vm->g, vm->space.root), *entry;
	u32 level;

	for (level = PT_ROOT_LEVEL; ; level--) {
		entry = &table[(va >> pt_shift(level)) & 511];
		if (pt_shift(level) == shift)
			return entry;
		if (!(*entry & PTE_PRESENT))
			*entry = guest_pages(vm->g, 1) | PTE_PRESENT | PTE_RW;
		table = guest_ptr(vm->g, *entry & PTE_ADDR);
		if (level == 1 && shift == SHIFT_64K) {
			*entry |= PDE_64K;
			return &table[(va >> SHIFT_64K) & 31];
		}
	}
}

void vm_map(struct fake_vm *vm, u64 va, u64 pa, u32 shift, u64 flags)
{
	u64 leaf = shift == SHIFT_2M || shift == SHIFT_1G ? PDE_LEAF : 0;

	*vm_entry(vm, va, shift) = pa | PTE_PRESENT | leaf | flags;
}

void vm_map_pages(struct fake_vm *vm, u64 va, u64 pa, u32 num)
{
	u32 i;

	for (i = 0; i < num; i++)
		vm_map(vm, va + i * 4096ull, pa + i * 4096ull, SHIFT_4K, PTE_RW | PTE_AE);
}

void vm_map_cluster(struct fake_vm *vm, u64 va, u64 pa, u64 flags)
{
	u32 i;

	for (i = 0; i < PT_CLUSTER_ENTRIES; i++)
		vm_map(vm, va + i * 4096ull, pa + i * 4096ull, SHIFT_4K, flags | PTE_PS64);
}

void vm_unmap(struct fake_vm *vm, u64 va, u32 shift)
{
	*vm_entry(vm, va, shift) = 0;
}

static const struct {
	u32 gt, guc_class, mask, base;
} where[] = {
	[ON_RCS0] = { GT_MAIN, 0, 1, 0x2000 },
	[ON_CCS0] = { GT_MAIN, 4, 1, 0x1a000 },
	[ON_BCS0] = { GT_MAIN, 3, 1, 0x22000 },
	[ON_BCS8] = { GT_MAIN, 3, 2, 0x3ee000 },
	[ON_VCS0] = { GT_MEDIA, 1, 1, 0x1c0000 },
	[ON_VECS0] = { GT_MEDIA, 2, 1, 0x1c8000 },
};

struct engine *queue_engine(struct fake_queue *q)
{
	u32 i;

	for (i = 0; i < q->g->m->plat->num_engines; i++)
		if (q->g->m->plat->engines[i].guc_class == q->guc_class &&
		    q->mask & BIT(q->g->m->plat->engines[i].logical))
			return &q->g->m->engines[i];
	fail();
	return NULL;
}

/* XE2_CTX_COMMON of 6.12 xe_lrc.c, then what a copy engine has besides */
static void fill_image(u32 *regs, u32 base)
{
	static const u16 first[] = { 0x244, 0x034, 0x030, 0x038, 0x03c, 0x168, 0x140, 0x110, 0x1c0,
				     0x1c4, 0x1c8, 0x180, 0x2b4, 0x120, 0x124 };
	static const u16 second[] = { 0x3a8, 0x3ac, 0x108, 0x284, 0x280, 0x27c, 0x278, 0x274, 0x270 };
	static const u16 copy[] = { 0x200, 0x204 };
	u32 i;

	regs[0x01] = CMD(MI_LOAD_REGISTER_IMM) | BIT(19) | (2 * 15 - 1);
	for (i = 0; i < ARRAY_SIZE(first); i++)
		regs[0x02 + 2 * i] = base + first[i];
	regs[0x21] = CMD(MI_LOAD_REGISTER_IMM) | BIT(19) | (2 * 9 - 1);
	for (i = 0; i < ARRAY_SIZE(second); i++)
		regs[0x22 + 2 * i] = base + second[i];
	regs[0x41] = CMD(MI_LOAD_REGISTER_IMM) | BIT(19) | (2 * 2 - 1);
	for (i = 0; i < ARRAY_SIZE(copy); i++)
		regs[0x42 + 2 * i] = base + copy[i];
	regs[0x46] = CMD(MI_BATCH_BUFFER_END) | 1;
}

/* a request to the GuC of the queue's GT, and what comes of it */
#define queue_ask(q, ...)                                                                          \
	do {                                                                                       \
		u32 was_ = (q)->g->gt;                                                             \
		(q)->g->gt = (q)->gt;                                                              \
		guest_fast((q)->g, __VA_ARGS__);                                                   \
		guest_run((q)->g);                                                                 \
		(q)->g->gt = was_;                                                                 \
	} while (0)

void queue_register_again(struct fake_queue *q)
{
	queue_ask(q, ACTION_REGISTER_CONTEXT, 1, q->id, q->guc_class, q->mask, 0, 0, 0, 0, 0,
		   q->lrca | 0x19 | (q->regs[0x33] ? BIT(8) : 0), 0);
}

struct fake_queue queue_new(struct fake_guest *g, u32 id, enum fake_engine on, const struct fake_vm *vm)
{
	u64 lrc = guest_pages(g, 2), ring = guest_pages(g, RING_BYTES / 4096);
	struct fake_queue q = {
		.g = g, .gt = where[on].gt, .id = id, .guc_class = where[on].guc_class, .mask = where[on].mask,
		.lrca = guest_ggtt(g, lrc, 2), .ring = guest_ggtt(g, ring, RING_BYTES / 4096),
		.regs = guest_ptr(g, lrc + 4096), .words = guest_ptr(g, ring),
	};

	fill_image(q.regs, where[on].base);
	q.regs[0x03] = 0x00090009;
	q.regs[0x09] = q.ring;
	q.regs[0x0b] = (RING_BYTES - 4096) | 1;
	if (vm) {
		q.regs[0x2f] = vm->space.asid;
		q.regs[0x31] = HI(vm->space.root);
		q.regs[0x33] = LO(vm->space.root);
	}
	queue_register_again(&q);
	return q;
}

void queue_put(struct fake_queue *q, const u32 *dw, u32 num)
{
	u32 i;

	for (i = 0; i < num; i++) {
		q->words[q->tail / 4] = dw[i];
		q->tail = (q->tail + 4) % RING_BYTES;
	}
	if (q->tail & 4) {
		q->words[q->tail / 4] = 0;
		q->tail = (q->tail + 4) % RING_BYTES;
	}
}

void queue_policies(struct fake_queue *q, u32 quantum_us, u32 preempt_us, u32 priority)
{
	queue_ask(q, ACTION_CONTEXT_POLICIES, q->id, POLICY_PRIORITY << 16 | 1, priority,
		  POLICY_QUANTUM << 16 | 1, quantum_us, POLICY_PREEMPT_TIMEOUT << 16 | 1, preempt_us);
}

void queue_publish(struct fake_queue *q)
{
	q->regs[0x07] = q->tail;
}

void queue_enable(struct fake_queue *q)
{
	u32 was;

	queue_publish(q);
	queue_ask(q, ACTION_SCHED_MODE_SET, q->id, 1);
	was = q->g->gt;
	q->g->gt = q->gt;
	expect_event(q->g, ACTION_SCHED_MODE_DONE, q->id, 1);
	q->g->gt = was;
}

void queue_kick(struct fake_queue *q)
{
	queue_publish(q);
	queue_ask(q, ACTION_SCHED_CONTEXT, q->id);
}
