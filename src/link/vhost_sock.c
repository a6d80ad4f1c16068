/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_sock.c - messages of vhost-user on a socket, with descriptors */
#include "link/vhost_sock.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/foreign_fd.h"

void ul_vhost_sock_init(struct ul_vhost_sock *s)
{
	s->have = 0;
	s->fd_count = 0;
}

void ul_vhost_sock_drop_fds(struct ul_vhost_sock *s)
{
	while (s->fd_count) {
		int fd = s->fd[--s->fd_count];

		if (fd >= 0)
			ul_foreign_fd_close(fd);
	}
}

/* Keep the descriptors of @msg. False: more than a message may have. */
static bool keep_fds(struct ul_vhost_sock *s, struct msghdr *msg)
{
	bool fits = !(msg->msg_flags & MSG_CTRUNC);
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		int fd;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (s->fd_count < UL_VHOST_FDS_MAX) {
				s->fd[s->fd_count++] = fd;
			} else {
				ul_foreign_fd_close(fd);
				fits = false;
			}
		}
	}
	return fits;
}

/* 1 @want bytes are there; 0 not yet; -errno. */
static int fill(struct ul_vhost_sock *s, int fd, size_t want)
{
	union {
		char space[CMSG_SPACE(sizeof(int) * UL_VHOST_FDS_MAX)];
		struct cmsghdr align;
	} control;
	struct iovec iov = { s->buf + s->have, want - s->have };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;

	if (!iov.iov_len)
		return 1;
	n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (!keep_fds(s, &msg))
		return -EBADMSG;
	if (!n)
		return -ENOTCONN;
	s->have += (size_t)n;
	return s->have == want;
}

static int parse(struct ul_vhost_sock *s, struct ul_vhost_msg *out)
{
	struct ul_rd r = ul_rd_new(s->buf, s->have);
	int ret = ul_vhost_msg_parse(out, &r);

	s->have = 0;
	if (ret < 0)
		return ret;
	return ul_vhost_msg_takes_fds(out, s->fd_count) ? 1 : -EBADMSG;
}

int ul_vhost_sock_read(struct ul_vhost_sock *s, int fd,
		       struct ul_vhost_msg *out)
{
	size_t payload;
	int ret;

	if (!s->have)
		ul_vhost_sock_drop_fds(s);
	if (s->have < UL_VHOST_HLEN) {
		ret = fill(s, fd, UL_VHOST_HLEN);
		if (ret <= 0)
			return ret;
	}
	ret = ul_vhost_msg_len(&payload, s->buf);
	if (ret < 0)
		return ret;
	ret = fill(s, fd, UL_VHOST_HLEN + payload);
	return ret <= 0 ? ret : parse(s, out);
}

int ul_vhost_sock_send(int fd, const struct ul_vhost_msg *m, int with)
{
	uint8_t buf[UL_VHOST_MSG_MAX];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .space = { 0 } };
	struct iovec iov = { .iov_base = buf };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	ul_vhost_msg_emit(&w, m);
	iov.iov_len = w.len;
	if (with >= 0) {
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.align), &with, sizeof(int));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
	}
	n = sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return -errno;
	return (size_t)n == w.len ? 0 : -EAGAIN;
}
