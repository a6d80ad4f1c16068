/* SPDX-License-Identifier: BSD-3-Clause */
/* recverr.c - the error queue of a host socket */
#include "flow/recverr.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <linux/errqueue.h>

static enum ul_recverr_origin origin_of(uint8_t ee_origin)
{
	if (ee_origin == SO_EE_ORIGIN_LOCAL)
		return UL_RECVERR_LOCAL;
	if (ee_origin == SO_EE_ORIGIN_ICMP || ee_origin == SO_EE_ORIGIN_ICMP6)
		return UL_RECVERR_ICMP;
	return UL_RECVERR_OTHER;
}

/* The kernel puts the offender's address right behind the error. */
static void read_cmsg(struct ul_recverr *e, const struct cmsghdr *c)
{
	struct sock_extended_err ee;
	struct sockaddr_storage ss = { 0 };
	size_t len = c->cmsg_len - CMSG_LEN(0);
	struct ul_ep offender;

	if (len < sizeof(ee))
		return;
	memcpy(&ee, CMSG_DATA(c), sizeof(ee));
	e->origin = origin_of(ee.ee_origin);
	e->err = (int)ee.ee_errno;
	e->type = ee.ee_type;
	e->code = ee.ee_code;
	e->info = ee.ee_info;
	len -= sizeof(ee);
	if (len > sizeof(ss))
		len = sizeof(ss);
	memcpy(&ss, CMSG_DATA(c) + sizeof(ee), len);
	if (ul_ep_from_sa(&offender, (struct sockaddr *)&ss) == 0) {
		e->has_offender = true;
		e->offender = offender.addr;
	}
}

static bool is_recverr(const struct cmsghdr *c)
{
	return (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
	       (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR);
}

static int set_recverr(int fd, enum ul_family family, int value)
{
	int rc = family == UL_V4 ?
		setsockopt(fd, IPPROTO_IP, IP_RECVERR, &value, sizeof(value)) :
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &value,
			   sizeof(value));

	return rc < 0 ? -errno : 0;
}

int ul_recverr_enable(int fd, enum ul_family family)
{
	return set_recverr(fd, family, 1);
}

int ul_recverr_disable(int fd, enum ul_family family)
{
	return set_recverr(fd, family, 0);
}

int ul_recverr_read(int fd, struct ul_recverr *out, void *buf, size_t cap)
{
	union {
		char bytes[512];
		struct cmsghdr align;
	} control;
	struct sockaddr_storage ss = { 0 };
	struct iovec iov = { .iov_base = buf, .iov_len = cap };
	struct msghdr msg = {
		.msg_name = &ss,
		.msg_namelen = sizeof(ss),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct ul_recverr e = { .origin = UL_RECVERR_OTHER };
	ssize_t n = recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c;
	     c = CMSG_NXTHDR(&msg, c))
		if (is_recverr(c))
			read_cmsg(&e, c);
	if (msg.msg_namelen &&
	    ul_ep_from_sa(&e.dst, (struct sockaddr *)&ss) == 0)
		e.has_dst = true;
	e.len = (size_t)n;
	*out = e;
	return 1;
}
