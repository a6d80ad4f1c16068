/* SPDX-License-Identifier: BSD-3-Clause */
/* test_dns_zone.c - a network's own names, asked for in every way */
#include "svc/dns_zone.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "harness.h"
#include "wire/dns.h"

#define NET 0x0a000200u
#define MSG_MAX 1024
#define TEXT_MAX 2048

/* The names that there are, changed by the tests. */
static struct ul_dns_local names[16];
static size_t name_count;

static void each(const struct ul_addr *at, ul_dns_local_fn fn, void *fn_arg,
		 void *arg)
{
	for (size_t i = 0; i < name_count; i++)
		fn(&names[i], fn_arg);
}

static void add(const char *name, enum ul_dns_rank rank, uint32_t host,
		uint8_t mac)
{
	names[name_count++] = (struct ul_dns_local){
		.name = name, .rank = rank, .addr = ul_addr_v4(NET + host),
		.mac = { 2, [5] = mac },
	};
}

/* Names that are no guest's. */
static const struct {
	enum ul_dns_known source;
	const char *name, *addr;
} known_names[] = {
	{ UL_DNS_RECORDS, "db", "10.0.2.99" },
	{ UL_DNS_RECORDS, "git.corp", "192.0.2.7" },
	{ UL_DNS_RECORDS, "git.corp", "2001:db8::7" },
	{ UL_DNS_RECORDS, "no.lab.internal", "192.0.2.8" },
	{ UL_DNS_RECORDS, "host", "192.0.2.9" },
	{ UL_DNS_HOSTS, "web", "192.0.2.66" },
	{ UL_DNS_HOSTS, "nas.home", "192.0.2.10" },
	{ UL_DNS_HOSTS, "nas", "192.0.2.10" },
	{ UL_DNS_HOSTS, "bank", "192.0.2.12" },
	{ UL_DNS_HOSTS, "ldap.home", "192.0.2.13" },
};

#define KNOWN_COUNT (sizeof(known_names) / sizeof(*known_names))

static size_t known(enum ul_dns_known source, const char *name,
		    struct ul_addr out[UL_DNS_ZONE_ADDRS], void *arg)
{
	size_t count = 0;

	for (size_t i = 0; i < KNOWN_COUNT; i++)
		if (source == known_names[i].source &&
		    !strcmp(name, known_names[i].name))
			ul_addr_parse(&out[count++], known_names[i].addr);
	return count;
}

static bool known_at(enum ul_dns_known source, const struct ul_addr *addr,
		     char out[UL_DNS_ZONE_NAME_LEN], void *arg)
{
	struct ul_addr a;

	for (size_t i = 0; i < KNOWN_COUNT; i++) {
		ul_addr_parse(&a, known_names[i].addr);
		if (source != known_names[i].source || !ul_addr_eq(&a, addr))
			continue;
		strcpy(out, known_names[i].name);
		return true;
	}
	return false;
}

static bool has_known;
static struct ul_dns_zone *zone;

static void make_zone(const char *domain, const char *prefix4)
{
	struct ul_dns_zone_conf conf = {
		.network = "Lab", .domain = domain, .has_v6 = true,
		.gateway4 = ul_addr_v4(NET + 2), .reaches_host = true,
		.each = each,
		.known = has_known ? known : NULL,
		.known_at = has_known ? known_at : NULL,
	};

	ck_assert_int_eq(ul_prefix_parse(&conf.prefix4, prefix4), 0);
	ck_assert_int_eq(ul_prefix_parse(&conf.prefix6, "fd00:2::/64"), 0);
	ck_assert_int_eq(ul_addr_parse(&conf.gateway6, "fd00:2::2"), 0);
	ul_dns_zone_free(zone);
	zone = ul_dns_zone_new(&conf);
}

static void setup(void)
{
	name_count = 0;
	make_zone("lab.internal", "10.0.2.0/24");
	add("web", UL_DNS_BY_PORT, 15, 1);
	add("Db.example.org", UL_DNS_BY_GUEST, 16, 2);
}

static void teardown(void)
{
	has_known = false;
	ul_dns_zone_free(zone);
	zone = NULL;
}

