/* SPDX-License-Identifier: BSD-3-Clause */
/* test_dns.c - DNS headers and questions, as a relay reads them */
#include "wire/dns.h"

#include <errno.h>

#include "harness.h"
#include "unit/poison.h"

#define NAME "\3www\7eXample\3com"	/* and the root, its NUL */
#define NAME_LEN sizeof(NAME)
#define QUESTION_LEN (NAME_LEN + 4)
#define MSG_MAX 1024

/* A message with these counts, @name, type A, class IN, and @more. */
static size_t message(uint8_t buf[MSG_MAX], const uint16_t counts[4],
		      const void *name, size_t name_len, const void *more,
		      size_t more_len)
{
	struct ul_wr w = ul_wr_new(buf, MSG_MAX);

	ul_wr_u16(&w, 0x1234);
	ul_wr_u16(&w, UL_DNS_RD);
	for (int i = 0; i < 4; i++)
		ul_wr_u16(&w, counts[i]);
	ul_wr_bytes(&w, name, name_len);
	ul_wr_u32(&w, 1 << 16 | 1);
	ul_wr_bytes(&w, more, more_len);
	ck_assert(!w.bad);
	return w.len;
}

static const uint16_t one_question[4] = { 1 };

/* The question's length in an exact copy of a message with @name. */
static size_t question_len_of(const void *name, size_t name_len)
{
	uint8_t buf[MSG_MAX];
	size_t len = message(buf, one_question, name, name_len, NULL, 0);
	uint8_t *exact = exact_copy(buf, len);
	struct ul_dns_head h;

	ck_assert_int_eq(ul_dns_head_parse(&h, exact, len), 0);
	free(exact);
	return h.question_len;
}

START_TEST(header_and_question_are_read)
{
	static const uint16_t counts[4] = { 1, 2, 3, 65535 };
	uint8_t buf[MSG_MAX];
	size_t len = message(buf, counts, NAME, NAME_LEN, NULL, 0);
	struct ul_dns_head h;

	ck_assert_int_eq(ul_dns_head_parse(&h, buf, len), 0);
	ck_assert_uint_eq(h.id, 0x1234);
	ck_assert_uint_eq(h.flags, UL_DNS_RD);
	ck_assert_uint_eq(h.questions, 1);
	ck_assert_uint_eq(h.records, 65540);
	ck_assert_uint_eq(h.question_len, QUESTION_LEN);
}
END_TEST

/* Without a header: refused. Behind it: a message without its question. */
START_TEST(every_truncation_is_noticed)
{
	uint8_t buf[MSG_MAX];
	uint8_t *cut;
	struct ul_dns_head h;

	message(buf, one_question, NAME, NAME_LEN, NULL, 0);
	cut = exact_copy(buf, (size_t)_i);
	poison(&h);
	if (_i < UL_DNS_HLEN) {
		ck_assert_int_eq(ul_dns_head_parse(&h, cut, (size_t)_i),
				 -EBADMSG);
		ck_assert(is_poisoned(&h));
	} else {
		ck_assert_int_eq(ul_dns_head_parse(&h, cut, (size_t)_i), 0);
		ck_assert_uint_eq(h.question_len, 0);
	}
	free(cut);
}
END_TEST

START_TEST(only_one_question_counts)
{
	static const uint16_t none[4] = { 0 }, two[4] = { 2 };
	uint8_t buf[MSG_MAX];
	struct ul_dns_head h;
	size_t len;

	len = message(buf, none, NAME, NAME_LEN, NULL, 0);
	ck_assert_int_eq(ul_dns_head_parse(&h, buf, len), 0);
	ck_assert_uint_eq(h.question_len, 0);
	len = message(buf, two, NAME, NAME_LEN, NULL, 0);
	ck_assert_int_eq(ul_dns_head_parse(&h, buf, len), 0);
	ck_assert_uint_eq(h.question_len, 0);
}
END_TEST

START_TEST(hostile_names_are_no_questions)
{
	ck_assert_uint_eq(question_len_of("", 1), 5);
	/* a pointer to itself, a reserved label type, one that is cut */
	ck_assert_uint_eq(question_len_of("\xc0\x0c", 2), 0);
	ck_assert_uint_eq(question_len_of("\3www\xc0\x0c", 6), 0);
	ck_assert_uint_eq(question_len_of("\x40\1", 2), 0);
	ck_assert_uint_eq(question_len_of("\x3fwww", 4), 0);
}
END_TEST

