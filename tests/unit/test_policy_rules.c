/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_policy_rules.c - rules, the internet alone, names: what is open
 *
 * The network is 10.0.2.0/24 and fd00:1::/64; the host has 192.0.2.7 (which
 * the gateway leads to), 198.51.100.7, 2001:db8::7 and fd11::7 (the gateway's
 * of IPv6).
 */
#include <glib.h>

#include "conf/rule_spec.h"
#include "flow/policy.h"
#include "harness.h"
#include "wire/pkt.h"

#define SECOND 1000000ll

static struct ul_policy *policy;
static struct ul_policy_conf conf;
static int64_t now;
static const char *own[8];
static int guest_a, guest_b;		/* ports are told apart by address */

static int find_address(enum ul_family family, struct ul_addr *out, void *arg)
{
	return ul_addr_parse(out, family == UL_V4 ? "192.0.2.7" : "fd11::7");
}

static int has_wildcard(enum ul_family family, int ip_proto, uint16_t port,
			void *arg)
{
	return 0;
}

static int64_t now_us(void *arg)
{
	return now;
}

static void each_address(void (*fn)(const struct ul_addr *addr, void *fn_arg),
			 void *fn_arg, void *arg)
{
	struct ul_addr a;

	for (int i = 0; own[i]; i++) {
		ck_assert_int_eq(ul_addr_parse(&a, own[i]), 0);
		fn(&a, fn_arg);
	}
}

static const struct ul_policy_host host_ops = {
	.find_address = find_address, .has_wildcard = has_wildcard,
	.now_us = now_us, .each_address = each_address,
};

static bool opens_loopback(const void *port, uint16_t n, void *arg)
{
	return port == &guest_a && n == 8080;
}

static void make(void)
{
	ul_policy_free(policy);
	policy = ul_policy_new(&conf);
	ul_policy_set_host(policy, &host_ops, NULL);
}

static void setup(void)
{
	static const char *const all[] = {
		"127.0.0.1", "192.0.2.7", "198.51.100.7", "::1", "fe80::7",
		"2001:db8::7", "fd11::7",
	};

	memcpy(own, all, sizeof(all));
	now = 1000 * SECOND;
	conf = (struct ul_policy_conf){
		.has_v6 = true, .opens_loopback = opens_loopback,
	};
	ck_assert_int_eq(ul_prefix_parse(&conf.prefix4, "10.0.2.0/24"), 0);
	ck_assert_int_eq(ul_prefix_parse(&conf.prefix6, "fd00:1::/64"), 0);
	ck_assert_int_eq(ul_addr_parse(&conf.gateway4, "10.0.2.2"), 0);
	ck_assert_int_eq(ul_addr_parse(&conf.gateway6, "fd00:1::2"), 0);
	policy = NULL;
	make();
}

static void teardown(void)
{
	ul_policy_free(policy);
}

static void set_rules(const char *text)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(struct ul_rule));
	char *why = NULL;

	if (*text)
		ck_assert_msg(!ul_rule_spec_parse_list(list, text, &why),
			      "%s: %s", text, why);
	ul_policy_set_rules(policy, (const struct ul_rule *)list->data,
			    list->len);
	g_array_unref(list);
}

/* "tcp 10.0.2.2 80", "icmp 192.0.2.9". */
static struct ul_try try_of(const char *text)
{
	g_auto(GStrv) word = g_strsplit(text, " ", -1);
	struct ul_try t = { .port = &guest_b };

	ck_assert_msg(!ul_addr_parse(&t.dst.addr, word[1]), "%s", text);
	t.proto = !strcmp(word[0], "tcp") ? UL_IPPROTO_TCP :
		  !strcmp(word[0], "udp") ? UL_IPPROTO_UDP :
		  ul_addr_is_v4(&t.dst.addr) ? UL_IPPROTO_ICMP :
					       UL_IPPROTO_ICMP6;
	t.dst.port = word[2] ? (uint16_t)atoi(word[2]) : 0;
	return t;
}

