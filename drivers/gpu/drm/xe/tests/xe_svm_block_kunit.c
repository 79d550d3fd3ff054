// SPDX-License-Identifier: MIT
/*
 * The extents of a block, in tables of cases.
 *
 * Rule: a row lists the pages mapped before, the operation, the pages mapped
 * after and the pages removed; page numbers are spelled out, never computed.
 * The random walk of xe_svm_block_oracle_kunit.c covers cases without a row.
 */

#include <linux/slab.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "xe_svm_block.h"
#include "xe_svm_block_fixture.h"

/* Maximum ranges of a row, and maximum pieces of a removal. */
#define ROW_RANGES	4

/* struct pages - a range of pages, both ends inclusive */
struct pages {
	u16 first;
	u16 last;
};

/* struct pages_list - ranges by ascending page */
struct pages_list {
	u16 nr;
	struct pages at[ROW_RANGES];
};

#define LIST(...) {							\
	.nr = ARRAY_SIZE(((struct pages[]){ __VA_ARGS__ })),		\
	.at = { __VA_ARGS__ },						\
}

/* struct removal - pieces of the last removal */
struct removal {
	struct kunit *test;
	struct xe_svm_piece pieces[ROW_RANGES];
	u16 nr;
};

static void map_list(struct kunit *test, const struct pages_list *list)
{
	u16 i;

	for (i = 0; i < list->nr; i++)
		xe_svm_fixture_map(test, list->at[i].first, list->at[i].last);
}

static void note_piece(const struct xe_svm_piece *piece, void *arg)
{
	struct removal *removal = arg;

	xe_svm_fixture_check_extent(removal->test, &piece->extent);
	KUNIT_ASSERT_LT(removal->test, removal->nr, ROW_RANGES);
	removal->pieces[removal->nr++] = *piece;
}

static struct removal take(struct kunit *test, u16 first, u16 last)
{
	struct removal removal = { .test = test };
	struct xe_svm_fixture *fixture = test->priv;

	xe_svm_extents_remove(&fixture->extents, first, last, note_piece,
			      &removal);

	return removal;
}

static void expect_range(struct kunit *test, const struct pages *expect,
			 const struct xe_svm_extent *extent)
{
	u16 first = extent->first, last = extent->last;

	KUNIT_EXPECT_EQ(test, expect->first, first);
	KUNIT_EXPECT_EQ(test, expect->last, last);
}

static void expect_extents(struct kunit *test, const struct pages_list *expect)
{
	struct xe_svm_fixture *fixture = test->priv;
	u16 i;

	xe_svm_fixture_check(test);
	KUNIT_ASSERT_EQ(test, expect->nr, fixture->extents.nr);
	for (i = 0; i < expect->nr; i++)
		expect_range(test, &expect->at[i], &fixture->extents.at[i]);
}

static void expect_pieces(struct kunit *test, const struct pages_list *expect,
			  const struct removal *removal)
{
	u16 i;

	KUNIT_ASSERT_EQ(test, expect->nr, removal->nr);
	for (i = 0; i < expect->nr; i++)
		expect_range(test, &expect->at[i], &removal->pieces[i].extent);
}

/* Layout for the lookups below; the rows depend on these numbers. */
static const struct pages_list lookup_layout =
	LIST({ 3, 5 }, { 6, 6 }, { 10, 20 }, { 511, 511 });

static void map_lookup_layout(struct kunit *test)
{
	xe_svm_fixture_set_cap(test, lookup_layout.nr);
	map_list(test, &lookup_layout);
	expect_extents(test, &lookup_layout);
}

/* struct find_row - a page, and which extent of the layout covers it */
struct find_row {
	u16 page;
	int index;
};

static const struct find_row find_rows[] = {
	{ 0, -1 }, { 2, -1 }, { 3, 0 }, { 4, 0 }, { 5, 0 }, { 6, 1 }, { 7, -1 },
	{ 9, -1 }, { 10, 2 }, { 15, 2 }, { 20, 2 }, { 21, -1 }, { 510, -1 },
	{ 511, 3 },
};

