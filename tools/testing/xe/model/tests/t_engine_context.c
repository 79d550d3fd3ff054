// SPDX-License-Identifier: GPL-2.0
/* Contexts: what the image says is restored, what the GPU changed is saved, nothing leaks to a neighbour. */
#include "tests/fake_guest.h"

#include <string.h>

#define BATCH_VA 0x100000000000ull
#define DATA_VA 0x100000100000ull
#define CS BIT(19)

struct scene {
	struct fake_guest *g;
	struct fake_vm vm;
	u32 *data;
	u64 data_pa;
};

static struct scene scene_new(struct fake_guest *g)
{
	struct scene s = { .g = g, .vm = vm_new(g, 9), .data_pa = guest_pages(g, 1) };

	s.data = guest_ptr(g, s.data_pa);
	vm_map_pages(&s.vm, DATA_VA, s.data_pa, 1);
	return s;
}

static void idle_saves_head_and_clears_inhibit(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue q = queue_new(s.g, 3, ON_RCS0, &s.vm);

	queue_emit(&q, STORE_DWORD(DATA_VA, 1));
	queue_enable(&q);
	assert_int_equal(q.regs[0x05], q.tail);
	assert_int_equal(q.regs[0x03], 0x00090008);
	assert_int_equal(q.regs[0x0f], 0);
	assert_int_equal(q.regs[0x09], q.ring);
}

/* only the driver writes the tail: a save must not bring back an old one */
static void save_leaves_the_tail_alone(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue q = queue_new(s.g, 3, ON_RCS0, &s.vm);

	s.data[0] = 1;
	queue_emit(&q, CMD(MI_SEMAPHORE_WAIT) | CMP_EQ << 12 | 2, 0, LO(DATA_VA), HI(DATA_VA));
	queue_enable(&q);
	queue_emit(&q, STORE_DWORD(DATA_VA + 4, 7));
	queue_publish(&q);
	s.data[0] = 0;
	guest_advance(s.g, NSEC_PER_MSEC);
	assert_int_equal(q.regs[0x07], q.tail);
	assert_int_equal(s.data[1], 0);
	queue_kick(&q);
	assert_int_equal(s.data[1], 7);
}

static void registers_do_not_leak_between_contexts(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue a = queue_new(s.g, 3, ON_RCS0, &s.vm), b = queue_new(s.g, 4, ON_RCS0, &s.vm);

	queue_emit(&a, CMD(MI_LOAD_REGISTER_IMM) | CS | 1, 0x600, 77);
	queue_enable(&a);
	queue_emit(&b, CMD(MI_STORE_REGISTER_MEM) | CS | 2, 0x600, LO(DATA_VA), HI(DATA_VA));
	s.data[0] = 1;
	queue_enable(&b);
	assert_int_equal(s.data[0], 0);
	queue_emit(&a, CMD(MI_STORE_REGISTER_MEM) | CS | 2, 0x600, LO(DATA_VA + 4), HI(DATA_VA));
	queue_kick(&a);
	assert_int_equal(s.data[1], 77);
}

static void listed_registers_go_through_the_image(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue q = queue_new(s.g, 3, ON_BCS0, &s.vm);

	q.regs[0x45] = 0x1234;
	queue_emit(&q, CMD(MI_STORE_REGISTER_MEM) | CS | 2, 0x204, LO(DATA_VA), HI(DATA_VA));
	queue_emit(&q, CMD(MI_LOAD_REGISTER_IMM) | CS | 1, 0x204, 0x5678);
	queue_enable(&q);
	assert_int_equal(s.data[0], 0x1234);
	assert_int_equal(q.regs[0x45], 0x5678);
}

static void ring_wraps_in_the_middle_of_a_command(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue q = queue_new(s.g, 3, ON_RCS0, &s.vm);
	u32 i;

	queue_enable(&q);
	while (q.tail != RING_BYTES - 8)
		queue_emit(&q, 0, 0);
	queue_kick(&q);
	for (i = 1; i < 3000; i++) {
		queue_emit(&q, STORE_DWORD(DATA_VA + i % 7 * 4, i), 0);
		queue_kick(&q);
		assert_int_equal(s.data[i % 7], i);
	}
	assert_int_equal(obs_count(s.g->m, EV_GUEST_ERROR), 0);
}

