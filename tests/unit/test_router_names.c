/* SPDX-License-Identifier: BSD-3-Clause */
/* test_router_names.c - what the guests of a router are called, and who says */
#include <glib/gstdio.h>

#include "conf/host_spec.h"
#include "fake/router_lab.h"

static int find_guest(const char *name, enum ul_family family,
		      const char *want)
{
	struct ul_addr addr, expected;
	int rc = ul_router_find_guest(router, name, family, &addr);

	if (!want)
		return rc == -ENOENT;
	ck_assert_int_eq(ul_addr_parse(&expected, want), 0);
	return !rc && ul_addr_eq(&addr, &expected);
}

START_TEST(a_guest_is_found_while_it_is_there)
{
	struct ul_addr leased;
	char text[UL_ADDR_STRLEN];

	/* Its port is called vm; the lease gives it an address. */
	ck_assert(find_guest("vm", UL_V4, NULL));
	ck_assert_int_eq(ul_router_lease(router, one.mac, "web", &leased), 0);
	ul_addr_str(&leased, text);
	ck_assert(find_guest("vm", UL_V4, text));
	ck_assert(find_guest("web.nat.internal", UL_V4, text));
	ck_assert(find_guest("WEB", UL_V4, text));
	ck_assert(find_guest("vm", UL_V6, NULL));
	at[one.mac[5]] = 0;
	ck_assert(find_guest("vm", UL_V4, NULL));
	ck_assert(find_guest("web", UL_V4, NULL));
}
END_TEST

/* What it makes of the prefix itself, without and with a lease. */
START_TEST(a_guest_has_its_name_at_addresses_of_its_own)
{
	struct ul_addr mine = ul_prefix_nth(&conf->prefix6, 0x99);
	struct ul_addr other = ul_prefix_nth(&conf->prefix6, 0x98);
	struct ul_addr leased;
	char text[UL_ADDR_STRLEN];

	ul_router_learn(router, &other, two.mac, 0, &ports[0]);
	ck_assert(find_guest("web", UL_V6, NULL));
	ul_router_learn(router, &mine, one.mac, 0, &ports[0]);
	ul_addr_str(&mine, text);
	ck_assert(find_guest("vm", UL_V6, text));
	ck_assert(find_guest("vm", UL_V4, NULL));
	ck_assert_int_eq(ul_router_lease(router, one.mac, "web", &leased), 0);
	ck_assert(find_guest("web.nat.internal", UL_V6, text));
	detach(&one);
	ck_assert(find_guest("web", UL_V6, NULL));
	ck_assert(find_guest("vm", UL_V6, NULL));
}
END_TEST

static void claim(const struct vm *vm, unsigned int host)
{
	struct vm said = *vm;

	said.addr = ul_prefix_nth(&conf->subnet, host);
	announce(&said);
}

/* Set by hand: the router hears of it by ARP alone. */
START_TEST(a_guest_has_its_name_at_the_address_it_claims)
{
	ck_assert(find_guest("vm", UL_V4, NULL));
	claim(&one, 77);
	ck_assert(find_guest("vm", UL_V4, "10.0.2.77"));
	claim(&one, 78);
	ck_assert(find_guest("vm", UL_V4, "10.0.2.78"));
	claim(&one, 255);
	claim(&one, 0);
	claim(&one, 2);
	ck_assert(find_guest("vm", UL_V4, "10.0.2.78"));
	detach(&one);
	ck_assert(find_guest("vm", UL_V4, NULL));
}
END_TEST

START_TEST(no_guest_claims_what_is_anothers)
{
	struct ul_host_conf *host;
	struct ul_addr leased;
	char text[UL_ADDR_STRLEN];
	char *why = NULL;

	port_names[1] = "evil";
	ck_assert_int_eq(ul_host_spec_parse(
		&host, "nas=52:54:00:00:00:99,10.0.2.99", &why), 0);
	ck_assert_int_eq(ul_router_add_host(router, host, &why), 0);
	ul_host_conf_free(host);
	claim(&two, 50);
	claim(&two, 99);
	ck_assert(find_guest("evil", UL_V4, "10.0.2.50"));
	/* What one that is there said first. */
	claim(&one, 77);
	claim(&two, 77);
	ck_assert(find_guest("vm", UL_V4, "10.0.2.77"));
	ck_assert(find_guest("evil", UL_V4, "10.0.2.50"));
	/* What is leased, said before and after. */
	claim(&two, 15);
	ck_assert(find_guest("evil", UL_V4, "10.0.2.15"));
	ck_assert_int_eq(ul_router_lease(router, one.mac, "", &leased), 0);
	ul_addr_str(&leased, text);
	ck_assert_str_eq(text, "10.0.2.15");
	claim(&two, 15);
	ck_assert(find_guest("evil", UL_V4, NULL));
	ck_assert(find_guest("vm", UL_V4, text));
	/* The claim goes with who made it. */
	detach(&one);
	claim(&two, 77);
	ck_assert(find_guest("evil", UL_V4, "10.0.2.77"));
}
END_TEST

