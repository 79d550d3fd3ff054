/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values of OpenCL's scalar types, and the operations whose results OpenCL defines exactly: as OpenCL writes them, and
 * as the CPU computes them.
 */
#ifndef RUNTIME_GROUND_VALUE_H
#define RUNTIME_GROUND_VALUE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum value_type {
	VALUE_CHAR, VALUE_UCHAR, VALUE_SHORT, VALUE_USHORT, VALUE_INT, VALUE_UINT, VALUE_LONG, VALUE_ULONG,
	VALUE_FLOAT, VALUE_DOUBLE, VALUE_TYPES,
};

/* Integers are extended to 64 bits by their sign, or by zeros. */
union value {
	int64_t i;
	uint64_t u;
	float f;
	double d;
};

enum operation {
	DO_ADD, DO_SUB, DO_MUL, DO_NEG, DO_AND, DO_OR, DO_XOR, DO_NOT, DO_SHL, DO_SHR, DO_ROTATE, DO_DIV, DO_REM, DO_MIN,
	DO_MAX, DO_ABS, DO_ABS_DIFF, DO_ADD_SAT, DO_SUB_SAT, DO_MAD_SAT, DO_HADD, DO_RHADD, DO_MUL_HI, DO_CLZ, DO_CTZ,
	DO_POPCOUNT, DO_BITSELECT, DO_INTEGERS,

	DO_FADD = DO_INTEGERS, DO_FSUB, DO_FMUL, DO_FMA, DO_FNEG, DO_FABS, DO_FMIN, DO_FMAX, DO_FLOOR, DO_CEIL, DO_TRUNC,
	DO_RINT, DO_REALS,

	DO_EQ = DO_REALS, DO_NE, DO_LT, DO_LE, DO_GT, DO_GE, OPERATIONS,
};

enum rounding { ROUND_EVEN, ROUND_ZERO, ROUND_UP, ROUND_DOWN, ROUNDINGS };

unsigned int value_size(enum value_type type);
bool value_is_real(enum value_type type);
/* The integer type of the same size; OpenCL's comparisons of vectors have the signed one */
enum value_type value_signed(enum value_type type);
enum value_type value_unsigned(enum value_type type);
const char *value_name(enum value_type type);

/* Read from and written to memory */
union value value_load(enum value_type type, const void *from);
void value_store(enum value_type type, void *to, union value value);
/* No number equals any other that is none */
bool value_equal(enum value_type type, union value a, union value b);
/* An integer cut to its type */
union value value_cut(enum value_type type, union value value);

unsigned int operation_sources(enum operation operation);
/*
 * As OpenCL writes it. In the text %a %b %c are the sources, %t is their type with the number of elements, %u and %s
 * the unsigned and signed one of that size, %m the largest number of %s.
 */
const char *operation_text(enum operation operation);
/* Of one element; @vector: the type is a vector, for which shifts and comparisons have rules of their own */
union value operation_result(enum operation operation, enum value_type type, bool vector, const union value *src);

const char *rounding_name(enum rounding rounding);
/* convert_*(), to integers with saturation if @saturate, and always from reals */
union value value_convert(enum value_type to, enum value_type from, enum rounding rounding, bool saturate,
			  union value value);

#endif
