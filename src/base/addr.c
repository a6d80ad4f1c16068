/* SPDX-License-Identifier: BSD-3-Clause */
/* addr.c - IPv4 and IPv6 addresses, endpoints and prefixes */
#include "base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Bits of the common 16-byte form that a prefix of @len covers. */
static unsigned int common_bits(const struct ul_prefix *p)
{
	return ul_addr_is_v4(&p->addr) ? 96u + p->len : p->len;
}

static bool bits_equal(const uint8_t *a, const uint8_t *b, unsigned int bits)
{
	unsigned int whole = bits / 8, rest = bits % 8;
	uint8_t mask = (uint8_t)(0xff00 >> rest);

	if (memcmp(a, b, whole))
		return false;
	return !rest || !((a[whole] ^ b[whole]) & mask);
}

bool ul_addr_is_any(const struct ul_addr *a)
{
	static const uint8_t zero[16];

	if (ul_addr_is_v4(a))
		return ul_addr_to_v4(a) == 0;
	return !memcmp(a->b, zero, 16);
}

bool ul_addr_is_loopback(const struct ul_addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (ul_addr_is_v4(a))
		return a->b[12] == 127;
	return !memcmp(a->b, one, 16);
}

bool ul_addr_is_multicast(const struct ul_addr *a)
{
	if (ul_addr_is_v4(a))
		return (a->b[12] & 0xf0) == 0xe0;
	return a->b[0] == 0xff;
}

bool ul_addr_is_linklocal(const struct ul_addr *a)
{
	if (ul_addr_is_v4(a))
		return a->b[12] == 169 && a->b[13] == 254;
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

bool ul_prefix_has(const struct ul_prefix *p, const struct ul_addr *a)
{
	if (ul_addr_is_v4(&p->addr) != ul_addr_is_v4(a))
		return false;
	return bits_equal(p->addr.b, a->b, common_bits(p));
}

struct ul_addr ul_prefix_broadcast(const struct ul_prefix *p)
{
	uint32_t host = p->len >= 32 ? 0 : UINT32_MAX >> p->len;

	return ul_addr_v4(ul_addr_to_v4(&p->addr) | host);
}

struct ul_addr ul_prefix_nth(const struct ul_prefix *p, uint32_t n)
{
	struct ul_addr a = p->addr;

	for (int i = 15; i >= 0 && n; i--) {
		n += a.b[i];
		a.b[i] = (uint8_t)n;
		n >>= 8;
	}
	return a;
}

int ul_addr_parse(struct ul_addr *out, const char *text)
{
	struct ul_addr a;
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1) {
		*out = ul_addr_v4(ntohl(v4.s_addr));
		return 0;
	}
	if (inet_pton(AF_INET6, text, a.b) != 1 || ul_addr_is_v4(&a))
		return -EINVAL;
	*out = a;
	return 0;
}

int ul_prefix_parse(struct ul_prefix *out, const char *text)
{
	const char *slash = strchr(text, '/');
	char head[UL_ADDR_STRLEN];
	struct ul_prefix p;
	struct ul_prefix zero;
	char *end;
	unsigned long len;

	if (!slash || (size_t)(slash - text) >= sizeof(head))
		return -EINVAL;
	memcpy(head, text, (size_t)(slash - text));
	head[slash - text] = '\0';
	if (ul_addr_parse(&p.addr, head) < 0)
		return -EINVAL;
	if (slash[1] < '0' || slash[1] > '9')
		return -EINVAL;
	len = strtoul(slash + 1, &end, 10);
	if (*end || len > (ul_addr_is_v4(&p.addr) ? 32u : 128u))
		return -EINVAL;
	p.len = (uint8_t)len;

	zero = p;
	for (unsigned int bit = common_bits(&p); bit < 128; bit++)
		zero.addr.b[bit / 8] &= (uint8_t)~(0x80 >> bit % 8);
	if (!ul_addr_eq(&zero.addr, &p.addr))
		return -EINVAL;
	*out = p;
	return 0;
}

const char *ul_addr_str(const struct ul_addr *a, char buf[UL_ADDR_STRLEN])
{
	if (ul_addr_is_v4(a))
		inet_ntop(AF_INET, a->b + 12, buf, UL_ADDR_STRLEN);
	else
		inet_ntop(AF_INET6, a->b, buf, UL_ADDR_STRLEN);
	return buf;
}

const char *ul_ep_str(const struct ul_ep *ep, char buf[UL_EP_STRLEN])
{
	char addr[UL_ADDR_STRLEN];

	ul_addr_str(&ep->addr, addr);
	if (ul_addr_is_v4(&ep->addr))
		snprintf(buf, UL_EP_STRLEN, "%s:%u", addr, ep->port);
	else
		snprintf(buf, UL_EP_STRLEN, "[%s]:%u", addr, ep->port);
	return buf;
}

socklen_t ul_ep_to_sa(const struct ul_ep *ep, struct sockaddr_storage *ss)
{
	memset(ss, 0, sizeof(*ss));
	if (ul_addr_is_v4(&ep->addr)) {
		struct sockaddr_in *sin = (struct sockaddr_in *)ss;

		sin->sin_family = AF_INET;
		sin->sin_port = htons(ep->port);
		memcpy(&sin->sin_addr, ep->addr.b + 12, 4);
		return sizeof(*sin);
	}
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)ss;

	sin6->sin6_family = AF_INET6;
	sin6->sin6_port = htons(ep->port);
	memcpy(&sin6->sin6_addr, ep->addr.b, 16);
	return sizeof(*sin6);
}

int ul_ep_from_sa(struct ul_ep *out, const struct sockaddr *sa)
{
	struct ul_ep ep;

	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *sin = (const struct sockaddr_in *)sa;

		ep.addr = ul_addr_v4(ntohl(sin->sin_addr.s_addr));
		ep.port = ntohs(sin->sin_port);
		*out = ep;
		return 0;
	}
	if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *sin6 =
			(const struct sockaddr_in6 *)sa;

		memcpy(ep.addr.b, &sin6->sin6_addr, 16);
		if (ul_addr_is_v4(&ep.addr))
			return -EAFNOSUPPORT;
		ep.port = ntohs(sin6->sin6_port);
		*out = ep;
		return 0;
	}
	return -EAFNOSUPPORT;
}
