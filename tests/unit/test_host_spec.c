/* SPDX-License-Identifier: BSD-3-Clause */
/* test_host_spec.c - machines that are known beforehand, from text */
#include <errno.h>

#include "conf/conf_check.h"
#include "conf/conf_option.h"
#include "conf/host_spec.h"
#include "fake/spec_row.h"

#define WEB "web=52:54:00:00:00:01"

static const struct spec_row rows[] = {
	{ WEB, NULL },
	{ WEB ",10.0.2.80", NULL },
	{ WEB ",fd00::80", NULL },
	{ WEB ",fd00::80,10.0.2.80", NULL },
	{ "db=id:00", NULL },
	{ "db=id:01:52:54:00:00:00:02,10.0.2.81", NULL },
	{ "9p=52:54:00:00:00:01", NULL },
	{ "", "is empty" },
	{ "web", "write NAME=MAC" },
	{ "web=", "write NAME=MAC" },
	{ "web=52:54:00:00:00", "write NAME=MAC" },
	{ "web=53:54:00:00:00:01", "write NAME=MAC" },
	{ "web=00:00:00:00:00:00", "write NAME=MAC" },
	{ "=52:54:00:00:00:01", "letters, digits and hyphens" },
	{ "a.b=52:54:00:00:00:01", "letters, digits and hyphens" },
	{ "80=52:54:00:00:00:01", "'80' has no letter" },
	{ "Host=52:54:00:00:00:01", "every network has" },
	{ "gateway=52:54:00:00:00:01", "every network has" },
	{ "db=id:", "bytes of the client's identifier" },
	{ "db=id:0", "bytes of the client's identifier" },
	{ "db=id:0g", "bytes of the client's identifier" },
	{ "db=id:00::01", "bytes of the client's identifier" },
	{ "db=id:00:", "bytes of the client's identifier" },
	{ "db=id:00,fd00::1", "kept by MAC" },
	{ WEB ",", "'' is no address" },
	{ WEB ",10.0.2", "'10.0.2' is no address" },
	{ WEB ",10.0.2.1,10.0.2.2", "two IPv4 addresses" },
	{ WEB ",fd00::1,fd00::2", "two IPv6 addresses" },
};

START_TEST(rows_are_told_apart)
{
	struct ul_host_conf *host = NULL;
	char *why = NULL;
	int rc = ul_host_spec_parse(&host, rows[_i].text, &why);

	expect_row(&rows[_i], rc, host, why);
	ul_host_conf_free(host);
}
END_TEST

START_TEST(each_part_is_kept)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 0, 0, 1 };
	struct ul_host_conf *h, *copy;
	char *why;

	ck_assert(!ul_host_spec_parse(&h, WEB ",fd00::80,10.0.2.80", &why));
	copy = ul_host_conf_dup(h);
	ul_host_conf_free(h);
	ck_assert_str_eq(copy->name, "web");
	ck_assert(copy->has_mac && !memcmp(copy->mac, mac, 6));
	ck_assert_uint_eq(copy->id_len, 0);
	ck_assert(copy->has_addr4 &&
		  ul_addr_to_v4(&copy->addr4) == 0x0a000250);
	ck_assert(copy->has_addr6 && copy->addr6.b[15] == 0x80);
	ul_host_conf_free(copy);
}
END_TEST

START_TEST(an_identifier_is_bytes)
{
	static const uint8_t id[] = { 0xff, 0x01, 0xab };
	struct ul_host_conf *h;
	char *why;

	ck_assert(!ul_host_spec_parse(&h, "db=id:fF:01AB", &why));
	ck_assert(!h->has_mac);
	ck_assert_uint_eq(h->id_len, sizeof(id));
	ck_assert(!memcmp(h->id, id, sizeof(id)));
	ul_host_conf_free(h);
}
END_TEST

START_TEST(an_identifier_has_an_end)
{
	g_autofree char *zeros = g_strnfill(2 * UL_HOST_ID_MAX, '0');
	g_autofree char *longest = g_strconcat("db=id:", zeros, NULL);
	g_autofree char *longer = g_strconcat("db=id:", zeros, "00", NULL);
	g_autofree char *why = NULL;
	struct ul_host_conf *h;

	ck_assert(!ul_host_spec_parse(&h, longest, &why));
	ck_assert_uint_eq(h->id_len, UL_HOST_ID_MAX);
	ul_host_conf_free(h);
	ck_assert_int_eq(ul_host_spec_parse(&h, longer, &why), -EINVAL);
}
END_TEST

START_TEST(text_comes_back)
{
	static const char *const same[] = {
		WEB, WEB ",10.0.2.80", WEB ",10.0.2.80,fd00::80",
		WEB ",fd00::80", "db=id:01525400000002,10.0.2.81",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(same); i++) {
		g_autofree char *text = NULL;
		struct ul_host_conf *h;
		char *why;

		ck_assert(!ul_host_spec_parse(&h, same[i], &why));
		text = ul_host_spec_text(h);
		ck_assert_str_eq(text, same[i]);
		ul_host_conf_free(h);
	}
}
END_TEST

START_TEST(each_truncation_is_answered)
{
	static const char whole[] = WEB ",10.0.2.80,fd00::80";

	for (size_t len = 0; len < sizeof(whole); len++) {
		g_autofree char *text = g_strndup(whole, len);
		struct ul_host_conf *h = NULL;
		char *why = NULL;

		if (ul_host_spec_parse(&h, text, &why))
			ck_assert(why && *why && !h);
		g_free(why);
		ul_host_conf_free(h);
	}
}
END_TEST