static void find_desc(const struct find_row *row, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "page %u", row->page);
}

KUNIT_ARRAY_PARAM(find, find_rows, find_desc);

static void find_returns_covering_extent(struct kunit *test)
{
	const struct find_row *row = test->param_value;
	struct xe_svm_fixture *fixture = test->priv;
	const struct xe_svm_extent *extent;

	KUNIT_EXPECT_NULL(test, xe_svm_extents_find(&fixture->extents,
						    row->page));

	map_lookup_layout(test);

	extent = xe_svm_extents_find(&fixture->extents, row->page);
	if (row->index < 0)
		KUNIT_EXPECT_NULL(test, extent);
	else
		KUNIT_EXPECT_PTR_EQ(test, extent,
				    &fixture->extents.at[row->index]);
}

/* struct range_row - a range, is anything in it, and from where to where */
struct range_row {
	const char *name;
	struct pages range;
	bool any;
	struct pages clamped;
};

static const struct range_row range_rows[] = {
	{ "all of the block", { 0, 511 }, true, { 3, 511 } },
	{ "before the first", { 0, 2 }, false },
	{ "up to the first page mapped", { 0, 3 }, true, { 3, 3 } },
	{ "exactly two extents that touch", { 3, 6 }, true, { 3, 6 } },
	{ "from inside to inside", { 4, 12 }, true, { 4, 12 } },
	{ "inside one extent", { 12, 13 }, true, { 12, 13 } },
	{ "one page of one", { 6, 6 }, true, { 6, 6 } },
	{ "ends in a hole", { 6, 9 }, true, { 6, 6 } },
	{ "two extents, then a hole", { 0, 8 }, true, { 3, 6 } },
	{ "starts and ends in holes", { 7, 25 }, true, { 10, 20 } },
	{ "hole between extents", { 5, 10 }, true, { 5, 10 } },
	{ "exactly a hole", { 7, 9 }, false },
	{ "hole and the page after", { 7, 10 }, true, { 10, 10 } },
	{ "last page and a hole", { 20, 510 }, true, { 20, 20 } },
	{ "exactly the last hole", { 21, 510 }, false },
	{ "last page of the block", { 21, 511 }, true, { 511, 511 } },
};

KUNIT_ARRAY_PARAM_DESC(range, range_rows, name);

static void range_any_and_clamp_follow_table(struct kunit *test)
{
	const struct range_row *row = test->param_value;
	u16 first = row->range.first, last = row->range.last;
	struct xe_svm_fixture *fixture = test->priv;

	KUNIT_EXPECT_FALSE(test, xe_svm_extents_any(&fixture->extents, first,
						    last));

	map_lookup_layout(test);

	KUNIT_ASSERT_EQ(test, row->any,
			xe_svm_extents_any(&fixture->extents, first, last));
	if (!row->any)
		return;

	xe_svm_extents_clamp(&fixture->extents, &first, &last);
	KUNIT_EXPECT_EQ(test, row->clamped.first, first);
	KUNIT_EXPECT_EQ(test, row->clamped.last, last);
}

static void insert_keeps_order(struct kunit *test)
{
	static const struct pages units[] = { { 0, 4 }, { 5, 5 }, { 8, 511 } };
	static const struct pages_list sorted =
		LIST({ 0, 4 }, { 5, 5 }, { 8, 511 });
	static const u8 orders[][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	struct xe_svm_fixture *fixture = test->priv;
	int i, j;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		xe_svm_fixture_set_cap(test, 3);
		for (j = 0; j < 3; j++) {
			const struct pages *unit = &units[orders[i][j]];

			xe_svm_fixture_map(test, unit->first, unit->last);
		}

		expect_extents(test, &sorted);
		KUNIT_EXPECT_EQ(test, 510, fixture->extents.pages);
		take(test, 0, 511);
		KUNIT_EXPECT_EQ(test, 0, fixture->extents.pages);
	}
}

