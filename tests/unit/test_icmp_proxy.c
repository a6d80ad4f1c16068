/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_icmp_proxy.c - guest pings through real ping sockets
 *
 * In a namespace of the test's own: only there may ping_group_range be set.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/csum.h"
#include "fake/fake_net.h"
#include "fake/own_net.h"
#include "flow/icmp_proxy.h"
#include "harness.h"

#define SECOND 1000000ll

static struct fake_net net;
static struct ul_icmp_proxy *proxy;
static bool has_net;
static uint8_t payload[65507];

static void setup(void)
{
	has_net = own_net_enter();
	fake_net_init(&net);
	proxy = ul_icmp_proxy_new(&net.ctx);
	ck_assert_ptr_nonnull(proxy);
	srand(5);
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)rand();
}

static void teardown(void)
{
	ul_icmp_proxy_free(proxy);
	fake_net_fini(&net);
}

/* Open ping sockets to everybody in this namespace. */
static bool open_pings(void)
{
	if (has_net)
		own_net_sysctl("ipv4/ping_group_range", "0 0");
	return has_net;
}

static struct ul_addr at(const char *text)
{
	struct ul_addr a;

	ck_assert_int_eq(ul_addr_parse(&a, text), 0);
	return a;
}

static struct ul_pkt echo(const char *dst, uint16_t id, uint16_t seq,
			  size_t len)
{
	struct ul_addr to = at(dst);

	return fake_net_echo(&net, ul_addr_is_v4(&to) ? &net.guest4 :
			     &net.guest6, &to, id, seq, payload, len);
}

static void input(struct ul_pkt pkt)
{
	ul_icmp_proxy_input(proxy, &pkt);
	ul_buf_unref(pkt.buf);
}

static void check_reply(const struct fake_dgram *d, const char *src,
			uint16_t id, uint16_t seq, size_t len)
{
	struct ul_addr from = at(src);
	bool is_v4 = ul_addr_is_v4(&from);
	uint32_t sum = 0;

	ck_assert_ptr_nonnull(d);
	ck_assert(ul_addr_eq(&d->d.src, &from));
	ck_assert(ul_addr_eq(&d->d.dst, is_v4 ? &net.guest4 : &net.guest6));
	ck_assert_uint_eq(d->d.proto, is_v4 ? UL_IPPROTO_ICMP :
					      UL_IPPROTO_ICMP6);
	ck_assert_uint_eq(d->len, 8 + len);
	ck_assert_uint_eq(d->data[0], is_v4 ? 0 : 129);
	ck_assert_uint_eq(d->data[1], 0);
	ck_assert_uint_eq(d->data[4] << 8 | d->data[5], id);
	ck_assert_uint_eq(d->data[6] << 8 | d->data[7], seq);
	if (len)
		ck_assert_mem_eq(d->data + 8, payload, len);
	if (!is_v4)
		sum = ul_csum_pseudo(&d->d.src, &d->d.dst, UL_IPPROTO_ICMP6,
				     (uint32_t)d->len);
	ck_assert_uint_eq(ul_csum_fold(ul_csum_add(sum, d->data, d->len)), 0);
}

static const size_t sizes[] = { 0, 1, 56, 57, 1472, 65507 };
#define SIZES (sizeof(sizes) / sizeof(*sizes))

START_TEST(host_answers)
{
	const char *dst = _i % 2 ? "198.51.100.7" : "2001:db8::7";
	size_t len = sizes[_i / 2];

	if (!open_pings())
		return;
	/* Id 0 is an id as any other, and two ids do not mix. */
	input(echo(dst, 0, 1, len));
	check_reply(fake_net_wait(&net), dst, 0, 1, len);
	input(echo(dst, 0xbeef, 0xffff, len));
	check_reply(fake_net_wait(&net), dst, 0xbeef, 0xffff, len);
	ck_assert_uint_eq(net.ctx.stats.icmp_opened, 2);
	input(echo(dst, 0, 2, len));
	check_reply(fake_net_wait(&net), dst, 0, 2, len);
	ck_assert_uint_eq(net.ctx.stats.icmp_opened, 2);
}
END_TEST

START_TEST(gateway_answers_itself)
{
	const char *dst = _i % 2 ? "10.0.2.2" : "fd00:1::2";
	size_t len = sizes[_i / 2];

	input(echo(dst, 7, 1, len));
	check_reply(fake_stack_next(net.ctx.stack), dst, 7, 1, len);
	ck_assert_uint_eq(net.ctx.stats.icmp_opened, 0);
}
END_TEST