static size_t known_as(enum ul_dns_known source, const char *name)
{
	struct ul_addr out[UL_DNS_ZONE_ADDRS];

	return ul_router_known(source, name, out, router);
}

START_TEST(hosts_file_is_answered_where_it_leads_somewhere)
{
	g_autofree char *dir = g_dir_make_tmp("ul-hosts-XXXXXX", NULL);
	struct ul_addr nas = ul_addr_v4(0xc000020a);
	char name[UL_DNS_ZONE_NAME_LEN];

	ul_router_free_records(router);
	conf->no_hosts = false;
	conf->hosts_path = g_build_filename(dir, "hosts", NULL);
	ul_router_make_records(router);
	ck_assert_uint_eq(known_as(UL_DNS_HOSTS, "nas"), 0);
	ck_assert(g_file_set_contents(conf->hosts_path, "192.0.2.10 nas\n",
				      -1, NULL));
	turns(1);
	ck_assert_uint_eq(known_as(UL_DNS_HOSTS, "nas"), 1);
	ck_assert_uint_eq(known_as(UL_DNS_RECORDS, "nas"), 0);
	ck_assert(ul_router_known_at(UL_DNS_HOSTS, &nas, name, router));
	ck_assert_str_eq(name, "nas");
	ul_router_set_egress(router, UL_EGRESS_NONE);
	ck_assert_uint_eq(known_as(UL_DNS_HOSTS, "nas"), 0);
	ck_assert(!ul_router_known_at(UL_DNS_HOSTS, &nas, name, router));
	ul_router_set_egress(router, UL_EGRESS_ANY);
	g_unlink(conf->hosts_path);
	turns(1);
	ck_assert_uint_eq(known_as(UL_DNS_HOSTS, "nas"), 0);
	g_rmdir(dir);
}
END_TEST

/* The only address that the zone has of @name; 0: it has not one. */
static uint32_t zone_says(const char *name)
{
	uint8_t msg[UL_DNS_ZONE_ANSWER_MAX], said[UL_DNS_ZONE_ANSWER_MAX];
	struct ul_wr w = ul_wr_new(msg, sizeof(msg));
	struct ul_wr out = ul_wr_new(said, sizeof(said));
	struct ul_rd r;

	ul_wr_u32(&w, UL_DNS_RD);
	ul_wr_u16(&w, 1);
	ul_wr_zero(&w, 6);
	ul_dns_emit_name(&w, name);
	ul_wr_u16(&w, UL_DNS_A);
	ul_wr_u16(&w, UL_DNS_IN);
	if (ul_dns_zone_answer(router->zone, msg, w.len, &out) < 0 ||
	    said[7] != 1)
		return 0;
	r = ul_rd_new(said + out.len - 4, 4);
	return ul_rd_u32(&r);
}

/* "vm" is what its port is called, by whomever. */
START_TEST(a_name_of_the_hosts_is_no_guests_to_take)
{
	g_autofree char *dir = g_dir_make_tmp("ul-hosts-XXXXXX", NULL);
	struct ul_addr leased;

	ul_router_free_records(router);
	conf->no_hosts = false;
	conf->hosts_path = g_build_filename(dir, "hosts", NULL);
	ck_assert(g_file_set_contents(conf->hosts_path, "192.0.2.10 vm\n", -1,
				      NULL));
	ul_router_make_records(router);
	ck_assert_int_eq(ul_router_lease(router, one.mac, "VM", &leased), 0);
	ck_assert_uint_eq(zone_says("vm"), ul_addr_to_v4(&leased));
	is_told = true;
	ck_assert_uint_eq(zone_says("vm"), 0xc000020a);
	is_told = false;
	g_unlink(conf->hosts_path);
	g_rmdir(dir);
}
END_TEST

START_TEST(records_are_answered_without_egress)
{
	struct ul_addr addr = ul_addr_v4(0xc000020b);

	ul_dns_names_add(router->records, "git.corp", &addr);
	ul_router_set_egress(router, UL_EGRESS_NONE);
	ck_assert_uint_eq(known_as(UL_DNS_RECORDS, "git.corp"), 1);
	ck_assert_uint_eq(known_as(UL_DNS_HOSTS, "git.corp"), 0);
}
END_TEST

