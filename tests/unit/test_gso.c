/* SPDX-License-Identifier: BSD-3-Clause */
/* test_gso.c - super-frames and partial checksums, made whole */
#include "link/gso.h"

#include <errno.h>
#include <glib.h>

#include "base/csum.h"
#include "fake/super_frame.h"
#include "harness.h"
#include "unit/poison.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/tcp.h"
#include "wire/udp.h"

#define OUT_MAX 256

struct out {
	uint8_t *frame[OUT_MAX];
	size_t len[OUT_MAX];
	unsigned int count;
	unsigned int stop_at;	/* refuse this one; 0: none */
};

static int collect(const struct ul_piece *piece, unsigned int count, void *arg)
{
	struct out *out = arg;
	size_t len = ul_pieces_len(piece, count), at = 0;
	uint8_t *frame = malloc(len);

	ck_assert_uint_le(count, UL_PORT_PIECES_MAX);
	ck_assert_uint_lt(out->count, OUT_MAX);
	for (unsigned int i = 0; i < count; at += piece[i++].len)
		memcpy(frame + at, piece[i].data, piece[i].len);
	out->frame[out->count] = frame;
	out->len[out->count++] = len;
	return out->stop_at == out->count ? -ENOBUFS : 0;
}

static void out_free(struct out *out)
{
	while (out->count)
		free(out->frame[--out->count]);
}

static int split(struct out *out, const uint8_t *frame, size_t len,
		 const struct ul_offload *o)
{
	struct ul_piece piece = { frame, len, NULL };

	*out = (struct out){ 0 };
	return ul_gso_split(&piece, 1, o, collect, out);
}

/* A packet that a receiver would take; its transport, and the IPv4 id. */
static const uint8_t *check_ip(const uint8_t *ip, size_t len, size_t *l4_len,
			       uint16_t *id, bool is_tcp)
{
	struct ul_addr src, dst;
	const uint8_t *l4;

	if (ip[0] >> 4 == 4) {
		struct ul_ip4 h;

		ck_assert_int_eq(ul_ip4_parse(&h, ip, len), 0);
		ck_assert_uint_eq(h.total_len, len);
		*id = h.id;
		src = h.src;
		dst = h.dst;
		l4 = ip + h.hdr_len;
		*l4_len = len - h.hdr_len;
	} else {
		struct ul_ip6 h;
		struct ul_ip6_chain c;

		ck_assert_int_eq(ul_ip6_parse(&h, ip, len), 0);
		ck_assert_uint_eq(h.payload_len + 40u, len);
		ck_assert_int_eq(ul_ip6_walk(&c, &h, ip), 0);
		src = h.src;
		dst = h.dst;
		l4 = ip + c.l4_off;
		*l4_len = len - c.l4_off;
	}
	if (is_tcp)
		ck_assert(ul_tcp_checksum_ok(&src, &dst, l4, *l4_len));
	else
		ck_assert(ul_udp_checksum_ok(&src, &dst, l4, *l4_len));
	return l4;
}

/* The bytes behind @l4's header; what is in it goes with its place. */
static size_t check_l4(const struct super_frame *s, const uint8_t *l4,
		       size_t l4_len, size_t done)
{
	size_t hdr_len = UL_UDP_HLEN, left;
	struct ul_tcp tcp;
	struct ul_udp udp;

	if (s->is_tcp) {
		ck_assert_int_eq(ul_tcp_parse(&tcp, l4, l4_len), 0);
		hdr_len = tcp.hdr_len;
	} else {
		ck_assert_int_eq(ul_udp_parse(&udp, l4, l4_len), 0);
		ck_assert_uint_eq(udp.len, l4_len);
	}
	left = s->payload_len - done;
	ck_assert_uint_eq(l4_len - hdr_len, MIN(left, s->offload.gso_size));
	ck_assert_mem_eq(l4 + hdr_len, s->frame + s->hdr_len + done,
			 l4_len - hdr_len);
	if (s->is_tcp) {
		bool is_last = left <= s->offload.gso_size;

		ck_assert_uint_eq(tcp.seq, SUPER_SEQ + (uint32_t)done);
		ck_assert_uint_eq(tcp.flags & (UL_TCP_FIN | UL_TCP_PSH),
				  is_last ? UL_TCP_FIN | UL_TCP_PSH : 0);
		ck_assert_uint_eq(l4[13] & 0x80, done ? 0 : 0x80);
		ck_assert_uint_eq(l4[13] & 0x40, 0x40);
	}
	return l4_len - hdr_len;
}