static void insert_takes_many_between_others(struct kunit *test)
{
	static const struct pages_list all =
		LIST({ 0, 4 }, { 5, 5 }, { 8, 300 }, { 511, 511 });
	struct xe_svm_fixture *fixture = test->priv;
	struct xe_svm_extent add[ROW_RANGES];
	unsigned int mask, i, nr, before;

	/* Bit i: the extent is added later, together with others. */
	for (mask = 0; mask < 1 << ROW_RANGES; mask++) {
		xe_svm_fixture_set_cap(test, ROW_RANGES);
		for (i = 0, nr = 0; i < all.nr; i++) {
			const struct pages *at = &all.at[i];

			if (mask & BIT(i))
				add[nr++] = xe_svm_fixture_extent(test, at->first,
								  at->last);
			else
				xe_svm_fixture_map(test, at->first, at->last);
		}
		before = fixture->extents.pages;
		KUNIT_EXPECT_EQ(test, 300 - before,
				xe_svm_extents_insert(&fixture->extents, add,
						      nr));

		expect_extents(test, &all);
		KUNIT_EXPECT_EQ(test, 300, fixture->extents.pages);
		take(test, 0, 511);
	}
}

/* struct gap_row - a range, and the first pages in it that are not mapped */
struct gap_row {
	const char *name;
	struct pages_list before;
	struct pages range;
	bool found;
	struct pages gap;
};

static const struct gap_row gap_rows[] = {
	{ "nothing mapped", LIST(), { 3, 9 }, true, { 3, 9 } },
	{ "all mapped", LIST({ 0, 511 }), { 3, 9 }, false },
	{ "all mapped by two", LIST({ 0, 5 }, { 6, 511 }), { 3, 9 }, false },
	{ "mapped before", LIST({ 0, 2 }), { 3, 9 }, true, { 3, 9 } },
	{ "mapped behind", LIST({ 10, 20 }), { 3, 9 }, true, { 3, 9 } },
	{ "first is mapped", LIST({ 0, 3 }), { 3, 9 }, true, { 4, 9 } },
	{ "last is mapped", LIST({ 9, 9 }), { 3, 9 }, true, { 3, 8 } },
	{ "middle is mapped", LIST({ 5, 6 }), { 3, 9 }, true, { 3, 4 } },
	{ "between two", LIST({ 0, 4 }, { 7, 9 }), { 3, 9 }, true, { 5, 6 } },
	{ "last is free", LIST({ 0, 8 }), { 3, 9 }, true, { 9, 9 } },
	{ "one page, mapped", LIST({ 3, 3 }), { 3, 3 }, false },
	{ "end of the block", LIST({ 0, 510 }), { 0, 511 }, true, { 511, 511 } },
	{ "up to the end of the block", LIST({ 9, 511 }), { 9, 511 }, false },
};

KUNIT_ARRAY_PARAM_DESC(gap, gap_rows, name);

static void gap_finds_what_is_not_mapped(struct kunit *test)
{
	const struct gap_row *row = test->param_value;
	u16 first = row->range.first, last = row->range.last;
	struct xe_svm_fixture *fixture = test->priv;

	xe_svm_fixture_set_cap(test, ROW_RANGES);
	map_list(test, &row->before);

	KUNIT_ASSERT_EQ(test, row->found,
			xe_svm_extents_gap(&fixture->extents, &first, &last));
	if (!row->found)
		return;

	KUNIT_EXPECT_EQ(test, row->gap.first, first);
	KUNIT_EXPECT_EQ(test, row->gap.last, last);
}

static void adopt_keeps_extents_and_returns_old_array(struct kunit *test)
{
	static const struct pages_list list = LIST({ 0, 4 }, { 9, 9 });
	struct xe_svm_extent *small = xe_svm_fixture_alloc(test, 2);
	struct xe_svm_extent *large = xe_svm_fixture_alloc(test, 7);
	struct xe_svm_fixture *fixture = test->priv;
	struct xe_svm_extents *extents = &fixture->extents;

	KUNIT_EXPECT_NULL(test, xe_svm_extents_adopt(extents, small, 2));
	KUNIT_EXPECT_EQ(test, 2, extents->cap);
	map_list(test, &list);

	KUNIT_EXPECT_PTR_EQ(test, small,
			    xe_svm_extents_adopt(extents, large, 7));
	memset(small, 0xa5, 2 * sizeof(*small));
	KUNIT_EXPECT_PTR_EQ(test, large, extents->at);
	KUNIT_EXPECT_EQ(test, 7, extents->cap);
	expect_extents(test, &list);
}

