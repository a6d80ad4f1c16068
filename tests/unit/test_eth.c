/* SPDX-License-Identifier: BSD-3-Clause */
/* test_eth.c - Ethernet header and the text of MAC addresses */
#include "wire/eth.h"

#include <errno.h>

#include "harness.h"
#include "unit/poison.h"

static const struct ul_eth header = {
	.dst = { 0x33, 0x33, 0, 0, 0, 1 },
	.src = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 },
	.type = UL_ETHERTYPE_IPV6,
};

static const uint8_t bytes[UL_ETH_HLEN] = {
	0x33, 0x33, 0, 0, 0, 1, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 0x86, 0xdd,
};

static const char *const bad_macs[] = {
	"", "52", "52:54:00:12:34", "52:54:00:12:34:5", "52:54:00:12:34:56:",
	"52:54:00:12:34:56:78", "52-54-00-12-34-56", "5g:54:00:12:34:56",
	" 52:54:00:12:34:56", "52:54:00:12:34:56 ", "525:4:00:12:34:56",
};

START_TEST(header_is_written_as_the_standard_says)
{
	uint8_t buf[UL_ETH_HLEN];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));

	ul_eth_emit(&w, &header);
	ck_assert(!w.bad);
	ck_assert_uint_eq(w.len, UL_ETH_HLEN);
	ck_assert_mem_eq(buf, bytes, UL_ETH_HLEN);
}
END_TEST

START_TEST(header_is_read_and_passed)
{
	struct ul_rd r = ul_rd_new(bytes, sizeof(bytes));
	struct ul_eth h;

	ck_assert_int_eq(ul_eth_parse(&h, &r), 0);
	ck_assert_uint_eq(r.left, 0);
	ck_assert_mem_eq(h.dst, header.dst, 6);
	ck_assert_mem_eq(h.src, header.src, 6);
	ck_assert_uint_eq(h.type, header.type);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
	uint8_t *cut = exact_copy(bytes, (size_t)_i);
	struct ul_rd r = ul_rd_new(cut, (size_t)_i);
	struct ul_eth h;

	poison(&h);
	ck_assert_int_eq(ul_eth_parse(&h, &r), -EBADMSG);
	ck_assert(is_poisoned(&h));
	free(cut);
}
END_TEST

START_TEST(a_short_buffer_is_said)
{
	uint8_t *buf = exact_copy(bytes, (size_t)_i);
	struct ul_wr w = ul_wr_new(buf, (size_t)_i);

	ul_eth_emit(&w, &header);
	ck_assert(w.bad);
	free(buf);
}
END_TEST

START_TEST(mac_text_survives_a_round_trip)
{
	char buf[UL_MAC_STRLEN];
	uint8_t mac[6];

	ck_assert_int_eq(ul_mac_parse(mac, "52:54:00:AB:cd:0f"), 0);
	ck_assert_str_eq(ul_mac_str(mac, buf), "52:54:00:ab:cd:0f");
}
END_TEST

START_TEST(bad_mac_text_is_refused)
{
	char *text = (char *)exact_copy(bad_macs[_i],
					strlen(bad_macs[_i]) + 1);
	uint8_t mac[6];

	poison(&mac);
	ck_assert_int_eq(ul_mac_parse(mac, text), -EINVAL);
	ck_assert(is_poisoned(&mac));
	free(text);
}
END_TEST

START_TEST(kinds_of_mac_are_told_apart)
{
	static const uint8_t zero[6], one[6] = { [5] = 1 };

	ck_assert(ul_mac_is_multicast(ul_mac_broadcast));
	ck_assert(ul_mac_is_multicast(header.dst));
	ck_assert(!ul_mac_is_multicast(header.src));
	ck_assert(ul_mac_is_zero(zero));
	ck_assert(!ul_mac_is_zero(one));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("eth");
	TCase *tc = tcase_create("eth");

	tcase_add_test(tc, header_is_written_as_the_standard_says);
	tcase_add_test(tc, header_is_read_and_passed);
	tcase_add_loop_test(tc, every_truncation_is_refused, 0, UL_ETH_HLEN);
	tcase_add_loop_test(tc, a_short_buffer_is_said, 0, UL_ETH_HLEN);
	tcase_add_test(tc, mac_text_survives_a_round_trip);
	tcase_add_loop_test(tc, bad_mac_text_is_refused, 0,
			    sizeof(bad_macs) / sizeof(*bad_macs));
	tcase_add_test(tc, kinds_of_mac_are_told_apart);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
