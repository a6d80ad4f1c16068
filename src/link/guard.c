/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guard.c - does a guest's frame claim what is not its own?
 *
 * Known ways around such guards that are closed here (RFC 7113, RFC 6980):
 * extension headers, neighbour discovery in fragments, a chain of headers
 * that goes on behind the first fragment or is too long to walk, priority
 * tags and 802.2 SNAP headers in front of the packet, and a checksum that is
 * left to us to fill in at a place where something else is.
 */
#include "link/guard.h"

#include <errno.h>
#include <string.h>

#include "wire/arp.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/nd.h"
#include "wire/pkt.h"
#include "wire/udp.h"

#define ETHERTYPE_CTAG 0x8100	/* IEEE 802.1Q */
#define ETHERTYPE_STAG 0x88a8
#define ETHERTYPE_QINQ 0x9100	/* from before there was a standard */
#define ETHERTYPE_MIN 0x600	/* below it is a length */
#define VLAN_MASK 0xfff
#define WRAPPERS_MAX 4

#define PORT_DHCP4_SERVER 67
#define UDP_CSUM 6		/* offsets in the header */
#define ICMP6_CSUM 2
#define DHCP4_CHADDR 28		/* RFC 2131 figure 1 */
#define PORT_DHCP4_CLIENT 68
#define PORT_DHCP6_CLIENT 546

#define ICMP6_MLD_REPORT 131
#define ICMP6_MLD_DONE 132
#define ICMP6_MLD2_REPORT 143

/* A frame and what is known of it; the facts as they hold for its VLAN. */
struct look {
	const struct ul_guard *guard;
	bool is_guarded, is_pinned;
	const uint8_t *mac;
};

static enum ul_guard_verdict refuse(const struct look *l)
{
	return l->is_pinned ? UL_GUARD_SPOOFED : UL_GUARD_CLAIMED;
}

/* What no receiver can read does no harm; a pin wants to know all. */
static enum ul_guard_verdict unreadable(const struct look *l)
{
	return l->is_pinned ? UL_GUARD_SPOOFED : UL_GUARD_PASS;
}

static bool is_routers(const struct look *l, const struct ul_addr *addr)
{
	if (!l->is_guarded)
		return false;
	for (unsigned int i = 0; i < l->guard->router_addr_count; i++)
		if (ul_addr_eq(addr, &l->guard->router_addrs[i]))
			return true;
	return false;
}

/* It says that @addr is at its MAC. */
static enum ul_guard_verdict claim(const struct look *l,
				   const struct ul_addr *addr)
{
	enum ul_whose w;

	if (is_routers(l, addr))
		return UL_GUARD_CLAIMED;
	w = l->guard->whose(l->mac, addr, l->guard->arg);
	if (l->is_pinned)
		return w == UL_WHOSE_OWN ? UL_GUARD_PASS : UL_GUARD_SPOOFED;
	return w == UL_WHOSE_OTHERS ? UL_GUARD_CLAIMED : UL_GUARD_PASS;
}

/* It sends from @addr, perhaps for somebody else: a guest may forward. */
static enum ul_guard_verdict send_from(const struct look *l,
				       const struct ul_addr *addr)
{
	if (l->is_pinned)
		return claim(l, addr);
	return is_routers(l, addr) ? UL_GUARD_CLAIMED : UL_GUARD_PASS;
}

/* A link-layer address that it names must be its own. */
static bool names_another_mac(const struct look *l, bool has_mac,
			      const uint8_t mac[6])
{
	return l->is_pinned && has_mac && memcmp(mac, l->mac, 6);
}

static enum ul_guard_verdict look_at_arp(const struct look *l,
					 struct ul_rd *r)
{
	struct ul_arp arp;

	if (ul_arp_parse(&arp, r) < 0)
		return unreadable(l);
	if (names_another_mac(l, true, arp.sha))
		return UL_GUARD_SPOOFED;
	/* Asking before it uses an address: RFC 5227 2.1.1. */
	if (ul_addr_is_any(&arp.spa))
		return UL_GUARD_PASS;
	return claim(l, &arp.spa);
}

/* The destination port of UDP; 0, which is nobody's, when it is cut off. */
static uint16_t udp_port(const uint8_t *l4, size_t len)
{
	struct ul_rd r = ul_rd_new(l4, len);

	ul_rd_skip(&r, 2);
	return ul_rd_u16(&r);
}

/* Does this request to a DHCP server ask for the sender's own MAC? */
static bool asks_for_itself(const struct look *l, const uint8_t *l4, size_t len)
{
	struct ul_rd r = ul_rd_new(l4, len);
	uint8_t mac[6];

	ul_rd_skip(&r, UL_UDP_HLEN + DHCP4_CHADDR);
	ul_rd_bytes(&r, mac, 6);
	return !r.bad && !memcmp(mac, l->mac, 6);
}

