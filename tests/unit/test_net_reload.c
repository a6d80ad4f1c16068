/* SPDX-License-Identifier: BSD-3-Clause */
/* test_net_reload.c - a network that runs follows another configuration */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conf/conf_diff.h"
#include "harness.h"
#include "net/net_dns.h"
#include "net/net_forward.h"
#include "net/net_hosts.h"
#include "net/net_info.h"
#include "net/net_reload.h"
#include "net/network.h"

#define WEB "52:54:00:00:00:01"
#define DB "52:54:00:00:00:02"

static struct ul_loop *loop;
static struct ul_network *net;
static struct ul_conf *conf;
static struct ul_settings *said;
static int guests[2];

static void on_ended(void *arg)
{
}

/* "name=value|name|..." */
static struct ul_settings *make(const char *text)
{
	struct ul_settings *out = ul_settings_new();
	g_auto(GStrv) words = g_strsplit(text, "|", -1);

	for (char **w = words; *w; w++) {
		char *value = strchr(*w, '=');
		struct ul_conf_setting s = { .where = NULL };

		if (value)
			*value++ = '\0';
		s.option = ul_conf_option_find(*w);
		s.value = value;
		ck_assert_msg(s.option != NULL, "%s", *w);
		ul_settings_add(out, &s);
	}
	return out;
}

static struct ul_conf *conf_of(const struct ul_settings *s)
{
	struct ul_conf *c = ul_conf_new();
	char *error = NULL;

	ck_assert_msg(!ul_conf_apply(c, ul_settings_all(s),
				     ul_settings_count(s), &error), "%s",
		      error);
	c->mtu = UL_CONF_MTU_STREAM;
	return c;
}

/* 0, or the error of the reload, which is as whoever calls it has it. */
static int reload(const char *text, char **error)
{
	struct ul_settings *to = make(text);
	struct ul_conf *next = conf_of(to);
	GPtrArray *changes = ul_conf_diff(said, to);
	int rc;

	ul_conf_adopt(conf, next);
	rc = ul_network_reload(net, changes, next, error);
	if (rc) {
		ul_conf_adopt(conf, next);
		ul_settings_free(to);
	} else {
		ul_settings_free(said);
		said = to;
	}
	g_ptr_array_unref(changes);
	ul_conf_free(next);
	return rc;
}

static void must_reload(const char *text)
{
	char *error = NULL;

	ck_assert_msg(!reload(text, &error), "%s", error);
}

static void start(const char *text)
{
	char *error = NULL;

	said = make(text);
	conf = conf_of(said);
	ck_assert_msg(!ul_network_start(&net, loop, conf, on_ended, NULL,
					&error), "%s", error);
}

/* As userlan run does it, which says the MAC. */
static void attach(int i, const char *name, uint8_t last)
{
	struct ul_plug_conf plug = {
		.name = name, .has_mac = true,
		.mac = { 0x52, 0x54, 0, 0, 0, last },
	};
	char *error = NULL;
	int pair[2];

	ck_assert(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair));
	guests[i] = pair[1];
	ck_assert_msg(!ul_network_attach_fd(net, pair[0], &plug, &error), "%s",
		      error);
}

static struct ul_plug_conf plug_of(const char *name)
{
	struct ul_plug_conf plug = { 0 };
	char *error = NULL;

	ck_assert_msg(!ul_network_port_conf(net, name, &plug, &error), "%s",
		      error);
	return plug;
}

static void setup(void)
{
	guests[0] = guests[1] = -1;
	loop = ul_loop_new();
}

static void teardown(void)
{
	for (int i = 0; i < 2; i++)
		if (guests[i] >= 0)
			close(guests[i]);
	ul_network_free(net);
	ul_conf_free(conf);
	ul_settings_free(said);
	ul_loop_free(loop);
}

START_TEST(ports_follow_their_rules)
{
	start("mode=nat-network|port=web=" WEB ",isolated,rate-in=1M");
	attach(0, "web", 1);
	attach(1, "db", 2);
	ck_assert(plug_of("web").is_isolated);
	ck_assert_uint_eq(plug_of("web").rate_in, 1 << 20);
	ck_assert(!plug_of("db").is_isolated);

	must_reload("mode=nat-network|port=web=" WEB ",pinned|port=*,storm=7");
	ck_assert(!plug_of("web").is_isolated && plug_of("web").is_pinned);
	ck_assert_uint_eq(plug_of("web").rate_in, 0);
	ck_assert_uint_eq(plug_of("web").storm_pps, 0);
	ck_assert_uint_eq(plug_of("db").storm_pps, 7);

	/* Without a rule of its own it is as all others. */
	must_reload("mode=nat-network|port=*,storm=7");
	ck_assert(!plug_of("web").is_pinned);
	ck_assert_uint_eq(plug_of("web").storm_pps, 7);

	/* The name goes to another MAC, and with it what is said of it. */
	must_reload("mode=nat-network|port=lab=" DB ",isolated");
	ck_assert(plug_of("lab").is_isolated);
	ck_assert_uint_eq(plug_of("lab").storm_pps, 0);
	ck_assert_uint_eq(plug_of("web").storm_pps, 0);
	must_reload("mode=nat-network|port=lab=" WEB ",isolated");
	ck_assert(plug_of("web").is_isolated);
	must_reload("mode=nat-network");
	ck_assert(!plug_of("web").is_isolated);
}
END_TEST

