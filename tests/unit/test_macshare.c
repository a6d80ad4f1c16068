/* SPDX-License-Identifier: BSD-3-Clause */
/* test_macshare.c - guests that have one MAC outside */
#include "fake/macshare_lab.h"

/* ---- out ----------------------------------------------------------------- */

START_TEST(source_mac_is_the_shared_one)
{
	make_udp(lan, guest_a, "10.0.0.10", "10.0.0.9", 53, "hello", 5);
	ck_same_but(go_out(), 6, 12);
	/* The payload was not copied. */
	ck_assert_uint_eq(out.referenced, w.len - UL_ETH_HLEN);
	ck_assert_uint_eq(outer->stats.tx_frames, 1);
	ck_assert_uint_eq(outer->stats.tx_bytes, w.len);
}
END_TEST

START_TEST(unknown_protocols_go_out)
{
	start(lan, guest_a, 0x88b5);
	ul_wr_bytes(&w, "anything", 8);
	ck_same_but(go_out(), 6, 12);
	start(lan, guest_a, 0x8100);		/* a VLAN's tag */
	ul_wr_u16(&w, 5);
	ul_wr_u16(&w, UL_ETHERTYPE_IPV4);
	ul_wr_zero(&w, 40);
	ck_same_but(go_out(), 6, 12);
}
END_TEST

START_TEST(arp_tells_the_shared_mac)
{
	make_arp(ul_mac_broadcast, guest_a, UL_ARP_REQUEST, "10.0.0.10", none,
		 "10.0.0.1");
	go_out();
	ck_assert_mem_eq(out.data + 22, shared, 6);
	ck_assert_mem_eq(out.data + 32, none, 6);
	/* All but the two. */
	memcpy(frame + 6, shared, 6);
	memcpy(frame + 22, shared, 6);
	ck_same_but(&out, 0, 0);
	make_arp(lan, guest_a, UL_ARP_REPLY, "10.0.0.10", lan, "10.0.0.9");
	go_out();
	ck_assert_mem_eq(out.data + 22, shared, 6);
	ck_assert_mem_eq(out.data + 32, lan, 6);
	/* An announcement names its own MAC twice. */
	make_arp(ul_mac_broadcast, guest_a, UL_ARP_REPLY, "10.0.0.10", guest_a,
		 "10.0.0.10");
	go_out();
	ck_assert_mem_eq(out.data + 32, shared, 6);
}
END_TEST

static const struct {
	uint8_t type;
	const char *src;
} solicited[] = {
	{ UL_ICMP6_NS, "fe80::a" },
	{ UL_ICMP6_NA, "fe80::a" },
};

START_TEST(discovery_tells_the_shared_mac)
{
	struct ul_addr src = addr("fe80::a"), dst = addr("ff02::1");

	make_nd(ul_mac_broadcast, guest_a, solicited[_i].type, "fe80::a",
		"ff02::1", "fd00::a", guest_a);
	go_out();
	ck_assert_mem_eq(out.data + w.len - 6, shared, 6);
	ck_assert(ul_icmp_checksum_ok(&src, &dst, out.data + 54,
				      UL_ND_NS_LEN));
	/* But for MACs and checksum it is the same. */
	memcpy(frame + 6, shared, 6);
	memcpy(frame + w.len - 6, shared, 6);
	ck_same_but(&out, 56, 58);
}
END_TEST

START_TEST(router_solicitation_tells_the_shared_mac)
{
	struct ul_addr src = addr("fe80::a"), dst = addr("ff02::2");
	uint8_t option[8] = { 1, 1 };

	memcpy(option + 2, guest_a, 6);
	make_icmp6(ul_mac_broadcast, guest_a, UL_ICMP6_RS, "fe80::a",
		   "ff02::2", option, 8);
	go_out();
	ck_assert_mem_eq(out.data + w.len - 6, shared, 6);
	ck_assert(ul_icmp_checksum_ok(&src, &dst, out.data + 54, 16));
}
END_TEST

