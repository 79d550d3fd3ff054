// SPDX-License-Identifier: GPL-2.0
/*
 * Kernels: COMPUTE_WALKER and its threads, their page faults, preemption, and how those end that cannot go on. The
 * words were assembled by iga64 from the comment beside them. Each thread has 16 lanes; r1 has local ids, r2 the
 * inline data: an address, lanes of a group, bytes from one lane's word to the next.
 */
#include "tests/fault_scene.h"

#include <string.h>

#define CODE_VA 0x300000000000ull
#define ARGUMENTS_VA 0x310000000000ull
#define DATA_PAGES 256u
#define END_MARK 0xe4d
#define MARK_VA (BATCH_VA + 0x800)
#define POST_VA (DATA_VA + (DATA_PAGES - 1) * 4096)

static const u64 numbers[] = {
	0x0a05012000100061, 0x0000000000100104, /* mov (16|M0) r10.0<1>:ud r1.0<1;1,0>:uw */
	0x0505022080000041, 0x0000022401000014, /* (W) mul (1|M0) r5.0<1>:ud r0.1<0;1,0>:ud r2.4<0;1,0>:uw */
	0x0a05022000100040, 0x0000050402100a04, /* add (16|M0) r10.0<1>:ud r10.0<1;1,0>:ud r5.0<0;1,0>:ud */
	0x0c05022000100041, 0x0000023401100a04, /* mul (16|M0) r12.0<1>:ud r10.0<1;1,0>:ud r2.6<0;1,0>:uw */
	0x0e05027000100061, 0x0000000000100c04, /* mov (16|M0) r14.0<1>:q r12.0<1;1,0>:ud */
	0x0e05077000100040, 0x0000020407100e04, /* add (16|M0) r14.0<1>:q r14.0<1;1,0>:q r2.0<0;1,0>:q */
	0x0000000000100031, 0x00000a0cfb080e14, /* send.ugm (16|M0) null r14 r10:1 0x0 0x04000584 */
	0x0000000480000031, 0x0000000030207f0c, /* (W) send.gtwy (1|M0) null r127 null:0 0x0 0x02000010 */
};

static const u64 counting[] = {
	0x0e05077000100061, 0x0000000000000204, /* mov (16|M0) r14.0<1>:q r2.0<0;1,0>:q */
	0x0000000000100031, 0x00000000fb100e14, /* send.ugm (16|M0) null r14 null:0 0x0 0x04000588 */
	0x0000000480000031, 0x0000000030207f0c, /* (W) send.gtwy (1|M0) null r127 null:0 0x0 0x02000010 */
};

static const u64 loop[] = {
	0x0a05012000100061, 0x0000000000100104, /* mov (16|M0) r10.0<1>:ud r1.0<1;1,0>:uw */
	0x0505022080000041, 0x0000022401000014, /* (W) mul (1|M0) r5.0<1>:ud r0.1<0;1,0>:ud r2.4<0;1,0>:uw */
	0x0a05022000100040, 0x0000050402100a04, /* add (16|M0) r10.0<1>:ud r10.0<1;1,0>:ud r5.0<0;1,0>:ud */
	0x0c05022000100041, 0x0000023401100a04, /* mul (16|M0) r12.0<1>:ud r10.0<1;1,0>:ud r2.6<0;1,0>:uw */
	0x0e05027000100061, 0x0000000000100c04, /* mov (16|M0) r14.0<1>:q r12.0<1;1,0>:ud */
	0x0e05077000100040, 0x0000020407100e04, /* add (16|M0) r14.0<1>:q r14.0<1;1,0>:q r2.0<0;1,0>:q */
	0x1005456000100061, 0x0000000000000000, /* mov (16|M0) r16.0<1>:d 0:w */
	0x1205066000100061, 0x0000000000100a04, /* mov (16|M0) r18.0<1>:d r10.0<1;1,0>:d */
	0x1005066000100040, 0x0010120406101004, /* add (16|M0) r16.0<1>:d r16.0<1;1,0>:d r18.0<1;1,0>:d */
	0x1205866000100040, 0xffffffff35101204, /* add (16|M0) (gt)f0.0 r18.0<1>:d r18.0<1;1,0>:d -1:w */
	0x0000c0020410002e, 0x00000010ffffffe0, /* (f0.0) goto.b (16|M0) L2 L1 */
	0x000040000010002f, 0x0000001000000000, /* join (16|M0) L3 */
	0x0000000000100031, 0x0000100cfb080e14, /* send.ugm (16|M0) null r14 r16:1 0x0 0x04000584 */
	0x0000000480000031, 0x0000000030207f0c, /* (W) send.gtwy (1|M0) null r127 null:0 0x0 0x02000010 */
};

