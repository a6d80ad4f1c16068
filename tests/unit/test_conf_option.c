/* SPDX-License-Identifier: BSD-3-Clause */
/* test_conf_option.c - values, companies and cross-field rules of options */
#include <errno.h>
#include <unistd.h>

#include "base/rule.h"
#include "conf/conf_check.h"
#include "conf/conf_option.h"
#include "harness.h"

#define SETTINGS_MAX 8

/* "name=value" and "name", NULL at the end; returns what the checks say. */
static int load(struct ul_conf *conf, const char *const *words, char **error)
{
	struct ul_conf_setting s[SETTINGS_MAX];
	char *copy[SETTINGS_MAX] = { NULL };
	size_t count, n = 0;
	const struct ul_conf_option *o = ul_conf_options(&count);
	int rc;

	for (; words[n]; n++) {
		char *eq;

		copy[n] = g_strdup(words[n]);
		eq = strchr(copy[n], '=');
		if (eq)
			*eq++ = '\0';
		s[n] = (struct ul_conf_setting){ .value = eq };
		for (size_t i = 0; i < count; i++)
			if (!strcmp(o[i].name, copy[n]))
				s[n].option = &o[i];
		ck_assert_msg(s[n].option != NULL, "no option %s", copy[n]);
	}
	rc = ul_conf_apply(conf, s, n, error);
	if (!rc)
		rc = ul_conf_check(conf, "/run/user/1000", error);
	for (size_t i = 0; i < SETTINGS_MAX; i++)
		g_free(copy[i]);
	return rc;
}

