/* SPDX-License-Identifier: BSD-3-Clause */
/* test_nd.c - neighbour solicitation and advertisement */
#include "wire/nd.h"

#include <errno.h>

#include "harness.h"
#include "unit/poison.h"
#include "wire/icmp.h"

static const struct ul_nd messages[] = {
	{ .type = UL_ICMP6_NS },
	{ .type = UL_ICMP6_NA, .flags = UL_ND_NA_ROUTER | UL_ND_NA_SOLICITED },
	{ .type = UL_ICMP6_NA, .flags = UL_ND_NA_OVERRIDE },
};
#define MESSAGES (sizeof(messages) / sizeof(*messages))

/* The @i-th message, emitted between two fixed addresses. */
static struct ul_nd emit(int i, uint8_t msg[UL_ND_NS_LEN],
			 struct ul_addr *src, struct ul_addr *dst)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 1, 2, 3 };
	struct ul_wr w = ul_wr_new(msg, UL_ND_NS_LEN);
	struct ul_nd nd = messages[i];

	ul_addr_parse(&nd.target, "fd00::2");
	ul_addr_parse(src, "fe80::1");
	ul_addr_parse(dst, "ff02::1:ff00:2");
	nd.has_lladdr = true;
	memcpy(nd.lladdr, mac, 6);
	ul_nd_emit(&w, &nd, src, dst);
	ck_assert(!w.bad);
	ck_assert_uint_eq(w.len, UL_ND_NS_LEN);
	return nd;
}

static void refuse(const uint8_t *msg, size_t len, int why)
{
	uint8_t *exact = exact_copy(msg, len);
	struct ul_nd nd;

	poison(&nd);
	ck_assert_int_eq(ul_nd_parse(&nd, exact, len), why);
	ck_assert(is_poisoned(&nd));
	free(exact);
}

START_TEST(message_survives_a_round_trip)
{
	uint8_t msg[UL_ND_NS_LEN];
	struct ul_addr src, dst;
	struct ul_nd nd = emit(_i, msg, &src, &dst), got;

	ck_assert(ul_icmp_checksum_ok(&src, &dst, msg, sizeof(msg)));
	ck_assert_int_eq(ul_nd_parse(&got, msg, sizeof(msg)), 0);
	ck_assert_uint_eq(got.type, nd.type);
	ck_assert_uint_eq(got.flags, nd.flags);
	ck_assert(ul_addr_eq(&got.target, &nd.target));
	ck_assert(got.has_lladdr);
	ck_assert_mem_eq(got.lladdr, nd.lladdr, 6);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
	uint8_t msg[UL_ND_NS_LEN];
	struct ul_addr src, dst;
	struct ul_nd got;

	emit(0, msg, &src, &dst);
	if (_i != 24) {
		refuse(msg, (size_t)_i, -EBADMSG);
		return;
	}
	/* A message without the option, as in address detection, is whole. */
	ck_assert_int_eq(ul_nd_parse(&got, msg, 24), 0);
	ck_assert(!got.has_lladdr);
}
END_TEST

START_TEST(options_that_do_not_fit_are_refused)
{
	uint8_t msg[UL_ND_NS_LEN];
	struct ul_addr src, dst;

	emit(0, msg, &src, &dst);
	msg[25] = 0;
	refuse(msg, sizeof(msg), -EBADMSG);
	msg[25] = 2;
	refuse(msg, sizeof(msg), -EBADMSG);
	msg[25] = 255;
	refuse(msg, sizeof(msg), -EBADMSG);
}
END_TEST

START_TEST(unknown_and_mismatched_options_are_passed)
{
	uint8_t msg[UL_ND_NS_LEN + 24] = { 0 };
	struct ul_addr src, dst;
	struct ul_nd got;

	emit(0, msg, &src, &dst);
	memcpy(msg + 48, msg + 24, 8);
	msg[24] = 2;		/* target's, which a solicitation has not */
	msg[32] = 14;		/* a nonce, of 16 bytes */
	msg[33] = 2;
	ck_assert_int_eq(ul_nd_parse(&got, msg, sizeof(msg)), 0);
	ck_assert(got.has_lladdr);
	ck_assert_int_eq(ul_nd_parse(&got, msg, 48), 0);
	ck_assert(!got.has_lladdr);
}
END_TEST