/* struct widen_row - a range to remove from [10, 19] and [30, 39] */
struct widen_row {
	const char *name;
	struct pages range;
	u16 free_slots;
	u16 last;
};

static const struct widen_row widen_rows[] = {
	{ "middle, no slot", { 12, 15 }, 0, 19 },
	{ "one page of the middle, no slot", { 11, 11 }, 0, 19 },
	{ "last but one page, no slot", { 18, 18 }, 0, 19 },
	{ "middle of the last extent, no slot", { 31, 38 }, 0, 39 },
	{ "middle, one slot", { 12, 15 }, 1, 15 },
	{ "middle of the last extent, one slot", { 31, 38 }, 1, 38 },
	{ "head", { 10, 15 }, 0, 15 },
	{ "tail", { 15, 19 }, 0, 19 },
	{ "whole", { 10, 19 }, 0, 19 },
	{ "from a hole to inside", { 5, 12 }, 0, 12 },
	{ "from inside to a hole", { 15, 25 }, 0, 25 },
	{ "from inside to inside the next", { 15, 32 }, 0, 32 },
	{ "hole", { 22, 25 }, 0, 25 },
};

KUNIT_ARRAY_PARAM_DESC(widen, widen_rows, name);

static void widen_takes_tail_only_without_slot(struct kunit *test)
{
	static const struct pages_list list = LIST({ 10, 19 }, { 30, 39 });
	const struct widen_row *row = test->param_value;
	u16 first = row->range.first, last = row->range.last;
	struct xe_svm_fixture *fixture = test->priv;

	xe_svm_fixture_set_cap(test, list.nr + row->free_slots);
	map_list(test, &list);

	xe_svm_extents_widen(&fixture->extents, &first, &last);
	KUNIT_EXPECT_EQ(test, row->range.first, first);
	KUNIT_EXPECT_EQ(test, row->last, last);
	expect_extents(test, &list);

	/* Then the removal needs no more slots. */
	take(test, first, last);
	xe_svm_fixture_check(test);
}

/* struct remove_row - mapped pages, removed pages, remaining pages */
struct remove_row {
	const char *name;
	struct pages_list before;
	struct pages range;
	struct pages_list after;
	struct pages_list pieces;
};

