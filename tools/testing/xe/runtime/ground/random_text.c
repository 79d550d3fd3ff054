// SPDX-License-Identifier: GPL-2.0
/* See random_kernel.h: a kernel as OpenCL writes it. Each expression has exactly the type of its node. */
#include "ground/random_kernel.h"

static const char letters[] = "xyzw";

/* of @shape's type and its number of elements: uint4 */
static void print_type(FILE *to, enum value_type type, unsigned int n)
{
	fputs(value_name(type), to);
	if (n > 1)
		fprintf(to, "%u", n);
}

static void print_scalar(FILE *to, enum value_type type, union value v)
{
	if (type == VALUE_FLOAT)
		fprintf(to, "as_float(%#xu)", (uint32_t)v.u);
	else if (type == VALUE_DOUBLE)
		fprintf(to, "as_double(%#llxul)", (unsigned long long)v.u);
	else
		fprintf(to, "(%s)%#llxul", value_name(type), (unsigned long long)v.u);
}

static void print_constant(FILE *to, const struct node *n)
{
	fputs("((", to);
	print_type(to, n->shape.type, n->shape.n);
	fputs(")(", to);
	for (unsigned int i = 0; i < n->shape.n; i++) {
		fputs(i ? ", " : "", to);
		print_scalar(to, n->shape.type, n->constant[i]);
	}
	fputs("))", to);
}

static void print_node(FILE *to, const struct random_kernel *kernel, const struct node *n);

/* The text for a letter behind % in operation_text() */
static bool print_letter(FILE *to, const struct random_kernel *kernel, const struct node *n, char letter)
{
	struct random_shape shape = n->src[0]->shape;

	switch (letter) {
	case 'a':
	case 'b':
	case 'c':
		print_node(to, kernel, n->src[letter - 'a']);
		return true;
	case 't':
		print_type(to, shape.type, shape.n);
		return true;
	case 'u':
		print_type(to, value_unsigned(shape.type), shape.n);
		return true;
	case 's':
		print_type(to, value_signed(shape.type), shape.n);
		return true;
	case 'm':
		fprintf(to, "(%s)%#llxul", value_name(shape.type), ~0ull >> (65 - 8 * value_size(shape.type)));
		return true;
	}
	return false;
}

static void print_operation(FILE *to, const struct random_kernel *kernel, const struct node *n)
{
	const char *text;

	for (text = operation_text(n->operation); *text; text++) {
		if (*text == '%' && print_letter(to, kernel, n, text[1]))
			text++;
		else
			fputc(*text, to);
	}
}

/*
 * The compiler folds convert_uint_sat(0x1p32f) to 0 if it knows the number. It does not know the sum with a zero
 * that is loaded.
 */
static void print_convert(FILE *to, const struct random_kernel *kernel, const struct node *n)
{
	enum value_type from = n->src[0]->shape.type;

	fputs("convert_", to);
	print_type(to, n->shape.type, n->shape.n);
	fputs(n->saturate ? "_sat" : "", to);
	if (value_is_real(n->shape.type) || value_is_real(from))
		fputs(rounding_name(n->rounding), to);
	fputc('(', to);
	print_node(to, kernel, n->src[0]);
	if (n->saturate && value_is_real(from))
		fprintf(to, " + zero_%s", value_name(from));
	fputc(')', to);
}

static void print_select(FILE *to, const struct random_kernel *kernel, const struct node *n)
{
	static const unsigned int scalar[] = { 2, 0, 1 }, vector[] = { 1, 0, 2 };
	const unsigned int *order = n->shape.n > 1 ? vector : scalar;
	const char *between[] = { n->shape.n > 1 ? ", " : " ? ", n->shape.n > 1 ? ", " : " : " };

	if (n->shape.n > 1)
		fputs("select(", to);
	else
		fprintf(to, "((%s)(", value_name(n->shape.type));
	for (unsigned int i = 0; i < 3; i++) {
		fputs(i ? between[i - 1] : "", to);
		print_node(to, kernel, n->src[order[i]]);
	}
	fputs(n->shape.n > 1 ? ")" : "))", to);
}

/* an element of a scalar is the scalar */
static void print_shuffle(FILE *to, const struct random_kernel *kernel, const struct node *n)
{
	if (n->src[0]->shape.n == 1) {
		fputs("((", to);
		print_type(to, n->shape.type, n->shape.n);
		fputs(")(", to);
		print_node(to, kernel, n->src[0]);
		fputs("))", to);
		return;
	}
	print_node(to, kernel, n->src[0]);
	fputs(".", to);
	for (unsigned int i = 0; i < n->shape.n; i++)
		fputc(letters[n->element[i]], to);
}

/* elements of @shape in @bytes, addressed by an index that has to be masked */
static void print_place(FILE *to, const struct random_kernel *kernel, struct random_shape shape,
			const struct node *index, const char *space, const char *base, unsigned int bytes)
{
	print_node(to, kernel, index);
	fprintf(to, " & %u, (%s %s *)(%s + %u)", bytes / (value_size(shape.type) * shape.n) - 1, space,
		value_name(shape.type), base, bytes * shape.type);
}