static void check_segments(const struct super_frame *s, const struct out *out)
{
	size_t done = 0;

	for (unsigned int i = 0; i < out->count; i++) {
		size_t l3 = s->has_vlan ? 18 : 14, l4_len;
		uint16_t id = 0;
		const uint8_t *l4 = check_ip(out->frame[i] + l3,
					     out->len[i] - l3, &l4_len, &id,
					     s->is_tcp);

		ck_assert_mem_eq(out->frame[i], s->frame, l3);
		if (!s->is_v6)
			ck_assert_uint_eq(id, (uint16_t)(SUPER_ID + i));
		done += check_l4(s, l4, l4_len, done);
	}
	ck_assert_uint_eq(done, s->payload_len);
}

START_TEST(each_kind_is_segmented)
{
	struct super_frame s;
	struct out out;

	super_frame_make(&s, &super_kinds[_i]);
	ck_assert_int_eq(split(&out, s.frame, s.len, &s.offload), 0);
	ck_assert_uint_eq(out.count,
			  (s.payload_len + s.offload.gso_size - 1) /
			  s.offload.gso_size);
	check_segments(&s, &out);
	out_free(&out);
}
END_TEST

/* Where the pieces of the original end makes no difference. */
START_TEST(pieces_may_end_anywhere)
{
	struct super_frame s;
	struct out out = { 0 };

	super_frame_make(&s, &super_kinds[0]);
	for (size_t cut = 1; cut < 300; cut++) {
		struct ul_piece piece[] = {
			{ s.frame, cut, NULL },
			{ s.frame + cut, 0, NULL },
			{ s.frame + cut, 33, NULL },
			{ s.frame + cut + 33, 1001, NULL },
			{ s.frame + cut + 1034, s.len - cut - 1034, NULL },
		};

		ck_assert_int_eq(ul_gso_split(piece, 5, &s.offload, collect,
					      &out), 0);
		check_segments(&s, &out);
		out_free(&out);
	}
}
END_TEST

START_TEST(too_many_pieces_are_refused)
{
	struct ul_piece piece[UL_PORT_PIECES_MAX + 1];
	struct super_frame s;
	struct out out = { 0 };

	super_frame_make(&s, &super_kinds[0]);
	s.offload.gso_size = 2000;
	piece[0] = (struct ul_piece){ s.frame, s.hdr_len + 1, NULL };
	for (size_t i = 1, at = s.hdr_len + 1; i < G_N_ELEMENTS(piece); i++) {
		piece[i] = (struct ul_piece){ s.frame + at, 1, NULL };
		at++;
		if (i == UL_PORT_PIECES_MAX)
			piece[i].len = s.len - at + 1;
	}
	ck_assert_int_eq(ul_gso_split(piece, G_N_ELEMENTS(piece), &s.offload,
				      collect, &out), -EMSGSIZE);
	out_free(&out);
}
END_TEST

static void check_truncation(const struct super_frame *s, size_t len)
{
	uint8_t *cut = exact_copy(s->frame, len);
	struct ul_piece piece = { cut, len, NULL };
	struct out out;
	struct ul_gso g;

	poison(&g);
	ck_assert_int_lt(ul_gso_check(&g, &piece, 1, &s->offload), 0);
	ck_assert(is_poisoned(&g));
	ck_assert_int_lt(split(&out, cut, len, &s->offload), 0);
	ck_assert_uint_eq(out.count, 0);
	free(cut);
}

