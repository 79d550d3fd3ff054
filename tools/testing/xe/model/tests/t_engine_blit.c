// SPDX-License-Identifier: GPL-2.0
/* Copies and fills over memory of every shape, compared byte by byte with what the processor would do. */
#include "tests/fake_guest.h"
#include "tests/stores.h"

#include <string.h>

#define SRC_VA 0x100000000000ull
#define DST_VA 0x200000000000ull
#define PAGES 300u
#define BYTES (PAGES * 4096u)

enum shape { STRAIGHT, BACKWARDS, TURNS };

/* page i of an operand lies in this page of its memory */
static u32 place(enum shape shape, u32 i)
{
	switch (shape) {
	case STRAIGHT:
		return i;
	case BACKWARDS:
		return PAGES - 1 - i;
	default:
		return i ^ (i >> 3 & 1); /* straight for a while, then pairs swapped */
	}
}

struct scene {
	struct fake_guest *g;
	struct fake_vm vm;
	struct fake_queue q;
	u64 src, dst; /* pa */
	enum shape in, out;
};

static void map_shape(struct fake_vm *vm, u64 va, u64 pa, enum shape shape)
{
	u32 i;

	for (i = 0; i < PAGES; i++)
		vm_map_pages(vm, va + i * 4096ull, pa + place(shape, i) * 4096ull, 1);
}

static struct scene scene_new(struct fake_guest *g, enum shape in, enum shape out)
{
	struct scene s = { .g = g, .vm = vm_new(g, 9), .src = guest_pages(g, PAGES),
			   .dst = guest_pages(g, PAGES), .in = in, .out = out };
	u32 *words = guest_ptr(g, s.src), i;

	for (i = 0; i < BYTES / 4; i++)
		words[i] = i * 2654435761u;
	map_shape(&s.vm, SRC_VA, s.src, in);
	map_shape(&s.vm, DST_VA, s.dst, out);
	s.q = queue_new(g, 3, ON_BCS0, &s.vm);
	return s;
}

static u8 at(struct scene *s, u64 pa, enum shape shape, u64 off)
{
	return *(u8 *)guest_ptr(s->g, pa + place(shape, (u32)(off / 4096)) * 4096ull + off % 4096);
}

static u8 in(struct scene *s, u64 off)
{
	return at(s, s->src, s->in, off);
}

static u8 out(struct scene *s, u64 off)
{
	return at(s, s->dst, s->out, off);
}

static void emit_copy(struct scene *s, u64 from, u64 to, u32 len)
{
	queue_emit(&s->q, BLT(MEM_COPY) | 8, len - 1, 0, 0, 0, LO(SRC_VA + from), HI(SRC_VA),
		   LO(DST_VA + to), HI(DST_VA), 0);
}

static void copied(struct scene *s, u64 from, u64 to, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++)
		if (out(s, to + i) != in(s, from + i))
			fail_msg("byte %u: %02x instead of %02x", i, out(s, to + i), in(s, from + i));
	assert_int_equal(to ? out(s, to - 1) : 0, 0);
	assert_int_equal(to + len < BYTES ? out(s, to + len) : 0, 0);
}

static void copy_of_shapes(void **state)
{
	static const struct {
		u64 from, to;
		u32 len;
	} copies[] = { { 0, 0, BYTES }, { 5, 4091, BYTES - 8192 }, { 4095, 1, 4098 }, { 8192, 4096, 1 } };
	u32 i, in, out;

	(void)state;
	for (in = STRAIGHT; in <= TURNS; in++) {
		for (out = STRAIGHT; out <= TURNS; out++) {
			for (i = 0; i < ARRAY_SIZE(copies); i++) {
				struct scene s;
				void *again;

				guest_setup(&again);
				s = scene_new(again, in, out);
				emit_copy(&s, copies[i].from, copies[i].to, copies[i].len);
				queue_enable(&s.q);
				copied(&s, copies[i].from, copies[i].to, copies[i].len);
				guest_teardown(&again);
			}
		}
	}
}

