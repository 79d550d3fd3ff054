// SPDX-License-Identifier: GPL-2.0
/*
 * The driver's figures of each VM: debugfs svm, a section of "name: value" lines
 * for each VM that can mirror, which an empty line ends. A missing counter is
 * -ENOENT, never a silent zero.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu.h"

static FILE *open_svm(const struct gpu *gpu)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/svm", gpu->debugfs);
	return fopen(path, "r");
}

/* One line, split at its first colon. Return: false for any other line. */
static bool split(char *line, char **name, char **value)
{
	char *colon = strstr(line, ": ");

	if (!colon)
		return false;
	*colon = '\0';
	*name = line;
	*value = colon + 2;
	(*value)[strcspn(*value, "\n")] = '\0';
	return true;
}

/* Sections of process @pid, 0 for all, by ascending ASID. Return: how many, or an error. */
int gpu_vm_sections(const struct gpu *gpu, pid_t pid, struct gpu_vm_section *sections,
		    unsigned int max)
{
	struct gpu_vm_section section = { 0 };
	char line[256], *name, *value;
	FILE *svm = open_svm(gpu);
	unsigned int n = 0;

	if (!svm)
		return -errno;
	while (fgets(line, sizeof(line), svm)) {
		if (!split(line, &name, &value)) {
			if (section.asid && (!pid || section.pid == pid) && n < max)
				sections[n++] = section;
			memset(&section, 0, sizeof(section));
		} else if (!strcmp(name, "asid")) {
			section.asid = strtoul(value, NULL, 0);
		} else if (!strcmp(name, "pid")) {
			section.pid = atoi(value);
		} else if (!strcmp(name, "comm")) {
			snprintf(section.comm, sizeof(section.comm), "%s", value);
		}
	}
	fclose(svm);
	return n;
}

int gpu_vm_stat(const struct gpu *gpu, uint32_t asid, const char *name, uint64_t *value)
{
	char line[256], *key, *figure;
	FILE *svm = open_svm(gpu);
	uint32_t current = 0;
	int err = -ENOENT;

	*value = 0;
	if (!svm)
		return -errno;
	while (err && fgets(line, sizeof(line), svm)) {
		if (!split(line, &key, &figure))
			continue;
		if (!strcmp(key, "asid"))
			current = strtoul(figure, NULL, 0);
		if (current != asid || strcmp(key, name))
			continue;
		*value = strtoull(figure, NULL, 0);
		err = 0;
	}
	fclose(svm);
	return err;
}
