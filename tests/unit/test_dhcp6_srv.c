/* SPDX-License-Identifier: BSD-3-Clause */
/* test_dhcp6_srv.c - what DHCPv6 clients are answered, and their leases */
#include "svc/dhcp6_srv.h"

#include <errno.h>
#include <glib.h>

#include "harness.h"

#define SECOND 1000000ll
#define LEASE_S 1000

static struct ul_dhcp6_srv *srv;
static struct ul_dhcp6_srv_conf conf;
static struct ul_dhcp6_reply out;
static struct ul_dhcp6_msg got;
static struct ul_dhcp6_duid server;
static uint8_t mac[6] = { 0x52, 0x54, 0, 0, 0, 1 };
static int64_t now_us;
static unsigned int told, live;
static struct ul_lease last;
static const char *name;

static const char *name_of(const uint8_t whose[6], void *arg)
{
	return name;
}

static void on_lease(const struct ul_lease *lease, void *arg)
{
	told++;
	last = *lease;
}

static void count(const struct ul_lease *lease, void *arg)
{
	live++;
}

static unsigned int leases(void)
{
	live = 0;
	ul_dhcp6_srv_each(srv, now_us, count, NULL);
	return live;
}

static void setup(void)
{
	conf = (struct ul_dhcp6_srv_conf){
		.mac = { 0x52, 0x55, 10, 0, 2, 2 }, .domain = "lab.internal",
		.lease_s = LEASE_S, .on_lease = on_lease, .name_of = name_of,
	};
	ul_prefix_parse(&conf.prefix, "fd00:2::/64");
	ul_addr_parse(&conf.dns, "fd00:2::3");
	server = (struct ul_dhcp6_duid){
		10, { 0, 3, 0, 1, 0x52, 0x55, 10, 0, 2, 2 },
	};
	srv = ul_dhcp6_srv_new(&conf);
	now_us = 0;
	told = 0;
}

static void teardown(void)
{
	ul_dhcp6_srv_free(srv);
}

/* A message of client @n, with one association. */
static struct ul_dhcp6_msg ask(uint8_t type, uint16_t n)
{
	struct ul_dhcp6_msg m;

	memset(&m, 0, sizeof(m));
	m.type = type;
	m.xid = 0xabcdef;
	m.client.len = 8;
	m.client.bytes[0] = (uint8_t)(n >> 8);
	m.client.bytes[1] = (uint8_t)n;
	if (type != UL_DHCP6_INFORM) {
		m.ia_count = 1;
		m.ia[0].iaid = 5;
	}
	if (type == UL_DHCP6_REQUEST || type == UL_DHCP6_RENEW ||
	    type == UL_DHCP6_RELEASE || type == UL_DHCP6_DECLINE)
		m.server = server;
	return m;
}

static int handle(const struct ul_dhcp6_msg *m)
{
	uint8_t data[UL_DHCP6_MAX], *exact;
	struct ul_wr w = ul_wr_new(data, sizeof(data));
	int rc;

	ul_dhcp6_emit(&w, m);
	ck_assert(!w.bad);
	exact = exact_copy(data, w.len);
	rc = ul_dhcp6_srv_handle(srv, exact, w.len, mac, now_us, &out);
	free(exact);
	if (rc)
		return rc;
	ck_assert_int_eq(ul_dhcp6_parse(&got, out.payload, out.len), 0);
	ck_assert_uint_eq(got.xid, 0xabcdef);
	ck_assert_uint_eq(got.client.len, m->client.len);
	ck_assert_uint_eq(got.server.len, 10);
	ck_assert_mem_eq(got.server.bytes, server.bytes, 10);
	return 0;
}

static void want(struct ul_dhcp6_msg *m, const struct ul_addr *addr)
{
	m->ia[0].addr_count = 1;
	m->ia[0].addr[0].addr = *addr;
}