/* "+2" allowed by rule 2, "-" refused by none, "!" never. */
static const char *outcome(const char *text)
{
	static char buf[16];
	struct ul_try t = try_of(text);
	struct ul_decision d;

	ul_policy_explain(policy, &t, &d);
	g_snprintf(buf, sizeof(buf), "%c%u",
		   d.verdict == UL_VERDICT_ALLOW ? '+' :
		   d.verdict == UL_VERDICT_PROHIBITED ? '-' : '!', d.rule);
	if (!d.rule)
		buf[1] = '\0';
	return buf;
}

#define COUNT(a) (int)(sizeof(a) / sizeof(*(a)))

/* Where no rule matches: any, internet, none, nothing. */
static const struct {
	const char *what, *says[4];
} reaches[] = {
	{ "tcp 9.9.9.9 80", { "+", "+", "-", "-" } },
	{ "udp 9.9.9.9 80", { "+", "+", "-", "-" } },
	{ "icmp 9.9.9.9", { "+", "+", "-", "-" } },
	{ "tcp 2600::9 80", { "+", "+", "-", "-" } },
	{ "icmp 2600::9", { "+", "+", "-", "-" } },
	/* The gateway, which is the host. */
	{ "tcp 10.0.2.2 80", { "+", "-", "+", "-" } },
	{ "udp fd00:1::2 80", { "+", "-", "+", "-" } },
	/* The host by its own addresses. */
	{ "tcp 192.0.2.7 80", { "+", "-", "-", "-" } },
	{ "tcp 198.51.100.7 80", { "+", "-", "-", "-" } },
	{ "tcp 2001:db8::7 80", { "+", "-", "-", "-" } },
	/* Private networks. */
	{ "tcp 10.1.2.3 80", { "+", "-", "-", "-" } },
	{ "udp 172.16.0.1 80", { "+", "-", "-", "-" } },
	{ "icmp 192.168.1.1", { "+", "-", "-", "-" } },
	{ "tcp 100.64.0.1 80", { "+", "-", "-", "-" } },
	{ "tcp 198.18.0.1 80", { "+", "-", "-", "-" } },
	{ "tcp fd12::1 80", { "+", "-", "-", "-" } },
	{ "tcp 64:ff9b::10.0.0.1 80", { "+", "-", "-", "-" } },
	{ "tcp 64:ff9b::9.9.9.9 80", { "+", "+", "-", "-" } },
	/* Never. */
	{ "tcp 127.0.0.1 80", { "!", "!", "!", "!" } },
	{ "tcp 0.0.0.0 80", { "!", "!", "!", "!" } },
	{ "udp 0.1.2.3 80", { "!", "!", "!", "!" } },
	{ "tcp 169.254.169.254 80", { "!", "!", "!", "!" } },
	{ "udp 224.0.0.251 80", { "!", "!", "!", "!" } },
	{ "udp 255.255.255.255 80", { "!", "!", "!", "!" } },
	{ "tcp 240.0.0.1 80", { "!", "!", "!", "!" } },
	{ "tcp ::1 80", { "!", "!", "!", "!" } },
	{ "tcp :: 80", { "!", "!", "!", "!" } },
	{ "icmp fe80::7", { "!", "!", "!", "!" } },
	{ "udp ff02::1 80", { "!", "!", "!", "!" } },
	{ "tcp fd00:ec2::254 80", { "!", "!", "!", "!" } },
	{ "tcp 10.0.2.15 80", { "!", "!", "!", "!" } },
	{ "tcp 10.0.2.3 80", { "!", "!", "!", "!" } },
	{ "tcp fd00:1::15 80", { "!", "!", "!", "!" } },
};

START_TEST(each_reach_has_its_limits)
{
	static const enum ul_reach reach[4] = {
		UL_REACH_ANY, UL_REACH_INTERNET, UL_REACH_HOST,
		UL_REACH_NOTHING,
	};

	for (int i = 0; i < 4; i++) {
		ul_policy_set_reach(policy, reach[i]);
		ck_assert_msg(!strcmp(outcome(reaches[_i].what),
				      reaches[_i].says[i]), "%s, reach %d: %s",
			      reaches[_i].what, i, outcome(reaches[_i].what));
	}
}
END_TEST