START_TEST(closed_ping_sockets_are_prohibited)
{
	const struct fake_dgram *d;
	struct fake_error e;

	if (!has_net)
		return;
	/* A new namespace has them closed. */
	for (int i = 0; i < 2; i++) {
		input(echo(_i ? "198.51.100.7" : "2001:db8::7", 7, 1, 8));
		d = fake_stack_next(net.ctx.stack);
		ck_assert_ptr_nonnull(d);
		e = fake_error_parse(d);
		ck_assert_uint_eq(e.type, _i ? 3 : 1);
		ck_assert_uint_eq(e.code, _i ? 13 : 1);
	}
	ck_assert_uint_eq(net.ctx.stats.icmp_prohibited, 2);
	/* Opened while we run: the next ping works. */
	open_pings();
	input(echo(_i ? "198.51.100.7" : "2001:db8::7", 7, 1, 8));
	check_reply(fake_net_wait(&net), _i ? "198.51.100.7" : "2001:db8::7",
		    7, 1, 8);
}
END_TEST

START_TEST(ttl_one_ends_here)
{
	struct ul_pkt pkt = echo(_i ? "198.51.100.7" : "2001:db8::7", 7, 9,
				 8);
	const struct fake_dgram *d;
	struct fake_error e;

	pkt.ttl = 1;
	input(pkt);
	d = fake_stack_next(net.ctx.stack);
	ck_assert_ptr_nonnull(d);
	e = fake_error_parse(d);
	ck_assert_uint_eq(e.type, _i ? 11 : 3);
	ck_assert_uint_eq(e.code, 0);
	ck_assert(ul_addr_eq(&d->d.src, _i ? &net.ctx.gateway4 :
					    &net.ctx.gateway6));
	ck_assert_uint_eq(e.l4[4] << 8 | e.l4[5], 7);
	ck_assert_uint_eq(e.l4[6] << 8 | e.l4[7], 9);
}
END_TEST

START_TEST(no_route_is_reported)
{
	const struct fake_dgram *d;
	struct fake_error e;

	if (!open_pings())
		return;
	input(echo(_i ? "203.0.113.9" : "2001:db8:1::9", 7, 9, 8));
	d = fake_net_wait(&net);
	ck_assert_ptr_nonnull(d);
	e = fake_error_parse(d);
	ck_assert_uint_eq(e.type, _i ? 3 : 1);
	ck_assert_uint_eq(e.code, 0);
	ck_assert_uint_eq(e.l4[4] << 8 | e.l4[5], 7);
}
END_TEST

START_TEST(routers_on_the_way_are_heard)
{
	const char *dst = _i ? "192.0.2.99" : "2001:db8:2::99";
	struct ul_addr router = at(_i ? "192.0.2.254" : "2001:db8:2::fe");
	struct ul_addr to = at(dst);
	struct ul_pkt pkt;
	const struct fake_dgram *d;
	struct fake_error e;
	uint8_t buf[2048];
	ssize_t n;
	int tun = open_pings() ? own_net_tun() : -1;

	if (tun < 0)
		return;
	pkt = echo(dst, 0x1234, 9, 32);
	pkt.ttl = 5;
	input(pkt);
	n = own_net_tun_read(tun, _i ? UL_IPPROTO_ICMP : UL_IPPROTO_ICMP6, buf,
			     sizeof(buf));
	while (!_i && n > 40 && buf[40] != 128)		/* the host's own */
		n = own_net_tun_read(tun, UL_IPPROTO_ICMP6, buf, sizeof(buf));
	ck_assert_int_gt(n, 0);
	ck_assert_uint_eq(buf[_i ? 8 : 7], 4);
	own_net_tun_error(tun, buf, (size_t)n, _i ? 11 : 3, 0, 0);
	d = fake_net_wait(&net);
	ck_assert_ptr_nonnull(d);
	e = fake_error_parse(d);
	ck_assert_uint_eq(e.type, _i ? 11 : 3);
	ck_assert_uint_eq(e.code, 0);
	ck_assert(ul_addr_eq(&d->d.src, &router));
	ck_assert(ul_addr_eq(&e.src, _i ? &net.guest4 : &net.guest6));
	ck_assert(ul_addr_eq(&e.dst, &to));
	ck_assert_uint_eq(e.l4_len, 8 + 32);
	ck_assert_uint_eq(e.l4[0], _i ? 8 : 128);
	ck_assert_uint_eq(e.l4[4] << 8 | e.l4[5], 0x1234);
	ck_assert_uint_eq(e.l4[6] << 8 | e.l4[7], 9);
	ck_assert_mem_eq(e.l4 + 8, payload, 32);
	close(tun);
}
END_TEST

START_TEST(path_mtu_is_reported)
{
	struct ul_pkt pkt;
	const struct fake_dgram *d;
	struct fake_error e;

	if (!open_pings())
		return;
	own_net_mtu(1400);
	pkt = echo("198.51.100.7", 7, 9, 2000);
	pkt.df = true;
	input(pkt);
	d = fake_net_wait(&net);
	ck_assert_ptr_nonnull(d);
	e = fake_error_parse(d);
	ck_assert_uint_eq(e.type, 3);
	ck_assert_uint_eq(e.code, 4);
	ck_assert_uint_eq(e.info, 1400);
	input(echo("198.51.100.7", 7, 9, 2000));
	check_reply(fake_net_wait(&net), "198.51.100.7", 7, 9, 2000);
}
END_TEST

