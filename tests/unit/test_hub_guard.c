/* SPDX-License-Identifier: BSD-3-Clause */
/* test_hub_guard.c - the switch: guard and pins by what it knows */
#include "fake/hub_lab.h"
#include "wire/arp.h"
#include "wire/icmp.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/nd.h"
#include "wire/pkt.h"

static void setup(void)
{
	lab_open(true);
}

static void setup_alone(void)
{
	lab_open(false);
}

static void teardown(void)
{
	lab_close();
}

static struct ul_addr v4(uint8_t n)
{
	return ul_addr_v4(0x0a000200u | n);
}

/* Machine @m's link-local address that is made of its MAC. */
static struct ul_addr linklocal(int m)
{
	const uint8_t *mac = lab_mac(m);

	return (struct ul_addr){ .b = {
		0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2], 0xff,
		0xfe, mac[3], mac[4], mac[5],
	} };
}

static void lease(int m, struct ul_addr addr)
{
	ck_assert_int_eq(ul_hub_lease(lab.hub, lab_mac(m), &addr), 0);
}

static struct ul_wr begin(uint8_t *data, size_t cap, int m, uint16_t type)
{
	struct ul_wr w = ul_wr_new(data, cap);
	struct ul_eth eth = { .type = type };

	memcpy(eth.dst, ul_mac_broadcast, 6);
	memcpy(eth.src, lab_mac(m), 6);
	ul_eth_emit(&w, &eth);
	return w;
}

/* Machine @m, at port @i, sends such a frame; did it pass? */
static bool passes(int i, const struct ul_wr *w)
{
	unsigned int before = lab.routed;

	ck_assert(!w->bad);
	lab_rx(i, w->start, w->len, NULL);
	lab_drain_all();
	return lab.routed != before;
}

static bool arp_passes(int i, int m, struct ul_addr spa)
{
	struct ul_arp arp = { .op = UL_ARP_REQUEST, .spa = spa, .tpa = v4(2) };
	uint8_t data[64];
	struct ul_wr w = begin(data, sizeof(data), m, UL_ETHERTYPE_ARP);

	memcpy(arp.sha, lab_mac(m), 6);
	ul_arp_emit(&w, &arp);
	return passes(i, &w);
}

static bool ip4_passes(int i, int m, struct ul_addr src)
{
	struct ul_ip4 ip = { .src = src, .dst = v4(2), .ttl = 64,
			     .proto = UL_IPPROTO_TCP, .total_len = 40 };
	uint8_t data[64];
	struct ul_wr w = begin(data, sizeof(data), m, UL_ETHERTYPE_IPV4);

	ul_ip4_emit(&w, &ip);
	ul_wr_zero(&w, 20);
	return passes(i, &w);
}

static bool na_passes(int i, int m, struct ul_addr addr)
{
	struct ul_nd nd = { .type = UL_ICMP6_NA, .target = addr };
	struct ul_ip6 ip = { .src = addr, .dst = { .b = { 0xff, 2, [15] = 1 } },
			     .next = UL_IPPROTO_ICMP6, .hop_limit = 255,
			     .payload_len = UL_ND_NA_LEN };
	uint8_t data[100];
	struct ul_wr w = begin(data, sizeof(data), m, UL_ETHERTYPE_IPV6);

	memcpy(nd.lladdr, lab_mac(m), 6);
	ul_ip6_emit(&w, &ip);
	ul_nd_emit(&w, &nd, &ip.src, &ip.dst);
	return passes(i, &w);
}

static struct ul_port *plug_pinned(int i, int m)
{
	struct ul_plug_conf conf = { .is_pinned = true, .has_mac = m >= 0 };

	if (m >= 0)
		memcpy(conf.mac, lab_mac(m), 6);
	return lab_plug(i, &conf);
}

/* The same with a sum that is left to be filled in at @at. */
static bool passes_partial(int i, const struct ul_wr *w, size_t at)
{
	struct ul_offload o = {
		.csum = UL_CSUM_PARTIAL, .csum_start = UL_ETH_HLEN,
		.csum_offset = (uint16_t)(at - UL_ETH_HLEN),
	};
	unsigned int before = lab.routed;

	lab_rx(i, w->start, w->len, &o);
	lab_drain_all();
	return lab.routed != before;
}