static const struct remove_row remove_rows[] = {
	{
		.name = "nothing mapped",
		.range = { 0, 511 },
	}, {
		.name = "hole",
		.before = LIST({ 10, 19 }, { 30, 39 }),
		.range = { 20, 29 },
		.after = LIST({ 10, 19 }, { 30, 39 }),
	}, {
		.name = "first page",
		.before = LIST({ 10, 19 }),
		.range = { 10, 10 },
		.after = LIST({ 11, 19 }),
		.pieces = LIST({ 10, 10 }),
	}, {
		.name = "last page",
		.before = LIST({ 10, 19 }),
		.range = { 19, 19 },
		.after = LIST({ 10, 18 }),
		.pieces = LIST({ 19, 19 }),
	}, {
		.name = "middle",
		.before = LIST({ 10, 19 }),
		.range = { 12, 15 },
		.after = LIST({ 10, 11 }, { 16, 19 }),
		.pieces = LIST({ 12, 15 }),
	}, {
		.name = "middle, others behind",
		.before = LIST({ 10, 19 }, { 20, 24 }, { 511, 511 }),
		.range = { 11, 18 },
		.after = LIST({ 10, 10 }, { 19, 19 }, { 20, 24 }, { 511, 511 }),
		.pieces = LIST({ 11, 18 }),
	}, {
		.name = "whole",
		.before = LIST({ 10, 19 }),
		.range = { 10, 19 },
		.pieces = LIST({ 10, 19 }),
	}, {
		.name = "whole, others around",
		.before = LIST({ 0, 9 }, { 10, 19 }, { 20, 29 }),
		.range = { 10, 19 },
		.after = LIST({ 0, 9 }, { 20, 29 }),
		.pieces = LIST({ 10, 19 }),
	}, {
		.name = "more than whole",
		.before = LIST({ 10, 19 }),
		.range = { 0, 511 },
		.pieces = LIST({ 10, 19 }),
	}, {
		.name = "single page",
		.before = LIST({ 10, 10 }),
		.range = { 10, 10 },
		.pieces = LIST({ 10, 10 }),
	}, {
		.name = "all 512 pages",
		.before = LIST({ 0, 511 }),
		.range = { 0, 511 },
		.pieces = LIST({ 0, 511 }),
	}, {
		.name = "all but the edges",
		.before = LIST({ 0, 511 }),
		.range = { 1, 510 },
		.after = LIST({ 0, 0 }, { 511, 511 }),
		.pieces = LIST({ 1, 510 }),
	}, {
		.name = "tail of one, head of the next",
		.before = LIST({ 10, 19 }, { 20, 29 }),
		.range = { 15, 24 },
		.after = LIST({ 10, 14 }, { 25, 29 }),
		.pieces = LIST({ 15, 19 }, { 20, 24 }),
	}, {
		.name = "across several, with holes",
		.before = LIST({ 10, 19 }, { 30, 39 }, { 41, 41 }, { 50, 59 }),
		.range = { 15, 54 },
		.after = LIST({ 10, 14 }, { 55, 59 }),
		.pieces = LIST({ 15, 19 }, { 30, 39 }, { 41, 41 }, { 50, 54 }),
	}, {
		.name = "several whole ones between holes",
		.before = LIST({ 10, 19 }, { 30, 39 }, { 50, 59 }),
		.range = { 5, 45 },
		.after = LIST({ 50, 59 }),
		.pieces = LIST({ 10, 19 }, { 30, 39 }),
	},
};

KUNIT_ARRAY_PARAM_DESC(remove, remove_rows, name);

static void remove_leaves_the_rest(struct kunit *test)
{
	const struct remove_row *row = test->param_value;
	u16 first = row->range.first, last = row->range.last;
	struct xe_svm_fixture *fixture = test->priv;
	struct removal removal;

	xe_svm_fixture_set_cap(test, row->before.nr + 1);
	map_list(test, &row->before);

	xe_svm_extents_widen(&fixture->extents, &first, &last);
	KUNIT_ASSERT_EQ(test, row->range.last, last);

	removal = take(test, first, last);
	expect_extents(test, &row->after);
	expect_pieces(test, &row->pieces, &removal);
}

/* struct unit_step - map a range as a new unit, or remove a range */
struct unit_step {
	enum { STEP_END, STEP_MAP, STEP_TAKE, STEP_LEAK } what;
	struct pages range;
	/*
	 * STEP_TAKE, STEP_LEAK: for each piece by ascending page, is its unit
	 * unmapped?
	 */
	const char *gone;
};

#define MAP(first__, last__) \
	{ STEP_MAP, { (first__), (last__) } }
#define TAKE(first__, last__, gone__) \
	{ STEP_TAKE, { (first__), (last__) }, (gone__) }

#define LEAK(first__, last__, gone__) \
	{ STEP_LEAK, { (first__), (last__) }, (gone__) }

/* struct unit_row - steps; in the end all pages must have been removed */
struct unit_row {
	const char *name;
	struct unit_step steps[10];
};

