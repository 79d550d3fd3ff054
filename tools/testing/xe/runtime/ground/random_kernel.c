// SPDX-License-Identifier: GPL-2.0
/* See random_kernel.h: how a kernel grows. */
#include <stdlib.h>

#include "ground/random_kernel.h"
#include "lib/seeds.h"

#define DEPTH		3	/* of an expression */
#define NESTING		2	/* of statements */
#define STATEMENTS	4	/* in a row, at most */

/**
 * struct grower - where in the kernel the next piece will be
 */
struct grower {
	struct random_kernel *kernel;
	uint64_t state;
	/** @variables: that have a value already; @counters: of the loops around */
	unsigned int variables, counters, nesting;
	/** @uniform: all lanes get here together; @loop: break and continue belong to a loop */
	bool uniform, loop, in_switch;
};

static struct node *grow(struct grower *g, struct random_shape shape, unsigned int depth);

static void *take(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		abort();
	return memory;
}

static unsigned int below(struct grower *g, unsigned int bound)
{
	return seeds_word(&g->state) % bound;
}

static struct random_shape scalar(enum value_type type)
{
	return (struct random_shape){ .type = type, .n = 1 };
}

static struct random_shape some_shape(struct grower *g)
{
	static const unsigned int elements[] = { 1, 1, 1, 1, 2, 4 };

	return (struct random_shape){ .type = below(g, VALUE_TYPES), .n = elements[below(g, 6)] };
}

static struct node *node(enum node_kind kind, struct random_shape shape)
{
	struct node *n = take(sizeof(*n));

	n->kind = kind;
	n->shape = shape;
	return n;
}

/* Small ones, those at the ends of types, and any; no signalling NaN, whose handling is free */
static union value some_value(struct grower *g, enum value_type type)
{
	static const float reals[] = { 0, 1, -1, 0.5f, 1.5f, -2.5f, 0x1p31f, -0x1p63f, 0x1p-126f, 1e30f, -0.0f };
	uint64_t word = seeds_word(&g->state);
	union value v = { .u = word };

	if (type == VALUE_FLOAT || type == VALUE_DOUBLE) {
		double real = below(g, 3) ? (double)(int32_t)word / (1 << below(g, 20)) : reals[below(g, 11)];

		if (type == VALUE_FLOAT)
			v = (union value){ .f = real };
		else
			v.d = real;
		return v;
	}
	switch (below(g, 4)) {
	case 0:
		v.i = below(g, 70);
		break;
	case 1:
		v.i = -(int64_t)below(g, 5);
		break;
	case 2:
		v.u = 1ull << below(g, 64);
		v.u -= below(g, 2);
		break;
	}
	return value_cut(type, v);
}

static struct node *grow_constant(struct grower *g, struct random_shape shape)
{
	struct node *n = node(NODE_CONSTANT, shape);

	for (unsigned int i = 0; i < shape.n; i++)
		n->constant[i] = some_value(g, shape.type);
	return n;
}

static struct node *grow_convert(struct grower *g, struct random_shape to, struct node *from)
{
	struct node *n = node(NODE_CONVERT, to);

	n->src[0] = from;
	/* A value that does not fit a type is undefined unless it is saturated. */
	n->saturate = !value_is_real(to.type) && (value_is_real(from->shape.type) || below(g, 3) == 0);
	if (value_is_real(to.type))
		n->rounding = below(g, 3) ? ROUND_EVEN : below(g, ROUNDINGS);
	else
		n->rounding = below(g, 3) ? ROUND_ZERO : below(g, ROUNDINGS);
	return n;
}

static struct node *variable(const struct grower *g, unsigned int which)
{
	struct node *n = node(NODE_VARIABLE, g->kernel->variable[which]);

	n->which = which;
	return n;
}

/* One of the shape, or of the number of elements, or one element of any */
static struct node *grow_variable(struct grower *g, struct random_shape shape)
{
	struct node *n = variable(g, below(g, g->variables)), *part;

