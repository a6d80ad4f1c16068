/* SPDX-License-Identifier: BSD-3-Clause */
/* test_guard.c - does a guest's frame claim what is not its own? */
#include "harness.h"
#include "link/guard.h"
#include "wire/arp.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/nd.h"
#include "wire/pkt.h"
#include "wire/udp.h"

/* Verdicts with the guard alone, a pin alone, and both. */
#define PASS UL_GUARD_PASS
#define SPOOF UL_GUARD_SPOOFED
#define CLAIM UL_GUARD_CLAIMED

static const uint8_t me[6] = { 0x52, 0x54, 0, 0, 0, 0x15 };
static const uint8_t other[6] = { 0x52, 0x54, 0, 0, 0, 0x16 };

/* 10.0.2.n and fd00::n: 2 is the router's, 15 mine, 16 another's. */
static struct ul_addr v4(uint8_t n)
{
	return ul_addr_v4(0x0a000200u | n);
}

static struct ul_addr v6(uint8_t n)
{
	return (struct ul_addr){ .b = { 0xfd, [15] = n } };
}

static const struct ul_addr any4 = { .b = { [10] = 0xff, 0xff } };
static const struct ul_addr any6;

static enum ul_whose whose(const uint8_t mac[6], const struct ul_addr *addr,
			   void *arg)
{
	ck_assert_ptr_eq(arg, &any4);
	ck_assert_mem_eq(mac, me, 6);
	if (addr->b[15] == 15)
		return UL_WHOSE_OWN;
	return addr->b[15] == 16 ? UL_WHOSE_OTHERS : UL_WHOSE_UNKNOWN;
}

static uint8_t frame[2048];
static struct ul_wr w;

static enum ul_guard_verdict verdict(size_t len, bool is_guarded,
				     bool is_pinned)
{
	struct ul_addr routers[2] = { v4(2), v6(2) };
	struct ul_guard g = {
		.is_guarded = is_guarded, .is_pinned = is_pinned,
		.router_addrs = routers, .router_addr_count = 2,
		.whose = whose, .arg = (void *)&any4,
	};
	uint8_t *copy = exact_copy(frame, len);
	enum ul_guard_verdict v = ul_guard_check(&g, copy, len);

	free(copy);
	return v;
}

/*
 * The verdicts on the frame that was written; cut off anywhere it is read no
 * further, and what a pin does not pass whole it passes in no part either.
 */
static void expect(enum ul_guard_verdict guarded, enum ul_guard_verdict pinned,
		   enum ul_guard_verdict both)
{
	ck_assert(!w.bad);
	ck_assert_int_eq(verdict(w.len, false, false), PASS);
	ck_assert_int_eq(verdict(w.len, true, false), guarded);
	ck_assert_int_eq(verdict(w.len, false, true), pinned);
	ck_assert_int_eq(verdict(w.len, true, true), both);
	for (size_t len = 0; len < w.len; len++) {
		verdict(len, true, false);
		if (pinned != PASS)
			ck_assert_int_ne(verdict(len, false, true), PASS);
	}
}

static void start(uint16_t type)
{
	struct ul_eth eth = { .dst = { 0xff }, .type = type };

	memcpy(eth.src, me, 6);
	w = ul_wr_new(frame, sizeof(frame));
	ul_eth_emit(&w, &eth);
}

/* ---- ARP ---- */

static void arp(const uint8_t sha[6], struct ul_addr spa)
{
	struct ul_arp a = { .op = UL_ARP_REPLY, .spa = spa, .tpa = v4(2) };

	memcpy(a.sha, sha, 6);
	start(UL_ETHERTYPE_ARP);
	ul_arp_emit(&w, &a);
}

START_TEST(arp_claims)
{
	arp(me, v4(15));
	expect(PASS, PASS, PASS);
	arp(me, v4(99));
	expect(PASS, SPOOF, SPOOF);
	arp(me, v4(16));
	expect(CLAIM, SPOOF, SPOOF);
	arp(me, v4(2));
	expect(CLAIM, SPOOF, CLAIM);
	arp(me, any4);		/* a probe */
	expect(PASS, PASS, PASS);
	arp(other, v4(15));
	expect(PASS, SPOOF, SPOOF);
	arp(other, any4);
	expect(PASS, SPOOF, SPOOF);
	arp(me, v4(15));
	frame[14] = 7;		/* another hardware */
	expect(PASS, SPOOF, SPOOF);
}
END_TEST

