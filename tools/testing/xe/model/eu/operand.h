/* SPDX-License-Identifier: GPL-2.0 */
/* Operands of a thread: regions of registers and immediates, as values of one of three kinds. */
#ifndef MODEL_EU_OPERAND_H
#define MODEL_EU_OPERAND_H

#include "eu/thread.h"

enum eu_kind { KIND_INT, KIND_FLOAT, KIND_DOUBLE };

/* per lane; integers are extended to 64 bits as their type says */
union eu_value {
	s64 i;
	u64 u;
	float f;
	double d;
};

enum eu_kind eu_type_kind(u8 type);
void eu_read(const struct eu_thread *t, const struct eu_operand *src, u32 lanes, enum eu_kind kind,
	     union eu_value *out);
/* to the lanes of the mask; kind is that of the values, wide says that an integer has no sign */
void eu_write(struct eu_thread *t, const struct eu_inst *inst, u32 mask, enum eu_kind kind, bool wide,
	      const union eu_value *values);
/* an integer as the type would hold it */
s64 eu_truncate(u64 value, u8 type);
/* flags of the lanes of an instruction, lane 0 first */
u32 eu_flags(const struct eu_thread *t, const struct eu_inst *inst);
void eu_set_flags(struct eu_thread *t, const struct eu_inst *inst, u32 mask, u32 flags);
u32 eu_half_to_float(u16 half);
u16 eu_float_to_half(float value);

#endif