/* Client @n requests @addr, NULL: any. What it gets. */
static struct ul_addr lease(uint16_t n, const struct ul_addr *addr)
{
	struct ul_dhcp6_msg m = ask(UL_DHCP6_REQUEST, n);

	if (addr)
		want(&m, addr);
	ck_assert_int_eq(handle(&m), 0);
	ck_assert_uint_eq(got.type, UL_DHCP6_REPLY);
	ck_assert_uint_eq(got.ia[0].addr_count, 1);
	ck_assert(ul_prefix_has(&conf.prefix, &got.ia[0].addr[0].addr));
	return got.ia[0].addr[0].addr;
}

START_TEST(four_messages_make_a_lease)
{
	struct ul_dhcp6_msg m = ask(UL_DHCP6_SOLICIT, 1);
	struct ul_addr a;

	ck_assert_int_eq(handle(&m), 0);
	ck_assert_uint_eq(got.type, UL_DHCP6_ADVERTISE);
	ck_assert_uint_eq(got.ia_count, 1);
	ck_assert_uint_eq(got.ia[0].iaid, 5);
	a = got.ia[0].addr[0].addr;
	ck_assert_uint_eq(told + leases(), 0);
	a = lease(1, &a);
	ck_assert_uint_eq(told, 1);
	ck_assert(ul_addr_eq(&last.addr, &a));
	ck_assert_mem_eq(last.mac, mac, 6);
	ck_assert_int_eq(last.expires_us, LEASE_S * SECOND);
	ck_assert_uint_eq(got.ia[0].t1_s, LEASE_S / 2);
	ck_assert_uint_eq(got.ia[0].t2_s, LEASE_S / 5 * 4);
	ck_assert_uint_eq(got.ia[0].addr[0].valid_s, LEASE_S);
	ck_assert_uint_eq(got.dns_count, 1);
	ck_assert(ul_addr_eq(&got.dns[0], &conf.dns));
	ck_assert_str_eq(got.domain, "lab.internal");
	ck_assert_uint_eq(leases(), 1);
	/* Renewed, it is no news. */
	now_us += LEASE_S / 2 * SECOND;
	m = ask(UL_DHCP6_RENEW, 1);
	want(&m, &a);
	ck_assert_int_eq(handle(&m), 0);
	ck_assert_uint_eq(got.ia[0].addr[0].valid_s, LEASE_S);
	ck_assert_uint_eq(told, 1);
	now_us += (LEASE_S - 1) * SECOND;
	ck_assert_uint_eq(leases(), 1);
	now_us += SECOND;
	ck_assert_uint_eq(leases(), 0);
}
END_TEST

START_TEST(rapid_commit_takes_two)
{
	struct ul_dhcp6_msg m = ask(UL_DHCP6_SOLICIT, 1);

	m.rapid_commit = true;
	ck_assert_int_eq(handle(&m), 0);
	ck_assert_uint_eq(got.type, UL_DHCP6_REPLY);
	ck_assert(got.rapid_commit);
	ck_assert_uint_eq(leases(), 1);
}
END_TEST

/* The same client has the same address, after a restart too. */
START_TEST(addresses_are_stable)
{
	struct ul_addr a = lease(1, NULL), b = lease(2, NULL), c;

	ck_assert(!ul_addr_eq(&a, &b));
	ul_dhcp6_srv_free(srv);
	srv = ul_dhcp6_srv_new(&conf);
	c = lease(2, NULL);
	ck_assert(ul_addr_eq(&b, &c));
	/* One that renews what the restart forgot gets it, taken or not. */
	struct ul_dhcp6_msg m = ask(UL_DHCP6_REBIND, 1);

	want(&m, &a);
	ck_assert_int_eq(handle(&m), 0);
	ck_assert_uint_eq(got.ia[0].addr[0].valid_s, LEASE_S);
	m = ask(UL_DHCP6_REBIND, 3);
	want(&m, &a);
	ck_assert_int_eq(handle(&m), 0);
	ck_assert_uint_eq(got.ia[0].addr[0].valid_s, 0);
	ck_assert_uint_eq(got.ia[0].status, UL_DHCP6_NO_BINDING);
}
END_TEST

