// SPDX-License-Identifier: GPL-2.0
/* Commands that write memory: immediate stores, atomics, the post-sync writes of the flushes. */
#include <string.h>

#include "engine/exec.h"
#include "obs/obs.h"

/* status page of the context, what "store index" counts from */
static u64 index_addr(const struct engine *e, u32 offset)
{
	return (u64)e->ctx->lrca + offset;
}

static enum exec_result store(struct model *m, struct engine *e, bool ggtt, u64 addr, const void *data,
			      u64 len)
{
	struct spans spans;
	enum exec_result ret;

	ret = access_translate(m, e, operand_space(e, ggtt), addr, len, MMU_WRITE, &spans);
	if (ret == EXEC_DONE)
		access_write(m, e, &spans, data);
	return ret;
}

enum exec_result exec_store_data(struct model *m, struct engine *e)
{
	bool ggtt = e->cmd[0] & MI_GGTT;

	if (operand_forbidden(m, e, ggtt))
		return EXEC_DONE;
	if (e->cmd[0] & MI_SDI_QWORD && !(e->len & 1)) {
		obs_guest_error(m, "MI_STORE_DATA_IMM of half a qword", e->cmd[0]);
		return EXEC_HUNG;
	}
	return store(m, e, ggtt, operand_addr(e, 1) & ~3ull, e->cmd + 3, (e->len - 3) * 4ull);
}

enum exec_result exec_store_index(struct model *m, struct engine *e)
{
	return store(m, e, true, index_addr(e, e->cmd[1] & 0xffc), e->cmd + 2, (e->len - 2) * 4ull);
}

enum exec_result exec_copy_dword(struct model *m, struct engine *e)
{
	bool src_ggtt = e->cmd[0] & MI_COPY_SRC_GGTT, dst_ggtt = e->cmd[0] & MI_COPY_DST_GGTT;
	struct spans src, dst;
	enum exec_result ret;
	u32 val;

	if (operand_forbidden(m, e, src_ggtt || dst_ggtt))
		return EXEC_DONE;
	ret = access_translate(m, e, operand_space(e, src_ggtt), operand_addr(e, 3) & ~3ull, 4,
			       MMU_READ, &src);
	if (ret == EXEC_DONE)
		ret = access_translate(m, e, operand_space(e, dst_ggtt), operand_addr(e, 1) & ~3ull, 4,
				       MMU_WRITE, &dst);
	if (ret != EXEC_DONE)
		return ret;
	access_read(m, e, &src, &val);
	access_write(m, e, &dst, &val);
	return EXEC_DONE;
}

enum atomic_op {
	OP_AND = 0x01, OP_OR, OP_XOR, OP_MOVE, OP_INC, OP_DEC, OP_ADD, OP_SUB, OP_RSUB,
	OP_IMAX, OP_IMIN, OP_UMAX, OP_UMIN, OP_CMP_WR,
};

static u64 sign_extend(u64 val, u32 bytes)
{
	return bytes == 4 ? (u64)(int64_t)(int32_t)val : val;
}

/* false: no such operation */
static bool atomic_result(u32 op, u64 old, u64 one, u64 two, u32 bytes, u64 *val)
{
	bool less = (int64_t)sign_extend(old, bytes) < (int64_t)sign_extend(one, bytes);

	switch (op) {
	case OP_AND: *val = old & one; return true;
	case OP_OR: *val = old | one; return true;
	case OP_XOR: *val = old ^ one; return true;
	case OP_MOVE: *val = one; return true;
	case OP_INC: *val = old + 1; return true;
	case OP_DEC: *val = old - 1; return true;
	case OP_ADD: *val = old + one; return true;
	case OP_SUB: *val = old - one; return true;
	case OP_RSUB: *val = one - old; return true;
	case OP_IMAX: *val = less ? one : old; return true;
	case OP_IMIN: *val = less ? old : one; return true;
	case OP_UMAX: *val = old < one ? one : old; return true;
	case OP_UMIN: *val = old < one ? old : one; return true;
	case OP_CMP_WR: *val = old == one ? two : old; return true;
	}
	return false;
}

static u64 load_sized(void *at, u32 bytes)
{
	return bytes == 4 ? __atomic_load_n((u32 *)at, __ATOMIC_SEQ_CST) :
			    __atomic_load_n((u64 *)at, __ATOMIC_SEQ_CST);
}