static void count_forward(const struct ul_forward_info *info, void *arg)
{
	g_string_append_printf(arg, "%s;", info->text);
}

static void count_host(const struct ul_host_info *info, void *arg)
{
	g_string_append_printf(arg, "%s;", info->conf->name);
}

static void check_state(const char *forwards, const char *hosts,
			const char *egress)
{
	struct ul_network_info info;
	GString *got = g_string_new(NULL);

	ul_network_each_forward(net, count_forward, got);
	ck_assert_str_eq(got->str, forwards);
	g_string_truncate(got, 0);
	ul_network_each_host(net, count_host, got);
	ck_assert_str_eq(got->str, hosts);
	ul_network_info(net, &info);
	ck_assert_str_eq(info.egress, egress);
	g_string_free(got, TRUE);
}

/* A port, a name and an address pass from one to the other. */
START_TEST(what_goes_makes_room_for_what_comes)
{
	start("mode=nat-network|host=web=" WEB ",10.0.2.30|egress=any");
	must_reload("mode=nat-network|host=db=" WEB ",10.0.2.30|egress=none|"
		    "forward=0:web:80");
	check_state("0:web:80;", "db;", "none");
	must_reload("mode=nat-network|host=web=" DB ",10.0.2.30|egress=any|"
		    "forward=0:web:81");
	check_state("0:web:81;", "web;", "any");
}
END_TEST

/* Somebody did by hand what the file says later, or did away with it. */
START_TEST(what_was_done_live_is_so)
{
	char *error = NULL;
	uint8_t mac[6] = { 0x52, 0x54, 0, 0, 0, 2 };
	struct ul_host_conf *db;

	start("mode=nat-network|host=web=" WEB "|forward=unix:@a:web:80|"
	      "dns-for=a.test=192.0.2.1");
	ck_assert(!ul_network_forward_remove(net, "unix:@a:web:80",
					     UL_FORWARD_KEEP, &error));
	ck_assert(!ul_network_remove_host(net, "web", &error));
	ck_assert(!ul_network_remove_dns_server(net, "a.test", &error));
	ck_assert(!ul_host_spec_parse(&db, "db=" DB, &error));
	ck_assert(!memcmp(db->mac, mac, 6));
	ck_assert(!ul_network_add_host(net, db, &error));
	ul_host_conf_free(db);
	ck_assert(!ul_network_add_dns_server(net, "b.test=192.0.2.1", &error));
	must_reload("mode=nat-network|host=db=" DB "|"
		    "dns-for=b.test=192.0.2.1");
	check_state("", "db;", "any");
	/* It is not undone either. */
	ck_assert(!ul_network_remove_host(net, "db", &error));
	ck_assert_int_lt(reload("mode=nat-network|dns-for=b.test=192.0.2.1|"
				"forward=unix:/none/at/all/s:web:80",
				&error), 0);
	g_free(error);
	check_state("", "", "any");
}
END_TEST

static void keep_time(const struct ul_lease_info *lease, void *arg)
{
	*(int64_t *)arg = lease->left_us;
}

START_TEST(leases_last_as_long_as_is_said_now)
{
	const uint8_t mac[6] = { 0x52, 0x54, 0, 0, 0, 1 };
	struct ul_addr addr;
	int64_t left = 0;
	char *error = NULL;

	start("mode=nat-network|lease-time=3600");
	must_reload("mode=nat-network|lease-time=7200");
	ck_assert(!ul_network_lease(net, mac, NULL, &addr, &error));
	ul_network_each_lease(net, keep_time, &left);
	ck_assert_int_gt(left, 7100 * 1000000ll);
}
END_TEST

/* The last step fails: those before it are taken back. */
START_TEST(all_or_nothing)
{
	char *error = NULL;

	start("mode=nat-network|host=web=" WEB ",10.0.2.30|egress=any|"
	      "forward=0:web:80|port=*,isolated");
	attach(0, "web", 1);
	ck_assert_int_lt(reload("mode=nat-network|host=db=" DB ",10.0.2.31|"
				"egress=none|port=*|"
				"forward=unix:/none/at/all/s:web:80",
				&error), 0);
	ck_assert_msg(strstr(error, "/none/at/all") != NULL, "%s", error);
	g_free(error);
	check_state("0:web:80;", "web;", "any");
	ck_assert(plug_of("web").is_isolated);
	ck_assert_uint_eq(conf->hosts->len, 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("net_reload");
	TCase *tc = tcase_create("net_reload");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, ports_follow_their_rules);
	tcase_add_test(tc, what_goes_makes_room_for_what_comes);
	tcase_add_test(tc, what_was_done_live_is_so);
	tcase_add_test(tc, leases_last_as_long_as_is_said_now);
	tcase_add_test(tc, all_or_nothing);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
