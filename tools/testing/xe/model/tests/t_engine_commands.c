// SPDX-License-Identifier: GPL-2.0
/* Every row of the command table does what it says, and the table proves itself. */
#include "tests/fake_guest.h"
#include "tests/stores.h"

#include <string.h>

#define BATCH_VA 0x100000000000ull
#define DATA_VA 0x100000100000ull
#define DATA_PAGES 64u

struct scene {
	struct fake_guest *g;
	struct fake_vm vm;
	struct fake_queue q;
	u32 *batch, num; /* dwords */
	u32 *data;
	u32 data_ggtt;
};

static struct scene scene_on(struct fake_guest *g, enum fake_engine on)
{
	u64 batch = guest_pages(g, 4), data = guest_pages(g, DATA_PAGES);
	struct scene s = { .g = g, .vm = vm_new(g, 9), .batch = guest_ptr(g, batch),
			   .data = guest_ptr(g, data) };

	vm_map_pages(&s.vm, BATCH_VA, batch, 4);
	vm_map_pages(&s.vm, DATA_VA, data, DATA_PAGES);
	s.data_ggtt = guest_ggtt(g, data, DATA_PAGES);
	s.q = queue_new(g, 3, on, &s.vm);
	return s;
}

static void put(struct scene *s, const u32 *dw, u32 num)
{
	memcpy(s->batch + s->num, dw, num * 4);
	s->num += num;
}

#define batch(s, ...)                                                                              \
	do {                                                                                       \
		const u32 batch_dw_[] = { __VA_ARGS__ };                                           \
		put(s, batch_dw_, sizeof(batch_dw_) / 4);                                          \
	} while (0)

static void run_batch(struct scene *s)
{
	batch(s, CMD(MI_BATCH_BUFFER_END));
	queue_emit(&s->q, BATCH(BATCH_VA));
	queue_enable(&s->q);
	assert_int_equal(queue_engine(&s->q)->state, ENGINE_IDLE);
}

static void clean(struct scene *s)
{
	assert_int_equal(obs_count(s->g->m, EV_GUEST_ERROR), 0);
	assert_int_equal(obs_count(s->g->m, EV_UNIMPLEMENTED), 0);
	assert_int_equal(obs_count(s->g->m, EV_ORACLE), 0);
}

static void table_passes_its_check(void **state)
{
	(void)state;
	assert_null(command_check(&commands));
}

static void table_check_finds_faults(void **state)
{
	struct command rows[2] = {
		{ .name = "A", .match = 0x100, .mask = 0xf00, .engines = 1, .min = 1, .max = 1,
		  .exec = exec_skip, .ref = "x" },
		{ .name = "B", .match = 0x200, .mask = 0xf00, .engines = 1, .min = 1, .max = 1,
		  .exec = exec_skip, .ref = "x" },
	};
	const struct command_table table = { rows, 2 };

	(void)state;
	assert_null(command_check(&table));
	rows[1].match = 0x100;
	assert_non_null(command_check(&table));
	rows[1].match = 0x1200;
	assert_non_null(command_check(&table));
	rows[1].match = 0x200;
	rows[1].exec = NULL;
	assert_non_null(command_check(&table));
	rows[1].exec = exec_skip;
	rows[1].ref = "";
	assert_non_null(command_check(&table));
}

static void store_data_in_all_forms(void **state)
{
	struct scene s = scene_on(*state, ON_RCS0);

	batch(&s, STORE_DWORD(DATA_VA, 1));
	batch(&s, CMD(MI_STORE_DATA_IMM) | 4, LO(DATA_VA + 4), HI(DATA_VA), 2, 3, 4);
	batch(&s, CMD(MI_STORE_DATA_IMM) | MI_SDI_QWORD | 5, LO(DATA_VA + 16), HI(DATA_VA), 5, 6, 7, 8);
	run_batch(&s);
	assert_memory_equal(s.data, ((u32[]){ 1, 2, 3, 4, 5, 6, 7, 8 }), 32);
	clean(&s);
}

static void store_data_of_full_length(void **state)
{
	struct scene s = scene_on(*state, ON_BCS8);
	u32 i;

	batch(&s, CMD(MI_STORE_DATA_IMM) | MI_SDI_QWORD | 0x3ff, LO(DATA_VA + 0xf00), HI(DATA_VA));
	for (i = 0; i < 1022; i++)
		batch(&s, i + 1);
	run_batch(&s);
	for (i = 0; i < 1022; i++)
		assert_int_equal(s.data[0xf00 / 4 + i], i + 1);
	clean(&s);
}

static u64 *fence;

/* what a program does that polls: it saw the fence, and makes it ready for the next job */
static void reset_fence(void)
{
	if (*fence == 0xdeadbeefdeadbeef)
		*fence = 0;
}