/* With each reach but nothing: no rule of a wide kind opens these. */
START_TEST(wide_rules_do_not_open_what_is_never_proxied)
{
	static const char *const wide[] = {
		"allow any", "allow 0.0.0.0/0;allow ::/0", "allow host",
		"allow 128.0.0.0/1;allow 0.0.0.0/1;allow 8000::/1;allow ::/1",
		"allow fd00::/8;allow 10.0.0.0/8", "allow any tcp 80",
	};
	const char *what = reaches[_i].what;

	if (strcmp(reaches[_i].says[0], "!"))
		return;
	for (int i = 0; i < COUNT(wide); i++) {
		for (int r = 0; r < 3; r++) {
			ul_policy_set_reach(policy, (enum ul_reach)r);
			set_rules(wide[i]);
			ck_assert_msg(*outcome(what) == '!', "%s by %s", what,
				      wide[i]);
		}
	}
}
END_TEST

/* Rules; what is tried; "+N", "-N" or as the reach (any, internet, none). */
static const struct {
	const char *rules, *what, *says[3];
} cases[] = {
	{ "deny any", "tcp 9.9.9.9 80", { "-1", "-1", "-1" } },
	{ "deny any", "tcp 10.0.2.2 80", { "-1", "-1", "-1" } },
	{ "deny any", "icmp 2600::9", { "-1", "-1", "-1" } },
	{ "allow any", "tcp 9.9.9.9 80", { "+1", "+1", "+1" } },
	{ "allow any", "tcp 192.168.1.1 80", { "+1", "+1", "+1" } },
	{ "allow any", "tcp 10.0.2.2 80", { "+1", "+1", "+1" } },
	{ "allow any", "tcp 192.0.2.7 80", { "+1", "+1", "+1" } },
	{ "allow 10.1.0.0/16 tcp 443;deny any", "tcp 10.1.2.3 443",
	  { "+1", "+1", "+1" } },
	{ "allow 10.1.0.0/16 tcp 443;deny any", "tcp 10.1.2.3 444",
	  { "-2", "-2", "-2" } },
	{ "allow 10.1.0.0/16 tcp 443;deny any", "udp 10.1.2.3 443",
	  { "-2", "-2", "-2" } },
	{ "allow 10.1.0.0/16 tcp 443;deny any", "icmp 10.1.2.3",
	  { "-2", "-2", "-2" } },
	{ "allow 10.1.0.0/16 tcp 443", "tcp 10.2.2.3 443",
	  { "+", "-", "-" } },
	/* The first that matches. */
	{ "deny 9.9.9.9;allow 9.9.9.0/24", "tcp 9.9.9.9 80",
	  { "-1", "-1", "-1" } },
	{ "allow 9.9.9.0/24;deny 9.9.9.9", "tcp 9.9.9.9 80",
	  { "+1", "+1", "+1" } },
	{ "deny any udp;allow any 53", "udp 9.9.9.9 53", { "-1", "-1", "-1" } },
	{ "deny any udp;allow any 53", "tcp 9.9.9.9 53", { "+2", "+2", "+2" } },
	/* Ports without a protocol are both; ICMP has none. */
	{ "deny any 53", "udp 9.9.9.9 53", { "-1", "-1", "-1" } },
	{ "deny any 53", "tcp 2600::9 53", { "-1", "-1", "-1" } },
	{ "deny any 1-65535", "icmp 9.9.9.9", { "+", "+", "-" } },
	{ "deny any 50-60", "tcp 9.9.9.9 49", { "+", "+", "-" } },
	{ "deny any 50-60", "tcp 9.9.9.9 50", { "-1", "-1", "-1" } },
	{ "deny any 50-60", "tcp 9.9.9.9 60", { "-1", "-1", "-1" } },
	{ "deny any 50-60", "tcp 9.9.9.9 61", { "+", "+", "-" } },
	{ "allow any icmp", "icmp 9.9.9.9", { "+1", "+1", "+1" } },
	{ "allow any icmp", "icmp 2600::9", { "+1", "+1", "+1" } },
	{ "allow any icmp", "tcp 9.9.9.9 80", { "+", "+", "-" } },
	/* Families are apart. */
	{ "deny 0.0.0.0/0", "tcp 2600::9 80", { "+", "+", "-" } },
	{ "deny ::/0", "tcp 9.9.9.9 80", { "+", "+", "-" } },
	/* The host, by whichever address. */
	{ "deny host", "tcp 10.0.2.2 80", { "-1", "-1", "-1" } },
	{ "deny host", "tcp fd00:1::2 80", { "-1", "-1", "-1" } },
	{ "deny host", "tcp 198.51.100.7 80", { "-1", "-1", "-1" } },
	{ "deny host", "tcp 2001:db8::7 80", { "-1", "-1", "-1" } },
	{ "deny host", "tcp 198.51.100.8 80", { "+", "+", "-" } },
	{ "allow host tcp 80", "tcp 10.0.2.2 80", { "+1", "+1", "+1" } },
	{ "allow host tcp 80", "tcp 198.51.100.7 80", { "+1", "+1", "+1" } },
	{ "allow host tcp 80", "tcp 10.0.2.2 81", { "+", "-", "+" } },
	/* The gateway is judged by where it leads, and by its own address. */
	{ "deny 192.0.2.0/24", "tcp 10.0.2.2 80", { "-1", "-1", "-1" } },
	{ "deny fd11::7", "tcp fd00:1::2 80", { "-1", "-1", "-1" } },
	{ "deny 10.0.2.2", "tcp 10.0.2.2 80", { "-1", "-1", "-1" } },
	{ "allow 10.0.2.2", "tcp 10.0.2.2 80", { "+1", "+1", "+1" } },
	{ "allow fd00:1::2", "tcp fd00:1::2 80", { "+1", "+1", "+1" } },
	{ "deny 10.0.0.0/8", "tcp 10.0.2.2 80", { "+", "-", "+" } },
	{ "allow 10.0.0.0/8;deny any", "tcp 10.0.2.2 80",
	  { "-2", "-2", "-2" } },
	/* One address of the closed list, by its name alone. */
	{ "allow 169.254.169.254 tcp 80", "tcp 169.254.169.254 80",
	  { "+1", "+1", "+1" } },
	{ "allow 169.254.169.254 tcp 80", "tcp 169.254.169.254 81",
	  { "!", "!", "!" } },
	{ "allow 169.254.169.254", "tcp 169.254.169.253 80",
	  { "!", "!", "!" } },
	{ "allow fd00:ec2::254", "tcp fd00:ec2::254 80",
	  { "+1", "+1", "+1" } },
	{ "allow 240.0.0.1", "udp 240.0.0.1 9", { "+1", "+1", "+1" } },
	{ "allow any;allow 169.254.169.254", "tcp 169.254.169.254 80",
	  { "+2", "+2", "+2" } },
	{ "deny any tcp;allow 169.254.169.254", "tcp 169.254.169.254 80",
	  { "-1", "-1", "-1" } },
	{ "deny 169.254.0.0/16;allow 169.254.169.254",
	  "tcp 169.254.169.254 80", { "-1", "-1", "-1" } },
	/* The network's own, by no rule. */
	{ "allow 10.0.2.15", "tcp 10.0.2.15 80", { "!", "!", "!" } },
	{ "allow 10.0.2.3", "tcp 10.0.2.3 53", { "!", "!", "!" } },
	{ "allow fd00:1::15", "tcp fd00:1::15 80", { "!", "!", "!" } },
	{ "deny any", "tcp 10.0.2.15 80", { "!", "!", "!" } },
};