static const struct {
	const char *words[SETTINGS_MAX];
	const char *says;	/* a part of the error */
} bad[] = {
	{ { "name=" }, "--name : write at most 63 letters" },
	{ { "name=a/b" }, "--name a/b: write" },
	{ { "name=-a" }, "no hyphen first" },
	{ { "socket=" }, "--socket : is empty" },
	{ { "socket=a", "fd=0" }, "--socket and --fd exclude each other" },
	{ { "netns=1", "fd=0" }, "--fd and --netns exclude each other" },
	{ { "socket=a", "netns=1" }, "--socket and --netns exclude" },
	{ { "socket=a", "socket=b" }, "--socket is given twice" },
	{ { "control=" }, "--control : is empty" },
	{ { "mode=lan" }, "--mode lan: is no mode; there are nat, "
	  "nat-network, internal, host-only and bridged" },
	{ { "dgram=a", "seqpacket=b" }, "--seqpacket and --dgram exclude each "
	  "other in mode nat, which has one guest; --mode nat-network has" },
	{ { "mode=nat-network", "socket=" }, "--socket : is empty" },
	{ { "tcp=192.0.2.1:7000" }, "write a loopback address and a port" },
	{ { "tcp=127.0.0.1" }, "write a loopback address and a port" },
	{ { "allow-uid=me" }, "--allow-uid me: write a number" },
	{ { "port=web" }, "--port web: write NAME=MAC" },
	{ { "port=*", "port=*,isolated" }, "--port: two rules for *" },
	{ { "port=a=52:54:00:00:00:01", "port=b=52:54:00:00:00:01" },
	  "--port: a and b have the same MAC" },
	{ { "egress=all" }, "--egress all: write any, internet or none" },
	{ { "allow=10.1" }, "--allow 10.1: '10.1' is no address" },
	{ { "deny=any tcp 0" }, "--deny any tcp 0: '0' is no protocol" },
	{ { "rules=any" }, "--rules any: 'any': a rule begins with allow" },
	{ { "mode=internal", "dhcp", "deny=any" },
	  "--allow, --deny and --mode internal contradict" },
	{ { "mode=internal", "dhcp", "port=*,host-loopback" },
	  "--port *,host-loopback and --mode internal contradict" },
	{ { "mode=internal", "egress=any" }, "--egress any and --mode "
	  "internal contradict each other" },
	{ { "mode=internal", "forward=80:80" }, "--forward 80:80 and --mode "
	  "internal contradict" },
	{ { "mode=internal", "dns=192.0.2.1" }, "--dns and --mode internal "
	  "contradict" },
	{ { "mode=bridged", "uplink=tap:x", "host-loopback" },
	  "--host-loopback and --mode bridged contradict" },
	{ { "mode=bridged", "uplink=tap:x", "dhcp" }, "--dhcp and --mode "
	  "bridged contradict" },
	{ { "mode=host-only", "forward=*:80:80" }, "--forward *:80:80 and "
	  "--mode host-only contradict" },
	{ { "mode=host-only", "forward=80:web:80", "forward=192.0.2.1:81:80" },
	  "--forward 192.0.2.1:81:80 and --mode host-only contradict" },
	{ { "mode=bridged", "uplink=tap:x", "netns=1" }, "--netns and --mode "
	  "bridged contradict" },
	{ { "mode=bridged" }, "--mode bridged needs an --uplink:\n" },
	{ { "uplink=tap:x" }, "--uplink tap:x and --mode nat contradict" },
	{ { "mode=host-only", "uplink=trunk:/x" }, "--mode host-only "
	  "contradict" },
	{ { "mode=internal", "uplink=tap:x" }, "a LAN of this host is for "
	  "--mode bridged" },
	{ { "dhcp", "no-dhcp" }, "--dhcp and --no-dhcp exclude" },
	{ { "dhcp-range=10.0.2.9" }, "write the first and the last" },
	{ { "dhcp-range=10.0.2.9-10.0.2.8" }, "write the first and the last" },
	{ { "dhcp-range=10.0.2.9-10.0.3.8" }, "not within the hosts of the "
	  "subnet 10.0.2.0/24" },
	{ { "fd=0", "fd=0", "mode=nat-network" }, "--fd 0 is given twice" },
	{ { "fd=-1" }, "--fd -1: write a number" },
	{ { "fd=999" }, "--fd 999: is not an open descriptor" },
	{ { "ready-fd=999" }, "--ready-fd 999: is not an open descriptor" },
	{ { "fd=0", "ready-fd=0" }, "--fd and --ready-fd are both 0" },
	{ { "no-netns-config" }, "--no-netns-config says nothing without "
	  "--netns" },
	{ { "ifname=tap1" }, "--ifname says nothing without --netns" },
	{ { "no-offload" }, "--no-offload says nothing without --netns" },
	{ { "netns=1", "ifname=a/b" }, "'/' cannot be in the name" },
	{ { "netns=1", "ifname=sixteen-letters-" }, "at most 15 bytes" },
	{ { "netns=1", "ifname=tap%d" }, "'%' cannot be in the name" },
	{ { "netns=1", "ifname=.." }, "at most 15 bytes" },
	{ { "subnet=10.0.2.1/24" }, "its host bits zero" },
	{ { "subnet=fd00::/64" }, "--subnet fd00::/64: write the IPv4" },
	{ { "subnet=10.0.0.0/7" }, "must be 8 to 30" },
	{ { "subnet=10.0.2.0/31", "gateway=10.0.2.0" }, "must be 8 to 30" },
	{ { "subnet=127.0.0.0/8" }, "guests cannot have addresses" },
	{ { "subnet=224.0.0.0/8" }, "guests cannot have addresses" },
	{ { "subnet=0.0.0.0/8" }, "guests cannot have addresses" },
	{ { "subnet=169.254.7.0/24" }, "guests cannot have addresses" },
	{ { "subnet=10.0.2.0/28" }, "smaller than a /27 needs --gateway" },
	{ { "gateway=10.0.3.1" }, "not the address of a host in the subnet "
	  "10.0.2.0/24" },
	{ { "gateway=10.0.2.0" }, "not the address of a host" },
	{ { "gateway=10.0.2.255" }, "not the address of a host" },
	{ { "gateway=fd00::1" }, "--gateway fd00::1: write an IPv4 address" },
	{ { "ipv6-prefix=fd00::/48" }, "of length 64" },
	{ { "ipv6-prefix=10.0.0.0/24" }, "write an IPv6 prefix" },
	{ { "ipv6-prefix=fe80::/64" }, "take one of fd00::/8" },
	{ { "ipv6-prefix=fd00:1::/64", "no-ipv6" }, "--no-ipv6 and "
	  "--ipv6-prefix exclude each other" },
	{ { "mtu=575" }, "--mtu 575: write a number from 576 to 65520" },
	{ { "mtu=65521" }, "from 576 to 65520" },
	{ { "mtu=1279" }, "--mtu 1279: IPv6 needs 1280; say --no-ipv6" },
	{ { "mtu=1500x" }, "--mtu 1500x: write a number" },
	{ { "forward=80:web_1:80" }, "--forward 80:web_1:80: 'web_1' is no "
	  "name of a VM" },
	{ { "mode=nat-network", "forward=80:80" }, "--forward 80:80: which "
	  "VM? The mode nat-network has many: write its name" },
	{ { "mode=host-only", "forward=80:80" }, "--forward 80:80: which VM?" },
	{ { "mode=internal", "forward=80:web:80" }, "the mode keeps the host "
	  "out" },
	{ { "forward=80:10.0.3.15:80" }, "no guest can have that address; "
	  "take one of 10.0.2.0/24" },
	{ { "forward=80:10.0.2.2:80" }, "no guest can have that address" },
	{ { "forward=80:10.0.2.3:80" }, "no guest can have that address" },
	{ { "forward=80:10.0.2.255:80" }, "no guest can have that address" },
	{ { "forward=80:[fd00::1]:80" }, "no guest can have that address" },
	{ { "no-ipv6", "forward=80:[fd00::1]:80" }, "--no-ipv6 leaves none" },
	{ { "forward=80:80", "forward=*:70-90:70-90" }, "--forward 80:80 and "
	  "--forward *:70-90:70-90 want the same host port" },
	{ { "host-loopback=" }, "write ports as in" },
	{ { "host-loopback=80," }, "'' is no port" },
	{ { "host-loopback=80,ssh" }, "'ssh' is no port" },
	{ { "dns=dns.example" }, "--dns dns.example: write ADDR" },
	{ { "dns=192.0.2.1:" }, "write ADDR or ADDR:PORT" },
	{ { "dns=192.0.2.1:0" }, "write ADDR or ADDR:PORT" },
	{ { "dns=[2001:db8::1]53" }, "write ADDR or ADDR:PORT" },
	{ { "dns=[2001:db8::1" }, "write ADDR or ADDR:PORT" },
	{ { "dns=[192.0.2.1]:53" }, "write ADDR or ADDR:PORT" },
	{ { "dns=0.0.0.0" }, "not the address of one host" },
	{ { "lease-time=59" }, "--lease-time 59: write a number from 60" },
	{ { "domain=a..b" }, "write labels" },
	{ { "domain=a." }, "write labels" },
	{ { "domain=" }, "write labels" },
	{ { "busy-poll=0" }, "--busy-poll 0: write a number from 1 to 1000" },
	{ { "max-flows=0" }, "--max-flows 0: write a number from 1" },
	{ { "max-half-open=x" }, "--max-half-open x: write a number" },
	{ { "max-udp=0" }, "--max-udp 0: write a number" },
	{ { "max-ping=0" }, "--max-ping 0: write a number" },
	{ { "max-pinned=1023K" }, "from 1024K to 1024G" },
	{ { "max-pinned=99999999999999999999" }, "--max-pinned 9" },
	{ { "max-send=1T" }, "with K, M or G" },
	{ { "max-send=2000G" }, "with K, M or G" },
	{ { "pid=" }, "--pid : is empty" },
	{ { "log-file=" }, "--log-file : is empty" },
	{ { "pcap=" }, "--pcap : is empty" },
	{ { "quiet", "debug" }, "--quiet and --debug exclude each other" },
};

