// SPDX-License-Identifier: GPL-2.0
/* Rule: the power controller answers a mailbox command before the write returns: READY is never seen set. */
#include "mmio/tables.h"
#include "obs/obs.h"

#define ALL 0xffffffffu
#define H "xe_pcode_api.h "
#define P "regs/xe_pcode_regs.h "

/* units of power, energy and time, for hwmon: 1/8 W, 2^-14 J, 2^-10 s; the energy itself is not modelled, 0 */
#define RAPL_UNITS (10u << 16 | 14u << 8 | 3u)

#define MAILBOX 0x138124u
#define DATA0 0x138128u
#define DATA1 0x13812cu
#define READY BIT(31)
#define COMMAND_MASK 0xffu
#define PARAM1(mbox) ((mbox) >> 8 & 0xff)

#define ILLEGAL_CMD 1u
#define ILLEGAL_SUBCOMMAND 4u

struct pcode_row {
	const char *name;
	u32 command;
	u32 (*run)(struct model *m, u32 mbox); /* the error byte */
	const char *ref;
};

static u32 accept(struct model *m, u32 mbox)
{
	(void)m;
	(void)mbox;
	return 0;
}

static u32 init_status(struct model *m, u32 mbox)
{
	(void)mbox;
	reg_set(m, DATA0, 1);
	return 0;
}

/* no power limit was ever set up: reads 0 */
static u32 power_setup(struct model *m, u32 mbox)
{
	if (PARAM1(mbox) == 4) {
		reg_set(m, DATA0, 0);
		return 0;
	}
	return PARAM1(mbox) == 5 ? 0 : ILLEGAL_SUBCOMMAND;
}

/* subcommand 0 asks what can be bound late: nothing */
static u32 late_binding(struct model *m, u32 mbox)
{
	if (PARAM1(mbox))
		return ILLEGAL_SUBCOMMAND;
	reg_set(m, DATA0, 0);
	return 0;
}

static const struct pcode_row commands[] = {
	{ "WRITE_MIN_FREQ_TABLE", 0x08, accept, H "PCODE_WRITE_MIN_FREQ_TABLE" },
	{ "LATE_BINDING", 0x5c, late_binding, "used by Linux 7.3 on Battlemage" },
	{ "POWER_SETUP", 0x7c, power_setup, H "PCODE_POWER_SETUP" },
	{ "DGFX_PCODE_STATUS", 0x7e, init_status, H "DGFX_PCODE_STATUS" },
};

static u32 run_command(struct model *m, u32 mbox)
{
	for (u32 i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].command == (mbox & COMMAND_MASK))
			return commands[i].run(m, mbox);
	obs_unimplemented(m, "pcode command", mbox & ~READY);
	return ILLEGAL_CMD;
}

static void mailbox_write(struct model *m, u32 off, u32 val)
{
	if (!(val & READY)) {
		reg_set(m, off, val);
		return;
	}
	obs_event(m, EV_PCODE, val & ~READY, reg_get(m, DATA0));
	reg_set(m, off, (val & ~(READY | COMMAND_MASK)) | run_command(m, val));
}

static const struct reg_row rows[] = {
	{ .name = "MTL_RP_STATE_CAP", .off = 0x138000, .ref = "regs/xe_regs.h MTL_RP_STATE_CAP" },
	{ .name = "MTL_GT_RPE_FREQUENCY", .off = 0x13800c, .ref = "regs/xe_regs.h MTL_GT_RPE_FREQUENCY" },
	{ .name = "MTL_MEDIAP_STATE_CAP", .off = 0x138020, .ref = "regs/xe_regs.h MTL_MEDIAP_STATE_CAP" },
	{ .name = "MTL_MPE_FREQUENCY", .off = 0x13802c, .ref = "regs/xe_regs.h MTL_MPE_FREQUENCY" },
	{ .name = "BMG_PACKAGE_POWER_SKU", .off = 0x138098, .ref = P "BMG_PACKAGE_POWER_SKU" },
	{ .name = "BMG_PACKAGE_POWER_SKU_UNIT", .off = 0x1380dc, .reset = RAPL_UNITS,
	  .ref = P "BMG_PACKAGE_POWER_SKU_UNIT" },
	{ .name = "BMG_PACKAGE_ENERGY_STATUS", .off = 0x138120, .ref = P "BMG_PACKAGE_ENERGY_STATUS" },
	{ .name = "PCODE_MAILBOX", .off = MAILBOX, .write = mailbox_write, .ref = H "PCODE_MAILBOX" },
	{ .name = "PCODE_DATA0", .off = DATA0, .rw = ALL, .ref = H "PCODE_DATA0" },
	{ .name = "PCODE_DATA1", .off = DATA1, .rw = ALL, .ref = H "PCODE_DATA1" },
	/* name not known to 6.12: how the boot firmware fared; 0: well */
	{ .name = "PCODE_SCRATCH", .off = 0x138320, .ref = "read by Linux 7.3 on Battlemage" },
	{ .name = "BMG_PACKAGE_RAPL_LIMIT", .off = 0x138440, .rw = ALL, .ref = P "BMG_PACKAGE_RAPL_LIMIT" },
	{ .name = "BMG_PLATFORM_ENERGY_STATUS", .off = 0x138458, .ref = P "BMG_PLATFORM_ENERGY_STATUS" },
	{ .name = "BMG_PLATFORM_POWER_LIMIT", .off = 0x138460, .rw = ALL, .ref = P "BMG_PLATFORM_POWER_LIMIT" },
};

const struct reg_table pcode_regs = { rows, ARRAY_SIZE(rows) };
