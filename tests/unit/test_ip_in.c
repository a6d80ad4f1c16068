/* SPDX-License-Identifier: BSD-3-Clause */
/* test_ip_in.c - what the IP parser in front lets through, and how */
#include "base/csum.h"
#include "base/cursor.h"
#include "fake/fake_net.h"
#include "flow/ip_in.h"
#include "harness.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

#define SECOND 1000000ll
#define PACKET_MAX 2048
#define L4_MAX 1600

static struct fake_net net;
static struct ul_ip_in *in;
static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
static uint8_t l4[L4_MAX];

static void setup(void)
{
	fake_net_init(&net);
	in = ul_ip_in_new(&net.ctx);
}

static void teardown(void)
{
	ul_ip_in_free(in);
	fake_net_fini(&net);
}

/* The protocols with a checksum, per family. */
static const struct proto {
	bool is_v4;
	uint8_t number;
	size_t checksum_at;
} protos[] = {
	{ true, UL_IPPROTO_TCP, 16 }, { true, UL_IPPROTO_UDP, 6 },
	{ true, UL_IPPROTO_ICMP, 2 }, { false, UL_IPPROTO_TCP, 16 },
	{ false, UL_IPPROTO_UDP, 6 }, { false, UL_IPPROTO_ICMP6, 2 },
};
#define PROTO_COUNT 6

static struct ul_addr src_of(const struct proto *p)
{
	return p->is_v4 ? net.guest4 : net.guest6;
}

static struct ul_addr dst_of(const struct proto *p)
{
	struct ul_addr a;

	ul_addr_parse(&a, p->is_v4 ? "198.51.100.7" : "2001:db8::7");
	return a;
}

/* @len bytes of transport in l4, its checksum right. */
static void make_l4(const struct proto *p, size_t len)
{
	struct ul_addr src = src_of(p), dst = dst_of(p);
	struct ul_wr w = ul_wr_new(l4, sizeof(l4));
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		l4[i] = (uint8_t)(i * 7 + i / 256);
	if (p->number == UL_IPPROTO_TCP) {
		l4[12] = 0x50;
	} else if (p->number == UL_IPPROTO_UDP) {
		l4[4] = (uint8_t)(len >> 8);
		l4[5] = (uint8_t)len;
	} else {
		l4[0] = p->is_v4 ? 8 : 128;	/* echo: no error itself */
	}
	l4[p->checksum_at] = l4[p->checksum_at + 1] = 0;
	if (p->number != UL_IPPROTO_ICMP)
		sum = ul_csum_pseudo(&src, &dst, p->number, (uint32_t)len);
	ul_wr_take(&w, sizeof(l4));
	ul_wr_patch_u16(&w, p->checksum_at,
			ul_csum_fold(ul_csum_add(sum, l4, len)));
}

/* An IPv4 packet of l4's bytes @at to @at + @len with @opt_len of NOPs. */
static size_t make4(uint8_t *out, const struct proto *p, size_t opt_len,
		    size_t at, size_t len, bool more, bool df)
{
	struct ul_addr src = src_of(p), dst = dst_of(p);
	struct ul_wr w = ul_wr_new(out, PACKET_MAX);
	size_t n;

	ul_wr_u8(&w, (uint8_t)(0x40 | (20 + opt_len) / 4));
	ul_wr_u8(&w, 0x20);
	ul_wr_u16(&w, (uint16_t)(20 + opt_len + len));
	ul_wr_u16(&w, 4711);
	ul_wr_u16(&w, (uint16_t)(df << 14 | more << 13 | at / 8));
	ul_wr_u8(&w, 63);
	ul_wr_u8(&w, p->number);
	ul_wr_u16(&w, 0);
	ul_wr_bytes(&w, ul_addr_bytes(&src, &n), 4);
	ul_wr_bytes(&w, ul_addr_bytes(&dst, &n), 4);
	memset(ul_wr_take(&w, opt_len), 1, opt_len);
	ul_wr_patch_u16(&w, 10, ul_csum_fold(ul_csum_add(0, out, w.len)));
	ul_wr_bytes(&w, l4 + at, len);
	ck_assert(!w.bad);
	return w.len;
}