START_TEST(every_error_names_its_option)
{
	struct ul_conf *conf = ul_conf_new();
	char *error = NULL;

	ck_assert_int_eq(load(conf, bad[_i].words, &error), -EINVAL);
	ck_assert_ptr_nonnull(error);
	ck_assert_msg(strstr(error, bad[_i].says) != NULL, "%s", error);
	ck_assert_int_eq(strncmp(error, "--", 2), 0);
	g_free(error);
	ul_conf_free(conf);
}
END_TEST

static struct ul_conf *load_good(const char *const *words)
{
	struct ul_conf *conf = ul_conf_new();
	char *error = NULL;

	ck_assert_msg(load(conf, words, &error) == 0, "%s", error);
	ck_assert_ptr_null(error);
	return conf;
}

static const char *only_listen(const struct ul_conf *conf)
{
	const struct ul_listen_conf *l = conf->listens->pdata[0];

	ck_assert_uint_eq(conf->listens->len, 1);
	ck_assert_int_eq(l->kind, UL_LISTEN_STREAM);
	return l->where;
}

START_TEST(nothing_said_is_a_socket_in_the_runtime_directory)
{
	const char *const none[] = { NULL };
	const char *const named[] = { "name=lab", NULL };
	struct ul_conf *conf = load_good(none);

	ck_assert_str_eq(only_listen(conf),
			 "/run/user/1000/userlan/nat.sock");
	ck_assert_uint_eq(conf->mtu, UL_CONF_MTU_STREAM);
	ck_assert(!conf->one_off);
	ul_conf_free(conf);
	conf = load_good(named);
	ck_assert_str_eq(only_listen(conf),
			 "/run/user/1000/userlan/lab.sock");
	ul_conf_free(conf);
}
END_TEST