	if (n->shape.n != shape.n) {
		part = node(NODE_SHUFFLE, (struct random_shape){ .type = n->shape.type, .n = shape.n });
		for (unsigned int i = 0; i < shape.n; i++)
			part->element[i] = below(g, n->shape.n);
		part->src[0] = n;
		n = part;
	}
	return n->shape.type == shape.type ? n : grow_convert(g, shape, n);
}

static struct node *grow_id(struct grower *g, struct random_shape shape)
{
	struct node *n = node(NODE_GLOBAL_ID + below(g, 4), scalar(VALUE_UINT));

	if (g->counters && below(g, 2)) {
		n->kind = NODE_COUNTER;
		n->which = below(g, g->counters);
	}
	if (shape.type != VALUE_UINT)
		n = grow_convert(g, scalar(shape.type), n);
	if (shape.n > 1) {
		struct node *all = node(NODE_SPLAT, shape);

		all->src[0] = n;
		n = all;
	}
	return n;
}

static struct node *grow_leaf(struct grower *g, struct random_shape shape)
{
	unsigned int choice = below(g, 6);

	if (choice < 3 && g->variables)
		return grow_variable(g, shape);
	return choice == 3 ? grow_constant(g, shape) : grow_id(g, shape);
}

/*
 * Operations that the compiler (libigc2 2.40) miscompiles: mad_sat(-3l, 0l, 5l), which it folds, is LONG_MIN;
 * a negated ushort that is extended to an uint becomes the negated source of an instruction, -1 for 65535.
 */
static bool trusted(enum operation operation, enum value_type type)
{
	if (operation == DO_MAD_SAT)
		return type != VALUE_LONG;
	return operation != DO_NEG || value_size(type) >= 4;
}

static struct node *grow_operation(struct grower *g, struct random_shape shape, unsigned int depth)
{
	struct node *n = node(NODE_OPERATION, shape);

	do {
		n->operation = value_is_real(shape.type) ? DO_INTEGERS + below(g, DO_REALS - DO_INTEGERS) :
							   below(g, DO_INTEGERS);
	} while (!trusted(n->operation, shape.type));
	for (unsigned int i = 0; i < operation_sources(n->operation); i++)
		n->src[i] = grow(g, shape, depth);
	return n;
}

/* Its result has the signed type of the operands' size. */
static struct node *grow_comparison(struct grower *g, struct random_shape shape, unsigned int depth)
{
	struct node *n = node(NODE_OPERATION, shape);

	n->operation = DO_REALS + below(g, OPERATIONS - DO_REALS);
	if (below(g, 2))
		shape.type = value_unsigned(shape.type);
	if (shape.type >= VALUE_INT && below(g, 3) == 0)
		shape.type = value_size(shape.type) == 4 ? VALUE_FLOAT : VALUE_DOUBLE;
	for (unsigned int i = 0; i < 2; i++)
		n->src[i] = grow(g, shape, depth);
	return n;
}

static struct node *grow_select(struct grower *g, struct random_shape shape, unsigned int depth)
{
	struct random_shape condition = { .type = value_signed(shape.type), .n = shape.n };
	struct node *n = node(NODE_SELECT, shape);

	n->src[0] = grow(g, shape, depth);
	n->src[1] = grow(g, shape, depth);
	n->src[2] = grow_comparison(g, condition, depth);
	return n;
}

/* The bits of another integer type of the same size; floats would be NaNs whose bits are undefined */
static struct node *grow_bits(struct grower *g, struct random_shape shape, unsigned int depth)
{
	struct node *n;

	if (value_is_real(shape.type))
		return grow_operation(g, shape, depth);
	n = node(NODE_BITS, shape);
	shape.type ^= 1;
	n->src[0] = grow(g, shape, depth);
	return n;
}

static struct node *grow_shuffle(struct grower *g, struct random_shape shape, unsigned int depth)
{
	struct random_shape from = { .type = shape.type, .n = 2u << below(g, 2) };
	struct node *n = node(NODE_SHUFFLE, shape);

	for (unsigned int i = 0; i < shape.n; i++)
		n->element[i] = below(g, from.n);
	n->src[0] = grow(g, from, depth);
	return n;
}

