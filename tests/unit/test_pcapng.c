/* SPDX-License-Identifier: BSD-3-Clause */
/* test_pcapng.c - blocks of a capture, byte by byte where it matters */
#include <string.h>

#include "harness.h"
#include "wire/pcapng.h"

static uint8_t buf[512];

static uint32_t u32_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* The length is a multiple of four, in front, behind, and true. */
static void check_block(const struct ul_wr *w, uint32_t type)
{
	ck_assert(!w->bad);
	ck_assert_uint_eq(w->len % 4, 0);
	ck_assert_uint_le(w->len, UL_PCAPNG_BLOCK_MAX);
	ck_assert_uint_eq(u32_at(w->start), type);
	ck_assert_uint_eq(u32_at(w->start + 4), w->len);
	ck_assert_uint_eq(u32_at(w->start + w->len - 4), w->len);
}

START_TEST(a_section_says_its_byte_order)
{
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));

	ul_pcapng_section(&w, "userland");
	check_block(&w, 0x0a0d0d0a);
	ck_assert_uint_eq(u32_at(buf + 8), 0x1a2b3c4d);
	ck_assert_mem_eq(buf + 24, "\0\4\0\10userland\0\0\0\0", 16);
}
END_TEST

START_TEST(an_interface_has_its_name)
{
	static const char *const names[] = { "a", "port", "web-server-17" };
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	size_t len = strlen(names[_i]);

	ul_pcapng_interface(&w, names[_i], 96);
	check_block(&w, 1);
	ck_assert_mem_eq(buf + 8, "\0\1\0\0\0\0\0\x60\0\2\0", 11);
	ck_assert_uint_eq(buf[19], len);
	ck_assert_mem_eq(buf + 20, names[_i], len);
	/* Nanoseconds, and the end of options. */
	ck_assert_mem_eq(buf + w.len - 16, "\0\x9\0\1\x9\0\0\0\0\0\0\0", 12);
}
END_TEST

START_TEST(a_long_name_is_cut)
{
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	char name[300];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ul_pcapng_interface(&w, name, 0);
	check_block(&w, 1);
}
END_TEST

START_TEST(a_packet_is_padded_and_has_a_direction)
{
	struct ul_pcapng_packet p = {
		.interface = 3, .time_ns = 0x1122334455667788, .len = 1500,
		.cap_len = (uint32_t)_i,
		.direction = _i % 2 ? UL_PCAPNG_OUTBOUND : UL_PCAPNG_UNKNOWN,
	};
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));

	ul_pcapng_packet_head(&w, &p);
	ck_assert_uint_eq(w.len, UL_PCAPNG_PACKET_HLEN);
	ul_wr_zero(&w, p.cap_len);
	ul_pcapng_packet_tail(&w, &p);
	ck_assert_uint_le(w.len - UL_PCAPNG_PACKET_HLEN - p.cap_len,
			  UL_PCAPNG_PACKET_TLEN_MAX);
	check_block(&w, 6);
	ck_assert_uint_eq(u32_at(buf + 8), 3);
	ck_assert_uint_eq(u32_at(buf + 12), 0x11223344);
	ck_assert_uint_eq(u32_at(buf + 16), 0x55667788);
	ck_assert_uint_eq(u32_at(buf + 20), (uint32_t)_i);
	ck_assert_uint_eq(u32_at(buf + 24), 1500);
	if (_i % 2)
		ck_assert_mem_eq(buf + w.len - 16,
				 "\0\2\0\4\0\0\0\2\0\0\0\0", 12);
}
END_TEST

START_TEST(statistics_are_complete)
{
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));

	ul_pcapng_statistics(&w, 2, 77, 10, 4);
	check_block(&w, 5);
	ck_assert_uint_eq(u32_at(buf + 8), 2);
	ck_assert_uint_eq(buf[31], 10);
	ck_assert_uint_eq(buf[43], 4);
}
END_TEST

/* In every buffer that is too short. */
START_TEST(a_short_buffer_is_bad)
{
	struct ul_pcapng_packet p = { .direction = UL_PCAPNG_INBOUND };
	struct ul_wr whole = ul_wr_new(buf, sizeof(buf));
	struct ul_wr w;

	ul_pcapng_section(&whole, "userland");
	w = ul_wr_new(buf, (size_t)_i);
	ul_pcapng_section(&w, "userland");
	ck_assert_int_eq(w.bad, (size_t)_i < whole.len);
	w = ul_wr_new(buf, (size_t)_i);
	ul_pcapng_packet_head(&w, &p);
	ck_assert_int_eq(w.bad, _i < UL_PCAPNG_PACKET_HLEN);
	w = ul_wr_new(buf, (size_t)_i);
	ul_pcapng_packet_tail(&w, &p);
	ck_assert_int_eq(w.bad, _i < 16);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pcapng");
	TCase *tc = tcase_create("pcapng");

	tcase_add_test(tc, a_section_says_its_byte_order);
	tcase_add_loop_test(tc, an_interface_has_its_name, 0, 3);
	tcase_add_test(tc, a_long_name_is_cut);
	tcase_add_loop_test(tc, a_packet_is_padded_and_has_a_direction, 0, 9);
	tcase_add_test(tc, statistics_are_complete);
	tcase_add_loop_test(tc, a_short_buffer_is_bad, 0, 60);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