static const struct unit_row unit_rows[] = {
	{ "whole at once", {
		MAP(0, 9),
		TAKE(0, 9, "y"),
	} },
	{ "head, then tail", {
		MAP(0, 9),
		TAKE(0, 4, "n"),
		TAKE(5, 9, "y"),
	} },
	{ "tail, then head", {
		MAP(0, 9),
		TAKE(5, 9, "n"),
		TAKE(0, 4, "y"),
	} },
	{ "middle, head, tail", {
		MAP(0, 9),
		TAKE(3, 5, "n"),
		TAKE(0, 2, "n"),
		TAKE(6, 9, "y"),
	} },
	{ "middle, then both ends at once", {
		MAP(0, 9),
		TAKE(3, 5, "n"),
		TAKE(0, 511, "ny"),
	} },
	{ "hole mapped anew, goes first", {
		MAP(0, 9),
		TAKE(3, 5, "n"),
		MAP(3, 5),
		TAKE(3, 5, "y"),
		TAKE(0, 2, "n"),
		TAKE(6, 9, "y"),
	} },
	{ "hole mapped anew, goes last", {
		MAP(0, 9),
		TAKE(3, 5, "n"),
		MAP(3, 5),
		TAKE(0, 2, "n"),
		TAKE(6, 9, "y"),
		TAKE(3, 5, "y"),
	} },
	{ "hole mapped anew, all at once", {
		MAP(0, 9),
		TAKE(3, 5, "n"),
		MAP(3, 5),
		TAKE(0, 9, "nyy"),
	} },
	{ "hole in the unit that filled a hole", {
		MAP(0, 9),
		TAKE(2, 7, "n"),
		MAP(2, 7),
		TAKE(4, 5, "n"),
		MAP(4, 5),
		TAKE(0, 1, "n"),
		TAKE(8, 9, "y"),
		TAKE(2, 7, "nyy"),
	} },
	{ "first page shared, newer goes first", {
		MAP(0, 9),
		TAKE(0, 4, "n"),
		MAP(0, 4),
		TAKE(0, 4, "y"),
		TAKE(5, 9, "y"),
	} },
	{ "first page shared, older goes first", {
		MAP(0, 9),
		TAKE(0, 4, "n"),
		MAP(0, 4),
		TAKE(5, 9, "y"),
		TAKE(0, 4, "y"),
	} },
	{ "first page shared by three", {
		MAP(0, 9),
		TAKE(0, 5, "n"),
		MAP(0, 5),
		TAKE(0, 2, "n"),
		MAP(0, 2),
		TAKE(0, 3, "yn"),
		TAKE(4, 9, "yy"),
	} },
	{ "last page shared, newer goes first", {
		MAP(0, 9),
		TAKE(5, 9, "n"),
		MAP(5, 9),
		TAKE(5, 9, "y"),
		TAKE(0, 4, "y"),
	} },
	{ "last page shared, older goes first", {
		MAP(0, 9),
		TAKE(5, 9, "n"),
		MAP(5, 9),
		TAKE(0, 4, "y"),
		TAKE(5, 9, "y"),
	} },
	{ "new unit over the seam of two", {
		MAP(0, 9),
		MAP(10, 19),
		TAKE(8, 11, "nn"),
		MAP(8, 11),
		TAKE(0, 7, "y"),
		TAKE(12, 19, "y"),
		TAKE(8, 11, "y"),
	} },
	{ "neighbours of the same size", {
		MAP(0, 4),
		MAP(5, 9),
		TAKE(2, 2, "n"),
		TAKE(5, 9, "y"),
		TAKE(0, 4, "ny"),
	} },
	{ "same range again after it went", {
		MAP(0, 9),
		TAKE(0, 9, "y"),
		MAP(0, 9),
		TAKE(1, 8, "n"),
		TAKE(0, 9, "ny"),
	} },
	{ "leaked at once", {
		MAP(0, 9),
		LEAK(0, 9, "n"),
	} },
	{ "leaked head", {
		MAP(0, 9),
		LEAK(0, 4, "n"),
		TAKE(5, 9, "n"),
	} },
	{ "leaked middle", {
		MAP(0, 9),
		LEAK(3, 5, "n"),
		TAKE(0, 2, "n"),
		TAKE(6, 9, "n"),
	} },
	{ "leaked last", {
		MAP(0, 9),
		TAKE(0, 8, "n"),
		LEAK(9, 9, "n"),
	} },
	{ "leaked after a hole was mapped anew", {
		MAP(0, 9),
		TAKE(3, 5, "n"),
		MAP(3, 5),
		LEAK(9, 9, "n"),
		TAKE(3, 5, "y"),
		TAKE(0, 8, "nn"),
	} },
	{ "leaked hole mapped anew", {
		MAP(0, 9),
		LEAK(3, 5, "n"),
		MAP(3, 5),
		TAKE(0, 9, "nyn"),
	} },
	{ "leaked parts of neighbours", {
		MAP(0, 4),
		MAP(5, 9),
		MAP(10, 14),
		LEAK(4, 5, "nn"),
		TAKE(0, 14, "nny"),
	} },
	{ "same range again after a leak", {
		MAP(0, 9),
		LEAK(0, 4, "n"),
		TAKE(5, 9, "n"),
		MAP(0, 9),
		TAKE(0, 9, "y"),
	} },
	{ "all pages, from both edges", {
		MAP(0, 511),
		TAKE(0, 0, "n"),
		TAKE(511, 511, "n"),
		TAKE(1, 510, "y"),
	} },
};

