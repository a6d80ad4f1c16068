/* SPDX-License-Identifier: BSD-3-Clause */
/* special.c - addresses that are not just somebody's on the Internet */
#include "base/special.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define V4(a, b, c, d, l) \
	{ .addr = { { [10] = 0xff, [11] = 0xff, (a), (b), (c), (d) } }, \
	  .len = (l) }
#define V6(l, ...) { .addr = { { __VA_ARGS__ } }, .len = (l) }

/* The network's own prefixes come on top, where the network is known. */
static const struct ul_prefix never[] = {
	V4(0, 0, 0, 0, 8),		/* RFC 1122 3.2.1.3: this host */
	V4(127, 0, 0, 0, 8),		/* RFC 1122 3.2.1.3: loopback */
	V4(169, 254, 0, 0, 16),		/* RFC 3927; cloud metadata */
	V4(224, 0, 0, 0, 4),		/* RFC 5771: multicast */
	V4(240, 0, 0, 0, 4),		/* RFC 1112 4; limited broadcast */
	V6(128, 0),			/* RFC 4291 2.5.2: unspecified */
	V6(128, [15] = 1),		/* RFC 4291 2.5.3: loopback */
	V6(10, 0xfe, 0x80),		/* RFC 4291 2.5.6: link-local */
	V6(8, 0xff),			/* RFC 4291 2.7: multicast */
	V6(128, 0xfd, 0, 0x0e, 0xc2, [14] = 2, [15] = 0x54),	/* metadata */
};

/* Of these a rule may open one address that it names. */
static const struct ul_prefix nameable[] = {
	V4(169, 254, 0, 0, 16),
	V4(240, 0, 0, 0, 4),
	V6(128, 0xfd, 0, 0x0e, 0xc2, [14] = 2, [15] = 0x54),
};

static const struct ul_prefix private_nets[] = {
	V4(10, 0, 0, 0, 8),		/* RFC 1918 3 */
	V4(172, 16, 0, 0, 12),		/* RFC 1918 3 */
	V4(192, 168, 0, 0, 16),		/* RFC 1918 3 */
	V4(100, 64, 0, 0, 10),		/* RFC 6598 7: behind carriers' NAT */
	V4(192, 0, 0, 0, 24),		/* RFC 6890 2.2.2: protocols, DS-Lite */
	V4(198, 18, 0, 0, 15),		/* RFC 2544 C.2.2: benchmarks, labs */
	V6(7, 0xfc),			/* RFC 4193 3: unique local */
	V6(10, 0xfe, 0xc0),		/* RFC 3879 4: site-local, once */
	V6(48, 0, 0x64, 0xff, 0x9b, 0, 1),	/* RFC 8215 5: local NAT64 */
	V6(96, 0),			/* RFC 4291 2.5.5.1: IPv4-compatible */
};

/* These carry an address of IPv4 at that byte. */
static const struct {
	struct ul_prefix prefix;
	unsigned int at;
} carriers[] = {
	{ V6(96, 0, 0x64, 0xff, 0x9b), 12 },	/* RFC 6052 2.1: NAT64 */
	{ V6(16, 0x20, 0x02), 2 },		/* RFC 3056 2: 6to4 */
};

static bool is_in(const struct ul_prefix *list, size_t count,
		  const struct ul_addr *a)
{
	for (size_t i = 0; i < count; i++)
		if (ul_prefix_has(&list[i], a))
			return true;
	return false;
}

bool ul_special_is_never(const struct ul_addr *a)
{
	return is_in(never, COUNT(never), a);
}

bool ul_special_may_be_named(const struct ul_addr *a)
{
	if (ul_addr_is_v4(a) && ul_addr_to_v4(a) == INADDR_BROADCAST)
		return false;
	return is_in(nameable, COUNT(nameable), a);
}

bool ul_special_covers(const struct ul_prefix *p)
{
	for (size_t i = 0; i < COUNT(never); i++)
		if (p->len >= never[i].len &&
		    ul_prefix_has(&never[i], &p->addr))
			return true;
	return false;
}

bool ul_special_is_private(const struct ul_addr *a)
{
	struct ul_addr inner = ul_addr_v4(0);

	for (size_t i = 0; i < COUNT(carriers); i++) {
		if (!ul_prefix_has(&carriers[i].prefix, a))
			continue;
		memcpy(inner.b + 12, a->b + carriers[i].at, 4);
		return ul_special_is_never(&inner) ||
		       is_in(private_nets, COUNT(private_nets), &inner);
	}
	return is_in(private_nets, COUNT(private_nets), a);
}
