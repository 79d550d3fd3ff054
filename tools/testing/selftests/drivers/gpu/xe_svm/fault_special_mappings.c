// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8, C1): special mappings are handled by their kind: the kernel's code
 * page for user space (vDSO) can be read and not written, its data page
 * (VM_PFNMAP) is refused, and so are writes to a sealed file and memory of
 * memfd_secret().
 *
 * After mixedmap of mm/hmm-tests.c.
 *
 * Desktop: harmless
 */
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

MIRROR_ON_COPY_ENGINE();

TEST_F_TIMEOUT(mirror, vdso_code_is_read, GPU_TEST_TIMEOUT)
{
	uint32_t *vdso = (uint32_t *)getauxval(AT_SYSINFO_EHDR);
	uint32_t value = 0, expected;

	if (!vdso)
		SKIP(return, "no vDSO");
	expected = *vdso;
	EXPECT_EQ(0, gpu_read(&self->queue, vdso, &value));
	EXPECT_EQ(expected, value);
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, vdso, ~expected));
	EXPECT_EQ(expected, *vdso);
}

/* Address of [vvar] in /proc/self/maps. */
static uint32_t *data_page(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long found = 0;
	char line[256];

	if (!maps)
		return NULL;
	while (fgets(line, sizeof(line), maps))
		if (strstr(line, "[vvar]"))
			found = strtoul(line, NULL, 16);
	fclose(maps);
	return (uint32_t *)found;
}

TEST_F_TIMEOUT(mirror, err_vdso_data, GPU_TEST_TIMEOUT)
{
	uint32_t *vvar = data_page(), value = 0;

	if (!vvar)
		SKIP(return, "no [vvar]");
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, vvar, &value));
}

TEST_F_TIMEOUT(mirror, err_null_page, GPU_TEST_TIMEOUT)
{
	uint32_t value = 0;

	EXPECT_EQ(REFUSED, gpu_read(&self->queue, (void *)8, &value));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(REFUSED, gpu_read(&self->queue, (void *)0x7ffffffff000, &value));
}

/* A seal against new writers leaves readers; the writer from before stays one. */
TEST_F_TIMEOUT(mirror, sealed_file, GPU_TEST_TIMEOUT)
{
	int fd = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	volatile uint32_t *old, *new;
	uint32_t value = 0;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ftruncate(fd, SZ_4K));
	old = memory_map(SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	ASSERT_NE(NULL, old);
	ASSERT_EQ(0, fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
	EXPECT_EQ(NULL, memory_map(SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, fd));
	new = memory_map(SZ_4K, PROT_READ, MAP_SHARED, fd);
	ASSERT_NE(NULL, new);

	EXPECT_EQ(0, gpu_write(&self->queue, old, 0x5ea10001));
	EXPECT_EQ(0, gpu_read(&self->queue, new, &value));
	EXPECT_EQ(0x5ea10001, value);
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, new, 0x5ea10002));
	EXPECT_EQ(0x5ea10001, *old);
	close(fd);
}

/* The control: the CPU reads and writes it. The sibling: another memory file. */
TEST_F_TIMEOUT(mirror, err_secret_memory, GPU_TEST_TIMEOUT)
{
	int fd = syscall(__NR_memfd_secret, 0), plain = memfd_create("plain", MFD_CLOEXEC);
	volatile uint32_t *secret, *open;
	uint32_t value = 0;

	if (fd < 0)
		SKIP(return, "no memfd_secret()");
	ASSERT_EQ(0, ftruncate(fd, SZ_64K));
	secret = memory_map(SZ_64K, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	ASSERT_NE(NULL, secret);
	*secret = 0x5ec20001;
	EXPECT_EQ(0x5ec20001, *secret);

	EXPECT_EQ(REFUSED, gpu_read(&self->queue, secret, &value));
	EXPECT_EQ(0, value);
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, secret, 0x5ec20002));
	EXPECT_EQ(0x5ec20001, *secret);

	/* Also where the CPU has no page yet. */
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, secret + 1024, 0x5ec20003));
	EXPECT_EQ(0, secret[1024]);

	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	ASSERT_EQ(0, ftruncate(plain, SZ_64K));
	open = memory_map(SZ_64K, PROT_READ | PROT_WRITE, MAP_SHARED, plain);
	ASSERT_NE(NULL, open);
	EXPECT_EQ(0, gpu_write(&self->queue, open, 0x5ec20004));
	EXPECT_EQ(0x5ec20004, *open);
	close(plain);
	close(fd);
}

TEST_HARNESS_MAIN
