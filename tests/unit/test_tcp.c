/* SPDX-License-Identifier: BSD-3-Clause */
/* test_tcp.c - TCP header, options, and what is done to them in place */
#include "wire/tcp.h"

#include <errno.h>

#include "base/csum.h"
#include "harness.h"
#include "unit/poison.h"

#define IPPROTO_OF_TCP 6
#define MSS 2, 4, 0x05, 0xb4
#define WSCALE 3, 3, 7
#define SACK_OK 4, 2
#define NOP 1
#define END 0

struct options {
	uint8_t len;		/* a multiple of four */
	uint8_t bytes[40];
	uint16_t mss;
	int8_t wscale;
	bool sack_ok;
	uint8_t sack_count;
};

static const struct options lists[] = {
	{ 0, { 0 }, 0, -1, false, 0 },
	{ 12, { MSS, SACK_OK, NOP, NOP, WSCALE, NOP }, 1460, 7, true, 0 },
	{ 4, { 3, 3, 200, NOP }, 0, 14, false, 0 },	/* RFC 7323 2.3 */
	/* what stands behind the end is not read */
	{ 8, { END, MSS, NOP, NOP, NOP }, 0, -1, false, 0 },
	/* unknown, and timestamps, are passed */
	{ 20, { 254, 4, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, MSS, NOP, NOP },
	  1460, -1, false, 0 },
	/* malformed: the list ends, what was read before counts */
	{ 8, { MSS, 2, 0, 5, 5 }, 1460, -1, false, 0 },
	{ 8, { 99, 1, MSS, NOP, NOP }, 0, -1, false, 0 },
	{ 4, { NOP, NOP, NOP, 2 }, 0, -1, false, 0 },
	{ 4, { NOP, NOP, 2, 4 }, 0, -1, false, 0 },
	{ 4, { 254, 255, 0, 0 }, 0, -1, false, 0 },
	/* wrong lengths of known options are passed */
	{ 8, { 2, 3, 9, 3, 2, 4, 3, 9 }, 0, -1, false, 0 },
	/* two and a half blocks */
	{ 24, { 5, 22, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 9, 9, 9,
		9, NOP, NOP }, 0, -1, false, 2 },
	{ 36, { NOP, NOP, 5, 34 }, 0, -1, false, 4 },
	{ 40, { 5, 34, [34] = 5, 2, MSS }, 1460, -1, false, 4 },
};
#define LISTS (sizeof(lists) / sizeof(*lists))

static const uint8_t head[UL_TCP_HLEN] = {
	0x04, 0x00, 0x00, 0x50, 0x11, 0x22, 0x33, 0x44, 0xaa, 0xbb, 0xcc, 0xdd,
	0x50, UL_TCP_SYN | UL_TCP_ACK | UL_TCP_URG, 0xff, 0xfe, 0, 0, 0x7f, 7,
};

/* A segment with these options and "data", exactly as long, on the heap. */
static uint8_t *segment(const struct options *o, size_t *len)
{
	uint8_t *seg;
	struct ul_wr w;

	*len = UL_TCP_HLEN + o->len + 4;
	seg = malloc(*len);
	w = ul_wr_new(seg, *len);
	ul_wr_bytes(&w, head, UL_TCP_HLEN);
	ul_wr_bytes(&w, o->bytes, o->len);
	ul_wr_bytes(&w, "data", 4);
	seg[12] = (uint8_t)((UL_TCP_HLEN + o->len) / 4 << 4);
	return seg;
}

START_TEST(header_is_read)
{
	size_t len;
	uint8_t *seg = segment(&lists[0], &len);
	struct ul_tcp h;

	ck_assert_int_eq(ul_tcp_parse(&h, seg, len), 0);
	ck_assert_uint_eq(h.src_port, 1024);
	ck_assert_uint_eq(h.dst_port, 80);
	ck_assert_uint_eq(h.seq, 0x11223344);
	ck_assert_uint_eq(h.ack, 0xaabbccdd);
	ck_assert_uint_eq(h.flags, UL_TCP_SYN | UL_TCP_ACK | UL_TCP_URG);
	ck_assert_uint_eq(h.window, 0xfffe);
	ck_assert_uint_eq(h.hdr_len, UL_TCP_HLEN);
	free(seg);
}
END_TEST

