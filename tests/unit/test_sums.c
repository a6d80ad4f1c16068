/* SPDX-License-Identifier: BSD-3-Clause */
/* test_sums.c - the checksums of whole frames, of each kind */
#include "wire/sums.h"

#include "base/csum.h"
#include "harness.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/pkt.h"
#include "wire/udp.h"

#define PAYLOAD 33		/* odd */
#define FRAME_MAX 256

static const struct kind {
	bool is_v6;
	uint8_t proto;
	unsigned int tags;
	size_t sum_off;		/* from the transport */
} kinds[] = {
	{ false, UL_IPPROTO_TCP, 0, 16 }, { true, UL_IPPROTO_TCP, 0, 16 },
	{ false, UL_IPPROTO_UDP, 0, 6 }, { true, UL_IPPROTO_UDP, 0, 6 },
	{ false, UL_IPPROTO_ICMP, 0, 2 }, { true, UL_IPPROTO_ICMP6, 0, 2 },
	{ false, UL_IPPROTO_TCP, 1, 16 }, { true, UL_IPPROTO_UDP, 2, 6 },
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

static struct ul_addr src, dst;
static uint8_t frame[FRAME_MAX];
static size_t frame_len, l3_off, l4_off;

static void emit_eth(struct ul_wr *w, const struct kind *k)
{
	uint16_t ip = k->is_v6 ? UL_ETHERTYPE_IPV6 : UL_ETHERTYPE_IPV4;
	struct ul_eth eth = {
		.dst = { 2, 0, 0, 0, 0, 1 }, .src = { 2, 0, 0, 0, 0, 2 },
		.type = k->tags == 2 ? 0x88a8 : k->tags ? 0x8100 : ip,
	};

	ul_eth_emit(w, &eth);
	for (unsigned int left = k->tags; left; left--) {
		ul_wr_u16(w, 7);
		ul_wr_u16(w, left > 1 ? 0x8100 : ip);
	}
	l3_off = w->len;
}

static void emit_ip(struct ul_wr *w, const struct kind *k, size_t l4_len)
{
	ul_addr_parse(&src, k->is_v6 ? "fd00::15" : "10.0.2.15");
	ul_addr_parse(&dst, k->is_v6 ? "fd00::16" : "10.0.2.16");
	if (k->is_v6) {
		struct ul_ip6 h = {
			.src = src, .dst = dst, .next = k->proto,
			.hop_limit = 64, .payload_len = (uint16_t)l4_len,
		};

		ul_ip6_emit(w, &h);
	} else {
		struct ul_ip4 h = {
			.src = src, .dst = dst, .proto = k->proto, .ttl = 64,
			.total_len = (uint16_t)(UL_IP4_HLEN + l4_len),
		};

		ul_ip4_emit(w, &h);
	}
	l4_off = w->len;
}

/* The sum of the transport as it is now, in its own field. */
static void fill_in(const struct kind *k, size_t l4_len)
{
	uint32_t pseudo = k->proto == UL_IPPROTO_ICMP ? 0 :
		ul_csum_pseudo(&src, &dst, k->proto, (uint32_t)l4_len);
	uint8_t *at = frame + l4_off + k->sum_off;
	uint16_t sum;

	at[0] = at[1] = 0;
	sum = ul_csum_fold(ul_csum_add(pseudo, frame + l4_off, l4_len));
	at[0] = (uint8_t)(sum >> 8);
	at[1] = (uint8_t)sum;
}

/* A frame of kind @k with 8 bytes of padding behind its packet. */
static void build(const struct kind *k)
{
	size_t header = k->proto == UL_IPPROTO_TCP ? 20 : 8;
	struct ul_wr w = ul_wr_new(frame, sizeof(frame));

	emit_eth(&w, k);
	emit_ip(&w, k, header + PAYLOAD);
	ul_wr_zero(&w, header);
	if (k->proto == UL_IPPROTO_TCP)
		frame[l4_off + 12] = 0x50;
	if (k->proto == UL_IPPROTO_UDP)
		frame[l4_off + 5] = (uint8_t)(header + PAYLOAD);
	for (unsigned int i = 0; i < PAYLOAD; i++)
		ul_wr_u8(&w, (uint8_t)(i * 7 + 1));
	fill_in(k, header + PAYLOAD);
	frame_len = w.len;
	ul_wr_bytes(&w, "padding!", 8);
	ck_assert(!w.bad);
}

static struct ul_sums check(size_t len)
{
	uint8_t *copy = exact_copy(frame, len);
	struct ul_sums s = ul_sums_check(copy, len);

	free(copy);
	return s;
}

START_TEST(right_sums_are_right)
{
	const struct kind *k = &kinds[_i];
	struct ul_sums s;

	build(k);
	s = check(frame_len + 8);
	ck_assert_int_eq(s.state, UL_SUMS_RIGHT);
	ck_assert_uint_eq(s.proto, k->proto);
	ck_assert_uint_eq(s.l3_off, l3_off);
	ck_assert_uint_eq(s.l4_off, l4_off);
	ck_assert_uint_eq(s.sum_off, l4_off + k->sum_off);
}
END_TEST

/* Whatever byte of the transport changes; lengths make it another packet. */
START_TEST(each_changed_byte_is_found)
{
	const struct kind *k = &kinds[_i];

	build(k);
	for (size_t at = l4_off; at < frame_len; at++) {
		if (k->proto == UL_IPPROTO_UDP && at - l4_off >= 4 &&
		    at - l4_off < 6)
			continue;
		frame[at] ^= 0x10;
		ck_assert_int_eq(check(frame_len).state, UL_SUMS_WRONG);
		frame[at] ^= 0x10;
	}
	frame[l3_off + (k->is_v6 ? 23 : 15)] ^= 0x10;
	ck_assert_int_eq(check(frame_len).state, UL_SUMS_WRONG);
}
END_TEST

START_TEST(each_truncation_ends_well)
{
	build(&kinds[_i]);
	for (size_t len = 0; len < frame_len; len++)
		ck_assert_int_eq(check(len).state, UL_SUMS_NONE);
}
END_TEST

START_TEST(partial_sums_can_be_filled_in)
{
	const struct kind *k = &kinds[_i];
	uint8_t *at;
	uint16_t right, pseudo;
	struct ul_sums s;

	build(k);
	at = frame + l4_off + k->sum_off;
	right = (uint16_t)(at[0] << 8 | at[1]);
	pseudo = (uint16_t)~ul_csum_fold(ul_csum_pseudo(&src, &dst, k->proto,
					(uint32_t)(frame_len - l4_off)));
	at[0] = (uint8_t)(pseudo >> 8);
	at[1] = (uint8_t)pseudo;
	s = check(frame_len);
	if (k->proto == UL_IPPROTO_ICMP || k->proto == UL_IPPROTO_ICMP6) {
		ck_assert_int_eq(s.state, UL_SUMS_WRONG);
		return;
	}
	ck_assert_int_eq(s.state, UL_SUMS_PARTIAL);
	ck_assert_uint_eq(s.whole, right);
}
END_TEST

START_TEST(udp_without_a_sum_passes)
{
	for (unsigned int i = 2; i < 4; i++) {
		build(&kinds[i]);
		frame[l4_off + 6] = frame[l4_off + 7] = 0;
		ck_assert_int_eq(check(frame_len).state, UL_SUMS_NONE);
	}
}
END_TEST

/* A sum that comes to zero is written as its complement. */
START_TEST(partial_udp_never_becomes_none)
{
	const struct kind *k = &kinds[2];
	size_t len;
	uint16_t sum;
	struct ul_sums s;

	build(k);
	len = frame_len - l4_off;
	sum = (uint16_t)(frame[l4_off + 6] << 8 | frame[l4_off + 7]);
	frame[l4_off + 8] = frame[l4_off + 9] = 0;
	fill_in(k, len);
	sum = (uint16_t)(frame[l4_off + 6] << 8 | frame[l4_off + 7]);
	frame[l4_off + 8] = (uint8_t)(sum >> 8);
	frame[l4_off + 9] = (uint8_t)sum;
	sum = (uint16_t)~ul_csum_fold(ul_csum_pseudo(&src, &dst, k->proto,
						     (uint32_t)len));
	frame[l4_off + 6] = (uint8_t)(sum >> 8);
	frame[l4_off + 7] = (uint8_t)sum;
	s = check(frame_len);
	ck_assert_int_eq(s.state, UL_SUMS_PARTIAL);
	ck_assert_uint_eq(s.whole, 0xffff);
}
END_TEST

START_TEST(ipv4_header_is_checked_and_fragments_pass)
{
	build(&kinds[0]);
	frame[l3_off + 8] ^= 1;
	ck_assert_int_eq(check(frame_len).state, UL_SUMS_WRONG);
	frame[l3_off + 8] ^= 1;

	/* More fragments; its header's sum is mended by hand. */
	frame[l3_off + 6] = 0x20;
	frame[l3_off + 10] = (uint8_t)(frame[l3_off + 10] - 0x20);
	frame[l4_off] ^= 1;
	ck_assert_int_eq(check(frame_len).state, UL_SUMS_NONE);
}
END_TEST

START_TEST(other_frames_pass)
{
	build(&kinds[0]);
	frame[12] = 0x08;
	frame[13] = 0x06;
	ck_assert_int_eq(check(frame_len).state, UL_SUMS_NONE);
	build(&kinds[1]);
	frame[l3_off + 6] = 132;	/* SCTP */
	ck_assert_int_eq(check(frame_len).state, UL_SUMS_NONE);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sums");
	TCase *tc = tcase_create("sums");

	tcase_add_loop_test(tc, right_sums_are_right, 0, KINDS);
	tcase_add_loop_test(tc, each_changed_byte_is_found, 0, KINDS);
	tcase_add_loop_test(tc, each_truncation_ends_well, 0, KINDS);
	tcase_add_loop_test(tc, partial_sums_can_be_filled_in, 0, KINDS);
	tcase_add_test(tc, udp_without_a_sum_passes);
	tcase_add_test(tc, partial_udp_never_becomes_none);
	tcase_add_test(tc, ipv4_header_is_checked_and_fragments_pass);
	tcase_add_test(tc, other_frames_pass);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
