// SPDX-License-Identifier: GPL-2.0
/* See value.h. */
#include <fenv.h>
#include <math.h>
#include <string.h>

#include "ground/value.h"

typedef __int128 wide;

static const struct type_row {
	const char *name;
	unsigned int size;
	bool sign, real;
} types[VALUE_TYPES] = {
	[VALUE_CHAR] = { "char", 1, true, false },
	[VALUE_UCHAR] = { "uchar", 1, false, false },
	[VALUE_SHORT] = { "short", 2, true, false },
	[VALUE_USHORT] = { "ushort", 2, false, false },
	[VALUE_INT] = { "int", 4, true, false },
	[VALUE_UINT] = { "uint", 4, false, false },
	[VALUE_LONG] = { "long", 8, true, false },
	[VALUE_ULONG] = { "ulong", 8, false, false },
	[VALUE_FLOAT] = { "float", 4, true, true },
	[VALUE_DOUBLE] = { "double", 8, true, true },
};

static const struct operation_row {
	unsigned int sources;
	const char *text;
} operations[OPERATIONS] = {
	/* Sums of signed numbers may overflow only as unsigned ones. */
	[DO_ADD] = { 2, "as_%t((%u)(as_%u(%a) + as_%u(%b)))" },
	[DO_SUB] = { 2, "as_%t((%u)(as_%u(%a) - as_%u(%b)))" },
	[DO_MUL] = { 2, "as_%t((%u)(as_%u(%a) * as_%u(%b)))" },
	[DO_NEG] = { 1, "as_%t((%u)(-as_%u(%a)))" },
	[DO_AND] = { 2, "((%t)(%a & %b))" },
	[DO_OR] = { 2, "((%t)(%a | %b))" },
	[DO_XOR] = { 2, "((%t)(%a ^ %b))" },
	[DO_NOT] = { 1, "((%t)(~%a))" },
	[DO_SHL] = { 2, "as_%t((%u)(as_%u(%a) << as_%u(%b)))" },
	[DO_SHR] = { 2, "((%t)(%a >> %b))" },
	/* The compiler loses the sign of a negated count, unless something is done with it. */
	[DO_ROTATE] = { 2, "rotate(%a, as_%t((%u)(as_%u(%b) >> (%u)(1))))" },
	[DO_DIV] = { 2, "((%t)(%a / ((%b & (%t)(%m)) | (%t)(1))))" },
	[DO_REM] = { 2, "((%t)(%a % ((%b & (%t)(%m)) | (%t)(1))))" },
	[DO_MIN] = { 2, "min(%a, %b)" },
	[DO_MAX] = { 2, "max(%a, %b)" },
	/* For the compiler |-128| is no char, and is extended to 128. */
	[DO_ABS] = { 1, "as_%t(abs((%t)(%a | (%t)(1))))" },
	[DO_ABS_DIFF] = { 2, "as_%t(abs_diff(%a, %b))" },
	[DO_ADD_SAT] = { 2, "add_sat(%a, %b)" },
	[DO_SUB_SAT] = { 2, "sub_sat(%a, %b)" },
	[DO_MAD_SAT] = { 3, "mad_sat(%a, %b, %c)" },
	[DO_HADD] = { 2, "hadd(%a, %b)" },
	[DO_RHADD] = { 2, "rhadd(%a, %b)" },
	[DO_MUL_HI] = { 2, "mul_hi(%a, %b)" },
	[DO_CLZ] = { 1, "clz(%a)" },
	[DO_CTZ] = { 1, "ctz(%a)" },
	[DO_POPCOUNT] = { 1, "popcount(%a)" },
	[DO_BITSELECT] = { 3, "bitselect(%a, %b, %c)" },
	[DO_FADD] = { 2, "(%a + %b)" },
	[DO_FSUB] = { 2, "(%a - %b)" },
	[DO_FMUL] = { 2, "(%a * %b)" },
	[DO_FMA] = { 3, "fma(%a, %b, %c)" },
	[DO_FNEG] = { 1, "(-%a)" },
	[DO_FABS] = { 1, "fabs(%a)" },
	/* Of two zeros of different signs either may be the smaller one. */
	[DO_FMIN] = { 2, "fmin(fabs(%a), fabs(%b))" },
	[DO_FMAX] = { 2, "fmax(fabs(%a), fabs(%b))" },
	/* For the compiler floor(-0.0) is 0. */
	[DO_FLOOR] = { 1, "(floor(%a) + (%t)(0))" },
	[DO_CEIL] = { 1, "(ceil(%a) + (%t)(0))" },
	[DO_TRUNC] = { 1, "(trunc(%a) + (%t)(0))" },
	[DO_RINT] = { 1, "(rint(%a) + (%t)(0))" },
	[DO_EQ] = { 2, "((%s)(%a == %b))" },
	[DO_NE] = { 2, "((%s)(%a != %b))" },
	[DO_LT] = { 2, "((%s)(%a < %b))" },
	[DO_LE] = { 2, "((%s)(%a <= %b))" },
	[DO_GT] = { 2, "((%s)(%a > %b))" },
	[DO_GE] = { 2, "((%s)(%a >= %b))" },
};

