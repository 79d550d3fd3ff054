/* SPDX-License-Identifier: GPL-2.0 */
/* Bytes that no two places of memory, and no two seeds, have in common for long. */
#ifndef RUNTIME_GROUND_PATTERN_H
#define RUNTIME_GROUND_PATTERN_H

#include <stddef.h>
#include <stdint.h>

void pattern_fill(void *memory, size_t size, uint32_t seed);
/* The first byte that is not as pattern_fill() wrote it, or @size */
size_t pattern_differs(const void *memory, size_t size, uint32_t seed);
/* The first byte that is not @byte, or @size */
size_t pattern_not_byte(const void *memory, size_t size, unsigned char byte);

#endif