/* ---- IPv4 ---- */

static void ip4(struct ul_addr src, uint8_t proto, const void *l4, size_t len,
		uint16_t frag_offset, bool mf)
{
	struct ul_ip4 ip = {
		.src = src, .dst = v4(16), .proto = proto, .ttl = 64,
		.frag_offset = frag_offset, .mf = mf,
		.total_len = (uint16_t)(UL_IP4_HLEN + len),
	};

	start(UL_ETHERTYPE_IPV4);
	ul_ip4_emit(&w, &ip);
	ul_wr_bytes(&w, l4, len);
}

static void udp4(struct ul_addr src, uint16_t sport, uint16_t dport)
{
	uint8_t l4[UL_UDP_HLEN + 300] = {
		(uint8_t)(sport >> 8), (uint8_t)sport,
		(uint8_t)(dport >> 8), (uint8_t)dport,
	};

	memcpy(l4 + UL_UDP_HLEN + 28, me, 6);
	ip4(src, UL_IPPROTO_UDP, l4, sizeof(l4), 0, false);
}

START_TEST(ip4_sources)
{
	uint8_t tcp[20] = { 0 };

	ip4(v4(15), UL_IPPROTO_TCP, tcp, sizeof(tcp), 0, false);
	expect(PASS, PASS, PASS);
	/* A guest may forward for others, but not answer for the router. */
	ip4(v4(16), UL_IPPROTO_TCP, tcp, sizeof(tcp), 0, false);
	expect(PASS, SPOOF, SPOOF);
	ip4(v4(99), UL_IPPROTO_TCP, tcp, sizeof(tcp), 0, false);
	expect(PASS, SPOOF, SPOOF);
	ip4(v4(2), UL_IPPROTO_TCP, tcp, sizeof(tcp), 0, false);
	expect(CLAIM, SPOOF, CLAIM);
	ip4(any4, UL_IPPROTO_TCP, tcp, sizeof(tcp), 0, false);
	expect(PASS, SPOOF, SPOOF);
	udp4(v4(2), 53, 40000);
	expect(CLAIM, SPOOF, CLAIM);
	udp4(v4(15), 53, 40000);
	expect(PASS, PASS, PASS);
	udp4(any4, 68, 69);
	expect(PASS, SPOOF, SPOOF);
	/* What no receiver can read. */
	ip4(v4(15), UL_IPPROTO_TCP, tcp, sizeof(tcp), 0, false);
	frame[14 + 10] ^= 1;
	expect(PASS, SPOOF, SPOOF);
}
END_TEST

START_TEST(dhcp4_is_the_routers)
{
	udp4(any4, 68, 67);
	expect(PASS, PASS, PASS);
	udp4(v4(15), 68, 67);
	expect(PASS, PASS, PASS);
	udp4(v4(16), 68, 67);
	expect(PASS, SPOOF, SPOOF);
	udp4(v4(15), 67, 68);
	expect(CLAIM, SPOOF, SPOOF);
	udp4(v4(15), 4011, 68);
	expect(CLAIM, SPOOF, SPOOF);
	/* For another's MAC. */
	udp4(any4, 68, 67);
	memcpy(frame + 14 + 20 + 8 + 28, other, 6);
	expect(PASS, SPOOF, SPOOF);
}
END_TEST

START_TEST(dhcp4_in_fragments)
{
	static const uint8_t reply[8] = { 0, 67, 0, 68, 1, 44 };

	ip4(v4(15), UL_IPPROTO_UDP, reply, 8, 0, true);
	expect(CLAIM, SPOOF, SPOOF);
	ip4(v4(15), UL_IPPROTO_UDP, reply, 3, 0, true);
	expect(CLAIM, SPOOF, SPOOF);
	ip4(v4(15), UL_IPPROTO_UDP, reply, 8, 8, false);
	expect(PASS, PASS, PASS);
	ip4(v4(16), UL_IPPROTO_UDP, reply, 8, 8, false);
	expect(PASS, SPOOF, SPOOF);
}
END_TEST

/* ---- IPv6 ---- */