unsigned int value_size(enum value_type type)
{
	return types[type].size;
}

bool value_is_real(enum value_type type)
{
	return types[type].real;
}

const char *value_name(enum value_type type)
{
	return types[type].name;
}

enum value_type value_signed(enum value_type type)
{
	return 2 * __builtin_ctz(types[type].size);
}

enum value_type value_unsigned(enum value_type type)
{
	return value_signed(type) + 1;
}

unsigned int operation_sources(enum operation operation)
{
	return operations[operation].sources;
}

const char *operation_text(enum operation operation)
{
	return operations[operation].text;
}

union value value_cut(enum value_type type, union value value)
{
	unsigned int unused = 64 - 8 * types[type].size;

	if (types[type].sign)
		value.i = (int64_t)(value.u << unused) >> unused;
	else
		value.u = value.u << unused >> unused;
	return value;
}

union value value_load(enum value_type type, const void *from)
{
	union value value = { .u = 0 };

	memcpy(&value, from, types[type].size);
	return types[type].real ? value : value_cut(type, value);
}

void value_store(enum value_type type, void *to, union value value)
{
	memcpy(to, &value, types[type].size);
}

bool value_equal(enum value_type type, union value a, union value b)
{
	if (type == VALUE_FLOAT && a.f != a.f)
		return b.f != b.f;
	if (type == VALUE_DOUBLE && a.d != a.d)
		return b.d != b.d;
	return !memcmp(&a, &b, types[type].size);
}

static wide widened(enum value_type type, union value value)
{
	return types[type].sign ? (wide)value.i : (wide)value.u;
}

static wide smallest(enum value_type type)
{
	return types[type].sign ? -((wide)1 << (8 * types[type].size - 1)) : 0;
}

static wide largest(enum value_type type)
{
	return ((wide)1 << (8 * types[type].size - types[type].sign)) - 1;
}

static union value saturated(enum value_type type, wide number)
{
	if (number < smallest(type))
		number = smallest(type);
	if (number > largest(type))
		number = largest(type);
	return (union value){ .i = number };
}

static unsigned int bits_of(enum value_type type)
{
	return 8 * types[type].size;
}

static uint64_t zero_extended(enum value_type type, union value value)
{
	return value_cut(value_unsigned(type), value).u;
}

/* A scalar of less than an int is shifted as an int, by a count of as many bits. */
static unsigned int shift(enum value_type type, bool vector, union value count)
{
	unsigned int bits = bits_of(type);

	return count.u & ((vector || bits > 32 ? bits : 32) - 1);
}

static uint64_t rotated(enum value_type type, union value value, union value count)
{
	unsigned int bits = bits_of(type), by = zero_extended(type, count) >> 1 & (bits - 1);
	uint64_t all = zero_extended(type, value);

	return by ? all << by | all >> (bits - by) : all;
}