static const u64 exchange[] = {
	0x0a05012000100061, 0x0000000000100104, /* mov (16|M0) r10.0<1>:ud r1.0<1;1,0>:uw */
	0x0505022080000041, 0x0000022401000014, /* (W) mul (1|M0) r5.0<1>:ud r0.1<0;1,0>:ud r2.4<0;1,0>:uw */
	0x0a05022000100040, 0x0000050402100a04, /* add (16|M0) r10.0<1>:ud r10.0<1;1,0>:ud r5.0<0;1,0>:ud */
	0x0c05022000100041, 0x0000023401100a04, /* mul (16|M0) r12.0<1>:ud r10.0<1;1,0>:ud r2.6<0;1,0>:uw */
	0x0e05027000100061, 0x0000000000100c04, /* mov (16|M0) r14.0<1>:q r12.0<1;1,0>:ud */
	0x0e05077000100040, 0x0000020407100e04, /* add (16|M0) r14.0<1>:q r14.0<1;1,0>:q r2.0<0;1,0>:q */
	0x1405022080000061, 0x0000000000000024, /* (W) mov (1|M0) r20.0<1>:ud r0.2<0;1,0>:ud */
	0x1405822080000065, 0x00ff00ff01001404, /* (W) and (1|M0) r20.0<1>:ud r20.0<0;1,0>:ud 0xFF:uw */
	0x1505822080000069, 0x0002000205001404, /* (W) shl (1|M0) r21.0<1>:ud r20.0<0;1,0>:ud 2:w */
	0x1605822080000040, 0x0064006405001404, /* (W) add (1|M0) r22.0<1>:ud r20.0<0;1,0>:ud 100:w */
	0x0000000080000031, 0x0000160cea08150c, /* (W) send.slm (1|M0) null r21 r22:1 0x0 0x02000504 */
	0x0000000080000031, 0x0000000030081e0c, /* (W) send.gtwy (1|M0) null r30 null:0 0x0 0x02000004 */
	0x0001000080000001, 0x00000000e0000000, /* (W) sync.bar null */
	0x1505822080000067, 0x0004000401001504, /* (W) xor (1|M0) r21.0<1>:ud r21.0<0;1,0>:ud 4:uw */
	0x180c000080000031, 0x00000000ea00150c, /* (W) send.slm (1|M0) r24 r21 null:0 0x0 0x02100500 */
	0x0a05022000100061, 0x0000000000001804, /* mov (16|M0) r10.0<1>:ud r24.0<0;1,0>:ud */
	0x0000000000100031, 0x00000a0cfb080e14, /* send.ugm (16|M0) null r14 r10:1 0x0 0x04000584 */
	0x0000000480000031, 0x0000000030207f0c, /* (W) send.gtwy (1|M0) null r127 null:0 0x0 0x02000010 */
};

static const u64 forever[] = {
	0x0000400080000020, 0x0000000000000000, /* (W) jmpi L1 */
	0x0000000480000031, 0x0000000030207f0c, /* (W) send.gtwy (1|M0) null r127 null:0 0x0 0x02000010 */
};

static const u64 lacking[] = {
	0x0000000000100023, 0x0000000000000304, /* brc (16|M0) r3.0 */
	0x0000000480000031, 0x0000000030207f0c, /* (W) send.gtwy (1|M0) null r127 null:0 0x0 0x02000010 */
};

static const u64 nonsense[] = {
	0x0000000000000000, 0x0000000000000000, /* illegal */
	0x0000000480000031, 0x0000000030207f0c, /* (W) send.gtwy (1|M0) null r127 null:0 0x0 0x02000010 */
};

static const u64 indirect[] = {
	0x7e05452080100061, 0x0000000000000000, /* (W) mov (16|M0) r126.0<1>:ud 0:w */
	0x7e05822080000065, 0xffffffc002000004, /* (W) and (1|M0) r126.0<1>:ud r0.0<0;1,0>:ud 0xFFFFFFC0:ud */
	0x0a0c000080000031, 0xf6700003fa007e8f, /* (W) send.ugm (1|M0) r10 r126 null:0 0xFF000000 0x6219C500 */
	0x0000000080000031, 0x00240a0cfb08020c, /* (W) send.ugm (1|M0) null r2 r10:1 0x0 0x02009584 */
	0x0000000480000031, 0x0000000030207f0c, /* (W) send.gtwy (1|M0) null r127 null:0 0x0 0x02000010 */
};