static void ip6(struct ul_addr src, uint8_t next, const void *payload,
		size_t len)
{
	struct ul_ip6 ip = {
		.src = src, .dst = v6(16), .next = next, .hop_limit = 255,
		.payload_len = (uint16_t)len,
	};

	start(UL_ETHERTYPE_IPV6);
	ul_ip6_emit(&w, &ip);
	ul_wr_bytes(&w, payload, len);
}

static void icmp6(struct ul_addr src, uint8_t type)
{
	uint8_t msg[16] = { type };

	ip6(src, UL_IPPROTO_ICMP6, msg, sizeof(msg));
}

/* NS or NA; @mac NULL: without its option. */
static size_t nd_msg(uint8_t msg[32], uint8_t type, struct ul_addr target,
		     const uint8_t *mac)
{
	struct ul_nd nd = { .type = type, .target = target };
	struct ul_wr m = ul_wr_new(msg, 32);

	if (mac)
		memcpy(nd.lladdr, mac, 6);
	ul_nd_emit(&m, &nd, &target, &target);
	return mac ? 32 : 24;
}

static void nd(struct ul_addr src, uint8_t type, struct ul_addr target,
	       const uint8_t *mac)
{
	uint8_t msg[32];

	ip6(src, UL_IPPROTO_ICMP6, msg, nd_msg(msg, type, target, mac));
}

START_TEST(ip6_sources)
{
	icmp6(v6(15), UL_ICMP6_ECHO);
	expect(PASS, PASS, PASS);
	icmp6(v6(16), UL_ICMP6_ECHO);
	expect(PASS, SPOOF, SPOOF);
	icmp6(v6(2), UL_ICMP6_ECHO);
	expect(CLAIM, SPOOF, CLAIM);
	icmp6(any6, UL_ICMP6_ECHO);
	expect(PASS, SPOOF, SPOOF);
	ip6(any6, UL_IPPROTO_TCP, frame, 20);
	expect(PASS, SPOOF, SPOOF);
	ip6(v6(15), UL_IPPROTO_TCP, frame, 20);
	expect(PASS, PASS, PASS);
	ip6(v4(15), UL_IPPROTO_TCP, frame, 20);	/* mapped */
	expect(CLAIM, SPOOF, SPOOF);
	ip6(v6(15), UL_IPPROTO_TCP, frame, 20);
	frame[14] = 0x50;	/* version 5 */
	expect(PASS, SPOOF, SPOOF);
}
END_TEST

START_TEST(neighbour_claims)
{
	nd(v6(15), UL_ICMP6_NS, v6(2), me);
	expect(PASS, PASS, PASS);
	nd(v6(16), UL_ICMP6_NS, v6(15), me);
	expect(CLAIM, SPOOF, SPOOF);
	nd(v6(99), UL_ICMP6_NS, v6(15), me);
	expect(PASS, SPOOF, SPOOF);
	nd(v6(2), UL_ICMP6_NS, v6(15), me);
	expect(CLAIM, SPOOF, CLAIM);
	nd(v6(15), UL_ICMP6_NS, v6(2), other);
	expect(PASS, SPOOF, SPOOF);
	nd(v6(15), UL_ICMP6_NS, v6(2), NULL);
	expect(PASS, PASS, PASS);

	nd(v6(15), UL_ICMP6_NA, v6(15), me);
	expect(PASS, PASS, PASS);
	nd(v6(15), UL_ICMP6_NA, v6(2), me);
	expect(CLAIM, SPOOF, CLAIM);
	nd(v6(15), UL_ICMP6_NA, v6(16), me);
	expect(CLAIM, SPOOF, SPOOF);
	nd(v6(15), UL_ICMP6_NA, v6(99), me);
	expect(PASS, SPOOF, SPOOF);
	nd(v6(15), UL_ICMP6_NA, v6(15), other);
	expect(PASS, SPOOF, SPOOF);
	nd(v6(15), UL_ICMP6_NA, v6(15), NULL);
	expect(PASS, PASS, PASS);
	nd(v6(15), UL_ICMP6_NA, v6(15), me);
	frame[14 + 40 + 1] = 1;		/* a code that there is not */
	expect(PASS, SPOOF, SPOOF);
}
END_TEST

