// SPDX-License-Identifier: MIT
/*
 * Pure decisions, in tables of cases: which pages may be mapped, how many, how
 * large.
 *
 * Rule: expected values are spelled out, never computed the way the code under
 * test does it.
 */

#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/sizes.h>

#include <kunit/test.h>

#include "xe_svm_policy.h"

/* struct refusal_row - one grant and the result of each access under it */
struct refusal_row {
	struct xe_svm_grant grant;
	int read;
	int write;
	int atomic;
};

#define REFUSAL(cpu_read__, cpu_write__, special__, readonly__, atomics__, \
		expect_read__, expect_write__, expect_atomic__) {	\
	.grant = {							\
		.cpu_read = (cpu_read__),				\
		.cpu_write = (cpu_write__),				\
		.special = (special__),					\
		.mirror_readonly = (readonly__),			\
		.device_atomics = (atomics__),				\
	},								\
	.read = (expect_read__),					\
	.write = (expect_write__),					\
	.atomic = (expect_atomic__),					\
}

/*
 * grant:  CPU read, CPU write, special, mirror READONLY, device atomics
 * expect: read, write, atomic
 */
static const struct refusal_row refusal_rows[] = {
	/* The CPU may not even read. */
	REFUSAL(0, 0, 0, 0, 0, -EACCES, -EACCES, -EACCES),
	REFUSAL(0, 0, 0, 0, 1, -EACCES, -EACCES, -EACCES),
	REFUSAL(0, 0, 0, 1, 0, -EACCES, -EACCES, -EACCES),
	REFUSAL(0, 0, 0, 1, 1, -EACCES, -EACCES, -EACCES),
	REFUSAL(0, 1, 0, 0, 0, -EACCES, -EACCES, -EACCES),
	REFUSAL(0, 1, 0, 0, 1, -EACCES, -EACCES, -EACCES),
	REFUSAL(0, 1, 0, 1, 0, -EACCES, -EACCES, -EACCES),
	REFUSAL(0, 1, 0, 1, 1, -EACCES, -EACCES, -EACCES),
	/* The CPU may read. */
	REFUSAL(1, 0, 0, 0, 0, 0, -EACCES, -EACCES),
	REFUSAL(1, 0, 0, 0, 1, 0, -EACCES, -EACCES),
	REFUSAL(1, 0, 0, 1, 0, 0, -EACCES, -EACCES),
	REFUSAL(1, 0, 0, 1, 1, 0, -EACCES, -EACCES),
	/* The CPU may read and write. */
	REFUSAL(1, 1, 0, 0, 0, 0, 0, -EACCES),
	REFUSAL(1, 1, 0, 0, 1, 0, 0, 0),
	REFUSAL(1, 1, 0, 1, 0, 0, -EACCES, -EACCES),
	REFUSAL(1, 1, 0, 1, 1, 0, -EACCES, -EACCES),
	/* Memory without pages: permissions do not matter. */
	REFUSAL(0, 0, 1, 0, 0, -EFAULT, -EFAULT, -EFAULT),
	REFUSAL(0, 0, 1, 0, 1, -EFAULT, -EFAULT, -EFAULT),
	REFUSAL(0, 0, 1, 1, 0, -EFAULT, -EFAULT, -EFAULT),
	REFUSAL(0, 0, 1, 1, 1, -EFAULT, -EFAULT, -EFAULT),
	REFUSAL(0, 1, 1, 0, 0, -EFAULT, -EFAULT, -EFAULT),
	REFUSAL(0, 1, 1, 0, 1, -EFAULT, -EFAULT, -EFAULT),
	REFUSAL(0, 1, 1, 1, 0, -EFAULT, -EFAULT, -EFAULT),
	REFUSAL(0, 1, 1, 1, 1, -EFAULT, -EFAULT, -EFAULT),
	REFUSAL(1, 0, 1, 0, 0, -EFAULT, -EFAULT, -EFAULT),
	REFUSAL(1, 0, 1, 0, 1, -EFAULT, -EFAULT, -EFAULT),
	REFUSAL(1, 0, 1, 1, 0, -EFAULT, -EFAULT, -EFAULT),
	REFUSAL(1, 0, 1, 1, 1, -EFAULT, -EFAULT, -EFAULT),
	REFUSAL(1, 1, 1, 0, 0, -EFAULT, -EFAULT, -EFAULT),
	REFUSAL(1, 1, 1, 0, 1, -EFAULT, -EFAULT, -EFAULT),
	REFUSAL(1, 1, 1, 1, 0, -EFAULT, -EFAULT, -EFAULT),
	REFUSAL(1, 1, 1, 1, 1, -EFAULT, -EFAULT, -EFAULT),
};