static const u64 block[] = {
	0x14054520800c0061, 0x0000000000000000, /* (W) mov (8|M0) r20.0<1>:ud 0:w */
	0x1455822080000069, 0x0002000205000014, /* (W) shl (1|M0) r20.5<1>:ud r0.1<0;1,0>:ud 2:w */
	0x1465022080000061, 0x0000000000000064, /* (W) mov (1|M0) r20.6<1>:ud r0.6<0;1,0>:ud */
	0x1475422080000061, 0x0000010300000000, /* (W) mov (1|M0) r20.7<1>:ud 0x103:ud */
	0x1505422080040061, 0x00000abc00000000, /* (W) mov (2|M0) r21.0<1>:ud 0xabc:ud */
	0x0000000080000031, 0x04000000d00e1494, /* (W) send.tgm (1|M0) null r20 null:0 0x0 0x64000007 */
	0x0000000480000031, 0x0000000030207f0c, /* (W) send.gtwy (1|M0) null r127 null:0 0x0 0x02000010 */
};

static const u64 private[] = {
	0x1001822080000068, 0x0004000401000054, /* (W) shr (1|M0) a0.0<1>:ud r0.5<0;1,0>:ud 0x4:uw */
	0x0a05012000100061, 0x0000000000100104, /* mov (16|M0) r10.0<1>:ud r1.0<1;1,0>:uw */
	0x0b05022000100061, 0x0000000000100a04, /* mov (16|M0) r11.0<1>:ud r10.0<1;1,0>:ud */
	0x0a05822000100069, 0x0002000205100a04, /* shl (16|M0) r10.0<1>:ud r10.0<1;1,0>:ud 2:w */
	0x0002000000100031, 0x07800b0cfa080a0c, /* send.ugm (16|M0) null r10 r11:1 a0.0 0x420E0504 */
	0x0000000480000031, 0x0000000030207f0c, /* (W) send.gtwy (1|M0) null r127 null:0 0x0 0x02000010 */
};

static const u64 spilled[] = {
	0x1001822080000068, 0x0004000401000054, /* (W) shr (1|M0) a0.0<1>:ud r0.5<0;1,0>:ud 0x4:uw */
	0x0a05012000100061, 0x0000000000100104, /* mov (16|M0) r10.0<1>:ud r1.0<1;1,0>:uw */
	0x0b05022000100061, 0x0000000000100a04, /* mov (16|M0) r11.0<1>:ud r10.0<1;1,0>:ud */
	0x0a05822000100069, 0x0002000205100a04, /* shl (16|M0) r10.0<1>:ud r10.0<1;1,0>:ud 2:w */
	0x0002800000100031, 0x07800b0cfa080a0c, /* send.ugm (16|M0) null r10 r11:1 0x800000:a0.0 0x420E0504 */
	0x0000000480000031, 0x0000000030207f0c, /* (W) send.gtwy (1|M0) null r127 null:0 0x0 0x02000010 */
};

/* a grid and its kernel's arguments */
struct grid {
	u32 groups[3], threads, lanes, stride, last_mask, post;
	u64 address;
};

#define WALKER_DWORDS 40u
#define STATE_DWORDS 22u
#define CFE_DWORDS 6u
/* from ARGUMENTS_VA: a binding table, the surface in it, the surface of private memory */
#define BINDINGS 0x40u
#define RECTANGLE 0x80u
#define PRIVATE 0x100u

static void put_walker(u32 *dw, const struct grid *grid)
{
	const u32 state[STATE_DWORDS] = { 0x61010000 | (STATE_DWORDS - 2), LO(ARGUMENTS_VA) | 1, HI(ARGUMENTS_VA),
					  [4] = LO(ARGUMENTS_VA) | 1, [5] = HI(ARGUMENTS_VA),
					  [10] = LO(CODE_VA) | 1, [11] = HI(CODE_VA) };
	const u32 cfe[CFE_DWORDS] = { 0x72000000 | (CFE_DWORDS - 2), PRIVATE << 4 };
	const u32 walker[WALKER_DWORDS] = {
		0x72080000 | (WALKER_DWORDS - 2),
		[3] = 0x40,
		[4] = 1u << 30 | 1u << 29 | 1u << 26 | 1u << 25, /* 16 lanes, ids of x, inline data */
		[5] = grid->last_mask,
		[6] = grid->lanes - 1,
		[7] = grid->groups[0], grid->groups[1], grid->groups[2],
		[23] = BINDINGS,
		[24] = grid->threads | 1 << 16,
		[27] = grid->post,
		[28] = LO(POST_VA), HI(POST_VA), 0x11223344, 0x55667788,
		[32] = LO(grid->address), HI(grid->address), grid->lanes, grid->stride,
	};
	const u32 rest[] = { STORE_DWORD(MARK_VA, END_MARK), CMD(MI_BATCH_BUFFER_END) };

	memcpy(dw, state, sizeof(state));
	memcpy(dw + STATE_DWORDS, cfe, sizeof(cfe));
	memcpy(dw + STATE_DWORDS + CFE_DWORDS, walker, sizeof(walker));
	memcpy(dw + STATE_DWORDS + CFE_DWORDS + WALKER_DWORDS, rest, sizeof(rest));
}