START_TEST(what_is_anothers_is_not_given)
{
	struct ul_addr a = lease(1, NULL), b = lease(2, &a), odd;

	ck_assert(!ul_addr_eq(&a, &b));
	ul_addr_parse(&odd, "fd00:2::2");
	odd = lease(3, &odd);
	ck_assert_uint_eq(odd.b[13], 1);
	ul_addr_parse(&odd, "2001:db8::1:5");
	odd = lease(4, &odd);
	ck_assert_uint_eq(odd.b[0], 0xfd);
	ck_assert_uint_eq(leases(), 4);
}
END_TEST

START_TEST(released_and_declined)
{
	struct ul_addr a = lease(1, NULL), b;
	struct ul_dhcp6_msg m = ask(UL_DHCP6_RELEASE, 2);

	want(&m, &a);
	ck_assert_int_eq(handle(&m), 0);	/* not its own: kept */
	ck_assert_uint_eq(leases(), 1);
	m = ask(UL_DHCP6_RELEASE, 1);
	want(&m, &a);
	ck_assert_int_eq(handle(&m), 0);
	ck_assert_uint_eq(got.status, UL_DHCP6_SUCCESS);
	ck_assert_uint_eq(leases(), 0);
	b = lease(1, NULL);
	ck_assert(ul_addr_eq(&a, &b));
	m = ask(UL_DHCP6_DECLINE, 1);
	want(&m, &a);
	ck_assert_int_eq(handle(&m), 0);
	b = lease(1, &a);
	ck_assert(!ul_addr_eq(&a, &b));
}
END_TEST

START_TEST(confirm_tells_the_network)
{
	struct ul_dhcp6_msg m = ask(UL_DHCP6_CONFIRM, 1);
	struct ul_addr a;

	ck_assert_int_eq(handle(&m), -ENODATA);
	ul_addr_parse(&a, "fd00:2::1:7");
	want(&m, &a);
	ck_assert_int_eq(handle(&m), 0);
	ck_assert_uint_eq(got.status, UL_DHCP6_SUCCESS);
	ul_addr_parse(&a, "fd00:3::1:7");
	want(&m, &a);
	ck_assert_int_eq(handle(&m), 0);
	ck_assert_uint_eq(got.status, UL_DHCP6_NOT_ON_LINK);
}
END_TEST

START_TEST(who_asks_for_no_address_hears_the_rest)
{
	struct ul_dhcp6_msg m = ask(UL_DHCP6_INFORM, 1);

	ck_assert_int_eq(handle(&m), 0);
	ck_assert_uint_eq(got.type, UL_DHCP6_REPLY);
	ck_assert_uint_eq(got.dns_count, 1);
	ck_assert_uint_eq(leases(), 0);
	m.client.len = 0;			/* it may stay unnamed */
	ck_assert_int_eq(handle(&m), 0);
}
END_TEST

START_TEST(what_is_not_for_us_is_not_answered)
{
	struct ul_dhcp6_msg m = ask(UL_DHCP6_REQUEST, 1);
	uint8_t junk[4] = { 12 };

	m.server.bytes[9] ^= 1;
	ck_assert_int_eq(handle(&m), -EPROTO);
	m.server.len = 0;
	ck_assert_int_eq(handle(&m), -EPROTO);
	m = ask(UL_DHCP6_SOLICIT, 1);
	m.server = server;
	ck_assert_int_eq(handle(&m), -EPROTO);
	m = ask(UL_DHCP6_SOLICIT, 1);
	m.client.len = 0;
	ck_assert_int_eq(handle(&m), -EPROTO);
	m = ask(UL_DHCP6_REPLY, 1);
	ck_assert_int_eq(handle(&m), -EPROTO);
	ck_assert_int_eq(ul_dhcp6_srv_handle(srv, junk, 4, mac, 0, &out),
			 -EPROTO);
	ck_assert_int_eq(ul_dhcp6_srv_handle(srv, junk, 3, mac, 0, &out),
			 -EBADMSG);
	ck_assert_uint_eq(leases(), 0);
}
END_TEST