static void refusal_desc(const struct refusal_row *row, char *desc)
{
	const struct xe_svm_grant *grant = &row->grant;

	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "cpu %c%c%s%s%s",
		 grant->cpu_read ? 'r' : '-', grant->cpu_write ? 'w' : '-',
		 grant->special ? " special" : "",
		 grant->mirror_readonly ? " readonly" : "",
		 grant->device_atomics ? " atomics" : "");
}

KUNIT_ARRAY_PARAM(refusal, refusal_rows, refusal_desc);

static void refusal_follows_table(struct kunit *test)
{
	const struct refusal_row *row = test->param_value;

	KUNIT_EXPECT_EQ(test, row->read,
			xe_svm_policy_refusal(&row->grant, XE_SVM_ACCESS_READ));
	KUNIT_EXPECT_EQ(test, row->write,
			xe_svm_policy_refusal(&row->grant, XE_SVM_ACCESS_WRITE));
	KUNIT_EXPECT_EQ(test, row->atomic,
			xe_svm_policy_refusal(&row->grant, XE_SVM_ACCESS_ATOMIC));
}

/* The table above must have every grant. */
static void refusal_table_has_every_grant(struct kunit *test)
{
	unsigned long seen = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(refusal_rows); i++) {
		const struct xe_svm_grant *grant = &refusal_rows[i].grant;

		seen |= 1ul << (grant->cpu_read | grant->cpu_write << 1 |
				grant->special << 2 |
				grant->mirror_readonly << 3 |
				grant->device_atomics << 4);
	}

	/* Five yes or no: 32 grants, each once. */
	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(refusal_rows), 32);
	KUNIT_EXPECT_EQ(test, seen, (unsigned long)U32_MAX);
}

static void access_writes_unless_read(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, xe_svm_access_writes(XE_SVM_ACCESS_READ));
	KUNIT_EXPECT_TRUE(test, xe_svm_access_writes(XE_SVM_ACCESS_WRITE));
	KUNIT_EXPECT_TRUE(test, xe_svm_access_writes(XE_SVM_ACCESS_ATOMIC));
}

/*
 * struct span_row - a fault, its surroundings, and the span that may be mapped
 */
struct span_row {
	const char *name;
	u64 addr;
	struct xe_svm_span cpu;
	struct xe_svm_span mirror;
	struct xe_svm_span expect;
};

/* The whole address space of a GPU with 48 bits. */
#define EVERYWHERE	{ 0, 1ull << 48 }