START_TEST(the_first_rule_that_matches_decides)
{
	for (int r = 0; r < 3; r++) {
		ul_policy_set_reach(policy, (enum ul_reach)r);
		set_rules(cases[_i].rules);
		ck_assert_msg(!strcmp(outcome(cases[_i].what),
				      cases[_i].says[r]),
			      "%s: %s, reach %d: %s", cases[_i].rules,
			      cases[_i].what, r, outcome(cases[_i].what));
	}
}
END_TEST

/* A list decides as any beginning of it does that decides at all. */
START_TEST(what_follows_a_match_does_not_matter)
{
	static const char *const pool[] = {
		"allow any tcp 80", "deny 9.9.9.0/24", "allow host",
		"deny any udp", "allow 169.254.169.254", "deny ::/0",
		"allow 10.1.0.0/16 tcp 443", "deny host tcp", "allow any icmp",
		"deny 198.51.100.7", "allow 192.168.0.0/16", "deny any",
	};
	GRand *rand = g_rand_new_with_seed((guint32)_i);
	GString *text = g_string_new(NULL);
	char first[16], whole[16];

	for (int i = 0; i < 10; i++)
		g_string_append_printf(text, "%s;", pool[g_rand_int_range(
			rand, 0, COUNT(pool))]);
	ul_policy_set_reach(policy, (enum ul_reach)(_i % 3));
	for (int k = 0; k < COUNT(reaches) + COUNT(cases); k++) {
		const char *what = k < COUNT(reaches) ? reaches[k].what :
				   cases[k - COUNT(reaches)].what;

		set_rules(text->str);
		g_strlcpy(whole, outcome(what), sizeof(whole));
		for (size_t len = 0; len < text->len; len++) {
			g_autofree char *head = g_strndup(text->str, len);

			if (text->str[len] != ';')
				continue;
			set_rules(head);
			g_strlcpy(first, outcome(what), sizeof(first));
			if (first[1])
				ck_assert_str_eq(first, whole);
		}
	}
	g_string_free(text, TRUE);
	g_rand_free(rand);
}
END_TEST

