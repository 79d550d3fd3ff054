// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: each lane of a kernel has private memory of its own, as much as its arrays need: lanes sort lists side by
 * side with a stack of intervals each.
 */
#include <stdlib.h>

#include "kselftest_harness.h"
#include "ground/kernel.h"
#include "ground/opencl_fixture.h"

#define LANES	100u
#define NUM	50u

static const char source[] =
	"__kernel void sort(__global int *lists, int num)\n"
	"{ __global int *list = lists + get_global_id(0) * num;\n"
	"  int stack[64], top = 0; stack[top++] = 0; stack[top++] = num - 1;\n"
	"  while (top) {\n"
	"    int last = stack[--top], first = stack[--top];\n"
	"    if (first >= last) continue;\n"
	"    int pivot = list[last], i = first, t;\n"
	"    for (int j = first; j < last; j++)\n"
	"      if (list[j] < pivot) { t = list[i]; list[i] = list[j]; list[j] = t; i++; }\n"
	"    t = list[i]; list[i] = list[last]; list[last] = t;\n"
	"    stack[top++] = first; stack[top++] = i - 1; stack[top++] = i + 1; stack[top++] = last; } }\n";

static int compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

TEST_F_TIMEOUT(opencl, lists_are_sorted, RUNTIME_TIMEOUT)
{
	int *lists = malloc(LANES * NUM * sizeof(*lists)), *right = malloc(LANES * NUM * sizeof(*right)), num = NUM;
	struct kernel k;

	for (uint32_t i = 0; i < LANES * NUM; i++)
		right[i] = lists[i] = i * 2654435761u % 1000;
	for (uint32_t i = 0; i < LANES; i++)
		qsort(right + i * NUM, NUM, sizeof(*right), compare);
	ASSERT_EQ(CL_SUCCESS, kernel_open(&self->ocl, source, "sort", &k));
	ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 0, lists));
	ASSERT_EQ(CL_SUCCESS, kernel_value(&k, 1, sizeof(num), &num));
	ASSERT_EQ(CL_SUCCESS, kernel_run(&k, LANES, 0));
	EXPECT_EQ(0, memcmp(lists, right, LANES * NUM * sizeof(*lists)));
	kernel_close(&k);
}

TEST_HARNESS_MAIN