/* What was damaged stays so. */
START_TEST(wrong_checksum_is_not_made_right)
{
	struct ul_addr src = addr("fe80::a"), dst = addr("ff02::1");

	make_nd(ul_mac_broadcast, guest_a, UL_ICMP6_NS, "fe80::a", "ff02::1",
		"fd00::a", guest_a);
	frame[56] ^= 0x10;
	go_out();
	ck_assert_mem_eq(out.data + w.len - 6, shared, 6);
	ck_assert(!ul_icmp_checksum_ok(&src, &dst, out.data + 54,
				       UL_ND_NS_LEN));
}
END_TEST

/* A redirect to a machine outside keeps that one's MAC. */
START_TEST(redirect_changes_guests_macs_alone)
{
	uint8_t body[32 + 8] = { 0xfd, [16] = 0xfd, [32] = 2, 1 };

	introduce();
	memcpy(body + 34, lan, 6);
	make_icmp6(lan, guest_a, UL_ICMP6_REDIRECT, "fe80::a", "fe80::9", body,
		   sizeof(body));
	go_out();
	ck_same_but(&out, 6, 12);
	memcpy(body + 34, guest_b, 6);
	make_icmp6(lan, guest_a, UL_ICMP6_REDIRECT, "fe80::a", "fe80::9", body,
		   sizeof(body));
	go_out();
	ck_assert_mem_eq(out.data + w.len - 6, shared, 6);
}
END_TEST

static struct ul_dhcp4_msg discover(const uint8_t mac[6])
{
	struct ul_dhcp4_msg m = {
		.op = UL_DHCP4_OP_REQUEST, .xid = 7, .type = UL_DHCP4_DISCOVER,
		.ciaddr = addr("0.0.0.0"), .yiaddr = addr("0.0.0.0"),
		.siaddr = addr("0.0.0.0"), .giaddr = addr("0.0.0.0"),
	};

	memcpy(m.chaddr, mac, 6);
	return m;
}

START_TEST(dhcp_asks_for_a_broadcast_answer)
{
	struct ul_addr src = addr("0.0.0.0"), dst = addr("255.255.255.255");
	struct ul_dhcp4_msg m = discover(guest_a), got;

	make_dhcp(ul_mac_broadcast, guest_a, &m, "0.0.0.0", "255.255.255.255");
	go_out();
	ck_assert_int_eq(ul_dhcp4_parse(&got, out.data + 42, out.len - 42), 0);
	ck_assert(got.broadcast);
	ck_assert_mem_eq(got.chaddr, guest_a, 6);
	ck_assert(ul_udp_checksum_ok(&src, &dst, out.data + 34, out.len - 34));
	memcpy(frame + 6, shared, 6);
	memcpy(frame + 40, out.data + 40, 2);	/* the checksum */
	frame[52] |= 0x80;
	ck_same_but(&out, 0, 0);
}
END_TEST

START_TEST(dhcp_that_asks_already_is_not_copied)
{
	struct ul_dhcp4_msg m = discover(guest_a);

	m.broadcast = true;
	make_dhcp(ul_mac_broadcast, guest_a, &m, "0.0.0.0", "255.255.255.255");
	ck_same_but(go_out(), 6, 12);
	ck_assert_uint_eq(out.referenced, w.len - UL_ETH_HLEN);
}
END_TEST

START_TEST(dhcp_without_checksum_stays_so)
{
	struct ul_dhcp4_msg m = discover(guest_a);

	make_dhcp(ul_mac_broadcast, guest_a, &m, "0.0.0.0", "255.255.255.255");
	frame[40] = frame[41] = 0;
	go_out();
	ck_assert_uint_eq(out.data[52] & 0x80, 0x80);
	ck_assert_uint_eq(out.data[40] | out.data[41], 0);
}
END_TEST

/* A checksum that becomes zero is written as all ones (RFC 768). */
START_TEST(dhcp_checksum_is_never_zero)
{
	struct ul_addr src = addr("0.0.0.0"), dst = addr("255.255.255.255");
	unsigned int ones = 0;

	for (uint32_t xid = 0; xid < 0x10000; xid++) {
		struct ul_dhcp4_msg m = discover(guest_a);

		m.xid = xid;
		make_dhcp(ul_mac_broadcast, guest_a, &m, "0.0.0.0",
			  "255.255.255.255");
		go_out();
		ones += out.data[40] == 0xff && out.data[41] == 0xff;
		ck_assert(ul_udp_checksum_ok(&src, &dst, out.data + 34,
					     out.len - 34));
		ck_assert_uint_ne(out.data[40] | out.data[41], 0);
	}
	ck_assert_uint_ge(ones, 1);
}
END_TEST

