// SPDX-License-Identifier: GPL-2.0
/*
 * Rule: a kernel follows pointers that the CPU wrote: through lists that lie wherever malloc() put their nodes, of
 * other lengths for each lane, and down a tree whose nodes are on the heap, on the stack and in a mapped file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

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

#define KEYS	3000u
#define ASKED	4096u
#define MISSING	~0u

struct branch {
	struct branch *left, *right;
	uint64_t key, value;
};

static const char search_source[] =
	"struct branch { ulong left, right, key, value; };\n"
	"__kernel void search(ulong root, __global ulong *values)\n"
	"{ ulong key = get_global_id(0), value = 0xffffffff;\n"
	"  for (__global struct branch *b = (__global struct branch *)root; b;\n"
	"       b = (__global struct branch *)(key < b->key ? b->left : b->right))\n"
	"    if (b->key == key) { value = b->value; break; }\n"
	"  values[key] = value; }\n";

/* Each key once, in an order that makes the tree neither a list nor balanced */
static uint64_t key_of(unsigned int i)
{
	return i * 1409ull % KEYS;
}

static void insert(struct branch **root, struct branch *new)
{
	while (*root)
		root = new->key < (*root)->key ? &(*root)->left : &(*root)->right;
	*root = new;
}

TEST_F_TIMEOUT(opencl, tree_of_heap_stack_and_file_is_searched, RUNTIME_TIMEOUT)
{
	struct branch on_stack[KEYS / 3] = { 0 }, *in_file, *root = NULL;
	uint64_t *values = calloc(ASKED, sizeof(*values)), address;
	FILE *file = tmpfile();
	struct kernel k;

	ASSERT_NE(NULL, file);
	ASSERT_EQ(0, ftruncate(fileno(file), sizeof(on_stack)));
	in_file = mmap(NULL, sizeof(on_stack), PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
	ASSERT_NE(MAP_FAILED, in_file);
	for (unsigned int i = 0; i < KEYS; i++) {
		struct branch *new = i % 3 == 0 ? calloc(1, sizeof(*new)) :
				     i % 3 == 1 ? &on_stack[i / 3] : &in_file[i / 3];

		new->key = key_of(i);
		new->value = new->key << 20 | i;
		insert(&root, new);
	}
	address = (uintptr_t)root;
	ASSERT_EQ(CL_SUCCESS, kernel_open(&self->ocl, search_source, "search", &k));
	ASSERT_EQ(CL_SUCCESS, kernel_value(&k, 0, sizeof(address), &address));
	ASSERT_EQ(CL_SUCCESS, kernel_pointer(&k, 1, values));
	ASSERT_EQ(CL_SUCCESS, kernel_run(&k, ASKED, 0));
	for (unsigned int i = 0; i < KEYS; i++)
		EXPECT_EQ(key_of(i) << 20 | i, values[key_of(i)]);
	for (unsigned int i = KEYS; i < ASKED; i++)
		EXPECT_EQ(MISSING, values[i]);
	kernel_close(&k);
	munmap(in_file, sizeof(on_stack));
	fclose(file);
}

TEST_HARNESS_MAIN