/*
 * A fence that is reset as soon as it was seen stays reset: the engine does not write it again. The memcpy()
 * of 8 bytes, which overlaps two stores, did.
 */
static void fence_is_stored_once(void **state)
{
	struct scene s = scene_on(*state, ON_RCS0);

	if (!stores_can_be_counted())
		skip();
	fence = (u64 *)s.data;
	batch(&s, CMD(MI_STORE_DATA_IMM) | MI_SDI_QWORD | 3, LO(DATA_VA), HI(DATA_VA), 0xdeadbeef, 0xdeadbeef);
	stores_watch(s.data, reset_fence);
	run_batch(&s);
	assert_int_equal(stores_end(), 1);
	assert_int_equal(*fence, 0);
	clean(&s);
}

static void each_dword_is_stored_once(void **state)
{
	struct scene s = scene_on(*state, ON_RCS0);

	if (!stores_can_be_counted())
		skip();
	/* off an 8-byte boundary: a dword at a time, or a dword, a qword, a dword */
	batch(&s, CMD(MI_STORE_DATA_IMM) | MI_SDI_QWORD | 3, LO(DATA_VA + 4), HI(DATA_VA), 1, 2);
	batch(&s, CMD(MI_STORE_DATA_IMM) | 5, LO(DATA_VA + 20), HI(DATA_VA), 3, 4, 5, 6);
	stores_watch(s.data, NULL);
	run_batch(&s);
	assert_int_equal(stores_end(), 2 + 3);
	assert_memory_equal(s.data, ((u32[]){ 0, 1, 2, 0, 0, 3, 4, 5, 6 }), 36);
	clean(&s);
}

static void half_a_qword_hangs(void **state)
{
	struct scene s = scene_on(*state, ON_RCS0);

	batch(&s, CMD(MI_STORE_DATA_IMM) | MI_SDI_QWORD | 2, LO(DATA_VA), HI(DATA_VA), 5);
	queue_emit(&s.q, BATCH(BATCH_VA));
	queue_enable(&s.q);
	assert_int_equal(queue_engine(&s.q)->state, ENGINE_HUNG);
	assert_int_equal(obs_count(s.g->m, EV_GUEST_ERROR), 1);
}

static void ring_may_use_the_ggtt_a_user_batch_not(void **state)
{
	struct scene s = scene_on(*state, ON_RCS0);

	queue_emit(&s.q, CMD(MI_STORE_DATA_IMM) | MI_GGTT | 2, s.data_ggtt, 0, 42);
	batch(&s, CMD(MI_STORE_DATA_IMM) | MI_GGTT | 2, s.data_ggtt + 4, 0, 43);
	run_batch(&s);
	assert_int_equal(s.data[0], 42);
	assert_int_equal(s.data[1], 0);
	assert_int_equal(obs_count(s.g->m, EV_GUEST_ERROR), 1);
}

static void ggtt_batch_is_privileged(void **state)
{
	struct scene s = scene_on(*state, ON_RCS0);
	const u32 dw[] = { CMD(MI_STORE_DATA_IMM) | MI_GGTT | 2, s.data_ggtt, 0, 42,
			   CMD(MI_BATCH_BUFFER_END) };

	memcpy(s.data + 1024, dw, sizeof(dw));
	queue_emit(&s.q, CMD(MI_BATCH_BUFFER_START) | 1, s.data_ggtt + 4096, 0);
	queue_enable(&s.q);
	assert_int_equal(s.data[0], 42);
	clean(&s);
}

static void null_pages_swallow_and_give_zero(void **state)
{
	struct scene s = scene_on(*state, ON_BCS0);

	vm_map(&s.vm, DATA_VA + 0x1000, 0, SHIFT_4K, PTE_RW | PTE_NULL);
	s.data[0] = 7;
	batch(&s, STORE_DWORD(DATA_VA + 0x1000, 9));
	batch(&s, CMD(MI_COPY_MEM_MEM) | 3, LO(DATA_VA), HI(DATA_VA), LO(DATA_VA + 0x1000), HI(DATA_VA));
	run_batch(&s);
	assert_int_equal(s.data[0], 0);
	assert_int_equal(s.data[1024], 0);
	clean(&s);
}

#define ATOMIC(op, flags, va) CMD(MI_ATOMIC) | (op) << 8 | (flags) | 1, LO(va), HI(va)
#define ATOMIC_INLINE(op, flags, va, one, two)                                                     \
	CMD(MI_ATOMIC) | (op) << 8 | (flags) | MI_ATOMIC_INLINE | 9, LO(va), HI(va), LO(one), LO(two), \
		HI(one), HI(two), 0, 0, 0, 0