/* A partial checksum is of the pseudo-header alone: it stays. */
START_TEST(partial_checksum_is_left_alone)
{
	struct ul_offload partial = {
		.csum = UL_CSUM_PARTIAL, .csum_start = 34, .csum_offset = 6,
	};
	struct ul_dhcp4_msg m = discover(guest_a);

	make_dhcp(ul_mac_broadcast, guest_a, &m, "0.0.0.0", "255.255.255.255");
	ck_assert_int_eq(send_as(&partial), 0);
	ck_assert_uint_eq(out.data[52] & 0x80, 0x80);
	ck_assert_mem_eq(out.data + 40, frame + 40, 2);
	ck_assert_int_eq(out.offload.csum, UL_CSUM_PARTIAL);
	ck_assert_uint_eq(out.offload.csum_start, 34);
}
END_TEST

/* Super-frames keep what they still need, and are not copied. */
START_TEST(large_frames_are_referenced)
{
	static uint8_t data[60000];
	struct ul_offload gso = {
		.csum = UL_CSUM_PARTIAL, .csum_start = 34, .csum_offset = 6,
		.gso_size = 1400,
	};

	make_udp(lan, guest_a, "10.0.0.10", "10.0.0.9", 5000, data,
		 sizeof(data));
	ck_assert_int_eq(send_as(&gso), 0);
	ck_same_but(&out, 6, 12);
	ck_assert_uint_eq(out.referenced, w.len - UL_ETH_HLEN);
	ck_assert_uint_eq(out.offload.gso_size, 1400);
}
END_TEST

/* A frame in pieces, some of them not referenced: the router's shape. */
START_TEST(pieces_are_joined)
{
	static const size_t cut[] = { 1, 6, 13, 14, 20, 42, 54 };
	struct ul_buf *buf = ul_buf_get(pool);
	struct ul_piece piece[2];

	make_udp(lan, guest_a, "10.0.0.10", "10.0.0.9", 53, "0123456789", 10);
	memcpy(buf->data, frame, w.len);
	piece[0] = (struct ul_piece){ frame, cut[_i % 7], NULL };
	piece[1] = (struct ul_piece){ buf->data + cut[_i % 7],
				      w.len - cut[_i % 7], buf };
	if (_i >= 7)
		piece[1].buf = NULL;
	ck_assert_int_eq(ul_port_send(outer, piece, 2, NULL), 0);
	ck_same_but(&out, 6, 12);
	ck_assert_mem_eq(out.data + 6, shared, 6);
	ul_buf_unref(buf);
}
END_TEST

START_TEST(large_pieces_are_headed)
{
	struct ul_buf *buf = ul_buf_get(pool);
	struct ul_piece piece[UL_PORT_PIECES_MAX + 1];

	memset(buf->data, 7, 9000);
	start(lan, guest_a, UL_ETHERTYPE_IPV4);
	ul_wr_zero(&w, 40);
	piece[0] = (struct ul_piece){ frame, w.len, NULL };
	piece[1] = (struct ul_piece){ buf->data, 9000, buf };
	ck_assert_int_eq(ul_port_send(outer, piece, 2, NULL), 0);
	ck_assert_uint_eq(out.len, w.len + 9000);
	ck_assert_mem_eq(out.data + 6, shared, 6);
	ck_assert_uint_eq(out.data[w.len + 8999], 7);
	/* One that has no room for a header of its own. */
	for (int i = 1; i < UL_PORT_PIECES_MAX; i++)
		piece[i] = (struct ul_piece){ buf->data, 1000, buf };
	ck_assert_int_eq(ul_port_send(outer, piece, UL_PORT_PIECES_MAX, NULL),
			 -EMSGSIZE);
	ul_buf_unref(buf);
}
END_TEST

