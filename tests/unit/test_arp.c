/* SPDX-License-Identifier: BSD-3-Clause */
/* test_arp.c - ARP for IPv4 over Ethernet */
#include "wire/arp.h"

#include <errno.h>

#include "harness.h"
#include "unit/poison.h"

/* Who has 10.0.2.2? Tell 10.0.2.15. */
static const uint8_t bytes[UL_ARP_LEN] = {
	0, 1, 8, 0, 6, 4, 0, 1, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 10, 0, 2, 15,
	0, 0, 0, 0, 0, 0, 10, 0, 2, 2,
};

/* An offset and a byte there that make the packet another protocol's. */
static const uint8_t foreign[][2] = {
	{ 0, 1 }, { 1, 6 }, { 2, 9 }, { 3, 6 }, { 4, 0 }, { 4, 255 },
	{ 5, 16 }, { 5, 0 },
};

START_TEST(request_is_read_and_written_again)
{
	struct ul_rd r = ul_rd_new(bytes, sizeof(bytes));
	uint8_t buf[UL_ARP_LEN];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	struct ul_arp a;

	ck_assert_int_eq(ul_arp_parse(&a, &r), 0);
	ck_assert_uint_eq(a.op, UL_ARP_REQUEST);
	ck_assert_uint_eq(ul_addr_to_v4(&a.spa), 0x0a00020f);
	ck_assert_uint_eq(ul_addr_to_v4(&a.tpa), 0x0a000202);
	ck_assert_mem_eq(a.sha, bytes + 8, 6);
	ul_arp_emit(&w, &a);
	ck_assert(!w.bad);
	ck_assert_mem_eq(buf, bytes, sizeof(bytes));
}
END_TEST

/* CVE-2020-29130's class: a frame shorter than the packet it claims. */
START_TEST(every_truncation_is_refused)
{
	uint8_t *cut = exact_copy(bytes, (size_t)_i);
	struct ul_rd r = ul_rd_new(cut, (size_t)_i);
	struct ul_arp a;

	poison(&a);
	ck_assert_int_eq(ul_arp_parse(&a, &r), -EBADMSG);
	ck_assert(is_poisoned(&a));
	free(cut);
}
END_TEST

START_TEST(other_protocols_are_refused)
{
	uint8_t *other = exact_copy(bytes, sizeof(bytes));
	struct ul_rd r = ul_rd_new(other, sizeof(bytes));
	struct ul_arp a;

	other[foreign[_i][0]] = foreign[_i][1];
	poison(&a);
	ck_assert_int_eq(ul_arp_parse(&a, &r), -EPROTO);
	ck_assert(is_poisoned(&a));
	free(other);
}
END_TEST

START_TEST(padding_of_the_frame_is_left)
{
	uint8_t padded[46] = { 0 };
	struct ul_rd r = ul_rd_new(padded, sizeof(padded));
	struct ul_arp a;

	memcpy(padded, bytes, sizeof(bytes));
	ck_assert_int_eq(ul_arp_parse(&a, &r), 0);
	ck_assert_uint_eq(r.left, sizeof(padded) - UL_ARP_LEN);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("arp");
	TCase *tc = tcase_create("arp");

	tcase_add_test(tc, request_is_read_and_written_again);
	tcase_add_loop_test(tc, every_truncation_is_refused, 0, UL_ARP_LEN);
	tcase_add_loop_test(tc, other_protocols_are_refused, 0,
			    sizeof(foreign) / sizeof(*foreign));
	tcase_add_test(tc, padding_of_the_frame_is_left);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
