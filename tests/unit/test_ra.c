/* SPDX-License-Identifier: BSD-3-Clause */
/* test_ra.c - router solicitations and advertisements, and names in them */
#include "wire/ra.h"

#include <errno.h>

#include "harness.h"
#include "unit/poison.h"
#include "wire/icmp.h"

static const uint8_t mac[6] = { 0x52, 0x55, 10, 0, 2, 2 };
static struct ul_addr src, dst;

static void setup(void)
{
	ul_addr_parse(&src, "fe80::1");
	ul_addr_parse(&dst, "ff02::1");
}

/* Every option that there is, each once but prefixes and servers. */
static struct ul_ra whole(void)
{
	struct ul_ra ra;

	memset(&ra, 0, sizeof(ra));
	ra.hop_limit = 64;
	ra.flags = UL_RA_MANAGED | UL_RA_OTHER;
	ra.lifetime_s = 1800;
	ra.reachable_ms = 30000;
	ra.retrans_ms = 1000;
	ra.has_lladdr = true;
	memcpy(ra.lladdr, mac, 6);
	ra.mtu = 65520;
	ra.prefix_count = 2;
	ul_prefix_parse(&ra.prefix[0].prefix, "fd00:2::/64");
	ra.prefix[0].flags = UL_RA_ON_LINK | UL_RA_AUTO;
	ra.prefix[0].valid_s = 5400;
	ra.prefix[0].preferred_s = 2700;
	ul_prefix_parse(&ra.prefix[1].prefix, "2001:db8::/33");
	ra.dns_count = 2;
	ra.dns_s = 600;
	ul_addr_parse(&ra.dns[0], "fd00:2::3");
	ul_addr_parse(&ra.dns[1], "fd00:2::4");
	strcpy(ra.domain, "lab.internal");
	ra.domain_s = 700;
	return ra;
}

static size_t emit(uint8_t msg[UL_RA_MAX], const struct ul_ra *ra)
{
	struct ul_wr w = ul_wr_new(msg, UL_RA_MAX);

	ul_ra_emit(&w, ra, &src, &dst);
	ck_assert(!w.bad);
	ck_assert(ul_icmp_checksum_ok(&src, &dst, msg, w.len));
	return w.len;
}

/* What is in front of the options, and each of them. */
#define FIXED 16
static const size_t ends[] = {
	16, 24, 32, 64, 96, 136, 160,
};
#define ENDS (sizeof(ends) / sizeof(*ends))
#define WHOLE 160

START_TEST(advertisement_survives_a_round_trip)
{
	struct ul_ra ra = whole(), got;
	uint8_t msg[UL_RA_MAX];
	size_t len = emit(msg, &ra);

	ck_assert_uint_eq(len, WHOLE);
	memset(&got, 0, sizeof(got));
	ck_assert_int_eq(ul_ra_parse(&got, msg, len), 0);
	ck_assert_uint_eq(got.hop_limit, 64);
	ck_assert_uint_eq(got.flags, ra.flags);
	ck_assert_uint_eq(got.lifetime_s, 1800);
	ck_assert_uint_eq(got.reachable_ms, 30000);
	ck_assert_uint_eq(got.retrans_ms, 1000);
	ck_assert(got.has_lladdr);
	ck_assert_mem_eq(got.lladdr, mac, 6);
	ck_assert_uint_eq(got.mtu, 65520);
	ck_assert_uint_eq(got.prefix_count, 2);
	for (int i = 0; i < 2; i++) {
		ck_assert(ul_addr_eq(&got.prefix[i].prefix.addr,
				     &ra.prefix[i].prefix.addr));
		ck_assert_uint_eq(got.prefix[i].prefix.len,
				  ra.prefix[i].prefix.len);
		ck_assert_uint_eq(got.prefix[i].flags, ra.prefix[i].flags);
		ck_assert_uint_eq(got.prefix[i].valid_s,
				  ra.prefix[i].valid_s);
		ck_assert_uint_eq(got.prefix[i].preferred_s,
				  ra.prefix[i].preferred_s);
		ck_assert(ul_addr_eq(&got.dns[i], &ra.dns[i]));
	}
	ck_assert_uint_eq(got.dns_count, 2);
	ck_assert_uint_eq(got.dns_s, 600);
	ck_assert_str_eq(got.domain, "lab.internal");
	ck_assert_uint_eq(got.domain_s, 700);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
	struct ul_ra ra = whole(), got;
	uint8_t msg[UL_RA_MAX], *cut;
	bool is_whole = false;

	emit(msg, &ra);
	cut = exact_copy(msg, (size_t)_i);
	for (size_t i = 0; i < ENDS; i++)
		is_whole |= (size_t)_i == ends[i];
	poison(&got);
	/* One that ends behind an option says less, and is as good. */
	ck_assert_int_eq(ul_ra_parse(&got, cut, (size_t)_i),
			 is_whole ? 0 : -EBADMSG);
	ck_assert(is_whole || is_poisoned(&got));
	free(cut);
}
END_TEST

