/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sockdiag.c - ask the kernel who listens
 *
 * A dump with a filter program on the source port, so that the answer holds
 * only the sockets of one port, however many the host has. Dumps are made
 * inside the kernel while we read: nothing here waits for anybody else.
 */
#include "sys/sockdiag.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>

/* A port with more sockets than this many reads hold is not worth asking. */
#define READS_MAX 64

/*
 * The filter: source port >= port and <= port. Each comparison is two ops,
 * the second one carrying the port; "no" jumps past the end, which refuses.
 */
struct filter {
	struct inet_diag_bc_op op[4];
};

struct request {
	struct nlmsghdr nl;
	struct inet_diag_req_v2 diag;
	struct nlattr attr;
	struct filter filter;
};

static struct request make_request(int af, int ip_proto, uint16_t port)
{
	struct request q = {
		.nl = {
			.nlmsg_len = sizeof(q),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.diag = {
			.sdiag_family = (uint8_t)af,
			.sdiag_protocol = (uint8_t)ip_proto,
			/* An unconnected UDP socket is in state CLOSE. */
			.idiag_states = ip_proto == IPPROTO_TCP ?
				1u << TCP_LISTEN : 1u << TCP_CLOSE,
		},
		.attr = {
			.nla_len = sizeof(q.attr) + sizeof(q.filter),
			.nla_type = INET_DIAG_REQ_BYTECODE,
		},
		.filter.op = {
			{ INET_DIAG_BC_S_GE, 8, sizeof(q.filter) + 4 },
			{ 0, 0, port },
			{ INET_DIAG_BC_S_LE, 8, sizeof(q.filter) - 8 + 4 },
			{ 0, 0, port },
		},
	};

	return q;
}

static bool is_zero(const uint32_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (words[i])
			return false;
	return true;
}

/* Is @v6only set in the attributes? The kernel leaves it out for IPv4. */
static bool is_v6only(const struct nlmsghdr *nl)
{
	const uint8_t *p = (const uint8_t *)NLMSG_DATA(nl) +
			   NLMSG_ALIGN(sizeof(struct inet_diag_msg));
	const uint8_t *end = (const uint8_t *)nl + nl->nlmsg_len;

	while (end - p >= (ptrdiff_t)sizeof(struct nlattr)) {
		struct nlattr a;

		memcpy(&a, p, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > end - p)
			return true;
		if (a.nla_type == INET_DIAG_SKV6ONLY &&
		    a.nla_len > sizeof(a))
			return p[sizeof(a)] != 0;
		p += NLMSG_ALIGN(a.nla_len) < (size_t)(end - p) ?
		     NLMSG_ALIGN(a.nla_len) : (size_t)(end - p);
	}
	return true;	/* not said: do not take it for dual-stack */
}

/* Does this socket answer on any address of @family? */
static bool answers(const struct nlmsghdr *nl, enum ul_family family,
		    uint16_t port)
{
	const struct inet_diag_msg *m = NLMSG_DATA(nl);

	if (nl->nlmsg_len < NLMSG_LENGTH(sizeof(*m)) ||
	    ntohs(m->id.idiag_sport) != port || m->id.idiag_if)
		return false;
	if (m->idiag_family == AF_INET)
		return family == UL_V4 && is_zero(m->id.idiag_src, 1);
	if (m->idiag_family != AF_INET6 || !is_zero(m->id.idiag_src, 4))
		return false;
	return family == UL_V6 || !is_v6only(nl);
}

/* Read the whole dump: 1, 0 or -errno. */
static int read_answer(int fd, enum ul_family family, uint16_t port)
{
	union {
		char bytes[16384];
		struct nlmsghdr align;
	} buf;
	int found = 0;

	for (int i = 0; i < READS_MAX; i++) {
		ssize_t n = recv(fd, buf.bytes, sizeof(buf.bytes),
				 MSG_DONTWAIT);
		size_t left = n > 0 ? (size_t)n : 0;

		if (n < 0)
			return -errno;
		for (struct nlmsghdr *nl = &buf.align; NLMSG_OK(nl, left);
		     nl = NLMSG_NEXT(nl, left)) {
			if (nl->nlmsg_type == NLMSG_DONE)
				return found;
			if (nl->nlmsg_type == NLMSG_ERROR)
				return -EPROTO;
			if (answers(nl, family, port))
				found = 1;
		}
	}
	return found;
}

static int ask(int af, enum ul_family family, int ip_proto, uint16_t port)
{
	struct request q = make_request(af, ip_proto, port);
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int rc;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_SOCK_DIAG);

	if (fd < 0)
		return -errno;
	if (sendto(fd, &q, sizeof(q), MSG_DONTWAIT,
		   (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		rc = -errno;
	else
		rc = read_answer(fd, family, port);
	close(fd);
	return rc;
}

int ul_sockdiag_has_wildcard(enum ul_family family, int ip_proto,
			     uint16_t port)
{
	int rc = 0;

	if (family == UL_V4)
		rc = ask(AF_INET, family, ip_proto, port);
	if (rc != 0)
		return rc;
	return ask(AF_INET6, family, ip_proto, port);
}