static void print_load(FILE *to, const struct random_kernel *kernel, const struct node *n)
{
	struct random_shape shape = n->shape;

	if (n->kind == NODE_LOAD_LOCAL || n->kind == NODE_LOAD_ARRAY) {
		fputs(n->kind == NODE_LOAD_LOCAL ? "local_words[" : "array[", to);
		print_node(to, kernel, n->src[0]);
		fprintf(to, " & %u]", n->kind == NODE_LOAD_LOCAL ? kernel->lanes - 1 : RANDOM_ARRAY - 1);
		return;
	}
	fprintf(to, "LOAD%u(%s, ", shape.n, value_name(shape.type));
	if (n->kind == NODE_LOAD_IN)
		print_place(to, kernel, shape, n->src[0], "__global const", "in", RANDOM_IN);
	else
		print_place(to, kernel, shape, n->src[0], "__global", "own", RANDOM_OWN);
	fputc(')', to);
}

static void print_wrapped(FILE *to, const struct random_kernel *kernel, const struct node *n, const char *before)
{
	fputs(before, to);
	print_type(to, n->shape.type, n->shape.n);
	fputs(n->kind == NODE_SPLAT ? ")(" : "(", to);
	print_node(to, kernel, n->src[0]);
	fputs(n->kind == NODE_SPLAT ? "))" : ")", to);
}

static void print_node(FILE *to, const struct random_kernel *kernel, const struct node *n)
{
	switch (n->kind) {
	case NODE_CONSTANT:
		print_constant(to, n);
		break;
	case NODE_VARIABLE:
		fprintf(to, "v%u", n->which);
		break;
	case NODE_COUNTER:
		fprintf(to, "i%u", n->which);
		break;
	case NODE_GLOBAL_ID:
		fputs("id", to);
		break;
	case NODE_LANE_X:
		fputs("(uint)get_local_id(0)", to);
		break;
	case NODE_LANE_Y:
		fputs("(uint)get_local_id(1)", to);
		break;
	case NODE_GROUP:
		fputs("(uint)get_group_id(1)", to);
		break;
	case NODE_OPERATION:
		print_operation(to, kernel, n);
		break;
	case NODE_SELECT:
		print_select(to, kernel, n);
		break;
	case NODE_CONVERT:
		print_convert(to, kernel, n);
		break;
	case NODE_BITS:
		print_wrapped(to, kernel, n, "as_");
		break;
	case NODE_SPLAT:
		print_wrapped(to, kernel, n, "((");
		break;
	case NODE_SHUFFLE:
		print_shuffle(to, kernel, n);
		break;
	default:
		print_load(to, kernel, n);
	}
}

static void print_row(FILE *to, const struct random_kernel *kernel, const struct statement *s, int depth);

static void print_block(FILE *to, const struct random_kernel *kernel, const struct statement *s, int depth)
{
	unsigned int i;

	if (s->kind == SAY_IF) {
		fputs("if (", to);
		print_node(to, kernel, s->value);
		fputs(") {\n", to);
		print_row(to, kernel, s->branch[0], depth + 1);
		fprintf(to, "%*s} else {\n", depth, "");
		print_row(to, kernel, s->branch[1], depth + 1);
	} else if (s->kind == SAY_FOR) {
		fprintf(to, "for (uint i%u = 0, n%u = ", s->which, s->which);
		print_node(to, kernel, s->value);
		fprintf(to, " & 7; i%u < n%u; i%u++) {\n", s->which, s->which, s->which);
		print_row(to, kernel, s->branch[0], depth + 1);
	} else {
		fputs("switch (", to);
		print_node(to, kernel, s->value);
		fprintf(to, " & %u) {\n", MAX_BRANCHES - 1);
		for (i = 0; i < MAX_BRANCHES; i++) {
			fprintf(to, "%*scase %u:\n", depth, "", i);
			print_row(to, kernel, s->branch[i], depth + 1);
			fprintf(to, "%*sbreak;\n", depth + 1, "");
		}
	}
	fprintf(to, "%*s}\n", depth, "");
}

static void print_local(FILE *to, const struct random_kernel *kernel, const struct statement *s)
{
	fputs("word = ", to);
	print_node(to, kernel, s->value);
	fprintf(to, "; barrier(CLK_LOCAL_MEM_FENCE); local_words[(lane * %u + %u) & %u] = word; "
		"barrier(CLK_LOCAL_MEM_FENCE);\n", s->factor, s->offset, kernel->lanes - 1);
}