/* code and batch are mapped, the data is not */
static struct scene kernel_scene(struct fake_guest *g, u32 id, const u64 *code, u32 bytes, const struct grid *grid)
{
	struct scene s = { .g = g, .vm = vm_new(g, 100 + id), .batch = guest_pages(g, 1),
			   .data = guest_pages(g, DATA_PAGES) };
	u64 pages = guest_pages(g, 1);

	memcpy(guest_ptr(g, pages), code, bytes);
	vm_map_pages(&s.vm, CODE_VA, pages, 1);
	vm_map_pages(&s.vm, BATCH_VA, s.batch, 1);
	put_walker(guest_ptr(g, s.batch), grid);
	s.q = queue_new(g, id, ON_CCS0, &s.vm);
	queue_emit(&s.q, BATCH(BATCH_VA));
	return s;
}

#define SCENE(g, id, code, grid) kernel_scene(g, id, code, sizeof(code), grid)

static bool ended(struct scene *s)
{
	return ((u32 *)guest_ptr(s->g, s->batch))[0x200] == END_MARK;
}

static u32 *data(struct scene *s)
{
	return guest_ptr(s->g, s->data);
}

static u64 count(struct scene *s, enum ev ev)
{
	return obs_count(s->g->m, ev);
}

static void map_page(struct scene *s, u64 va)
{
	vm_map_pages(&s->vm, va, s->data + (va - DATA_VA), 1);
}

static void map_all(struct scene *s)
{
	vm_map_pages(&s->vm, DATA_VA, s->data, DATA_PAGES);
}

static void serve(struct scene *s, const struct seen *f)
{
	map_page(s, f->va);
	answer(s->g, f, false);
}

static void each_lane_has_its_number(void **state)
{
	const struct grid grid = { .groups = { 3, 1, 1 }, .threads = 4, .lanes = 64, .stride = 4, .last_mask = ~0u,
				   .address = DATA_VA };
	struct scene s = SCENE(*state, 5, numbers, &grid);
	u32 i;

	map_all(&s);
	queue_enable(&s.q);
	assert_true(ended(&s));
	for (i = 0; i < 192; i++)
		assert_int_equal(data(&s)[i], i);
	assert_int_equal(data(&s)[192], 0);
	assert_int_equal(count(&s, EV_WALKER), 1);
	assert_int_equal(count(&s, EV_WALKER_END), 1);
	assert_int_equal(count(&s, EV_EU_INSTRUCTION), 12 * 8);
	assert_int_equal(count(&s, EV_BYTES_WRITTEN_CCS), 192 * 4 + 4);
	assert_int_equal(count(&s, EV_FAULT), 0);
	assert_int_equal(count(&s, EV_UNIMPLEMENTED), 0);
}

static void the_last_thread_has_the_lanes_of_its_mask(void **state)
{
	const struct grid grid = { .groups = { 1, 1, 1 }, .threads = 2, .lanes = 21, .stride = 4, .last_mask = 0x1f,
				   .address = DATA_VA };
	struct scene s = SCENE(*state, 5, numbers, &grid);

	map_all(&s);
	queue_enable(&s.q);
	assert_true(ended(&s));
	assert_int_equal(data(&s)[20], 20);
	assert_int_equal(count(&s, EV_BYTES_WRITTEN_CCS), 21 * 4 + 4);
}

static void no_group_is_no_work(void **state)
{
	const struct grid grid = { .groups = { 0, 1, 1 }, .threads = 1, .lanes = 16, .stride = 4 };
	struct scene s = SCENE(*state, 5, numbers, &grid);

	queue_enable(&s.q);
	assert_true(ended(&s));
	assert_int_equal(count(&s, EV_EU_INSTRUCTION), 0);
}