static struct node *grow_load(struct grower *g, struct random_shape shape, unsigned int depth)
{
	static const enum node_kind kinds[] = { NODE_LOAD_IN, NODE_LOAD_IN, NODE_LOAD_OWN, NODE_LOAD_LOCAL,
						NODE_LOAD_ARRAY };
	struct node *n = node(kinds[below(g, 5)], shape);

	n->src[0] = grow(g, scalar(VALUE_UINT), depth);
	if (n->kind == NODE_LOAD_LOCAL)
		n->shape = (struct random_shape){ .type = VALUE_UINT, .n = 1 };
	else if (n->kind == NODE_LOAD_ARRAY)
		n->shape = g->kernel->array;
	if (n->shape.n != shape.n) {
		struct node *part = node(NODE_SHUFFLE, (struct random_shape){ n->shape.type, shape.n });

		for (unsigned int i = 0; i < shape.n; i++)
			part->element[i] = below(g, n->shape.n);
		part->src[0] = n;
		n = part;
	}
	return n->shape.type == shape.type ? n : grow_convert(g, shape, n);
}

static struct node *grow(struct grower *g, struct random_shape shape, unsigned int depth)
{
	if (!depth || below(g, 8) == 0)
		return grow_leaf(g, shape);
	depth--;
	switch (below(g, 12)) {
	case 0:
		return grow_select(g, shape, depth);
	case 1:
		return grow_convert(g, shape, grow(g, (struct random_shape){ below(g, VALUE_TYPES), shape.n }, depth));
	case 2:
		return grow_bits(g, shape, depth);
	case 3:
		return grow_shuffle(g, shape, depth);
	case 4:
	case 5:
		return grow_load(g, shape, depth);
	case 6:
		if (!value_is_real(shape.type) && value_signed(shape.type) == shape.type)
			return grow_comparison(g, shape, depth);
		break;
	}
	return grow_operation(g, shape, depth);
}

/* true for some lanes, most of the time */
static struct node *grow_condition(struct grower *g)
{
	static const enum value_type types[] = { VALUE_CHAR, VALUE_SHORT, VALUE_INT, VALUE_LONG };

	return grow_comparison(g, scalar(types[below(g, 4)]), DEPTH - 2);
}

static struct statement *grow_row(struct grower *g, unsigned int most);

static struct statement *grow_inside(struct grower *g, bool uniform, bool loop, bool in_switch)
{
	struct grower inner = *g;
	struct statement *row;

	inner.uniform = g->uniform && uniform;
	inner.loop = loop;
	inner.in_switch = in_switch;
	inner.nesting++;
	row = grow_row(&inner, STATEMENTS / 2);
	g->state = inner.state;
	return row;
}

static void grow_for(struct grower *g, struct statement *s)
{
	bool uniform = below(g, 2);

	s->value = uniform ? grow_constant(g, scalar(VALUE_UINT)) : grow(g, scalar(VALUE_UINT), DEPTH - 2);
	s->which = g->counters++;
	s->branch[0] = grow_inside(g, uniform, !uniform, false);
	g->counters--;
}

static void grow_store(struct grower *g, struct statement *s)
{
	s->index = grow(g, scalar(VALUE_UINT), DEPTH - 2);
	s->value = grow(g, some_shape(g), DEPTH);
}

static void grow_block(struct grower *g, struct statement *s)
{
	unsigned int i, branches = 2;

	if (s->kind == SAY_FOR) {
		grow_for(g, s);
		return;
	}
	if (s->kind == SAY_SWITCH) {
		branches = MAX_BRANCHES;
		s->value = grow(g, scalar(VALUE_UINT), DEPTH - 2);
	} else {
		s->value = grow_condition(g);
	}
	for (i = 0; i < branches; i++)
		s->branch[i] = grow_inside(g, false, g->loop, g->in_switch || s->kind == SAY_SWITCH);
}