START_TEST(no_runtime_directory_asks_for_a_socket)
{
	struct ul_conf *conf = ul_conf_new();
	char *error = NULL;

	ck_assert_int_eq(ul_conf_check(conf, NULL, &error), -EINVAL);
	ck_assert(strstr(error, "say --socket PATH"));
	g_free(error);
	ul_conf_free(conf);
}
END_TEST

START_TEST(a_path_of_107_bytes_is_the_longest)
{
	struct ul_conf *conf = ul_conf_new();
	g_autofree char *fits = g_strnfill(107, 'x');
	g_autofree char *too_long = g_strnfill(108, 'x');
	char *error = NULL;

	ul_conf_add_listen(conf, UL_LISTEN_STREAM, fits);
	ck_assert_int_eq(ul_conf_check(conf, NULL, &error), 0);
	g_ptr_array_set_size(conf->listens, 0);
	ul_conf_add_listen(conf, UL_LISTEN_DGRAM, too_long);
	ck_assert_int_eq(ul_conf_check(conf, NULL, &error), -EINVAL);
	ck_assert(strstr(error, "is 108 bytes long and the kernel takes 107"));
	g_free(error);
	ul_conf_free(conf);
}
END_TEST

START_TEST(order_of_settings_does_not_matter)
{
	const char *const words[] = { "gateway=10.9.0.1", "domain=example.org",
				      "subnet=10.9.0.0/24", "name=lab", NULL };
	struct ul_conf *conf = load_good(words);
	char buf[UL_ADDR_STRLEN];

	ck_assert_str_eq(ul_addr_str(&conf->gateway4, buf), "10.9.0.1");
	ck_assert_str_eq(ul_addr_str(&conf->guest4, buf), "10.9.0.15");
	ck_assert_str_eq(conf->domain, "example.org");
	ul_conf_free(conf);
}
END_TEST

START_TEST(a_descriptor_is_for_one_guest)
{
	g_autofree char *word = g_strdup_printf("fd=%d", STDERR_FILENO);
	const char *const words[] = { word, "quiet", "quiet", NULL };
	struct ul_conf *conf = load_good(words);

	ck_assert(conf->one_off);
	ck_assert_uint_eq(conf->listens->len, 0);
	ck_assert_int_eq(g_array_index(conf->fds, int, 0), STDERR_FILENO);
	ul_conf_free(conf);
}
END_TEST

START_TEST(a_tap_has_the_mtu_of_ethernet)
{
	const char *const words[] = { "netns=123", "ifname=eth0", NULL };
	struct ul_conf *conf = load_good(words);

	ck_assert_uint_eq(conf->mtu, UL_CONF_MTU_TAP);
	ck_assert_str_eq(conf->netns, "123");
	ck_assert_str_eq(conf->netns_ifname, "eth0");
	ul_conf_free(conf);
}
END_TEST

START_TEST(modes_are_presets_of_parts)
{
	const char *const host_only[] = { "mode=host-only", NULL };
	const char *const served[] = { "mode=internal", "dhcp", NULL };
	struct ul_conf *conf = load_good(host_only);
	char buf[UL_ADDR_STRLEN];

	ck_assert(conf->has_router && conf->reaches_host && conf->has_dhcp);
	ck_assert(!conf->tells_route && conf->has_free_subnet);
	ck_assert_int_eq(conf->egress, UL_EGRESS_NONE);
	ck_assert_str_eq(ul_addr_str(&conf->gateway4, buf), "192.168.56.1");
	ck_assert_str_eq(ul_addr_str(&conf->pool_first, buf),
			 "192.168.56.101");
	ul_conf_free(conf);
	conf = load_good(served);
	ck_assert(conf->has_router && conf->has_dhcp);
	ck_assert(!conf->reaches_host && !conf->tells_route);
	ul_conf_free(conf);
}
END_TEST

START_TEST(many_ways_in_but_for_nat)
{
	const char *const words[] = { "mode=nat-network", "socket=a",
				      "socket=b", "dgram=@c",
				      "tcp=127.0.0.1:7000", NULL };
	struct ul_conf *conf = load_good(words);

	ck_assert_uint_eq(conf->listens->len, 4);
	ck_assert(!conf->one_off);
	ul_conf_free(conf);
}
END_TEST