static const struct span_row span_rows[] = {
	{
		.name = "nothing cuts the block",
		.addr = 0x7f0000345000,
		.cpu = { 0x7f0000000000, 0x7f0040000000 },
		.mirror = EVERYWHERE,
		.expect = { 0x7f0000200000, 0x7f0000400000 },
	}, {
		.name = "first page of the block",
		.addr = 0x7f0000200000,
		.cpu = { 0x7f0000000000, 0x7f0040000000 },
		.mirror = EVERYWHERE,
		.expect = { 0x7f0000200000, 0x7f0000400000 },
	}, {
		.name = "last page of the block",
		.addr = 0x7f00003ff000,
		.cpu = { 0x7f0000000000, 0x7f0040000000 },
		.mirror = EVERYWHERE,
		.expect = { 0x7f0000200000, 0x7f0000400000 },
	}, {
		.name = "limits are those of the block",
		.addr = 0x7f0000345000,
		.cpu = { 0x7f0000200000, 0x7f0000400000 },
		.mirror = { 0x7f0000200000, 0x7f0000400000 },
		.expect = { 0x7f0000200000, 0x7f0000400000 },
	}, {
		.name = "cpu mapping starts in the block",
		.addr = 0x7f0000345000,
		.cpu = { 0x7f0000301000, 0x7f0040000000 },
		.mirror = EVERYWHERE,
		.expect = { 0x7f0000301000, 0x7f0000400000 },
	}, {
		.name = "cpu mapping ends in the block",
		.addr = 0x7f0000345000,
		.cpu = { 0x7f0000000000, 0x7f0000346000 },
		.mirror = EVERYWHERE,
		.expect = { 0x7f0000200000, 0x7f0000346000 },
	}, {
		.name = "cpu mapping is one page",
		.addr = 0x7f0000345000,
		.cpu = { 0x7f0000345000, 0x7f0000346000 },
		.mirror = EVERYWHERE,
		.expect = { 0x7f0000345000, 0x7f0000346000 },
	}, {
		.name = "mirror starts in the block",
		.addr = 0x7f0000345000,
		.cpu = { 0x7f0000000000, 0x7f0040000000 },
		.mirror = { 0x7f0000344000, 0x7f0040000000 },
		.expect = { 0x7f0000344000, 0x7f0000400000 },
	}, {
		.name = "mirror ends in the block",
		.addr = 0x7f0000345000,
		.cpu = { 0x7f0000000000, 0x7f0040000000 },
		.mirror = { 0, 0x7f0000380000 },
		.expect = { 0x7f0000200000, 0x7f0000380000 },
	}, {
		.name = "mirror is one page",
		.addr = 0x7f0000345000,
		.cpu = { 0x7f0000000000, 0x7f0040000000 },
		.mirror = { 0x7f0000345000, 0x7f0000346000 },
		.expect = { 0x7f0000345000, 0x7f0000346000 },
	}, {
		.name = "cpu cuts the start, mirror the end",
		.addr = 0x7f0000345000,
		.cpu = { 0x7f0000301000, 0x7f0040000000 },
		.mirror = { 0, 0x7f0000380000 },
		.expect = { 0x7f0000301000, 0x7f0000380000 },
	}, {
		.name = "mirror cuts the start, cpu the end",
		.addr = 0x7f0000345000,
		.cpu = { 0x7f0000000000, 0x7f0000346000 },
		.mirror = { 0x7f0000344000, 0x7f0040000000 },
		.expect = { 0x7f0000344000, 0x7f0000346000 },
	}, {
		.name = "lowest block",
		.addr = 0x10000,
		.cpu = { 0x10000, 0x40000000 },
		.mirror = EVERYWHERE,
		.expect = { 0x10000, 0x200000 },
	}, {
		.name = "highest block of 48 bits",
		.addr = 0xfffffffff000,
		.cpu = { 0xffffffc00000, 1ull << 48 },
		.mirror = EVERYWHERE,
		.expect = { 0xffffffe00000, 1ull << 48 },
	},
};

KUNIT_ARRAY_PARAM_DESC(span, span_rows, name);

static void span_stays_within_limits(struct kunit *test)
{
	const struct span_row *row = test->param_value;
	struct xe_svm_span span;

	span = xe_svm_policy_span(row->addr, &row->cpu, &row->mirror);

	KUNIT_EXPECT_EQ(test, row->expect.start, span.start);
	KUNIT_EXPECT_EQ(test, row->expect.end, span.end);
}

/* struct huge_row - contiguous pages, and whether one entry maps them */
struct huge_row {
	const char *name;
	u64 dma;
	u16 pages;
	bool expect;
};