/* UDP from the first byte of its header on. */
static enum ul_guard_verdict look_at_udp4(const struct look *l,
					  const struct ul_ip4 *ip,
					  const uint8_t *l4)
{
	size_t len = ip->total_len - (size_t)ip->hdr_len;
	uint16_t port = udp_port(l4, len);

	if (!port || port == PORT_DHCP4_CLIENT)
		return refuse(l);
	if (port != PORT_DHCP4_SERVER || !l->is_pinned)
		return send_from(l, &ip->src);
	if (!asks_for_itself(l, l4, len))
		return UL_GUARD_SPOOFED;
	return ul_addr_is_any(&ip->src) ? UL_GUARD_PASS
					: send_from(l, &ip->src);
}

static enum ul_guard_verdict look_at_ip4(const struct look *l,
					 struct ul_rd *r)
{
	size_t len = r->left;
	const uint8_t *data = ul_rd_take(r, len);
	struct ul_ip4 ip;

	if (ul_ip4_parse(&ip, data, len) < 0)
		return unreadable(l);
	if (ip.proto == UL_IPPROTO_UDP && !ip.frag_offset)
		return look_at_udp4(l, &ip, data + ip.hdr_len);
	return send_from(l, &ip.src);
}

static enum ul_guard_verdict look_at_nd(const struct look *l,
					const struct ul_ip6 *ip,
					const uint8_t *msg, size_t len)
{
	struct ul_nd nd;

	if (ul_nd_parse(&nd, msg, len) < 0)
		return unreadable(l);
	if (names_another_mac(l, nd.has_lladdr, nd.lladdr))
		return UL_GUARD_SPOOFED;
	if (nd.type == UL_ICMP6_NA)
		return claim(l, &nd.target);
	/* Duplicate address detection: it asks, and names no MAC. */
	if (ul_addr_is_any(&ip->src))
		return nd.has_lladdr ? unreadable(l) : UL_GUARD_PASS;
	return claim(l, &ip->src);
}

/* What may be sent from ::, RFC 4861 4.1 and 4.3, RFC 3590. */
static bool may_come_from_any(uint8_t type)
{
	return type == UL_ICMP6_NS || type == UL_ICMP6_RS ||
	       type == ICMP6_MLD_REPORT || type == ICMP6_MLD_DONE ||
	       type == ICMP6_MLD2_REPORT;
}

static bool is_discovery(uint8_t type)
{
	return type >= UL_ICMP6_RS && type <= UL_ICMP6_REDIRECT;
}

static enum ul_guard_verdict look_at_icmp6(const struct look *l,
					   const struct ul_ip6 *ip,
					   const struct ul_ip6_chain *c,
					   const uint8_t *msg, size_t len)
{
	struct ul_rd r = ul_rd_new(msg, len);
	uint8_t type = ul_rd_u8(&r);

	/* RFC 6980: no receiver should take it from fragments; some do. */
	if (r.bad || (c->has_frag && is_discovery(type)))
		return refuse(l);
	if (type == UL_ICMP6_RA || type == UL_ICMP6_REDIRECT)
		return refuse(l);
	if (l->is_pinned && ul_addr_is_any(&ip->src) &&
	    !may_come_from_any(type))
		return UL_GUARD_SPOOFED;
	if (type == UL_ICMP6_NS || type == UL_ICMP6_NA)
		return look_at_nd(l, ip, msg, len);
	return UL_GUARD_PASS;
}

/* May the headers go on behind the fragment that we see? */
static bool is_extension(uint8_t proto)
{
	switch (proto) {
	case 0:			/* hop by hop */
	case 43:		/* routing */
	case UL_IP6_NEXT_FRAGMENT:
	case 51:		/* AH */
	case 60:		/* destination options */
	case 135:		/* mobility */
	case 139:		/* HIP */
	case 140:		/* shim6 */
		return true;
	}
	return false;
}

static enum ul_guard_verdict look_at_l4(const struct look *l,
					const struct ul_ip6 *ip,
					const struct ul_ip6_chain *c,
					const uint8_t *data)
{
	const uint8_t *l4 = data + c->l4_off;
	size_t len = UL_IP6_HLEN + (size_t)ip->payload_len - c->l4_off;
	bool is_any = ul_addr_is_any(&ip->src);

	if (c->has_frag && c->frag_offset)
		return is_any ? unreadable(l) : UL_GUARD_PASS;
	if (c->has_frag && is_extension(c->proto))
		return refuse(l);
	if (c->proto == UL_IPPROTO_ICMP6)
		return look_at_icmp6(l, ip, c, l4, len);
	if (c->proto == UL_IPPROTO_UDP) {
		uint16_t port = udp_port(l4, len);

		if (!port || port == PORT_DHCP6_CLIENT)
			return refuse(l);
	}
	return is_any ? unreadable(l) : UL_GUARD_PASS;
}

static enum ul_guard_verdict look_at_ip6(const struct look *l,
					 struct ul_rd *r)
{
	size_t len = r->left;
	const uint8_t *data = ul_rd_take(r, len);
	enum ul_guard_verdict verdict = UL_GUARD_PASS;
	struct ul_ip6_chain chain;
	struct ul_ip6 ip;
	int ret = ul_ip6_parse(&ip, data, len);