START_TEST(options_are_read)
{
	const struct options *o = &lists[_i];
	size_t len;
	uint8_t *seg = segment(o, &len);
	struct ul_tcp h;

	ck_assert_int_eq(ul_tcp_parse(&h, seg, len), 0);
	ck_assert_uint_eq(h.hdr_len, UL_TCP_HLEN + o->len);
	ck_assert_uint_eq(h.mss, o->mss);
	ck_assert_int_eq(h.wscale, o->wscale);
	ck_assert_int_eq(h.sack_ok, o->sack_ok);
	ck_assert_uint_eq(h.sack_count, o->sack_count);
	free(seg);
}
END_TEST

START_TEST(sack_blocks_keep_their_order)
{
	size_t len;
	uint8_t *seg = segment(&lists[11], &len);
	struct ul_tcp h;

	ck_assert_int_eq(ul_tcp_parse(&h, seg, len), 0);
	ck_assert_uint_eq(h.sack[0].left, 1);
	ck_assert_uint_eq(h.sack[0].right, 2);
	ck_assert_uint_eq(h.sack[1].left, 3);
	ck_assert_uint_eq(h.sack[1].right, 4);
	free(seg);
}
END_TEST

START_TEST(every_truncation_of_the_header_is_refused)
{
	size_t len;
	uint8_t *seg = segment(&lists[1], &len);
	uint8_t *cut = exact_copy(seg, (size_t)_i);
	struct ul_tcp h;

	poison(&h);
	ck_assert_int_eq(ul_tcp_parse(&h, cut, (size_t)_i), -EBADMSG);
	ck_assert(is_poisoned(&h));
	free(cut);
	free(seg);
}
END_TEST

START_TEST(header_length_must_be_possible)
{
	size_t len;
	uint8_t *seg = segment(&lists[0], &len);
	struct ul_tcp h;

	seg[12] = (uint8_t)(_i << 4);
	poison(&h);
	if (_i == 5 || _i == 6) {
		ck_assert_int_eq(ul_tcp_parse(&h, seg, len), 0);
	} else {
		ck_assert_int_eq(ul_tcp_parse(&h, seg, len), -EBADMSG);
		ck_assert(is_poisoned(&h));
	}
	free(seg);
}
END_TEST

START_TEST(each_flipped_bit_is_noticed)
{
	static const char *const ends[] = { "10.0.2.15", "fd00::15" };
	struct ul_addr a;
	uint16_t sum;
	size_t len;

	for (int i = 0; i < 2; i++) {
		uint8_t *seg = segment(&lists[1], &len);

		ul_addr_parse(&a, ends[i]);
		sum = ul_csum_fold(ul_csum_add_plain(
			ul_csum_pseudo(&a, &a, IPPROTO_OF_TCP, (uint32_t)len),
			seg, len));
		seg[16] = (uint8_t)(sum >> 8);
		seg[17] = (uint8_t)sum;
		ck_assert(ul_tcp_checksum_ok(&a, &a, seg, len));
		seg[_i / 8] ^= (uint8_t)(1 << _i % 8);
		ck_assert(!ul_tcp_checksum_ok(&a, &a, seg, len));
		free(seg);
	}
}
END_TEST

START_TEST(blanking_leaves_only_nops)
{
	size_t len;
	uint8_t *seg = segment(&lists[_i], &len);
	uint8_t hdr_len = (uint8_t)(UL_TCP_HLEN + lists[_i].len);
	uint8_t *was = exact_copy(seg, len);

	ul_tcp_blank_options(seg, hdr_len);
	ck_assert_mem_eq(seg, was, UL_TCP_HLEN);
	for (size_t i = UL_TCP_HLEN; i < hdr_len; i++)
		ck_assert_uint_eq(seg[i], NOP);
	ck_assert_mem_eq(seg + hdr_len, "data", 4);
	free(was);
	free(seg);
}
END_TEST