START_TEST(sums_go_where_sums_are)
{
	struct ul_arp arp = { .op = UL_ARP_REPLY, .spa = v4(15), .tpa = v4(9) };
	struct ul_ip4 ip = { .src = v4(15), .dst = v4(9), .ttl = 64,
			     .proto = UL_IPPROTO_UDP, .total_len = 28 };
	uint8_t data[UL_ETH_HLEN + 40];
	struct ul_wr w = begin(data, sizeof(data), 0, UL_ETHERTYPE_ARP);

	plug_pinned(0, 0);
	lease(0, v4(15));
	memcpy(arp.sha, lab_mac(0), 6);
	ul_arp_emit(&w, &arp);
	ck_assert(passes(0, &w));
	for (size_t at = UL_ETH_HLEN; at + 2 <= w.len; at++)
		ck_assert(!passes_partial(0, &w, at));
	for (int tag = 0; tag < 2; tag++) {
		size_t l4 = UL_ETH_HLEN + (tag ? 4u : 0) + UL_IP4_HLEN;

		w = begin(data, sizeof(data), 0, tag ? 0x8100 :
			  UL_ETHERTYPE_IPV4);
		if (tag) {
			ul_wr_u16(&w, 0);
			ul_wr_u16(&w, UL_ETHERTYPE_IPV4);
		}
		ul_ip4_emit(&w, &ip);
		ul_wr_u16(&w, 1000);
		ul_wr_u16(&w, 2000);
		ul_wr_zero(&w, 4);
		ck_assert(passes(0, &w));
		for (size_t at = UL_ETH_HLEN; at + 2 <= w.len; at++)
			ck_assert_int_eq(passes_partial(0, &w, at),
					 at == l4 + 6);
	}
}
END_TEST

START_TEST(nobody_is_the_router)
{
	lab_plug_many(2);
	ck_assert(!arp_passes(0, 0, v4(2)));
	ck_assert(!ip4_passes(0, 0, v4(2)));
	ck_assert(arp_passes(0, 0, v4(99)));	/* static addresses work */
	ck_assert(ip4_passes(0, 0, v4(99)));
	lab_frame(0, ul_mac_broadcast, lab_router_mac, 60);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[0].port)->guarded, 3);
	ck_assert_uint_eq(lab_got(1), 0);
	/* What is refused teaches nothing. */
	ck_assert(!arp_passes(1, 7, v4(2)));
	ck_assert_ptr_null(ul_hub_find(lab.hub, lab_mac(7)));
}
END_TEST

/* In a network without a router a guest may be it. */
START_TEST(without_a_router_there_is_no_guard)
{
	lab_plug_many(2);
	ck_assert(!arp_passes(0, 0, v4(2)));	/* no router that it reaches */
	lease(1, v4(16));
	lab_broadcast(1, 1);
	lab_drain_all();
	lab_frame(0, ul_mac_broadcast, lab_router_mac, 60);
	ck_assert_uint_eq(lab_got(1), 1);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[0].port)->guarded, 0);
}
END_TEST

START_TEST(uplinks_are_not_guarded)
{
	struct ul_plug_conf uplink = { .kind = UL_PLUG_UPLINK,
				       .is_pinned = true };

	lab_plug(0, &uplink);
	ck_assert(arp_passes(0, 0, v4(2)));
	ck_assert(arp_passes(0, 5, v4(5)));
}
END_TEST

/* As long as the other is there. */
START_TEST(another_guests_lease_is_not_claimed)
{
	lab_plug_many(2);
	lease(1, v4(16));
	ck_assert(arp_passes(0, 0, v4(16)));
	lab_broadcast(1, 1);
	ck_assert(!arp_passes(0, 0, v4(16)));
	ck_assert(arp_passes(1, 1, v4(16)));
	ck_assert(ip4_passes(0, 0, v4(16)));	/* it may forward for it */
	ck_assert(!na_passes(0, 0, linklocal(1)));
	ck_assert(na_passes(1, 1, linklocal(1)));
	ck_assert(na_passes(0, 0, linklocal(9)));
	ck_assert_uint_eq(ul_hub_stats(&lab.v[0].port)->guarded, 2);
	lab_detach(1);
	ck_assert(arp_passes(0, 0, v4(16)));
	ck_assert(na_passes(0, 0, linklocal(1)));
}
END_TEST

