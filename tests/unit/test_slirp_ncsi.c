/* SPDX-License-Identifier: BSD-3-Clause */
/* test_slirp_ncsi.c - a BMC's commands to the network controller */
#include "qemu-glue/ncsi.h"

#include <stdbool.h>

#include "base/cursor.h"
#include "harness.h"

#define HEAD (14 + 16)
#define MELLANOX 0x8119

static const struct ul_ncsi_conf conf = {
	MELLANOX, { 0xde, 0xad, 0xbe, 0xef, 0xca, 0xfe },
};

static size_t command(uint8_t *buf, uint8_t type, const void *data, size_t len)
{
	struct ul_wr w = ul_wr_new(buf, HEAD + len);

	memset(ul_wr_take(&w, 12), 0xff, 12);
	ul_wr_u16(&w, UL_NCSI_ETHERTYPE);
	ul_wr_bytes(&w, "\x07\x01\x00\x2a", 4);
	ul_wr_u8(&w, type);
	ul_wr_u8(&w, 3);
	ul_wr_u16(&w, (uint16_t)len);
	ul_wr_zero(&w, 8);
	ul_wr_bytes(&w, data, len);
	ck_assert(!w.bad);
	return w.len;
}

/* The answer's payload, all else in it checked; *len is its length. */
static const uint8_t *ask(const struct ul_ncsi_conf *to, uint8_t type,
			  const void *data, size_t data_len, size_t *len)
{
	static uint8_t out[UL_NCSI_ANSWER_MAX];
	uint8_t buf[HEAD + 64];
	size_t n = command(buf, type, data, data_len);
	uint8_t *exact = exact_copy(buf, n);
	uint32_t sum = 0;

	n = ul_ncsi_answer(out, to, exact, n);
	free(exact);
	ck_assert_uint_ge(n, HEAD + 4 + 4);
	ck_assert_mem_eq(out, buf, 14);
	ck_assert_mem_eq(out + 14, "\x07\x01\x00\x2a", 4);
	ck_assert_uint_eq(out[18], type | 0x80);
	ck_assert_uint_eq(out[19], 3);
	*len = (size_t)(out[20] << 8 | out[21]);
	ck_assert_uint_eq(n, HEAD + *len + 4);
	for (size_t i = 14; i < n - 4; i += 2)
		sum += (uint32_t)(out[i] << 8 | out[i + 1]);
	for (size_t i = n - 4; i < n; i++)
		ck_assert_uint_eq(out[i], (uint8_t)(-sum >> (8 * (n - 1 - i))));
	return out + HEAD;
}

START_TEST(each_type_is_answered)
{
	static const uint8_t known[] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18,
		19, 20, 21, 22, 23, 24, 25, 26, 27, 0x51, 0x52,
	};
	bool is_known = memchr(known, _i, sizeof(known));
	size_t len;
	const uint8_t *p = ask(&conf, (uint8_t)_i, NULL, 0, &len);

	if (_i == 0x50)
		ck_assert_mem_eq(p, "\0\1\0\5", 4);	/* whose? */
	else if (is_known)
		ck_assert_mem_eq(p, "\0\0\0\0", 4);
	else
		ck_assert_mem_eq(p, "\0\2\x7f\xff", 4);
}
END_TEST

START_TEST(an_answer_is_not_answered)
{
	uint8_t buf[HEAD], out[UL_NCSI_ANSWER_MAX];
	size_t len = command(buf, (uint8_t)_i, NULL, 0);

	ck_assert_uint_eq(ul_ncsi_answer(out, &conf, buf, len), 0);
}
END_TEST

START_TEST(each_truncation_is_ignored)
{
	uint8_t buf[HEAD], out[UL_NCSI_ANSWER_MAX];
	uint8_t *exact;

	command(buf, 0x15, NULL, 0);
	exact = exact_copy(buf, (size_t)_i);
	ck_assert_uint_eq(ul_ncsi_answer(out, &conf, exact, (size_t)_i), 0);
	free(exact);
}
END_TEST

START_TEST(the_version_names_the_maker)
{
	size_t len;
	const uint8_t *p = ask(&conf, 0x15, NULL, 0, &len);

	ck_assert_uint_eq(len, 40);
	ck_assert_mem_eq(p + 4, "\xf1\xf0\xf0\0", 4);
	ck_assert_mem_eq(p + 36, "\0\0\x81\x19", 4);
}
END_TEST

START_TEST(the_link_is_up)
{
	size_t len;
	const uint8_t *p = ask(&conf, 0x0a, NULL, 0, &len);

	ck_assert_uint_eq(len, 16);
	ck_assert_mem_eq(p + 4, "\0\0\0\1", 4);
}
END_TEST

START_TEST(it_can_do_all)
{
	static const uint8_t expected[32] = {
		[4] = 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
		255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
		[27] = 2, [30] = 255,
	};
	size_t len;
	const uint8_t *p = ask(&conf, 0x16, NULL, 0, &len);

	ck_assert_uint_eq(len, sizeof(expected));
	ck_assert_mem_eq(p, expected, sizeof(expected));
}
END_TEST

START_TEST(mellanox_tells_the_mac)
{
	static const uint8_t expected[24] = {
		0, 0, 0, 0, 0, 0, 0x81, 0x19, 1, 0, 0x1b, 9, 0, 0, 0, 0,
		0xde, 0xad, 0xbe, 0xef, 0xca, 0xfe,
	};
	static const struct ul_ncsi_conf no_mac = { MELLANOX, { 0 } };
	size_t len;
	const uint8_t *p = ask(&conf, 0x50, "\0\0\x81\x19\0\0\x1b\x09", 8, &len);

	ck_assert_uint_eq(len, sizeof(expected));
	ck_assert_mem_eq(p, expected, sizeof(expected));
	p = ask(&no_mac, 0x50, "\0\0\x81\x19\0\0\x1b\x09", 8, &len);
	ck_assert_uint_eq(p[8], 0);
	ck_assert_mem_eq(p + 16, "\0\0\0\0\0\0", 6);
}
END_TEST

/* Another's command, one that Mellanox has not, half of one. */
START_TEST(other_oem_commands_are_unsupported)
{
	static const struct {
		const char *data;
		size_t len;
	} row[] = {
		{ "\0\0\x11\x3d\0\0\x1b\0", 8 },
		{ "\0\0\x81\x19\xff\xff\0\0", 8 },
		{ "\0\0\x81\x19\0\0\x1a\0", 8 },
		{ "\0\0\x81\x19\0\0\x1b", 7 },
		{ "\0\0\x81\x19", 4 },
	};
	size_t len;
	const uint8_t *p = ask(&conf, 0x50, row[_i].data, row[_i].len, &len);

	ck_assert_uint_eq(len, 8);
	ck_assert_mem_eq(p, "\0\3\x7f\xff", 4);
	ck_assert_mem_eq(p + 4, row[_i].data, 4);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("slirp_ncsi");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, each_type_is_answered, 0, 0x80);
	tcase_add_loop_test(tc, an_answer_is_not_answered, 0x80, 0x100);
	tcase_add_loop_test(tc, each_truncation_is_ignored, 0, HEAD);
	tcase_add_test(tc, the_version_names_the_maker);
	tcase_add_test(tc, the_link_is_up);
	tcase_add_test(tc, it_can_do_all);
	tcase_add_test(tc, mellanox_tells_the_mac);
	tcase_add_loop_test(tc, other_oem_commands_are_unsupported, 0, 5);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