static void atomics_compute(void **state)
{
	static const struct {
		u32 op, old, one, two, want;
	} cases[] = {
		{ 0x01, 0xff, 0x0f, 0, 0x0f }, { 0x02, 0xf0, 0x0f, 0, 0xff }, { 0x03, 0xff, 0x0f, 0, 0xf0 },
		{ 0x04, 1, 9, 0, 9 }, { 0x05, 1, 9, 0, 2 }, { 0x06, 1, 9, 0, 0 }, { 0x07, 5, 9, 0, 14 },
		{ 0x08, 9, 5, 0, 4 }, { 0x09, 5, 9, 0, 4 }, { 0x0a, -5, 3, 0, 3 }, { 0x0b, -5, 3, 0, -5 },
		{ 0x0c, -5, 3, 0, -5 }, { 0x0d, -5, 3, 0, 3 }, { 0x0e, 5, 5, 8, 8 }, { 0x0e, 5, 6, 8, 5 },
	};
	struct scene s = scene_on(*state, ON_CCS0);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		s.data[i] = cases[i].old;
		batch(&s, ATOMIC_INLINE(cases[i].op, 0, DATA_VA + 4 * i, cases[i].one, cases[i].two));
	}
	run_batch(&s);
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(s.data[i], cases[i].want);
	clean(&s);
}

static void atomics_without_operand_and_of_qwords(void **state)
{
	struct scene s = scene_on(*state, ON_RCS0);
	u64 *wide = (u64 *)s.data;

	wide[0] = 0xffffffff;
	s.data[2] = 5;
	batch(&s, ATOMIC(0x25, MI_ATOMIC_QWORD, DATA_VA));
	batch(&s, ATOMIC(0x06, 0, DATA_VA + 8));
	batch(&s, ATOMIC_INLINE(0x27, MI_ATOMIC_QWORD, DATA_VA + 16, 0x1234567890ull, 0));
	run_batch(&s);
	assert_int_equal(wide[0], 0x100000000ull);
	assert_int_equal(s.data[2], 4);
	assert_int_equal(wide[2], 0x1234567890ull);
	clean(&s);
}

#define GPR(n) (0x600 + 8 * (n))
#define CS BIT(19)

static void registers_are_loaded_stored_and_computed(void **state)
{
	struct scene s = scene_on(*state, ON_RCS0);

	s.data[0] = 1000;
	batch(&s, CMD(MI_LOAD_REGISTER_IMM) | CS | 3, GPR(0), 77, GPR(0) + 4, 0);
	batch(&s, CMD(MI_LOAD_REGISTER_MEM) | CS | 2, GPR(1), LO(DATA_VA), HI(DATA_VA));
	batch(&s, CMD(MI_LOAD_REGISTER_REG) | BIT(18) | BIT(19) | 1, GPR(1), GPR(2));
	batch(&s, CMD(MI_MATH) | 3, 0x080u << 20 | 0x20 << 10 | 0, 0x080u << 20 | 0x21 << 10 | 2,
	      0x100u << 20, 0x180u << 20 | 3 << 10 | 0x31);
	batch(&s, CMD(MI_STORE_REGISTER_MEM) | CS | 2, GPR(3), LO(DATA_VA + 4), HI(DATA_VA));
	batch(&s, CMD(MI_MATH) | 3, 0x080u << 20 | 0x20 << 10 | 0, 0x080u << 20 | 0x21 << 10 | 2,
	      0x101u << 20, 0x580u << 20 | 4 << 10 | 0x31);
	batch(&s, CMD(MI_STORE_REGISTER_MEM) | 2, 0x2000 + GPR(4), LO(DATA_VA + 8), HI(DATA_VA));
	batch(&s, CMD(MI_MATH), 0x180u << 20 | 5 << 10 | 0x33);
	run_batch(&s);
	assert_int_equal(s.data[1], 1077);
	assert_int_equal(s.data[2], ~(77u - 1000u));
	clean(&s);
}