START_TEST(a_pin_holds_the_mac)
{
	struct ul_port *port = plug_pinned(0, 3);

	lease(3, v4(15));
	lease(4, v4(14));
	ck_assert(arp_passes(0, 3, v4(15)));
	ck_assert(!arp_passes(0, 4, v4(14)));
	lab_unicast(0, 4, 9);
	lab_unicast(0, 3, 9);
	ck_assert_uint_eq(ul_hub_stats(port)->spoofed, 2);
	ck_assert_uint_eq(ul_hub_stats(port)->flooded, 2);
	ck_assert_ptr_null(ul_hub_find(lab.hub, lab_mac(4)));
	/* Without one given it is the first that it uses. */
	port = plug_pinned(1, -1);
	lab_broadcast(1, 3);		/* in use: not its own */
	lab_broadcast(1, 5);
	lab_broadcast(1, 6);
	ck_assert_uint_eq(ul_hub_stats(port)->spoofed, 1);
	ck_assert_ptr_eq(ul_hub_find(lab.hub, lab_mac(5)), port);
	ck_assert_ptr_null(ul_hub_find(lab.hub, lab_mac(6)));
}
END_TEST

START_TEST(a_pin_holds_the_addresses)
{
	struct ul_addr v6 = { .b = { 0xfd, [15] = 0x15 } };
	struct ul_port *port = plug_pinned(0, 3);
	struct ul_addr leased = v4(15);

	ck_assert(!ip4_passes(0, 3, v4(15)));	/* not leased yet */
	ck_assert(arp_passes(0, 3, v4(0) /* 10.0.2.0 */) == false);
	lease(3, v4(15));
	lease(3, v6);
	lease(4, v4(16));
	ck_assert(ip4_passes(0, 3, v4(15)));
	ck_assert(arp_passes(0, 3, v4(15)));
	ck_assert(na_passes(0, 3, v6));
	ck_assert(!ip4_passes(0, 3, v4(16)));
	ck_assert(!arp_passes(0, 3, v4(16)));
	ck_assert(!arp_passes(0, 3, v4(2)));
	v6.b[15] = 0x16;
	ck_assert(!na_passes(0, 3, v6));
	ck_assert_uint_eq(ul_hub_stats(port)->spoofed, 5);
	ck_assert_uint_eq(ul_hub_stats(port)->guarded, 1);
	/* The lease is given to another, and ends. */
	lease(4, v4(15));
	ck_assert(!ip4_passes(0, 3, v4(15)));
	lease(3, v4(15));
	ck_assert(ip4_passes(0, 3, v4(15)));
	ul_hub_unlease(lab.hub, &leased);
	ul_hub_unlease(lab.hub, &leased);
	ck_assert(!ip4_passes(0, 3, v4(15)));
}
END_TEST

/* The first to use a link-local address has it, and a few at most. */
START_TEST(link_local_addresses_belong_to_their_first_user)
{
	struct ul_addr a = { .b = { 0xfe, 0x80, [15] = 1 } };

	plug_pinned(0, 3);
	plug_pinned(1, 4);
	ck_assert(na_passes(0, 3, linklocal(3)));
	ck_assert(!na_passes(0, 3, linklocal(4)));
	for (int i = 1; i <= 10; i++) {
		a.b[15] = (uint8_t)i;
		ck_assert_int_eq(na_passes(0, 3, a), i <= 8);
	}
	a.b[15] = 1;
	ck_assert(na_passes(0, 3, a));
	ck_assert(!na_passes(1, 4, a));
	lab_detach(0);
	ck_assert(na_passes(1, 4, a));
}
END_TEST

