// SPDX-License-Identifier: GPL-2.0
#include "tests/eu_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const types[16] = {
	"ub", "uw", "ud", "uq", "b", "w", "d", "q", "?", "hf", "f", "df", "?", "bf", "?", "?",
};
static const char *const conditions[16] = {
	"", "eq", "ne", "gt", "ge", "lt", "le", "?", "ov", "un", "?", "?", "?", "?", "?", "?",
};

static void __attribute__((format(printf, 2, 3))) add(char *text, const char *format, ...)
{
	size_t len = strlen(text);
	va_list list;

	va_start(list, format);
	vsnprintf(text + len, EU_TEXT_MAX - len, format, list);
	va_end(list);
}

static void add_flag(char *text, const struct eu_inst *inst)
{
	add(text, "f%d.%d", inst->flag >> 1, inst->flag & 1);
}

static void add_predicate(char *text, const struct eu_inst *inst)
{
	if (!inst->pred && !inst->all_lanes)
		return;
	add(text, "(%s%s", inst->all_lanes ? "W" : "", inst->all_lanes && inst->pred ? "&" : "");
	if (inst->pred) {
		add(text, "%s", inst->pred_inv ? "~" : "");
		add_flag(text, inst);
		add(text, "%s", inst->pred == PRED_ANY ? ".any" : inst->pred == PRED_ALL ? ".all" : "");
	}
	add(text, ") ");
}

static void add_register(char *text, const struct eu_operand *o)
{
	static const char *const arfs[16] = { "null", "a", "acc", "f", "ce", "?", "?", "sr", "cr", "n", "ip", "tdr",
					      "tm", "?", "?", "dbg" };
	u32 size = eu_type_bytes(o->type);

	if (o->file == FILE_GRF)
		add(text, "r%d.%d", o->reg, o->sub / size);
	else if (!(o->reg >> 4))
		add(text, "null");
	else
		add(text, "%s%d.%d", arfs[o->reg >> 4], o->reg & 15, o->sub / (o->reg >> 4 == ARF_FLAG ? 2 : size));
}

static void add_address(char *text, const struct eu_operand *o)
{
	add(text, "r[a0.%d", o->addr);
	if (o->offset)
		add(text, ",%d", o->offset);
	add(text, "]");
}

static void add_dst(char *text, const struct eu_inst *inst)
{
	const struct eu_operand *o = &inst->dst;

	add(text, " %s", inst->saturate ? "(sat)" : "");
	if (o->indirect)
		add_address(text, o);
	else
		add_register(text, o);
	add(text, "<%d>:%s", o->hstride, types[o->type]);
}

static void add_imm(char *text, const struct eu_operand *o)
{
	static const char *const vectors[16] = { [TYPE_IMM_UV] = "uv", [TYPE_IMM_V] = "v", [TYPE_IMM_VF] = "vf" };

	if (vectors[o->type])
		add(text, " 0x%" PRIX64 ":%s", o->imm, vectors[o->type]);
	else if (o->type == TYPE_D)
		add(text, " %d:d", (s32)o->imm);
	else if (o->type == TYPE_W)
		add(text, " %d:w", (s16)o->imm);
	else if (o->type == TYPE_Q)
		add(text, " %" PRId64 ":q", o->imm);
	else
		add(text, " 0x%" PRIX64 ":%s", eu_type_bytes(o->type) == 2 ? o->imm & 0xffff : o->imm, types[o->type]);
}

static void add_region(char *text, const struct eu_inst *inst, u32 i)
{
	const struct eu_operand *o = &inst->src[i];

	if (eu_opcode(inst->op)->format != FORMAT_TERNARY) {
		if (o->each)
			add(text, "<%d,%d>", o->width, o->hstride);
		else
			add(text, "<%d;%d,%d>", o->vstride, o->width, o->hstride);
	} else if (i < 2) {
		add(text, "<%d;%d>", o->vstride, o->hstride);
	} else {
		add(text, "<%d>", o->hstride);
	}
}

