// SPDX-License-Identifier: GPL-2.0
/* See pattern.h. */
#include <string.h>

#include "ground/pattern.h"

static uint32_t word_at(size_t i, uint32_t seed)
{
	uint32_t word = ((uint32_t)(i / sizeof(word)) + seed * 0x9e3779b1u) * 0x85ebca6bu;

	return word ^ word >> 15;
}

static size_t length_at(size_t i, size_t size)
{
	return size - i < sizeof(uint32_t) ? size - i : sizeof(uint32_t);
}

void pattern_fill(void *memory, size_t size, uint32_t seed)
{
	for (size_t i = 0; i < size; i += sizeof(uint32_t)) {
		uint32_t word = word_at(i, seed);

		memcpy(memory + i, &word, length_at(i, size));
	}
}

size_t pattern_differs(const void *memory, size_t size, uint32_t seed)
{
	const unsigned char *bytes = memory;

	for (size_t i = 0; i < size; i += sizeof(uint32_t)) {
		uint32_t word = word_at(i, seed);

		for (size_t n = 0; memcmp(bytes + i, &word, length_at(i, size)) && n < length_at(i, size); n++)
			if (bytes[i + n] != (unsigned char)(word >> 8 * n))
				return i + n;
	}
	return size;
}

size_t pattern_not_byte(const void *memory, size_t size, unsigned char byte)
{
	const unsigned char *bytes = memory;
	size_t i;

	for (i = 0; i < size && bytes[i] == byte; i++)
		;
	return i;
}
