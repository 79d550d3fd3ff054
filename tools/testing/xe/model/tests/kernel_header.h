/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads constants out of the driver's headers as text: `#define NAME expression` or `NAME = expression,`.
 * Macro parameters count as 0, so an indexed register gives its first offset.
 */
#ifndef MODEL_TESTS_KERNEL_HEADER_H
#define MODEL_TESTS_KERNEL_HEADER_H

#include "types.h"

/* true if the tree's drivers/gpu/drm/xe can be read; tree may be NULL */
bool kernel_headers_open(const char *tree);
void kernel_headers_close(void);

/* file below drivers/gpu/drm/xe; false: no such file, symbol or not understood */
bool kernel_symbol(const char *file, const char *symbol, u64 *val);
/* the text of a symbol's definition, cut to size */
bool kernel_symbol_text(const char *file, const char *symbol, char *text, size_t size);

#endif