static void math_operations(void **state)
{
	static const struct {
		u32 op, where;
		u64 a, b, want;
	} cases[] = {
		{ 0x100, 0x33, ~0ull, 1, ~0ull }, { 0x100, 0x33, 1, 1, 0 }, { 0x101, 0x33, 1, 2, ~0ull },
		{ 0x101, 0x32, 2, 2, ~0ull }, { 0x102, 0x31, 6, 3, 2 }, { 0x103, 0x31, 6, 3, 7 },
		{ 0x104, 0x31, 6, 3, 5 }, { 0x105, 0x31, 1, 40, 1ull << 40 }, { 0x106, 0x31, 256, 4, 16 },
		{ 0x107, 0x31, -256ull, 4, -16ull },
	};
	struct scene s = scene_on(*state, ON_CCS0);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		batch(&s, CMD(MI_LOAD_REGISTER_IMM) | CS | 7, GPR(0), LO(cases[i].a), GPR(0) + 4,
		      HI(cases[i].a), GPR(1), LO(cases[i].b), GPR(1) + 4, HI(cases[i].b));
		batch(&s, CMD(MI_MATH) | 3, 0x080u << 20 | 0x20 << 10 | 0, 0x080u << 20 | 0x21 << 10 | 1,
		      cases[i].op << 20, 0x180u << 20 | 2 << 10 | cases[i].where);
		batch(&s, CMD(MI_STORE_REGISTER_MEM) | CS | 2, GPR(2), LO(DATA_VA + 8 * i), HI(DATA_VA));
		batch(&s, CMD(MI_STORE_REGISTER_MEM) | CS | 2, GPR(2) + 4, LO(DATA_VA + 8 * i + 4),
		      HI(DATA_VA));
	}
	run_batch(&s);
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(((u64 *)s.data)[i], cases[i].want);
	clean(&s);
}

static void user_batch_cannot_write_what_it_may_not(void **state)
{
	struct scene s = scene_on(*state, ON_RCS0);

	queue_emit(&s.q, CMD(MI_LOAD_REGISTER_IMM) | 1, 0x6210, 5);
	batch(&s, CMD(MI_LOAD_REGISTER_IMM) | 1, 0x6210, 6);
	run_batch(&s);
	assert_int_equal(reg_get(s.g->m, 0x6210), 5);
	assert_int_equal(obs_count(s.g->m, EV_REG_DENIED), 1);
	mmio_write(s.g->m, 0x24d0, 0x6210);
	queue_emit(&s.q, BATCH(BATCH_VA));
	queue_kick(&s.q);
	assert_int_equal(reg_get(s.g->m, 0x6210), 6);
}

static void timestamps_move(void **state)
{
	struct scene s = scene_on(*state, ON_RCS0);

	s.data[0] = 1;
	batch(&s, CMD(MI_STORE_REGISTER_MEM) | CS | 2, 0x358, LO(DATA_VA + 16), HI(DATA_VA));
	batch(&s, CMD(MI_STORE_REGISTER_MEM) | CS | 2, 0x3a8, LO(DATA_VA + 20), HI(DATA_VA));
	batch(&s, CMD(MI_SEMAPHORE_WAIT) | MI_SEMAPHORE_POLL | CMP_EQ << 12 | 2, 0, LO(DATA_VA), HI(DATA_VA));
	batch(&s, CMD(MI_STORE_REGISTER_MEM) | CS | 2, 0x358, LO(DATA_VA + 24), HI(DATA_VA));
	batch(&s, CMD(MI_STORE_REGISTER_MEM) | CS | 2, 0x3a8, LO(DATA_VA + 28), HI(DATA_VA));
	batch(&s, CMD(MI_BATCH_BUFFER_END));
	queue_emit(&s.q, BATCH(BATCH_VA));
	queue_enable(&s.q);
	s.data[0] = 0;
	guest_advance(s.g, NSEC_PER_SEC);
	assert_int_equal(s.data[6] - s.data[4], 19200000);
	assert_int_equal(s.data[7] - s.data[5], 19200000);
	assert_int_equal(s.q.regs[0x23], s.data[7]);
	clean(&s);
}

static void semaphore_compares(void **state)
{
	static const struct {
		u32 op, mem, imm;
	} passes[] = {
		{ CMP_GT, 2, 1 }, { CMP_GE, 2, 2 }, { CMP_LT, 1, 2 }, { CMP_LE, 2, 2 }, { CMP_EQ, 2, 2 },
		{ CMP_NE, 1, 2 },
	};
	struct scene s = scene_on(*state, ON_BCS0);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(passes); i++) {
		s.data[i] = passes[i].mem;
		batch(&s, CMD(MI_SEMAPHORE_WAIT) | MI_SEMAPHORE_POLL | passes[i].op << 12 | 3,
		      passes[i].imm, LO(DATA_VA + 4 * i), HI(DATA_VA), 0);
	}
	run_batch(&s);
	assert_int_equal(obs_count(s.g->m, EV_SEMAPHORE_POLL), 0);
	clean(&s);
}