/* One MAC with any number of names leaves addresses for the others. */
START_TEST(a_mac_has_a_limit)
{
	struct ul_dhcp6_msg m;

	for (uint16_t n = 0; n < 100; n++) {
		m = ask(UL_DHCP6_REQUEST, n);
		ck_assert_int_eq(handle(&m), 0);
		ck_assert_uint_eq(got.ia[0].addr_count,
				  n < UL_LEASE6_PER_MAC);
		ck_assert(n < UL_LEASE6_PER_MAC ||
			  got.ia[0].status == UL_DHCP6_NO_ADDRS);
	}
	lease(3, NULL);			/* those that have one keep it */
	mac[5] = 2;
	lease(200, NULL);
	mac[5] = 1;
	ck_assert_uint_eq(leases(), UL_LEASE6_PER_MAC + 1);
}
END_TEST

/* Who refuses one address after the other has had that many. */
START_TEST(declined_addresses_count)
{
	struct ul_dhcp6_msg m;

	for (uint16_t n = 0; n < 2 * UL_LEASE6_PER_MAC; n++) {
		struct ul_dhcp6_addr addr;

		m = ask(UL_DHCP6_REQUEST, n);
		ck_assert_int_eq(handle(&m), 0);
		ck_assert_uint_eq(got.ia[0].addr_count,
				  n < UL_LEASE6_PER_MAC);
		addr = got.ia[0].addr[0];
		m = ask(UL_DHCP6_DECLINE, n);
		m.ia[0].addr[m.ia[0].addr_count++] = addr;
		ck_assert_int_eq(handle(&m), 0);
	}
	mac[5] = 2;
	lease(200, NULL);
	mac[5] = 1;
	now_us += UL_LEASE_DECLINED_US;
	lease(201, NULL);
}
END_TEST

START_TEST(the_pool_ends_and_begins_again)
{
	struct ul_dhcp6_msg m;

	for (unsigned int n = 0; n <= UL_LEASE6_POOL_MAX; n++) {
		mac[4] = (uint8_t)(n / UL_LEASE6_PER_MAC >> 8);
		mac[5] = (uint8_t)(n / UL_LEASE6_PER_MAC);
		m = ask(UL_DHCP6_REQUEST, (uint16_t)n);
		ck_assert_int_eq(handle(&m), 0);
		ck_assert_uint_eq(got.ia[0].addr_count,
				  n < UL_LEASE6_POOL_MAX);
	}
	ck_assert_uint_eq(leases(), UL_LEASE6_POOL_MAX);
	now_us += LEASE_S * SECOND;
	lease(5000, NULL);
}
END_TEST

static struct ul_addr addr_at(const char *text)
{
	struct ul_addr a;

	ck_assert_int_eq(ul_addr_parse(&a, text), 0);
	return a;
}

static void ck_lease(uint16_t n, const struct ul_addr *is)
{
	struct ul_addr a = lease(n, NULL);

	ck_assert(ul_addr_eq(&a, is));
}

START_TEST(kept_address_is_its_macs_alone)
{
	struct ul_addr a = addr_at("fd00:2::80"), other;
	uint8_t owner[6] = { 0x52, 0x54, 0, 0, 0, 9 };

	ck_assert_int_eq(ul_dhcp6_srv_keep(srv, owner, &a), 0);
	ck_assert_int_eq(ul_dhcp6_srv_keep(srv, mac, &a), -EEXIST);
	other = lease(1, &a);
	ck_assert(!ul_addr_eq(&a, &other));
	mac[5] = 9;
	ck_lease(2, &a);
	ck_assert(last.is_kept);
	ck_lease(3, &a);		/* another system of the machine */
	ck_assert_uint_eq(leases(), 2);
	ck_assert_int_eq(ul_dhcp6_srv_unkeep(srv, &a), 0);
	ck_assert_int_eq(ul_dhcp6_srv_unkeep(srv, &a), -ENOENT);
	ck_assert_uint_eq(leases(), 1);
	other = lease(3, &a);
	ck_assert(!ul_addr_eq(&a, &other));
	mac[5] = 1;
}
END_TEST