/* more threads than the device has at once */
static void groups_wait_for_room(void **state)
{
	const struct grid grid = { .groups = { 100, 3, 2 }, .threads = 4, .lanes = 64, .address = DATA_VA };
	struct scene s = SCENE(*state, 5, counting, &grid);

	map_all(&s);
	queue_enable(&s.q);
	guest_run(s.g);
	assert_true(ended(&s));
	assert_int_equal(data(&s)[0], 100 * 3 * 2 * 64);
}

/* by a write that may fault, too */
static void the_end_is_written(void **state)
{
	const struct grid grid = { .groups = { 1, 1, 1 }, .threads = 1, .lanes = 16, .stride = 4, .post = 1,
				   .address = DATA_VA };
	struct scene s = SCENE(*state, 5, numbers, &grid);
	u32 *post = data(&s) + (DATA_PAGES - 1) * 1024;
	struct seen f;

	queue_enable(&s.q);
	f = next_fault(s.g);
	assert_int_equal(f.va, DATA_VA);
	serve(&s, &f);
	f = next_fault(s.g);
	assert_int_equal(f.va, POST_VA);
	assert_int_equal(data(&s)[15], 15);
	assert_false(ended(&s));
	serve(&s, &f);
	assert_true(ended(&s));
	assert_int_equal(count(&s, EV_THREAD_FAULT), 1);
	assert_int_equal(post[0], 0x11223344);
	assert_int_equal(post[1], 0x55667788);
	assert_int_equal(post[2], 0);
}

static void the_end_is_stamped(void **state)
{
	const struct grid grid = { .groups = { 1, 1, 1 }, .threads = 1, .lanes = 16, .stride = 4, .post = 3,
				   .address = DATA_VA };
	struct scene s = SCENE(*state, 5, numbers, &grid);
	u64 *post = (u64 *)(data(&s) + (DATA_PAGES - 1) * 1024);
	struct seen f;

	map_page(&s, POST_VA);
	queue_enable(&s.q);
	f = next_fault(s.g);
	guest_advance(s.g, NSEC_PER_MSEC);
	serve(&s, &f);
	assert_true(ended(&s));
	assert_true(post[0] == post[1] && post[2] == post[3] && post[2] > post[0]);
}

static void arguments_are_behind_the_general_base(void **state)
{
	const struct grid grid = { .groups = { 1, 1, 1 }, .threads = 1, .lanes = 16, .address = DATA_VA };
	struct scene s = SCENE(*state, 5, indirect, &grid);
	u64 page = guest_pages(s.g, 1);

	map_all(&s);
	vm_map_pages(&s.vm, ARGUMENTS_VA, page, 1);
	((u32 *)guest_ptr(s.g, page))[16] = 0xabc;
	((u32 *)guest_ptr(s.g, page))[17] = 0xdef;
	queue_enable(&s.q);
	assert_true(ended(&s));
	assert_int_equal(data(&s)[0], 0xabc);
	assert_int_equal(data(&s)[1], 0xdef);
	assert_int_equal(data(&s)[2], 0);
}

static u32 *surface(struct scene *s, u64 page, u32 offset, u32 type, u32 pitch, u32 rows)
{
	u32 *dw = (u32 *)guest_ptr(s->g, page) + offset / 4;

	vm_map_pages(&s->vm, ARGUMENTS_VA, page, 1);
	dw[0] = type << 29;
	dw[2] = (rows - 1) << 16;
	dw[3] = pitch - 1;
	dw[8] = LO(DATA_VA);
	dw[9] = HI(DATA_VA);
	return dw;
}

/* two rows of four bytes from each group; rows outside of the surface are not written */
static void blocks_are_stored_in_a_surface(void **state)
{
	const struct grid grid = { .groups = { 5, 6, 1 }, .threads = 1, .lanes = 16 };
	struct scene s = SCENE(*state, 5, block, &grid);
	u64 page = guest_pages(s.g, 1);
	u32 x, y;

	((u32 *)guest_ptr(s.g, page))[BINDINGS / 4] = RECTANGLE;
	surface(&s, page, RECTANGLE, 1, 16, 6);
	map_all(&s);
	queue_enable(&s.q);
	assert_true(ended(&s));
	for (y = 0; y < 8; y++)
		for (x = 0; x < 4; x++)
			assert_int_equal(data(&s)[y * 4 + x], y < 6 ? 0xabc : 0);
}