START_TEST(from_nowhere)
{
	nd(any6, UL_ICMP6_NS, v6(15), NULL);
	expect(PASS, PASS, PASS);
	nd(any6, UL_ICMP6_NS, v6(99), NULL);	/* it asks whether it is free */
	expect(PASS, PASS, PASS);
	nd(any6, UL_ICMP6_NS, v6(15), me);	/* RFC 4861 4.3 forbids it */
	expect(PASS, SPOOF, SPOOF);
	nd(any6, UL_ICMP6_NA, v6(15), me);
	expect(PASS, SPOOF, SPOOF);
	icmp6(any6, UL_ICMP6_RS);
	expect(PASS, PASS, PASS);
	icmp6(any6, 143);
	expect(PASS, PASS, PASS);
}
END_TEST

START_TEST(routers_words)
{
	icmp6(v6(15), UL_ICMP6_RS);
	expect(PASS, PASS, PASS);
	icmp6(v6(15), UL_ICMP6_RA);
	expect(CLAIM, SPOOF, SPOOF);
	icmp6(v6(15), UL_ICMP6_REDIRECT);
	expect(CLAIM, SPOOF, SPOOF);
	icmp6(v6(2), UL_ICMP6_RA);
	expect(CLAIM, SPOOF, CLAIM);
	ip6(v6(15), UL_IPPROTO_UDP, (uint8_t[]){ 2, 35, 2, 34, 0, 8, 0, 0 }, 8);
	expect(CLAIM, SPOOF, SPOOF);	/* 547 to 546: DHCPv6 */
	ip6(v6(15), UL_IPPROTO_UDP, (uint8_t[]){ 2, 34, 2, 35, 0, 8, 0, 0 }, 8);
	expect(PASS, PASS, PASS);
	ip6(v6(15), UL_IPPROTO_UDP, (uint8_t[]){ 2, 34, 2 }, 3);
	expect(CLAIM, SPOOF, SPOOF);
}
END_TEST

/* ---- ways around ---- */

/* @count extension headers of 8 bytes, then a router advertisement. */
static void behind(uint8_t first, int count, uint8_t segments_left)
{
	uint8_t p[200] = { 0 };

	for (int i = 0; i < count; i++) {
		p[i * 8] = i + 1 < count ? 60 : UL_IPPROTO_ICMP6;
		p[i * 8 + 3] = first == 43 && !i ? segments_left : 0;
	}
	p[count * 8] = UL_ICMP6_RA;
	ip6(v6(15), first, p, (size_t)count * 8 + 16);
}

START_TEST(behind_extension_headers)
{
	behind(60, 1, 0);
	expect(CLAIM, SPOOF, SPOOF);
	behind(0, 8, 0);
	expect(CLAIM, SPOOF, SPOOF);
	behind(60, 9, 0);		/* more than are walked */
	expect(CLAIM, SPOOF, SPOOF);
	behind(43, 1, 0);
	expect(CLAIM, SPOOF, SPOOF);
	/* Not at its end yet: no receiver takes it for discovery. */
	behind(43, 1, 1);
	expect(PASS, PASS, PASS);
}
END_TEST

/* A fragment: @next, its offset and whether there is more. */
static void fragment(struct ul_addr src, uint8_t next, uint16_t offset,
		     uint8_t type, size_t len)
{
	uint8_t p[64] = { next, 0, (uint8_t)(offset >> 8),
			  (uint8_t)(offset | 1), [8] = type };

	ip6(src, UL_IP6_NEXT_FRAGMENT, p, len);
}

START_TEST(in_fragments)
{
	fragment(v6(15), UL_IPPROTO_ICMP6, 0, UL_ICMP6_RA, 40);
	expect(CLAIM, SPOOF, SPOOF);
	fragment(v6(15), UL_IPPROTO_ICMP6, 0, UL_ICMP6_NS, 40);
	expect(CLAIM, SPOOF, SPOOF);
	fragment(v6(15), UL_IPPROTO_ICMP6, 0, UL_ICMP6_ECHO, 40);
	expect(PASS, PASS, PASS);
	fragment(v6(15), UL_IPPROTO_ICMP6, 0, 0, 8);
	expect(CLAIM, SPOOF, SPOOF);
	fragment(v6(15), 60, 0, UL_IPPROTO_ICMP6, 16);	/* more is to come */
	expect(CLAIM, SPOOF, SPOOF);
	fragment(v6(15), UL_IPPROTO_ICMP6, 8, UL_ICMP6_RA, 40);
	expect(PASS, PASS, PASS);
	fragment(any6, UL_IPPROTO_ICMP6, 8, UL_ICMP6_RA, 40);
	expect(PASS, SPOOF, SPOOF);
	fragment(v6(16), UL_IPPROTO_ICMP6, 8, UL_ICMP6_ECHO, 40);
	expect(PASS, SPOOF, SPOOF);
}
END_TEST

