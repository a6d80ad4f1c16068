/* SPDX-License-Identifier: BSD-3-Clause */
/* test_dhcp6.c - DHCPv6 messages */
#include "wire/dhcp6.h"

#include <errno.h>

#include "harness.h"
#include "unit/poison.h"

static struct ul_dhcp6_duid duid(uint8_t len)
{
	struct ul_dhcp6_duid d = { .len = len };

	memset(d.bytes, len, len);
	return d;
}

/* Every option, as often as it is kept. */
static struct ul_dhcp6_msg whole(void)
{
	struct ul_dhcp6_msg m;

	memset(&m, 0, sizeof(m));
	m.type = UL_DHCP6_REPLY;
	m.xid = 0x123456;
	m.client = duid(UL_DHCP6_DUID_MAX);
	m.server = duid(10);
	m.ia_count = 2;
	m.ia[0].iaid = 7;
	m.ia[0].t1_s = 100;
	m.ia[0].t2_s = 200;
	m.ia[0].addr_count = 2;
	ul_addr_parse(&m.ia[0].addr[0].addr, "fd00:2::1:5");
	m.ia[0].addr[0].preferred_s = 300;
	m.ia[0].addr[0].valid_s = 400;
	ul_addr_parse(&m.ia[0].addr[1].addr, "fd00:2::1:6");
	m.ia[1].iaid = 8;
	m.ia[1].has_status = true;
	m.ia[1].status = UL_DHCP6_NO_ADDRS;
	m.has_status = true;
	m.status = UL_DHCP6_NOT_ON_LINK;
	m.rapid_commit = true;
	m.dns_count = 2;
	ul_addr_parse(&m.dns[0], "fd00:2::3");
	ul_addr_parse(&m.dns[1], "fd00:2::4");
	strcpy(m.domain, "lab.internal");
	m.has_fqdn = true;
	m.fqdn_flags = UL_DHCP6_FQDN_S;
	strcpy(m.fqdn, "vm.lab.internal");
	return m;
}

static size_t emit(uint8_t data[UL_DHCP6_MAX], const struct ul_dhcp6_msg *m)
{
	struct ul_wr w = ul_wr_new(data, UL_DHCP6_MAX);

	ul_dhcp6_emit(&w, m);
	ck_assert(!w.bad);
	return w.len;
}

static bool is_same(const struct ul_dhcp6_msg *a, const struct ul_dhcp6_msg *b)
{
	uint8_t x[UL_DHCP6_MAX], y[UL_DHCP6_MAX];
	size_t len = emit(x, a);

	return len == emit(y, b) && !memcmp(x, y, len);
}

START_TEST(message_survives_a_round_trip)
{
	struct ul_dhcp6_msg m = whole(), got;
	uint8_t data[UL_DHCP6_MAX];
	size_t len = emit(data, &m);

	ck_assert_int_eq(ul_dhcp6_parse(&got, data, len), 0);
	ck_assert_uint_eq(got.type, UL_DHCP6_REPLY);
	ck_assert_uint_eq(got.xid, 0x123456);
	ck_assert_uint_eq(got.client.len, UL_DHCP6_DUID_MAX);
	ck_assert_uint_eq(got.ia[0].iaid, 7);
	ck_assert_uint_eq(got.ia[0].t2_s, 200);
	ck_assert_uint_eq(got.ia[0].addr_count, 2);
	ck_assert(ul_addr_eq(&got.ia[0].addr[1].addr, &m.ia[0].addr[1].addr));
	ck_assert_uint_eq(got.ia[0].addr[0].valid_s, 400);
	ck_assert_uint_eq(got.ia[1].status, UL_DHCP6_NO_ADDRS);
	ck_assert_uint_eq(got.status, UL_DHCP6_NOT_ON_LINK);
	ck_assert(got.rapid_commit);
	ck_assert_str_eq(got.domain, "lab.internal");
	ck_assert(got.has_fqdn);
	ck_assert_uint_eq(got.fqdn_flags, UL_DHCP6_FQDN_S);
	ck_assert_str_eq(got.fqdn, "vm.lab.internal");
	ck_assert(is_same(&m, &got));
}
END_TEST

/* The lengths at which an option ends. */
static bool is_end(const uint8_t *data, size_t len)
{
	size_t at = 4;

	while (at < len)
		at += 4 + (size_t)(data[at + 2] << 8 | data[at + 3]);
	return at == len;
}

