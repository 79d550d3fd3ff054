// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C10): after any array of binds, accepted or refused as a whole, the GPU
 * finds at each address what the array specifies: a part of an object, the
 * memory of the process, or nothing; objects and memory may have been touched
 * before or not.
 *
 * Arrays are random, and compared with a table that has one state for each slot
 * of 64 KiB. SEED= repeats a run, ARRAYS= makes it longer. The CPU has no such
 * binds: it is the control for the memory and for the objects, whose contents
 * it reads through its own mappings.
 *
 * Desktop: harmless
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/access.h"
#include "lib/clock.h"
#include "lib/mirror_fixture.h"

#define SLOT		SZ_64K
#define SLOTS		96
#define SIZE		(SLOTS * SLOT)
#define BLOCK_SLOTS	(SZ_2M / SLOT)
#define OBJECTS		3
#define PARTS		8		/* slots of an object */
#define MAX_OPS		6
#define MAX_LENGTH	24
#define ARRAYS		2000
#define ENOUGH		200		/* arrays that a slow machine has to manage */
#define RUN_MS		60000
#define READS		24
/* One in so many arrays all slots are checked, and one hole. */
#define WHOLE_EVERY	32

enum what { HOLE, MEMORY, OBJECT };

/* State of one slot; @object and @part for a slot of an object. */
struct slot {
	enum what what;
	unsigned int object, part;
};

struct space {
	struct slot slot[SLOTS];
	/* GPU mappings of memory may be there: it accessed the block since the CPU let go */
	bool touched[SLOTS / BLOCK_SLOTS];
};

FIXTURE(arrays)
{
	struct gpu gpu;
	struct gpu_queue queue;
	char *area;
	char *object[OBJECTS];		/* the CPU's view */
	uint32_t bo[OBJECTS];
	struct space space;
	unsigned long long seed;
	unsigned int ok, busy, invalid, reads, holes;
};

/* 64-bit xorshift */
static unsigned int rnd(FIXTURE_DATA(arrays) *self, unsigned int below)
{
	self->seed ^= self->seed << 13;
	self->seed ^= self->seed >> 7;
	self->seed ^= self->seed << 17;
	return (self->seed >> 16) % below;
}

static uint32_t *memory_of(FIXTURE_DATA(arrays) *self, unsigned int slot)
{
	return (uint32_t *)(self->area + slot * SLOT);
}

/* CPU address of the data that the GPU has to see at @slot. */
static volatile uint32_t *truth(FIXTURE_DATA(arrays) *self, unsigned int slot)
{
	const struct slot *is = &self->space.slot[slot];

	if (is->what == OBJECT)
		return (uint32_t *)(self->object[is->object] + is->part * SLOT);
	return memory_of(self, slot);
}

/* The GPU loses what it has mapped, the memory starts anew. */
static void let_go(FIXTURE_DATA(arrays) *self)
{
	unsigned int i;

	madvise(self->area, SIZE, MADV_DONTNEED);
	memset(self->space.touched, 0, sizeof(self->space.touched));
	/* Some of it is there before the GPU comes, some is not. */
	for (i = 0; i < SLOTS; i++)
		if (rnd(self, 2))
			*memory_of(self, i) = 0x3e300000 + i;
}

FIXTURE_SETUP(arrays)
{
	const char *seed = getenv("SEED");
	unsigned int i, part;

	mirror_open(_metadata, &self->gpu);
	if (_metadata->exit_code)
		return;
	self->seed = seed ? strtoull(seed, NULL, 0) : clock_us();
	TH_LOG("SEED=%llu", self->seed);
	self->area = memory_anonymous(SIZE);
	ASSERT_NE(NULL, self->area);
	for (i = 0; i < OBJECTS; i++) {
		self->object[i] = memory_anonymous(PARTS * SLOT);
		ASSERT_NE(NULL, self->object[i]);
		ASSERT_EQ(0, gpu_bo_create(&self->gpu, PARTS * SLOT, &self->bo[i]));
		ASSERT_EQ(0, gpu_bo_map_cpu(&self->gpu, self->bo[i], self->object[i],
					    PARTS * SLOT));
		for (part = 0; part < PARTS; part++)
			*(uint32_t *)(self->object[i] + part * SLOT) = 0x0b000000 + i * 256 + part;
	}
	ASSERT_EQ(0, gpu_control_in_bo(&self->gpu));
	ASSERT_EQ(0, gpu_queue_create(&self->gpu, &self->gpu.engines[0], &self->queue));
	let_go(self);
}

