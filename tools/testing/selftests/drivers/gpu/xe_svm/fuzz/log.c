// SPDX-License-Identifier: GPL-2.0
/*
 * Random choices that a seed repeats, and a log of the choices.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "fuzz.h"

/* splitmix64: small, and every seed gives another sequence. */
unsigned int fuzz_below(struct fuzz *fuzz, unsigned int bound)
{
	uint64_t z = fuzz->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (z ^ z >> 31) % bound;
}

void fuzz_note(struct fuzz *fuzz, const char *format, ...)
{
	char *line = fuzz->log[fuzz->log_next++ % LOG_LINES];
	va_list args;

	va_start(args, format);
	vsnprintf(line, LOG_WIDTH, format, args);
	va_end(args);
	if (fuzz->verbose)
		printf("# %s\n", line);
}

int fuzz_mismatch(struct fuzz *fuzz, const char *format, ...)
{
	unsigned long i = fuzz->log_next > LOG_LINES ? fuzz->log_next - LOG_LINES : 0;
	va_list args;

	for (; !fuzz->verbose && i < fuzz->log_next; i++)
		printf("# %lu: %s\n", i, fuzz->log[i % LOG_LINES]);
	printf("MISMATCH seed %lu: ", (unsigned long)fuzz->seed);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	return -EBADMSG;
}