/* after a reset the image alone has the place in the batch */
static void batch_position_is_in_the_image(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue q = queue_new(s.g, 3, ON_RCS0, &s.vm);
	u64 pa = guest_pages(s.g, 1);
	const u32 batch[] = {
		STORE_DWORD(DATA_VA + 4, 1),
		CMD(MI_SEMAPHORE_WAIT) | CMP_EQ << 12 | 2, 0, LO(DATA_VA), HI(DATA_VA),
		STORE_DWORD(DATA_VA + 8, 2), CMD(MI_BATCH_BUFFER_END),
	};

	memcpy(guest_ptr(s.g, pa), batch, sizeof(batch));
	vm_map_pages(&s.vm, BATCH_VA, pa, 1);
	s.data[0] = 1;
	queue_emit(&q, BATCH(BATCH_VA));
	queue_enable(&q);
	guest_fast(s.g, ACTION_SCHED_MODE_SET, 3, 0);
	guest_run(s.g);
	expect_event(s.g, ACTION_SCHED_MODE_DONE, 3, 0);
	assert_int_equal(q.regs[0x0f], LO(BATCH_VA + 16) | BB_ADDR_VALID);
	assert_int_equal(q.regs[0x0d], HI(BATCH_VA + 16));
	guest_fast(s.g, ACTION_DEREGISTER_CONTEXT, 3);
	guest_run(s.g);
	expect_event(s.g, ACTION_DEREGISTER_DONE, 3);
	queue_register_again(&q);
	s.data[0] = s.data[1] = 0;
	queue_enable(&q);
	assert_int_equal(s.data[1], 0);
	assert_int_equal(s.data[2], 2);
}

static void batch_named_in_the_image_runs_at_every_load(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue q = queue_new(s.g, 3, ON_RCS0, &s.vm);
	u64 pa = guest_pages(s.g, 1);
	u32 data = guest_ggtt(s.g, s.data_pa, 1);
	const u32 batch[] = {
		CMD(MI_STORE_REGISTER_MEM) | MI_GGTT | CS | 2, 0x8c, data, 0,
		CMD(MI_ATOMIC) | MI_GGTT | 5 << 8 | 1, data + 4, 0,
		CMD(MI_BATCH_BUFFER_END),
	};

	memcpy(guest_ptr(s.g, pa), batch, sizeof(batch));
	q.regs[0x13] = guest_ggtt(s.g, pa, 1) | 1;
	s.data[0] = 99;
	queue_emit(&q, STORE_DWORD(DATA_VA + 8, 1));
	queue_enable(&q);
	assert_int_equal(s.data[0], CLASS_RENDER);
	assert_int_equal(s.data[1], 1);
	assert_int_equal(s.data[2], 1);
	queue_emit(&q, STORE_DWORD(DATA_VA + 8, 2));
	queue_kick(&q);
	assert_int_equal(s.data[1], 2);
	assert_int_equal(s.data[2], 2);
}

static void context_clock_stands_still_while_away(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue q = queue_new(s.g, 3, ON_RCS0, &s.vm);

	s.data[0] = 1;
	queue_emit(&q, CMD(MI_SEMAPHORE_WAIT) | CMP_EQ << 12 | 2, 0, LO(DATA_VA), HI(DATA_VA));
	queue_enable(&q);
	s.data[0] = 0;
	guest_advance(s.g, NSEC_PER_MSEC);
	assert_int_equal(q.regs[0x23], 19200);
	guest_advance(s.g, NSEC_PER_SEC);
	queue_emit(&q, CMD(MI_STORE_REGISTER_MEM) | CS | 2, 0x3a8, LO(DATA_VA), HI(DATA_VA));
	queue_kick(&q);
	assert_int_equal(s.data[0], 19200);
}

/* the tail may end in the middle of a command: it waits for the rest, which the next submission brings */
static void command_across_the_tail_waits(void **state)
{
	struct scene s = scene_new(*state);
	struct fake_queue q = queue_new(s.g, 3, ON_RCS0, &s.vm);

	queue_emit(&q, CMD(MI_STORE_DATA_IMM) | 2, LO(DATA_VA));
	queue_enable(&q);
	assert_int_equal(queue_engine(&q)->state, ENGINE_IDLE);
	assert_int_equal(q.regs[0x05], 0);
	assert_int_equal(obs_count(s.g->m, EV_RING_STARVED), 1);
	queue_emit(&q, HI(DATA_VA), 5);
	queue_kick(&q);
	assert_int_equal(s.data[0], 5);
	assert_int_equal(obs_count(s.g->m, EV_GUEST_ERROR), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, guest_setup, guest_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(idle_saves_head_and_clears_inhibit),
		T(save_leaves_the_tail_alone),
		T(registers_do_not_leak_between_contexts),
		T(listed_registers_go_through_the_image),
		T(ring_wraps_in_the_middle_of_a_command),
		T(batch_position_is_in_the_image),
		T(batch_named_in_the_image_runs_at_every_load),
		T(context_clock_stands_still_while_away),
		T(command_across_the_tail_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
