// SPDX-License-Identifier: GPL-2.0
/* See atomic.h. Compare and exchange until nothing came in between. */
#include <string.h>

#include "eu/atomic.h"

enum {
	ATOMIC_INC = 0x08,
	ATOMIC_DEC,
	ATOMIC_LOAD,
	ATOMIC_STORE,
	ATOMIC_ADD,
	ATOMIC_SUB,
	ATOMIC_SMIN,
	ATOMIC_SMAX,
	ATOMIC_UMIN,
	ATOMIC_UMAX,
	ATOMIC_CAS,
	ATOMIC_FADD,
	ATOMIC_FSUB,
	ATOMIC_FMIN,
	ATOMIC_FMAX,
	ATOMIC_FCAS,
	ATOMIC_AND,
	ATOMIC_OR,
	ATOMIC_XOR,
};

bool eu_atomic_known(u32 op)
{
	return op >= ATOMIC_INC && op <= ATOMIC_XOR;
}

static s64 extended(u64 value, u32 bytes)
{
	return bytes == 2 ? (s16)value : bytes == 4 ? (s32)value : (s64)value;
}

/* Exact for floats as well: rounding a sum twice, to double first, is rounding it once. */
static double real_result(u32 op, double old, double one)
{
	switch (op) {
	case ATOMIC_FADD:
		return old + one;
	case ATOMIC_FSUB:
		return old - one;
	case ATOMIC_FMIN:
		return one < old || old != old ? one : old;
	default:
		return one > old || old != old ? one : old;
	}
}

static u64 float_result(u32 op, u32 old_bits, u32 one_bits, u32 two_bits)
{
	float old, one, out;
	u32 bits;

	memcpy(&old, &old_bits, sizeof(old));
	memcpy(&one, &one_bits, sizeof(one));
	if (op == ATOMIC_FCAS)
		return old == one ? two_bits : old_bits;
	out = (float)real_result(op, old, one);
	memcpy(&bits, &out, sizeof(bits));
	return bits;
}

static u64 double_result(u32 op, u64 old_bits, u64 one_bits, u64 two_bits)
{
	double old, one, out;
	u64 bits;

	memcpy(&old, &old_bits, sizeof(old));
	memcpy(&one, &one_bits, sizeof(one));
	if (op == ATOMIC_FCAS)
		return old == one ? two_bits : old_bits;
	out = real_result(op, old, one);
	memcpy(&bits, &out, sizeof(bits));
	return bits;
}

static u64 result(u32 op, u32 bytes, u64 old, u64 one, u64 two)
{
	s64 a = extended(old, bytes), b = extended(one, bytes);

	switch (op) {
	case ATOMIC_INC:
		return old + 1;
	case ATOMIC_DEC:
		return old - 1;
	case ATOMIC_STORE:
		return one;
	case ATOMIC_ADD:
		return old + one;
	case ATOMIC_SUB:
		return old - one;
	case ATOMIC_SMIN:
		return a < b ? old : one;
	case ATOMIC_SMAX:
		return a > b ? old : one;
	case ATOMIC_UMIN:
		return old < one ? old : one;
	case ATOMIC_UMAX:
		return old > one ? old : one;
	case ATOMIC_CAS:
		return old == one ? two : old;
	case ATOMIC_AND:
		return old & one;
	case ATOMIC_OR:
		return old | one;
	case ATOMIC_XOR:
		return old ^ one;
	case ATOMIC_LOAD:
		return old;
	}
	return bytes == 4 ? float_result(op, old, one, two) : double_result(op, old, one, two);
}

static u64 load(void *word, u32 bytes)
{
	if (bytes == 2)
		return __atomic_load_n((u16 *)word, __ATOMIC_SEQ_CST);
	return bytes == 4 ? __atomic_load_n((u32 *)word, __ATOMIC_SEQ_CST) :
			    __atomic_load_n((u64 *)word, __ATOMIC_SEQ_CST);
}

static bool swap(void *word, u32 bytes, u64 old, u64 val)
{
	u16 old2 = old;
	u32 old4 = old;

	if (bytes == 2)
		return __atomic_compare_exchange_n((u16 *)word, &old2, (u16)val, false,
						   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	if (bytes == 4)
		return __atomic_compare_exchange_n((u32 *)word, &old4, (u32)val, false,
						   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return __atomic_compare_exchange_n((u64 *)word, &old, val, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

bool eu_atomic(void *word, u32 op, u32 bytes, u64 one, u64 two, u64 *old)
{
	u64 mask = bytes == 8 ? ~0ul : BIT_ULL(8 * bytes) - 1;
	bool real = op >= ATOMIC_FADD && op <= ATOMIC_FCAS;

	if (bytes < 2 || (real && bytes < 4))
		return false;
	one &= mask;
	two &= mask;
	do {
		*old = load(word, bytes);
	} while (op != ATOMIC_LOAD && !swap(word, bytes, *old, result(op, bytes, *old, one, two)));
	return true;
}
