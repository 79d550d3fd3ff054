// SPDX-License-Identifier: GPL-2.0
/*
 * Loads, stores and atomics of the load/store unit. Each lane has an address and some elements behind it; every
 * element is one access.
 * ref: descriptors as iga64 -p=2 shows them; Intel's public Xe2 manuals, load/store cache messages
 */
#include <string.h>

#include "eu/atomic.h"
#include "eu/memory.h"
#include "mem/mem.h"
#include "model.h"

enum {
	LSC_LOAD = 0x00,
	LSC_LOAD_MASKED = 0x02,
	LSC_LOAD_BLOCK = 0x03,
	LSC_STORE = 0x04,
	LSC_STORE_MASKED = 0x06,
	LSC_STORE_BLOCK = 0x07,
	LSC_FENCE = 0x1f
};

#define LSC_OP(desc) ((desc) & 0x3f)
#define LSC_ADDRESS_SIZE(desc) ((desc) >> 7 & 3)
#define LSC_DATA(desc) ((desc) >> 9 & 7)
#define LSC_VECTOR(desc) ((desc) >> 12 & 7)
#define LSC_CHANNELS(desc) ((desc) >> 12 & 15)
#define LSC_TRANSPOSED BIT(15)
#define LSC_SURFACE(desc) ((desc) >> 29 & 3)
#define DESC_DST_REGS(desc) ((desc) >> 20 & 31)

enum { SURFACE_FLAT, SURFACE_BINDLESS, SURFACE_STATE, SURFACE_TABLE };
enum { ADDRESS_32 = 2, ADDRESS_64 = 3 };

#define STATELESS 255u
/* dwords 0, 2 and 3 of the state of a surface; its address is in dwords 8 and 9 */
#define SURFACE_TYPE(dw) ((u32)(dw) >> 29)
#define SURFACE_TILING(dw) ((dw) >> 12 & 3)
#define SURFACE_2D 1u
#define SURFACE_SCRATCH 6u
#define SURFACE_ROWS(dw) (((dw) >> 16 & 0x3fff) + 1)
#define SURFACE_PITCH(dw) ((dw) & 0x3ffff)
#define ELEMENTS_MAX (EU_LANES * 8)
#define GRF_BYTES (EU_GRFS * EU_GRF_BYTES)

struct element {
	u64 va;
	u32 grf, grf2; /* where in the registers, the second for the other operand of an atomic */
	u32 dst;
	/* found by translate(): a second part where it lies across two pages */
	struct mem_addr at, at2;
	u8 bytes, bytes2;
	bool null, null2;
};

struct access {
	enum mmu_access kind;
	u32 op;
	u8 bytes, slot; /* of an element in memory, and in a register */
	u32 num;
	struct element element[ELEMENTS_MAX];
};

bool eu_fetch(struct eu_env *env, u64 va, u64 *bytes)
{
	struct mmu_page page;

	if (!mmu_translate(env->m, env->engine, env->space, va, MMU_READ, &page, env->fault))
		return false;
	*bytes = 0;
	if (!page.null)
		mem_read(env->m, page.at, bytes, sizeof(*bytes));
	return true;
}

/* as the last page says, if it has the address */
static bool page_of(struct eu_env *env, u64 va, enum mmu_access kind, struct mmu_page *page,
		    u64 *start)
{
	u64 off = va - *start;

	if (page->left && off < page->left)
		return true;
	*start = va;
	page->left = 0;
	return mmu_translate(env->m, env->engine, env->space, va, kind, page, env->fault);
}

static bool translate(struct eu_env *env, struct access *access)
{
	struct mmu_page page = { .left = 0 };
	u64 start = 0, off;
	u32 i;

	for (i = 0; i < access->num; i++) {
		struct element *e = &access->element[i];

		if (!page_of(env, e->va, access->kind, &page, &start))
			return false;
		off = e->va - start;
		e->at = page.at;
		e->at.pa += off;
		e->null = page.null;
		e->bytes = page.left - off < access->bytes ? page.left - off : access->bytes;
		e->bytes2 = access->bytes - e->bytes;
		if (!e->bytes2)
			continue;
		if (!page_of(env, e->va + e->bytes, access->kind, &page, &start))
			return false;
		e->at2 = page.at;
		e->null2 = page.null;
	}
	return true;
}

static void load_element(struct eu_env *env, struct eu_thread *t, const struct access *access,
			 const struct element *e)
{
	u8 data[8] = { 0 };

	if (!e->null)
		mem_read(env->m, e->at, data, e->bytes);
	if (e->bytes2 && !e->null2)
		mem_read(env->m, e->at2, data + e->bytes, e->bytes2);
	memcpy(t->grf + e->dst, data, access->slot);
}

