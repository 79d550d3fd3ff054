// SPDX-License-Identifier: GPL-2.0
/*
 * mkfs, mount and freeze, for a guest without e2fsprogs. The image has blocks of 1 KiB
 * and one group; the layout is that of fs/ext2/ext2.h, revision 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ext2.h"

#define BLOCK		1024
#define BLOCKS		4096
#define GROUP_BLOCKS	8192
#define INODES		32
#define FIRST_INODE	11
#define ROOT_INODE	2

/* Contents of the blocks. */
enum { SUPER = 1, GROUPS, BLOCK_MAP, INODE_MAP, INODE_TABLE, ROOT = INODE_TABLE + 4, FREE, };

#define ROOT_ENTRY	(INODE_TABLE * BLOCK + (ROOT_INODE - 1) * 128)

/* All fields that are not 0. */
static const struct field {
	uint32_t at;
	uint32_t size;
	uint32_t value;
} fields[] = {
	{ SUPER * BLOCK + 0, 4, INODES },
	{ SUPER * BLOCK + 4, 4, BLOCKS },
	{ SUPER * BLOCK + 12, 4, BLOCKS - FREE },
	{ SUPER * BLOCK + 16, 4, INODES - FIRST_INODE + 1 },
	{ SUPER * BLOCK + 20, 4, SUPER },		/* s_first_data_block */
	{ SUPER * BLOCK + 32, 4, GROUP_BLOCKS },
	{ SUPER * BLOCK + 36, 4, GROUP_BLOCKS },	/* s_frags_per_group */
	{ SUPER * BLOCK + 40, 4, INODES },		/* s_inodes_per_group */
	{ SUPER * BLOCK + 54, 2, 0xffff },		/* s_max_mnt_count: no limit */
	{ SUPER * BLOCK + 56, 2, 0xef53 },		/* s_magic */
	{ SUPER * BLOCK + 58, 2, 1 },			/* s_state: clean */
	{ SUPER * BLOCK + 60, 2, 1 },			/* s_errors: continue */
	{ GROUPS * BLOCK + 0, 4, BLOCK_MAP },
	{ GROUPS * BLOCK + 4, 4, INODE_MAP },
	{ GROUPS * BLOCK + 8, 4, INODE_TABLE },
	{ GROUPS * BLOCK + 12, 2, BLOCKS - FREE },
	{ GROUPS * BLOCK + 14, 2, INODES - FIRST_INODE + 1 },
	{ GROUPS * BLOCK + 16, 2, 1 },			/* bg_used_dirs_count */
	{ ROOT_ENTRY + 0, 2, S_IFDIR | 0755 },
	{ ROOT_ENTRY + 4, 4, BLOCK },			/* i_size */
	{ ROOT_ENTRY + 26, 2, 2 },			/* i_links_count */
	{ ROOT_ENTRY + 28, 4, BLOCK / 512 },
	{ ROOT_ENTRY + 40, 4, ROOT },			/* i_block[0] */
	{ ROOT * BLOCK + 0, 4, ROOT_INODE },		/* "." */
	{ ROOT * BLOCK + 4, 2, 12 },
	{ ROOT * BLOCK + 6, 2, 1 },
	{ ROOT * BLOCK + 8, 1, '.' },
	{ ROOT * BLOCK + 12, 4, ROOT_INODE },		/* ".." takes the rest */
	{ ROOT * BLOCK + 16, 2, BLOCK - 12 },
	{ ROOT * BLOCK + 18, 2, 2 },
	{ ROOT * BLOCK + 20, 2, '.' << 8 | '.' },
};

static char image[FREE * BLOCK];

/* Bits [first, last) are in use. */
static void use(unsigned int block, unsigned int first, unsigned int last)
{
	for (; first < last; first++)
		image[block * BLOCK + first / 8] |= 1 << first % 8;
}

static int make(void)
{
	static const char zero[BLOCK];
	unsigned int i;
	int fd, err = 0;

	memset(image, 0, sizeof(image));
	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		memcpy(image + fields[i].at, &fields[i].value, fields[i].size);
	use(BLOCK_MAP, 0, FREE - SUPER);
	use(BLOCK_MAP, BLOCKS - SUPER, GROUP_BLOCKS);
	use(INODE_MAP, 0, FIRST_INODE - 1);
	use(INODE_MAP, INODES, BLOCK * 8);

	fd = open(EXT2_DISK, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (pwrite(fd, image, sizeof(image), 0) != sizeof(image))
		err = -EIO;
	for (i = FREE; !err && i < BLOCKS; i++)
		if (pwrite(fd, zero, BLOCK, i * BLOCK) != BLOCK)
			err = -EIO;
	if (!err && fsync(fd))
		err = -errno;
	close(fd);
	return err;
}

int ext2_mount(const char *dir)
{
	int err = make();

	if (err)
		return err;
	mkdir(dir, 0755);
	return mount(EXT2_DISK, dir, "ext2", 0, NULL) ? -errno : 0;
}

int ext2_unmount(const char *dir)
{
	return umount2(dir, MNT_DETACH) ? -errno : 0;
}

int ext2_freeze(int fd)
{
	return ioctl(fd, FIFREEZE, 0) ? -errno : 0;
}

int ext2_thaw(int fd)
{
	return ioctl(fd, FITHAW, 0) ? -errno : 0;
}