/* @edns: the version of an OPT record, or -1 for none. */
static size_t query(uint8_t buf[MSG_MAX], const char *name, uint16_t type,
		    uint16_t class, int edns)
{
	struct ul_wr w = ul_wr_new(buf, MSG_MAX);

	ul_wr_u16(&w, 0xbeef);
	ul_wr_u16(&w, UL_DNS_RD);
	ul_wr_u16(&w, 1);
	ul_wr_u32(&w, 0);
	ul_wr_u16(&w, edns >= 0);
	ul_dns_emit_name(&w, name);
	ul_wr_u16(&w, type);
	ul_wr_u16(&w, class);
	if (edns >= 0) {
		ul_wr_u8(&w, 0);
		ul_wr_u16(&w, UL_DNS_OPT);
		ul_wr_u16(&w, 4096);
		ul_wr_u8(&w, 0);
		ul_wr_u8(&w, (uint8_t)edns);
		ul_wr_u16(&w, 0x8000);
		ul_wr_u16(&w, 0);
	}
	ck_assert(!w.bad);
	return w.len;
}

/* Read a name, pointers followed, by an own reading of RFC 1035. */
static size_t read_name(const uint8_t *msg, size_t len, size_t at, char *out)
{
	size_t end = 0;
	int hops = 0;

	*out = '\0';
	while (msg[at]) {
		ck_assert_uint_lt(at, len);
		if (msg[at] >= 0xc0) {
			end = end ? end : at + 2;
			at = (size_t)(msg[at] & 0x3f) << 8 | msg[at + 1];
			ck_assert_int_lt(hops++, 4);
			continue;
		}
		strncat(out, (const char *)msg + at + 1, msg[at]);
		strcat(out, ".");
		at += 1 + (size_t)msg[at];
	}
	return end ? end : at + 1;
}