/* no page of the middle third has memory: reads of it give zeroes */
static void copy_from_null_pages(void **state)
{
	struct scene s = scene_new(*state, STRAIGHT, TURNS);
	u32 i;

	memset(guest_ptr(s.g, s.dst), 0xff, BYTES);
	for (i = 100; i < 200; i++)
		vm_map(&s.vm, SRC_VA + i * 4096ull, s.src, SHIFT_4K, PTE_NULL);
	emit_copy(&s, 0, 0, BYTES);
	queue_enable(&s.q);
	for (i = 0; i < BYTES; i++)
		assert_int_equal(out(&s, i), i / 4096 >= 100 && i / 4096 < 200 ? 0 : in(&s, i));
}

static void copy_to_null_pages(void **state)
{
	struct scene s = scene_new(*state, TURNS, STRAIGHT);
	u32 i;

	for (i = 100; i < 200; i++)
		vm_map(&s.vm, DST_VA + i * 4096ull, s.dst + i * 4096ull, SHIFT_4K, PTE_RW | PTE_NULL);
	emit_copy(&s, 0, 0, BYTES);
	queue_enable(&s.q);
	for (i = 0; i < BYTES; i++)
		assert_int_equal(out(&s, i), i / 4096 >= 100 && i / 4096 < 200 ? 0 : in(&s, i));
}

/* each hole is one fault, at its own page, and what lies before it has been copied by then */
static void holes_fault_one_by_one(void **state)
{
	static const u32 holes[] = { 0, 3, 64, 65, 170, 299 };
	struct scene s = scene_new(*state, STRAIGHT, BACKWARDS);
	u32 i, msg[256], cookie;
	u64 va;

	for (i = 0; i < ARRAY_SIZE(holes); i++)
		vm_unmap(&s.vm, (i & 1 ? DST_VA : SRC_VA) + holes[i] * 4096ull, SHIFT_4K);
	emit_copy(&s, 0, 0, BYTES);
	queue_enable(&s.q);
	for (i = 0; i < ARRAY_SIZE(holes); i++) {
		va = (i & 1 ? DST_VA : SRC_VA) + holes[i] * 4096ull;
		assert_int_equal(guest_receive(s.g, msg), 6);
		assert_int_equal((u64)msg[5] << 32 | (msg[4] & 0xfffff000), va);
		assert_int_equal(msg[4] & 3, i & 1 ? MMU_WRITE : MMU_READ);
		if (holes[i])
			assert_int_equal(out(&s, holes[i] * 4096 - 1), in(&s, holes[i] * 4096 - 1));
		cookie = msg[2] >> 28 | (msg[3] & 0xfff) << 4;
		if (i & 1)
			vm_map_pages(&s.vm, va, s.dst + place(BACKWARDS, holes[i]) * 4096ull, 1);
		else
			vm_map_pages(&s.vm, va, s.src + holes[i] * 4096ull, 1);
		guest_fast(s.g, ACTION_PAGE_FAULT_ANSWER, ANSWER_VALID | 1 << 10 | 9 << 12, cookie << 16);
		guest_run(s.g);
	}
	expect_silence(s.g);
	copied(&s, 0, 0, BYTES);
}

/* guest RAM in two pieces whose hosts' addresses have nothing to do with each other */
static void copy_over_a_border_of_memory(void **state)
{
	struct scene s = scene_new(*state, STRAIGHT, STRAIGHT);
	const u64 base = 1ull << 32;
	u8 *second = fake_ram(s.g->host, base + 0x8000, 0x8000, true);
	u8 *first = fake_ram(s.g->host, base, 0x8000, true);
	u32 i;

	vm_map_pages(&s.vm, DST_VA, base, 16);
	emit_copy(&s, 0, 0, 0x10000);
	queue_enable(&s.q);
	for (i = 0; i < 0x8000; i++) {
		assert_int_equal(first[i], in(&s, i));
		assert_int_equal(second[i], in(&s, 0x8000 + i));
	}
}

