/* SPDX-License-Identifier: BSD-3-Clause */
/* dgram_sock.c - what UDP and ping sockets carry besides the payload */
#include "flow/dgram_sock.h"

#include <netinet/in.h>
#include <string.h>

#include "flow/recverr.h"

static size_t put_int(char *at, int level, int type, int value)
{
	struct cmsghdr c = {
		.cmsg_len = CMSG_LEN(sizeof(value)),
		.cmsg_level = level,
		.cmsg_type = type,
	};

	memset(at, 0, CMSG_SPACE(sizeof(value)));
	memcpy(at, &c, sizeof(c));
	memcpy(at + CMSG_LEN(0), &value, sizeof(value));
	return CMSG_SPACE(sizeof(value));
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
