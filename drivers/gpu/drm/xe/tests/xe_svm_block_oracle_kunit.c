// SPDX-License-Identifier: MIT
/*
 * The extents of a block against an oracle, by random walk.
 *
 * Rule: the oracle is one number for each page, and never uses the code under
 * test. A walk can be replayed: its seed is a parameter, and a failure names
 * the seed.
 */

#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "xe_svm_block.h"
#include "xe_svm_block_fixture.h"

#define PAGES		XE_SVM_FIXTURE_PAGES
#define WALK_STEPS	4000
/* Most pages of a new unit, and of a removal before it is widened. */
#define WALK_RUN	64

/* struct pages - a range of pages, both ends inclusive */
struct pages {
	u16 first;
	u16 last;
};

/* struct walk - a random walk, the oracle, and counters of events */
struct walk {
	struct kunit *test;
	struct rnd_state rnd;
	/* Unit number of each page; 0 where not mapped. */
	u32 oracle[PAGES];
	/* The current removal. */
	struct pages range;
	/* A walk without one of these events proves nothing. */
	u32 widened;
	u32 split;
	u32 gone;
	u32 kept;
};

static u16 walk_random(struct walk *walk, u16 below)
{
	return prandom_u32_state(&walk->rnd) % below;
}

static bool oracle_any(const struct walk *walk, u16 first, u16 last)
{
	u16 page;

	for (page = first; page <= last; page++)
		if (walk->oracle[page])
			return true;

	return false;
}

static bool oracle_uses(const struct walk *walk, u32 unit)
{
	u16 page;

	for (page = 0; page < PAGES; page++)
		if (walk->oracle[page] == unit)
			return true;

	return false;
}

/*
 * Pieces of one unit never touch: a piece ends where the unit number changes.
 */
static u16 oracle_nr(const struct walk *walk)
{
	u32 before = 0;
	u16 page, nr = 0;

	for (page = 0; page < PAGES; page++) {
		if (walk->oracle[page] && walk->oracle[page] != before)
			nr++;
		before = walk->oracle[page];
	}

	return nr;
}

/* Does the range lie in one piece, with pages of that piece on both sides? */
static bool oracle_is_middle(const struct walk *walk, const struct pages *range)
{
	u32 unit = walk->oracle[range->first];
	u16 page;

	if (!unit || range->first == 0 || range->last == PAGES - 1)
		return false;

	for (page = range->first - 1; page <= range->last + 1; page++)
		if (walk->oracle[page] != unit)
			return false;

	return true;
}

static struct pages oracle_clamp(const struct walk *walk, struct pages range)
{
	while (!walk->oracle[range.first])
		range.first++;
	while (!walk->oracle[range.last])
		range.last--;

	return range;
}

static struct pages oracle_widen(const struct walk *walk, struct pages range,
				 u16 cap)
{
	u32 unit = walk->oracle[range.last];

	if (oracle_nr(walk) < cap || !oracle_is_middle(walk, &range))
		return range;

	while (range.last < PAGES - 1 && walk->oracle[range.last + 1] == unit)
		range.last++;

	return range;
}

static void walk_piece(const struct xe_svm_piece *piece, void *arg)
{
	u16 first = piece->extent.first, last = piece->extent.last, page;
	u32 unit = xe_svm_fixture_unit(&piece->extent);
	struct walk *walk = arg;

	xe_svm_fixture_check_extent(walk->test, &piece->extent);
	KUNIT_ASSERT_LE(walk->test, walk->range.first, first);
	KUNIT_ASSERT_LE(walk->test, last, walk->range.last);

	for (page = first; page <= last; page++) {
		KUNIT_ASSERT_EQ(walk->test, unit, walk->oracle[page]);
		walk->oracle[page] = 0;
	}

	KUNIT_ASSERT_EQ(walk->test, piece->unit_gone, !oracle_uses(walk, unit));
	if (piece->unit_gone)
		walk->gone++;
	else
		walk->kept++;
}