static bool swap_sized(void *at, u32 bytes, u64 old, u64 val)
{
	u32 old4 = (u32)old;

	if (bytes == 4)
		return __atomic_compare_exchange_n((u32 *)at, &old4, (u32)val, false,
						   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return __atomic_compare_exchange_n((u64 *)at, &old, val, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

/* operands interleave: one.lo, two.lo, one.hi, two.hi */
static void atomic_operands(const struct engine *e, u32 bytes, u64 *one, u64 *two)
{
	const u32 *gpr = &e->ctx->regs[RING_GPR(0) / 4], *in = e->cmd + 3;
	bool immediate = e->cmd[0] & MI_ATOMIC_INLINE;

	*one = immediate ? in[0] | (u64)in[2] << 32 : gpr[0] | (u64)gpr[1] << 32;
	*two = immediate ? in[1] | (u64)in[3] << 32 : gpr[2] | (u64)gpr[3] << 32;
	if (bytes == 4) {
		*one = (u32)*one;
		*two = (u32)*two;
	}
}

static bool atomic_apply(struct model *m, struct engine *e, struct mem_addr at, u32 bytes)
{
	u64 one, two, old, val;
	size_t len = bytes;
	void *ptr;

	atomic_operands(e, bytes, &one, &two);
	ptr = mem_map_chunk(m, at, &len, true);
	if (!ptr || len < bytes)
		return true;
	do {
		old = load_sized(ptr, bytes);
		if (!atomic_result(MI_ATOMIC_OP(e->cmd[0]), old, one, two, bytes, &val))
			return false;
	} while (!swap_sized(ptr, bytes, old, val));
	if (e->cmd[0] & MI_ATOMIC_RETURN) {
		e->ctx->regs[RING_GPR(4) / 4] = (u32)old;
		e->ctx->regs[RING_GPR(4) / 4 + 1] = (u32)(old >> 32);
	}
	return true;
}

enum exec_result exec_atomic(struct model *m, struct engine *e)
{
	u32 bytes = e->cmd[0] & MI_ATOMIC_QWORD ? 8 : 4;
	bool ggtt = e->cmd[0] & MI_GGTT;
	struct spans spans;
	enum exec_result ret;

	if (operand_forbidden(m, e, ggtt))
		return EXEC_DONE;
	if (e->len != (e->cmd[0] & MI_ATOMIC_INLINE ? 11 : 3)) {
		obs_guest_error(m, "MI_ATOMIC length", e->cmd[0]);
		return EXEC_HUNG;
	}
	ret = access_translate(m, e, operand_space(e, ggtt), operand_addr(e, 1) & ~(bytes - 1ull),
			       bytes, MMU_ATOMIC, &spans);
	if (ret != EXEC_DONE)
		return ret;
	access_count(m, e, bytes, true);
	if (e->cmd[0] & MI_ATOMIC_OCTWORD ||
	    (!spans.span[0].null && !atomic_apply(m, e, spans.span[0].at, bytes)))
		engine_lacks(m, e, "MI_ATOMIC operation", e->cmd[0]);
	return EXEC_DONE;
}

struct post_write {
	enum post_sync op;
	bool ggtt, index;
	u64 addr;
	u64 imm;
	u32 bytes;
};

static enum exec_result post_sync(struct model *m, struct engine *e, const struct post_write *post)
{
	u64 val = post->op == POST_TIMESTAMP ? engine_ticks(m) : post->imm;
	u64 addr = post->index ? index_addr(e, post->addr & 0xff8) : post->addr & ~7ull;

	if (post->op == POST_NONE)
		return EXEC_DONE;
	if (post->op != POST_IMMEDIATE && post->op != POST_TIMESTAMP)
		engine_lacks(m, e, "post-sync operation", e->cmd[0]);
	if (!post->index && operand_forbidden(m, e, post->ggtt))
		return EXEC_DONE;
	return store(m, e, post->ggtt || post->index, addr, &val,
		     post->op == POST_TIMESTAMP ? 8 : post->bytes);
}

enum exec_result exec_flush_dw(struct model *m, struct engine *e)
{
	struct post_write post = {
		.op = POST_SYNC(e->cmd[0]),
		.ggtt = e->cmd[1] & MI_FLUSH_ADDR_GGTT,
		.index = e->cmd[0] & MI_FLUSH_INDEX,
		.addr = operand_addr(e, 1),
		.imm = e->cmd[3] | (e->len > 4 ? (u64)e->cmd[4] << 32 : 0),
		.bytes = e->len > 4 ? 8 : 4,
	};
	enum exec_result ret = post_sync(m, e, &post);

	if (ret != EXEC_DONE)
		return ret;
	if (e->cmd[0] & MI_FLUSH_TLB) {
		obs_event(m, EV_TLB_FLUSH_COMMAND, e->index, e->cmd[0]);
		tlb_flush_engine(m, e->index);
	}
	if (e->cmd[0] & MI_FLUSH_NOTIFY)
		engine_interrupt(m, e);
	return EXEC_DONE;
}

enum exec_result exec_pipe_control(struct model *m, struct engine *e)
{
	u32 flags = e->cmd[1];
	struct post_write post = {
		.op = POST_SYNC(flags),
		.ggtt = flags & PIPE_GGTT,
		.index = flags & PIPE_INDEX,
		.addr = operand_addr(e, 2),
		.imm = operand_addr(e, 4),
		.bytes = 8,
	};
	enum exec_result ret;

	if (flags & PIPE_REG_WRITE)
		engine_reg_write_user(m, e, e->cmd[2] & MI_REG_MASK, e->cmd[4]);
	ret = flags & PIPE_REG_WRITE ? EXEC_DONE : post_sync(m, e, &post);
	if (ret != EXEC_DONE)
		return ret;
	if (flags & PIPE_TLB) {
		obs_event(m, EV_TLB_FLUSH_COMMAND, e->index, e->cmd[0]);
		tlb_flush_engine(m, e->index);
	}
	if (flags & PIPE_NOTIFY)
		engine_interrupt(m, e);
	return EXEC_DONE;
}