START_TEST(short_frames_are_refused)
{
	make_udp(lan, guest_a, "10.0.0.10", "10.0.0.9", 53, "x", 1);
	for (w.len = 1; w.len < UL_ETH_HLEN; w.len++)
		ck_assert_int_eq(send_as(NULL), -EMSGSIZE);
	ck_assert_uint_eq(out.count, 0);
	ck_assert_uint_eq(ul_macshare_stats(outer)->tx_short, 13);
}
END_TEST

START_TEST(refusals_are_passed_on)
{
	make_arp(lan, guest_a, UL_ARP_REPLY, "10.0.0.10", lan, "10.0.0.9");
	inner_rc = -ENOBUFS;
	ck_assert_int_eq(send_as(NULL), -ENOBUFS);
	ck_assert_uint_eq(outer->stats.tx_refused, 1);
	ck_assert_uint_eq(outer->stats.tx_frames, 0);
	inner.handler->has_room(&inner, inner.arg);
	inner.handler->batch_end(&inner, inner.arg);
	ck_assert_uint_eq(has_room, 1);
	ck_assert_uint_eq(batches, 1);
	ck_assert(outer->is_attached);
	inner.handler->detached(&inner, inner.arg);
	ck_assert_uint_eq(detached, 1);
	ck_assert(!outer->is_attached);
}
END_TEST

START_TEST(what_the_lan_side_can_the_port_can)
{
	ck_assert(outer->can_offload && outer->can_uso);
	ck_assert_uint_eq(outer->frame_max, inner.frame_max);
}
END_TEST

/* ---- in ------------------------------------------------------------------ */

START_TEST(answers_find_their_guest)
{
	introduce();
	make_udp(shared, lan, "10.0.0.9", "10.0.0.10", 5, "to a", 4);
	ck_assert(come_in());
	ck_is_for(guest_a);
	ck_same_but(&in, 0, 6);
	make_udp(shared, lan, "10.0.0.9", "10.0.0.11", 5, "to b", 4);
	ck_assert(come_in());
	ck_is_for(guest_b);
	ck_assert_uint_eq(outer->stats.rx_frames, 2);
}
END_TEST

START_TEST(arp_answers_find_their_guest)
{
	introduce();
	make_arp(shared, lan, UL_ARP_REPLY, "10.0.0.1", shared, "10.0.0.11");
	ck_assert(come_in());
	ck_is_for(guest_b);
	ck_assert_mem_eq(in.data + 32, guest_b, 6);
	memcpy(frame, guest_b, 6);
	memcpy(frame + 32, guest_b, 6);
	ck_same_but(&in, 0, 0);
	/* A neighbour that asks whether it is still there. */
	make_arp(shared, lan, UL_ARP_REQUEST, "10.0.0.1", none, "10.0.0.10");
	ck_assert(come_in());
	ck_is_for(guest_a);
	ck_assert_mem_eq(in.data + 32, none, 6);
}
END_TEST

/* The answer to a probe has nobody's address in it: all may hear it. */
START_TEST(answer_to_an_arp_probe_goes_to_all)
{
	make_arp(ul_mac_broadcast, guest_a, UL_ARP_REQUEST, "0.0.0.0", none,
		 "10.0.0.10");
	go_out();
	make_arp(shared, lan, UL_ARP_REPLY, "10.0.0.10", shared, "0.0.0.0");
	ck_assert(come_in());
	ck_is_for(ul_mac_broadcast);
}
END_TEST

START_TEST(ipv6_finds_its_guest)
{
	make_nd(ul_mac_broadcast, guest_a, UL_ICMP6_NS, "fd00::a", "ff02::1",
		"fd00::1", guest_a);
	go_out();
	make_nd(lan, guest_b, UL_ICMP6_NA, "fe80::b", "fe80::9", "fd00::b",
		guest_b);
	go_out();
	make_nd(shared, lan, UL_ICMP6_NA, "fd00::1", "fd00::a", "fd00::1", lan);
	ck_assert(come_in());
	ck_is_for(guest_a);
	ck_same_but(&in, 0, 6);
	for (int i = 0; i < 2; i++) {
		make_icmp6(shared, lan, UL_ICMP6_ECHO, "fd00::1",
			   i ? "fe80::b" : "fd00::b", "", 0);
		ck_assert(come_in());
		ck_is_for(guest_b);
	}
}
END_TEST