static unsigned int leading_zeros(enum value_type type, union value value)
{
	uint64_t all = zero_extended(type, value);

	return all ? __builtin_clzll(all) - (64 - bits_of(type)) : bits_of(type);
}

static unsigned int trailing_zeros(enum value_type type, union value value)
{
	uint64_t all = zero_extended(type, value);

	return all ? __builtin_ctzll(all) : bits_of(type);
}

static union value saturating(enum operation operation, enum value_type type, wide a, wide b, wide c)
{
	switch (operation) {
	case DO_ADD_SAT:
		return saturated(type, a + b);
	case DO_SUB_SAT:
		return saturated(type, a - b);
	default:
		/* A product of unsigned longs has all bits but the sign's, which the sum may need. */
		if (!types[type].sign && (unsigned __int128)a * b >> 64)
			return saturated(type, largest(type));
		return saturated(type, a * b + c);
	}
}

/* Operations that need no more bits than the result has */
static uint64_t modular(enum operation operation, enum value_type type, bool vector, const union value *src)
{
	uint64_t a = src[0].u, b = src[1].u;

	switch (operation) {
	case DO_ADD: return a + b;
	case DO_SUB: return a - b;
	case DO_MUL: return a * b;
	case DO_NEG: return -a;
	case DO_AND: return a & b;
	case DO_OR: return a | b;
	case DO_XOR: return a ^ b;
	case DO_NOT: return ~a;
	case DO_SHL: return a << shift(type, vector, src[1]);
	case DO_ROTATE: return rotated(type, src[0], src[1]);
	case DO_CLZ: return leading_zeros(type, src[0]);
	case DO_CTZ: return trailing_zeros(type, src[0]);
	case DO_POPCOUNT: return __builtin_popcountll(zero_extended(type, src[0]));
	default: return (a & ~src[2].u) | (b & src[2].u);
	}
}

static union value integer_result(enum operation operation, enum value_type type, bool vector, const union value *src)
{
	wide a = widened(type, src[0]), b = widened(type, src[1]), c = widened(type, src[2]);
	wide divisor = (b & largest(value_signed(type))) | 1, out;

	switch (operation) {
	case DO_SHR: out = a >> shift(type, vector, src[1]); break;
	case DO_DIV: out = a / divisor; break;
	case DO_REM: out = a % divisor; break;
	case DO_MIN: out = a < b ? a : b; break;
	case DO_MAX: out = a > b ? a : b; break;
	case DO_ABS: out = a < 0 ? -(a | 1) : a | 1; break;
	case DO_ABS_DIFF: out = a > b ? a - b : b - a; break;
	case DO_ADD_SAT:
	case DO_SUB_SAT:
	case DO_MAD_SAT: return saturating(operation, type, a, b, c);
	case DO_HADD: out = (a + b) >> 1; break;
	case DO_RHADD: out = (a + b + 1) >> 1; break;
	case DO_MUL_HI: out = types[type].sign ? (a * b) >> bits_of(type) :
						 (wide)((unsigned __int128)a * b >> bits_of(type)); break;
	default: out = modular(operation, type, vector, src);
	}
	return value_cut(type, (union value){ .u = out });
}

static float float_result(enum operation operation, const union value *src)
{
	float a = src[0].f, b = src[1].f;

	switch (operation) {
	case DO_FADD: return a + b;
	case DO_FSUB: return a - b;
	case DO_FMUL: return a * b;
	case DO_FMA: return fmaf(a, b, src[2].f);
	case DO_FNEG: return -a;
	case DO_FABS: return fabsf(a);
	case DO_FMIN: return fminf(fabsf(a), fabsf(b));
	case DO_FMAX: return fmaxf(fabsf(a), fabsf(b));
	case DO_FLOOR: return floorf(a) + 0;
	case DO_CEIL: return ceilf(a) + 0;
	case DO_TRUNC: return truncf(a) + 0;
	default: return nearbyintf(a) + 0;
	}
}

