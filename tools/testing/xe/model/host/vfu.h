/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vfio-user server for one client. The only directory that knows the protocol; the document is
 * interop/vfio-user of QEMU. Nothing a client sends stops the server: a wrong request gets an errno, a
 * broken stream ends the connection.
 */
#ifndef MODEL_VFU_H
#define MODEL_VFU_H

#include "types.h"

#define VFU_FDS_MAX 8u
#define VFU_DATA_MAX (1u << 20)
#define VFU_IRQS 5u

struct vfu_header {
	u16 id, command;
	u32 size; /* with this header */
	u32 flags;
	u32 error;
};

#define VFU_FLAG_TYPE 0xfu
#define VFU_FLAG_REPLY 1u
#define VFU_FLAG_NO_REPLY BIT(4)
#define VFU_FLAG_ERROR BIT(5)

enum vfu_command {
	VFU_VERSION = 1,
	VFU_DMA_MAP = 2,
	VFU_DMA_UNMAP = 3,
	VFU_DEVICE_GET_INFO = 4,
	VFU_DEVICE_GET_REGION_INFO = 5,
	VFU_DEVICE_GET_REGION_IO_FDS = 6,
	VFU_DEVICE_GET_IRQ_INFO = 7,
	VFU_DEVICE_SET_IRQS = 8,
	VFU_REGION_READ = 9,
	VFU_REGION_WRITE = 10,
	VFU_DEVICE_RESET = 13,
	VFU_REGION_WRITE_MULTI = 15,
	VFU_DEVICE_FEATURE = 16,
};

/* header, fixed part and the data of one transfer */
#define VFU_MESSAGE_MAX (sizeof(struct vfu_header) + 64 + VFU_DATA_MAX)

struct vfu {
	struct model *m;
	int conn; /* -1: closed */

	/* the request being received */
	u8 *rx;
	size_t rx_have;
	int fds[VFU_FDS_MAX];
	u32 num_fds;

	/* the reply being made: payload behind the header, and a borrowed fd or -1 */
	u8 *tx;
	size_t tx_size;
	int tx_fd;

	int irq[VFU_IRQS]; /* eventfd of vector 0 by index, or -1 */
};

int vfu_init(struct vfu *vfu, struct model *m, int conn);
void vfu_fini(struct vfu *vfu);

/* answers what has arrived; false: the connection is over */
bool vfu_serve(struct vfu *vfu);
bool vfu_msi(struct vfu *vfu, u32 vector);

/* one complete request in rx; returns an errno for the reply, 0 with the payload in tx */
int vfu_dispatch(struct vfu *vfu, const struct vfu_header *header, const u8 *payload, size_t size);

#endif