/* While it asks whether an address is free, it has not got it. */
START_TEST(address_in_question_is_not_taken_away)
{
	make_nd(ul_mac_broadcast, guest_a, UL_ICMP6_NS, "fd00::a", "ff02::1",
		"fd00::1", guest_a);
	go_out();
	make_nd(ul_mac_broadcast, guest_b, UL_ICMP6_NS, "::", "ff02::1",
		"fd00::a", guest_b);
	go_out();
	make_icmp6(shared, lan, UL_ICMP6_ECHO, "fd00::1", "fd00::a", "", 0);
	ck_assert(come_in());
	ck_is_for(guest_a);
}
END_TEST

static struct ul_dhcp4_msg ack(const uint8_t mac[6])
{
	struct ul_dhcp4_msg m = discover(mac);

	m.op = UL_DHCP4_OP_REPLY;
	m.type = UL_DHCP4_ACK;
	m.yiaddr = addr("10.0.0.77");
	m.lease_s = 600;
	m.broadcast = true;
	return m;
}

START_TEST(lease_tells_whose_an_address_is)
{
	struct ul_dhcp4_msg m = discover(guest_a);

	make_dhcp(ul_mac_broadcast, guest_a, &m, "0.0.0.0", "255.255.255.255");
	go_out();
	m = ack(guest_a);
	make_dhcp(ul_mac_broadcast, lan, &m, "10.0.0.1", "255.255.255.255");
	ck_assert(come_in());
	ck_same_but(&in, 0, 0);
	make_udp(shared, lan, "10.0.0.1", "10.0.0.77", 5, "ping", 4);
	ck_assert(come_in());
	ck_is_for(guest_a);
}
END_TEST

/* A server that does not heed the broadcast flag. */
START_TEST(dhcp_answer_to_the_shared_mac_finds_its_guest)
{
	struct ul_dhcp4_msg m = discover(guest_a);

	make_dhcp(ul_mac_broadcast, guest_a, &m, "0.0.0.0", "255.255.255.255");
	go_out();
	m = ack(guest_a);
	make_dhcp(shared, lan, &m, "10.0.0.1", "10.0.0.77");
	ck_assert(come_in());
	ck_is_for(guest_a);
	m = ack(lan);
	make_dhcp(shared, lan, &m, "10.0.0.1", "10.0.0.78");
	ck_assert(!come_in());
}
END_TEST

/* Leases of the LAN's other machines are none of our business. */
START_TEST(other_leases_are_not_learnt)
{
	struct ul_dhcp4_msg m = ack(lan);

	make_dhcp(ul_mac_broadcast, lan, &m, "10.0.0.1", "255.255.255.255");
	ck_assert(come_in());
	make_udp(shared, lan, "10.0.0.1", "10.0.0.77", 5, "ping", 4);
	ck_assert(!come_in());
}
END_TEST

/* After a restart guests go on without asking anew. */
START_TEST(sources_of_packets_are_learnt)
{
	make_udp(lan, guest_a, "10.0.0.10", "10.0.0.9", 53, "hello", 5);
	go_out();
	make_udp(shared, lan, "10.0.0.9", "10.0.0.10", 5, "back", 4);
	ck_assert(come_in());
	ck_is_for(guest_a);
	/* Another who sends from there does not take it away. */
	make_udp(lan, guest_b, "10.0.0.10", "10.0.0.9", 53, "hello", 5);
	go_out();
	make_udp(shared, lan, "10.0.0.9", "10.0.0.10", 5, "back", 4);
	ck_assert(come_in());
	ck_is_for(guest_a);
}
END_TEST

START_TEST(addresses_are_forgotten)
{
	introduce();
	now += UL_ADDR_BOOK_AGE_US + 1;
	ul_loop_turn(loop, 0);
	make_udp(shared, lan, "10.0.0.9", "10.0.0.10", 5, "to a", 4);
	ck_assert(!come_in());
	ck_assert_uint_eq(ul_macshare_stats(outer)->rx_unknown, 1);
}
END_TEST

