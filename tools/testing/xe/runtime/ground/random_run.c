// SPDX-License-Identifier: GPL-2.0
/*
 * See random_kernel.h: a kernel as the CPU executes it. A statement is executed by all lanes of a group that get there
 * before the next one is, so a barrier has nothing to do.
 */
#include <stdlib.h>
#include <string.h>

#include "ground/random_kernel.h"
#include "lib/seeds.h"

struct lane {
	unsigned int id;
	union value variable[RANDOM_VARIABLES][RANDOM_MAX_ELEMENTS];
	union value array[RANDOM_ARRAY][RANDOM_MAX_ELEMENTS];
	uint32_t counter[8];
	unsigned char *own;
};

/* Which lanes of a group execute a statement */
typedef bool lanes_t[RANDOM_MAX_LANES];

struct group {
	const struct random_kernel *kernel;
	const struct random_memory *memory;
	unsigned int number;
	struct lane lane[RANDOM_MAX_LANES];
	uint32_t local[RANDOM_MAX_LANES];
	/* lanes that have left the innermost loop, or its turn */
	bool *broken;
};

static void evaluate(const struct group *g, const struct lane *lane, const struct node *n, union value *out);

static uint32_t index_of(const struct group *g, const struct lane *lane, const struct node *n)
{
	union value at[RANDOM_MAX_ELEMENTS];

	evaluate(g, lane, n, at);
	return at[0].u;
}

/* where elements of @shape are in @memory, which has @bytes of each type */
static unsigned char *place(unsigned char *memory, unsigned int bytes, struct random_shape shape, uint32_t index)
{
	unsigned int size = value_size(shape.type) * shape.n;

	return memory + bytes * shape.type + (index & (bytes / size - 1)) * size;
}

static void load(const struct group *g, const struct lane *lane, const struct node *n, union value *out)
{
	uint32_t index = index_of(g, lane, n->src[0]);
	unsigned char *from;

	if (n->kind == NODE_LOAD_LOCAL) {
		out[0].u = g->local[index & (g->kernel->lanes - 1)];
	} else if (n->kind == NODE_LOAD_ARRAY) {
		memcpy(out, lane->array[index & (RANDOM_ARRAY - 1)], sizeof(lane->array[0]));
	} else {
		from = n->kind == NODE_LOAD_IN ? place(g->memory->in, RANDOM_IN, n->shape, index) :
						 place(lane->own, RANDOM_OWN, n->shape, index);
		for (unsigned int i = 0; i < n->shape.n; i++)
			out[i] = value_load(n->shape.type, from + i * value_size(n->shape.type));
	}
}

static void evaluate_each(const struct node *n, union value src[3][RANDOM_MAX_ELEMENTS], union value *out)
{
	enum value_type from = n->src[0]->shape.type;
	bool vector = n->shape.n > 1;

	for (unsigned int i = 0; i < n->shape.n; i++) {
		union value one[3] = { src[0][i], src[1][i], src[2][i] };

		switch (n->kind) {
		case NODE_OPERATION:
			out[i] = operation_result(n->operation, from, vector, one);
			break;
		case NODE_SELECT:
			out[i] = one[2].i ? one[0] : one[1];
			break;
		case NODE_CONVERT:
			out[i] = value_convert(n->shape.type, from, n->rounding, n->saturate, one[0]);
			break;
		case NODE_BITS:
			out[i] = value_cut(n->shape.type, one[0]);
			break;
		case NODE_SPLAT:
			out[i] = src[0][0];
			break;
		default:
			out[i] = src[0][n->src[0]->shape.n > 1 ? n->element[i] : 0];
		}
	}
}

