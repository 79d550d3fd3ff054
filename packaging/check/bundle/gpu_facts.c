// SPDX-License-Identifier: GPL-2.0
/*
 * Facts that the driver reports of the GPU that the selftests use, the first of xe that
 * offers mirrors: a line for each fact.
 *
 * Exit status: 0 it was asked; 1 it refuses; 4 there is none.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/gpu.h"

int main(int argc, char **argv)
{
	struct gpu gpu;
	char name[64];
	int err = gpu_open(&gpu);

	if (err) {
		printf("refused: %s\n", strerror(-err));
		return err == -ENODEV ? 4 : 1;
	}
	if (!gpu_bus_name(&gpu, name, sizeof(name)))
		printf("tested: %s\n", name);
	printf("mirrors: %s\n", gpu_has_mirror(&gpu) ? "yes" : "no");
	printf("address bits: %u\n", gpu.va_bits);
	printf("GTs: %u\n", gpu.num_gts);
	printf("engines: %u\n", gpu.num_engines);
	gpu_close(&gpu);
	return 0;
}
