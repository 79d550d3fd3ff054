// SPDX-License-Identifier: GPL-2.0
/* See report.h. */
#include <stdio.h>
#include <time.h>

#include "demo/report.h"
#include "ground/mirror.h"

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

void report(const char *event)
{
	static double start;

	if (!start)
		start = now();
	printf("[%5.1f s] %-22s  %lld page faults of the GPU, %lld pages mapped by them, %lld pieces of the mirror\n",
	       now() - start, event, (long long)mirror_faults(), (long long)mirror_pages(),
	       (long long)mirror_ranges());
	fflush(stdout);
}

void report_device(cl_device_id gpu)
{
	char name[128] = "no GPU", version[128] = "";

	clGetDeviceInfo(gpu, CL_DEVICE_NAME, sizeof(name), name, NULL);
	clGetDeviceInfo(gpu, CL_DRIVER_VERSION, sizeof(version), version, NULL);
	printf("%s, Intel's compute runtime %s\n", name, version);
	report("the device is open");
}

int report_end(size_t num, size_t wrong)
{
	if (wrong || mirror_refused()) {
		printf("%zu of %zu sums are wrong, %lld faults were refused\n", wrong, num, (long long)mirror_refused());
		return 1;
	}
	printf("All as it should be: a compiled kernel added %zu numbers in malloc memory.\n", num);
	return 0;
}