static const struct huge_row huge_rows[] = {
	{ "whole block at 2 MiB", SZ_2M, 512, true },
	{ "whole block at zero", 0, 512, true },
	{ "whole block beyond 4 GiB", SZ_4G + SZ_2M, 512, true },
	{ "one page short", SZ_2M, 511, false },
	{ "one page", SZ_2M, 1, false },
	{ "no page", SZ_2M, 0, false },
	{ "off by a page", SZ_2M + SZ_4K, 512, false },
	{ "off by half", SZ_1M, 512, false },
	{ "one page early", SZ_2M - SZ_4K, 512, false },
	{ "off by a page beyond 4 GiB", SZ_4G + SZ_4K, 512, false },
};

KUNIT_ARRAY_PARAM_DESC(huge, huge_rows, name);

static void huge_needs_whole_aligned_block(struct kunit *test)
{
	const struct huge_row *row = test->param_value;

	KUNIT_EXPECT_EQ(test, row->expect,
			xe_svm_policy_huge(row->dma, row->pages));
}

/* struct clusters_row - an extent, and its pages that 64 KiB entries map */
struct clusters_row {
	const char *name;
	u64 dma;
	u16 first;
	u16 last;
	struct xe_svm_clusters expect;
};

static const struct clusters_row clusters_rows[] = {
	{ "one cluster", SZ_64K, 0, 15, { 0, 16 } },
	{ "one cluster at zero", 0, 16, 31, { 16, 32 } },
	{ "last cluster", SZ_4G + SZ_64K, 496, 511, { 496, 512 } },
	{ "whole block", SZ_64K, 0, 511, { 0, 512 } },
	{ "one page short", SZ_64K, 0, 14, { 15, 15 } },
	{ "one page late", SZ_64K + SZ_4K, 1, 16, { 17, 17 } },
	{ "one page", SZ_64K, 16, 16, { 17, 17 } },
	{ "last page", SZ_2M - SZ_4K, 511, 511, { 512, 512 } },
	{ "30 pages, none whole", SZ_64K + SZ_4K, 1, 30, { 31, 31 } },
	{ "31 pages, the second", SZ_64K + SZ_4K, 1, 31, { 16, 32 } },
	{ "head and tail around two", SZ_1M + SZ_32K, 8, 50, { 16, 48 } },
	{ "off by a page", SZ_64K + SZ_4K, 0, 511, { 512, 512 } },
	{ "off by a page the other way", SZ_64K - SZ_4K, 0, 511, { 512, 512 } },
	{ "off by half", SZ_32K, 0, 511, { 512, 512 } },
	{ "off by half, begun in the middle", SZ_64K, 8, 511, { 512, 512 } },
	{ "beyond 4 GiB, off by a page", SZ_4G + SZ_4K, 0, 511, { 512, 512 } },
};

KUNIT_ARRAY_PARAM_DESC(clusters, clusters_rows, name);

static void clusters_are_whole_and_aligned(struct kunit *test)
{
	const struct clusters_row *row = test->param_value;
	struct xe_svm_clusters got;

	got = xe_svm_policy_clusters(row->dma, row->first, row->last);
	KUNIT_EXPECT_EQ(test, row->expect.first, got.first);
	KUNIT_EXPECT_EQ(test, row->expect.end, got.end);
}

/* Is all of the 64 KiB around @page in [first, last]? */
static bool is_whole(u16 page, u16 first, u16 last)
{
	u16 begin = page - page % 16;

	return begin >= first && begin + 15 <= last;
}

/* The rest of an extent has those of its clusters that are still whole. */
static void clusters_survive_a_cut(struct kunit *test)
{
	u16 first, last, page;

	for (first = 3; first <= 70; first++)
		for (last = first; last <= 70; last++) {
			struct xe_svm_clusters got;

			got = xe_svm_policy_clusters(SZ_1M + first * SZ_4K,
						     first, last);
			for (page = first; page <= last; page++)
				KUNIT_ASSERT_EQ(test,
						is_whole(page, first, last),
						page >= got.first &&
						page < got.end);
		}
}