static void surfaces_of_other_kinds_are_named(void **state)
{
	const struct grid grid = { .groups = { 1, 1, 1 }, .threads = 1, .lanes = 16 };
	struct scene s = SCENE(*state, 5, block, &grid);
	u64 page = guest_pages(s.g, 1);

	((u32 *)guest_ptr(s.g, page))[BINDINGS / 4] = RECTANGLE;
	surface(&s, page, RECTANGLE, 1, 16, 6)[0] |= 3 << 12; /* tiled */
	queue_enable(&s.q);
	assert_int_equal(count(&s, EV_UNIMPLEMENTED), 1);
	assert_int_equal(queue_engine(&s.q)->state, ENGINE_HUNG);
}

static void private_memory_is_the_threads(void **state)
{
	const struct grid grid = { .groups = { 1, 1, 1 }, .threads = 3, .lanes = 48, .last_mask = ~0u };
	struct scene s = SCENE(*state, 5, private, &grid);
	u32 i;

	surface(&s, guest_pages(s.g, 1), PRIVATE, 6, 256, 1);
	map_all(&s);
	queue_enable(&s.q);
	assert_true(ended(&s));
	/* thread 1 begins at its own 256 bytes, and its lanes at 16 words from there */
	for (i = 0; i < 48; i++)
		assert_int_equal(data(&s)[i / 16 * 64 + i], i);
}

/* 0x800000 beside a0 are 256 bytes */
static void private_memory_has_offsets(void **state)
{
	const struct grid grid = { .groups = { 1, 1, 1 }, .threads = 1, .lanes = 16, .last_mask = ~0u };
	struct scene s = SCENE(*state, 5, spilled, &grid);
	u32 i;

	surface(&s, guest_pages(s.g, 1), PRIVATE, 6, 1024, 1);
	map_all(&s);
	queue_enable(&s.q);
	assert_true(ended(&s));
	for (i = 0; i < 16; i++)
		assert_int_equal(data(&s)[64 + i], i);
	assert_int_equal(data(&s)[1], 0);
}

static void lanes_leave_a_loop_one_by_one(void **state)
{
	const struct grid grid = { .groups = { 1, 1, 1 }, .threads = 2, .lanes = 32, .stride = 4, .last_mask = ~0u,
				   .address = DATA_VA };
	struct scene s = SCENE(*state, 5, loop, &grid);
	u32 i;

	map_all(&s);
	queue_enable(&s.q);
	assert_true(ended(&s));
	for (i = 0; i < 32; i++)
		assert_int_equal(data(&s)[i], i * (i + 1) / 2);
}

/* each thread reads the word its neighbour wrote in front of the barrier */
static void threads_of_a_group_meet(void **state)
{
	const struct grid grid = { .groups = { 5, 1, 1 }, .threads = 4, .lanes = 64, .stride = 4, .last_mask = ~0u,
				   .address = DATA_VA };
	struct scene s = SCENE(*state, 5, exchange, &grid);
	u32 i;

	map_all(&s);
	queue_enable(&s.q);
	assert_true(ended(&s));
	for (i = 0; i < 320; i++)
		assert_int_equal(data(&s)[i], 100 + ((i / 16 % 4) ^ 1));
}

/* one page for each thread, all of them in flight at once */
static void a_fault_stops_only_its_thread(void **state)
{
	const struct grid grid = { .groups = { 8, 1, 1 }, .threads = 1, .lanes = 16, .stride = 256, .last_mask = ~0u,
				   .address = DATA_VA };
	struct scene s = SCENE(*state, 5, numbers, &grid);
	struct seen f[6];
	u32 i;

	map_page(&s, DATA_VA + 2 * 4096);
	map_page(&s, DATA_VA + 5 * 4096);
	queue_enable(&s.q);
	for (i = 0; i < 6; i++) {
		f[i] = next_fault(s.g);
		assert_int_equal(f[i].access, MMU_WRITE);
	}
	assert_int_equal(count(&s, EV_THREAD_FAULT), 6);
	assert_int_equal(count(&s, EV_FAULTS_IN_FLIGHT_MAX), 6);
	assert_int_equal(data(&s)[2 * 1024 + 64], 33);
	assert_int_equal(data(&s)[5 * 1024 + 64], 81);
	for (i = 0; i < 6; i++) {
		assert_false(ended(&s));
		serve(&s, &f[5 - i]);
	}
	assert_true(ended(&s));
	for (i = 0; i < 128; i++)
		assert_int_equal(data(&s)[i * 64], i);
	assert_int_equal(count(&s, EV_FAULT_SERVED), 6);
}