/* As link-local ones do; in front of them go leases. */
START_TEST(addresses_of_the_prefix_belong_to_their_first_user)
{
	struct ul_addr a = { .b = { 0xfd, 9, [15] = 1 } };
	struct ul_addr own = linklocal(3), other = linklocal(4);
	struct ul_port *port = plug_pinned(0, 3);

	plug_pinned(1, 4);
	lab_broadcast(1, 4);
	memcpy(own.b, a.b, 8);
	memcpy(other.b, a.b, 8);
	ck_assert(na_passes(0, 3, own));
	ck_assert(!na_passes(0, 3, other));
	ck_assert(na_passes(1, 4, other));
	ck_assert(na_passes(0, 3, a));
	ck_assert(!na_passes(1, 4, a));
	/* It is leased to another: that has it, also when this one goes. */
	lease(4, a);
	ck_assert(!na_passes(0, 3, a));
	ck_assert(na_passes(1, 4, a));
	/* Of another prefix, none; nor what is the router's. */
	a.b[1] = 8;
	ck_assert(!na_passes(0, 3, a));
	a.b[1] = 9;
	a.b[15] = 2;
	ck_assert(!na_passes(0, 3, a));
	ck_assert_uint_gt(ul_hub_stats(port)->spoofed, 0);
	lab_detach(0);
	a.b[15] = 1;
	plug_pinned(2, 5);
	ck_assert(!na_passes(2, 5, a));
	ck_assert(na_passes(1, 4, a));
}
END_TEST

START_TEST(leases_have_a_limit)
{
	for (unsigned int i = 0; i <= UL_HUB_LEASES_MAX; i++) {
		struct ul_addr a = ul_addr_v4(0x0a000000 + i);

		ck_assert_int_eq(ul_hub_lease(lab.hub, lab_mac(1), &a),
				 i < UL_HUB_LEASES_MAX ? 0 : -ENOSPC);
	}
	lease(2, v4(15));	/* one that is there may change hands */
}
END_TEST

/* Any frame at all, cut off anywhere, from any kind of port. */
START_TEST(no_frame_upsets_it)
{
	static const uint16_t types[] = {
		UL_ETHERTYPE_ARP, UL_ETHERTYPE_IPV4, UL_ETHERTYPE_IPV6, 0x8100,
		0x88a8, 60,
	};
	unsigned int seed = 7;
	uint8_t data[128];

	lab_plug_many(1);
	plug_pinned(1, -1);
	for (int n = 0; n < 60000; n++) {
		for (size_t i = 0; i < sizeof(data); i++) {
			seed = seed * 1103515245 + 12345;
			data[i] = (uint8_t)(seed >> 16) &
				  (seed & 0x1000000 ? 0xff : 0);
		}
		data[0] |= 1;
		data[6] &= 0xfe;
		data[12] = (uint8_t)(types[n % 6] >> 8);
		data[13] = (uint8_t)types[n % 6];
		data[14] = n % 6 == 1 ? 0x45 : n % 6 == 2 ? 0x60 : data[14];
		lab_rx(n & 1, data, seed >> 8 & 0x7f, NULL);
		lab_drain_all();
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hub_guard");
	TCase *tc = tcase_create("router");
	TCase *alone = tcase_create("alone");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, sums_go_where_sums_are);
	tcase_add_test(tc, nobody_is_the_router);
	tcase_add_test(tc, uplinks_are_not_guarded);
	tcase_add_test(tc, another_guests_lease_is_not_claimed);
	tcase_add_test(tc, a_pin_holds_the_mac);
	tcase_add_test(tc, a_pin_holds_the_addresses);
	tcase_add_test(tc, link_local_addresses_belong_to_their_first_user);
	tcase_add_test(tc, addresses_of_the_prefix_belong_to_their_first_user);
	tcase_add_test(tc, leases_have_a_limit);
	tcase_add_test(tc, no_frame_upsets_it);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(alone, setup_alone, teardown);
	tcase_add_test(alone, without_a_router_there_is_no_guard);
	suite_add_tcase(s, alone);
	return run_suite(s);
}