static enum statement_kind some_kind(struct grower *g)
{
	static const enum statement_kind kinds[] = {
		SAY_SET, SAY_SET, SAY_SET, SAY_SET, SAY_STORE, SAY_STORE, SAY_ARRAY, SAY_ATOMIC, SAY_LOCAL,
		SAY_IF, SAY_IF, SAY_FOR, SAY_FOR, SAY_SWITCH, SAY_BREAK, SAY_CONTINUE,
	};
	enum statement_kind kind = kinds[below(g, sizeof(kinds) / sizeof(*kinds))];

	if ((kind == SAY_IF || kind == SAY_FOR || kind == SAY_SWITCH) && g->nesting >= NESTING)
		return SAY_SET;
	if (kind == SAY_LOCAL && !g->uniform)
		return SAY_STORE;
	if ((kind == SAY_BREAK || kind == SAY_CONTINUE) && (!g->loop || g->in_switch))
		return SAY_ATOMIC;
	return kind;
}

static struct statement *grow_statement(struct grower *g)
{
	struct statement *s = take(sizeof(*s));

	s->kind = some_kind(g);
	switch (s->kind) {
	case SAY_SET:
		s->which = below(g, RANDOM_VARIABLES);
		s->value = grow(g, g->kernel->variable[s->which], DEPTH);
		break;
	case SAY_STORE:
		grow_store(g, s);
		break;
	case SAY_ARRAY:
		s->index = grow(g, scalar(VALUE_UINT), DEPTH - 2);
		s->value = grow(g, g->kernel->array, DEPTH - 1);
		break;
	case SAY_ATOMIC:
		s->which = below(g, RANDOM_SHARED);
		s->value = grow(g, scalar(s->which & 1 ? VALUE_INT : VALUE_UINT), DEPTH - 2);
		break;
	case SAY_LOCAL:
		s->factor = 2 * below(g, g->kernel->lanes / 2) + 1;
		s->offset = below(g, g->kernel->lanes);
		s->value = grow(g, scalar(VALUE_UINT), DEPTH - 1);
		break;
	case SAY_BREAK:
	case SAY_CONTINUE:
		s->value = grow_condition(g);
		break;
	default:
		grow_block(g, s);
	}
	return s;
}

static struct statement *grow_row(struct grower *g, unsigned int most)
{
	unsigned int n = 1 + below(g, most);
	struct statement *first = NULL, **end = &first;

	for (; n; n--) {
		*end = grow_statement(g);
		end = &(*end)->next;
	}
	return first;
}

struct random_kernel *random_kernel_new(uint64_t seed)
{
	static const unsigned int lanes[] = { 16, 32, 64, 128 };
	struct random_kernel *kernel = take(sizeof(*kernel));
	struct grower g = { .kernel = kernel, .state = seed, .uniform = true };

	kernel->seed = seed;
	kernel->lanes = lanes[below(&g, 4)];
	kernel->array = some_shape(&g);
	for (unsigned int i = 0; i < RANDOM_VARIABLES; i++)
		kernel->variable[i] = some_shape(&g);
	/* The array and local memory have no contents yet, so that what is loaded from them is zero. */
	for (; g.variables < RANDOM_VARIABLES; g.variables++)
		kernel->start[g.variables] = grow(&g, kernel->variable[g.variables], DEPTH - 1);
	kernel->body = grow_row(&g, STATEMENTS);
	return kernel;
}

static void free_node(struct node *n)
{
	if (!n)
		return;
	for (unsigned int i = 0; i < 3; i++)
		free_node(n->src[i]);
	free(n);
}

static void free_row(struct statement *s)
{
	struct statement *next;

	for (; s; s = next) {
		next = s->next;
		free_node(s->index);
		free_node(s->value);
		for (unsigned int i = 0; i < MAX_BRANCHES; i++)
			free_row(s->branch[i]);
		free(s);
	}
}

void random_kernel_free(struct random_kernel *kernel)
{
	for (unsigned int i = 0; i < RANDOM_VARIABLES; i++)
		free_node(kernel->start[i]);
	free_row(kernel->body);
	free(kernel);
}
