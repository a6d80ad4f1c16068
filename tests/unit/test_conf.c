/* SPDX-License-Identifier: BSD-3-Clause */
/* test_conf.c - the defaults and the address plan */
#include "conf/conf.h"
#include "harness.h"

static const struct {
	const char *subnet, *gateway;	/* NULL: the plan's */
	const char *want_gateway, *dns, *first, *last, *guest;
} plans[] = {
	{ "10.0.2.0/24", NULL, "10.0.2.2", "10.0.2.3", "10.0.2.15",
	  "10.0.2.254", "10.0.2.15" },
	{ "10.0.2.0/24", "10.0.2.1", "10.0.2.1", "10.0.2.3", "10.0.2.15",
	  "10.0.2.254", "10.0.2.15" },
	{ "10.0.2.0/24", "10.0.2.3", "10.0.2.3", "10.0.2.2", "10.0.2.15",
	  "10.0.2.254", "10.0.2.15" },
	{ "10.0.2.0/24", "10.0.2.15", "10.0.2.15", "10.0.2.3", "10.0.2.15",
	  "10.0.2.254", "10.0.2.16" },
	{ "10.0.2.0/24", "10.0.2.254", "10.0.2.254", "10.0.2.3", "10.0.2.15",
	  "10.0.2.254", "10.0.2.15" },
	{ "10.0.0.0/8", NULL, "10.0.0.2", "10.0.0.3", "10.0.0.15",
	  "10.255.255.254", "10.0.0.15" },
	{ "192.168.7.32/27", NULL, "192.168.7.34", "192.168.7.35",
	  "192.168.7.47", "192.168.7.62", "192.168.7.47" },
	{ "192.168.7.32/28", "192.168.7.33", "192.168.7.33", "192.168.7.35",
	  "192.168.7.34", "192.168.7.46", "192.168.7.34" },
	{ "192.168.7.0/29", "192.168.7.6", "192.168.7.6", "192.168.7.3",
	  "192.168.7.1", "192.168.7.6", "192.168.7.1" },
	{ "192.168.7.0/30", "192.168.7.1", "192.168.7.1", "192.168.7.1",
	  "192.168.7.2", "192.168.7.2", "192.168.7.2" },
	{ "192.168.7.0/30", "192.168.7.2", "192.168.7.2", "192.168.7.2",
	  "192.168.7.1", "192.168.7.2", "192.168.7.1" },
};

static void assert_addr(const struct ul_addr *a, const char *want)
{
	char buf[UL_ADDR_STRLEN];

	ck_assert_str_eq(ul_addr_str(a, buf), want);
}

START_TEST(the_plan_fits_every_subnet)
{
	struct ul_conf *conf = ul_conf_new();
	struct ul_prefix subnet;
	struct ul_addr gateway;

	ck_assert_int_eq(ul_prefix_parse(&subnet, plans[_i].subnet), 0);
	ul_conf_set_subnet(conf, &subnet);
	if (plans[_i].gateway) {
		ul_addr_parse(&gateway, plans[_i].gateway);
		ul_conf_set_gateway4(conf, &gateway);
	}
	assert_addr(&conf->gateway4, plans[_i].want_gateway);
	assert_addr(&conf->dns4, plans[_i].dns);
	assert_addr(&conf->pool_first, plans[_i].first);
	assert_addr(&conf->pool_last, plans[_i].last);
	assert_addr(&conf->guest4, plans[_i].guest);
	ul_conf_free(conf);
}
END_TEST

START_TEST(defaults_are_complete)
{
	struct ul_conf *conf = ul_conf_new();

	ck_assert_str_eq(conf->name, "nat");
	ck_assert_str_eq(conf->domain, "nat.internal");
	assert_addr(&conf->gateway4, "10.0.2.2");
	assert_addr(&conf->guest4, "10.0.2.15");
	ck_assert_uint_eq(conf->listens->len + conf->fds->len, 0);
	ck_assert_int_eq(conf->ready_fd, -1);
	ck_assert(conf->has_ipv6);
	ck_assert(!conf->host_loopback);
	ck_assert_uint_eq(conf->mtu, 0);
	ck_assert_uint_eq(conf->forwards->len, 0);
	ck_assert_uint_gt(conf->limits.max_tcp_flows, 0);
	ul_conf_free(conf);
}
END_TEST

/* Guests of a network keep their addresses over a new version of userlan. */
START_TEST(prefix_of_a_name_is_fixed)
{
	struct ul_prefix nat = ul_conf_prefix6_of("nat");
	struct ul_prefix lab = ul_conf_prefix6_of("lab");

	assert_addr(&nat.addr, "fd38:71bc:711d:2f1c::");
	ck_assert_uint_eq(nat.len, 64);
	ck_assert_uint_eq(lab.addr.b[0], 0xfd);
	ck_assert(!ul_addr_eq(&nat.addr, &lab.addr));
}
END_TEST

START_TEST(name_moves_what_derives_from_it)
{
	struct ul_conf *conf = ul_conf_new();
	struct ul_prefix lab = ul_conf_prefix6_of("lab");
	struct ul_addr gateway = ul_prefix_nth(&lab, 2);

	ul_conf_set_name(conf, "lab");
	ck_assert_str_eq(conf->domain, "lab.internal");
	ck_assert(ul_addr_eq(&conf->prefix6.addr, &lab.addr));
	ck_assert(ul_addr_eq(&conf->gateway6, &gateway));
	ul_conf_free(conf);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conf");
	TCase *tc = tcase_create("conf");

	tcase_add_loop_test(tc, the_plan_fits_every_subnet, 0,
			    G_N_ELEMENTS(plans));
	tcase_add_test(tc, defaults_are_complete);
	tcase_add_test(tc, prefix_of_a_name_is_fixed);
	tcase_add_test(tc, name_moves_what_derives_from_it);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