START_TEST(loopback_is_open_to_one_guest)
{
	struct ul_try t = try_of("tcp 10.0.2.2 8080");
	struct ul_decision d;
	char buf[UL_EP_STRLEN];

	ul_policy_set_reach(policy, UL_REACH_INTERNET);
	ul_policy_explain(policy, &t, &d);
	ck_assert_int_eq(d.verdict, UL_VERDICT_PROHIBITED);
	ck_assert(ul_policy_wants_loopback_hint(policy, &guest_b, &t.dst));
	t.port = &guest_a;
	ul_policy_explain(policy, &t, &d);
	ck_assert_int_eq(d.why, UL_WHY_LOOPBACK);
	ck_assert_str_eq(ul_ep_str(&d.host, buf), "127.0.0.1:8080");
	ck_assert(!ul_policy_wants_loopback_hint(policy, &guest_a, &t.dst));
	t.dst.port = 8081;
	ul_policy_explain(policy, &t, &d);
	ck_assert_int_eq(d.verdict, UL_VERDICT_PROHIBITED);
	t.dst.port = 8080;
	t.port = NULL;
	ul_policy_explain(policy, &t, &d);
	ck_assert_int_eq(d.verdict, UL_VERDICT_PROHIBITED);
	/* A rule comes first, and sees where it leads. */
	t.port = &guest_a;
	set_rules("deny 127.0.0.0/8");
	ul_policy_explain(policy, &t, &d);
	ck_assert_uint_eq(d.rule, 1);
	ck_assert_int_eq(d.verdict, UL_VERDICT_PROHIBITED);
}
END_TEST

START_TEST(an_address_that_the_host_gets_is_its_own)
{
	unsigned int serial;

	ul_policy_set_reach(policy, UL_REACH_INTERNET);
	ck_assert_str_eq(outcome("tcp 9.9.9.9 80"), "+");
	own[0] = "9.9.9.9";
	ck_assert_str_eq(outcome("tcp 9.9.9.9 80"), "+");
	serial = ul_policy_serial(policy);
	ul_policy_host_changed(policy);
	ck_assert_uint_ne(ul_policy_serial(policy), serial);
	ck_assert_str_eq(outcome("tcp 9.9.9.9 80"), "-");
	/* What nobody told is found out after a second. */
	own[0] = "127.0.0.1";
	now += SECOND;
	ck_assert_str_eq(outcome("tcp 9.9.9.9 80"), "+");
}
END_TEST