FIXTURE_TEARDOWN(arrays)
{
	gpu_queue_destroy(&self->queue);
	gpu_close(&self->gpu);
}

static bool may_be_mapped(const struct space *space, unsigned int slot)
{
	return space->slot[slot].what == MEMORY && space->touched[slot / BLOCK_SLOTS];
}

/* [@first, @first + @count) becomes @slot. Return: may that be refused as busy? */
static bool put(struct space *space, unsigned int first, unsigned int count, struct slot slot)
{
	bool busy = false;
	unsigned int i;

	for (i = first; i < first + count; i++) {
		busy |= may_be_mapped(space, i);
		space->slot[i] = slot;
		slot.part++;
	}
	return busy;
}

static bool put_everywhere(struct space *space, unsigned int object, struct slot slot)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++)
		if (space->slot[i].what == OBJECT && space->slot[i].object == object)
			space->slot[i] = slot;
	return false;
}

/* One operation, and its effect on @space. */
static struct drm_xe_vm_bind_op random_op(FIXTURE_DATA(arrays) *self, struct space *space,
					  bool *busy)
{
	unsigned int first = rnd(self, SLOTS), count = 1 + rnd(self, MAX_LENGTH);
	struct slot slot = { HOLE };
	struct drm_xe_vm_bind_op op;
	uint64_t addr;

	if (count > SLOTS - first)
		count = SLOTS - first;
	slot.object = rnd(self, OBJECTS);
	slot.part = rnd(self, PARTS);
	addr = (uintptr_t)memory_of(self, first);
	switch (rnd(self, 8)) {
	case 0 ... 3:
		if (count > PARTS - slot.part)
			count = PARTS - slot.part;
		op = gpu_op_bo(self->bo[slot.object], addr, count * SLOT);
		op.obj_offset = slot.part * SLOT;
		op.flags = rnd(self, 2) ? DRM_XE_VM_BIND_FLAG_IMMEDIATE : 0;
		slot.what = OBJECT;
		break;
	case 4 ... 5:
		op = gpu_op_mirror(addr, count * SLOT);
		slot.what = MEMORY;
		break;
	case 6:
		op = gpu_op_unmap(addr, count * SLOT);
		break;
	default:
		if (rnd(self, 8)) {
			op = gpu_op_unmap(addr, count * SLOT);
			break;
		}
		op = gpu_op_unmap(0, 0);
		op.op = DRM_XE_VM_BIND_OP_UNMAP_ALL;
		op.obj = self->bo[slot.object];
		*busy |= put_everywhere(space, slot.object, slot);
		return op;
	}
	*busy |= put(space, first, count, slot);
	return op;
}

/* An array that must be refused: one operation in it is none. */
static void spoil(FIXTURE_DATA(arrays) *self, struct drm_xe_vm_bind_op *ops, unsigned int num)
{
	struct drm_xe_vm_bind_op *op = &ops[rnd(self, num)];

	switch (rnd(self, 3)) {
	case 0:
		op->addr += 1;
		break;
	case 1:
		op->op = 0x7f;
		break;
	default:
		op->pat_index = GPU_PAT_OUT_OF_RANGE;
	}
}