static void store_element(struct eu_env *env, struct eu_thread *t, const struct element *e)
{
	if (!e->null)
		mem_write(env->m, e->at, t->grf + e->grf, e->bytes);
	if (e->bytes2 && !e->null2)
		mem_write(env->m, e->at2, t->grf + e->grf + e->bytes, e->bytes2);
}

/* a word that is not aligned is not one word: hardware takes the one it begins in */
static bool atomic_element(struct eu_env *env, struct eu_thread *t, const struct access *access,
			   const struct element *e, bool returns)
{
	u64 one = 0, two = 0, old = 0;
	struct mem_addr at = e->at;
	size_t len = access->bytes;
	void *word;

	at.pa &= ~(u64)(access->bytes - 1);
	memcpy(&one, t->grf + e->grf, access->slot);
	memcpy(&two, t->grf + e->grf2, access->slot);
	word = e->null ? NULL : mem_map_chunk(env->m, at, &len, true);
	if (word && len >= access->bytes &&
	    !eu_atomic(word, access->op, access->bytes, one, two, &old))
		return false;
	if (returns)
		memcpy(t->grf + e->dst, &old, access->slot);
	return true;
}

static enum eu_outcome lacks(struct eu_env *env, const char *what, u64 id)
{
	env->lacks = what;
	env->lacks_id = id;
	return EU_LACKS;
}

static enum eu_outcome touch_global(struct eu_env *env, struct eu_thread *t, struct access *access,
				    bool returns)
{
	u64 bytes = (u64)access->num * access->bytes;
	u32 i;

	if (!translate(env, access))
		return EU_FAULT;
	for (i = 0; i < access->num; i++) {
		if (access->kind == MMU_READ)
			load_element(env, t, access, &access->element[i]);
		else if (access->kind == MMU_WRITE)
			store_element(env, t, &access->element[i]);
		else if (!atomic_element(env, t, access, &access->element[i], returns))
			return lacks(env, "atomic operation of a thread", access->op);
	}
	if (access->kind != MMU_WRITE)
		obs_add(env->m, env->bytes_read, bytes);
	if (access->kind != MMU_READ)
		obs_add(env->m, env->bytes_written, bytes);
	return EU_DONE;
}

/* outside of it, loads return 0 and stores have no effect */
static enum eu_outcome touch_shared(struct eu_env *env, struct eu_thread *t, struct access *access,
				    bool returns)
{
	u32 i;

	for (i = 0; i < access->num; i++) {
		const struct element *e = &access->element[i];
		bool inside = env->shared && e->va <= env->shared_bytes - access->bytes;
		u64 one = 0, two = 0, old = 0;

		if (access->kind == MMU_READ) {
			if (inside)
				memcpy(&old, env->shared + e->va, access->bytes);
			memcpy(t->grf + e->dst, &old, access->slot);
		} else if (access->kind == MMU_WRITE) {
			if (inside)
				memcpy(env->shared + e->va, t->grf + e->grf, access->bytes);
		} else {
			memcpy(&one, t->grf + e->grf, access->slot);
			memcpy(&two, t->grf + e->grf2, access->slot);
			if (inside && !eu_atomic(env->shared + (e->va & ~(u64)(access->bytes - 1)),
						 access->op, access->bytes, one, two, &old))
				return lacks(env, "atomic operation on shared memory", access->op);
			if (returns)
				memcpy(t->grf + e->dst, &old, access->slot);
		}
	}
	return EU_DONE;
}

static u32 descriptor(const struct eu_thread *t, const struct eu_inst *inst)
{
	u32 desc;

	if (!inst->desc_in_a0)
		return inst->desc;
	memcpy(&desc, t->address, sizeof(desc));
	return desc;
}

static u32 ex_descriptor(const struct eu_thread *t, const struct eu_inst *inst)
{
	u32 desc;

	if (!inst->ex_in_a0)
		return inst->ex_desc;
	memcpy(&desc, t->address + 4 * inst->ex_addr, sizeof(desc));
	return desc;
}

/* of 17 bits, with a sign: those around the number of the address register */
static s64 scratch_offset(const struct eu_inst *inst)
{
	u32 offset = inst->ex_desc >> 19 << 4 | (inst->ex_desc >> 12 & 15);

	return (s32)(offset << 15) >> 15;
}