START_TEST(owner_is_sent_for_what_is_kept)
{
	struct ul_addr before = lease(1, NULL), a = addr_at("fd00:2::1:80");
	struct ul_dhcp6_msg m = ask(UL_DHCP6_RENEW, 1);

	ck_assert_int_eq(ul_dhcp6_srv_keep(srv, mac, &a), 0);
	want(&m, &before);
	ck_assert_int_eq(handle(&m), 0);
	ck_assert_uint_eq(got.ia[0].status, UL_DHCP6_NO_BINDING);
	ck_assert_uint_eq(got.ia[0].addr[0].valid_s, 0);
	ck_lease(1, &a);
	ck_assert_uint_eq(leases(), 1);
}
END_TEST

START_TEST(who_had_it_before_loses_it_on_renewal)
{
	struct ul_addr a = lease(1, NULL), other;
	uint8_t owner[6] = { 0x52, 0x54, 0, 0, 0, 9 };
	struct ul_dhcp6_msg m = ask(UL_DHCP6_RENEW, 1);

	ck_assert_int_eq(ul_dhcp6_srv_keep(srv, owner, &a), 0);
	mac[5] = 9;
	other = lease(2, NULL);
	ck_assert(!ul_addr_eq(&a, &other));
	mac[5] = 1;
	want(&m, &a);
	ck_assert_int_eq(handle(&m), 0);
	ck_assert_uint_eq(got.ia[0].addr[0].valid_s, 0);
	mac[5] = 9;
	ck_lease(2, &a);
	mac[5] = 1;
}
END_TEST

START_TEST(second_association_has_another_address)
{
	struct ul_addr a = addr_at("fd00:2::80");
	struct ul_dhcp6_msg m = ask(UL_DHCP6_REQUEST, 1);

	ck_assert_int_eq(ul_dhcp6_srv_keep(srv, mac, &a), 0);
	m.ia_count = 2;
	m.ia[1].iaid = 6;
	ck_assert_int_eq(handle(&m), 0);
	ck_assert(ul_addr_eq(&got.ia[0].addr[0].addr, &a));
	ck_assert_uint_eq(got.ia[1].addr_count, 1);
	ck_assert(!ul_addr_eq(&got.ia[1].addr[0].addr, &a));
	ck_assert_uint_eq(leases(), 2);
}
END_TEST

/* Whoever gives back and takes again: what was his is found by no walk. */
START_TEST(a_mac_may_change_its_name)
{
	for (uint16_t n = 0; n < 3 * UL_LEASE6_POOL_MAX; n++) {
		struct ul_addr a = lease(n, NULL);
		struct ul_dhcp6_msg m = ask(UL_DHCP6_RELEASE, n);

		want(&m, &a);
		ck_assert_int_eq(handle(&m), 0);
	}
	ck_assert_uint_eq(leases(), 0);
}
END_TEST

static const struct {
	uint8_t flags;
	const char *fqdn, *known;
	uint8_t flags_back;
	const char *fqdn_back, *host;	/* NULL: none */
} fqdns[] = {
	{ UL_DHCP6_FQDN_S, "vm", NULL, UL_DHCP6_FQDN_S, "vm.lab.internal",
	  "vm" },
	{ 0, "vm.else", NULL, UL_DHCP6_FQDN_S | UL_DHCP6_FQDN_O,
	  "vm.lab.internal", "vm.else" },
	{ UL_DHCP6_FQDN_S, "vm", "web", UL_DHCP6_FQDN_S, "web.lab.internal",
	  "vm" },
	{ UL_DHCP6_FQDN_N, "vm", NULL, 0, NULL, "" },
	{ UL_DHCP6_FQDN_N, "vm", "web", UL_DHCP6_FQDN_N, "web.lab.internal",
	  "" },
	{ UL_DHCP6_FQDN_S, "v_m", NULL, 0, NULL, "" },
};

