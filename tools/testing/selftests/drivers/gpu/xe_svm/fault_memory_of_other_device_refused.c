// SPDX-License-Identifier: GPL-2.0
/*
 * Rule (C8): peer-to-peer memory of another PCI device, which a process can map
 * from sysfs, is for the CPU only: an access of the GPU is refused.
 *
 * Needs: field
 * Qemu: -device nvme,serial=rig,cmb_size_mb=16
 * Desktop: may disturb it, maps memory of another PCI device
 */
#include <fcntl.h>
#include <glob.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "lib/mirror_fixture.h"

#define BY_CPU	0x9ee70001
#define BY_GPU	0x9ee70002

MIRROR_ON_COPY_ENGINE();

static int open_peer_memory(void)
{
	glob_t found;
	int fd = -ENODEV;

	if (glob("/sys/bus/pci/devices/*/p2pmem/allocate", 0, NULL, &found))
		return fd;
	fd = open(found.gl_pathv[0], O_RDWR | O_CLOEXEC);
	globfree(&found);
	return fd < 0 ? -errno : fd;
}

TEST_F_TIMEOUT(mirror, err_peer_memory, GPU_TEST_TIMEOUT)
{
	volatile uint32_t *own = memory_anonymous(SZ_4K), *peer;
	int fd = open_peer_memory();
	uint32_t value = 0;

	if (fd == -ENODEV)
		SKIP(return, "no device with peer-to-peer memory");
	ASSERT_LE(0, fd);
	ASSERT_NE(NULL, own);
	peer = memory_map(SZ_64K, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	ASSERT_NE(NULL, peer);
	*peer = BY_CPU;
	EXPECT_EQ(BY_CPU, *peer);

	EXPECT_EQ(REFUSED, gpu_read(&self->queue, peer, &value));
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(REFUSED, gpu_write(&self->queue, peer + 1024, BY_GPU));
	EXPECT_EQ(0, value);
	EXPECT_EQ(BY_CPU, *peer);
	EXPECT_NE(BY_GPU, peer[1024]);

	/* The sibling: memory of the process. */
	ASSERT_EQ(0, gpu_queue_renew(&self->queue));
	EXPECT_EQ(0, gpu_write(&self->queue, own, BY_GPU));
	EXPECT_EQ(BY_GPU, *own);
	close(fd);
}

TEST_HARNESS_MAIN