/* A mapping aligned to its size has all clusters that lie in it as a whole. */
static void cut_saves_all_clusters(struct kunit *test)
{
	u16 first, last, page;

	for (first = 0; first <= 70; first++)
		for (last = first; last <= 70; last++) {
			u16 cut = xe_svm_policy_cut(first, last);
			struct xe_svm_clusters got;

			KUNIT_ASSERT_GE(test, cut, first);
			KUNIT_ASSERT_LE(test, cut, last);
			KUNIT_ASSERT_LT(test, cut - first, 16);
			got = xe_svm_policy_clusters(SZ_1G, cut, last);
			for (page = first; page <= last; page++)
				KUNIT_ASSERT_EQ(test,
						is_whole(page, first, last),
						page >= got.first &&
						page < got.end);
		}
}

/* struct known_row - clusters, removed pages, and pages to flush from TLBs */
struct known_row {
	const char *name;
	struct xe_svm_clusters clusters;
	u16 first;
	u16 last;
	struct xe_svm_clusters expect;
};

static const struct known_row known_rows[] = {
	{ "page in the middle", { 16, 48 }, 20, 20, { 16, 32 } },
	{ "first page", { 16, 48 }, 16, 16, { 16, 32 } },
	{ "last page", { 16, 48 }, 47, 47, { 32, 48 } },
	{ "whole cluster", { 16, 48 }, 16, 31, { 16, 32 } },
	{ "all clusters", { 16, 48 }, 16, 47, { 16, 48 } },
	{ "across two", { 16, 48 }, 31, 32, { 16, 48 } },
	{ "page before", { 16, 48 }, 15, 15, { 15, 16 } },
	{ "page behind", { 16, 48 }, 48, 48, { 48, 49 } },
	{ "head and first page", { 16, 48 }, 10, 16, { 10, 32 } },
	{ "last page and tail", { 16, 48 }, 47, 60, { 32, 61 } },
	{ "all of it and more", { 16, 48 }, 8, 50, { 8, 51 } },
	{ "none, a page", { 40, 40 }, 20, 20, { 20, 21 } },
	{ "none, all", { 40, 40 }, 10, 39, { 10, 40 } },
	{ "last of the block", { 496, 512 }, 511, 511, { 496, 512 } },
};

KUNIT_ARRAY_PARAM_DESC(known, known_rows, name);

static void known_is_what_clusters_share(struct kunit *test)
{
	const struct known_row *row = test->param_value;
	struct xe_svm_clusters got;

	got = xe_svm_policy_known(&row->clusters, row->first, row->last);
	KUNIT_EXPECT_EQ(test, row->expect.first, got.first);
	KUNIT_EXPECT_EQ(test, row->expect.end, got.end);
}

/* struct fault_around_row - a fault, how far to scan, and the pages to scan */
struct fault_around_row {
	const char *name;
	u16 page;
	struct xe_svm_scan limit;
	u8 reach;
	struct xe_svm_scan expect;
};

static const struct fault_around_row fault_around_rows[] = {
	{ "64 KiB", 100, { 0, 512 }, 0, { 96, 112 } },
	{ "128 KiB", 100, { 0, 512 }, 1, { 96, 128 } },
	{ "512 KiB", 100, { 0, 512 }, 2, { 0, 128 } },
	{ "the block", 100, { 0, 512 }, 3, { 0, 512 } },
	{ "first page", 0, { 0, 512 }, 0, { 0, 16 } },
	{ "last page", 511, { 0, 512 }, 0, { 496, 512 } },
	{ "last page, 512 KiB", 511, { 0, 512 }, 2, { 384, 512 } },
	{ "limit cuts the start", 100, { 98, 512 }, 0, { 98, 112 } },
	{ "limit cuts the end", 100, { 0, 103 }, 0, { 96, 103 } },
	{ "limit cuts both", 100, { 99, 102 }, 3, { 99, 102 } },
	{ "limit is one page", 100, { 100, 101 }, 3, { 100, 101 } },
};