START_TEST(rules_are_counted_and_keep_their_count)
{
	struct ul_try web = try_of("tcp 9.9.9.9 80");
	struct ul_try ping = try_of("icmp 9.9.9.9");
	struct ul_decision d;

	set_rules("deny any icmp;allow any tcp 80");
	ul_policy_map(policy, &web, &d);
	ul_policy_map(policy, &web, &d);
	ul_policy_map(policy, &ping, &d);
	ul_policy_explain(policy, &ping, &d);
	ul_policy_still_allows(policy, &ping, &d.host);
	ck_assert_uint_eq(ul_policy_hits(policy, 0), 1);
	ck_assert_uint_eq(ul_policy_hits(policy, 1), 2);
	set_rules("allow host;allow any tcp 80;allow any tcp 80;deny any icmp");
	ck_assert_uint_eq(ul_policy_hits(policy, 0), 0);
	ck_assert_uint_eq(ul_policy_hits(policy, 1), 2);
	ck_assert_uint_eq(ul_policy_hits(policy, 2), 0);
	ck_assert_uint_eq(ul_policy_hits(policy, 3), 1);
}
END_TEST

/* Names. */

static void hear(const char *name, const char *text, uint32_t ttl_s)
{
	struct ul_addr a;

	ck_assert_int_eq(ul_addr_parse(&a, text), 0);
	ul_policy_heard(policy, name, &a, ttl_s);
}

START_TEST(a_name_is_what_it_was_answered_with)
{
	set_rules("allow www.a.com tcp 443;allow *.b.com;deny any");
	ck_assert_str_eq(outcome("tcp 9.9.9.9 443"), "-3");
	hear("www.a.com", "9.9.9.9", 300);
	ck_assert_str_eq(outcome("tcp 9.9.9.9 443"), "+1");
	ck_assert_str_eq(outcome("tcp 9.9.9.9 80"), "-3");
	ck_assert_str_eq(outcome("tcp 9.9.9.8 443"), "-3");
	hear("x.b.com", "2600::9", 300);
	ck_assert_str_eq(outcome("udp 2600::9 9"), "+2");
	hear("b.com", "9.9.9.7", 300);
	ck_assert_str_eq(outcome("tcp 9.9.9.7 443"), "-3");
	/* Two names of one address: each is found. */
	hear("y.b.com", "9.9.9.9", 300);
	ck_assert_str_eq(outcome("tcp 9.9.9.9 80"), "+2");
}
END_TEST

START_TEST(a_name_opens_neither_the_closed_list_nor_the_own_network)
{
	static const char *const closed[] = {
		"169.254.169.254", "127.0.0.1", "10.0.2.15", "fd00:ec2::254",
		"::1", "fd00:1::15", "0.0.0.0", "224.0.0.1",
	};

	set_rules("allow *.evil.com;allow any");
	for (int i = 0; i < COUNT(closed); i++) {
		g_autofree char *what = g_strdup_printf("tcp %s 80", closed[i]);

		hear("www.evil.com", closed[i], 300);
		ck_assert_str_eq(outcome(what), "!");
	}
}
END_TEST

START_TEST(a_name_counts_for_its_time)
{
	set_rules("allow *.a.com;deny any");
	hear("short.a.com", "9.9.9.1", 1);
	hear("long.a.com", "9.9.9.2", 300);
	hear("huge.a.com", "9.9.9.3", UINT32_MAX);
	now += UL_HEARD_FLOOR_US - 1;
	ck_assert_str_eq(outcome("tcp 9.9.9.1 80"), "+1");
	now += 1;
	ck_assert_str_eq(outcome("tcp 9.9.9.1 80"), "-2");
	ck_assert_str_eq(outcome("tcp 9.9.9.2 80"), "+1");
	now += 240 * SECOND;
	ck_assert_str_eq(outcome("tcp 9.9.9.2 80"), "-2");
	ck_assert_str_eq(outcome("tcp 9.9.9.3 80"), "+1");
	now += 86400 * SECOND;
	ck_assert_str_eq(outcome("tcp 9.9.9.3 80"), "-2");
	/* Heard again, it counts again. */
	hear("short.a.com", "9.9.9.1", 1);
	ck_assert_str_eq(outcome("tcp 9.9.9.1 80"), "+1");
}
END_TEST