START_TEST(solicitation_survives_a_round_trip)
{
	struct ul_rs rs = { .has_lladdr = _i, .lladdr = { 2 } }, got;
	uint8_t msg[16], *cut;
	struct ul_wr w = ul_wr_new(msg, sizeof(msg));

	ul_rs_emit(&w, &rs, &src, &dst);
	ck_assert_uint_eq(w.len, _i ? 16 : 8);
	ck_assert(ul_icmp_checksum_ok(&src, &dst, msg, w.len));
	for (size_t len = 0; len <= w.len; len++) {
		bool is_whole = len == 8 || len == 16;

		cut = exact_copy(msg, len);
		poison(&got);
		ck_assert_int_eq(ul_rs_parse(&got, cut, len),
				 is_whole ? 0 : -EBADMSG);
		if (!is_whole)
			ck_assert(is_poisoned(&got));
		else
			ck_assert_int_eq(got.has_lladdr, len == 16);
		free(cut);
	}
}
END_TEST

START_TEST(other_messages_are_refused)
{
	struct ul_ra ra = whole();
	uint8_t msg[UL_RA_MAX];
	size_t len = emit(msg, &ra);
	struct ul_rs rs;

	ck_assert_int_eq(ul_rs_parse(&rs, msg, len), -EPROTO);
	msg[1] = 1;
	ck_assert_int_eq(ul_ra_parse(&ra, msg, len), -EPROTO);
	msg[1] = 0;
	msg[0] = UL_ICMP6_NA;
	ck_assert_int_eq(ul_ra_parse(&ra, msg, len), -EPROTO);
	msg[0] = UL_ICMP6_RA;
	msg[FIXED + 1] = 0;
	ck_assert_int_eq(ul_ra_parse(&ra, msg, len), -EBADMSG);
	msg[FIXED + 1] = 255;
	ck_assert_int_eq(ul_ra_parse(&ra, msg, len), -EBADMSG);
}
END_TEST

START_TEST(odd_options_are_passed_over)
{
	struct ul_ra ra = whole(), got;
	uint8_t msg[UL_RA_MAX];
	size_t len = emit(msg, &ra);

	msg[32 + 2] = 129;		/* no prefix is that long */
	msg[136 + 8] = 200;		/* nor a label */
	msg[96] = 77;			/* nobody knows */
	msg[24 + 1] = 1;
	msg[24] = 3;			/* not of a prefix's length */
	ck_assert_int_eq(ul_ra_parse(&got, msg, len), 0);
	ck_assert_uint_eq(got.prefix_count, 1);
	ck_assert_uint_eq(got.dns_count, 0);
	ck_assert_uint_eq(got.mtu, 0);
	ck_assert_str_eq(got.domain, "");
}
END_TEST

START_TEST(more_than_fits_is_left_out)
{
	struct ul_ra ra = whole(), got;
	uint8_t msg[UL_RA_MAX + 256];
	size_t len = emit(msg, &ra);

	memmove(msg + len, msg + 32, 64 + 40);
	len += 64 + 40;
	msg[len - 24] ^= 0xff;
	ck_assert_int_eq(ul_ra_parse(&got, msg, len), 0);
	ck_assert_uint_eq(got.prefix_count, UL_RA_PREFIXES_MAX);
	ck_assert_uint_eq(got.dns_count, UL_RA_DNS_MAX);
	ck_assert_uint_eq(got.dns_s, 600);
}
END_TEST