static void batch_ends_when_the_condition_is_false(void **state)
{
	struct scene s = scene_on(*state, ON_RCS0);

	s.data[0] = 5;
	batch(&s, CMD(MI_CONDITIONAL_BATCH_BUFFER_END) | MI_COND_COMPARE | 2, 4, LO(DATA_VA), HI(DATA_VA));
	batch(&s, STORE_DWORD(DATA_VA + 4, 1));
	batch(&s, CMD(MI_CONDITIONAL_BATCH_BUFFER_END) | MI_COND_COMPARE | 2, 5, LO(DATA_VA), HI(DATA_VA));
	batch(&s, STORE_DWORD(DATA_VA + 8, 1));
	run_batch(&s);
	assert_int_equal(s.data[1], 1);
	assert_int_equal(s.data[2], 0);
	clean(&s);
}

/* IGT's loop: count down with an atomic, jump back without the address space bit, end at zero */
static void conditional_loop_stays_in_its_space(void **state)
{
	struct scene s = scene_on(*state, ON_RCS0);

	s.data[0] = 500;
	batch(&s, ATOMIC(0x06, 0, DATA_VA), CMD(MI_MEM_FENCE));
	batch(&s, CMD(MI_CONDITIONAL_BATCH_BUFFER_END) | MI_COND_COMPARE | 2, 0, LO(DATA_VA), HI(DATA_VA));
	batch(&s, CMD(MI_BATCH_BUFFER_START) | 1, LO(BATCH_VA), HI(BATCH_VA));
	queue_emit(&s.q, BATCH(BATCH_VA));
	queue_enable(&s.q);
	guest_advance(s.g, 0);
	while (queue_engine(&s.q)->state == ENGINE_WAIT)
		guest_advance(s.g, 20 * NSEC_PER_USEC);
	assert_int_equal(s.data[0], 0);
	clean(&s);
}

static void second_level_batch_returns(void **state)
{
	struct scene s = scene_on(*state, ON_RCS0);
	const u32 second[] = { STORE_DWORD(DATA_VA, 1), CMD(MI_BATCH_BUFFER_END) };

	memcpy(s.batch + 1024, second, sizeof(second));
	batch(&s, CMD(MI_BATCH_BUFFER_START) | MI_BB_SECOND_LEVEL | MI_BB_PPGTT | 1, LO(BATCH_VA + 4096),
	      HI(BATCH_VA));
	batch(&s, STORE_DWORD(DATA_VA + 4, 2));
	run_batch(&s);
	assert_int_equal(s.data[0], 1);
	assert_int_equal(s.data[1], 2);
	clean(&s);
}

static void chained_batch_does_not_return(void **state)
{
	struct scene s = scene_on(*state, ON_RCS0);
	const u32 second[] = { STORE_DWORD(DATA_VA, 1), CMD(MI_BATCH_BUFFER_END) };

	memcpy(s.batch + 1024, second, sizeof(second));
	batch(&s, BATCH(BATCH_VA + 4096));
	batch(&s, STORE_DWORD(DATA_VA + 4, 2));
	run_batch(&s);
	assert_int_equal(s.data[0], 1);
	assert_int_equal(s.data[1], 0);
	clean(&s);
}

static void flush_writes_after_it(void **state)
{
	struct scene s = scene_on(*state, ON_BCS0);
	u32 *status = s.q.regs - 1024;

	queue_emit(&s.q, CMD(MI_FLUSH_DW) | 1 << 14 | 2, s.data_ggtt | MI_FLUSH_ADDR_GGTT, 0, 11);
	queue_emit(&s.q, CMD(MI_FLUSH_DW) | 1 << 14 | 3, LO(DATA_VA + 8), HI(DATA_VA), 12, 13);
	queue_emit(&s.q, CMD(MI_FLUSH_DW) | 1 << 14 | MI_FLUSH_INDEX | 2, 0xd0 | 4, 0, 14);
	queue_emit(&s.q, CMD(MI_FLUSH_DW) | 3 << 14 | 2, LO(DATA_VA + 16), HI(DATA_VA), 0);
	queue_emit(&s.q, CMD(MI_FLUSH_DW) | 2, 0, 0, 0);
	queue_emit(&s.q, CMD(MI_STORE_DATA_INDEX) | 1, 0x100, 15);
	queue_enable(&s.q);
	assert_int_equal(s.data[0], 11);
	assert_int_equal(s.data[1], 0);
	assert_int_equal(s.data[2], 12);
	assert_int_equal(s.data[3], 13);
	assert_int_equal(status[0xd0 / 4], 14);
	assert_int_equal(((u64 *)s.data)[2], 19200000);
	assert_int_equal(status[0x100 / 4], 15);
	clean(&s);
}

#define PIPE (3u << 29 | 3u << 27 | 2u << 24 | 4)

