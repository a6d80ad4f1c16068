/* SPDX-License-Identifier: BSD-3-Clause */
/* dgram_sock.c - what UDP and ping sockets carry besides the payload */
#include "flow/dgram_sock.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

#include "flow/recverr.h"

static size_t put(char *at, int level, int type, const void *value,
		  size_t size)
{
	struct cmsghdr c = {
		.cmsg_len = CMSG_LEN(size),
		.cmsg_level = level,
		.cmsg_type = type,
	};

	memset(at, 0, CMSG_SPACE(size));
	memcpy(at, &c, sizeof(c));
	memcpy(at + CMSG_LEN(0), value, size);
	return CMSG_SPACE(size);
}

static size_t put_int(char *at, int level, int type, int value)
{
	return put(at, level, type, &value, sizeof(value));
}

size_t ul_dgram_put_control(char *control, enum ul_family family, uint8_t ttl,
			    uint8_t tos)
{
	int level = family == UL_V4 ? IPPROTO_IP : IPPROTO_IPV6;
	size_t n;

	n = put_int(control, level, family == UL_V4 ? IP_TTL : IPV6_HOPLIMIT,
		    ttl);
	n += put_int(control + n, level,
		     family == UL_V4 ? IP_TOS : IPV6_TCLASS, tos);
	return n;
}

size_t ul_dgram_put_segment(char *control, uint16_t size)
{
	return put(control, SOL_UDP, UDP_SEGMENT, &size, sizeof(size));
}

uint8_t ul_dgram_read_tos(struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c;
	     c = CMSG_NXTHDR(msg, c)) {
		int value = 0;

		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS)
			return *CMSG_DATA(c);
		if (c->cmsg_level != IPPROTO_IPV6 ||
		    c->cmsg_type != IPV6_TCLASS)
			continue;
		memcpy(&value, CMSG_DATA(c), sizeof(value));
		return (uint8_t)value;
	}
	return 0;
}

uint16_t ul_dgram_read_segment(struct msghdr *msg)
{
	int value;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c;
	     c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_UDP || c->cmsg_type != UDP_GRO)
			continue;
		memcpy(&value, CMSG_DATA(c), sizeof(value));
		return (uint16_t)value;
	}
	return 0;
}

void ul_dgram_join_received(int fd)
{
	static const int on = 1;

	setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof(on));
}

void ul_dgram_set_df(int fd, enum ul_family family, bool df)
{
	int value;

	if (family == UL_V4) {
		value = df ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT;
		setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &value,
			   sizeof(value));
	} else {
		value = df ? IPV6_PMTUDISC_DO : IPV6_PMTUDISC_DONT;
		setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &value,
			   sizeof(value));
	}
}

int ul_dgram_set_options(int fd, enum ul_family family)
{
	static const int on = 1;

	if (family == UL_V4)
		setsockopt(fd, IPPROTO_IP, IP_RECVTOS, &on, sizeof(on));
	else
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, &on,
			   sizeof(on));
	return ul_recverr_enable(fd, family);
}