START_TEST(each_truncation_is_refused)
{
	struct super_frame s;

	super_frame_make(&s, &super_kinds[_i]);
	for (size_t len = 0; len < s.hdr_len + 10; len++)
		check_truncation(&s, len);
	for (size_t len = s.len - 10; len < s.len; len++)
		check_truncation(&s, len);
}
END_TEST

START_TEST(trailing_bytes_are_refused)
{
	struct super_frame s;
	struct out out;

	super_frame_make(&s, &super_kinds[_i]);
	ck_assert_int_eq(split(&out, s.frame, s.len + 1, &s.offload),
			 -EBADMSG);
}
END_TEST

/* Facts that do not go with the frame of super_kinds[0]: TCP over IPv4. */
static const struct ul_offload lies[] = {
	{ UL_CSUM_PARTIAL, 34, 16, 1 },
	{ UL_CSUM_PARTIAL, 34, 16, UL_GSO_SIZE_MIN - 1 },
	{ UL_CSUM_UNKNOWN, 34, 16, 1400 },
	{ UL_CSUM_VALID, 34, 16, 1400 },
	{ UL_CSUM_PARTIAL, 33, 16, 1400 },
	{ UL_CSUM_PARTIAL, 34, 6, 1400 },
	{ UL_CSUM_PARTIAL, 0, 0, 1400 },
	{ UL_CSUM_PARTIAL, 65535, 65535, 1400 },
	{ UL_CSUM_PARTIAL, 65535, 16, 0 },
	{ UL_CSUM_PARTIAL, 34, 65535, 0 },
	{ UL_CSUM_PARTIAL, 13, 0, 0 },
	{ UL_CSUM_PARTIAL, 110, 13, 0 },
};

START_TEST(lies_are_refused)
{
	struct super_frame s;
	struct out out;
	int ret;

	super_frame_make(&s, &super_kinds[0]);
	ret = split(&out, s.frame, s.len, &lies[_i]);
	ck_assert(ret == -EBADMSG || ret == -EMSGSIZE);
	ck_assert_uint_eq(out.count, 0);
}
END_TEST

/* One byte of the same frame, and what the result must be. */
static const struct {
	size_t at;
	uint8_t value;
	int result;
} changes[] = {
	{ 12, 0x07, -EBADMSG },		/* type of the frame */
	{ 14, 0x65, -EBADMSG },		/* version */
	{ 14, 0x44, -EBADMSG },		/* header shorter than a header */
	{ 14, 0x4f, -EBADMSG },		/* options that are not there */
	{ 16, 0x00, -EBADMSG },		/* total length */
	{ 20, 0x20, -EBADMSG },		/* more fragments */
	{ 21, 0x01, -EBADMSG },		/* an offset */
	{ 23, 1, -EBADMSG },		/* ICMP */
	{ 23, 17, -EBADMSG },		/* UDP */
	{ 46, 0x40, -EBADMSG },		/* TCP header shorter than one */
	{ 22, 1, 0 },			/* the TTL is nobody's business here */
};

START_TEST(headers_that_are_not_there_are_refused)
{
	struct super_frame s;
	struct out out;

	super_frame_make(&s, &super_kinds[0]);
	s.frame[changes[_i].at] = changes[_i].value;
	ck_assert_int_eq(split(&out, s.frame, s.len, &s.offload),
			 changes[_i].result);
	ck_assert_uint_eq(out.count > 0, changes[_i].result == 0);
	out_free(&out);
}
END_TEST

/* Three headers of 24 bytes leave no room for TCP's. */
START_TEST(headers_that_are_too_long_are_refused)
{
	struct super_frame s;
	struct out out;

	super_frame_make(&s, &(struct super_kind){
		.is_v6 = true, .is_tcp = true, .ext_len = 72,
		.payload_len = 5000, .gso_size = 1000,
	});
	ck_assert_int_eq(split(&out, s.frame, s.len, &s.offload), -EMSGSIZE);
}
END_TEST

