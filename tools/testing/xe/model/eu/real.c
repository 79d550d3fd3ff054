// SPDX-License-Identifier: GPL-2.0
/*
 * Operations on floats and doubles, one lane at a time, in the rounding mode the caller has set. Functions of the
 * math unit are as exact as the C library has them; hardware is allowed to be less.
 */
#include <math.h>

#include "eu/integer.h"

/* of the math unit; the macros return the end of what they begin, and say so in the flags */
static bool function(u8 which, double a, double b, double *result)
{
	switch (which) {
	case MATH_INV: *result = 1 / a; return true;
	case MATH_LOG: *result = log2(a); return true;
	case MATH_EXP: *result = exp2(a); return true;
	case MATH_SQRT: *result = sqrt(a); return true;
	case MATH_RSQRT: *result = 1 / sqrt(a); return true;
	case MATH_SIN: *result = sin(a); return true;
	case MATH_COS: *result = cos(a); return true;
	case MATH_INVM: *result = a / b; return true;
	case MATH_RSQRTM: *result = sqrt(a); return true;
	}
	return false;
}

static bool math_float(const struct eu_inst *inst, const float *a, float *result)
{
	double out;

	if (!function(inst->function, a[0], a[1], &out))
		return false;
	*result = inst->function == MATH_INVM ? a[0] / a[1] : (float)out;
	return true;
}

bool eu_float(const struct eu_inst *inst, const float *a, float *result)
{
	switch (inst->op) {
	case OP_MOV: *result = a[0]; return true;
	case OP_ADD: *result = a[0] + a[1]; return true;
	case OP_MUL: *result = a[0] * a[1]; return true;
	case OP_MAD:
	case OP_MADM: *result = fmaf(a[1], a[2], a[0]); return true;
	case OP_FRC: *result = a[0] - floorf(a[0]); return true;
	case OP_RNDU: *result = ceilf(a[0]); return true;
	case OP_RNDD: *result = floorf(a[0]); return true;
	case OP_RNDE: *result = roundevenf(a[0]); return true;
	case OP_RNDZ: *result = truncf(a[0]); return true;
	case OP_MATH: return math_float(inst, a, result);
	}
	return false;
}

bool eu_double(const struct eu_inst *inst, const double *a, double *result)
{
	switch (inst->op) {
	case OP_MOV: *result = a[0]; return true;
	case OP_ADD: *result = a[0] + a[1]; return true;
	case OP_MUL: *result = a[0] * a[1]; return true;
	case OP_MAD:
	case OP_MADM: *result = fma(a[1], a[2], a[0]); return true;
	case OP_FRC: *result = a[0] - floor(a[0]); return true;
	case OP_RNDU: *result = ceil(a[0]); return true;
	case OP_RNDD: *result = floor(a[0]); return true;
	case OP_RNDE: *result = roundeven(a[0]); return true;
	case OP_RNDZ: *result = trunc(a[0]); return true;
	case OP_MATH: return function(inst->function, a[0], a[1], result);
	}
	return false;
}

bool eu_condition_real(u8 cond, double a, double b)
{
	switch (cond) {
	case COND_EQ:
		return a == b;
	case COND_NE:
		return a != b;
	case COND_GT:
		return a > b;
	case COND_GE:
		return a >= b;
	case COND_LT:
		return a < b;
	case COND_LE:
		return a <= b;
	case COND_UNORDERED:
		return a != a || b != b;
	}
	return false;
}