START_TEST(a_given_address_settles_the_subnet)
{
	static const char *const words[][3] = {
		{ "mode=nat-network", "subnet=10.9.0.0/24", NULL },
		{ "mode=nat-network", "gateway=10.0.2.9", NULL },
		{ "mode=nat-network", "dhcp-range=10.0.2.50-10.0.2.60", NULL },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		struct ul_conf *conf = load_good(words[i]);

		ck_assert(!conf->has_free_subnet);
		ul_conf_free(conf);
	}
}
END_TEST

START_TEST(small_mtu_without_ipv6)
{
	const char *const words[] = { "mtu=576", "no-ipv6", NULL };
	struct ul_conf *conf = load_good(words);

	ck_assert_uint_eq(conf->mtu, 576);
	ck_assert(!conf->has_ipv6);
	ul_conf_free(conf);
}
END_TEST

START_TEST(lists_grow)
{
	const char *const words[] = {
		"host-loopback=22,8000-8010", "dns=192.0.2.53",
		"dns=[2001:db8::53]:5353", "dns=192.0.2.1:54",
		"dns=2001:db8::54", "forward=2222:22", "forward=2222:22/udp",
		NULL,
	};
	struct ul_conf *conf = load_good(words);
	struct ul_conf_ports *p;
	struct ul_ep *ep;
	char buf[UL_EP_STRLEN];

	ck_assert(conf->host_loopback);
	ck_assert_uint_eq(conf->host_loopback_ports->len, 2);
	p = &g_array_index(conf->host_loopback_ports, struct ul_conf_ports, 1);
	ck_assert_uint_eq(p->first, 8000);
	ck_assert_uint_eq(p->last, 8010);
	ck_assert_uint_eq(conf->dns_upstreams->len, 4);
	ep = (struct ul_ep *)conf->dns_upstreams->data;
	ck_assert_str_eq(ul_ep_str(&ep[0], buf), "192.0.2.53:53");
	ck_assert_str_eq(ul_ep_str(&ep[1], buf), "[2001:db8::53]:5353");
	ck_assert_str_eq(ul_ep_str(&ep[2], buf), "192.0.2.1:54");
	ck_assert_str_eq(ul_ep_str(&ep[3], buf), "[2001:db8::54]:53");
	ck_assert_uint_eq(conf->forwards->len, 2);
	ul_conf_free(conf);
}
END_TEST

START_TEST(host_loopback_without_ports_is_all)
{
	const char *const words[] = { "host-loopback", NULL };
	struct ul_conf *conf = load_good(words);

	ck_assert(conf->host_loopback);
	ck_assert_uint_eq(conf->host_loopback_ports->len, 0);
	ul_conf_free(conf);
}
END_TEST

/* One list, in the order of the command line. */
START_TEST(rules_are_in_their_order)
{
	const char *const words[] = {
		"deny=10.0.0.1", "allow=10.0.0.0/8 tcp 443",
		"rules=deny host;allow *.a.com", "deny=any", "egress=internet",
		"allow=any", NULL,
	};
	static const char *const want[] = {
		"deny 10.0.0.1", "allow 10.0.0.0/8 tcp 443", "deny host",
		"allow *.a.com", "deny any", "allow any",
	};
	struct ul_conf *conf = load_good(words);
	char buf[UL_RULE_STRLEN];

	ck_assert_int_eq(conf->egress, UL_EGRESS_INTERNET);
	ck_assert_uint_eq(conf->rules->len, G_N_ELEMENTS(want));
	for (guint i = 0; i < conf->rules->len; i++)
		ck_assert_str_eq(ul_rule_str(&g_array_index(
			conf->rules, struct ul_rule, i), buf), want[i]);
	ul_conf_free(conf);
}
END_TEST

START_TEST(busy_poll_is_off_until_set)
{
	const char *const none[] = { NULL }, *const some[] = {
		"busy-poll=20", NULL,
	};
	struct ul_conf *conf = load_good(none);

	ck_assert_uint_eq(conf->busy_poll_us, 0);
	ul_conf_free(conf);
	conf = load_good(some);
	ck_assert_uint_eq(conf->busy_poll_us, 20);
	ul_conf_free(conf);
}
END_TEST

