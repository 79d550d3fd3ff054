// SPDX-License-Identifier: GPL-2.0
/*
 * The selftests in one static program.
 *
 * usage: selftests PROGRAM [argument...]
 *	  selftests		lists the programs
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM(name) int main_##name(int argc, char **argv);
#include "names.h"
#undef PROGRAM

static const struct program {
	const char *name;
	int (*main)(int argc, char **argv);
} programs[] = {
#define PROGRAM(name) { #name, main_##name },
#include "names.h"
};

#define NUM_PROGRAMS	(sizeof(programs) / sizeof(*programs))
/* Which one it is, for programs that execute themselves by another name. */
#define MEMORY		"XE_SVM_PROGRAM"
#define OURSELVES	"selftests"

static const struct program *find(const char *name)
{
	unsigned int i;

	for (i = 0; name && i < NUM_PROGRAMS; i++)
		if (!strcmp(programs[i].name, name))
			return &programs[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const struct program *program;
	unsigned int i;

	if (strcmp(slash ? slash + 1 : argv[0], OURSELVES)) {
		program = find(getenv(MEMORY));
		if (program)
			return program->main(argc, argv);
	}
	if (argc < 2) {
		for (i = 0; i < NUM_PROGRAMS; i++)
			puts(programs[i].name);
		return 0;
	}
	program = find(argv[1]);
	if (!program) {
		fprintf(stderr, "there is no program %s\n", argv[1]);
		return 2;
	}
	setenv(MEMORY, program->name, 1);
	return program->main(argc - 1, argv + 1);
}