START_TEST(what_is_not_a_neighbour_message_is_refused)
{
	uint8_t msg[UL_ND_NS_LEN];
	struct ul_addr src, dst, mapped = ul_addr_v4(0x0a000202);

	emit(0, msg, &src, &dst);
	msg[0] = UL_ICMP6_RA;
	refuse(msg, sizeof(msg), -EPROTO);
	msg[0] = UL_ICMP6_NS;
	msg[1] = 1;
	refuse(msg, sizeof(msg), -EPROTO);
	msg[1] = 0;
	msg[8] = 0xff;
	refuse(msg, sizeof(msg), -EPROTO);
	memcpy(msg + 8, mapped.b, 16);
	refuse(msg, sizeof(msg), -EPROTO);
}
END_TEST

/* Fixed parts of RFC 4861 4.1 to 4.5. */
static const struct {
	uint8_t type;
	size_t fixed;
} kinds[] = {
	{ UL_ICMP6_RS, 8 },
	{ UL_ICMP6_RA, 16 },
	{ UL_ICMP6_NS, 24 },
	{ UL_ICMP6_NA, 24 },
	{ UL_ICMP6_REDIRECT, 40 },
};

START_TEST(lladdrs_are_found_in_each_message)
{
	uint8_t msg[100] = { kinds[_i].type };
	size_t fixed = kinds[_i].fixed, off[UL_ND_LLADDRS_MAX];

	ck_assert_int_eq(ul_nd_find_lladdrs(off, msg, fixed), 0);
	msg[fixed] = 1;				/* source */
	msg[fixed + 1] = 1;
	msg[fixed + 8] = 14;			/* nonce, of two units */
	msg[fixed + 9] = 2;
	msg[fixed + 24] = 2;			/* target */
	msg[fixed + 25] = 1;
	msg[fixed + 32] = 2;			/* not of Ethernet's length */
	msg[fixed + 33] = 2;
	for (size_t len = 0; len <= fixed + 48; len++) {
		uint8_t *cut = exact_copy(msg, len);
		bool is_whole = len == fixed || len == fixed + 8 ||
				len == fixed + 24 || len == fixed + 32 ||
				len == fixed + 48;
		int want = len >= fixed + 32 ? 2 : len >= fixed + 8;

		poison(&off);
		ck_assert_int_eq(ul_nd_find_lladdrs(off, cut, len),
				 is_whole ? want : -EBADMSG);
		if (!is_whole || !want)
			ck_assert(is_poisoned(&off));
		else
			ck_assert_uint_eq(off[0], fixed + 2);
		if (is_whole && want == 2)
			ck_assert_uint_eq(off[1], fixed + 26);
		free(cut);
	}
}
END_TEST

START_TEST(lladdrs_of_other_messages_are_refused)
{
	uint8_t msg[8 + 8 * (UL_ND_LLADDRS_MAX + 2)] = { UL_ICMP6_ECHO };
	size_t off[UL_ND_LLADDRS_MAX];

	ck_assert_int_eq(ul_nd_find_lladdrs(off, msg, 48), -EPROTO);
	msg[0] = UL_ICMP6_RS;
	ck_assert_int_eq(ul_nd_find_lladdrs(off, msg, 16), -EBADMSG);
	/* More than any message has: those behind are left alone. */
	for (size_t i = 8; i < sizeof(msg); i += 8)
		msg[i] = msg[i + 1] = 1;
	ck_assert_int_eq(ul_nd_find_lladdrs(off, msg, sizeof(msg)),
			 UL_ND_LLADDRS_MAX);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nd");
	TCase *tc = tcase_create("nd");

	tcase_add_loop_test(tc, message_survives_a_round_trip, 0, MESSAGES);
	tcase_add_loop_test(tc, every_truncation_is_refused, 0, UL_ND_NS_LEN);
	tcase_add_test(tc, options_that_do_not_fit_are_refused);
	tcase_add_test(tc, unknown_and_mismatched_options_are_passed);
	tcase_add_test(tc, what_is_not_a_neighbour_message_is_refused);
	tcase_add_loop_test(tc, lladdrs_are_found_in_each_message, 0, 5);
	tcase_add_test(tc, lladdrs_of_other_messages_are_refused);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
