/* SPDX-License-Identifier: BSD-3-Clause */
/* test_icmp_error.c - what guests are told, and what never */
#include <errno.h>

#include "fake/fake_net.h"
#include "flow/icmp_error.h"
#include "harness.h"

static struct fake_net net;
static uint8_t payload[4000];

static void setup(void)
{
	fake_net_init(&net);
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)i;
}

static void teardown(void)
{
	fake_net_fini(&net);
}

static struct ul_ep at(const char *text, uint16_t port)
{
	struct ul_ep ep = { .port = port };

	ck_assert_int_eq(ul_addr_parse(&ep.addr, text), 0);
	return ep;
}

static struct ul_pkt packet(bool is_v4, size_t len)
{
	struct ul_ep src = { is_v4 ? net.guest4 : net.guest6, 5000 };
	struct ul_ep dst = at(is_v4 ? "9.9.9.9" : "2001:db8::9", 7);

	return fake_net_udp(&net, &src, &dst, payload, len);
}

static const struct {
	uint8_t type4, code4, type6, code6;
} wanted[] = {
	[UL_ICMP_NET_UNREACHABLE] = { 3, 0, 1, 0 },
	[UL_ICMP_HOST_UNREACHABLE] = { 3, 1, 1, 3 },
	[UL_ICMP_PROTO_UNREACHABLE] = { 3, 2, 4, 1 },
	[UL_ICMP_PORT_UNREACHABLE] = { 3, 3, 1, 4 },
	[UL_ICMP_PROHIBITED] = { 3, 13, 1, 1 },
	[UL_ICMP_TTL_EXCEEDED] = { 11, 0, 3, 0 },
	[UL_ICMP_REASSEMBLY_TIMEOUT] = { 11, 1, 3, 1 },
	[UL_ICMP_TOO_BIG] = { 3, 4, 2, 0 },
};

START_TEST(every_reason_has_its_type_and_code)
{
	for (int is_v4 = 0; is_v4 < 2; is_v4++) {
		struct ul_pkt pkt = packet(is_v4, 10);
		const struct fake_dgram *d;
		struct fake_error e;

		ul_icmp_error_send(&net.ctx, &pkt, (enum ul_icmp_reason)_i,
				   1400);
		d = fake_stack_next(net.ctx.stack);
		ck_assert_ptr_nonnull(d);
		e = fake_error_parse(d);
		ck_assert_uint_eq(e.type, is_v4 ? wanted[_i].type4 :
						  wanted[_i].type6);
		ck_assert_uint_eq(e.code, is_v4 ? wanted[_i].code4 :
						  wanted[_i].code6);
		if (_i == UL_ICMP_TOO_BIG)
			ck_assert_uint_eq(e.info, 1400);
		else if (is_v4)
			ck_assert_uint_eq(e.info, 0);
		ck_assert(ul_addr_eq(&d->d.src, is_v4 ? &net.ctx.gateway4 :
							&net.ctx.gateway6));
		ck_assert(ul_addr_eq(&e.src, &pkt.src));
		ck_assert(ul_addr_eq(&e.dst, &pkt.dst));
		ck_assert_mem_eq(e.l4, pkt.l4, 18);
		ul_buf_unref(pkt.buf);
	}
}
END_TEST

/* fake_error_parse() checks the longest; here, that nothing less is used. */
START_TEST(quote_is_as_long_as_it_may_be)
{
	struct ul_pkt pkt = packet(_i, sizeof(payload));
	struct fake_error e;

	ul_icmp_error_send(&net.ctx, &pkt, UL_ICMP_PORT_UNREACHABLE, 0);
	e = fake_error_parse(fake_stack_next(net.ctx.stack));
	ck_assert_uint_eq(e.l4_len, _i ? 576 - 20 - 8 - 20 :
					 1280 - 40 - 8 - 40);
	ul_buf_unref(pkt.buf);
}
END_TEST