static void evaluate(const struct group *g, const struct lane *lane, const struct node *n, union value *out)
{
	union value src[3][RANDOM_MAX_ELEMENTS] = { };
	unsigned int i, in_group = lane - g->lane;

	switch (n->kind) {
	case NODE_CONSTANT:
		memcpy(out, n->constant, sizeof(n->constant));
		break;
	case NODE_VARIABLE:
		memcpy(out, lane->variable[n->which], sizeof(lane->variable[0]));
		break;
	case NODE_COUNTER:
		out[0].u = lane->counter[n->which];
		break;
	case NODE_GLOBAL_ID:
		out[0].u = lane->id;
		break;
	case NODE_LANE_X:
		out[0].u = in_group % RANDOM_WIDTH;
		break;
	case NODE_LANE_Y:
		out[0].u = in_group / RANDOM_WIDTH;
		break;
	case NODE_GROUP:
		out[0].u = g->number;
		break;
	case NODE_LOAD_IN:
	case NODE_LOAD_OWN:
	case NODE_LOAD_LOCAL:
	case NODE_LOAD_ARRAY:
		load(g, lane, n, out);
		break;
	default:
		for (i = 0; i < 3 && n->src[i]; i++)
			evaluate(g, lane, n->src[i], src[i]);
		evaluate_each(n, src, out);
	}
}

static void atomic(uint32_t *word, unsigned int which, uint32_t value)
{
	switch (which) {
	case 0: *word += value; break;
	case 1: *word = (int32_t)value < (int32_t)*word ? value : *word; break;
	case 2: *word = value < *word ? value : *word; break;
	case 3: *word = (int32_t)value > (int32_t)*word ? value : *word; break;
	case 4: *word = value > *word ? value : *word; break;
	case 5: *word ^= value; break;
	case 6: *word |= value; break;
	case 7: *word &= value; break;
	}
}

/* Statements that concern one lane */
static void execute_one(struct group *g, struct lane *lane, const struct statement *s)
{
	union value value[RANDOM_MAX_ELEMENTS];
	struct random_shape shape = s->value->shape;
	unsigned int i;
	unsigned char *to;

	evaluate(g, lane, s->value, value);
	switch (s->kind) {
	case SAY_SET:
		memcpy(lane->variable[s->which], value, sizeof(value));
		break;
	case SAY_STORE:
		to = place(lane->own, RANDOM_OWN, shape, index_of(g, lane, s->index));
		for (i = 0; i < shape.n; i++)
			value_store(shape.type, to + i * value_size(shape.type), value[i]);
		break;
	case SAY_ARRAY:
		memcpy(lane->array[index_of(g, lane, s->index) & (RANDOM_ARRAY - 1)], value, sizeof(value));
		break;
	default:
		atomic(&g->memory->shared[s->which], s->which, value[0].u);
	}
}

static void execute_row(struct group *g, const struct statement *s, lanes_t live);

static void execute_local(struct group *g, const struct statement *s, const lanes_t live)
{
	unsigned int i, mask = g->kernel->lanes - 1;
	uint32_t words[RANDOM_MAX_LANES];

	for (i = 0; i <= mask; i++)
		if (live[i])
			words[i] = index_of(g, &g->lane[i], s->value);
	for (i = 0; i <= mask; i++)
		if (live[i])
			g->local[(i * s->factor + s->offset) & mask] = words[i];
}

static void execute_for(struct group *g, const struct statement *s, const lanes_t live)
{
	uint32_t turns[RANDOM_MAX_LANES];
	lanes_t broken = { }, turn;
	bool *outer = g->broken, any;
	unsigned int i;

	for (i = 0; i < g->kernel->lanes; i++)
		if (live[i])
			turns[i] = index_of(g, &g->lane[i], s->value) & 7;
	g->broken = broken;
	for (uint32_t count = 0; count < 8; count++) {
		any = false;
		for (i = 0; i < g->kernel->lanes; i++) {
			turn[i] = live[i] && !broken[i] && count < turns[i];
			any |= turn[i];
			g->lane[i].counter[s->which] = count;
		}
		if (any)
			execute_row(g, s->branch[0], turn);
	}
	g->broken = outer;
}