/* Put @len bytes between the MACs and the type. */
static void wrap(const void *bytes, size_t len)
{
	memmove(frame + 12 + len, frame + 12, w.len - 12);
	memcpy(frame + 12, bytes, len);
	w.len += len;
}

START_TEST(behind_tags)
{
	static const uint8_t prio[4] = { 0x81, 0, 0xe0, 0 };
	static const uint8_t vlan[4] = { 0x81, 0, 0, 5 };
	static const uint8_t stag[4] = { 0x88, 0xa8, 0, 0 };

	/* A VLAN is another network; the pin holds there too. */
	icmp6(v6(15), UL_ICMP6_RA);
	wrap(vlan, 4);
	expect(PASS, SPOOF, SPOOF);
	arp(me, v4(2));
	wrap(vlan, 4);
	expect(PASS, SPOOF, SPOOF);
	arp(me, v4(15));
	wrap(vlan, 4);
	wrap(stag, 4);
	expect(PASS, PASS, PASS);
	/* A priority is none. */
	icmp6(v6(15), UL_ICMP6_RA);
	wrap(prio, 4);
	expect(CLAIM, SPOOF, SPOOF);
	wrap(stag, 4);
	expect(CLAIM, SPOOF, SPOOF);
	wrap(prio, 4);
	wrap(prio, 4);
	expect(CLAIM, SPOOF, SPOOF);
	/* Deeper than anybody needs. */
	arp(me, v4(15));
	for (int i = 0; i < 4; i++)
		wrap(prio, 4);
	expect(PASS, PASS, PASS);
	wrap(prio, 4);
	expect(CLAIM, SPOOF, SPOOF);
}
END_TEST

START_TEST(behind_snap)
{
	static const uint8_t snap[8] = { 0, 60, 0xaa, 0xaa, 3, 0, 0, 0 };
	static const uint8_t bridged[8] = { 0, 60, 0xaa, 0xaa, 3, 0, 0, 0xf8 };
	static const uint8_t stp[8] = { 0, 38, 0x42, 0x42, 3, 0, 0, 0 };
	static const uint8_t prio[4] = { 0x81, 0, 0xe0, 0 };

	icmp6(v6(15), UL_ICMP6_RA);
	wrap(snap, 8);
	expect(CLAIM, SPOOF, SPOOF);
	wrap(prio, 4);
	expect(CLAIM, SPOOF, SPOOF);
	arp(me, v4(2));
	wrap(bridged, 8);
	expect(CLAIM, SPOOF, CLAIM);
	arp(me, v4(15));
	wrap(snap, 8);
	expect(PASS, PASS, PASS);
	wrap(stp, 8);
	expect(PASS, PASS, PASS);
}
END_TEST

START_TEST(other_types_pass)
{
	start(0x8035);		/* RARP: QEMU's after a migration */
	ul_wr_zero(&w, 46);
	expect(PASS, PASS, PASS);
	start(0x88cc);
	ul_wr_zero(&w, 46);
	expect(PASS, PASS, PASS);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("guard");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, arp_claims);
	tcase_add_test(tc, ip4_sources);
	tcase_add_test(tc, dhcp4_is_the_routers);
	tcase_add_test(tc, dhcp4_in_fragments);
	tcase_add_test(tc, ip6_sources);
	tcase_add_test(tc, neighbour_claims);
	tcase_add_test(tc, from_nowhere);
	tcase_add_test(tc, routers_words);
	tcase_add_test(tc, behind_extension_headers);
	tcase_add_test(tc, in_fragments);
	tcase_add_test(tc, behind_tags);
	tcase_add_test(tc, behind_snap);
	tcase_add_test(tc, other_types_pass);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