static void pipe_control_writes_after_it(void **state)
{
	struct scene s = scene_on(*state, ON_RCS0);
	u32 *status = s.q.regs - 1024;

	queue_emit(&s.q, PIPE, 1 << 14 | PIPE_GGTT, s.data_ggtt, 0, 11, 12);
	queue_emit(&s.q, PIPE, 3 << 14, LO(DATA_VA + 8), HI(DATA_VA), 0, 0);
	queue_emit(&s.q, PIPE, 1 << 14 | PIPE_INDEX | PIPE_TLB, 0xd0, 0, 13, 0);
	queue_emit(&s.q, PIPE, PIPE_REG_WRITE, 0x2094, 0, 14, 0);
	queue_emit(&s.q, PIPE, PIPE_NOTIFY, 0, 0, 0, 0);
	queue_enable(&s.q);
	assert_int_equal(s.data[0], 11);
	assert_int_equal(s.data[1], 12);
	assert_int_equal(((u64 *)s.data)[1], 19200000);
	assert_int_equal(status[0xd0 / 4], 13);
	assert_int_equal(obs_count(s.g->m, EV_TLB_FLUSH_COMMAND), 1);
	assert_int_equal(obs_count(s.g->m, EV_IRQ_DISABLED), 2);
	clean(&s);
}

static void copy_of_a_dword(void **state)
{
	struct scene s = scene_on(*state, ON_CCS0);

	s.data[5] = 99;
	batch(&s, CMD(MI_COPY_MEM_MEM) | 3, LO(DATA_VA), HI(DATA_VA), LO(DATA_VA + 20), HI(DATA_VA));
	run_batch(&s);
	assert_int_equal(s.data[0], 99);
	clean(&s);
}

static u8 *bytes(struct scene *s)
{
	u8 *p = (u8 *)s->data;
	u32 i;

	for (i = 0; i < DATA_PAGES * 4096; i++)
		p[i] = (u8)(i * 7 + i / 251);
	return p;
}

static void mem_set_linear_and_matrix(void **state)
{
	struct scene s = scene_on(*state, ON_BCS0);
	u8 *p = bytes(&s), keep = p[5000], row = p[8192 + 16];

	batch(&s, BLT(MEM_SET) | 5, 5000 - 1, 0, 0, LO(DATA_VA), HI(DATA_VA), 0xabu << 24);
	batch(&s, BLT(MEM_SET) | MEM_MATRIX | 5, 16 - 1, 3 - 1, 256 - 1, LO(DATA_VA + 8192), HI(DATA_VA),
	      0xcdu << 24);
	run_batch(&s);
	assert_int_equal(p[0], 0xab);
	assert_int_equal(p[4999], 0xab);
	assert_int_equal(p[5000], keep);
	assert_int_equal(p[8192 + 2 * 256 + 15], 0xcd);
	assert_int_equal(p[8192 + 16], row);
	assert_int_not_equal(p[8192 + 3 * 256], 0xcd);
	clean(&s);
}

#define MEM_COPY_CMD(flags, width, height, sp, dp, src, dst)                                       \
	BLT(MEM_COPY) | (flags) | 8, (width) - 1, (height) - 1, (sp) - 1, (dp) - 1, LO(src), HI(src),  \
		LO(dst), HI(dst), 0

static void mem_copy_linear_matrix_and_pages(void **state)
{
	struct scene s = scene_on(*state, ON_BCS0);
	u8 *p = bytes(&s);

	batch(&s, MEM_COPY_CMD(0, 5001, 1, 1, 1, DATA_VA, DATA_VA + 0x4001));
	batch(&s, MEM_COPY_CMD(MEM_MATRIX, 10, 4, 64, 128, DATA_VA, DATA_VA + 0x8000));
	batch(&s, MEM_COPY_CMD(MEM_COPY_PAGE_MODE, 32, 1, 1, 1, DATA_VA, DATA_VA + 0xa000));
	run_batch(&s);
	assert_memory_equal(p, p + 0x4001, 5001);
	assert_memory_equal(p + 3 * 64, p + 0x8000 + 3 * 128, 10);
	assert_memory_not_equal(p + 10, p + 0x8000 + 10, 4);
	assert_memory_equal(p, p + 0xa000, 8192);
	clean(&s);
}

static void fast_copy_of_a_rectangle(void **state)
{
	struct scene s = scene_on(*state, ON_BCS8);
	u8 *p = bytes(&s);

	batch(&s, BLT(XY_FAST_COPY_BLT) | 8, 3u << 24 | 4096, 0, 32u << 16 | 1024, LO(DATA_VA + 0x20000),
	      HI(DATA_VA), 0, 4096, LO(DATA_VA), HI(DATA_VA));
	batch(&s, BLT(XY_FAST_COPY_BLT) | 8, 3u << 24 | 256, 1u << 16 | 2, 3u << 16 | 4, LO(DATA_VA + 0x1f000),
	      HI(DATA_VA), 1u << 16 | 1, 512, LO(DATA_VA), HI(DATA_VA));
	run_batch(&s);
	assert_memory_equal(p, p + 0x20000, 0x1f000);
	assert_memory_equal(p + 512 + 4, p + 0x1f000 + 256 + 8, 8);
	assert_memory_equal(p + 1024 + 4, p + 0x1f000 + 512 + 8, 8);
	clean(&s);
}