/* An IPv6 packet with @ext behind its header, which begins with @next. */
static size_t make6(uint8_t *out, const struct proto *p, uint8_t next,
		    const uint8_t *ext, size_t ext_len, size_t at, size_t len)
{
	struct ul_ip6 h = {
		.src = src_of(p), .dst = dst_of(p), .tc = 0x20, .next = next,
		.hop_limit = 63, .payload_len = (uint16_t)(ext_len + len),
	};
	struct ul_wr w = ul_wr_new(out, PACKET_MAX);

	ul_ip6_emit(&w, &h);
	ul_wr_bytes(&w, ext, ext_len);
	ul_wr_bytes(&w, l4 + at, len);
	ck_assert(!w.bad);
	return w.len;
}

static size_t make_plain(uint8_t *out, const struct proto *p, size_t len)
{
	make_l4(p, len);
	return p->is_v4 ? make4(out, p, 0, 0, len, false, true) :
			  make6(out, p, p->number, NULL, 0, 0, len);
}

/* What the frames of these packets say of themselves. */
static struct ul_offload facts;

/* Parse an exact copy of @len bytes; the packet's bytes stay until freed. */
static bool parse_copy(const uint8_t *data, size_t len, uint8_t **copy,
		       struct ul_pkt *pkt)
{
	*copy = exact_copy(data, len);
	return ul_ip_in_parse(in, &net, mac, *copy, len, NULL, &facts, pkt);
}

static bool passes(const uint8_t *data, size_t len)
{
	struct ul_pkt pkt;
	uint8_t *copy;
	bool ret = parse_copy(data, len, &copy, &pkt);

	free(copy);
	return ret;
}

/* A whole packet with a plain header in front of @len bytes of l4. */
static void check_plain(const struct ul_pkt *pkt, const struct proto *p,
			size_t len)
{
	struct ul_addr src = src_of(p), dst = dst_of(p);

	ck_assert(ul_addr_eq(&pkt->src, &src));
	ck_assert(ul_addr_eq(&pkt->dst, &dst));
	ck_assert_uint_eq(pkt->proto, p->number);
	ck_assert_uint_eq(pkt->ttl, 63);
	ck_assert_uint_eq(pkt->tos, 0x20);
	ck_assert_mem_eq(pkt->mac, mac, 6);
	ck_assert_uint_eq(pkt->l4_len, len);
	ck_assert_mem_eq(pkt->l4, l4, len);
	ck_assert_uint_eq(pkt->l4 - pkt->ip, p->is_v4 ? 20 : 40);
	ck_assert_uint_eq(pkt->ip_len, (size_t)(pkt->l4 - pkt->ip) + len);
	if (p->is_v4) {
		struct ul_ip4 h;

		ck_assert_int_eq(ul_ip4_parse(&h, pkt->ip, pkt->ip_len), 0);
		ck_assert_uint_eq(h.total_len, pkt->ip_len);
		ck_assert_uint_eq(h.proto, p->number);
		ck_assert(ul_addr_eq(&h.src, &src) && !h.mf &&
			  !h.frag_offset);
	} else {
		struct ul_ip6 h;

		ck_assert_int_eq(ul_ip6_parse(&h, pkt->ip, pkt->ip_len), 0);
		ck_assert_uint_eq(h.payload_len, len);
		ck_assert_uint_eq(h.next, p->number);
		ck_assert(ul_addr_eq(&h.src, &src));
	}
}

START_TEST(plain_packets_pass_without_their_padding)
{
	const struct proto *p = &protos[_i];
	uint8_t data[PACKET_MAX] = { 0 }, *copy;
	struct ul_pkt pkt;

	for (size_t len = 20; len < 100; len += 7) {
		size_t n = make_plain(data, p, len);

		ck_assert(parse_copy(data, n + 13, &copy, &pkt));
		check_plain(&pkt, p, len);
		ck_assert(pkt.df);
		free(copy);
	}
	ck_assert_uint_eq(net.ctx.stats.bad_ip, 0);
	ck_assert_uint_eq(net.ctx.stats.bad_checksum, 0);
}
END_TEST

