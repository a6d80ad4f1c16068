/* SPDX-License-Identifier: BSD-3-Clause */
/* test_socks5.c - what is said before a proxied connection */
#include <errno.h>

#include "harness.h"
#include "wire/socks5.h"

static const char *const hosts[] = {
	"10.0.2.15", "fd00::15", "web", "db.lab.internal",
};
#define HOST_COUNT 4

static size_t emit(uint8_t out[UL_SOCKS5_REQUEST_MAX], const char *host)
{
	struct ul_wr w = ul_wr_new(out, UL_SOCKS5_REQUEST_MAX);
	struct ul_socks5_request q = {
		.command = UL_SOCKS5_CONNECT, .port = 8080,
	};

	memcpy(q.host, host, strlen(host) + 1);
	ul_socks5_emit_request(&w, &q);
	ck_assert(!w.bad);
	return w.len;
}

START_TEST(a_request_comes_back)
{
	uint8_t bytes[UL_SOCKS5_REQUEST_MAX];
	size_t len = emit(bytes, hosts[_i]);
	uint8_t *p = exact_copy(bytes, len);
	struct ul_rd r = ul_rd_new(p, len);
	struct ul_socks5_request q;

	ck_assert_int_eq(ul_socks5_parse_request(&q, &r), 0);
	ck_assert_uint_eq(q.command, UL_SOCKS5_CONNECT);
	ck_assert_str_eq(q.host, hosts[_i]);
	ck_assert_uint_eq(q.port, 8080);
	ck_assert(!r.bad && !r.left);
	free(p);
}
END_TEST

START_TEST(a_part_of_a_request_waits_for_more)
{
	uint8_t bytes[UL_SOCKS5_REQUEST_MAX];
	size_t whole = emit(bytes, hosts[_i]);

	for (size_t len = 0; len < whole; len++) {
		uint8_t *cut = exact_copy(bytes, len);
		struct ul_rd r = ul_rd_new(cut, len);
		struct ul_socks5_request q = { .port = 77 };

		ck_assert_int_eq(ul_socks5_parse_request(&q, &r), -EAGAIN);
		ck_assert_uint_eq(q.port, 77);
		ck_assert_uint_eq(r.left, len);
		free(cut);
	}
}
END_TEST

START_TEST(the_longest_name_fits)
{
	uint8_t bytes[UL_SOCKS5_REQUEST_MAX];
	char host[UL_SOCKS5_HOST_MAX + 1];
	struct ul_socks5_request q;
	struct ul_rd r;

	memset(host, 'a', UL_SOCKS5_HOST_MAX);
	host[UL_SOCKS5_HOST_MAX] = '\0';
	ck_assert_uint_eq(emit(bytes, host), UL_SOCKS5_REQUEST_MAX);
	r = ul_rd_new(bytes, UL_SOCKS5_REQUEST_MAX);
	ck_assert_int_eq(ul_socks5_parse_request(&q, &r), 0);
	ck_assert_str_eq(q.host, host);
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
	int rc;
} bad[] = {
	{ "\4\1\0\1\1\2\3\4\0\1", 10, -EPROTO },	/* SOCKS4 */
	{ "GET / HTTP/1.1", 14, -EPROTO },
	{ "\5\1\0\3\0\0\x50", 7, -EBADMSG },		/* an empty name */
	{ "\5\1\0\3\2a\0\0\x50", 9, -EBADMSG },
	{ "\5\1\0\3\2a \0\x50", 9, -EBADMSG },
	{ "\5\1\0\3\2a\xff\0\x50", 9, -EBADMSG },
	{ "\5\1\0\2\1\2\3\4\0\1", 10, -EAFNOSUPPORT },
};
#define BAD_COUNT 7

START_TEST(a_bad_request_is_refused)
{
	uint8_t *p = exact_copy(bad[_i].bytes, bad[_i].len);
	struct ul_rd r = ul_rd_new(p, bad[_i].len);
	struct ul_socks5_request q = { .port = 77 };

	ck_assert_int_eq(ul_socks5_parse_request(&q, &r), bad[_i].rc);
	ck_assert_uint_eq(q.port, 77);
	free(p);
}
END_TEST

START_TEST(a_hello_tells_its_methods)
{
	static const uint8_t hello[] = { 5, 3, 2, 0, 1, 5 };
	bool has_none = false;
	struct ul_rd r;

	for (size_t len = 0; len < 5; len++) {
		uint8_t *cut = exact_copy(hello, len);

		r = ul_rd_new(cut, len);
		ck_assert_int_eq(ul_socks5_parse_hello(&has_none, &r),
				 -EAGAIN);
		ck_assert(!has_none);
		free(cut);
	}
	r = ul_rd_new(hello, sizeof(hello));
	ck_assert_int_eq(ul_socks5_parse_hello(&has_none, &r), 0);
	ck_assert(has_none);
	ck_assert_uint_eq(r.left, 1);	/* the next message's */
	r = ul_rd_new("\5\1\2", 3);
	ck_assert_int_eq(ul_socks5_parse_hello(&has_none, &r), 0);
	ck_assert(!has_none);
	r = ul_rd_new("\4", 1);
	ck_assert_int_eq(ul_socks5_parse_hello(&has_none, &r), -EPROTO);
}
END_TEST

START_TEST(replies_are_as_in_the_standard)
{
	uint8_t bytes[UL_SOCKS5_REPLY_LEN];
	struct ul_wr w = ul_wr_new(bytes, sizeof(bytes));

	ul_socks5_emit_reply(&w, UL_SOCKS5_REFUSED);
	ck_assert(!w.bad && w.len == UL_SOCKS5_REPLY_LEN);
	ck_assert_mem_eq(bytes, "\5\5\0\1\0\0\0\0\0\0", 10);
	w = ul_wr_new(bytes, sizeof(bytes));
	ul_socks5_emit_method(&w, true);
	ul_socks5_emit_method(&w, false);
	ck_assert_mem_eq(bytes, "\5\0\5\xff", 4);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("socks5");
	TCase *tc = tcase_create("socks5");

	tcase_add_loop_test(tc, a_request_comes_back, 0, HOST_COUNT);
	tcase_add_loop_test(tc, a_part_of_a_request_waits_for_more, 0,
			    HOST_COUNT);
	tcase_add_test(tc, the_longest_name_fits);
	tcase_add_loop_test(tc, a_bad_request_is_refused, 0, BAD_COUNT);
	tcase_add_test(tc, a_hello_tells_its_methods);
	tcase_add_test(tc, replies_are_as_in_the_standard);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