KUNIT_ARRAY_PARAM_DESC(fault_around, fault_around_rows, name);

static void scan_is_around_the_fault(struct kunit *test)
{
	const struct fault_around_row *row = test->param_value;
	struct xe_svm_scan scan;

	scan = xe_svm_policy_fault_around(row->page, &row->limit, row->reach);

	KUNIT_EXPECT_EQ(test, row->expect.first, scan.first);
	KUNIT_EXPECT_EQ(test, row->expect.end, scan.end);
}

/* A service extends its scan on both sides. */
static void scan_grows_with_reach(struct kunit *test)
{
	static const struct xe_svm_scan limit = { 3, 509 };
	u16 page;
	u8 reach;

	for (page = limit.first; page < limit.end; page++)
		for (reach = 0; reach < XE_SVM_REACH_MAX; reach++) {
			struct xe_svm_scan less, more;

			less = xe_svm_policy_fault_around(page, &limit, reach);
			more = xe_svm_policy_fault_around(page, &limit, reach + 1);
			KUNIT_ASSERT_LE(test, more.first, less.first);
			KUNIT_ASSERT_LE(test, less.first, page);
			KUNIT_ASSERT_GT(test, less.end, page);
			KUNIT_ASSERT_GE(test, more.end, less.end);
		}
}

static void dense_is_more_than_half(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, xe_svm_policy_dense(16, 16));
	KUNIT_EXPECT_TRUE(test, xe_svm_policy_dense(9, 16));
	KUNIT_EXPECT_FALSE(test, xe_svm_policy_dense(8, 16));
	KUNIT_EXPECT_TRUE(test, xe_svm_policy_dense(1, 1));
	KUNIT_EXPECT_FALSE(test, xe_svm_policy_dense(0, 1));
	KUNIT_EXPECT_TRUE(test, xe_svm_policy_dense(66, 128));
	KUNIT_EXPECT_FALSE(test, xe_svm_policy_dense(65, 128));
}

static void reach_follows_success(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, xe_svm_policy_reach(0, 1, 3));
	KUNIT_EXPECT_EQ(test, 1, xe_svm_policy_reach(0, 2, 3));
	KUNIT_EXPECT_EQ(test, 3, xe_svm_policy_reach(2, 5, 3));
	KUNIT_EXPECT_EQ(test, 3, xe_svm_policy_reach(3, 512, 3));
	KUNIT_EXPECT_EQ(test, 0, xe_svm_policy_reach(3, 1, 3));
	/* Not as far as it would. */
	KUNIT_EXPECT_EQ(test, 0, xe_svm_policy_reach(0, 16, 0));
	KUNIT_EXPECT_EQ(test, 1, xe_svm_policy_reach(0, 16, 1));
	KUNIT_EXPECT_EQ(test, 1, xe_svm_policy_reach(1, 32, 1));
}

/* Steps of 16, 32, 128 and 512 pages: what lies between ends below. */
static void reach_ends_within_pages(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, xe_svm_policy_reach_max(16));
	KUNIT_EXPECT_EQ(test, 0, xe_svm_policy_reach_max(31));
	KUNIT_EXPECT_EQ(test, 1, xe_svm_policy_reach_max(32));
	KUNIT_EXPECT_EQ(test, 1, xe_svm_policy_reach_max(64));
	KUNIT_EXPECT_EQ(test, 2, xe_svm_policy_reach_max(128));
	KUNIT_EXPECT_EQ(test, 2, xe_svm_policy_reach_max(256));
	KUNIT_EXPECT_EQ(test, 3, xe_svm_policy_reach_max(512));
}

/* struct readahead_row - an absent page, streams, and how much to populate */
struct readahead_row {
	const char *name;
	u16 page;
	struct xe_svm_stream here;
	struct xe_svm_stream before;
	u16 limit;
	u16 expect;
};