START_TEST(options_are_stripped)
{
	const struct proto *p = &protos[_i % 3];
	uint8_t data[PACKET_MAX], *copy;
	struct ul_pkt pkt;

	make_l4(p, 99);
	for (size_t opt_len = 4; opt_len <= 40; opt_len += 4) {
		size_t n = make4(data, p, opt_len, 0, 99, false, false);

		ck_assert(parse_copy(data, n, &copy, &pkt));
		check_plain(&pkt, p, 99);
		ck_assert(!pkt.df);
		free(copy);
	}
}
END_TEST

START_TEST(extension_headers_are_stripped)
{
	const struct proto *p = &protos[3 + _i];
	uint8_t data[PACKET_MAX], *copy;
	struct ul_pkt pkt;
	/* Hop by hop, routing with nothing left, destination options. */
	uint8_t ext[] = {
		43, 0, 1, 4, 0, 0, 0, 0,
		60, 0, 3, 0, 0, 0, 0, 0,
		0, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	};
	size_t n;

	ext[16] = p->number;
	make_l4(p, 99);
	n = make6(data, p, 0, ext, sizeof(ext), 0, 99);
	ck_assert(parse_copy(data, n, &copy, &pkt));
	check_plain(&pkt, p, 99);
	free(copy);
}
END_TEST

static size_t make_fragment(uint8_t *out, const struct proto *p, size_t at,
			    size_t len, bool more, bool with_options)
{
	uint8_t ext[16] = { 44, 0, 1, 4 };
	struct ul_wr w = ul_wr_new(ext + 8, 8);

	if (p->is_v4)
		return make4(out, p, with_options ? 8 : 0, at, len, more,
			     true);
	ul_wr_u8(&w, p->number);
	ul_wr_u8(&w, 0);
	ul_wr_u16(&w, (uint16_t)(at | more));
	ul_wr_u32(&w, 4711);
	return make6(out, p, with_options ? 60 : 44,
		     with_options ? ext : ext + 8, with_options ? 16 : 8, at,
		     len);
}