/* RFC 1035 2.3.4: 255 bytes with all length bytes. */
START_TEST(names_are_bounded)
{
	uint8_t name[300];
	size_t len = 0;

	memset(name, 'a', sizeof(name));
	for (int i = 0; i < 4; i++, len += 64)
		name[len] = 63;
	name[192] = 61;
	name[254] = 0;
	ck_assert_uint_eq(question_len_of(name, 255), UL_DNS_QUESTION_MAX);
	name[192] = 62;
	name[255] = 0;
	ck_assert_uint_eq(question_len_of(name, 256), 0);
	name[192] = 63;
	name[256] = 0;
	ck_assert_uint_eq(question_len_of(name, 257), 0);
}
END_TEST

/* The question of an exact copy of a message with @name. */
static int question_of(struct ul_dns_question *q, const void *name,
		       size_t name_len)
{
	uint8_t buf[MSG_MAX];
	size_t len = message(buf, one_question, name, name_len, NULL, 0);
	uint8_t *exact = exact_copy(buf, len);
	struct ul_dns_head h;
	int ret;

	ck_assert_int_eq(ul_dns_head_parse(&h, exact, len), 0);
	ret = ul_dns_question_parse(q, &h, exact, len);
	free(exact);
	return ret;
}

START_TEST(questions_become_text)
{
	struct ul_dns_question q;

	ck_assert_int_eq(question_of(&q, NAME, NAME_LEN), 0);
	ck_assert_str_eq(q.name, "www.example.com");
	ck_assert_uint_eq(q.type, UL_DNS_A);
	ck_assert_uint_eq(q.class, UL_DNS_IN);
	ck_assert_int_eq(question_of(&q, "", 1), 0);
	ck_assert_str_eq(q.name, "");
	/* bytes that would look like something else */
	ck_assert_int_eq(question_of(&q, "\5a.b\0c\3\xff D", 11), 0);
	ck_assert_str_eq(q.name, "a?b?c.??d");
	poison(&q);
	ck_assert_int_eq(question_of(&q, "\xc0\x0c", 2), -EBADMSG);
	ck_assert(is_poisoned(&q));
}
END_TEST

START_TEST(the_longest_name_fits)
{
	struct ul_dns_question q;
	uint8_t name[255];

	memset(name, 'a', sizeof(name));
	for (size_t i = 0; i < 254; i += 2)
		name[i] = 1;
	name[254] = 0;
	ck_assert_int_eq(question_of(&q, name, sizeof(name)), 0);
	ck_assert_uint_eq(strlen(q.name), UL_DNS_NAME_LEN - 1);
}
END_TEST

static bool is_same(const char *a, const char *b, size_t len)
{
	return ul_dns_is_same_question((const uint8_t *)a, (const uint8_t *)b,
				       len);
}

START_TEST(questions_compare_without_case)
{
	ck_assert(is_same("\2aB\0\0\1\0\1", "\2Ab\0\0\1\0\1", 8));
	ck_assert(!is_same("\2ab\0\0\1\0\1", "\2ac\0\0\1\0\1", 8));
	/* '[' and '{' differ by the bit of case, but are no letters */
	ck_assert(!is_same("\2a[\0\0\1\0\1", "\2a{\0\0\1\0\1", 8));
	/* type 65 and type 97 */
	ck_assert(!is_same("\2ab\0\0A\0\1", "\2ab\0\0a\0\1", 8));
	ck_assert(!is_same("\2ab\0\0\1\0A", "\2ab\0\0\1\0a", 8));
	ck_assert(is_same("", "", 0));
}
END_TEST