/* Return: 0, or the wrong result of the array. */
static int bind_array(FIXTURE_DATA(arrays) *self)
{
	struct drm_xe_vm_bind_op ops[MAX_OPS];
	struct space after = self->space;
	unsigned int i, num = 1 + rnd(self, MAX_OPS);
	bool busy = false, spoilt = !rnd(self, 16);
	int err;

	for (i = 0; i < num; i++)
		ops[i] = random_op(self, &after, &busy);
	if (spoilt)
		spoil(self, ops, num);
	err = gpu_bind_ops(&self->gpu, ops, num);
	if (spoilt) {
		self->invalid++;
		return err == -EINVAL ? 0 : err ?: -EBADMSG;
	}
	if (err == -EBUSY && busy) {
		self->busy++;
		return 0;
	}
	if (!err) {
		self->ok++;
		self->space = after;
	}
	return err;
}

/* Slots that are not holes, @all or some, read by one job and compared. */
static int check_bound(FIXTURE_DATA(arrays) *self, bool all)
{
	unsigned int slots[SLOTS], num = 0, i, at, n;
	int err;

	for (i = 0; i < SLOTS; i++)
		if (self->space.slot[i].what != HOLE && (all || !rnd(self, 8)))
			slots[num++] = i;
	for (at = 0; at < num; at += n) {
		n = num - at < READS ? num - at : READS;
		for (i = 0; i < n; i++)
			gpu_batch_copy(&self->queue, self->queue.result + i,
				       memory_of(self, slots[at + i]));
		err = gpu_run(&self->queue);
		if (err)
			return err;
		for (i = 0; i < n; i++) {
			self->space.touched[slots[at + i] / BLOCK_SLOTS] |=
				self->space.slot[slots[at + i]].what == MEMORY;
			if (self->queue.result[i] != *truth(self, slots[at + i]))
				return -EBADMSG;
		}
		self->reads += n;
	}
	return 0;
}

static int pick(FIXTURE_DATA(arrays) *self, bool hole)
{
	unsigned int i, at = rnd(self, SLOTS);

	for (i = 0; i < SLOTS; i++, at = (at + 1) % SLOTS) {
		bool is_hole = self->space.slot[at].what == HOLE;

		if (is_hole == hole)
			return at;
	}
	return -1;
}

static int check_written(FIXTURE_DATA(arrays) *self)
{
	uint32_t value = rnd(self, 1U << 30);
	int slot = pick(self, false), err;

	if (slot < 0)
		return 0;
	err = gpu_write(&self->queue, memory_of(self, slot), value);
	self->space.touched[slot / BLOCK_SLOTS] |= self->space.slot[slot].what == MEMORY;
	return err ?: *truth(self, slot) == value ? 0 : -EBADMSG;
}

static int check_hole(FIXTURE_DATA(arrays) *self)
{
	int slot = pick(self, true);
	uint32_t value;

	if (slot < 0)
		return 0;
	self->holes++;
	return access_read(&self->queue, memory_of(self, slot), &value) == ACCESS_REFUSED ? 0 :
		-EBADMSG;
}

static int check(FIXTURE_DATA(arrays) *self, bool whole)
{
	int err = check_bound(self, whole);

	err = err ?: check_written(self);
	return err ?: whole ? check_hole(self) : 0;
}

TEST_F_TIMEOUT(arrays, table_is_right, GPU_TEST_TIMEOUT)
{
	const char *arrays = getenv("ARRAYS");
	unsigned int i, num = arrays ? strtoul(arrays, NULL, 0) : ARRAYS;
	int64_t end = clock_ms() + RUN_MS;

	for (i = 0; i < num && (arrays || clock_ms() < end); i++) {
		if (rnd(self, 4))
			let_go(self);
		ASSERT_EQ(0, bind_array(self))
			TH_LOG("array %u", i);
		ASSERT_EQ(0, check(self, i % WHOLE_EVERY == WHOLE_EVERY - 1))
			TH_LOG("array %u", i);
	}
	TH_LOG("%u arrays: %u done, %u busy, %u refused; %u slots and %u holes read", i, self->ok,
	       self->busy, self->invalid, self->reads, self->holes);
	EXPECT_LE(arrays ? num : ENOUGH, i);
	EXPECT_LT(0, self->ok);
	EXPECT_LT(0, self->busy);
	EXPECT_LT(0, self->invalid);
	EXPECT_LT(0, self->holes);
}

TEST_HARNESS_MAIN