static void stretches_are_merged(void **state)
{
	struct scene s = scene_new(*state, STRAIGHT, BACKWARDS);
	struct engine *e = queue_engine(&s.q);
	struct context ctx = { .space = s.vm.space, .has_ppgtt = true };
	struct stretch stretch;

	e->ctx = &ctx;
	assert_int_equal(access_stretch(s.g->m, e, SPACE_PPGTT, SRC_VA + 100, BYTES - 100, MMU_READ, &stretch),
			 EXEC_DONE);
	assert_int_equal(stretch.num, 1);
	assert_int_equal(stretch.len, BYTES - 100);
	assert_int_equal(access_stretch(s.g->m, e, SPACE_PPGTT, DST_VA, BYTES, MMU_READ, &stretch), EXEC_DONE);
	assert_int_equal(stretch.num, STRETCH_SPANS);
	assert_int_equal(stretch.len, STRETCH_SPANS * 4096);
	e->ctx = NULL;
}

/* not twice, as memcpy() and memset() do at the ends: a CPU may have seen a byte and changed it in between */
static void each_word_is_stored_once(void **state)
{
	struct scene s = scene_new(*state, STRAIGHT, STRAIGHT);

	if (!stores_can_be_counted())
		skip();
	vm_map(&s.vm, SRC_VA + 4096, s.src, SHIFT_4K, PTE_NULL);
	stores_watch(guest_ptr(s.g, s.dst), NULL);
	emit_copy(&s, 0, 4, 99); /* 4, 11 times 8, 4, and 3 bytes */
	emit_copy(&s, 4096, 128, 36); /* zeroes: 4 times 8, and 4 */
	queue_emit(&s.q, BLT(XY_FAST_COLOR_BLT) | 2u << 19 | 14, 63, 0, 1u << 16 | 5, LO(DST_VA + 256),
		   HI(DST_VA), 0, 0x32211000, 0, 0, 0, 0, 0, 0, 0, 0); /* 2 times 8, and 4 */
	queue_enable(&s.q);
	assert_int_equal(stores_end(), 1 + 11 + 1 + 3 + 4 + 1 + 2 + 1);
	assert_int_equal(out(&s, 256 + 16), 0x00);
	assert_int_equal(out(&s, 256 + 19), 0x32);
}

#define PITCH 0x1e000u /* a multiple of all sizes: rows without gaps */
#define ROWS 9u

static void fills_keep_their_phase(void **state)
{
	static const u32 size[] = { 1, 2, 4, 8, 12, 16 }; /* by colour depth */
	static const u32 color[] = { 0x32211000, 0x76655443, 0xbaa99887, 0x0feeddcc };
	u32 depth, i;

	(void)state;
	for (depth = 0; depth < ARRAY_SIZE(size); depth++) {
		u32 pixels = PITCH / size[depth] > 0xffff ? 0xffff : PITCH / size[depth];
		const u8 *want = (const u8 *)color;
		struct scene s;
		void *again;

		guest_setup(&again);
		s = scene_new(again, STRAIGHT, TURNS);
		queue_emit(&s.q, BLT(XY_FAST_COLOR_BLT) | depth << 19 | 14, PITCH - 1, 0, ROWS << 16 | pixels,
			   LO(DST_VA), HI(DST_VA), 0, color[0], color[1], color[2], color[3], 0, 0, 0, 0, 0);
		queue_enable(&s.q);
		for (i = 0; i < BYTES; i++)
			assert_int_equal(out(&s, i), i < ROWS * PITCH && i % PITCH < pixels * size[depth] ?
							     want[i % PITCH % size[depth]] : 0);
		guest_teardown(&again);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(copy_of_shapes),
		T(copy_from_null_pages),
		T(copy_to_null_pages),
		T(holes_fault_one_by_one),
		T(copy_over_a_border_of_memory),
		T(stretches_are_merged),
		T(each_word_is_stored_once),
		T(fills_keep_their_phase),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