START_TEST(full_names_are_answered)
{
	struct ul_dhcp6_msg m = ask(UL_DHCP6_REQUEST, 1);

	name = fqdns[_i].known;
	m.has_fqdn = true;
	m.fqdn_flags = fqdns[_i].flags;
	memcpy(m.fqdn, fqdns[_i].fqdn, strlen(fqdns[_i].fqdn));
	ck_assert_int_eq(handle(&m), 0);
	ck_assert_int_eq(got.has_fqdn, fqdns[_i].fqdn_back != NULL);
	if (got.has_fqdn) {
		ck_assert_uint_eq(got.fqdn_flags, fqdns[_i].flags_back);
		ck_assert_str_eq(got.fqdn, fqdns[_i].fqdn_back);
	}
	ck_assert_str_eq(last.host, fqdns[_i].host);
	name = NULL;
}
END_TEST

/* Whatever the domain's length: there is a reply, with a name that fits. */
START_TEST(a_long_domain_is_no_reason_for_silence)
{
	char domain[300], full[400];
	struct ul_dhcp6_msg m = ask(UL_DHCP6_REQUEST, 1);

	for (int i = 0; i < 300; i++)
		domain[i] = i % 50 == 49 ? '.' : 'a';
	domain[_i] = '\0';
	ul_dhcp6_srv_free(srv);
	conf.domain = domain;
	srv = ul_dhcp6_srv_new(&conf);
	g_snprintf(full, sizeof(full), "vm.%s", domain);
	m.has_fqdn = true;
	m.fqdn_flags = UL_DHCP6_FQDN_S;
	memcpy(m.fqdn, "vm", 2);
	ck_assert_int_eq(handle(&m), 0);
	ck_assert(got.has_fqdn);
	if (strcmp(got.fqdn, full))
		ck_assert_str_eq(got.fqdn, "vm");
	/* A name by the configuration that is none for DNS. */
	memset(full, 'x', 64);
	full[64] = '\0';
	name = full;
	ck_assert_int_eq(handle(&m), 0);
	ck_assert(!got.has_fqdn);
	name = NULL;
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dhcp6_srv");
	TCase *tc = tcase_create("dhcp6_srv");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, four_messages_make_a_lease);
	tcase_add_loop_test(tc, a_long_domain_is_no_reason_for_silence, 240,
			    258);
	tcase_add_test(tc, rapid_commit_takes_two);
	tcase_add_test(tc, addresses_are_stable);
	tcase_add_test(tc, what_is_anothers_is_not_given);
	tcase_add_test(tc, released_and_declined);
	tcase_add_test(tc, confirm_tells_the_network);
	tcase_add_test(tc, who_asks_for_no_address_hears_the_rest);
	tcase_add_test(tc, what_is_not_for_us_is_not_answered);
	tcase_add_test(tc, a_mac_has_a_limit);
	tcase_add_test(tc, declined_addresses_count);
	tcase_add_test(tc, the_pool_ends_and_begins_again);
	tcase_add_test(tc, kept_address_is_its_macs_alone);
	tcase_add_test(tc, owner_is_sent_for_what_is_kept);
	tcase_add_test(tc, who_had_it_before_loses_it_on_renewal);
	tcase_add_test(tc, second_association_has_another_address);
	tcase_add_test(tc, a_mac_may_change_its_name);
	tcase_add_loop_test(tc, full_names_are_answered, 0,
			    G_N_ELEMENTS(fqdns));
	suite_add_tcase(s, tc);
	return run_suite(s);
}