START_TEST(a_name_counts_while_a_flow_is_open)
{
	struct ul_try t = try_of("tcp 9.9.9.9 80");
	struct ul_decision d;
	struct ul_heard *held;

	set_rules("allow a.com;deny any");
	hear("a.com", "9.9.9.9", 1);
	ck_assert_int_eq(ul_policy_map(policy, &t, &d), UL_VERDICT_ALLOW);
	held = ul_heard_hold(d.name);
	ck_assert_ptr_nonnull(held);
	now += 3600 * SECOND;
	ck_assert_str_eq(outcome("tcp 9.9.9.9 80"), "+1");
	t.is_open = true;
	ck_assert(ul_policy_still_allows(policy, &t, &d.host));
	ul_heard_release(held);
	ck_assert_str_eq(outcome("tcp 9.9.9.9 80"), "-2");
	/* One that is open stays so, and its use makes it count. */
	ck_assert(ul_policy_still_allows(policy, &t, &d.host));
	ck_assert_int_eq(ul_policy_map(policy, &t, &d), UL_VERDICT_ALLOW);
	ck_assert_str_eq(outcome("tcp 9.9.9.9 80"), "+1");
	set_rules("deny any");
	ck_assert(!ul_policy_still_allows(policy, &t, &d.host));
}
END_TEST

static void count_heard(const char *name, const struct ul_addr *addr,
			int64_t left_us, void *arg)
{
	(*(unsigned int *)arg)++;
}

START_TEST(names_that_no_rule_speaks_of_are_forgotten)
{
	unsigned int count = 0;

	set_rules("allow a.com;deny any");
	hear("b.com", "9.9.9.9", 300);
	ul_policy_each_heard(policy, count_heard, &count);
	ck_assert_uint_eq(count, 0);
	hear("a.com", "9.9.9.9", 300);
	hear("a.com", "9.9.9.9", 300);
	ul_policy_each_heard(policy, count_heard, &count);
	ck_assert_uint_eq(count, 1);
}
END_TEST

START_TEST(names_have_a_bound)
{
	unsigned int count = 0;
	struct ul_addr a = ul_addr_v4(0x09000000);
	struct ul_try t = try_of("tcp 9.0.0.0 80");
	struct ul_decision d;
	struct ul_heard *held;
	char name[32];

	set_rules("allow *.a.com;deny any");
	ul_policy_heard(policy, "held.a.com", &a, 300);
	ul_policy_map(policy, &t, &d);
	held = ul_heard_hold(d.name);
	for (uint32_t i = 0; i < UL_HEARD_MAX + 100; i++) {
		a = ul_addr_v4(0x0a100000 + i);
		g_snprintf(name, sizeof(name), "n%u.a.com", i);
		ul_policy_heard(policy, name, &a, 300);
	}
	ul_policy_each_heard(policy, count_heard, &count);
	ck_assert_uint_eq(count, UL_HEARD_MAX);
	ck_assert_str_eq(outcome("tcp 9.0.0.0 80"), "+1");
	ck_assert_str_eq(outcome("tcp 10.16.0.0 80"), "-2");
	ck_assert_str_eq(outcome("tcp 10.16.0.200 80"), "+1");
	ul_heard_release(held);
	/* Of one address, too. */
	make();
	set_rules("allow *.a.com;deny any");
	for (uint32_t i = 0; i < UL_HEARD_NAMES_MAX + 10; i++) {
		g_snprintf(name, sizeof(name), "n%u.a.com", i);
		hear(name, "9.9.9.9", 300 + i);
	}
	count = 0;
	ul_policy_each_heard(policy, count_heard, &count);
	ck_assert_uint_eq(count, UL_HEARD_NAMES_MAX);
}
END_TEST