static void as_many_fault_as_the_device_has_threads(void **state)
{
	const struct grid grid = { .groups = { 600, 1, 1 }, .threads = 1, .lanes = 16, .stride = 256,
				   .last_mask = ~0u, .address = DATA_VA };
	struct scene s = SCENE(*state, 5, numbers, &grid);
	u32 i;

	queue_enable(&s.q);
	for (i = 0; i < 512; i++) {
		if (i % 40 == 0)
			guest_advance(s.g, NSEC_PER_MSEC);
		next_fault(s.g);
	}
	guest_advance(s.g, NSEC_PER_MSEC);
	expect_silence(s.g);
	assert_int_equal(count(&s, EV_FAULTS_IN_FLIGHT_MAX), 512);
}

/* a message that faults touches nothing, however many of its lanes could */
static void a_faulted_message_has_no_effect(void **state)
{
	const struct grid grid = { .groups = { 1, 1, 1 }, .threads = 1, .lanes = 16, .stride = 4096,
				   .last_mask = ~0u, .address = DATA_VA };
	struct scene s = SCENE(*state, 5, numbers, &grid);
	struct seen f;
	u32 i;

	for (i = 0; i < 15; i++)
		map_page(&s, DATA_VA + i * 4096);
	queue_enable(&s.q);
	f = next_fault(s.g);
	assert_int_equal(f.va, DATA_VA + 15 * 4096);
	for (i = 0; i < 15; i++)
		assert_int_equal(data(&s)[i * 1024], 0);
	serve(&s, &f);
	assert_true(ended(&s));
	for (i = 0; i < 16; i++)
		assert_int_equal(data(&s)[i * 1024], i);
}

static void atomics_fault_as_atomics_and_count_once(void **state)
{
	const struct grid grid = { .groups = { 2, 1, 1 }, .threads = 1, .lanes = 16, .last_mask = ~0u,
				   .address = DATA_VA };
	struct scene s = SCENE(*state, 5, counting, &grid);
	struct seen f[2];

	queue_enable(&s.q);
	f[0] = next_fault(s.g);
	f[1] = next_fault(s.g);
	assert_int_equal(f[0].access, MMU_ATOMIC);
	serve(&s, &f[0]);
	serve(&s, &f[1]);
	assert_true(ended(&s));
	assert_int_equal(data(&s)[0], 32);
}

static void a_refused_fault_ends_the_context(void **state)
{
	const struct grid grid = { .groups = { 4, 1, 1 }, .threads = 1, .lanes = 16, .stride = 256, .last_mask = ~0u,
				   .address = DATA_VA };
	struct scene s = SCENE(*state, 5, numbers, &grid);
	struct seen f;
	u32 i;

	queue_enable(&s.q);
	for (i = 0; i < 4; i++)
		f = next_fault(s.g);
	answer(s.g, &f, true);
	expect_event(s.g, ACTION_CAT_ERROR, 5);
	assert_int_equal(count(&s, EV_FAULTS_IN_FLIGHT), 0);
	assert_false(ended(&s));
}

static void code_that_is_not_there_faults_too(void **state)
{
	const struct grid grid = { .groups = { 1, 1, 1 }, .threads = 1, .lanes = 16, .stride = 4, .last_mask = ~0u,
				   .address = DATA_VA };
	struct scene s = SCENE(*state, 5, numbers, &grid);
	struct seen f;

	map_all(&s);
	vm_unmap(&s.vm, CODE_VA, SHIFT_4K);
	queue_enable(&s.q);
	f = next_fault(s.g);
	assert_int_equal(f.va, CODE_VA);
	assert_int_equal(f.access, MMU_READ);
}

/* disabled with faults in flight: no thread repeats an instruction that has ended */
static void it_goes_on_where_it_was(void **state)
{
	const struct grid grid = { .groups = { 8, 1, 1 }, .threads = 1, .lanes = 16, .last_mask = ~0u,
				   .address = DATA_VA };
	struct scene s = SCENE(*state, 5, counting, &grid), other = store_scene(*state, 6, ON_CCS0);
	u32 i;

	scene_map(&other);
	queue_enable(&s.q);
	for (i = 0; i < 8; i++)
		next_fault(s.g);
	guest_fast(s.g, ACTION_SCHED_MODE_SET, 5, 0);
	guest_run(s.g);
	expect_event(s.g, ACTION_SCHED_MODE_DONE, 5, 0);
	assert_int_equal(count(&s, EV_FAULT_ABORTED), 8);
	queue_enable(&other.q);
	assert_int_equal(stored(&other), 0xcafe);
	map_all(&s);
	queue_enable(&s.q);
	assert_true(ended(&s));
	assert_int_equal(data(&s)[0], 128);
	assert_int_equal(count(&s, EV_WALKER), 1);
}