static void print_atomic(FILE *to, const struct random_kernel *kernel, const struct statement *s)
{
	static const char *const names[RANDOM_SHARED] = { "add", "min", "min", "max", "max", "xor", "or", "and" };

	fprintf(to, "atomic_%s((volatile __global %s *)&shared[%u], ", names[s->which], s->which & 1 ? "int" : "uint",
		s->which);
	print_node(to, kernel, s->value);
	fputs(");\n", to);
}

static void print_store(FILE *to, const struct random_kernel *kernel, const struct statement *s)
{
	fprintf(to, "STORE%u(%s, ", s->value->shape.n, value_name(s->value->shape.type));
	print_node(to, kernel, s->value);
	fputs(", ", to);
	print_place(to, kernel, s->value->shape, s->index, "__global", "own", RANDOM_OWN);
	fputs(");\n", to);
}

static void print_statement(FILE *to, const struct random_kernel *kernel, const struct statement *s, int depth)
{
	switch (s->kind) {
	case SAY_SET:
		fprintf(to, "v%u = ", s->which);
		print_node(to, kernel, s->value);
		fputs(";\n", to);
		break;
	case SAY_STORE:
		print_store(to, kernel, s);
		break;
	case SAY_ARRAY:
		fputs("array[", to);
		print_node(to, kernel, s->index);
		fprintf(to, " & %u] = ", RANDOM_ARRAY - 1);
		print_node(to, kernel, s->value);
		fputs(";\n", to);
		break;
	case SAY_ATOMIC:
		print_atomic(to, kernel, s);
		break;
	case SAY_LOCAL:
		print_local(to, kernel, s);
		break;
	case SAY_BREAK:
	case SAY_CONTINUE:
		fputs("if (", to);
		print_node(to, kernel, s->value);
		fprintf(to, ") %s;\n", s->kind == SAY_BREAK ? "break" : "continue");
		break;
	default:
		print_block(to, kernel, s, depth);
	}
}

static void print_row(FILE *to, const struct random_kernel *kernel, const struct statement *s, int depth)
{
	for (; s; s = s->next) {
		fprintf(to, "%*s", depth, "");
		print_statement(to, kernel, s, depth);
	}
}

static const char preamble[] =
	"#pragma OPENCL FP_CONTRACT OFF\n"
	"#define LOAD1(type, at, from) ((from)[at])\n"
	"#define LOAD2(type, at, from) vload2(at, from)\n"
	"#define LOAD4(type, at, from) vload4(at, from)\n"
	"#define STORE1(type, value, at, to) ((to)[at] = (value))\n"
	"#define STORE2(type, value, at, to) vstore2(value, at, to)\n"
	"#define STORE4(type, value, at, to) vstore4(value, at, to)\n";

static void print_results(FILE *to, const struct random_kernel *kernel)
{
	for (unsigned int i = 0; i < RANDOM_VARIABLES; i++) {
		struct random_shape shape = kernel->variable[i];

		for (unsigned int k = 0; k < shape.n; k++) {
			fprintf(to, " *(__global %s *)(results + (id * %u + %u)) = v%u", value_name(shape.type),
				RANDOM_VARIABLES * RANDOM_MAX_ELEMENTS, i * RANDOM_MAX_ELEMENTS + k, i);
			if (shape.n > 1)
				fprintf(to, ".%c", letters[k]);
			fputs(";\n", to);
		}
	}
}

void random_kernel_print(const struct random_kernel *kernel, FILE *to)
{
	fputs(preamble, to);
	fprintf(to, "__kernel void r%llu(__global const uchar *in, __global uchar *own, __global ulong *results, "
		"__global uint *shared)\n{\n", (unsigned long long)kernel->seed);
	fprintf(to, " __local uint local_words[%u];\n ", kernel->lanes);
	print_type(to, kernel->array.type, kernel->array.n);
	fprintf(to, " array[%u];\n", RANDOM_ARRAY);
	fprintf(to, " uint lane = get_local_id(0) + get_local_id(1) * %u, id = lane + get_group_id(1) * %u, word;\n",
		RANDOM_WIDTH, kernel->lanes);
	fprintf(to, " own += id * %u;\n local_words[lane] = 0;\n", VALUE_TYPES * RANDOM_OWN);
	fprintf(to, " float zero_float = *(__global float *)(own + %u);\n", VALUE_FLOAT * RANDOM_OWN);
	fprintf(to, " double zero_double = *(__global double *)(own + %u);\n", VALUE_DOUBLE * RANDOM_OWN);
	fprintf(to, " for (uint i = 0; i < %u; i++) array[i] = 0;\n barrier(CLK_LOCAL_MEM_FENCE);\n", RANDOM_ARRAY);
	for (unsigned int i = 0; i < RANDOM_VARIABLES; i++) {
		fputc(' ', to);
		print_type(to, kernel->variable[i].type, kernel->variable[i].n);
		fprintf(to, " v%u = ", i);
		print_node(to, kernel, kernel->start[i]);
		fputs(";\n", to);
	}
	print_row(to, kernel, kernel->body, 1);
	print_results(to, kernel);
	fputs("}\n", to);
}
