// SPDX-License-Identifier: GPL-2.0
/*
 * Framing. A message is read in two parts, its header and its rest, never past its end: file descriptors
 * come with the bytes they were sent with, so what is collected belongs to this message.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/vfu.h"
#include "obs/obs.h"

#define SEND_PATIENCE_MS 10000

int vfu_init(struct vfu *vfu, struct model *m, int conn)
{
	memset(vfu, 0, sizeof(*vfu));
	vfu->m = m;
	vfu->conn = conn;
	for (u32 i = 0; i < VFU_IRQS; i++)
		vfu->irq[i] = -1;
	vfu->rx = malloc(VFU_MESSAGE_MAX);
	vfu->tx = malloc(VFU_MESSAGE_MAX);
	return vfu->rx && vfu->tx ? 0 : -ENOMEM;
}

static void close_fds(struct vfu *vfu)
{
	for (u32 i = 0; i < vfu->num_fds; i++)
		if (vfu->fds[i] >= 0)
			close(vfu->fds[i]);
	vfu->num_fds = 0;
}

void vfu_fini(struct vfu *vfu)
{
	close_fds(vfu);
	for (u32 i = 0; i < VFU_IRQS; i++)
		if (vfu->irq[i] >= 0)
			close(vfu->irq[i]);
	if (vfu->conn >= 0)
		close(vfu->conn);
	vfu->conn = -1;
	free(vfu->rx);
	free(vfu->tx);
}

static bool disconnect(struct vfu *vfu, const char *why)
{
	obs_log(vfu->m, "vfio-user: %s", why);
	close(vfu->conn);
	vfu->conn = -1;
	return false;
}

static void keep_fd(struct vfu *vfu, int fd)
{
	if (vfu->num_fds < VFU_FDS_MAX)
		vfu->fds[vfu->num_fds++] = fd;
	else
		close(fd);
}

static void take_fds(struct vfu *vfu, struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		int fds[VFU_FDS_MAX];
		size_t size = c->cmsg_len - CMSG_LEN(0);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS || size > sizeof(fds))
			continue;
		memcpy(fds, CMSG_DATA(c), size);
		for (size_t i = 0; i < size / sizeof(int); i++)
			keep_fd(vfu, fds[i]);
	}
}

enum rx_state { RX_MORE, RX_FULL, RX_NOTHING, RX_GONE };

/* receive until rx holds want bytes */
static enum rx_state receive(struct vfu *vfu, size_t want)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * VFU_FDS_MAX)];
		struct cmsghdr align;
	} control;
	struct iovec iov = { vfu->rx + vfu->rx_have, want - vfu->rx_have };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	ssize_t n;

	if (vfu->rx_have >= want)
		return RX_FULL;
	n = recvmsg(vfu->conn, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? RX_NOTHING : RX_GONE;
	if (!n)
		return RX_GONE;
	take_fds(vfu, &msg);
	vfu->rx_have += (size_t)n;
	return vfu->rx_have >= want ? RX_FULL : RX_MORE;
}

static bool send_part(struct vfu *vfu, struct msghdr *msg, struct iovec *iov)
{
	while (iov->iov_len) {
		ssize_t n = sendmsg(vfu->conn, msg, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd p = { vfu->conn, POLLOUT, 0 };

			if (poll(&p, 1, SEND_PATIENCE_MS) <= 0)
				return false;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		iov->iov_base = (u8 *)iov->iov_base + n;
		iov->iov_len -= (size_t)n;
		msg->msg_control = NULL; /* descriptors go with the first byte */
		msg->msg_controllen = 0;
	}
	return true;
}

static bool reply(struct vfu *vfu, const struct vfu_header *request, int error)
{
	struct vfu_header *header = (struct vfu_header *)vfu->tx;
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr cmsg;
	} control = { .bytes = { 0 } };
	struct iovec iov = { vfu->tx, 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	*header = *request;
	header->flags = VFU_FLAG_REPLY | (error ? VFU_FLAG_ERROR : 0);
	header->error = (u32)error;
	header->size = (u32)(sizeof(*header) + (error ? 0 : vfu->tx_size));
	iov.iov_len = header->size;
	if (!error && vfu->tx_fd >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		control.cmsg.cmsg_level = SOL_SOCKET;
		control.cmsg.cmsg_type = SCM_RIGHTS;
		control.cmsg.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.cmsg), &vfu->tx_fd, sizeof(int));
	}
	return send_part(vfu, &msg, &iov);
}

static bool answer(struct vfu *vfu, const struct vfu_header *header)
{
	int error;

	obs_event(vfu->m, EV_VFU_MESSAGE, header->command, header->size);
	vfu->tx_size = 0;
	vfu->tx_fd = -1;
	error = vfu_dispatch(vfu, header, vfu->rx + sizeof(*header), header->size - sizeof(*header));
	if (error)
		obs_event(vfu->m, EV_VFU_ERROR, header->command, (u64)error);
	if (header->flags & VFU_FLAG_NO_REPLY)
		return true;
	return reply(vfu, header, error);
}

bool vfu_serve(struct vfu *vfu)
{
	struct vfu_header header;
	enum rx_state state;

	for (;;) {
		state = receive(vfu, sizeof(header));
		if (state == RX_FULL) {
			memcpy(&header, vfu->rx, sizeof(header));
			if (header.size < sizeof(header) || header.size > VFU_MESSAGE_MAX)
				return disconnect(vfu, "message of impossible size");
			state = receive(vfu, header.size);
		}
		if (state == RX_GONE)
			return disconnect(vfu, "client left");
		if (state == RX_NOTHING)
			return true;
		if (state == RX_MORE)
			continue;
		if ((header.flags & VFU_FLAG_TYPE) != VFU_FLAG_REPLY && !answer(vfu, &header))
			return disconnect(vfu, "client takes no reply");
		vfu->rx_have = 0;
		close_fds(vfu);
	}
}