START_TEST(host_bits_of_a_prefix_are_cleared)
{
	struct ul_ra ra = whole(), got;
	uint8_t msg[UL_RA_MAX];
	size_t len = emit(msg, &ra);

	msg[32 + 2] = 30;
	memset(msg + 32 + 16, 0xff, 16);
	ck_assert_int_eq(ul_ra_parse(&got, msg, len), 0);
	ck_assert_uint_eq(got.prefix[0].prefix.addr.b[3], 0xfc);
	for (int i = 4; i < 16; i++)
		ck_assert_uint_eq(got.prefix[0].prefix.addr.b[i], 0);
}
END_TEST

#define L9 "123456789"
#define L60 L9 "." L9 "." L9 "." L9 "." L9 "." L9
static const struct {
	const char *text;
	bool is_good;
} names[] = {
	{ "a", true },
	{ "lab.internal", true },
	{ "_tcp.x-1.example", true },
	/* 253 characters are 255 bytes on the wire. */
	{ L60 "." L60 "." L60 "." L60 "." "12345678", true },
	{ L60 "." L60 "." L60 "." L60 "." L9 "." "1234", false },
	{ "", false },
	{ ".", false },
	{ "a..b", false },
	{ "a.", false },
	{ L9 L9 L9 L9 L9 L9 L9, true },
	{ L9 L9 L9 L9 L9 L9 L9 "1", false },
};

START_TEST(names_survive_a_round_trip)
{
	uint8_t wire[512];
	struct ul_wr w = ul_wr_new(wire, sizeof(wire));
	char got[UL_DNAME_STRLEN];

	ul_dname_emit(&w, names[_i].text);
	ck_assert_int_eq(!w.bad, names[_i].is_good);
	if (w.bad)
		return;
	for (size_t len = 0; len <= w.len; len++) {
		uint8_t *cut = exact_copy(wire, len);
		struct ul_rd r = ul_rd_new(cut, len);

		poison(&got);
		ck_assert_int_eq(ul_dname_parse(got, &r),
				 len == w.len ? 0 : -EBADMSG);
		if (len < w.len)
			ck_assert(is_poisoned(&got));
		else
			ck_assert_str_eq(got, names[_i].text);
		free(cut);
	}
}
END_TEST

/* Control characters and dots in a label would reach logs and files. */
START_TEST(strange_names_are_refused)
{
	static const char *const bad[] = {
		"\1.\0", "\2a\n\0", "\1 \0", "\0", "\300\1", "\1\377\0",
		"\100", "\2a\0\0",
	};
	char got[UL_DNAME_STRLEN];
	struct ul_rd r = ul_rd_new(bad[_i], 4);

	ck_assert_int_eq(ul_dname_parse(got, &r), -EBADMSG);
}
END_TEST

START_TEST(endless_names_are_refused)
{
	uint8_t wire[300];
	struct ul_rd r = ul_rd_new(wire, sizeof(wire));
	char got[UL_DNAME_STRLEN];

	for (size_t i = 0; i < sizeof(wire); i++)
		wire[i] = i % 2 ? 'a' : 1;
	wire[256] = 0;			/* 128 labels: 257 bytes */
	ck_assert_int_eq(ul_dname_parse(got, &r), -EBADMSG);
	r = ul_rd_new(wire, sizeof(wire));
	wire[254] = 0;
	ck_assert_int_eq(ul_dname_parse(got, &r), 0);
	ck_assert_uint_eq(strlen(got), 253);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ra");
	TCase *tc = tcase_create("ra");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, advertisement_survives_a_round_trip);
	tcase_add_loop_test(tc, every_truncation_is_refused, 0, WHOLE + 1);
	tcase_add_loop_test(tc, solicitation_survives_a_round_trip, 0, 2);
	tcase_add_test(tc, other_messages_are_refused);
	tcase_add_test(tc, odd_options_are_passed_over);
	tcase_add_test(tc, more_than_fits_is_left_out);
	tcase_add_test(tc, host_bits_of_a_prefix_are_cleared);
	tcase_add_loop_test(tc, names_survive_a_round_trip, 0,
			    sizeof(names) / sizeof(*names));
	tcase_add_loop_test(tc, strange_names_are_refused, 0, 8);
	tcase_add_test(tc, endless_names_are_refused);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