/* private memory: a piece of the surface for each thread the device can have */
static enum eu_outcome scratch(struct eu_env *env, const struct eu_thread *t,
			       const struct eu_inst *inst, u32 ex, u64 *base)
{
	u64 at = env->surface_base + (ex & ~63u), head, pitch, address;

	if (!eu_fetch(env, at, &head) || !eu_fetch(env, at + 8, &pitch) ||
	    !eu_fetch(env, at + 32, &address))
		return EU_FAULT;
	if (SURFACE_TYPE(head) != SURFACE_SCRATCH)
		return lacks(env, "message to a surface that is no private memory",
			     SURFACE_TYPE(head));
	*base = address + t->slot * (u64)(SURFACE_PITCH(pitch >> 32) + 1);
	if (inst->ex_in_a0)
		*base += scratch_offset(inst);
	return EU_DONE;
}

/* a base for the addresses of the payload */
static enum eu_outcome surface(struct eu_env *env, const struct eu_thread *t,
			       const struct eu_inst *inst, u32 desc, u32 ex, u64 *base)
{
	*base = 0;
	if (inst->ex_in_a0 && inst->ex_desc && LSC_SURFACE(desc) != SURFACE_STATE)
		return lacks(env, "message with an offset beside the address register", inst->ex_desc);
	switch (LSC_SURFACE(desc)) {
	case SURFACE_FLAT:
		*base = (s64)(s32)ex >> 12;
		return EU_DONE;
	case SURFACE_TABLE:
		if (inst->sfid == SFID_UGM && ex >> 24 == STATELESS) {
			*base = env->general_base + ((s64)((s32)(ex << 8)) >> 20);
			return EU_DONE;
		}
		return lacks(env, "message to a surface of the binding table", ex >> 24);
	case SURFACE_STATE:
		return scratch(env, t, inst, ex, base);
	default:
		return lacks(env, "message to a bindless surface", desc);
	}
}

static u64 address(const struct eu_thread *t, const struct eu_inst *inst, u32 desc, u32 lane)
{
	u32 bytes = LSC_ADDRESS_SIZE(desc) == ADDRESS_64 ? 8 : 4;
	u64 at = 0;

	memcpy(&at, t->grf + (inst->src[0].reg * EU_GRF_BYTES + lane * bytes) % GRF_BYTES, bytes);
	return at;
}

static bool sizes(u32 desc, struct access *access)
{
	static const u8 memory[8] = { 1, 2, 4, 8, 1, 2 }, slots[8] = { 1, 2, 4, 8, 4, 4 };

	access->bytes = memory[LSC_DATA(desc)];
	access->slot = slots[LSC_DATA(desc)];
	return access->bytes;
}

/* which elements a lane has: their number, or a mask of them */
static u32 elements(u32 desc, u32 op, u32 *mask)
{
	static const u8 vectors[8] = { 1, 2, 3, 4, 8, 16, 32, 64 };

	if (op == LSC_LOAD_MASKED || op == LSC_STORE_MASKED) {
		*mask = LSC_CHANNELS(desc);
		return 4;
	}
	*mask = ~0u;
	return vectors[LSC_VECTOR(desc)];
}

static u32 in_file(u32 at)
{
	/* an element of eight bytes must not end behind the last register */
	return at % GRF_BYTES & ~7u;
}

static void place(const struct eu_inst *inst, u32 at, struct element *e)
{
	u32 in = at & 7;

	e->grf = in_file(inst->src[1].reg * EU_GRF_BYTES + at) + in;
	e->dst = in_file(inst->dst.reg * EU_GRF_BYTES + at) + in;
}

/* false: more elements than a message can have */
static bool collect(const struct eu_thread *t, const struct eu_inst *inst, u32 desc, u32 mask,
		    u64 base, struct access *access)
{
	u32 channels, vector = elements(desc, access->op, &channels), lane, i, n;
	bool transposed = desc & LSC_TRANSPOSED && access->op != LSC_LOAD_MASKED &&
			  access->op != LSC_STORE_MASKED;
	u32 step = (inst->lanes * access->slot + EU_GRF_BYTES - 1) & ~(EU_GRF_BYTES - 1);

	access->num = 0;
	for (lane = 0; lane < (transposed ? 1u : inst->lanes); lane++) {
		if (!(mask >> lane & 1))
			continue;
		for (i = 0, n = 0; i < vector; i++) {
			struct element *e = &access->element[access->num];
			u64 va = address(t, inst, desc, lane) + base + (u64)i * access->bytes;

			if (i < 32 && !(channels >> i & 1))
				continue;
			if (access->num == ELEMENTS_MAX)
				return false;
			e->va = va;
			place(inst, transposed ? n * access->slot : n * step + lane * access->slot,
			      e);
			e->grf2 = in_file(e->grf + step) + (e->grf & 7);
			access->num++;
			n++;
		}
	}
	return true;
}

static enum mmu_access kind_of(u32 op)
{
	if (op == LSC_LOAD || op == LSC_LOAD_MASKED)
		return MMU_READ;
	return op == LSC_STORE || op == LSC_STORE_MASKED ? MMU_WRITE : MMU_ATOMIC;
}