START_TEST(an_early_end_is_passed_on)
{
	struct super_frame s;
	struct ul_piece piece;
	struct out out = { .stop_at = 3 };

	super_frame_make(&s, &super_kinds[0]);
	piece = (struct ul_piece){ s.frame, s.len, NULL };
	ck_assert_int_eq(ul_gso_split(&piece, 1, &s.offload, collect, &out),
			 -ENOBUFS);
	ck_assert_uint_eq(out.count, 3);
	out_free(&out);
}
END_TEST

START_TEST(whole_frames_pass_untouched)
{
	static const struct ul_offload whole[] = {
		{ 0 }, { .csum = UL_CSUM_VALID },
	};
	struct super_frame s;
	struct out out;

	super_frame_make(&s, &super_kinds[0]);
	for (unsigned int i = 0; i < 3; i++) {
		ck_assert_int_eq(split(&out, s.frame, s.len,
				       i < 2 ? &whole[i] : NULL), 0);
		ck_assert_uint_eq(out.count, 1);
		ck_assert_uint_eq(out.len[0], s.len);
		ck_assert_mem_eq(out.frame[0], s.frame, s.len);
		out_free(&out);
	}
}
END_TEST

/* A single packet of any protocol: the sum from its start to the end. */
START_TEST(partial_checksums_are_completed)
{
	struct super_frame s;
	struct out out;

	super_frame_make(&s, &super_kinds[_i]);
	s.offload.gso_size = 0;
	for (size_t cut = 0; cut < 2; cut++) {
		size_t l4_len;
		uint16_t id;

		super_frame_resize(&s, 101 + cut);
		ck_assert_int_eq(split(&out, s.frame, s.len, &s.offload), 0);
		ck_assert_uint_eq(out.count, 1);
		ck_assert_uint_eq(out.len[0], s.len);
		check_ip(out.frame[0] + (s.has_vlan ? 18 : 14),
			 s.len - (s.has_vlan ? 18 : 14), &l4_len, &id,
			 s.is_tcp);
		out_free(&out);
	}
}
END_TEST

/* RFC 768: a sum of zero is sent as all ones. */
START_TEST(udp_sum_of_zero_is_all_ones)
{
	uint8_t frame[14 + 20 + 8 + 2] = { 0 };
	struct ul_offload o = {
		.csum = UL_CSUM_PARTIAL, .csum_start = 34, .csum_offset = 6,
	};
	struct out out;

	frame[40] = 0x12;
	frame[41] = 0x34;
	frame[42] = 0xed;	/* ~0x1234 */
	frame[43] = 0xcb;
	ck_assert_int_eq(split(&out, frame, sizeof(frame), &o), 0);
	ck_assert_uint_eq(out.frame[0][40], 0xff);
	ck_assert_uint_eq(out.frame[0][41], 0xff);
	out_free(&out);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("gso");
	TCase *tc = tcase_create("gso");

	tcase_add_loop_test(tc, each_kind_is_segmented, 0, SUPER_KINDS);
	tcase_add_test(tc, pieces_may_end_anywhere);
	tcase_add_test(tc, too_many_pieces_are_refused);
	tcase_add_loop_test(tc, each_truncation_is_refused, 0, SUPER_KINDS);
	tcase_add_loop_test(tc, trailing_bytes_are_refused, 0, SUPER_KINDS);
	tcase_add_loop_test(tc, lies_are_refused, 0, G_N_ELEMENTS(lies));
	tcase_add_loop_test(tc, headers_that_are_not_there_are_refused, 0,
			    G_N_ELEMENTS(changes));
	tcase_add_test(tc, headers_that_are_too_long_are_refused);
	tcase_add_test(tc, an_early_end_is_passed_on);
	tcase_add_test(tc, whole_frames_pass_untouched);
	tcase_add_loop_test(tc, partial_checksums_are_completed, 0,
			    SUPER_KINDS);
	tcase_add_test(tc, udp_sum_of_zero_is_all_ones);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