static void expect_silence(struct ul_pkt pkt)
{
	static const struct ul_addr router = { { 0x20, 1, [15] = 1 } };

	ul_icmp_error_send(&net.ctx, &pkt, UL_ICMP_TTL_EXCEEDED, 0);
	ul_icmp_error_relay(&net.ctx, &pkt, &router, 3, 0, 0);
	ck_assert_uint_eq(fake_stack_waiting(net.ctx.stack), 0);
	ul_buf_unref(pkt.buf);
}

static const struct {
	const char *src, *dst;
} silent[] = {
	{ "10.0.2.15", "255.255.255.255" }, { "10.0.2.15", "10.0.2.255" },
	{ "10.0.2.15", "224.0.0.1" }, { "fd00:1::15", "ff02::1" },
	{ "0.0.0.0", "9.9.9.9" }, { "::", "2001:db8::9" },
	{ "10.0.2.255", "9.9.9.9" }, { "224.0.0.1", "9.9.9.9" },
	{ "127.0.0.1", "9.9.9.9" }, { "ff02::1", "2001:db8::9" },
	{ "::1", "2001:db8::9" },
};

START_TEST(no_error_about_or_to_many)
{
	struct ul_ep src = at(silent[_i].src, 1), dst = at(silent[_i].dst, 2);

	expect_silence(fake_net_udp(&net, &src, &dst, "x", 1));
}
END_TEST

START_TEST(no_error_about_an_error)
{
	struct ul_addr dst4 = at("9.9.9.9", 0).addr;
	struct ul_addr dst6 = at("2001:db8::9", 0).addr;
	struct ul_pkt pkt;
	bool is_query;

	pkt = fake_net_echo(&net, &net.guest4, &dst4, 1, 1, "x", 1);
	pkt.l4[0] = (uint8_t)_i;
	is_query = _i == 0 || _i == 8 || (_i >= 13 && _i <= 18);
	if (is_query) {
		net.ctx.icmp_error_rate = (struct ul_rate){ 0 };
		ul_icmp_error_send(&net.ctx, &pkt, UL_ICMP_TTL_EXCEEDED, 0);
		ck_assert_ptr_nonnull(fake_stack_next(net.ctx.stack));
		ul_buf_unref(pkt.buf);
	} else {
		expect_silence(pkt);
	}
	pkt = fake_net_echo(&net, &net.guest6, &dst6, 1, 1, "x", 1);
	pkt.l4[0] = (uint8_t)_i;
	if (_i < 128 || _i == 137)
		expect_silence(pkt);
	else
		ul_buf_unref(pkt.buf);
}
END_TEST

START_TEST(no_error_about_a_later_fragment)
{
	struct ul_pkt pkt = packet(true, 16);

	pkt.ip[7] = 1;
	expect_silence(pkt);
	pkt = packet(true, 16);
	pkt.ip[6] = 0x10;
	expect_silence(pkt);
	pkt = packet(true, 16);
	pkt.ip[6] = 0x20;	/* the first one may be complained about */
	ul_icmp_error_send(&net.ctx, &pkt, UL_ICMP_REASSEMBLY_TIMEOUT, 0);
	ck_assert_uint_eq(fake_stack_waiting(net.ctx.stack), 1);
	ul_buf_unref(pkt.buf);
}
END_TEST

START_TEST(errors_are_limited)
{
	struct ul_pkt pkt = packet(true, 16);

	for (int i = 0; i < 300; i++)
		ul_icmp_error_send(&net.ctx, &pkt, UL_ICMP_PROHIBITED, 0);
	ck_assert_uint_eq(fake_stack_waiting(net.ctx.stack), 200);
	fake_net_pass(&net, 100000);
	for (int i = 0; i < 300; i++)
		ul_icmp_error_send(&net.ctx, &pkt, UL_ICMP_PROHIBITED, 0);
	ck_assert_uint_eq(fake_stack_waiting(net.ctx.stack), 300);
	ul_buf_unref(pkt.buf);
}
END_TEST