static size_t u16_at(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

/* One record as " TYPE OWNER DATA". */
static size_t read_record(const uint8_t *msg, size_t len, size_t at,
			  char *text)
{
	char owner[300], data[300] = "", one[700];
	size_t type, size;

	at = read_name(msg, len, at, owner);
	type = u16_at(msg + at);
	size = u16_at(msg + at + 8);
	at += 10;
	ck_assert_uint_le(at + size, len);
	if (type == UL_DNS_A)
		inet_ntop(AF_INET, msg + at, data, sizeof(data));
	else if (type == UL_DNS_AAAA)
		inet_ntop(AF_INET6, msg + at, data, sizeof(data));
	else if (type == UL_DNS_PTR)
		ck_assert_uint_eq(read_name(msg, len, at, data), at + size);
	if (type == UL_DNS_SOA)
		snprintf(one, sizeof(one), " SOA %s", owner);
	else if (type == UL_DNS_OPT)
		snprintf(one, sizeof(one), " OPT%x", msg[at - 6]);
	else
		snprintf(one, sizeof(one), " %s", data);
	strcat(text, one);
	return at + size;
}

/* What an answer says: its code, and each record. */
static void read_answer(const uint8_t *msg, size_t len, char text[TEXT_MAX])
{
	char owner[300];
	size_t records = u16_at(msg + 6) + u16_at(msg + 8) + u16_at(msg + 10);
	size_t at = read_name(msg, len, UL_DNS_HLEN, owner) + 4;

	ck_assert_uint_eq(u16_at(msg), 0xbeef);
	ck_assert_uint_eq(u16_at(msg + 4), 1);
	ck_assert(msg[2] & 0x80);
	snprintf(text, TEXT_MAX, "%d%s", msg[3] & 15, msg[2] & 4 ? "" : "!");
	while (records--)
		at = read_record(msg, len, at, text);
	ck_assert_uint_eq(at, len);
}

/* "-" when the zone says that it is not its own. */
static const char *ask_as(const char *name, uint16_t type, uint16_t class,
			  int edns)
{
	static char text[TEXT_MAX];
	uint8_t msg[MSG_MAX], buf[UL_DNS_ZONE_ANSWER_MAX];
	size_t len = query(msg, name, type, class, edns);
	uint8_t *exact = exact_copy(msg, len);
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	int ret = ul_dns_zone_answer(zone, exact, len, &w);

	free(exact);
	strcpy(text, "-");
	if (ret != -ENOENT) {
		ck_assert_int_eq(ret, 0);
		read_answer(buf, w.len, text);
	}
	return text;
}

static const char *ask(const char *name, uint16_t type)
{
	return ask_as(name, type, UL_DNS_IN, -1);
}

static const struct asked {
	const char *name;
	uint16_t type;
	const char *said;
} questions[] = {
	/* guests, by each of their names */
	{ "web.lab.internal", UL_DNS_A, "0 10.0.2.15" },
	{ "WEB.Lab.INTERNAL", UL_DNS_A, "0 10.0.2.15" },
	{ "web.internal", UL_DNS_A, "0 10.0.2.15" },
	{ "web", UL_DNS_A, "0 10.0.2.15" },
	{ "web", UL_DNS_ANY, "0 10.0.2.15" },
	{ "db.internal", UL_DNS_A, "0 10.0.2.16" },
	/* there, but not with that type */
	{ "web.lab.internal", UL_DNS_AAAA, "0 SOA lab.internal." },
	{ "web.internal", 15, "0 SOA internal." },
	{ "web", UL_DNS_AAAA, "0 SOA web." },
	{ "lab.internal", UL_DNS_A, "0 SOA internal." },
	{ "internal", UL_DNS_A, "0 SOA internal." },
	{ "docker.internal", UL_DNS_A, "0 SOA internal." },
	/* not there, and nobody else's */
	{ "no.lab.internal", UL_DNS_A, "3 SOA lab.internal." },
	{ "no.internal", UL_DNS_AAAA, "3 SOA internal." },
	{ "www.web.lab.internal", UL_DNS_A, "3 SOA lab.internal." },
	{ "we\x01.lab.internal", UL_DNS_A, "3 SOA lab.internal." },
	{ "portal.lab.internal", UL_DNS_A, "3 SOA lab.internal." },
	/* the host */
	{ "host.internal", UL_DNS_A, "0 10.0.2.2" },
	{ "host.internal", UL_DNS_AAAA, "0 fd00:2::2" },
	{ "host.internal", UL_DNS_ANY, "0 10.0.2.2 fd00:2::2" },
	{ "gateway.internal", UL_DNS_A, "0 10.0.2.2" },
	{ "gateway.lab.internal", UL_DNS_A, "0 10.0.2.2" },
	{ "host.containers.internal", UL_DNS_A, "0 10.0.2.2" },
	{ "host.docker.internal", UL_DNS_AAAA, "0 fd00:2::2" },
	/* others' */
	{ "www.example.org", UL_DNS_A, "-" },
	{ "", 2, "-" },
	{ "com", 2, "-" },
	{ "no", UL_DNS_A, "-" },
	{ "metadata.google.internal", UL_DNS_A, "-" },
	{ "web.other.internal", UL_DNS_A, "-" },
	{ "xlab.internal.org", UL_DNS_A, "-" },
	{ "mylab.internal", UL_DNS_A, "3 SOA internal." },
	/* addresses */
	{ "15.2.0.10.in-addr.arpa", UL_DNS_PTR, "0 web.lab.internal." },
	{ "16.2.0.10.in-addr.arpa", UL_DNS_PTR, "0 db.lab.internal." },
	{ "2.2.0.10.in-addr.arpa", UL_DNS_PTR, "0 gateway.internal." },
	{ "15.2.0.10.in-addr.arpa", UL_DNS_A, "0 SOA 2.0.10.in-addr.arpa." },
	{ "9.2.0.10.in-addr.arpa", UL_DNS_PTR, "3 SOA 2.0.10.in-addr.arpa." },
	{ "2.0.10.in-addr.arpa", UL_DNS_PTR, "0 SOA 2.0.10.in-addr.arpa." },
	{ "0.10.in-addr.arpa", UL_DNS_PTR, "-" },
	{ "15.3.0.10.in-addr.arpa", UL_DNS_PTR, "-" },
	{ "015.2.0.10.in-addr.arpa", UL_DNS_PTR, "-" },
	{ "271.2.0.10.in-addr.arpa", UL_DNS_PTR, "-" },
	{ "1.15.2.0.10.in-addr.arpa", UL_DNS_PTR, "-" },
	{ "in-addr.arpa", UL_DNS_PTR, "-" },
	{ "2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.0.0.d.f.ip6.arpa",
	  UL_DNS_PTR, "0 gateway.internal." },
	{ "3.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.0.0.d.f.ip6.arpa",
	  UL_DNS_PTR, "3 SOA 0.0.0.0.0.0.0.0.2.0.0.0.0.0.d.f.ip6.arpa." },
	{ "0.d.f.ip6.arpa", UL_DNS_PTR, "-" },
	{ "10.d.f.ip6.arpa", UL_DNS_PTR, "-" },
};

/* The same with names that are no guest's. */
static const struct asked known_questions[] = {
	/* records come before guests, by the network's names too */
	{ "db", UL_DNS_A, "0 10.0.2.99" },
	{ "db.lab.internal", UL_DNS_A, "0 10.0.2.99" },
	{ "db.internal", UL_DNS_AAAA, "0 SOA internal." },
	{ "no.lab.internal", UL_DNS_A, "0 192.0.2.8" },
	{ "git.corp", UL_DNS_A, "0 192.0.2.7" },
	{ "GIT.corp", UL_DNS_ANY, "0 192.0.2.7 2001:db8::7" },
	{ "git.corp", 15, "0 SOA git.corp." },
	{ "git.corp.lab.internal", UL_DNS_A, "3 SOA lab.internal." },
	/* but what is below one is not the network's, nor its parent */
	{ "www.git.corp", UL_DNS_A, "-" },
	{ "corp", UL_DNS_A, "-" },
	/* the gateway keeps its names */
	{ "host.internal", UL_DNS_A, "0 10.0.2.2" },
	/* guests' ports come before the hosts file */
	{ "web", UL_DNS_A, "0 10.0.2.15" },
	{ "nas.home", UL_DNS_A, "0 192.0.2.10" },
	{ "nas", UL_DNS_A, "0 192.0.2.10" },
	{ "nas", UL_DNS_AAAA, "0 SOA nas." },
	{ "nas.lab.internal", UL_DNS_A, "3 SOA lab.internal." },
	/* addresses, the network's and others' */
	{ "99.2.0.10.in-addr.arpa", UL_DNS_PTR, "0 db.lab.internal." },
	{ "15.2.0.10.in-addr.arpa", UL_DNS_PTR, "0 web.lab.internal." },
	{ "7.2.0.192.in-addr.arpa", UL_DNS_PTR, "0 git.corp." },
	{ "10.2.0.192.in-addr.arpa", UL_DNS_PTR, "0 nas.home." },
	{ "10.2.0.192.in-addr.arpa", UL_DNS_A,
	  "0 SOA 10.2.0.192.in-addr.arpa." },
	{ "11.2.0.192.in-addr.arpa", UL_DNS_PTR, "-" },
	{ "2.0.192.in-addr.arpa", UL_DNS_PTR, "-" },
	{ "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
	  UL_DNS_PTR, "0 git.corp." },
	{ "8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
	  UL_DNS_PTR, "-" },
};

START_TEST(what_is_known_otherwise_is_answered)
{
	const struct asked *q = &known_questions[_i];

	has_known = true;
	make_zone("lab.internal", "10.0.2.0/24");
	ck_assert_msg(!strcmp(ask(q->name, q->type), q->said),
		      "%s %u: %s, wanted %s", q->name, q->type,
		      ask(q->name, q->type), q->said);
}
END_TEST

/* Nor by way of the search list, which comes first. */
START_TEST(no_guest_takes_a_name_of_the_hosts)
{
	has_known = true;
	make_zone("home", "10.0.2.0/24");
	add("BANK", UL_DNS_BY_GUEST, 17, 3);
	add("ldap", UL_DNS_BY_GUEST, 18, 4);
	ck_assert_str_eq(ask("bank", UL_DNS_A), "0 192.0.2.12");
	ck_assert_str_eq(ask("bank.home", UL_DNS_A), "-");
	ck_assert_str_eq(ask("bank.lab.internal", UL_DNS_A),
			 "3 SOA lab.internal.");
	ck_assert_str_eq(ask("17.2.0.10.in-addr.arpa", UL_DNS_PTR),
			 "3 SOA 2.0.10.in-addr.arpa.");
	ck_assert_str_eq(ask("ldap.home", UL_DNS_A), "0 192.0.2.13");
	ck_assert_str_eq(ask("ldap.internal", UL_DNS_A), "0 10.0.2.18");
	add("bank", UL_DNS_BY_TOLD_PORT, 20, 6);
	ck_assert_str_eq(ask("bank", UL_DNS_A), "0 192.0.2.12");
	/* who was given it keeps it */
	add("bank", UL_DNS_BY_PORT, 19, 5);
	ck_assert_str_eq(ask("bank", UL_DNS_A), "0 10.0.2.19");
}
END_TEST

START_TEST(each_question_has_its_answer)
{
	const struct asked *q = &questions[_i];

	ck_assert_msg(!strcmp(ask(q->name, q->type), q->said),
		      "%s %u: %s, wanted %s", q->name, q->type,
		      ask(q->name, q->type), q->said);
}
END_TEST

START_TEST(names_come_and_go)
{
	add("new", UL_DNS_BY_GUEST, 17, 3);
	ck_assert_str_eq(ask("new", UL_DNS_A), "0 10.0.2.17");
	ck_assert_str_eq(ask("17.2.0.10.in-addr.arpa", UL_DNS_PTR),
			 "0 new.lab.internal.");
	name_count--;
	ck_assert_str_eq(ask("new", UL_DNS_A), "-");
	ck_assert_str_eq(ask("new.internal", UL_DNS_A), "3 SOA internal.");
	ck_assert_str_eq(ask("17.2.0.10.in-addr.arpa", UL_DNS_PTR),
			 "3 SOA 2.0.10.in-addr.arpa.");
}
END_TEST

/* Nobody takes a name that is another's by a better word, nor its PTR. */
START_TEST(a_guests_word_counts_least)
{
	add("web", UL_DNS_BY_GUEST, 14, 3);
	add("web", UL_DNS_BY_GUEST, 15, 1);	/* said twice, told once */
	ck_assert_str_eq(ask("web", UL_DNS_A), "0 10.0.2.15");
	ck_assert_str_eq(ask("14.2.0.10.in-addr.arpa", UL_DNS_PTR),
			 "3 SOA 2.0.10.in-addr.arpa.");
	add("web", UL_DNS_BY_CONF, 13, 4);
	ck_assert_str_eq(ask("web", UL_DNS_A), "0 10.0.2.13");
	/* The machine's other addresses are told too, others' are not. */
	add("web", UL_DNS_BY_CONF, 12, 4);
	add("web", UL_DNS_BY_CONF, 11, 5);
	ck_assert_str_eq(ask("web", UL_DNS_A), "0 10.0.2.13 10.0.2.12");
}
END_TEST

START_TEST(some_names_are_not_a_guests_to_take)
{
	add("host", UL_DNS_BY_CONF, 20, 6);
	add("gateway", UL_DNS_BY_GUEST, 20, 6);
	ck_assert_str_eq(ask("host", UL_DNS_A), "0 10.0.2.2");
	ck_assert_str_eq(ask("gateway", UL_DNS_A), "0 10.0.2.2");
	add("localhost", UL_DNS_BY_GUEST, 20, 6);
	add("wpad", UL_DNS_BY_PORT, 20, 6);
	ck_assert_str_eq(ask("localhost", UL_DNS_A), "-");
	ck_assert_str_eq(ask("wpad.lab.internal", UL_DNS_A),
			 "3 SOA lab.internal.");
	ck_assert_str_eq(ask("20.2.0.10.in-addr.arpa", UL_DNS_PTR),
			 "3 SOA 2.0.10.in-addr.arpa.");
	add("wpad", UL_DNS_BY_CONF, 21, 7);
	ck_assert_str_eq(ask("wpad", UL_DNS_A), "0 10.0.2.21");
	/* What only an operator calls a machine. */
	add("router", UL_DNS_BY_GUEST, 22, 8);
	add("dns", UL_DNS_BY_TOLD_PORT, 23, 9);
	ck_assert_str_eq(ask("router", UL_DNS_A), "-");
	ck_assert_str_eq(ask("dns", UL_DNS_A), "-");
	add("router", UL_DNS_BY_PORT, 24, 10);
	ck_assert_str_eq(ask("router", UL_DNS_A), "0 10.0.2.24");
}
END_TEST

START_TEST(what_is_no_hosts_name_is_passed_over)
{
	static const char *const bad[] = {
		"", ".", "-a", "a-", "a_b", "a b", "?", "\xc3\xa4", "..",
		"a23456789012345678901234567890123456789012345678901234567890abcd",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		name_count = 0;
		add(bad[i], UL_DNS_BY_GUEST, 30, 1);
		ck_assert_str_eq(ask("30.2.0.10.in-addr.arpa", UL_DNS_PTR),
				 "3 SOA 2.0.10.in-addr.arpa.");
	}
	/* A byte that is shown as '?' is no '?'. */
	ck_assert_str_eq(ask("\x01.internal", UL_DNS_A), "3 SOA internal.");
}
END_TEST

START_TEST(a_domain_of_others_is_only_added_to)
{
	make_zone("Example.org", "10.0.2.0/24");
	ck_assert_str_eq(ask("web.example.org", UL_DNS_A), "0 10.0.2.15");
	ck_assert_str_eq(ask("web.example.org", UL_DNS_AAAA),
			 "0 SOA example.org.");
	ck_assert_str_eq(ask("www.example.org", UL_DNS_A), "-");
	ck_assert_str_eq(ask("a.web.example.org", UL_DNS_A), "-");
	ck_assert_str_eq(ask("web.lab.internal", UL_DNS_A), "0 10.0.2.15");
}
END_TEST

START_TEST(prefixes_end_between_labels)
{
	make_zone("lab.internal", "10.0.0.0/22");
	ck_assert_str_eq(ask("15.2.0.10.in-addr.arpa", UL_DNS_PTR),
			 "0 web.lab.internal.");
	ck_assert_str_eq(ask("9.3.0.10.in-addr.arpa", UL_DNS_PTR),
			 "3 SOA 3.0.10.in-addr.arpa.");
	ck_assert_str_eq(ask("3.0.10.in-addr.arpa", UL_DNS_PTR),
			 "0 SOA 3.0.10.in-addr.arpa.");
	ck_assert_str_eq(ask("9.4.0.10.in-addr.arpa", UL_DNS_PTR), "-");
	make_zone("lab.internal", "10.0.2.0/30");
	ck_assert_str_eq(ask("15.2.0.10.in-addr.arpa", UL_DNS_PTR), "-");
	ck_assert_str_eq(ask("1.2.0.10.in-addr.arpa", UL_DNS_PTR),
			 "3 SOA 1.2.0.10.in-addr.arpa.");
}
END_TEST

START_TEST(many_addresses_fit)
{
	name_count = 0;
	for (uint32_t i = 0; i < 12; i++)
		add("web", UL_DNS_BY_PORT, 40 + i, 1);
	ck_assert_str_eq(ask_as("web.internal", UL_DNS_A, UL_DNS_IN, 0),
			 "0 10.0.2.40 10.0.2.41 10.0.2.42 10.0.2.43 10.0.2.44"
			 " 10.0.2.45 10.0.2.46 10.0.2.47 OPT0");
}
END_TEST

START_TEST(edns_is_answered)
{
	ck_assert_str_eq(ask_as("web", UL_DNS_A, UL_DNS_IN, 0),
			 "0 10.0.2.15 OPT0");
	ck_assert_str_eq(ask_as("no.internal", UL_DNS_A, UL_DNS_IN, 0),
			 "3 SOA internal. OPT0");
	/* RFC 6891 6.1.3: a version that we do not know */
	ck_assert_str_eq(ask_as("web", UL_DNS_A, UL_DNS_IN, 1), "0! OPT1");
}
END_TEST

START_TEST(other_classes_are_refused)
{
	ck_assert_str_eq(ask_as("web.internal", 16, 3, -1), "5!");
	ck_assert_str_eq(ask_as("version.bind", 16, 3, -1), "-");
}
END_TEST

/* Cut anywhere in the question, there is none; later, EDNS is not seen. */
START_TEST(every_truncation_is_refused)
{
	uint8_t msg[MSG_MAX], buf[UL_DNS_ZONE_ANSWER_MAX];
	size_t whole = query(msg, "web.internal", UL_DNS_A, UL_DNS_IN, 0);
	size_t question = query(msg, "web.internal", UL_DNS_A, UL_DNS_IN, -1);

	query(msg, "web.internal", UL_DNS_A, UL_DNS_IN, 0);
	for (size_t len = 0; len <= whole; len++) {
		uint8_t *cut = exact_copy(msg, len);
		struct ul_wr w = ul_wr_new(buf, sizeof(buf));
		int ret = ul_dns_zone_answer(zone, cut, len, &w);

		ck_assert_int_eq(ret, len < question ? -EBADMSG : 0);
		free(cut);
	}
}
END_TEST

/* With less room than is needed nothing is written, and nothing beyond. */
START_TEST(a_short_buffer_is_noticed)
{
	uint8_t msg[MSG_MAX];
	size_t len = query(msg, "host.internal", UL_DNS_ANY, UL_DNS_IN, 0);
	uint8_t full[UL_DNS_ZONE_ANSWER_MAX];
	struct ul_wr w = ul_wr_new(full, sizeof(full));
	size_t need;

	ck_assert_int_eq(ul_dns_zone_answer(zone, msg, len, &w), 0);
	need = w.len;
	for (size_t cap = 0; cap <= need; cap++) {
		uint8_t *buf = malloc(cap ? cap : 1);

		w = ul_wr_new(buf, cap);
		ck_assert_int_eq(ul_dns_zone_answer(zone, msg, len, &w),
				 cap < need ? -ENOBUFS : 0);
		ck_assert_uint_eq(w.len, cap < need ? 0 : need);
		free(buf);
	}
}
END_TEST

static const struct {
	const char *name;
	enum ul_family family;
	uint32_t host;			/* 0: there is none */
} machines[] = {
	{ "web", UL_V4, 15 },
	{ "WEB", UL_V4, 15 },
	{ "web.internal", UL_V4, 15 },
	{ "web.lab.internal", UL_V4, 15 },
	{ "Web.Lab.Internal", UL_V4, 15 },
	{ "db", UL_V4, 16 },
	{ "web", UL_V6, 0 },
	{ "nobody", UL_V4, 0 },
	{ "", UL_V4, 0 },
	{ ".", UL_V4, 0 },
	{ "internal", UL_V4, 0 },
	{ "lab.internal", UL_V4, 0 },
	{ "web.other.internal", UL_V4, 0 },
	{ "db.example.org", UL_V4, 0 },
	{ "15.2.0.10.in-addr.arpa", UL_V4, 0 },
	/* The router is no machine of the network. */
	{ "gateway", UL_V4, 0 },
	{ "host", UL_V4, 0 },
	{ "host.containers.internal", UL_V4, 0 },
};

START_TEST(a_machine_is_found_by_its_names)
{
	struct ul_addr addr = ul_addr_v4(77), want;
	int rc = ul_dns_zone_find(zone, machines[_i].name,
				  machines[_i].family, &addr);

	want = ul_addr_v4(machines[_i].host ? NET + machines[_i].host : 77);
	ck_assert_int_eq(rc, machines[_i].host ? 0 : -ENOENT);
	ck_assert(ul_addr_eq(&addr, &want));
}
END_TEST

START_TEST(a_long_name_is_nobodys)
{
	char name[UL_DNS_NAME_LEN + 4];
	struct ul_addr addr;

	memset(name, 'a', sizeof(name));
	for (size_t len = 0; len < sizeof(name); len++) {
		name[len] = '\0';
		ck_assert_int_eq(ul_dns_zone_find(zone, name, UL_V4, &addr),
				 -ENOENT);
		name[len] = len % 32 ? 'a' : '.';
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dns_zone");
	TCase *tc = tcase_create("dns_zone");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, each_question_has_its_answer, 0,
			    sizeof(questions) / sizeof(*questions));
	tcase_add_loop_test(tc, what_is_known_otherwise_is_answered, 0,
			    sizeof(known_questions) /
			    sizeof(*known_questions));
	tcase_add_test(tc, names_come_and_go);
	tcase_add_loop_test(tc, a_machine_is_found_by_its_names, 0,
			    sizeof(machines) / sizeof(*machines));
	tcase_add_test(tc, a_long_name_is_nobodys);
	tcase_add_test(tc, a_guests_word_counts_least);
	tcase_add_test(tc, some_names_are_not_a_guests_to_take);
	tcase_add_test(tc, what_is_no_hosts_name_is_passed_over);
	tcase_add_test(tc, no_guest_takes_a_name_of_the_hosts);
	tcase_add_test(tc, a_domain_of_others_is_only_added_to);
	tcase_add_test(tc, prefixes_end_between_labels);
	tcase_add_test(tc, many_addresses_fit);
	tcase_add_test(tc, edns_is_answered);
	tcase_add_test(tc, other_classes_are_refused);
	tcase_add_test(tc, every_truncation_is_refused);
	tcase_add_test(tc, a_short_buffer_is_noticed);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