	/* An IPv4 address in IPv6's clothes is on no wire by right. */
	if (ret < 0)
		return ret == -EPROTO ? refuse(l) : unreadable(l);
	ret = ul_ip6_walk(&chain, &ip, data);
	if (ret == -EBADMSG)
		return refuse(l);
	if (!ul_addr_is_any(&ip.src))
		verdict = send_from(l, &ip.src);
	/* With a stop on its way it is no discovery: a hop is counted. */
	if (verdict != UL_GUARD_PASS || ret < 0)
		return verdict;
	return look_at_l4(l, &ip, &chain, data);
}

/* The type behind an 802.2 SNAP header of Ethernet's; 0 when it is none. */
static uint16_t snap_type(struct ul_rd *r)
{
	static const uint8_t rfc1042[6] = { 0xaa, 0xaa, 3, 0, 0, 0 };
	static const uint8_t bridged[6] = { 0xaa, 0xaa, 3, 0, 0, 0xf8 };
	uint8_t llc[6];

	ul_rd_bytes(r, llc, sizeof(llc));
	if (memcmp(llc, rfc1042, 6) && memcmp(llc, bridged, 6))
		return 0;
	return ul_rd_u16(r);
}

static bool is_tag(uint16_t type)
{
	return type == ETHERTYPE_CTAG || type == ETHERTYPE_STAG ||
	       type == ETHERTYPE_QINQ;
}

/*
 * Pass over what is in front of the packet: *@type is the packet's then. A
 * VLAN takes the frame out of the router's network. False: too deep.
 */
static bool unwrap(struct look *l, struct ul_rd *r, uint16_t *type)
{
	for (int i = 0; i < WRAPPERS_MAX; i++) {
		if (is_tag(*type)) {
			if (ul_rd_u16(r) & VLAN_MASK)
				l->is_guarded = false;
			*type = ul_rd_u16(r);
		} else if (*type < ETHERTYPE_MIN) {
			*type = snap_type(r);
			if (!*type)
				return true;
		} else {
			return true;
		}
	}
	return !is_tag(*type) && *type >= ETHERTYPE_MIN;
}

enum ul_guard_verdict ul_guard_check(const struct ul_guard *guard,
				     const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);
	struct look l = {
		.guard = guard, .is_guarded = guard->is_guarded,
		.is_pinned = guard->is_pinned,
	};
	bool is_unwrapped;
	struct ul_eth eth;

	if (ul_eth_parse(&eth, &r) < 0)
		return unreadable(&l);
	l.mac = eth.src;
	is_unwrapped = unwrap(&l, &r, &eth.type);
	if (!l.is_guarded && !l.is_pinned)
		return UL_GUARD_PASS;
	if (!is_unwrapped)
		return refuse(&l);
	if (r.bad)
		return unreadable(&l);
	switch (eth.type) {
	case UL_ETHERTYPE_ARP:
		return look_at_arp(&l, &r);
	case UL_ETHERTYPE_IPV4:
		return look_at_ip4(&l, &r);
	case UL_ETHERTYPE_IPV6:
		return look_at_ip6(&l, &r);
	}
	return UL_GUARD_PASS;
}

/* The sum's own place, or behind all that is read of these. */
static bool is_beside(uint8_t proto, size_t at, size_t l4_off)
{
	switch (proto) {
	case UL_IPPROTO_UDP:
		return at == l4_off + UDP_CSUM ||
		       at >= l4_off + UL_UDP_HLEN + DHCP4_CHADDR + 6;
	case UL_IPPROTO_ICMP6:
		return at == l4_off + ICMP6_CSUM;
	}
	return at >= l4_off;
}

static bool is_beside_ip6(const uint8_t *data, size_t len, size_t at,
			  size_t l3_off)
{
	struct ul_ip6_chain chain;
	struct ul_ip6 ip;

	return ul_ip6_parse(&ip, data, len) == 0 &&
	       ul_ip6_walk(&chain, &ip, data) == 0 &&
	       is_beside(chain.proto, at, l3_off + chain.l4_off);
}

bool ul_guard_is_beside(const uint8_t *data, size_t len, size_t at)
{
	struct ul_rd r = ul_rd_new(data, len);
	struct look l = { 0 };
	struct ul_eth eth;
	struct ul_ip4 ip;
	size_t l3_off;

	if (ul_eth_parse(&eth, &r) < 0 || !unwrap(&l, &r, &eth.type) || r.bad)
		return false;
	l3_off = len - r.left;
	switch (eth.type) {
	case UL_ETHERTYPE_IPV4:
		return ul_ip4_parse(&ip, r.p, r.left) == 0 &&
		       is_beside(ip.proto, at, l3_off + ip.hdr_len);
	case UL_ETHERTYPE_IPV6:
		return is_beside_ip6(r.p, r.left, at, l3_off);
	}
	return false;
}