START_TEST(limits_are_set)
{
	const char *const words[] = {
		"max-flows=7", "max-half-open=6", "max-udp=5", "max-ping=4",
		"max-pinned=1M", "max-send=2G", NULL,
	};
	struct ul_conf *conf = load_good(words);

	ck_assert_uint_eq(conf->limits.max_tcp_flows, 7);
	ck_assert_uint_eq(conf->limits.max_tcp_half_open, 6);
	ck_assert_uint_eq(conf->limits.max_udp_flows, 5);
	ck_assert_uint_eq(conf->limits.max_icmp_flows, 4);
	ck_assert_uint_eq(conf->limits.max_pinned_bytes, 1u << 20);
	ck_assert_uint_eq(conf->limits.max_send_bytes, 2ull << 30);
	ul_conf_free(conf);
}
END_TEST

/* Separate addresses, protocols and free ports do not meet. */
START_TEST(forwards_that_do_not_meet)
{
	const char *const words[] = {
		"forward=127.0.0.1:80:80", "forward=[::]:80:80",
		"forward=127.0.0.2:80:80", "forward=80:80/udp",
		"forward=80", "forward=81", NULL,
	};

	ul_conf_free(load_good(words));
}
END_TEST

static const struct {
	const char *words[SETTINGS_MAX];
	const char *path;	/* NULL: none */
} controls[] = {
	{ { "name=lab" }, "/run/user/1000/userlan/lab.ctl" },
	{ { "socket=/run/user/1000/userlan/a.sock", "name=b" },
	  "/run/user/1000/userlan/b.ctl" },
	{ { "name=lab", "control=/tmp/c" }, "/tmp/c" },
	{ { "socket=/tmp/s" }, NULL },
	{ { "socket=/run/user/1000/userland/s" }, NULL },
	{ { "socket=/tmp/s", "control=/tmp/c" }, "/tmp/c" },
};

START_TEST(our_directory_has_a_control_socket)
{
	struct ul_conf *conf = ul_conf_new();
	char *error = NULL;

	ck_assert_int_eq(load(conf, controls[_i].words, &error), 0);
	ck_assert_pstr_eq(conf->control_path, controls[_i].path);
	ul_conf_free(conf);
}
END_TEST

START_TEST(rows_are_whole)
{
	size_t count;
	const struct ul_conf_option *o = ul_conf_options(&count);

	for (size_t i = 0; i < count; i++) {
		ck_assert_ptr_nonnull(o[i].set);
		ck_assert_msg(o[i].help && *o[i].help, "%s", o[i].name);
		ck_assert_msg((o[i].arg == UL_OPTION_FLAG) == !o[i].value,
			      "%s", o[i].name);
		ck_assert_ptr_eq(ul_conf_option_find(o[i].name), &o[i]);
		for (size_t j = 0; j < i && o[i].letter; j++)
			ck_assert_int_ne(o[i].letter, o[j].letter);
	}
	ck_assert_ptr_null(ul_conf_option_find("frob"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conf_option");
	TCase *tc = tcase_create("conf_option");

	tcase_add_loop_test(tc, our_directory_has_a_control_socket, 0,
			    G_N_ELEMENTS(controls));
	tcase_add_loop_test(tc, every_error_names_its_option, 0,
			    G_N_ELEMENTS(bad));
	tcase_add_test(tc, nothing_said_is_a_socket_in_the_runtime_directory);
	tcase_add_test(tc, no_runtime_directory_asks_for_a_socket);
	tcase_add_test(tc, a_path_of_107_bytes_is_the_longest);
	tcase_add_test(tc, order_of_settings_does_not_matter);
	tcase_add_test(tc, a_descriptor_is_for_one_guest);
	tcase_add_test(tc, a_tap_has_the_mtu_of_ethernet);
	tcase_add_test(tc, modes_are_presets_of_parts);
	tcase_add_test(tc, many_ways_in_but_for_nat);
	tcase_add_test(tc, a_given_address_settles_the_subnet);
	tcase_add_test(tc, small_mtu_without_ipv6);
	tcase_add_test(tc, lists_grow);
	tcase_add_test(tc, host_loopback_without_ports_is_all);
	tcase_add_test(tc, rules_are_in_their_order);
	tcase_add_test(tc, busy_poll_is_off_until_set);
	tcase_add_test(tc, limits_are_set);
	tcase_add_test(tc, forwards_that_do_not_meet);
	tcase_add_test(tc, rows_are_whole);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
