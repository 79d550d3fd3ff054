// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: a kernel computes integers, floats and doubles, with loops and branches that part its lanes, as the CPU does
 * from the same text. Sums and products of floats are exact; where OpenCL allows an error,
 * it is within it.
 */
#include <math.h>
#include <stdlib.h>

#include "kselftest_harness.h"
#include "ground/kernel.h"
#include "ground/opencl_fixture.h"

#define NUM	2000u

typedef uint32_t uint;
typedef uint64_t ulong;
typedef unsigned char uchar;

static inline uint popcount(uint a) { return __builtin_popcount(a); }
static inline uint clz(uint a) { return a ? __builtin_clz(a) : 32; }
static inline uint rotate(uint a, uint b) { return b & 31 ? a << (b & 31) | a >> (32 - (b & 31)) : a; }
static inline uint mul_hi(uint a, uint b) { return (ulong)a * b >> 32; }

/* A row is a function of two numbers, compiled for the GPU and for the CPU from one text. */
#define INTEGERS(ROW)									\
	ROW(mixed, uint, { r = a * 3 + (b ^ a >> 5) - (a & b); })				\
	ROW(divided, uint, { r = a / (b | 1) * 7 + a % (b | 1); })						\
	ROW(divided_signed, int, { r = a / (b | 1) * 3 + a % (b | 1); })			\
	ROW(divided_by_ten, uint, { r = a / 10 * 100 + b % 10; })				\
	ROW(long_divided, ulong, { r = a / (b | 1) + a % (b | 1); })					\
	ROW(long_product, long, { r = a * b + (a >> 7); })					\
	ROW(counted, uint, { r = popcount(a) * 64 + clz(b); })					\
	ROW(rotated, uint, { r = rotate(a, b) ^ mul_hi(a, b); })				\
	ROW(bytes, uchar, { r = a * b + (a >> 1); })						\
	ROW(shorts, short, { r = a * b - (a >> 3); })						\
	ROW(collatz, uint, { uint n = 0; a = a % 1000 + 1; while (a != 1) {			\
		if (a & 1) a = 3 * a + 1; else a /= 2; n++; if (n > 200) break; } r = n; })	\
	ROW(switched, uint, { switch (a & 7) { case 0: r = b + 1; break; case 1: r = b * 3; break;	\
		case 2: case 3: r = b ^ 0x55u; break; case 6: r = ~b; break; default: r = a; } })	\
	ROW(nested, uint, { uint i, j; r = 0; for (i = 0; i < (a & 15); i++) {			\
		if (i == (b & 7)) continue; for (j = i; j < (b & 15); j++) r += i * j + 1; } })		\
	ROW(greatest_divisor, uint, { a |= 1; b = b % 5000 + 1; while (b) { uint t = a % b; a = b; b = t; } r = a; })

#define REALS(ROW)									\
	ROW(sum, float, { r = (a + b) * (a - b); })						\
	ROW(chosen, float, { r = a < b ? a * 2 : a > 3 * b ? b : -a; })				\
	ROW(rounded, float, { r = floor(a) + ceil(b) * 3 + trunc(a * b); })			\
	ROW(to_int, float, { r = (int)a + (uint)(b + 4096) * 2; })				\
	ROW(double_sum, double, { r = (a + b) * (a - b); })					\
	ROW(double_quotient, double, { r = a / (b * b + 1); })					\
	ROW(double_root, double, { r = sqrt(fabs(a)); })

#define CLOSE(ROW)									\
	ROW(quotient, float, { r = a / (b * b + 1); })						\
	ROW(root, float, { r = sqrt(fabs(a)); })						\
	ROW(sine, float, { r = sin(a) + cos(b); })						\
	ROW(power, float, { r = exp(a / 1000) + log(fabs(b) + 1); })

/* Macros of the C library that would not survive being written out */
#undef isnan
#define TEXT(name, type, ...)								\
	"__kernel void " #name "(__global const " #type " *x, __global const " #type " *y, __global " #type " *z)\n"	\
	"{ size_t k = get_global_id(0); " #type " a = x[k], b = y[k], r = 0; " #__VA_ARGS__ " z[k] = r; }\n"

static const char source[] =
	"#pragma OPENCL FP_CONTRACT OFF\n"
	INTEGERS(TEXT) REALS(TEXT) CLOSE(TEXT);