static void execute_branches(struct group *g, const struct statement *s, lanes_t live)
{
	uint32_t chosen[RANDOM_MAX_LANES];
	unsigned int i, k;
	lanes_t some;

	for (i = 0; i < g->kernel->lanes; i++)
		if (live[i]) {
			chosen[i] = index_of(g, &g->lane[i], s->value) & (MAX_BRANCHES - 1);
			if (s->kind == SAY_IF)
				chosen[i] = !chosen[i];
		}
	for (k = 0; k < MAX_BRANCHES; k++) {
		if (!s->branch[k])
			continue;
		for (i = 0; i < g->kernel->lanes; i++)
			some[i] = live[i] && chosen[i] == k;
		execute_row(g, s->branch[k], some);
		/* It has left the turn of a loop in there. */
		for (i = 0; i < g->kernel->lanes; i++)
			if (live[i] && chosen[i] == k)
				live[i] = some[i];
	}
}

static void execute_leave(struct group *g, const struct statement *s, lanes_t live)
{
	for (unsigned int i = 0; i < g->kernel->lanes; i++)
		if (live[i] && index_of(g, &g->lane[i], s->value)) {
			live[i] = false;
			g->broken[i] = s->kind == SAY_BREAK;
		}
}

static void execute_row(struct group *g, const struct statement *s, lanes_t live)
{
	for (; s; s = s->next) {
		switch (s->kind) {
		case SAY_LOCAL:
			execute_local(g, s, live);
			break;
		case SAY_FOR:
			execute_for(g, s, live);
			break;
		case SAY_IF:
		case SAY_SWITCH:
			execute_branches(g, s, live);
			break;
		case SAY_BREAK:
		case SAY_CONTINUE:
			execute_leave(g, s, live);
			break;
		default:
			for (unsigned int i = 0; i < g->kernel->lanes; i++)
				if (live[i])
					execute_one(g, &g->lane[i], s);
		}
	}
}

static void run_group(struct group *g)
{
	const struct random_kernel *kernel = g->kernel;
	unsigned int i, v;
	lanes_t live;

	memset(g->local, 0, sizeof(g->local));
	memset(g->lane, 0, sizeof(g->lane));
	for (i = 0; i < kernel->lanes; i++) {
		live[i] = true;
		g->lane[i].id = g->number * kernel->lanes + i;
		g->lane[i].own = g->memory->own + g->lane[i].id * VALUE_TYPES * RANDOM_OWN;
		for (v = 0; v < RANDOM_VARIABLES; v++)
			evaluate(g, &g->lane[i], kernel->start[v], g->lane[i].variable[v]);
	}
	execute_row(g, kernel->body, live);
	for (i = 0; i < kernel->lanes; i++)
		for (v = 0; v < RANDOM_VARIABLES; v++)
			for (unsigned int e = 0; e < kernel->variable[v].n; e++)
				value_store(kernel->variable[v].type,
					    &g->memory->results[(g->lane[i].id * RANDOM_VARIABLES + v) *
								RANDOM_MAX_ELEMENTS + e],
					    g->lane[i].variable[v][e]);
}

void random_kernel_run(const struct random_kernel *kernel, const struct random_memory *memory)
{
	struct group *g = calloc(1, sizeof(*g));

	if (!g)
		abort();
	g->kernel = kernel;
	g->memory = memory;
	for (g->number = 0; g->number < RANDOM_GROUPS; g->number++)
		run_group(g);
	free(g);
}

unsigned int random_lanes(const struct random_kernel *kernel)
{
	return kernel->lanes * RANDOM_GROUPS;
}

/* floats that are numbers, and any integers */
static void fill(unsigned char *in, uint64_t state)
{
	for (unsigned int i = 0; i < VALUE_TYPES * RANDOM_IN; i += 8) {
		uint64_t word = seeds_word(&state);
		float f[2] = { (int16_t)word / 8.0f, (int32_t)(word >> 16) * 0x1p-20f };
		double d = (int64_t)word * 0x1p-30;

		switch (i / RANDOM_IN) {
		case VALUE_FLOAT:
			memcpy(in + i, f, sizeof(f));
			break;
		case VALUE_DOUBLE:
			memcpy(in + i, &d, sizeof(d));
			break;
		default:
			memcpy(in + i, &word, sizeof(word));
		}
	}
}

