/* SPDX-License-Identifier: BSD-3-Clause */
/* tcp_pump.c - moving the bytes of a proxied connection, both ways */
#include <errno.h>
#include <sys/socket.h>

#include <glib.h>

#include "flow/tcp_flow.h"

#define SEND_IOV 64
#define READ_IOV 4
#define READ_MAX (256u << 10)	/* one readv() */
#define READ_FIRST (64u << 10)	/* until it was too little: one buffer */
#define READ_PER_TURN (512u << 10)

bool ul_tcp_flush_to_host(struct ul_tcp_flow *f)
{
	while (f->host_writable && ul_conn_unread(f->conn)) {
		struct iovec iov[SEND_IOV];
		struct msghdr msg = { .msg_iov = iov };
		size_t bytes;
		ssize_t n;

		msg.msg_iovlen = ul_conn_peek(f->conn, iov, SEND_IOV, &bytes);
		ul_tcp_before_send(f, bytes);
		n = sendmsg(f->watch.fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return false;
		if (n < 0 || (size_t)n < bytes)
			f->host_writable = false;
		if (n > 0)
			ul_conn_consume(f->conn, (size_t)n);
		f->entry.from_guest += n > 0 ? (size_t)n : 0;
	}
	return true;
}

static bool may_read_host(const struct ul_tcp_flow *f)
{
	return f->host_readable && (f->state == UL_TCP_OPEN ||
				    f->state == UL_TCP_GUEST_DONE);
}

/* Whoever has it too may have made it block. */
static ssize_t receive(struct ul_tcp_flow *f, struct iovec *iov,
		       unsigned int count)
{
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = count };

	if (f->is_shared)
		return recvmsg(f->watch.fd, &msg, MSG_DONTWAIT);
	return readv(f->watch.fd, iov, (int)count);
}

/* 1 go on, 0 nothing more now, -1 the host's peer is gone. */
static int read_host(struct ul_tcp_flow *f, size_t *budget)
{
	struct iovec iov[READ_IOV];
	size_t want = MIN(f->reads_much ? READ_MAX : READ_FIRST, *budget);
	size_t room = 0;
	unsigned int count;
	ssize_t n;
	int err;

	count = ul_conn_reserve(f->conn, iov, READ_IOV, want, &f->is_starved);
	if (!count)
		return 0;
	for (unsigned int i = 0; i < count; i++)
		room += iov[i].iov_len;
	ul_tcp_before_read(f);
	n = receive(f, iov, count);
	err = errno;
	ul_conn_commit(f->conn, n > 0 ? (size_t)n : 0);
	errno = err;
	if (n < 0) {
		if (errno == EINTR)
			return 1;
		f->host_readable = false;
		return errno == EAGAIN ? 0 : -1;
	}
	if (n == 0) {
		f->host_readable = false;
		ul_conn_shutdown(f->conn);
		ul_tcp_flow_step(f, UL_TCP_EV_HOST_EOF);
		return 0;
	}
	*budget -= (size_t)n;
	if ((size_t)n == room)
		f->reads_much = true;
	else if (n < READ_FIRST)
		f->reads_much = false;
	f->entry.to_guest += (size_t)n;
	/* A short count emptied the socket, unless it ended at a mark. */
	if ((size_t)n < room && !f->host_reads_short)
		f->host_readable = false;
	return 1;
}

bool ul_tcp_pump_to_guest(struct ul_tcp_flow *f, bool *has_more)
{
	size_t budget = READ_PER_TURN;
	int ret = 1;

	while (ret > 0 && budget && may_read_host(f))
		ret = read_host(f, &budget);
	*has_more = !budget && may_read_host(f);
	return ret >= 0;
}

void ul_tcp_pass_on_fin(struct ul_tcp_flow *f)
{
	if (f->state != UL_TCP_GUEST_DONE && f->state != UL_TCP_BOTH_DONE &&
	    f->state != UL_TCP_DRAIN)
		return;
	if (ul_conn_unread(f->conn))
		return;
	if (!f->host_shut && f->watch.fd >= 0) {
		shutdown(f->watch.fd, SHUT_WR);
		f->host_shut = true;
	}
	ul_tcp_flow_step(f, UL_TCP_EV_DRAINED);
}