/* floats of C are computed by its functions for floats */
#define floor(x) _Generic(x, float: floorf, double: floor)(x)
#define ceil(x) _Generic(x, float: ceilf, double: ceil)(x)
#define trunc(x) _Generic(x, float: truncf, double: trunc)(x)
#define sqrt(x) _Generic(x, float: sqrtf, double: sqrt)(x)
#define fabs(x) _Generic(x, float: fabsf, double: fabs)(x)
#define sin(x) _Generic(x, float: sinf, double: sin)(x)
#define cos(x) _Generic(x, float: cosf, double: cos)(x)
#define exp(x) _Generic(x, float: expf, double: exp)(x)
#define log(x) _Generic(x, float: logf, double: log)(x)

#define FUNCTION(name, type, ...)							\
	static void cpu_##name(const void *x, const void *y, void *z)			\
	{										\
		for (size_t k = 0; k < NUM; k++) {					\
			type a = ((const type *)x)[k], b = ((const type *)y)[k], r = 0;	\
			(void)b;							\
			__VA_ARGS__							\
			((type *)z)[k] = r;						\
		}									\
	}
INTEGERS(FUNCTION)
REALS(FUNCTION)
CLOSE(FUNCTION)

enum kind { INTEGER, FLOAT, DOUBLE, CLOSE_FLOAT };

struct row {
	const char *name;
	void (*cpu)(const void *x, const void *y, void *z);
	size_t size;
	enum kind kind;
};

#define KIND(type) _Generic((type)0, float: FLOAT, double: DOUBLE, default: INTEGER)
#define ENTRY(name, type, ...)		{ #name, cpu_##name, sizeof(type), KIND(type) },
#define ENTRY_CLOSE(name, type, ...)	{ #name, cpu_##name, sizeof(type), CLOSE_FLOAT },
static const struct row rows[] = { INTEGERS(ENTRY) REALS(ENTRY) CLOSE(ENTRY_CLOSE) };

static void fill(const struct row *row, void *list, uint64_t seed)
{
	for (size_t k = 0; k < NUM; k++) {
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		if (row->kind == DOUBLE)
			((double *)list)[k] = (int64_t)seed / 1e15;
		else if (row->kind != INTEGER)
			((float *)list)[k] = (int32_t)(seed >> 32) / 1048576.0f;
		else
			memcpy(list + k * row->size, (char *)&seed + 8 - row->size, row->size);
	}
}

/* As many units of 2^-24 as OpenCL's full profile allows sums of such functions */
static bool equal(const struct row *row, const void *seen, const void *right, size_t k)
{
	float a, b;

	if (row->kind != CLOSE_FLOAT)
		return !memcmp(seen + k * row->size, right + k * row->size, row->size);
	a = ((const float *)seen)[k];
	b = ((const float *)right)[k];
	return fabsf(a - b) <= 8 * 0x1p-23f * fmaxf(1, fabsf(b));
}

TEST_F_TIMEOUT(opencl, results_are_the_same, 2 * RUNTIME_TIMEOUT)
{
	void *x = calloc(NUM, 8), *y = calloc(NUM, 8), *seen = calloc(NUM, 8), *right = calloc(NUM, 8);
	struct kernel k;

	ASSERT_EQ(CL_SUCCESS, kernel_open(&self->ocl, source, rows[0].name, &k));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		cl_int err;

		fill(row, x, i);
		fill(row, y, i + 1000);
		row->cpu(x, y, right);
		memset(seen, 0xee, NUM * row->size);
		clReleaseKernel(k.kernel);
		k.kernel = clCreateKernel(k.program, row->name, &err);
		ASSERT_EQ(CL_SUCCESS, err);
		ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 0, x));
		ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 1, y));
		ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 2, seen));
		ASSERT_EQ(CL_SUCCESS, kernel_run(&k, NUM, 0));
		for (size_t j = 0; j < NUM; j++)
			if (!equal(row, seen, right, j)) {
				uint64_t one = 0, two = 0;

				memcpy(&one, seen + j * row->size, row->size);
				memcpy(&two, right + j * row->size, row->size);
				EXPECT_EQ(two, one)
					TH_LOG("%s, lane %zu", row->name, j);
				break;
			}
	}
	kernel_close(&k);
}

TEST_HARNESS_MAIN