/* Map a run of free pages, leaving no slot or one for later splits. */
static void walk_map(struct walk *walk)
{
	struct xe_svm_fixture *fixture = walk->test->priv;
	u16 end, page, first = walk_random(walk, PAGES);
	u32 unit;

	while (first < PAGES && walk->oracle[first])
		first++;
	if (first == PAGES)
		return;

	end = min(PAGES, first + 1 + walk_random(walk, WALK_RUN));
	for (page = first; page < end && !walk->oracle[page]; page++)
		walk->oracle[page] = fixture->units + 1;

	xe_svm_fixture_set_cap(walk->test, fixture->extents.nr + 1 + walk_random(walk, 2));
	unit = xe_svm_fixture_map(walk->test, first, page - 1);
	KUNIT_ASSERT_EQ(walk->test, unit, walk->oracle[first]);
}

/* Remove a range like an invalidation: clamp, widen, remove. */
static void walk_take(struct walk *walk)
{
	struct xe_svm_fixture *fixture = walk->test->priv;
	struct xe_svm_extents *extents = &fixture->extents;
	u16 first = walk_random(walk, PAGES);
	u16 last = min(PAGES - 1, first + walk_random(walk, WALK_RUN));
	bool any = oracle_any(walk, first, last);
	struct pages clamped;

	KUNIT_ASSERT_EQ(walk->test, any, xe_svm_extents_any(extents, first, last));
	if (!any)
		return;

	clamped = oracle_clamp(walk, (struct pages) { first, last });
	walk->range = oracle_widen(walk, clamped, extents->cap);
	walk->widened += walk->range.last > clamped.last;
	walk->split += oracle_is_middle(walk, &walk->range);

	xe_svm_extents_clamp(extents, &first, &last);
	KUNIT_ASSERT_EQ(walk->test, clamped.first, first);
	KUNIT_ASSERT_EQ(walk->test, clamped.last, last);

	xe_svm_extents_widen(extents, &first, &last);
	KUNIT_ASSERT_EQ(walk->test, walk->range.first, first);
	KUNIT_ASSERT_EQ(walk->test, walk->range.last, last);

	xe_svm_extents_remove(extents, first, last, walk_piece, walk);
	KUNIT_ASSERT_FALSE(walk->test, oracle_any(walk, first, last));
}

static void walk_check(struct walk *walk, int step)
{
	struct xe_svm_fixture *fixture = walk->test->priv;
	u16 page = walk_random(walk, PAGES);
	const struct xe_svm_extent *found;

	xe_svm_fixture_check(walk->test);
	KUNIT_ASSERT_EQ_MSG(walk->test, 0,
			    memcmp(fixture->seen, walk->oracle,
				   sizeof(walk->oracle)),
			    "after step %d", step);
	KUNIT_ASSERT_EQ(walk->test, oracle_nr(walk), fixture->extents.nr);

	found = xe_svm_extents_find(&fixture->extents, page);
	KUNIT_ASSERT_EQ(walk->test, walk->oracle[page],
			found ? xe_svm_fixture_unit(found) : 0);
}

static const u32 walk_seeds[] = { 1, 2, 3, 5, 8, 13, 21, 34 };

static void walk_desc(const u32 *seed, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "seed %u", *seed);
}

KUNIT_ARRAY_PARAM(walk, walk_seeds, walk_desc);

static void random_walk_matches_oracle(struct kunit *test)
{
	struct walk *walk = kunit_kzalloc(test, sizeof(*walk), GFP_KERNEL);
	int step;

	KUNIT_ASSERT_NOT_NULL(test, walk);
	walk->test = test;
	prandom_seed_state(&walk->rnd, *(const u32 *)test->param_value);
	xe_svm_fixture_set_cap(test, 1);

	for (step = 0; step < WALK_STEPS; step++) {
		if (walk_random(walk, 2))
			walk_map(walk);
		else
			walk_take(walk);
		walk_check(walk, step);
	}

	kunit_info(test, "widened %u, split %u, units gone %u, kept %u",
		   walk->widened, walk->split, walk->gone, walk->kept);
	KUNIT_EXPECT_GT(test, walk->widened, 0);
	KUNIT_EXPECT_GT(test, walk->split, 0);
	KUNIT_EXPECT_GT(test, walk->gone, 0);
	KUNIT_EXPECT_GT(test, walk->kept, 0);
}

static struct kunit_case oracle_cases[] = {
	KUNIT_CASE_PARAM(random_walk_matches_oracle, walk_gen_params),
	{}
};

static struct kunit_suite oracle_suite = {
	.name = "xe_svm_block_oracle",
	.init = xe_svm_fixture_init,
	.test_cases = oracle_cases,
};

kunit_test_suite(oracle_suite);