START_TEST(ids_are_bounded_and_end)
{
	if (!open_pings())
		return;
	net.ctx.limits.icmp_flows = 3;
	for (uint16_t i = 0; i < 5; i++)
		input(echo("198.51.100.7", i, 1, 8));
	ck_assert_uint_eq(net.ctx.stats.icmp_opened, 3);
	ck_assert_uint_eq(net.ctx.stats.icmp_over_flows, 2);
	for (int i = 0; i < 3; i++)	/* replies are use, too */
		ck_assert_ptr_nonnull(fake_net_wait(&net));
	fake_net_pass(&net, 30 * SECOND);
	input(echo("198.51.100.7", 9, 1, 8));
	ck_assert_uint_eq(net.ctx.stats.icmp_opened, 4);
	check_reply(fake_net_wait(&net), "198.51.100.7", 9, 1, 8);
}
END_TEST

START_TEST(an_id_may_ping_many)
{
	char dst[32];

	if (!open_pings())
		return;
	for (int i = 10; i < 50; i++) {
		snprintf(dst, sizeof(dst), "203.0.113.%d", i);
		input(echo(dst, 7, (uint16_t)i, 8));
	}
	while (fake_stack_next(net.ctx.stack))
		;		/* no route to the others */
	input(echo("198.51.100.7", 7, 1, 8));
	check_reply(fake_net_wait(&net), "198.51.100.7", 7, 1, 8);
	ck_assert_uint_eq(net.ctx.stats.icmp_opened, 1);
}
END_TEST

static const struct {
	const char *dst;
	int type;
} refused[] = {
	{ "127.0.0.1", 3 }, { "10.0.2.77", 3 }, { "169.254.169.254", 3 },
	{ "224.0.0.1", 0 }, { "10.0.2.255", 0 }, { "255.255.255.255", 0 },
	{ "::1", 1 }, { "fe80::1", 1 }, { "ff02::1", 0 },
};

START_TEST(forbidden_destination_is_refused)
{
	const struct fake_dgram *d;

	input(echo(refused[_i].dst, 7, 1, 8));
	d = fake_stack_next(net.ctx.stack);
	if (!refused[_i].type) {
		ck_assert_ptr_null(d);
		return;
	}
	ck_assert_ptr_nonnull(d);
	ck_assert_uint_eq(fake_error_parse(d).type, refused[_i].type);
	ck_assert_uint_eq(net.ctx.stats.denied, 1);
}
END_TEST

START_TEST(what_is_no_echo_request_is_dropped)
{
	struct ul_pkt pkt;

	for (int type = 0; type < 256; type++) {
		pkt = echo("198.51.100.7", 7, 1, 8);
		pkt.l4[0] = (uint8_t)type;
		if (type == 8)
			pkt.l4[1] = 1;
		input(pkt);
		pkt = echo("10.0.2.2", 7, 1, 8);
		pkt.l4[0] = (uint8_t)type;
		if (type == 8)
			pkt.l4[1] = 1;
		input(pkt);
	}
	for (size_t cut = 0; cut < 8; cut++) {
		uint8_t *copy;

		pkt = echo("10.0.2.2", 7, 1, 0);
		copy = exact_copy(pkt.l4, cut);
		pkt.l4 = copy;
		pkt.l4_len = cut;
		input(pkt);
		free(copy);
	}
	pkt = echo("10.0.2.2", 7, 1, 8);
	pkt.src = at("10.0.2.255");
	input(pkt);
	pkt = echo("10.0.2.2", 7, 1, 8);
	pkt.src = at("0.0.0.0");
	input(pkt);
	pkt = echo("10.0.2.2", 7, 1, 8);
	pkt.src = at("127.0.0.1");
	input(pkt);
	ck_assert_uint_eq(fake_stack_waiting(net.ctx.stack), 0);
	ck_assert_uint_eq(net.ctx.stats.icmp_opened, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("icmp_proxy");
	TCase *tc = tcase_create("icmp_proxy");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, host_answers, 0, SIZES * 2);
	tcase_add_loop_test(tc, gateway_answers_itself, 0, SIZES * 2);
	tcase_add_loop_test(tc, closed_ping_sockets_are_prohibited, 0, 2);
	tcase_add_loop_test(tc, ttl_one_ends_here, 0, 2);
	tcase_add_loop_test(tc, no_route_is_reported, 0, 2);
	tcase_add_loop_test(tc, routers_on_the_way_are_heard, 0, 2);
	tcase_add_test(tc, path_mtu_is_reported);
	tcase_add_test(tc, ids_are_bounded_and_end);
	tcase_add_test(tc, an_id_may_ping_many);
	tcase_add_loop_test(tc, forbidden_destination_is_refused, 0,
			    sizeof(refused) / sizeof(*refused));
	tcase_add_test(tc, what_is_no_echo_request_is_dropped);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