/* Rules, a name; may it be asked for: any, internet, none. */
static const struct {
	const char *rules, *name, *may;
} lookups[] = {
	{ "", "a.com", "yyn" },
	{ "deny any", "a.com", "nnn" },
	{ "allow any", "a.com", "yyy" },
	{ "allow any tcp 443;deny any", "a.com", "yyy" },
	{ "deny any tcp;deny any udp", "a.com", "yyn" },
	{ "allow a.com", "a.com", "yyy" },
	{ "allow a.com", "b.com", "yyn" },
	{ "allow a.com tcp 443;deny any", "a.com", "yyy" },
	{ "allow a.com;deny any", "b.com", "nnn" },
	{ "allow a.com;deny any", "www.a.com", "nnn" },
	{ "allow *.a.com;deny any", "www.a.com", "yyy" },
	{ "deny a.com", "a.com", "nnn" },
	{ "deny a.com", "b.com", "yyn" },
	{ "deny a.com tcp 25", "a.com", "yyn" },
	{ "deny *.a.com;allow www.a.com", "www.a.com", "nnn" },
	{ "allow www.a.com;deny *.a.com", "www.a.com", "yyy" },
	/* An address is no reason to tell anybody a name. */
	{ "allow 10.1.0.0/16;deny any", "a.com", "nnn" },
	{ "allow host;deny any", "a.com", "nnn" },
	{ "deny 0.0.0.0/0;deny ::/0", "a.com", "nnn" },
	{ "deny 0.0.0.0/0", "a.com", "yyn" },
	{ "allow 0.0.0.0/0;deny any", "a.com", "yyy" },
	{ "deny 0.0.0.0/0;allow 0.0.0.0/0;deny any", "a.com", "nnn" },
};

START_TEST(names_are_asked_for_where_they_may_lead)
{
	for (int r = 0; r < 3; r++) {
		ul_policy_set_reach(policy, (enum ul_reach)r);
		set_rules(lookups[_i].rules);
		ck_assert_msg(ul_policy_may_ask(policy, lookups[_i].name) ==
			      (lookups[_i].may[r] == 'y'), "%s: %s, reach %d",
			      lookups[_i].rules, lookups[_i].name, r);
	}
}
END_TEST

START_TEST(a_resolver_is_of_use_where_some_name_may_be_asked)
{
	ul_policy_set_reach(policy, UL_REACH_HOST);
	ck_assert(!ul_policy_may_ask_any(policy));
	set_rules("allow 10.1.0.0/16");
	ck_assert(!ul_policy_may_ask_any(policy));
	set_rules("allow 10.1.0.0/16;allow a.com");
	ck_assert(ul_policy_may_ask_any(policy));
	set_rules("deny a.com;allow any");
	ck_assert(ul_policy_may_ask_any(policy));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("policy_rules");
	TCase *tc = tcase_create("policy_rules");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, each_reach_has_its_limits, 0, COUNT(reaches));
	tcase_add_loop_test(tc, wide_rules_do_not_open_what_is_never_proxied,
			    0, COUNT(reaches));
	tcase_add_loop_test(tc, the_first_rule_that_matches_decides, 0,
			    COUNT(cases));
	tcase_add_loop_test(tc, what_follows_a_match_does_not_matter, 0, 12);
	tcase_add_test(tc, loopback_is_open_to_one_guest);
	tcase_add_test(tc, an_address_that_the_host_gets_is_its_own);
	tcase_add_test(tc, rules_are_counted_and_keep_their_count);
	tcase_add_test(tc, a_name_is_what_it_was_answered_with);
	tcase_add_test(
		tc, a_name_opens_neither_the_closed_list_nor_the_own_network);
	tcase_add_test(tc, a_name_counts_for_its_time);
	tcase_add_test(tc, a_name_counts_while_a_flow_is_open);
	tcase_add_test(tc, names_that_no_rule_speaks_of_are_forgotten);
	tcase_add_test(tc, names_have_a_bound);
	tcase_add_loop_test(tc, names_are_asked_for_where_they_may_lead, 0,
			    COUNT(lookups));
	tcase_add_test(tc,
		       a_resolver_is_of_use_where_some_name_may_be_asked);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
