// SPDX-License-Identifier: GPL-2.0
/*
 * Makes arguments of an ioctl what they should not be: one word at the edge of what is
 * right, or some words anything.
 *
 * Sizes between what is tried in earnest and what no machine has are left out: the kernel
 * may grant them, and then it is the machine's memory that is tested.
 */
#include <string.h>

#include "ioctlfuzz.h"

#define EDGE_PERCENT	20
#define WILD_PERCENT	10

static uint64_t edge_of_pointer(struct worker *w, uint64_t value)
{
	const uint64_t edges[] = {
		0, 8, 0x1000, value + 1, value + 4,
		AREA_START + AREA_SIZE - 8, AREA_START + AREA_SIZE - 4, AREA_START + AREA_SIZE,
		ARENA_START,
		ARENA_START + ARENA_SIZE - 8, 1ULL << 47, (1ULL << 47) - 8, 1ULL << 63,
		READ_ONLY_PAGE, READ_ONLY_PAGE, 0xffff888000000000, 0xffffffff81000000,
		~0ULL, ~7ULL,
	};

	return edges[choose_below(w, sizeof(edges) / sizeof(*edges))];
}

static uint64_t edge_of_word(struct worker *w, uint64_t value, size_t size)
{
	const uint64_t edges[] = {
		0, 1, 2, 3, ~0ULL, ~1ULL, value + 1, value - 1, value + 4096, value - 4096,
		value << 1, value | 1ULL << (8 * size - 1), 1ULL << (8 * size - 1),
		(1ULL << (8 * size - 1)) - 1, value ^ 1ULL << choose_below(w, 17),
		value ^ 1ULL << choose_below(w, 17), choose_below(w, 64), 1ULL << 47, 1ULL << 48,
		(1ULL << 48) - 4096, 0xffff800000000000, 0xfffffffffffff000,
	};

	return edges[choose_below(w, sizeof(edges) / sizeof(*edges))];
}

static uint64_t anything(struct worker *w)
{
	uint64_t value = choose_word(w);

	return value >> choose_below(w, 64);
}

static uint64_t affordable(uint64_t value, size_t size)
{
	if (size == 8 && value >= 1ULL << 25 && value < 1ULL << 40)
		value |= 1ULL << 46;
	if (size == 4 && value >= 1ULL << 17 && value < 1ULL << 28)
		value |= 1ULL << 28;
	return value;
}

static void mutate_leaf(struct worker *w)
{
	/* All but the descriptor and the command, which are the first two. */
	struct leaf *leaf = &w->call.leaves[2 + choose_below(w, w->call.num_leaves - 2)];
	size_t size = leaf->type->size;
	uint64_t value = 0, before;

	memcpy(&value, leaf->at, size);
	before = value;
	if (w->call.mode == MODE_WILD)
		value = anything(w);
	else if (leaf->type->kind == KIND_PTR)
		value = edge_of_pointer(w, value);
	else
		value = edge_of_word(w, value, size);
	if (value != before)
		value = affordable(value, size);
	memcpy(leaf->at, &value, size);
}

/* Another size, direction or number than the struct is meant for. */
static void mutate_command(struct worker *w)
{
	w->call.args[1] ^= 1ULL << choose_below(w, 32);
}

void mutate_call(struct worker *w)
{
	unsigned int percent = choose_below(w, 100), times;

	if (!w->call.def->is_ioctl || w->call.num_leaves < 3)
		return;
	if (percent < WILD_PERCENT) {
		w->call.mode = MODE_WILD;
		for (times = 1 + choose_below(w, 4); times; times--)
			mutate_leaf(w);
		if (!choose_below(w, 16))
			mutate_command(w);
	} else if (percent < WILD_PERCENT + EDGE_PERCENT) {
		w->call.mode = MODE_EDGE;
		mutate_leaf(w);
	}
}