START_TEST(every_truncation_is_refused)
{
	struct ul_dhcp6_msg m = whole(), got;
	uint8_t data[UL_DHCP6_MAX];
	size_t len = emit(data, &m);
	unsigned int ends = 0;

	for (size_t i = 0; i <= len; i++) {
		uint8_t *cut = exact_copy(data, i);
		bool is_whole = is_end(data, i);

		poison(&got);
		ck_assert_int_eq(ul_dhcp6_parse(&got, cut, i),
				 is_whole ? 0 : -EBADMSG);
		ck_assert(is_whole || is_poisoned(&got));
		ends += is_whole;
		free(cut);
	}
	ck_assert_uint_eq(ends, 10);
}
END_TEST

#define HEAD "\1\0\0\1"
static const struct {
	const char *data;
	size_t len;
	int rc;
} odd[] = {
	{ HEAD, 4, 0 },
	{ "\0\0\0\1", 4, -EPROTO },
	{ "\14\0\0\1", 4, -EPROTO },			/* a relay's */
	{ HEAD "\0\1\0\0", 8, -EBADMSG },		/* empty DUID */
	{ HEAD "\0\16\0\1\0", 9, -EBADMSG },		/* rapid commit */
	{ HEAD "\0\15\0\1\0", 9, -EBADMSG },		/* status */
	{ HEAD "\0\27\0\4\0\0\0\0", 12, -EBADMSG },	/* DNS */
	{ HEAD "\0\3\0\4\0\0\0\0", 12, -EBADMSG },	/* IA_NA */
	{ HEAD "\0\3\0\20\0\0\0\0\0\0\0\0\0\0\0\0\0\5\0\0", 24, -EBADMSG },
	{ HEAD "\0\3\0\20\0\0\0\0\0\0\0\0\0\0\0\0\0\5\0\1", 24, -EBADMSG },
	{ HEAD "\0\143\0\1\0", 9, 0 },			/* nobody knows */
	{ HEAD "\0\30\0\2\300\0", 10, 0 },		/* no name */
};

START_TEST(odd_options)
{
	uint8_t *data = exact_copy((const uint8_t *)odd[_i].data, odd[_i].len);
	struct ul_dhcp6_msg m;

	ck_assert_int_eq(ul_dhcp6_parse(&m, data, odd[_i].len), odd[_i].rc);
	free(data);
}
END_TEST

START_TEST(a_duid_has_a_limit)
{
	uint8_t data[4 + 4 + UL_DHCP6_DUID_MAX + 1] = { 1, [5] = 1 };
	struct ul_dhcp6_msg m;

	for (size_t i = 1; i <= UL_DHCP6_DUID_MAX + 1; i++) {
		data[7] = (uint8_t)i;
		ck_assert_int_eq(ul_dhcp6_parse(&m, data, 8 + i),
				 i <= UL_DHCP6_DUID_MAX ? 0 : -EBADMSG);
	}
}
END_TEST

START_TEST(more_than_fits_is_left_out)
{
	struct ul_dhcp6_msg m = whole(), got;
	uint8_t data[2 * UL_DHCP6_MAX];
	size_t len = emit(data, &m);

	memmove(data + len, data + 4, len - 4);
	len += len - 4;
	ck_assert_int_eq(ul_dhcp6_parse(&got, data, len), 0);
	ck_assert(is_same(&m, &got));
}
END_TEST

START_TEST(a_mapped_address_is_left_out)
{
	struct ul_dhcp6_msg m = whole(), got;
	uint8_t data[UL_DHCP6_MAX];
	size_t len;

	m.ia[0].addr[0].addr = ul_addr_v4(0x0a000202);
	len = emit(data, &m);
	ck_assert_int_eq(ul_dhcp6_parse(&got, data, len), 0);
	ck_assert_uint_eq(got.ia[0].addr_count, 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dhcp6");
	TCase *tc = tcase_create("dhcp6");

	tcase_add_test(tc, message_survives_a_round_trip);
	tcase_add_test(tc, every_truncation_is_refused);
	tcase_add_loop_test(tc, odd_options, 0, sizeof(odd) / sizeof(*odd));
	tcase_add_test(tc, a_duid_has_a_limit);
	tcase_add_test(tc, more_than_fits_is_left_out);
	tcase_add_test(tc, a_mapped_address_is_left_out);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
