/* SPDX-License-Identifier: BSD-3-Clause */
/* test_ip6.c - IPv6 header and the walk along extension headers */
#include "wire/ip6.h"

#include <errno.h>

#include "harness.h"
#include "unit/poison.h"

#define HOP_BY_HOP 0
#define ROUTING 43
#define ESP 50
#define AH 51
#define DEST_OPTIONS 60
#define TCP 6

static struct ul_ip6 header(uint8_t next, uint16_t payload_len)
{
	struct ul_ip6 h = {
		.tc = 0xb8, .flow = 0xabcde, .payload_len = payload_len,
		.next = next, .hop_limit = 64,
	};

	ul_addr_parse(&h.src, "fd00::15");
	ul_addr_parse(&h.dst, "2001:db8::1");
	return h;
}

/* A packet of @len payload bytes at @payload, on the heap, exactly as long. */
static uint8_t *packet(uint8_t next, const uint8_t *payload, size_t len)
{
	struct ul_ip6 h = header(next, (uint16_t)len);
	uint8_t *p = malloc(UL_IP6_HLEN + len);
	struct ul_wr w = ul_wr_new(p, UL_IP6_HLEN + len);

	ul_ip6_emit(&w, &h);
	ul_wr_bytes(&w, payload, len);
	ck_assert(!w.bad);
	return p;
}

/* Parse and walk, as every caller does. */
static int walk(struct ul_ip6_chain *c, const uint8_t *p, size_t len)
{
	struct ul_ip6 h;
	int rc = ul_ip6_parse(&h, p, len);

	return rc ? rc : ul_ip6_walk(c, &h, p);
}

static int walk_payload(struct ul_ip6_chain *c, uint8_t next,
			const uint8_t *payload, size_t len)
{
	uint8_t *p = packet(next, payload, len);
	int rc = walk(c, p, UL_IP6_HLEN + len);

	free(p);
	return rc;
}

START_TEST(header_survives_a_round_trip)
{
	struct ul_ip6 h = header(TCP, 4), got;
	uint8_t *p = packet(TCP, (const uint8_t *)"abcd", 4);

	ck_assert_int_eq(ul_ip6_parse(&got, p, UL_IP6_HLEN + 4), 0);
	ck_assert(ul_addr_eq(&got.src, &h.src));
	ck_assert(ul_addr_eq(&got.dst, &h.dst));
	ck_assert_uint_eq(got.tc, h.tc);
	ck_assert_uint_eq(got.flow, h.flow);
	ck_assert_uint_eq(got.payload_len, 4);
	ck_assert_uint_eq(got.next, TCP);
	ck_assert_uint_eq(got.hop_limit, 64);
	free(p);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
	uint8_t *p = packet(TCP, (const uint8_t *)"abcd", 4);
	uint8_t *cut = exact_copy(p, (size_t)_i);
	struct ul_ip6 h;

	poison(&h);
	ck_assert_int_eq(ul_ip6_parse(&h, cut, (size_t)_i), -EBADMSG);
	ck_assert(is_poisoned(&h));
	free(cut);
	free(p);
}
END_TEST

START_TEST(other_versions_are_refused)
{
	uint8_t *p = packet(TCP, NULL, 0);
	struct ul_ip6 h;

	p[0] = (uint8_t)(_i << 4);
	ck_assert_int_eq(ul_ip6_parse(&h, p, UL_IP6_HLEN),
			 _i == 6 ? 0 : -EBADMSG);
	free(p);
}
END_TEST

/* Else ::ffff:127.0.0.1 would pass for IPv4 inside. */
START_TEST(mapped_addresses_are_refused)
{
	uint8_t *p = packet(TCP, NULL, 0);
	struct ul_addr mapped = ul_addr_v4(0x7f000001);
	struct ul_ip6 h;

	poison(&h);
	memcpy(p + (_i ? 24 : 8), mapped.b, 16);
	ck_assert_int_eq(ul_ip6_parse(&h, p, UL_IP6_HLEN), -EPROTO);
	ck_assert(is_poisoned(&h));
	free(p);
}
END_TEST

START_TEST(no_extension_header_is_the_transport_at_once)
{
	static const uint8_t finals[] = { TCP, 17, 58, ESP, UL_IP6_NEXT_NONE };
	struct ul_ip6_chain c;

	for (size_t i = 0; i < sizeof(finals); i++) {
		ck_assert_int_eq(walk_payload(&c, finals[i], NULL, 0), 0);
		ck_assert_uint_eq(c.proto, finals[i]);
		ck_assert_uint_eq(c.l4_off, UL_IP6_HLEN);
		ck_assert(!c.has_frag);
	}
}
END_TEST

/* All kinds, of unlike lengths: 8, 16, 12 + 4 of AH, 24. */
static const uint8_t chain[] = {
	/* hop-by-hop */
	DEST_OPTIONS, 0, 1, 4, 0, 0, 0, 0,
	/* destination options */
	AH, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	/* authentication: (2 + 2) * 4 bytes */
	ROUTING, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 9, 9, 9, 9,
	/* routing, no segments left */
	TCP, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0,
	/* transport */
	'd', 'a', 't', 'a',
};

START_TEST(headers_of_all_kinds_are_passed)
{
	struct ul_ip6_chain c;

	ck_assert_int_eq(walk_payload(&c, HOP_BY_HOP, chain, sizeof(chain)),
			 0);
	ck_assert_uint_eq(c.proto, TCP);
	ck_assert_uint_eq(c.l4_off, UL_IP6_HLEN + sizeof(chain) - 4);
	ck_assert(!c.has_frag);
}
END_TEST

