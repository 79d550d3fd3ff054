// SPDX-License-Identifier: GPL-2.0
/*
 * Random choices that a seed repeats, and a log of the choices.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "../lib/seeds.h"
#include "fuzz.h"

unsigned int fuzz_below(struct fuzz *fuzz, unsigned int bound)
{
	return seeds_word(&fuzz->random) % bound;
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