static const struct readahead_row readahead_rows[] = {
	{ "first fault of all", 7, { 0, 0 }, { 0, 0 }, 512, 1 },
	{ "first page, nothing before", 0, { 0, 0 }, { 0, 0 }, 512, 1 },
	{ "second page", 8, { 8, 1 }, { 0, 0 }, 512, 4 },
	{ "after four", 12, { 12, 4 }, { 0, 0 }, 512, 16 },
	{ "after 64", 92, { 92, 64 }, { 0, 0 }, 512, 256 },
	{ "not beyond the block", 348, { 348, 256 }, { 0, 0 }, 512, 164 },
	{ "last page", 511, { 511, 256 }, { 0, 0 }, 512, 1 },
	{ "one page skipped", 13, { 12, 4 }, { 0, 0 }, 512, 1 },
	{ "one page back", 11, { 12, 4 }, { 0, 0 }, 512, 1 },
	{ "on from the block before", 0, { 0, 0 }, { 512, 512 }, 512, 512 },
	{ "on from a slow block before", 0, { 0, 0 }, { 512, 4 }, 512, 16 },
	{ "block before not at its end", 0, { 0, 0 }, { 511, 256 }, 512, 1 },
	{ "block before does not count inside", 5, { 0, 0 }, { 512, 512 }, 512, 1 },
	{ "same page of each block", 0, { 0, 0 }, { 1, 1 }, 512, 1 },
	{ "off, second page", 8, { 8, 1 }, { 0, 0 }, 1, 1 },
	{ "off, after 64", 92, { 92, 64 }, { 0, 0 }, 1, 1 },
	{ "off, on from the block before", 0, { 0, 0 }, { 512, 512 }, 1, 1 },
	{ "limit below the growth", 8, { 8, 1 }, { 0, 0 }, 2, 2 },
	{ "limit as much as the growth", 8, { 8, 1 }, { 0, 0 }, 4, 4 },
	{ "limit above the growth", 8, { 8, 1 }, { 0, 0 }, 8, 4 },
	{ "limit reached before", 40, { 40, 8 }, { 0, 0 }, 8, 8 },
	{ "block ends before the limit", 508, { 508, 256 }, { 0, 0 }, 8, 4 },
	{ "limit across blocks", 0, { 0, 0 }, { 512, 512 }, 256, 256 },
	{ "limit allows nothing unproven", 13, { 12, 4 }, { 0, 0 }, 256, 1 },
};

KUNIT_ARRAY_PARAM_DESC(readahead, readahead_rows, name);

static void readahead_only_where_proven(struct kunit *test)
{
	const struct readahead_row *row = test->param_value;

	KUNIT_EXPECT_EQ(test, row->expect,
			xe_svm_policy_readahead(row->page, &row->here,
						&row->before, row->limit));
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE_PARAM(readahead_only_where_proven, readahead_gen_params),
	KUNIT_CASE_PARAM(scan_is_around_the_fault, fault_around_gen_params),
	KUNIT_CASE(scan_grows_with_reach),
	KUNIT_CASE(dense_is_more_than_half),
	KUNIT_CASE(reach_follows_success),
	KUNIT_CASE(reach_ends_within_pages),
	KUNIT_CASE_PARAM(refusal_follows_table, refusal_gen_params),
	KUNIT_CASE(refusal_table_has_every_grant),
	KUNIT_CASE(access_writes_unless_read),
	KUNIT_CASE_PARAM(span_stays_within_limits, span_gen_params),
	KUNIT_CASE_PARAM(huge_needs_whole_aligned_block, huge_gen_params),
	KUNIT_CASE_PARAM(clusters_are_whole_and_aligned, clusters_gen_params),
	KUNIT_CASE(clusters_survive_a_cut),
	KUNIT_CASE(cut_saves_all_clusters),
	KUNIT_CASE_PARAM(known_is_what_clusters_share, known_gen_params),
	{}
};

static struct kunit_suite policy_suite = {
	.name = "xe_svm_policy",
	.test_cases = policy_cases,
};

kunit_test_suite(policy_suite);