/* it never ends, and the GuC answers anyway */
static void it_makes_room_for_another(void **state)
{
	const struct grid grid = { .groups = { 1, 1, 1 }, .threads = 1, .lanes = 16, .last_mask = ~0u };
	struct scene s = SCENE(*state, 5, forever, &grid), other = store_scene(*state, 6, ON_CCS0);

	s.g->host->tick = NSEC_PER_USEC;
	scene_map(&other);
	queue_policies(&s.q, 10, 1000, PRIORITY_NORMAL);
	queue_publish(&s.q);
	guest_fast(s.g, ACTION_SCHED_MODE_SET, 5, 1);
	gpu_step(s.g->m, 20 * NSEC_PER_USEC);
	queue_publish(&other.q);
	guest_fast(s.g, ACTION_SCHED_MODE_SET, 6, 1);
	for (u32 i = 0; i < 20; i++)
		gpu_step(s.g->m, 50 * NSEC_PER_USEC);
	assert_int_equal(stored(&other), 0xcafe);
	assert_false(ended(&s));
	assert_int_equal(count(&s, EV_ENGINE_RESET), 0);
}

static void what_is_missing_is_named(void **state)
{
	const struct grid grid = { .groups = { 1, 1, 1 }, .threads = 1, .lanes = 16, .last_mask = ~0u };
	struct scene s = SCENE(*state, 5, lacking, &grid);

	queue_enable(&s.q);
	assert_int_equal(count(&s, EV_UNIMPLEMENTED), 1);
	assert_int_equal(queue_engine(&s.q)->state, ENGINE_HUNG);
	assert_false(ended(&s));
}

static void nonsense_hangs(void **state)
{
	const struct grid grid = { .groups = { 1, 1, 1 }, .threads = 1, .lanes = 16, .last_mask = ~0u };
	struct scene s = SCENE(*state, 5, nonsense, &grid);

	queue_enable(&s.q);
	assert_int_equal(count(&s, EV_UNIMPLEMENTED), 0);
	assert_int_equal(count(&s, EV_GUEST_ERROR), 1);
	assert_int_equal(queue_engine(&s.q)->state, ENGINE_HUNG);
}

static void impossible_groups_hang(void **state)
{
	const struct grid grid = { .groups = { 1, 1, 1 }, .threads = 1023, .lanes = 16, .last_mask = ~0u };
	struct scene s = SCENE(*state, 5, numbers, &grid);

	queue_enable(&s.q);
	assert_int_equal(count(&s, EV_GUEST_ERROR), 1);
	assert_int_equal(queue_engine(&s.q)->state, ENGINE_HUNG);
}

static void reset_forgets_all_of_it(void **state)
{
	const struct grid grid = { .groups = { 4, 1, 1 }, .threads = 1, .lanes = 16, .stride = 256, .last_mask = ~0u,
				   .address = DATA_VA };
	struct scene s = SCENE(*state, 5, numbers, &grid);
	u32 i;

	queue_enable(&s.q);
	for (i = 0; i < 4; i++)
		next_fault(s.g);
	gts_reset(s.g->m);
	assert_int_equal(count(&s, EV_FAULTS_IN_FLIGHT), 0);
	guest_run(s.g);
	assert_false(ended(&s));
}

#define T(name) cmocka_unit_test_setup_teardown(name, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_lane_has_its_number),
		T(the_last_thread_has_the_lanes_of_its_mask),
		T(no_group_is_no_work),
		T(groups_wait_for_room),
		T(the_end_is_written),
		T(the_end_is_stamped),
		T(arguments_are_behind_the_general_base),
		T(blocks_are_stored_in_a_surface),
		T(surfaces_of_other_kinds_are_named),
		T(private_memory_is_the_threads),
		T(private_memory_has_offsets),
		T(lanes_leave_a_loop_one_by_one),
		T(threads_of_a_group_meet),
		T(a_fault_stops_only_its_thread),
		T(as_many_fault_as_the_device_has_threads),
		T(a_faulted_message_has_no_effect),
		T(atomics_fault_as_atomics_and_count_once),
		T(a_refused_fault_ends_the_context),
		T(code_that_is_not_there_faults_too),
		T(it_goes_on_where_it_was),
		T(it_makes_room_for_another),
		T(what_is_missing_is_named),
		T(nonsense_hangs),
		T(impossible_groups_hang),
		T(reset_forgets_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