/* The payload length says less than the chain needs, cut at each byte. */
START_TEST(every_cut_chain_is_refused)
{
	uint8_t *p = packet(HOP_BY_HOP, chain, (size_t)_i);
	struct ul_ip6_chain c;

	poison(&c);
	ck_assert_int_eq(walk(&c, p, UL_IP6_HLEN + (size_t)_i), -EBADMSG);
	ck_assert(is_poisoned(&c));
	free(p);
}
END_TEST

START_TEST(fragment_header_is_found_behind_others)
{
	static const uint8_t payload[] = {
		UL_IP6_NEXT_FRAGMENT, 0, 1, 4, 0, 0, 0, 0,
		17, 0, 0x05, 0xa9, 0xde, 0xad, 0xbe, 0xef,
		'd', 'a', 't', 'a',
	};
	struct ul_ip6_chain c;

	ck_assert_int_eq(walk_payload(&c, DEST_OPTIONS, payload,
				      sizeof(payload)), 0);
	ck_assert(c.has_frag);
	ck_assert_uint_eq(c.proto, 17);
	ck_assert_uint_eq(c.frag_off, UL_IP6_HLEN + 8);
	ck_assert_uint_eq(c.l4_off, UL_IP6_HLEN + 16);
	ck_assert_uint_eq(c.prev_next_off, UL_IP6_HLEN);
	ck_assert_uint_eq(c.frag_offset, 0x05a8);
	ck_assert(c.frag_more);
	ck_assert_uint_eq(c.frag_id, 0xdeadbeef);
}
END_TEST

START_TEST(fragment_header_right_behind_is_named_by_the_ip_header)
{
	static const uint8_t frag[] = { 6, 0, 0xff, 0xf8, 0, 0, 0, 1 };
	struct ul_ip6_chain c;
	uint8_t *p;

	ck_assert_int_eq(walk_payload(&c, UL_IP6_NEXT_FRAGMENT, frag,
				      sizeof(frag)), 0);
	ck_assert_uint_eq(c.prev_next_off, 6);
	ck_assert_uint_eq(c.frag_off, UL_IP6_HLEN);
	ck_assert_uint_eq(c.frag_offset, 65528);
	ck_assert(!c.frag_more);
	for (size_t len = 0; len < sizeof(frag); len++) {
		p = packet(UL_IP6_NEXT_FRAGMENT, frag, len);
		poison(&c);
		ck_assert_int_eq(walk(&c, p, UL_IP6_HLEN + len), -EBADMSG);
		ck_assert(is_poisoned(&c));
		free(p);
	}
}
END_TEST

/* Eight headers are passed, nine are too many. */
START_TEST(long_chains_are_refused)
{
	uint8_t payload[9 * 8] = { 0 };
	struct ul_ip6_chain c;

	for (size_t i = 0; i < 9; i++)
		payload[i * 8] = DEST_OPTIONS;
	payload[7 * 8] = TCP;
	ck_assert_int_eq(walk_payload(&c, DEST_OPTIONS, payload, 64), 0);
	ck_assert_uint_eq(c.l4_off, UL_IP6_HLEN + 64);
	payload[7 * 8] = DEST_OPTIONS;
	payload[8 * 8] = TCP;
	poison(&c);
	ck_assert_int_eq(walk_payload(&c, DEST_OPTIONS, payload, 72),
			 -EBADMSG);
	ck_assert(is_poisoned(&c));
}
END_TEST

START_TEST(source_routes_are_refused)
{
	static const uint8_t routing[] = { TCP, 0, 0, 1, 0, 0, 0, 0 };
	struct ul_ip6_chain c;

	poison(&c);
	ck_assert_int_eq(walk_payload(&c, ROUTING, routing, 8), -EPROTO);
	ck_assert(is_poisoned(&c));
}
END_TEST

/* RFC 2675: the length is in an option and the field is 0. */
START_TEST(jumbograms_are_refused)
{
	static const uint8_t jumbo[] = { TCP, 0, 0xc2, 4, 0, 1, 0, 0 };
	uint8_t *p = packet(HOP_BY_HOP, jumbo, sizeof(jumbo));
	struct ul_ip6_chain c;

	p[4] = p[5] = 0;
	ck_assert_int_eq(walk(&c, p, UL_IP6_HLEN + sizeof(jumbo)), -EBADMSG);
	free(p);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ip6");
	TCase *tc = tcase_create("ip6");

	tcase_add_test(tc, header_survives_a_round_trip);
	tcase_add_loop_test(tc, every_truncation_is_refused, 0,
			    UL_IP6_HLEN + 4);
	tcase_add_loop_test(tc, other_versions_are_refused, 0, 16);
	tcase_add_loop_test(tc, mapped_addresses_are_refused, 0, 2);
	tcase_add_test(tc, no_extension_header_is_the_transport_at_once);
	tcase_add_test(tc, headers_of_all_kinds_are_passed);
	tcase_add_loop_test(tc, every_cut_chain_is_refused, 0,
			    sizeof(chain) - 4);
	tcase_add_test(tc, fragment_header_is_found_behind_others);
	tcase_add_test(tc, fragment_header_right_behind_is_named_by_the_ip_header);
	tcase_add_test(tc, long_chains_are_refused);
	tcase_add_test(tc, source_routes_are_refused);
	tcase_add_test(tc, jumbograms_are_refused);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