enum eu_outcome eu_memory(struct eu_env *env, struct eu_thread *t, const struct eu_inst *inst,
			  u32 mask)
{
	u32 desc = descriptor(t, inst), ex = ex_descriptor(t, inst), op = LSC_OP(desc);
	bool returns = DESC_DST_REGS(desc) && inst->dst.file == FILE_GRF;
	struct access access;
	enum eu_outcome ret;
	u64 base;

	if (op == LSC_FENCE)
		return EU_DONE;
	access.op = op;
	access.kind = kind_of(op);
	if (access.kind == MMU_ATOMIC && !eu_atomic_known(op))
		return lacks(env, "message of the load/store unit", op);
	if (!sizes(desc, &access) || LSC_ADDRESS_SIZE(desc) < ADDRESS_32)
		return lacks(env, "size of a message's data or addresses", desc);
	ret = surface(env, t, inst, desc, ex, &base);
	if (ret != EU_DONE)
		return ret;
	if (!collect(t, inst, desc, mask, base, &access))
		return EU_WRONG;
	return inst->sfid == SFID_SLM ? touch_shared(env, t, &access, returns) :
					touch_global(env, t, &access, returns);
}

/* of the binding table: where it begins, from row to row, rows */
static enum eu_outcome bound(struct eu_env *env, u32 number, u64 *address, u32 *pitch, u32 *rows)
{
	u64 entry, head, sizes, at;

	if (!eu_fetch(env, env->surface_base + env->bindings + (number & ~1u) * 4, &entry))
		return EU_FAULT;
	at = env->surface_base + (u32)(number & 1 ? entry >> 32 : entry);
	if (!eu_fetch(env, at, &head) || !eu_fetch(env, at + 8, &sizes) ||
	    !eu_fetch(env, at + 32, address))
		return EU_FAULT;
	if (SURFACE_TYPE(head) != SURFACE_2D || SURFACE_TILING(head))
		return lacks(env, "block of a surface that is no plain rectangle", (u32)head);
	*pitch = SURFACE_PITCH(sizes >> 32) + 1;
	*rows = SURFACE_ROWS(sizes);
	return EU_DONE;
}

static u32 power_of_two(u32 bytes)
{
	u32 power = 4;

	while (power < bytes)
		power *= 2;
	return power;
}

/* the dwords of the block that lie in the surface; false: more than a message can have */
static bool collect_block(const u32 *header, u32 data, u64 base, u32 pitch, u32 rows,
			  struct access *access)
{
	u32 width = (header[7] & 0xff) + 1, height = (header[7] >> 8 & 0xff) + 1, row, byte;

	access->num = 0;
	for (row = 0; row < height; row++) {
		for (byte = 0; byte < width; byte += 4) {
			struct element *e = &access->element[access->num];
			u64 x = (u64)header[5] + byte, y = (u64)header[6] + row;

			if (x + 4 > pitch || y >= rows)
				continue;
			if (access->num++ == ELEMENTS_MAX)
				return false;
			e->va = base + y * pitch + x;
			e->grf = e->dst = (data * EU_GRF_BYTES + row * power_of_two(width) + byte) %
						  GRF_BYTES &
					  ~3u;
		}
	}
	return true;
}

/* the header is a register; data to be stored is behind it or in a register of its own */
enum eu_outcome eu_block(struct eu_env *env, struct eu_thread *t, const struct eu_inst *inst)
{
	u32 desc = descriptor(t, inst), op = LSC_OP(desc), pitch, rows, header[8],
	    data = inst->dst.reg;
	struct access access = { .op = op, .bytes = 4, .slot = 4 };
	enum eu_outcome ret;
	u64 base;

	if (op == LSC_FENCE)
		return EU_DONE;
	if ((op != LSC_LOAD_BLOCK && op != LSC_STORE_BLOCK) || LSC_SURFACE(desc) != SURFACE_TABLE)
		return lacks(env, "message to a typed surface", desc);
	access.kind = op == LSC_LOAD_BLOCK ? MMU_READ : MMU_WRITE;
	if (op == LSC_STORE_BLOCK)
		data = inst->src1_regs ? inst->src[1].reg : inst->src[0].reg + 1u;
	ret = bound(env, ex_descriptor(t, inst) >> 24, &base, &pitch, &rows);
	if (ret != EU_DONE)
		return ret;
	memcpy(header, t->grf + inst->src[0].reg * EU_GRF_BYTES, sizeof(header));
	if (!collect_block(header, data, base, pitch, rows, &access))
		return EU_WRONG;
	return touch_global(env, t, &access, false);
}