static const struct ul_conf_option *option(const char *name)
{
	size_t count;
	const struct ul_conf_option *all = ul_conf_options(&count);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(all[i].name, name))
			return &all[i];
	ck_abort_msg("no option %s", name);
}

/* What a network of these options says of them. */
static const struct {
	const char *one, *two;
	const char *extra, *extra_value;
	const char *says;	/* NULL: it is good */
} pairs[] = {
	{ WEB ",10.0.2.80", "db=52:54:00:00:00:02,10.0.2.81", NULL, NULL,
	  NULL },
	{ WEB ",10.0.2.5", "db=52:54:00:00:00:02,10.0.2.254", NULL, NULL,
	  NULL },
	{ WEB, "web=52:54:00:00:00:02", NULL, NULL, "another host web" },
	{ WEB, "WEB=52:54:00:00:00:02", NULL, NULL, "another host web" },
	{ WEB, "db=52:54:00:00:00:01", NULL, NULL, "the same MAC as host web" },
	{ "a=id:01", "b=id:01", NULL, NULL, "the same identifier as host a" },
	{ "a=id:01", "b=id:0101", NULL, NULL, NULL },
	{ WEB ",10.0.2.80", "db=id:02,10.0.2.80", NULL, NULL,
	  "10.0.2.80 is kept for host web" },
	{ WEB, "db=id:02,10.0.3.1", NULL, NULL, "the subnet 10.0.2.0/24" },
	{ WEB, "db=id:02,10.0.2.0", NULL, NULL, "the subnet 10.0.2.0/24" },
	{ WEB, "db=id:02,10.0.2.255", NULL, NULL, "the subnet 10.0.2.0/24" },
	{ WEB, "db=id:02,10.0.2.2", NULL, NULL,
	  "is the address of the gateway" },
	{ WEB, "db=id:02,10.0.2.3", NULL, NULL, "address of the DNS server" },
	{ WEB ",fd00::1", "db=id:02", NULL, NULL, "the prefix fd" },
	{ WEB ",fd01::80", "db=id:02", "ipv6-prefix", "fd01::/64", NULL },
	{ WEB ",fd01::2", "db=id:02", "ipv6-prefix", "fd01::/64",
	  "is the address of the gateway" },
	{ WEB ",fd01::3", "db=id:02", "ipv6-prefix", "fd01::/64",
	  "is the address of the DNS server" },
	{ WEB ",fd01::80", "db=52:54:00:00:00:02,fd01::80", "ipv6-prefix",
	  "fd01::/64", "fd01::80 is kept for host web" },
	{ WEB ",fd01::80", "db=id:02", "no-ipv6", NULL, "--no-ipv6 leaves" },
	{ WEB ",10.9.0.80", "db=id:02", "subnet", "10.9.0.0/24", NULL },
	{ WEB, "db=id:02", "port", "web=52:54:00:00:00:01", NULL },
	{ WEB, "db=id:02", "port", "web=52:54:00:00:00:03",
	  "--port gives the name web" },
	{ WEB, "db=id:02", "mode", "internal", "add --dhcp" },
};

START_TEST(a_network_takes_what_fits)
{
	struct ul_conf_setting s[] = {
		{ .option = option("host"), .value = pairs[_i].one },
		{ .option = option("host"), .value = pairs[_i].two },
		{ .option = option("name"), .value = "lab" },
	};
	struct ul_conf *conf = ul_conf_new();
	g_autofree char *error = NULL;
	int rc;

	if (pairs[_i].extra)
		s[2] = (struct ul_conf_setting){
			.option = option(pairs[_i].extra),
			.value = pairs[_i].extra_value,
		};
	ck_assert_msg(!ul_conf_apply(conf, s, 3, &error), "%s", error);
	rc = ul_conf_check(conf, "/tmp", &error);
	if (pairs[_i].says) {
		ck_assert_int_eq(rc, -EINVAL);
		ck_assert_msg(strstr(error, pairs[_i].says) != NULL, "%s",
			      error);
		ck_assert_msg(strstr(error, "--host ") != NULL, "%s", error);
	} else {
		ck_assert_msg(!rc, "%s", error);
		ck_assert_uint_eq(conf->hosts->len, 2);
	}
	ul_conf_free(conf);
}
END_TEST

START_TEST(hosts_are_bounded)
{
	struct ul_conf *conf = ul_conf_new();
	g_autofree char *why = NULL;
	struct ul_host_conf *h;

	ck_assert(!ul_host_spec_parse(&h, WEB, &why));
	ck_assert_int_eq(ul_host_spec_check(h, conf, NULL, UL_HOSTS_MAX,
					    &why), -EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "at most"));
	ul_host_conf_free(h);
	ul_conf_free(conf);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("host_spec");
	TCase *tc = tcase_create("text");

	tcase_add_loop_test(tc, rows_are_told_apart, 0, G_N_ELEMENTS(rows));
	tcase_add_test(tc, each_part_is_kept);
	tcase_add_test(tc, an_identifier_is_bytes);
	tcase_add_test(tc, an_identifier_has_an_end);
	tcase_add_test(tc, text_comes_back);
	tcase_add_test(tc, each_truncation_is_answered);
	suite_add_tcase(s, tc);
	tc = tcase_create("network");
	tcase_add_loop_test(tc, a_network_takes_what_fits, 0,
			    G_N_ELEMENTS(pairs));
	tcase_add_test(tc, hosts_are_bounded);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