static void fast_color_fills_pixels(void **state)
{
	struct scene s = scene_on(*state, ON_BCS0);

	batch(&s, BLT(XY_FAST_COLOR_BLT) | 2u << 19 | 14, 64 - 1, 1u << 16 | 1, 3u << 16 | 4, LO(DATA_VA),
	      HI(DATA_VA), 0, 0x11223344, 0, 0, 0, 0, 0, 0, 0, 0);
	run_batch(&s);
	assert_int_equal(s.data[16], 0);
	assert_int_equal(s.data[17], 0x11223344);
	assert_int_equal(s.data[35], 0x11223344);
	assert_int_equal(s.data[36], 0);
	assert_int_equal(s.data[49], 0);
	clean(&s);
}

/* the middle page of a long copy is missing: what was done stays done, the rest follows */
static void copy_goes_on_after_a_fault(void **state)
{
	struct scene s = scene_on(*state, ON_BCS0);
	u8 *p = bytes(&s);
	u32 msg[256];

	vm_unmap(&s.vm, DATA_VA + 0x25000, SHIFT_4K);
	batch(&s, MEM_COPY_CMD(0, 0x18000, 1, 1, 1, DATA_VA, DATA_VA + 0x20000), CMD(MI_BATCH_BUFFER_END));
	queue_emit(&s.q, BATCH(BATCH_VA));
	queue_enable(&s.q);
	assert_int_equal(guest_receive(s.g, msg), 6);
	assert_int_equal(msg[4] & 0xfffff000, LO(DATA_VA + 0x25000));
	assert_memory_equal(p, p + 0x20000, 0x5000);
	*vm_entry(&s.vm, DATA_VA + 0x25000, SHIFT_4K) =
		(u64)(p - s.g->ram) + GUEST_RAM_BASE + 0x25000 + (PTE_PRESENT | PTE_RW);
	p[0] ^= 0xff;
	guest_fast(s.g, ACTION_PAGE_FAULT_ANSWER, ANSWER_VALID | 1 << 10 | 9 << 12,
		   (msg[2] >> 28 | (msg[3] & 0xfff) << 4) << 16);
	guest_run(s.g);
	assert_memory_equal(p + 1, p + 0x20001, 0x17fff);
	assert_int_not_equal(p[0], p[0x20000]);
	clean(&s);
}

static void state_commands_are_skipped_by_length(void **state)
{
	struct scene s = scene_on(*state, ON_RCS0);

	batch(&s, 0x78140000 | 3, -1, -1, -1, -1); /* 3DSTATE_WM */
	batch(&s, 0x79170000 | 1, -1, -1); /* 3DSTATE_SO_DECL_LIST */
	batch(&s, 0x61010000 | 20);
	s.num += 21; /* STATE_BASE_ADDRESS */
	batch(&s, 0x69040000); /* PIPELINE_SELECT */
	batch(&s, 0x72000000 | 4, 0, 0, 0, 0, 0); /* CFE_STATE */
	batch(&s, CMD(MI_TOPOLOGY_FILTER), CMD(MI_FORCE_WAKEUP), 0, CMD(MI_SET_PREDICATE));
	batch(&s, STORE_DWORD(DATA_VA, 1));
	run_batch(&s);
	assert_int_equal(s.data[0], 1);
	clean(&s);
}

static void state_of_the_runtime_is_skipped_by_length(void **state)
{
	struct scene s = scene_on(*state, ON_CCS0);

	batch(&s, RESOURCE_BARRIER | 3, -1, -1, -1, -1);
	batch(&s, 0x60030000 | 2, -1, -1, -1); /* STATE_PREFETCH */
	batch(&s, GFX_BINDING_TABLE_POOL | 2, -1, -1, -1);
	batch(&s, GFX_MEM_FENCE_ADDRESS | 1, -1, -1);
	batch(&s, STORE_DWORD(DATA_VA, 1));
	run_batch(&s);
	assert_int_equal(s.data[0], 1);
	clean(&s);
}

static void fence_address_is_state_of_a_copy_engine_too(void **state)
{
	struct scene s = scene_on(*state, ON_BCS0);

	batch(&s, GFX_MEM_FENCE_ADDRESS | 1, -1, -1);
	batch(&s, STORE_DWORD(DATA_VA, 1));
	run_batch(&s);
	assert_int_equal(s.data[0], 1);
	clean(&s);
}