static const struct {
	const char *from, *shown;
} routers[] = {
	{ "203.0.113.1", "203.0.113.1" }, { "192.168.1.1", "192.168.1.1" },
	{ "127.0.0.1", "10.0.2.2" }, { "10.0.2.3", "10.0.2.2" },
	{ "2001:db8::1", "2001:db8::1" }, { "fe80::1", "fd00:1::2" },
	{ "::1", "fd00:1::2" },
};

START_TEST(router_is_shown_where_the_guest_can_know_it)
{
	struct ul_addr from = at(routers[_i].from, 0).addr;
	struct ul_addr shown = at(routers[_i].shown, 0).addr;
	bool is_v4 = ul_addr_is_v4(&from);
	struct ul_pkt pkt = packet(is_v4, 16);
	const struct fake_dgram *d;
	struct fake_error e;

	ul_icmp_error_relay(&net.ctx, &pkt, &from, is_v4 ? 11 : 3, 0, 99);
	d = fake_stack_next(net.ctx.stack);
	ck_assert_ptr_nonnull(d);
	e = fake_error_parse(d);
	ck_assert(ul_addr_eq(&d->d.src, &shown));
	ck_assert_uint_eq(e.type, is_v4 ? 11 : 3);
	ck_assert_uint_eq(e.info, 0);	/* these carry none */
	ul_buf_unref(pkt.buf);
}
END_TEST

START_TEST(mtu_of_a_router_is_carried)
{
	struct ul_pkt pkt = packet(_i, 16);
	struct ul_addr from = at(_i ? "203.0.113.1" : "2001:db8::1", 0).addr;
	struct fake_error e;

	ul_icmp_error_relay(&net.ctx, &pkt, &from, _i ? 3 : 2, _i ? 4 : 0,
			    1280);
	e = fake_error_parse(fake_stack_next(net.ctx.stack));
	ck_assert_uint_eq(e.info, 1280);
	ul_buf_unref(pkt.buf);
}
END_TEST

START_TEST(errno_becomes_a_reason_or_nothing)
{
	static const struct {
		int err, type, code;
	} errors[] = {
		{ ENETUNREACH, 3, 0 }, { ENETDOWN, 3, 0 },
		{ EHOSTUNREACH, 3, 1 }, { EACCES, 3, 13 }, { EPERM, 3, 13 },
		{ EMSGSIZE, 3, 4 }, { ECONNREFUSED, 0, 0 }, { EINVAL, 0, 0 },
	};
	struct ul_pkt pkt = packet(true, 16);
	const struct fake_dgram *d;

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		ul_icmp_error_errno(&net.ctx, &pkt, errors[i].err, 1400);
		d = fake_stack_next(net.ctx.stack);
		ck_assert_int_eq(d ? d->data[0] : 0, errors[i].type);
		ck_assert_int_eq(d ? d->data[1] : 0, errors[i].code);
	}
	ul_icmp_error_errno(&net.ctx, &pkt, EMSGSIZE, 0);
	ck_assert_uint_eq(fake_stack_waiting(net.ctx.stack), 0);
	ul_buf_unref(pkt.buf);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("icmp_error");
	TCase *tc = tcase_create("icmp_error");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, every_reason_has_its_type_and_code, 0,
			    UL_ICMP_REASON_COUNT);
	tcase_add_loop_test(tc, quote_is_as_long_as_it_may_be, 0, 2);
	tcase_add_loop_test(tc, no_error_about_or_to_many, 0,
			    sizeof(silent) / sizeof(*silent));
	tcase_add_loop_test(tc, no_error_about_an_error, 0, 256);
	tcase_add_test(tc, no_error_about_a_later_fragment);
	tcase_add_test(tc, errors_are_limited);
	tcase_add_loop_test(tc, router_is_shown_where_the_guest_can_know_it,
			    0, sizeof(routers) / sizeof(*routers));
	tcase_add_loop_test(tc, mtu_of_a_router_is_carried, 0, 2);
	tcase_add_test(tc, errno_becomes_a_reason_or_nothing);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