static uint16_t clamped(uint16_t mss, uint16_t min, uint16_t max)
{
	struct options o = lists[1];
	struct ul_tcp h;
	uint8_t *seg, *was;
	size_t len;

	o.bytes[2] = (uint8_t)(mss >> 8);
	o.bytes[3] = (uint8_t)mss;
	seg = segment(&o, &len);
	was = exact_copy(seg, len);
	ul_tcp_clamp_mss(seg, UL_TCP_HLEN + 12, min, max);
	ck_assert_int_eq(ul_tcp_parse(&h, seg, len), 0);
	ck_assert_mem_eq(seg, was, UL_TCP_HLEN + 2);
	ck_assert_mem_eq(seg + UL_TCP_HLEN + 4, was + UL_TCP_HLEN + 4,
			 len - UL_TCP_HLEN - 4);
	free(was);
	free(seg);
	return h.mss;
}

START_TEST(mss_is_kept_between_its_bounds)
{
	ck_assert_uint_eq(clamped(0, 536, 1460), 536);
	ck_assert_uint_eq(clamped(535, 536, 1460), 536);
	ck_assert_uint_eq(clamped(536, 536, 1460), 536);
	ck_assert_uint_eq(clamped(1000, 536, 1460), 1000);
	ck_assert_uint_eq(clamped(1461, 536, 1460), 1460);
	ck_assert_uint_eq(clamped(65535, 536, 65480), 65480);
}
END_TEST

/* Every one of them: lwIP takes the last. */
START_TEST(repeated_mss_options_are_all_clamped)
{
	struct options o = {
		.len = 12, .bytes = { MSS, 2, 4, 0, 1, 2, 4, 0xff, 0xff },
	};
	struct ul_tcp h;
	size_t len;
	uint8_t *seg = segment(&o, &len);

	ul_tcp_clamp_mss(seg, UL_TCP_HLEN + 12, 536, 1400);
	ck_assert_uint_eq(seg[22] << 8 | seg[23], 1400);
	ck_assert_uint_eq(seg[26] << 8 | seg[27], 536);
	ck_assert_uint_eq(seg[30] << 8 | seg[31], 1400);
	ck_assert_int_eq(ul_tcp_parse(&h, seg, len), 0);
	free(seg);
}
END_TEST

/* On every list of the table, malformed ones too: no byte but of an MSS. */
START_TEST(clamping_changes_nothing_else)
{
	size_t len;
	uint8_t *seg = segment(&lists[_i], &len);
	uint8_t *was = exact_copy(seg, len);
	size_t changed = 0;

	ul_tcp_clamp_mss(seg, (uint8_t)(UL_TCP_HLEN + lists[_i].len), 536,
			 537);
	for (size_t i = 0; i < len; i++)
		changed += seg[i] != was[i];
	ck_assert_uint_eq(changed, lists[_i].mss ? 2 : 0);
	free(was);
	free(seg);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tcp");
	TCase *tc = tcase_create("tcp");

	tcase_add_test(tc, header_is_read);
	tcase_add_loop_test(tc, options_are_read, 0, LISTS);
	tcase_add_test(tc, sack_blocks_keep_their_order);
	tcase_add_loop_test(tc, every_truncation_of_the_header_is_refused, 0,
			    UL_TCP_HLEN + 12);
	tcase_add_loop_test(tc, header_length_must_be_possible, 0, 16);
	tcase_add_loop_test(tc, each_flipped_bit_is_noticed, 0,
			    (UL_TCP_HLEN + 12 + 4) * 8);
	tcase_add_loop_test(tc, blanking_leaves_only_nops, 0, LISTS);
	tcase_add_test(tc, mss_is_kept_between_its_bounds);
	tcase_add_test(tc, repeated_mss_options_are_all_clamped);
	tcase_add_loop_test(tc, clamping_changes_nothing_else, 0, LISTS);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