static void what_is_lacking_is_said(void **state)
{
	struct scene s = scene_on(*state, ON_RCS0);

	batch(&s, 0x7b000000 | 5, 0, 0, 0, 0, 0, 0); /* 3DPRIMITIVE */
	batch(&s, CMD(MI_PREDICATE));
	batch(&s, BLT(MEM_SET) | 5, 0, 0, 0, 0, 0, 0); /* not on this engine */
	batch(&s, STORE_DWORD(DATA_VA, 1));
	run_batch(&s);
	assert_int_equal(s.data[0], 1);
	assert_int_equal(obs_count(s.g->m, EV_UNIMPLEMENTED), 3);
}

/* garbage may ask for anything; the ring is the driver's all the same */
static void what_garbage_lacks_is_its_error(void **state)
{
	struct scene s = scene_on(*state, ON_RCS0);

	inject_set(s.g->m, KNOB_garbage, 1);
	batch(&s, 0x7b000000 | 5, 0, 0, 0, 0, 0, 0); /* 3DPRIMITIVE */
	batch(&s, BLT(MEM_SET) | 5, 0, 0, 0, 0, 0, 0); /* not on this engine */
	batch(&s, STORE_DWORD(DATA_VA, 1));
	run_batch(&s);
	assert_int_equal(s.data[0], 1);
	assert_int_equal(obs_count(s.g->m, EV_UNIMPLEMENTED), 0);
	assert_int_equal(obs_count(s.g->m, EV_GUEST_ERROR), 2);
	queue_emit(&s.q, 0x7b000000 | 5, 0, 0, 0, 0, 0, 0);
	queue_enable(&s.q);
	assert_int_equal(obs_count(s.g->m, EV_UNIMPLEMENTED), 1);
}

/* what no hardware has is the guest's mistake, not the model's */
static void reserved_type_hangs(void **state)
{
	struct scene s = scene_on(*state, ON_RCS0);

	batch(&s, 0xdeadbeef);
	queue_emit(&s.q, BATCH(BATCH_VA));
	queue_enable(&s.q);
	assert_int_equal(queue_engine(&s.q)->state, ENGINE_HUNG);
	assert_int_equal(obs_count(s.g->m, EV_GUEST_ERROR), 1);
	assert_int_equal(obs_count(s.g->m, EV_UNIMPLEMENTED), 0);
}

static void bytes_are_counted_by_class(void **state)
{
	struct scene s = scene_on(*state, ON_BCS0);

	batch(&s, MEM_COPY_CMD(0, 4096, 1, 1, 1, DATA_VA, DATA_VA + 0x4000));
	run_batch(&s);
	assert_int_equal(obs_count(s.g->m, EV_BYTES_WRITTEN_BCS), 4096);
	assert_true(obs_count(s.g->m, EV_BYTES_READ_BCS) > 4096);
	assert_int_equal(obs_count(s.g->m, EV_BYTES_WRITTEN_RCS), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_passes_its_check),
		cmocka_unit_test(table_check_finds_faults),
		T(store_data_in_all_forms),
		T(store_data_of_full_length),
		T(fence_is_stored_once),
		T(each_dword_is_stored_once),
		T(half_a_qword_hangs),
		T(ring_may_use_the_ggtt_a_user_batch_not),
		T(ggtt_batch_is_privileged),
		T(null_pages_swallow_and_give_zero),
		T(atomics_compute),
		T(atomics_without_operand_and_of_qwords),
		T(registers_are_loaded_stored_and_computed),
		T(math_operations),
		T(user_batch_cannot_write_what_it_may_not),
		T(timestamps_move),
		T(semaphore_compares),
		T(batch_ends_when_the_condition_is_false),
		T(conditional_loop_stays_in_its_space),
		T(second_level_batch_returns),
		T(chained_batch_does_not_return),
		T(flush_writes_after_it),
		T(pipe_control_writes_after_it),
		T(copy_of_a_dword),
		T(mem_set_linear_and_matrix),
		T(mem_copy_linear_matrix_and_pages),
		T(fast_copy_of_a_rectangle),
		T(fast_color_fills_pixels),
		T(copy_goes_on_after_a_fault),
		T(state_commands_are_skipped_by_length),
		T(state_of_the_runtime_is_skipped_by_length),
		T(fence_address_is_state_of_a_copy_engine_too),
		T(what_is_lacking_is_said),
		T(what_garbage_lacks_is_its_error),
		T(reserved_type_hangs),
		T(bytes_are_counted_by_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