START_TEST(frames_for_all_come_in_unchanged)
{
	introduce();
	make_udp(ul_mac_broadcast, lan, "10.0.0.9", "10.0.0.255", 9, "all", 3);
	ck_assert(come_in());
	ck_same_but(&in, 0, 0);
	make_arp(ul_mac_broadcast, lan, UL_ARP_REQUEST, "10.0.0.9", none,
		 "10.0.0.10");
	ck_assert(come_in());
	ck_same_but(&in, 0, 0);
	start((const uint8_t[]){ 1, 0x80, 0xc2, 0, 0, 0xe }, lan, 0x88cc);
	ul_wr_zero(&w, 46);
	ck_assert(come_in());
	ck_same_but(&in, 0, 0);
}
END_TEST

/* An access point makes frames to one of frames to a group. */
START_TEST(group_in_a_frame_to_us_goes_to_the_group)
{
	make_udp(shared, lan, "10.0.0.9", "224.0.0.251", 5353, "mdns", 4);
	ck_assert(come_in());
	ck_is_for(((const uint8_t[]){ 1, 0, 0x5e, 0, 0, 251 }));
	make_udp(shared, lan, "10.0.0.9", "239.255.128.1", 5353, "x", 1);
	ck_assert(come_in());
	ck_is_for(((const uint8_t[]){ 1, 0, 0x5e, 0x7f, 128, 1 }));
	make_udp(shared, lan, "10.0.0.9", "255.255.255.255", 68, "x", 1);
	ck_assert(come_in());
	ck_is_for(ul_mac_broadcast);
	make_icmp6(shared, lan, UL_ICMP6_RA, "fe80::1", "ff02::1", "", 0);
	ck_assert(come_in());
	ck_is_for(((const uint8_t[]){ 0x33, 0x33, 0, 0, 0, 1 }));
}
END_TEST

START_TEST(what_is_not_for_guests_stays_out)
{
	introduce();
	/* To our MAC, of a protocol that tells no guest. */
	start(shared, lan, 0x88b5);
	ul_wr_zero(&w, 46);
	ck_assert(!come_in());
	/* To the host's own, or to nobody's address. */
	make_udp(shared, lan, "10.0.0.9", "10.0.0.99", 5, "x", 1);
	ck_assert(!come_in());
	make_udp(shared, lan, "10.0.0.9", "127.0.0.1", 5, "x", 1);
	ck_assert(!come_in());
	ck_assert_uint_eq(ul_macshare_stats(outer)->rx_unknown, 3);
	/* To others' MACs. */
	make_udp(lan, lan, "10.0.0.9", "10.0.0.10", 5, "x", 1);
	ck_assert(!come_in());
	ck_assert_uint_eq(ul_macshare_stats(outer)->rx_foreign, 1);
	/* To a guest's own: one that knows it from before. */
	make_udp(guest_a, lan, "10.0.0.9", "10.0.0.10", 5, "x", 1);
	ck_assert(come_in());
	/* Ours, sent back. */
	make_arp(ul_mac_broadcast, shared, UL_ARP_REQUEST, "10.0.0.10", none,
		 "10.0.0.1");
	ck_assert(!come_in());
	ck_assert_uint_eq(ul_macshare_stats(outer)->rx_reflected, 1);
}
END_TEST

/* Senders that nobody can be are not believed. */
START_TEST(impossible_claims_are_not_learnt)
{
	static const char *const addrs[] = {
		"0.0.0.0", "255.255.255.255", "224.0.0.1", "127.0.0.1",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(addrs); i++) {
		make_arp(ul_mac_broadcast, guest_a, UL_ARP_REQUEST, addrs[i],
			 none, "10.0.0.1");
		go_out();
	}
	make_udp(shared, lan, "10.0.0.9", "127.0.0.1", 5, "x", 1);
	ck_assert(!come_in());
	make_udp(shared, lan, "10.0.0.9", "0.0.0.0", 5, "x", 1);
	ck_assert(!come_in());
	/* A group's MAC as a sender's. */
	make_arp(ul_mac_broadcast, ul_mac_broadcast, UL_ARP_REQUEST,
		 "10.0.0.12", none, "10.0.0.1");
	go_out();
	make_udp(shared, lan, "10.0.0.9", "10.0.0.12", 5, "x", 1);
	ck_assert(!come_in());
}
END_TEST