KUNIT_ARRAY_PARAM_DESC(unit, unit_rows, name);

static void take_and_expect_gone(struct kunit *test,
				 const struct unit_step *step)
{
	u16 first = step->range.first, last = step->range.last, i;
	struct xe_svm_fixture *fixture = test->priv;
	struct removal removal;

	if (step->what == STEP_LEAK)
		xe_svm_extents_keep(&fixture->extents, first, last);
	removal = take(test, first, last);

	KUNIT_ASSERT_EQ(test, strlen(step->gone), removal.nr);
	for (i = 0; i < removal.nr; i++)
		KUNIT_EXPECT_EQ_MSG(test, step->gone[i] == 'y',
				    removal.pieces[i].unit_gone,
				    "piece %u of [%u, %u]", i, first, last);
}

static void unit_goes_with_its_last_piece(struct kunit *test)
{
	const struct unit_row *row = test->param_value;
	struct xe_svm_fixture *fixture = test->priv;
	const struct unit_step *step;

	xe_svm_fixture_set_cap(test, 8);

	for (step = row->steps; step->what != STEP_END; step++) {
		if (step->what == STEP_MAP)
			xe_svm_fixture_map(test, step->range.first, step->range.last);
		else
			take_and_expect_gone(test, step);
		xe_svm_fixture_check(test);
	}

	KUNIT_EXPECT_EQ(test, 0, fixture->extents.nr);
}

static struct xe_svm_block *block_create(u64 start)
{
	struct xe_svm_block *block = kzalloc(sizeof(*block), GFP_KERNEL);

	if (block)
		xe_svm_block_init(block, start);

	return block;
}

/* A zero page is removed together with its neighbours, and no other page is. */
static void widen_same_takes_neighbours(struct kunit *test)
{
	struct xe_svm_extent at[] = {
		{ .pfn = 9, .first = 1, .last = 1, .unit_first = 1, .unit_last = 1 },
		{ .pfn = 7, .first = 2, .last = 2, .unit_first = 2, .unit_last = 2 },
		{ .pfn = 7, .first = 3, .last = 3, .unit_first = 3, .unit_last = 3 },
		{ .pfn = 7, .first = 4, .last = 4, .unit_first = 4, .unit_last = 4 },
		{ .pfn = 7, .first = 6, .last = 6, .unit_first = 6, .unit_last = 6 },
		{ .pfn = 20, .first = 8, .last = 15, .unit_first = 8, .unit_last = 15 },
	};
	struct xe_svm_extents extents = {
		.at = at, .nr = ARRAY_SIZE(at), .cap = ARRAY_SIZE(at),
	};
	u16 first = 3, last = 3;

	xe_svm_extents_widen_same(&extents, &first, &last, 7);
	KUNIT_EXPECT_EQ(test, 2, first);
	KUNIT_EXPECT_EQ(test, 4, last);

	first = 1;
	last = 1;
	xe_svm_extents_widen_same(&extents, &first, &last, 7);
	KUNIT_EXPECT_EQ(test, 1, first);
	KUNIT_EXPECT_EQ(test, 1, last);

	first = 6;
	last = 6;
	xe_svm_extents_widen_same(&extents, &first, &last, 7);
	KUNIT_EXPECT_EQ(test, 6, first);
	KUNIT_EXPECT_EQ(test, 6, last);

	/* Part of an extent stays a part */
	first = 10;
	last = 11;
	xe_svm_extents_widen_same(&extents, &first, &last, 7);
	KUNIT_EXPECT_EQ(test, 10, first);
	KUNIT_EXPECT_EQ(test, 11, last);

	first = 3;
	last = 3;
	xe_svm_extents_widen_same(&extents, &first, &last, 9);
	KUNIT_EXPECT_EQ(test, 3, first);
	KUNIT_EXPECT_EQ(test, 3, last);
}

