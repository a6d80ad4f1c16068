/* SPDX-License-Identifier: BSD-3-Clause */
/* test_tftp.c - TFTP messages: options, truncation, round trip */
#include "wire/tftp.h"

#include <errno.h>

#include "harness.h"

static int parse(struct ul_tftp_msg *m, const void *data, size_t len)
{
	uint8_t *exact = exact_copy(data, len);
	int rc = ul_tftp_parse(m, exact, len);

	free(exact);
	return rc;
}

#define PARSE(m, bytes) parse(m, bytes, sizeof(bytes) - 1)

START_TEST(a_request_is_read)
{
	struct ul_tftp_msg m;

	ck_assert_int_eq(PARSE(&m, "\0\1boot/f\0OCTET\0blksize\0" "1432\0"
			       "TSIZE\0" "0\0timeout\0" "3\0windowsize\0"
			       "16\0unknown\0x\0"), 0);
	ck_assert_uint_eq(m.op, UL_TFTP_RRQ);
	ck_assert_str_eq(m.text, "boot/f");
	ck_assert_int_eq(m.mode, UL_TFTP_OCTET);
	ck_assert_uint_eq(m.options.blksize, 1432);
	ck_assert(m.options.has_tsize && !m.options.tsize);
	ck_assert_uint_eq(m.options.timeout_s, 3);
	ck_assert_uint_eq(m.options.windowsize, 16);
}
END_TEST

START_TEST(modes_are_told_apart)
{
	struct ul_tftp_msg m;

	ck_assert_int_eq(PARSE(&m, "\0\1f\0netASCII\0"), 0);
	ck_assert_int_eq(m.mode, UL_TFTP_NETASCII);
	ck_assert_int_eq(PARSE(&m, "\0\2f\0mail\0"), 0);
	ck_assert_int_eq(m.mode, UL_TFTP_MODE_OTHER);
}
END_TEST

/* Values that an option cannot have: it is as if it were not there. */
START_TEST(odd_options_are_left_out)
{
	struct ul_tftp_msg m;

	ck_assert_int_eq(PARSE(&m, "\0\1f\0octet\0blksize\0" "7\0timeout\0"
			       "256\0windowsize\0" "0\0tsize\0-1\0"), 0);
	ck_assert_uint_eq(m.options.blksize, 0);
	ck_assert_uint_eq(m.options.timeout_s, 0);
	ck_assert_uint_eq(m.options.windowsize, 0);
	ck_assert(!m.options.has_tsize);
	ck_assert_int_eq(PARSE(&m, "\0\1f\0octet\0blksize\0" "65465\0tsize\0"
			       "99999999999999999999\0\0\0\0"), 0);
	ck_assert_uint_eq(m.options.blksize, 0);
	ck_assert(!m.options.has_tsize);
	ck_assert_int_eq(PARSE(&m, "\0\1f\0octet\0blksize"), 0);
}
END_TEST

START_TEST(what_is_malformed_is_refused)
{
	struct ul_tftp_msg m = { .op = 77 };
	char name[300];

	ck_assert_int_eq(ul_tftp_parse(&m, NULL, 0), -EBADMSG);
	ck_assert_int_eq(PARSE(&m, "\0"), -EBADMSG);
	ck_assert_int_eq(PARSE(&m, "\0\1"), -EBADMSG);
	ck_assert_int_eq(PARSE(&m, "\0\1file"), -EBADMSG);
	ck_assert_int_eq(PARSE(&m, "\0\4\0"), -EBADMSG);
	ck_assert_int_eq(PARSE(&m, "\0\5\0\1no end"), -EBADMSG);
	ck_assert_int_eq(PARSE(&m, "\0\7"), -EPROTO);
	ck_assert_int_eq(PARSE(&m, "\0\0"), -EPROTO);
	memset(name, 'x', sizeof(name));
	memcpy(name, "\0\1", 2);
	memcpy(name + 2 + UL_TFTP_TEXT_MAX + 1, "\0octet\0", 7);
	ck_assert_int_eq(parse(&m, name, sizeof(name)), -EBADMSG);
	ck_assert_uint_eq(m.op, 77);
	memcpy(name + 2 + UL_TFTP_TEXT_MAX, "\0octet\0", 7);
	ck_assert_int_eq(parse(&m, name, sizeof(name)), 0);
}
END_TEST

static const struct ul_tftp_msg whole[] = {
	{ .op = UL_TFTP_RRQ, .text = "a/b", .mode = UL_TFTP_OCTET,
	  .options = { 1468, 9, 32, true, 1ull << 40 } },
	{ .op = UL_TFTP_WRQ, .text = "a", .mode = UL_TFTP_NETASCII },
	{ .op = UL_TFTP_ACK, .number = 65535 },
	{ .op = UL_TFTP_ERROR, .number = 2, .text = "no" },
	{ .op = UL_TFTP_OACK, .options = { 8, 1, 1, true, 0 } },
	{ .op = UL_TFTP_DATA, .number = 1, .data = (const uint8_t *)"ab",
	  .data_len = 2 },
};

START_TEST(what_is_written_is_read)
{
	const struct ul_tftp_msg *m = &whole[_i];
	uint8_t buf[600];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	struct ul_tftp_msg got;

	ul_tftp_emit(&w, m);
	ck_assert(!w.bad);
	ck_assert_int_eq(ul_tftp_parse(&got, buf, w.len), 0);
	ck_assert_uint_eq(got.op, m->op);
	ck_assert_uint_eq(got.number, m->number);
	ck_assert_str_eq(got.text, m->text);
	ck_assert_int_eq(got.mode, m->mode);
	ck_assert_uint_eq(got.options.blksize, m->options.blksize);
	ck_assert_uint_eq(got.options.timeout_s, m->options.timeout_s);
	ck_assert_uint_eq(got.options.windowsize, m->options.windowsize);
	ck_assert_int_eq(got.options.has_tsize, m->options.has_tsize);
	ck_assert_uint_eq(got.options.tsize, m->options.tsize);
	ck_assert_uint_eq(got.data_len, m->data_len);
	for (size_t len = 1; len < w.len; len++)
		parse(&got, buf, len);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tftp");
	TCase *tc = tcase_create("tftp");

	tcase_add_test(tc, a_request_is_read);
	tcase_add_test(tc, modes_are_told_apart);
	tcase_add_test(tc, odd_options_are_left_out);
	tcase_add_test(tc, what_is_malformed_is_refused);
	tcase_add_loop_test(tc, what_is_written_is_read, 0,
			    sizeof(whole) / sizeof(*whole));
	suite_add_tcase(s, tc);
	return run_suite(s);
}
