// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: a kernel follows pointers that the CPU wrote, through lists that lie wherever malloc() put their nodes, of
 * other lengths for each lane.
 */
#include <stdlib.h>

#include "kselftest_harness.h"
#include "ground/kernel.h"
#include "ground/opencl_fixture.h"

#define LISTS	512u

struct node {
	struct node *next;
	uint64_t value;
	char beside[240];
};

static const char source[] =
	"struct node { ulong next, value; };\n"
	"__kernel void chase(__global const ulong *heads, __global ulong *sums)\n"
	"{ size_t i = get_global_id(0); ulong sum = 0;\n"
	"  for (__global struct node *n = (__global struct node *)heads[i]; n; n = (__global struct node *)n->next)\n"
	"    sum += n->value;\n"
	"  sums[i] = sum; }\n";

static unsigned int length(unsigned int list)
{
	return list * 7 % 23;
}

/* one node of each list at a time, so that a list is all over the heap */
static void grow(struct node **heads)
{
	for (unsigned int round = 0; round < 23; round++)
		for (unsigned int list = 0; list < LISTS; list++) {
			struct node *node;

			if (length(list) <= round)
				continue;
			node = malloc(sizeof(*node));
			node->value = (uint64_t)list << 32 | round;
			node->next = heads[list];
			heads[list] = node;
		}
}

static uint64_t sum_of(const struct node *node)
{
	uint64_t sum = 0;

	for (; node; node = node->next)
		sum += node->value;
	return sum;
}

TEST_F_TIMEOUT(opencl, lists_of_the_heap_are_summed, RUNTIME_TIMEOUT)
{
	struct node **heads = calloc(LISTS, sizeof(*heads));
	uint64_t *sums = malloc(LISTS * sizeof(*sums));
	int64_t pages = mirror_pages();
	struct kernel k;

	grow(heads);
	ASSERT_EQ(CL_SUCCESS, kernel_open(&self->ocl, source, "chase", &k));
	ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 0, heads));
	ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 1, sums));
	ASSERT_EQ(CL_SUCCESS, kernel_run(&k, LISTS, 0));
	for (unsigned int i = 0; i < LISTS; i++)
		EXPECT_EQ(sum_of(heads[i]), sums[i]);
	EXPECT_LT(pages, mirror_pages());
	kernel_close(&k);
}

TEST_HARNESS_MAIN