static void block_is_empty_at_first(struct kunit *test)
{
	struct xe_svm_block *block = block_create(0x7f0000200000);

	KUNIT_ASSERT_NOT_NULL(test, block);
	KUNIT_EXPECT_EQ(test, 0x7f0000200000, block->start);
	KUNIT_EXPECT_FALSE(test, block->huge);
	KUNIT_EXPECT_NULL(test, block->pt[0]);
	KUNIT_EXPECT_EQ(test, 0, block->extents.nr);
	KUNIT_EXPECT_EQ(test, 1, block->extents.cap);

	xe_svm_block_destroy(block);
	xe_svm_block_destroy(NULL);
}

/* The first extent needs no allocation, and survives one. */
static void block_grows_out_of_itself(struct kunit *test)
{
	struct xe_svm_block *block = block_create(0x7f0000200000);
	struct xe_svm_extent extent = { .dma = 0x5000, .first = 7, .last = 9 };
	struct xe_svm_extent *at = kmalloc_array(3, sizeof(*at), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, block);
	KUNIT_ASSERT_NOT_NULL(test, at);
	xe_svm_extents_insert(&block->extents, &extent, 1);

	xe_svm_block_free_extents(block,
				  xe_svm_extents_adopt(&block->extents, at, 3));
	KUNIT_EXPECT_EQ(test, 1, block->extents.nr);
	KUNIT_EXPECT_EQ(test, 3, block->extents.cap);
	KUNIT_EXPECT_EQ(test, 0x5000, block->extents.at[0].dma);

	block->extents.nr = 0;
	xe_svm_block_destroy(block);
}

/* A GiB mapped by 2 MiB entries: 512 blocks must take less than 64 KiB. */
static void block_is_lean(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_64BIT))
		kunit_skip(test, "pointers are of another size");

	KUNIT_EXPECT_GE(test, 96, sizeof(struct xe_svm_block));
}

static struct kunit_case block_cases[] = {
	KUNIT_CASE_PARAM(find_returns_covering_extent, find_gen_params),
	KUNIT_CASE_PARAM(range_any_and_clamp_follow_table, range_gen_params),
	KUNIT_CASE(insert_keeps_order),
	KUNIT_CASE(insert_takes_many_between_others),
	KUNIT_CASE_PARAM(gap_finds_what_is_not_mapped, gap_gen_params),
	KUNIT_CASE(adopt_keeps_extents_and_returns_old_array),
	KUNIT_CASE_PARAM(widen_takes_tail_only_without_slot, widen_gen_params),
	KUNIT_CASE_PARAM(remove_leaves_the_rest, remove_gen_params),
	KUNIT_CASE_PARAM(unit_goes_with_its_last_piece, unit_gen_params),
	KUNIT_CASE(widen_same_takes_neighbours),
	KUNIT_CASE(block_is_empty_at_first),
	KUNIT_CASE(block_grows_out_of_itself),
	KUNIT_CASE(block_is_lean),
	{}
};

static struct kunit_suite block_suite = {
	.name = "xe_svm_block",
	.init = xe_svm_fixture_init,
	.test_cases = block_cases,
};

kunit_test_suite(block_suite);
