/* SPDX-License-Identifier: GPL-2.0 */
/* Commands are const rows. The executor looks one up, checks the length, executes. */
#ifndef MODEL_ENGINE_COMMAND_H
#define MODEL_ENGINE_COMMAND_H

#include "engine/exec.h"

enum length_rule {
	LENGTH_ONE, /* one dword, no length field */
	LENGTH_6, /* bits 5:0 + 2 */
	LENGTH_8, /* bits 7:0 + 2 */
	LENGTH_9, /* bits 8:0 + 2 */
	LENGTH_10, /* bits 9:0 + 2 */
};

struct command {
	const char *name;
	u32 match, mask; /* of dword 0 */
	u32 engines; /* bit per engine_class */
	enum length_rule length;
	u32 min, max; /* dwords */
	exec_fn *exec;
	const char *ref;
};

struct command_table {
	const struct command *rows;
	u32 count;
};

extern const struct command_table commands;

const struct command *command_find(u32 dw, u32 class);
u32 command_length(const struct command *row, u32 dw);
/* of a command without a row, by its type alone */
u32 command_length_guess(u32 dw);
/* NULL or what is wrong with the table */
const char *command_check(const struct command_table *table);

#endif
