// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of the emulated GPU, read through its test BAR.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gpu.h"
#include "model.h"

#define TEST_BAR		4
#define TEST_BAR_SIZE		SZ_64K
#define TEST_BAR_MAGIC		0x4d4c4558
#define TEST_BAR_VERSION	1

/* Starts the BAR. The last four are offsets into it. */
struct head {
	uint32_t magic, version;
	uint32_t num_counters, num_knobs;
	uint32_t counters;
	uint32_t counter_names;
	uint32_t knob_names;
	uint32_t knobs;
};

int gpu_model_open(const struct gpu *gpu, struct gpu_model *model)
{
	const volatile struct head *head;
	char path[96];
	void *bar;
	int fd;

	model->bar = NULL;
	snprintf(path, sizeof(path), "%s/resource%d", gpu->sysfs, TEST_BAR);
	fd = open(path, O_RDWR | O_SYNC | O_CLOEXEC);
	if (fd < 0)
		return -ENODEV;
	bar = mmap(NULL, TEST_BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (bar == MAP_FAILED)
		return -ENODEV;

	head = bar;
	if (head->magic != TEST_BAR_MAGIC || head->version != TEST_BAR_VERSION) {
		munmap(bar, TEST_BAR_SIZE);
		return -ENODEV;
	}
	model->bar = bar;
	return 0;
}

void gpu_model_close(struct gpu_model *model)
{
	if (model->bar)
		munmap((void *)model->bar, TEST_BAR_SIZE);
	model->bar = NULL;
}

/* The place of @name among @num names that follow each other, each ended by a NUL. */
static int find(const volatile uint8_t *names, uint32_t num, const char *name)
{
	uint32_t i;

	for (i = 0; i < num; i++) {
		if (!strcmp((const char *)names, name))
			return i;
		names += strlen((const char *)names) + 1;
	}
	return -ENOENT;
}

int64_t gpu_model_count(const struct gpu_model *model, const char *name)
{
	const volatile struct head *head = (const volatile struct head *)model->bar;
	int i;

	if (!head)
		return -ENODEV;
	i = find(model->bar + head->counter_names, head->num_counters, name);
	if (i < 0)
		return i;
	return ((const volatile uint64_t *)(model->bar + head->counters))[i];
}

int64_t gpu_model_count_in(const struct gpu_model *model, unsigned int gt, const char *name)
{
	int64_t media, all = gpu_model_count(model, name);
	char media_name[64];

	snprintf(media_name, sizeof(media_name), "%s_MEDIA", name);
	media = gpu_model_count(model, media_name);
	if (all < 0 || media < 0)
		return all < 0 ? all : media;
	return gt ? media : all - media;
}

int gpu_model_turn(const struct gpu_model *model, const char *knob, uint32_t value)
{
	const volatile struct head *head = (const volatile struct head *)model->bar;
	int i;

	if (!head)
		return -ENODEV;
	i = find(model->bar + head->knob_names, head->num_knobs, knob);
	if (i < 0)
		return i;
	((volatile uint32_t *)(model->bar + head->knobs))[i] = value;
	return 0;
}
