/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * addr.h - IPv4 and IPv6 addresses, endpoints and prefixes
 *
 * One type for both families: an address is 16 bytes, IPv4 as ::ffff:a.b.c.d
 * (RFC 4291 2.5.5.2), so that keys hash and compare without a branch. The
 * mapped form is ours alone: no packet and no socket address may bring it in
 * as IPv6 (ul_addr_from_v6() keeps it apart by its family, see there).
 */
#ifndef UL_BASE_ADDR_H
#define UL_BASE_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#define UL_ADDR_STRLEN 48	/* longest text of an address, and its NUL */
#define UL_EP_STRLEN 56		/* "[address]:port" and its NUL */

enum ul_family {
	UL_V4 = 4,
	UL_V6 = 6,
};

struct ul_addr {
	uint8_t b[16];		/* network order; IPv4 in the last four */
};

/* An address and a port in host order. */
struct ul_ep {
	struct ul_addr addr;
	uint16_t port;
};

struct ul_prefix {
	struct ul_addr addr;	/* host bits are zero */
	uint8_t len;		/* of its own family: 0-32 or 0-128 */
};

static const uint8_t ul_addr_v4_head[12] = { [10] = 0xff, [11] = 0xff };

static inline struct ul_addr ul_addr_v4(uint32_t host_order)
{
	struct ul_addr a;

	memcpy(a.b, ul_addr_v4_head, 12);
	a.b[12] = (uint8_t)(host_order >> 24);
	a.b[13] = (uint8_t)(host_order >> 16);
	a.b[14] = (uint8_t)(host_order >> 8);
	a.b[15] = (uint8_t)host_order;
	return a;
}

static inline bool ul_addr_is_v4(const struct ul_addr *a)
{
	return !memcmp(a->b, ul_addr_v4_head, 12);
}

static inline enum ul_family ul_addr_family(const struct ul_addr *a)
{
	return ul_addr_is_v4(a) ? UL_V4 : UL_V6;
}

/* The IPv4 address in host order; only for ul_addr_is_v4(). */
static inline uint32_t ul_addr_to_v4(const struct ul_addr *a)
{
	return (uint32_t)a->b[12] << 24 | (uint32_t)a->b[13] << 16 |
	       (uint32_t)a->b[14] << 8 | a->b[15];
}

static inline bool ul_addr_eq(const struct ul_addr *a, const struct ul_addr *b)
{
	return !memcmp(a->b, b->b, 16);
}

static inline bool ul_ep_eq(const struct ul_ep *a, const struct ul_ep *b)
{
	return a->port == b->port && ul_addr_eq(&a->addr, &b->addr);
}

/* The raw bytes of @a in its own family: 4 or 16, *@len says which. */
static inline const uint8_t *ul_addr_bytes(const struct ul_addr *a, size_t *len)
{
	bool v4 = ul_addr_is_v4(a);

	*len = v4 ? 4 : 16;
	return v4 ? a->b + 12 : a->b;
}

/* 0.0.0.0 or ::. */
bool ul_addr_is_any(const struct ul_addr *a);
/* 127/8 or ::1. */
bool ul_addr_is_loopback(const struct ul_addr *a);
/* 224/4 or ff00::/8. */
bool ul_addr_is_multicast(const struct ul_addr *a);
/* 169.254/16 or fe80::/10. */
bool ul_addr_is_linklocal(const struct ul_addr *a);

/* Is @a inside @p? Never across families. */
bool ul_prefix_has(const struct ul_prefix *p, const struct ul_addr *a);
/* The last address of an IPv4 prefix; 255.255.255.255 is not special here. */
struct ul_addr ul_prefix_broadcast(const struct ul_prefix *p);
/* The prefix's address plus @n, e.g. the gateway of 10.0.2.0/24 with n = 2. */
struct ul_addr ul_prefix_nth(const struct ul_prefix *p, uint32_t n);

/*
 * Text to value. Accept exactly the whole string: "10.0.2.2", "fd00::2"
 * (an IPv6 zone and an IPv4-mapped IPv6 address are refused), "10.0.2.0/24"
 * (host bits must be zero). 0 or -EINVAL; *@out is written only on success.
 */
int ul_addr_parse(struct ul_addr *out, const char *text);
int ul_prefix_parse(struct ul_prefix *out, const char *text);

/* Value to text. Return @buf, always terminated. */
const char *ul_addr_str(const struct ul_addr *a, char buf[UL_ADDR_STRLEN]);
/* "10.0.2.15:80", "[fd00::2]:80". */
const char *ul_ep_str(const struct ul_ep *ep, char buf[UL_EP_STRLEN]);

/* To and from socket addresses. Returns the length used; @ss is zeroed. */
socklen_t ul_ep_to_sa(const struct ul_ep *ep, struct sockaddr_storage *ss);
/*
 * 0, or -EAFNOSUPPORT for another family. An IPv4-mapped AF_INET6 address is
 * -EAFNOSUPPORT too: every AF_INET6 socket of ours is IPV6_V6ONLY.
 */
int ul_ep_from_sa(struct ul_ep *out, const struct sockaddr *sa);

#endif