static double double_result(enum operation operation, const union value *src)
{
	double a = src[0].d, b = src[1].d;

	switch (operation) {
	case DO_FADD: return a + b;
	case DO_FSUB: return a - b;
	case DO_FMUL: return a * b;
	case DO_FMA: return fma(a, b, src[2].d);
	case DO_FNEG: return -a;
	case DO_FABS: return fabs(a);
	case DO_FMIN: return fmin(fabs(a), fabs(b));
	case DO_FMAX: return fmax(fabs(a), fabs(b));
	case DO_FLOOR: return floor(a) + 0;
	case DO_CEIL: return ceil(a) + 0;
	case DO_TRUNC: return trunc(a) + 0;
	default: return nearbyint(a) + 0;
	}
}

#define COMPARED(operation, a, b)			\
	((operation) == DO_EQ ? (a) == (b) :		\
	 (operation) == DO_NE ? (a) != (b) :		\
	 (operation) == DO_LT ? (a) < (b) :		\
	 (operation) == DO_LE ? (a) <= (b) :		\
	 (operation) == DO_GT ? (a) > (b) : (a) >= (b))

static bool compared(enum operation operation, enum value_type type, const union value *src)
{
	if (type == VALUE_FLOAT)
		return COMPARED(operation, src[0].f, src[1].f);
	if (type == VALUE_DOUBLE)
		return COMPARED(operation, src[0].d, src[1].d);
	return COMPARED(operation, widened(type, src[0]), widened(type, src[1]));
}

union value operation_result(enum operation operation, enum value_type type, bool vector, const union value *src)
{
	if (operation >= DO_EQ)
		return (union value){ .i = compared(operation, type, src) ? vector ? -1 : 1 : 0 };
	if (type == VALUE_FLOAT)
		return (union value){ .f = float_result(operation, src) };
	if (type == VALUE_DOUBLE)
		return (union value){ .d = double_result(operation, src) };
	return integer_result(operation, type, vector, src);
}

static const struct rounding_row {
	const char *name;
	int mode;
} roundings[ROUNDINGS] = {
	[ROUND_EVEN] = { "_rte", FE_TONEAREST },
	[ROUND_ZERO] = { "_rtz", FE_TOWARDZERO },
	[ROUND_UP] = { "_rtp", FE_UPWARD },
	[ROUND_DOWN] = { "_rtn", FE_DOWNWARD },
};

const char *rounding_name(enum rounding rounding)
{
	return roundings[rounding].name;
}

static union value real_to_integer(enum value_type to, double real)
{
	volatile double number = nearbyint(real);

	if (number != number)
		return (union value){ .u = 0 };
	if (number >= 0x1p64)
		return saturated(to, largest(to));
	if (number < -0x1p64)
		return saturated(to, smallest(to));
	return saturated(to, (wide)number);
}

/* The compiler must not move what is computed between two changes of the mode. */
static union value converted(enum value_type to, enum value_type from, union value value)
{
	volatile double d = from == VALUE_FLOAT ? value.f : value.d;
	volatile int64_t i = value.i;
	volatile uint64_t u = value.u;
	volatile float f;

	if (to == VALUE_FLOAT) {
		f = types[from].real ? (float)d : types[from].sign ? (float)i : (float)u;
		return (union value){ .f = f };
	}
	if (to == VALUE_DOUBLE) {
		d = types[from].real ? d : types[from].sign ? (double)i : (double)u;
		return (union value){ .d = d };
	}
	return real_to_integer(to, d);
}

union value value_convert(enum value_type to, enum value_type from, enum rounding rounding, bool saturate,
			  union value value)
{
	if (!types[to].real && !types[from].real)
		return saturate ? saturated(to, widened(from, value)) : value_cut(to, value);
	fesetround(roundings[rounding].mode);
	value = converted(to, from, value);
	fesetround(FE_TONEAREST);
	return value;
}