static void add_host(const char *spec)
{
	struct ul_host_conf *host;
	char *error = NULL;

	ck_assert_int_eq(ul_host_spec_parse(&host, spec, &error), 0);
	ck_assert_int_eq(ul_router_add_host(router, host, &error), 0);
	ul_host_conf_free(host);
}

static void expect_host(const struct ul_lease *lease, const char *want)
{
	const struct ul_host_conf *host = ul_router_host_of(router, lease);

	ck_assert_str_eq(host ? host->name : "-", want);
}

START_TEST(a_host_is_who_it_is_known_by)
{
	struct ul_lease lease = {
		.addr = ul_addr_v4(0x0a00020f), .mac = { 2, [5] = 1 },
		.id_len = 6, .id = { 2, [5] = 9 },
	};

	expect_host(&lease, "-");
	add_host("other=02:00:00:00:00:09");
	expect_host(&lease, "-");	/* an identifier is no MAC */
	add_host("more=id:0200000000090000");
	add_host("less=id:02000000");
	expect_host(&lease, "-");
	add_host("id=id:020000000009");
	expect_host(&lease, "id");
	ul_addr_parse(&lease.addr, "fd00:2::f");
	expect_host(&lease, "-");	/* of DHCPv4 */
	add_host("mac=02:00:00:00:00:01");
	expect_host(&lease, "mac");
	ck_assert_int_eq(ul_router_remove_host(router, "MAC"), 0);
	ck_assert_int_eq(ul_router_remove_host(router, "mac"), -ENOENT);
	expect_host(&lease, "-");
	lease.addr = ul_addr_v4(0x0a00020f);
	expect_host(&lease, "id");
	ck_assert_int_eq(ul_router_remove_host(router, "id"), 0);
	expect_host(&lease, "-");
}
END_TEST

static void expect_vm(const struct ul_addr *want)
{
	struct ul_addr addr;
	int rc = ul_router_find_vm(router, &addr);

	ck_assert_int_eq(rc, want ? 0 : -ENOENT);
	ck_assert(!want || ul_addr_eq(&addr, want));
}

/* The one with the first address, as soon as it is heard; else who leased. */
START_TEST(the_only_guest_is_found_by_its_lease)
{
	struct ul_addr first = conf->guest4, leased;

	expect_vm(NULL);
	conf->guest4 = ul_prefix_nth(&conf->subnet, 200);
	ck_assert_int_eq(ul_router_lease(router, one.mac, "web", &leased), 0);
	expect_vm(&leased);
	at[one.mac[5]] = 0;		/* it left, its lease stays */
	expect_vm(NULL);
	conf->guest4 = first;
	ul_router_learn(router, &first, two.mac, 0, &ports[1]);
	expect_vm(&first);
}
END_TEST

START_TEST(an_address_is_a_guests_or_nobodys)
{
	char text[UL_ADDR_STRLEN];
	struct ul_addr inside = ul_prefix_nth(&conf->prefix6, 0x99);

	ul_addr_str(&inside, text);
	ck_assert(find_guest("10.0.2.77", UL_V4, "10.0.2.77"));
	ck_assert(find_guest(text, UL_V6, text));
	ck_assert(find_guest(text, UL_V4, NULL));
	ck_assert(find_guest("10.0.2.77", UL_V6, NULL));
	/* The network's own, the broadcast's, the router's, another's. */
	ck_assert(find_guest("10.0.2.0", UL_V4, NULL));
	ck_assert(find_guest("10.0.2.255", UL_V4, NULL));
	ck_assert(find_guest("10.0.2.2", UL_V4, NULL));
	ck_assert(find_guest("10.0.2.3", UL_V4, NULL));
	ck_assert(find_guest("192.0.2.1", UL_V4, NULL));
	ck_assert(find_guest("2001:db8::1", UL_V6, NULL));
	ck_assert(find_guest("127.0.0.1", UL_V4, NULL));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("router_names");
	TCase *tc = tcase_create("names");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_guest_is_found_while_it_is_there);
	tcase_add_test(tc, a_guest_has_its_name_at_addresses_of_its_own);
	tcase_add_test(tc, a_guest_has_its_name_at_the_address_it_claims);
	tcase_add_test(tc, no_guest_claims_what_is_anothers);
	tcase_add_test(tc, hosts_file_is_answered_where_it_leads_somewhere);
	tcase_add_test(tc, a_name_of_the_hosts_is_no_guests_to_take);
	tcase_add_test(tc, a_host_is_who_it_is_known_by);
	tcase_add_test(tc, records_are_answered_without_egress);
	tcase_add_test(tc, the_only_guest_is_found_by_its_lease);
	tcase_add_test(tc, an_address_is_a_guests_or_nobodys);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