/* Any order, with what precedes the payload or without; df is off then. */
START_TEST(fragments_are_joined)
{
	const struct proto *p = &protos[_i / 12];
	static const uint8_t order[6][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	static const size_t at[3] = { 0, 504, 1200 };
	static const size_t len[3] = { 504, 696, 399 };
	uint8_t data[PACKET_MAX], *copy;
	struct ul_pkt pkt;
	size_t n;

	make_l4(p, 1599);
	for (int i = 0; i < 3; i++) {
		unsigned int k = order[_i % 6][i];

		n = make_fragment(data, p, at[k], len[k], k < 2,
				  _i / 6 % 2);
		ck_assert(parse_copy(data, n, &copy, &pkt) == (i == 2));
		free(copy);	/* the joined packet is not in there */
	}
	check_plain(&pkt, p, 1599);
	ck_assert(!pkt.df);
	ck_assert_ptr_nonnull(pkt.buf);
	ck_assert_uint_eq(net.ctx.stats.frags_in, 3);
	ck_assert_uint_eq(net.ctx.stats.frags_bad, 0);
}
END_TEST

/* One fragment that is everything: RFC 6946. */
START_TEST(atomic_fragments_pass)
{
	const struct proto *p = &protos[3 + _i];
	uint8_t data[PACKET_MAX], *copy;
	struct ul_pkt pkt;
	size_t n;

	make_l4(p, 99);
	n = make_fragment(data, p, 0, 99, false, false);
	ck_assert(parse_copy(data, n, &copy, &pkt));
	check_plain(&pkt, p, 99);
	free(copy);
}
END_TEST

/* A changed bit anywhere in the transport, and in the joined one. */
START_TEST(wrong_checksums_are_dropped_and_counted)
{
	const struct proto *p = &protos[_i];
	uint8_t data[PACKET_MAX];
	size_t n = make_plain(data, p, 60), hdr = p->is_v4 ? 20 : 40;
	uint64_t before = net.ctx.stats.bad_checksum;

	for (size_t i = hdr; i < n; i++) {
		data[i] ^= 4;
		ck_assert(!passes(data, n));
		ck_assert_uint_eq(net.ctx.stats.bad_checksum, ++before);
		data[i] ^= 4;
	}
	ck_assert(passes(data, n));

	make_l4(p, 1000);
	l4[900] ^= 1;
	n = make_fragment(data, p, 0, 800, true, false);
	ck_assert(!passes(data, n));
	n = make_fragment(data, p, 800, 200, false, false);
	ck_assert(!passes(data, n));
	ck_assert_uint_eq(net.ctx.stats.bad_checksum, before + 1);
}
END_TEST

/* But not of what was joined: nobody could have known its sum. */
START_TEST(known_checksums_are_believed)
{
	const struct proto *p = &protos[_i / 2];
	uint8_t data[PACKET_MAX], *copy;
	size_t n = make_plain(data, p, 60);
	struct ul_pkt pkt;

	facts.csum = _i % 2 ? UL_CSUM_PARTIAL : UL_CSUM_VALID;
	facts.gso_size = 1448;
	data[n - 1] ^= 4;
	ck_assert(parse_copy(data, n, &copy, &pkt));
	ck_assert_uint_eq(pkt.gso_size, 1448);
	free(copy);

	make_l4(p, 1000);
	l4[900] ^= 1;
	n = make_fragment(data, p, 0, 800, true, false);
	ck_assert(!passes(data, n));
	n = make_fragment(data, p, 800, 200, false, false);
	ck_assert(!passes(data, n));
	ck_assert_uint_eq(net.ctx.stats.bad_checksum, 1);
}
END_TEST

START_TEST(ip4_header_checksum_is_checked)
{
	uint8_t data[PACKET_MAX];
	size_t n = make_plain(data, &protos[0], 60);

	for (size_t i = 1; i < 20; i++) {
		if (i == 2 || i == 3)
			continue;	/* the length is looked at first */
		data[i] ^= 1;
		ck_assert(!passes(data, n));
		data[i] ^= 1;
	}
	ck_assert_uint_eq(net.ctx.stats.bad_checksum, 17);
}
END_TEST

/* RFC 768: none; RFC 8200 8.1: not in IPv6. */
START_TEST(udp_without_checksum)
{
	const struct proto *p = &protos[_i ? 1 : 4];
	uint8_t data[PACKET_MAX];
	size_t n = make_plain(data, p, 60), hdr = p->is_v4 ? 20 : 40;

	data[hdr + 6] = data[hdr + 7] = 0;
	ck_assert(passes(data, n) == p->is_v4);
}
END_TEST

START_TEST(every_truncation_is_dropped_and_counted)
{
	uint8_t data[PACKET_MAX];
	size_t n = make_plain(data, &protos[_i], 60);

	for (size_t len = 0; len < n; len++)
		ck_assert(!passes(data, len));
	ck_assert_uint_eq(net.ctx.stats.bad_ip, n);
}
END_TEST

static void set_udp_len(uint8_t *udp, uint16_t len)
{
	udp[4] = (uint8_t)(len >> 8);
	udp[5] = (uint8_t)len;
	udp[6] = udp[7] = 0;		/* no checksum to be wrong */
}

START_TEST(lengths_that_lie_are_dropped)
{
	const struct proto *p = &protos[1];
	uint8_t data[PACKET_MAX];
	size_t n = make_plain(data, p, 60);

	for (uint16_t len = 0; len < 8; len++) {
		set_udp_len(data + 20, len);
		ck_assert(!passes(data, n));
	}
	set_udp_len(data + 20, 61);
	ck_assert(!passes(data, n));
	set_udp_len(data + 20, 65535);
	ck_assert(!passes(data, n));
	set_udp_len(data + 20, 8);	/* shorter is allowed */
	ck_assert(passes(data, n));

	data[0] = 0x44;			/* a header shorter than a header */
	ck_assert(!passes(data, n));
	data[0] = 0x4f;
	ck_assert(!passes(data, 40));
	data[0] = 0x55;			/* IP version 5 */
	ck_assert(!passes(data, n));
}
END_TEST

START_TEST(icmp_of_the_other_family_is_dropped)
{
	struct proto p = protos[_i ? 2 : 5];
	uint8_t data[PACKET_MAX];
	size_t n;

	p.is_v4 = !p.is_v4;
	n = make_plain(data, &p, 60);
	ck_assert(!passes(data, n));
	ck_assert_uint_eq(net.ctx.stats.bad_checksum, 1);
}
END_TEST

START_TEST(overlapping_fragments_are_dropped_and_counted)
{
	const struct proto *p = &protos[_i];
	uint8_t data[PACKET_MAX];

	make_l4(p, 1000);
	ck_assert(!passes(data, make_fragment(data, p, 0, 800, true, false)));
	ck_assert(!passes(data, make_fragment(data, p, 400, 600, false,
					      false)));
	ck_assert_uint_eq(net.ctx.stats.frags_bad, 1);
}
END_TEST

START_TEST(lost_fragments_are_told)
{
	const struct proto *p = &protos[_i];
	const struct fake_dgram *d;
	uint8_t data[PACKET_MAX];
	struct fake_error e;

	make_l4(p, 1000);
	ck_assert(!passes(data, make_fragment(data, p, 0, 800, true,
					      !p->is_v4)));
	for (int i = 0; i < 70; i++)
		fake_net_pass(&net, SECOND);
	ck_assert_uint_eq(net.ctx.stats.frags_timeout, 1);
	d = fake_stack_next(net.ctx.stack);
	ck_assert_ptr_nonnull(d);
	if (p->is_v4) {
		e = fake_error_parse(d);
		ck_assert_uint_eq(e.type, 11);
		ck_assert_uint_eq(e.code, 1);
	} else {
		ck_assert_uint_eq(d->data[0], 3);
		ck_assert_uint_eq(d->data[1], 1);
	}
}
END_TEST

START_TEST(fragments_of_a_port_that_left_are_forgotten)
{
	const struct proto *p = &protos[1];
	uint8_t data[PACKET_MAX];

	make_l4(p, 1000);
	ck_assert(!passes(data, make_fragment(data, p, 0, 800, true, false)));
	ul_ip_in_forget_port(in, &net);
	ck_assert(!passes(data, make_fragment(data, p, 800, 200, false,
					      false)));
	fake_net_pass(&net, 100 * SECOND);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ip_in");
	TCase *tc = tcase_create("ip_in");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, plain_packets_pass_without_their_padding, 0,
			    PROTO_COUNT);
	tcase_add_loop_test(tc, options_are_stripped, 0, 3);
	tcase_add_loop_test(tc, extension_headers_are_stripped, 0, 3);
	tcase_add_loop_test(tc, fragments_are_joined, 0, 12 * PROTO_COUNT);
	tcase_add_loop_test(tc, atomic_fragments_pass, 0, 3);
	tcase_add_loop_test(tc, wrong_checksums_are_dropped_and_counted, 0,
			    PROTO_COUNT);
	tcase_add_loop_test(tc, known_checksums_are_believed, 0,
			    2 * PROTO_COUNT);
	tcase_add_test(tc, ip4_header_checksum_is_checked);
	tcase_add_loop_test(tc, udp_without_checksum, 0, 2);
	tcase_add_loop_test(tc, every_truncation_is_dropped_and_counted, 0,
			    PROTO_COUNT);
	tcase_add_test(tc, lengths_that_lie_are_dropped);
	tcase_add_loop_test(tc, icmp_of_the_other_family_is_dropped, 0, 2);
	tcase_add_loop_test(tc, overlapping_fragments_are_dropped_and_counted,
			    0, PROTO_COUNT);
	tcase_add_loop_test(tc, lost_fragments_are_told, 0, PROTO_COUNT);
	tcase_add_test(tc, fragments_of_a_port_that_left_are_forgotten);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