static size_t results_size(const struct random_kernel *kernel)
{
	return random_lanes(kernel) * RANDOM_VARIABLES * RANDOM_MAX_ELEMENTS * sizeof(union value);
}

static size_t own_size(const struct random_kernel *kernel)
{
	return random_lanes(kernel) * VALUE_TYPES * RANDOM_OWN;
}

struct random_memory random_memory_new(const struct random_kernel *kernel)
{
	struct random_memory memory = {
		.in = calloc(VALUE_TYPES, RANDOM_IN),
		.own = calloc(1, own_size(kernel)),
		.results = calloc(1, results_size(kernel)),
		.shared = calloc(RANDOM_SHARED, sizeof(uint32_t)),
	};

	if (!memory.in || !memory.own || !memory.results || !memory.shared)
		abort();
	fill(memory.in, kernel->seed);
	for (unsigned int i = 0; i < RANDOM_SHARED; i++)
		memory.shared[i] = 0x5eed0000 + i;
	return memory;
}

void random_memory_free(struct random_memory *memory)
{
	free(memory->in);
	free(memory->own);
	free(memory->results);
	free(memory->shared);
}

static bool value_differs(enum value_type type, const void *seen, const void *right, char *text, size_t size)
{
	union value a = value_load(type, seen), b = value_load(type, right);

	if (value_equal(type, a, b))
		return false;
	snprintf(text, size, "%s %#llx, not %#llx", value_name(type), (unsigned long long)a.u,
		 (unsigned long long)b.u);
	return true;
}

static bool lane_differs(const struct random_kernel *kernel, unsigned int lane, const struct random_memory *seen,
			 const struct random_memory *right, char *text, size_t size)
{
	unsigned int i, at, first = lane * RANDOM_VARIABLES * RANDOM_MAX_ELEMENTS;
	char value[80];

	for (i = 0; i < RANDOM_VARIABLES * RANDOM_MAX_ELEMENTS; i++) {
		if (!value_differs(kernel->variable[i / RANDOM_MAX_ELEMENTS].type, &seen->results[first + i],
				   &right->results[first + i], value, sizeof(value)))
			continue;
		snprintf(text, size, "lane %u, element %u of v%u: %s", lane, i % RANDOM_MAX_ELEMENTS,
			 i / RANDOM_MAX_ELEMENTS, value);
		return true;
	}
	for (at = 0; at < VALUE_TYPES * RANDOM_OWN; at += value_size(at / RANDOM_OWN)) {
		unsigned int offset = lane * VALUE_TYPES * RANDOM_OWN + at;

		if (!value_differs(at / RANDOM_OWN, seen->own + offset, right->own + offset, value, sizeof(value)))
			continue;
		snprintf(text, size, "lane %u, byte %u that it stored: %s", lane, at, value);
		return true;
	}
	return false;
}

bool random_memory_differs(const struct random_kernel *kernel, const struct random_memory *seen,
			   const struct random_memory *right, char *text, size_t size)
{
	for (unsigned int i = 0; i < RANDOM_SHARED; i++)
		if (seen->shared[i] != right->shared[i]) {
			snprintf(text, size, "shared word %u: %#x, not %#x", i, seen->shared[i], right->shared[i]);
			return true;
		}
	for (unsigned int i = 0; i < VALUE_TYPES * RANDOM_IN; i++)
		if (seen->in[i] != right->in[i]) {
			snprintf(text, size, "byte %u of the input, which no kernel changes: %#x, not %#x", i, seen->in[i],
				 right->in[i]);
			return true;
		}
	for (unsigned int i = 0; i < random_lanes(kernel); i++)
		if (lane_differs(kernel, i, seen, right, text, size))
			return true;
	return false;
}
