/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Instructions as iga64 -d -n -Xno-print-bfnexprs -Xprint-hex-floats writes them, one blank between words, without
 * dependencies and comments. Fields that the model ignores (breakpoints, branch control, macro accumulators) are left out.
 */
#ifndef MODEL_TESTS_EU_TEXT_H
#define MODEL_TESTS_EU_TEXT_H

#include "eu/isa.h"

#define EU_TEXT_MAX 256u

void eu_text(const struct eu_inst *inst, char *text);

#endif
