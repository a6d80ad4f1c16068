/* SPDX-License-Identifier: BSD-3-Clause */
/* test_port_spec.c - how a guest's port is treated, from text */
#include "conf/port_spec.h"
#include "fake/spec_row.h"

static const struct spec_row rows[] = {
	{ "web=52:54:00:00:00:01", NULL },
	{ "web=52:54:00:00:00:01,isolated,pinned,promiscuous", NULL },
	{ "*", NULL },
	{ "*,macs-max=2,rate-in=1M,rate-out=500K", NULL },
	{ "", "is empty" },
	{ "web", "write NAME=MAC" },
	{ "web=", "write NAME=MAC" },
	{ "web=52:54:00:00:00", "write NAME=MAC" },
	{ "web=53:54:00:00:00:01", "write NAME=MAC" },
	{ "web=00:00:00:00:00:00", "write NAME=MAC" },
	{ "*=52:54:00:00:00:01", "write" },
	{ "=52:54:00:00:00:01", "write" },
	{ "a b=52:54:00:00:00:01", "write" },
	{ "*,", "'' is no rule of a port; there are isolated" },
	{ "*,macs-max=0", "write a number from 1" },
	{ "*,macs-max=", "write a number" },
	{ "*,rate-in=1", "write" },
	{ "*,burst=4K,storm=7", NULL },
	{ "*,burst=1", "write bytes" },
	{ "*,storm=0", "write a number from 1" },
	{ "*,macs=7", "'macs=7' is no rule of a port" },
	{ "*,delay=20,jitter=0.5,loss=0.1%", NULL },
	{ "*,loss=100", NULL },
	{ "*,loss=100.01", "write percent" },
	{ "*,loss=1%%", "write percent" },
	{ "*,loss=", "write percent" },
	{ "*,loss=.5", "write percent" },
	{ "*,loss=0.00001", "write percent" },
	{ "*,delay=10000", NULL },
	{ "*,delay=10000.5", "write milliseconds" },
	{ "*,delay=99999999999999999999", "write milliseconds" },
	{ "*,delay=1.", "write milliseconds" },
	{ "*,delay=-1", "write milliseconds" },
	{ "*,jitter=x", "write milliseconds" },
	{ "*,isolated,isolated", "'isolated' is there twice" },
	{ "*,host-loopback=80,81,80", NULL },
	{ "*,rate-in=1M,pinned,rate-in=2M", "'rate-in=2M' is there twice" },
	{ "*,host-loopback=80,host-loopback", "is there twice" },
	{ "*,fast", "'fast' is no rule of a port" },
	{ "*,host-loopback", NULL },
	{ "*,host-loopback=80,8000-8010,pinned", NULL },
	{ "*,host-loopback=", "write ports as in" },
	{ "*,host-loopback=80,90-80", "'90-80' is no port" },
	{ "*,host-loopback,80", "'80' is no rule of a port" },
	{ "*,80", "'80' is no rule of a port" },
	{ "*,host-loopback=80,pinned,81", "'81' is no rule of a port" },
};

START_TEST(rows_are_told_apart)
{
	struct ul_port_conf *port = NULL;
	char *why = NULL;
	int rc = ul_port_spec_parse(&port, rows[_i].text, &why);

	expect_row(&rows[_i], rc, port, why);
	ul_port_conf_free(port);
}
END_TEST

START_TEST(each_rule_is_kept)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 0, 0, 1 };
	struct ul_port_conf *p;
	char *why;

	ck_assert(!ul_port_spec_parse(&p, "web=52:54:00:00:00:01,isolated,"
				      "macs-max=7,rate-in=2K,rate-out=3M,burst=4K,"
				      "storm=8,delay=12.5,jitter=0.001,"
				      "loss=0.05%", &why));
	ck_assert_str_eq(p->name, "web");
	ck_assert(p->has_mac && !memcmp(p->mac, mac, 6));
	ck_assert(p->is_isolated && !p->is_pinned && !p->is_promiscuous);
	ck_assert_uint_eq(p->macs_max, 7);
	ck_assert_uint_eq(p->rate_in, 2048);
	ck_assert_uint_eq(p->rate_out, 3 << 20);
	ck_assert_uint_eq(p->burst, 4096);
	ck_assert_uint_eq(p->storm_pps, 8);
	ck_assert_uint_eq(p->delay_us, 12500);
	ck_assert_uint_eq(p->jitter_us, 1);
	ck_assert_uint_eq(p->loss_ppm, 500);
	ul_port_conf_free(p);
}
END_TEST

START_TEST(each_truncation_is_answered)
{
	static const char whole[] =
		"web=52:54:00:00:00:01,isolated,macs-max=7,rate-in=2K";

	for (size_t len = 0; len < sizeof(whole); len++) {
		g_autofree char *text = g_strndup(whole, len);
		struct ul_port_conf *p = NULL;
		char *why = NULL;

		if (ul_port_spec_parse(&p, text, &why))
			ck_assert(why && *why);
		g_free(why);
		ul_port_conf_free(p);
	}
}
END_TEST

START_TEST(loopback_ports_go_on_behind_a_comma)
{
	struct ul_port_conf *port = NULL;
	const struct ul_conf_ports *p;
	char *why = NULL;

	ck_assert_int_eq(ul_port_spec_parse(
		&port, "*,host-loopback=80,8000-8010,9,isolated",
		&why), 0);
	ck_assert(port->host_loopback && port->is_isolated);
	ck_assert_uint_eq(port->loopback_ports->len, 3);
	p = &g_array_index(port->loopback_ports, struct ul_conf_ports, 1);
	ck_assert(p->first == 8000 && p->last == 8010);
	ul_port_conf_free(port);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("port_spec");
	TCase *tc = tcase_create("text");

	tcase_add_loop_test(tc, rows_are_told_apart, 0, G_N_ELEMENTS(rows));
	tcase_add_test(tc, each_rule_is_kept);
	tcase_add_test(tc, each_truncation_is_answered);
	tcase_add_test(tc, loopback_ports_go_on_behind_a_comma);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