/* The limit that an OPT record with class @size behind @before gives. */
static size_t udp_max_of(const char *before, size_t before_len,
			 uint16_t records, uint16_t size)
{
	const uint16_t counts[4] = { 1, 0, 0, records };
	uint8_t more[128], buf[MSG_MAX];
	struct ul_wr w = ul_wr_new(more, sizeof(more));
	struct ul_dns_head h;
	uint8_t *exact;
	size_t len, max;

	ul_wr_bytes(&w, before, before_len);
	ul_wr_u8(&w, 0);
	ul_wr_u16(&w, 41);
	ul_wr_u16(&w, size);
	ul_wr_zero(&w, 6);
	len = message(buf, counts, NAME, NAME_LEN, more, w.len);
	exact = exact_copy(buf, len);
	ck_assert_int_eq(ul_dns_head_parse(&h, exact, len), 0);
	max = ul_dns_udp_max(&h, exact, len);
	/* Cut anywhere, there is no such record. */
	ck_assert_uint_eq(ul_dns_udp_max(&h, exact, len - 1), UL_DNS_UDP_MAX);
	free(exact);
	return max;
}

START_TEST(edns_raises_the_limit)
{
	static const char a_record[] =
		"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\1\2\3\4";

	ck_assert_uint_eq(udp_max_of("", 0, 1, 1232), 1232);
	ck_assert_uint_eq(udp_max_of("", 0, 1, 65535), 65535);
	ck_assert_uint_eq(udp_max_of("", 0, 1, 0), UL_DNS_UDP_MAX);
	ck_assert_uint_eq(udp_max_of("", 0, 1, 511), UL_DNS_UDP_MAX);
	ck_assert_uint_eq(udp_max_of(a_record, 16, 2, 4096), 4096);
	/* not counted, so not there; counted more often than there */
	ck_assert_uint_eq(udp_max_of(a_record, 16, 1, 4096), UL_DNS_UDP_MAX);
	ck_assert_uint_eq(udp_max_of("", 0, 65535, 4096), 4096);
}
END_TEST

START_TEST(short_answers_repeat_the_question)
{
	uint8_t query[MSG_MAX], buf[UL_DNS_SHORT_MAX];
	size_t len = message(query, one_question, NAME, NAME_LEN, NULL, 0);
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	uint16_t flags = ul_dns_error_flags(UL_DNS_RD, UL_DNS_SERVFAIL);
	struct ul_dns_head h;

	ul_dns_emit_short(&w, 0x1234, flags, query + UL_DNS_HLEN,
			  QUESTION_LEN);
	ck_assert(!w.bad);
	ck_assert_uint_eq(w.len, len);
	ck_assert_int_eq(ul_dns_head_parse(&h, buf, w.len), 0);
	ck_assert_uint_eq(h.id, 0x1234);
	ck_assert_uint_eq(h.flags, 0x8182);
	ck_assert_uint_eq(h.records, 0);
	ck_assert_uint_eq(h.question_len, QUESTION_LEN);
	ck_assert_mem_eq(buf + UL_DNS_HLEN, query + UL_DNS_HLEN,
			 QUESTION_LEN);
}
END_TEST

START_TEST(short_answers_may_lack_the_question)
{
	uint8_t buf[UL_DNS_HLEN];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	struct ul_dns_head h;

	ul_dns_emit_short(&w, 1, UL_DNS_QR | UL_DNS_TC, NULL, 0);
	ck_assert(!w.bad);
	ck_assert_int_eq(ul_dns_head_parse(&h, buf, w.len), 0);
	ck_assert_uint_eq(h.questions, 0);
}
END_TEST

/* Of the query's flags only opcode and "recursion desired" are repeated. */
START_TEST(error_flags_repeat_what_they_must)
{
	ck_assert_uint_eq(ul_dns_error_flags(0xffff, UL_DNS_REFUSED), 0xf985);
	ck_assert_uint_eq(ul_dns_error_flags(0, UL_DNS_NOTIMP), 0x8084);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dns");
	TCase *tc = tcase_create("dns");

	tcase_add_test(tc, header_and_question_are_read);
	tcase_add_loop_test(tc, every_truncation_is_noticed, 0,
			    UL_DNS_HLEN + QUESTION_LEN);
	tcase_add_test(tc, only_one_question_counts);
	tcase_add_test(tc, hostile_names_are_no_questions);
	tcase_add_test(tc, names_are_bounded);
	tcase_add_test(tc, questions_become_text);
	tcase_add_test(tc, the_longest_name_fits);
	tcase_add_test(tc, questions_compare_without_case);
	tcase_add_test(tc, edns_raises_the_limit);
	tcase_add_test(tc, short_answers_repeat_the_question);
	tcase_add_test(tc, short_answers_may_lack_the_question);
	tcase_add_test(tc, error_flags_repeat_what_they_must);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