static void add_src(char *text, const struct eu_inst *inst, u32 i)
{
	const struct eu_operand *o = &inst->src[i];
	bool logic = inst->op >= OP_NOT && inst->op <= OP_XOR;

	if (o->file == FILE_IMM) {
		add_imm(text, o);
		return;
	}
	add(text, " %s%s", o->neg ? logic ? "~" : "-" : "", o->abs ? "(abs)" : "");
	if (o->indirect)
		add_address(text, o);
	else
		add_register(text, o);
	add_region(text, inst, i);
	add(text, ":%s", types[o->type]);
}

static void text_send(char *text, const struct eu_inst *inst)
{
	static const char *const units[16] = { "null", "?", "smpl", "gtwy", "?", "rc", "urb", "btd", "rta", "?", "dc0",
					       "?", "?", "tgm", "slm", "ugm" };
	const struct eu_operand *regs[3] = { &inst->dst, &inst->src[0], &inst->src[1] };

	add(text, "%s.%s (%d|M%d)", eu_opcode(inst->op)->name, units[inst->sfid], inst->lanes, inst->first);
	for (u32 i = 0; i < 3; i++) {
		if (regs[i]->file == FILE_GRF)
			add(text, " r%d", regs[i]->reg);
		else
			add(text, " null");
	}
	add(text, ":%d", inst->src1_regs);
	if (inst->ex_in_a0 && inst->ex_desc)
		add(text, " 0x%X:a0.%d", inst->ex_desc, inst->ex_addr);
	else if (inst->ex_in_a0)
		add(text, " a0.%d", inst->ex_addr);
	else
		add(text, " 0x%X", inst->ex_desc);
	if (inst->desc_in_a0)
		add(text, " a0.0");
	else
		add(text, " 0x%08X", inst->desc);
}

static void text_jump(char *text, const struct eu_inst *inst)
{
	u8 format = eu_opcode(inst->op)->format;

	add(text, "%s", eu_opcode(inst->op)->name);
	if (inst->op != OP_JMPI)
		add(text, " (%d|M%d)", inst->lanes, inst->first);
	if (inst->op == OP_CALL || inst->op == OP_CALLA)
		add(text, " r%d.%d", inst->dst.reg, inst->dst.sub / 4);
	if (inst->src[0].file == FILE_GRF)
		add(text, " r%d.%d", inst->src[0].reg, inst->src[0].sub / 4);
	else
		add(text, " %d", inst->jip);
	if (format == FORMAT_JUMP2)
		add(text, " %d", inst->uip);
}

static void text_sync(char *text, const struct eu_inst *inst)
{
	static const char *const functions[16] = { "nop", "?", "allrd", "allwr", [13] = "fence", "bar", "host" };

	add(text, "sync.%s", functions[inst->function] ?: "?");
}

static void text_name(char *text, const struct eu_inst *inst)
{
	static const char *const functions[16] = { "?", "inv", "log", "exp", "sqt", "rsqt", "sin", "cos", "?", "?", "?",
						   "?", "?", "?", "invm", "rsqtm" };

	add(text, "%s", eu_opcode(inst->op)->name);
	if (inst->op == OP_MATH)
		add(text, ".%s", functions[inst->function]);
	if (inst->op == OP_BFN)
		add(text, ".0x%02X", inst->function);
	add(text, " (%d|M%d)", inst->lanes, inst->first);
	if (inst->cond) {
		add(text, " (%s)", conditions[inst->cond]);
		add_flag(text, inst);
	}
}

void eu_text(const struct eu_inst *inst, char *text)
{
	u32 i;

	*text = '\0';
	if (inst->op != OP_SYNC)
		add_predicate(text, inst);
	switch (eu_opcode(inst->op)->format) {
	case FORMAT_NONE:
		add(text, "%s", eu_opcode(inst->op)->name);
		return;
	case FORMAT_SEND:
		text_send(text, inst);
		return;
	case FORMAT_JUMP:
	case FORMAT_JUMP2:
		text_jump(text, inst);
		return;
	}
	if (inst->op == OP_SYNC) {
		text_sync(text, inst);
		return;
	}
	text_name(text, inst);
	add_dst(text, inst);
	for (i = 0; i < inst->sources; i++)
		add_src(text, inst, i);
}