/* ---- cut off at each byte ------------------------------------------------ */

static void make_nth(int i)
{
	struct ul_dhcp4_msg m = discover(guest_a), a = ack(guest_a);

	if (i == 0)
		make_arp(shared, guest_a, UL_ARP_REPLY, "10.0.0.10", shared,
			 "10.0.0.11");
	else if (i == 1)
		make_nd(shared, guest_a, UL_ICMP6_NA, "fd00::a", "fd00::b",
			"fd00::a", guest_a);
	else if (i == 2)
		make_dhcp(shared, guest_a, &m, "0.0.0.0", "255.255.255.255");
	else
		make_dhcp(shared, guest_a, &a, "10.0.0.1", "10.0.0.77");
}

START_TEST(every_truncation_is_harmless)
{
	size_t len;

	introduce();
	make_nth(_i);
	len = w.len;
	for (w.len = 0; w.len < len; w.len++) {
		struct ul_buf *buf = ul_buf_get(pool);
		uint8_t *cut = exact_copy(frame, w.len);
		struct ul_piece piece = { cut, w.len, buf };

		ul_port_send(outer, &piece, 1, NULL);
		piece.buf = NULL;	/* joined, then */
		ul_port_send(outer, &piece, 1, NULL);
		come_in();
		ul_buf_unref(buf);
		free(cut);
	}
}
END_TEST

static void add_out(TCase *tc)
{
	tcase_add_test(tc, source_mac_is_the_shared_one);
	tcase_add_test(tc, unknown_protocols_go_out);
	tcase_add_test(tc, arp_tells_the_shared_mac);
	tcase_add_loop_test(tc, discovery_tells_the_shared_mac, 0, 2);
	tcase_add_test(tc, router_solicitation_tells_the_shared_mac);
	tcase_add_test(tc, wrong_checksum_is_not_made_right);
	tcase_add_test(tc, redirect_changes_guests_macs_alone);
	tcase_add_test(tc, dhcp_asks_for_a_broadcast_answer);
	tcase_add_test(tc, dhcp_that_asks_already_is_not_copied);
	tcase_add_test(tc, dhcp_without_checksum_stays_so);
	tcase_add_test(tc, dhcp_checksum_is_never_zero);
	tcase_add_test(tc, partial_checksum_is_left_alone);
	tcase_add_test(tc, large_frames_are_referenced);
	tcase_add_loop_test(tc, pieces_are_joined, 0, 14);
	tcase_add_test(tc, large_pieces_are_headed);
	tcase_add_test(tc, short_frames_are_refused);
	tcase_add_test(tc, refusals_are_passed_on);
	tcase_add_test(tc, what_the_lan_side_can_the_port_can);
}

static void add_in(TCase *tc)
{
	tcase_add_test(tc, answers_find_their_guest);
	tcase_add_test(tc, arp_answers_find_their_guest);
	tcase_add_test(tc, answer_to_an_arp_probe_goes_to_all);
	tcase_add_test(tc, ipv6_finds_its_guest);
	tcase_add_test(tc, address_in_question_is_not_taken_away);
	tcase_add_test(tc, lease_tells_whose_an_address_is);
	tcase_add_test(tc, dhcp_answer_to_the_shared_mac_finds_its_guest);
	tcase_add_test(tc, other_leases_are_not_learnt);
	tcase_add_test(tc, sources_of_packets_are_learnt);
	tcase_add_test(tc, addresses_are_forgotten);
	tcase_add_test(tc, frames_for_all_come_in_unchanged);
	tcase_add_test(tc, group_in_a_frame_to_us_goes_to_the_group);
	tcase_add_test(tc, what_is_not_for_guests_stays_out);
	tcase_add_test(tc, impossible_claims_are_not_learnt);
	tcase_add_loop_test(tc, every_truncation_is_harmless, 0, 4);
}

int main(void)
{
	Suite *s = suite_create("macshare");
	TCase *tc = tcase_create("macshare");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 60);
	add_out(tc);
	add_in(tc);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
