/* SPDX-License-Identifier: GPL-2.0 */
/* The operations of instructions, on the values of one lane. */
#ifndef MODEL_EU_INTEGER_H
#define MODEL_EU_INTEGER_H

#include "eu/isa.h"

/* false: not an operation on integers; the result is not yet cut to its type */
bool eu_integer(const struct eu_inst *inst, const s64 *a, s64 *result);
/* the same on floats and doubles */
bool eu_float(const struct eu_inst *inst, const float *a, float *result);
bool eu_double(const struct eu_inst *inst, const double *a, double *result);
bool eu_condition_int(u8 cond, s64 a, s64 b);
bool eu_condition_real(u8 cond, double a, double b);

#endif
