/* SPDX-License-Identifier: BSD-3-Clause */
/* test_slirp_info.c - connections and neighbours in libslirp's words */
#include "qemu-glue/info.h"

#include <netinet/in.h>
#include <stdbool.h>

#include "harness.h"

#define HEAD "  Protocol[State]    FD  Source Address  Port   " \
	     "Dest. Address  Port RecvQ SendQ\n"

static struct ul_ep ep(uint32_t addr, uint16_t port)
{
	return (struct ul_ep){ ul_addr_v4(addr), port };
}

/* The expected lines are what libslirp 4.7.0 printed. */
START_TEST(every_kind_has_its_line)
{
	static const char expected[] = HEAD
"  TCP[ESTABLISHED]    6       10.0.2.15  5000        10.0.2.2 44279     0  3000\n"
"  TCP[HOST_FORWARD]   4               * 34577       10.0.2.15    22     0     0\n"
"  UDP[240 sec]        9       10.0.2.15  4001        10.0.2.2    99     0     0\n"
"  UDP[HOST_FORWARD]   5       127.0.0.1 46591       10.0.2.15    53     0     0\n"
"  ICMP[240 sec]      11       10.0.2.15  -          127.0.0.1  -        0     0\n";
	struct ul_slirp_conn conn[] = {
		{ .proto = IPPROTO_TCP, .state = "HOST_FORWARD", .fd = 4,
		  .src = ep(0, 34577), .dst = ep(0x0a00020f, 22), .born = 3 },
		{ .proto = IPPROTO_UDP, .state = "HOST_FORWARD", .fd = 5,
		  .src = ep(0x7f000001, 46591), .dst = ep(0x0a00020f, 53),
		  .born = 2 },
		{ .proto = IPPROTO_TCP, .state = "ESTABLISHED", .fd = 6,
		  .src = ep(0x0a00020f, 5000), .dst = ep(0x0a000202, 44279),
		  .to_guest = 3000, .born = 3 },
		{ .proto = IPPROTO_ICMP, .seconds_left = 240, .fd = 11,
		  .src = ep(0x0a00020f, 7), .dst = ep(0x7f000001, 7),
		  .born = 4 },
		{ .proto = IPPROTO_UDP, .seconds_left = 240, .fd = 9,
		  .src = ep(0x0a00020f, 4001), .dst = ep(0x0a000202, 99),
		  .born = 5 },
	};
	char *text = ul_slirp_conn_text(conn, 5);

	ck_assert_str_eq(text, expected);
	free(text);
}
END_TEST

START_TEST(an_ipv6_address_is_zeros)
{
	struct ul_slirp_conn conn = {
		.proto = IPPROTO_TCP, .state = "SYN_SENT", .fd = -1,
		.src = { { { 0xfd, [15] = 2 } }, 65535 },
		.dst = { { { 0xfd, [15] = 3 } }, 1 }, .to_host = 123456,
	};
	char *text = ul_slirp_conn_text(&conn, 1);

	ck_assert_str_eq(text, HEAD
"  TCP[SYN_SENT]      -1               * 65535         0.0.0.0     1 123456     0\n");
	free(text);
}
END_TEST

START_TEST(a_long_label_is_cut)
{
	struct ul_slirp_conn conn = {
		.proto = IPPROTO_UDP, .seconds_left = -2147483647 - 1,
		.src = ep(1, 1), .dst = ep(2, 2),
	};
	char *text = ul_slirp_conn_text(&conn, 1);

	ck_assert_str_eq(text, HEAD
"  UDP[-2147483648 s   0         0.0.0.1     1         0.0.0.2     2     0     0\n");
	free(text);
}
END_TEST

START_TEST(nothing_is_the_head)
{
	char *text = ul_slirp_conn_text(NULL, 0);

	ck_assert_str_eq(text, HEAD);
	free(text);
	text = ul_slirp_neighbor_text(NULL, 0);
	ck_assert_str_eq(text, "  Table  MacAddr            IP Address\n");
	free(text);
}
END_TEST

START_TEST(neighbours_are_by_family)
{
	static const struct ul_slirp_neighbor n[] = {
		{ { { 0xfe, 0x80, [15] = 0x15 } },
		  { 0x52, 0x54, 0, 0x12, 0x34, 0x56 } },
		{ { { [10] = 0xff, 0xff, 10, 0, 2, 15 } },
		  { 0x52, 0x54, 0, 0x12, 0x34, 0xab } },
	};
	char *text = ul_slirp_neighbor_text(n, 2);

	ck_assert_str_eq(text,
			 "  Table  MacAddr            IP Address\n"
			 "    ARP  52:54:00:12:34:ab  10.0.2.15\n"
			 "    NDP  52:54:00:12:34:56  fe80::15\n");
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("slirp_info");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, every_kind_has_its_line);
	tcase_add_test(tc, an_ipv6_address_is_zeros);
	tcase_add_test(tc, a_long_label_is_cut);
	tcase_add_test(tc, nothing_is_the_head);
	tcase_add_test(tc, neighbours_are_by_family);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
