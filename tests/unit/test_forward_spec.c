/* SPDX-License-Identifier: BSD-3-Clause */
/* test_forward_spec.c - rules of -p: every form, every error */
#include <errno.h>

#include "conf/forward_spec.h"
#include "harness.h"
#include "wire/pkt.h"

/* host is the addresses joined by a blank, or the path; guest "" when left out. */
static const struct {
	const char *text, *host;
	uint16_t host_first, host_last;
	const char *guest;
	uint16_t guest_first, guest_last;
	uint8_t proto;
} good[] = {
	{ "2222:22", "127.0.0.1 ::1", 2222, 2222, "", 22, 22,
	  UL_IPPROTO_TCP },
	{ "2222:22/tcp", "127.0.0.1 ::1", 2222, 2222, "", 22, 22,
	  UL_IPPROTO_TCP },
	{ "5353:53/udp", "127.0.0.1 ::1", 5353, 5353, "", 53, 53,
	  UL_IPPROTO_UDP },
	{ "1-65535:1-65535", "127.0.0.1 ::1", 1, 65535, "", 1, 65535,
	  UL_IPPROTO_TCP },
	{ "8000-8009:80-89/udp", "127.0.0.1 ::1", 8000, 8009, "", 80, 89,
	  UL_IPPROTO_UDP },
	{ "8000-8000:80", "127.0.0.1 ::1", 8000, 8000, "", 80, 80,
	  UL_IPPROTO_TCP },
	{ "192.0.2.1:80:80", "192.0.2.1", 80, 80, "", 80, 80,
	  UL_IPPROTO_TCP },
	{ "*:80:81", "0.0.0.0 ::", 80, 80, "", 81, 81, UL_IPPROTO_TCP },
	{ "0.0.0.0:80:81", "0.0.0.0", 80, 80, "", 81, 81, UL_IPPROTO_TCP },
	{ "[::]:80:81", "::", 80, 80, "", 81, 81, UL_IPPROTO_TCP },
	{ "[2001:db8::1]:80:81", "2001:db8::1", 80, 80, "", 81, 81,
	  UL_IPPROTO_TCP },
	{ "8080:10.0.2.20:80", "127.0.0.1 ::1", 8080, 8080, "10.0.2.20", 80,
	  80, UL_IPPROTO_TCP },
	{ "8080:[fd00::20]:80/udp", "127.0.0.1 ::1", 8080, 8080, "fd00::20",
	  80, 80, UL_IPPROTO_UDP },
	{ "*:8080-8081:10.0.2.20:80-81", "0.0.0.0 ::", 8080, 8081,
	  "10.0.2.20", 80, 81, UL_IPPROTO_TCP },
	{ "[::1]:8080:[fd00::20]:80", "::1", 8080, 8080, "fd00::20", 80, 80,
	  UL_IPPROTO_TCP },
	{ "0:10.0.2.20:80", "127.0.0.1 ::1", 0, 0, "10.0.2.20", 80, 80,
	  UL_IPPROTO_TCP },
	{ "8080:web:80", "127.0.0.1 ::1", 8080, 8080, "web", 80, 80,
	  UL_IPPROTO_TCP },
	{ "*:8080-8081:Web-2.lab.internal:80-81/udp", "0.0.0.0 ::", 8080,
	  8081, "Web-2.lab.internal", 80, 81, UL_IPPROTO_UDP },
	{ "0:3com:80", "127.0.0.1 ::1", 0, 0, "3com", 80, 80,
	  UL_IPPROTO_TCP },
	{ "[::1]::web:80", "::1", 0, 0, "web", 80, 80, UL_IPPROTO_TCP },
	{ "unix:/run/x.sock:web:80", "/run/x.sock", 0, 0, "web", 80, 80,
	  UL_IPPROTO_TCP },
	{ "unix:/a/tcp:80/tcp", "/a/tcp", 0, 0, "", 80, 80, UL_IPPROTO_TCP },
	{ "unix:@x:[fd00::15]:80", "@x", 0, 0, "fd00::15", 80, 80,
	  UL_IPPROTO_TCP },
	{ "80", "127.0.0.1 ::1", 0, 0, "", 80, 80, UL_IPPROTO_TCP },
	{ "53/udp", "127.0.0.1 ::1", 0, 0, "", 53, 53, UL_IPPROTO_UDP },
	{ "0:80", "127.0.0.1 ::1", 0, 0, "", 80, 80, UL_IPPROTO_TCP },
	{ "192.0.2.1::80", "192.0.2.1", 0, 0, "", 80, 80, UL_IPPROTO_TCP },
	{ "*::80/udp", "0.0.0.0 ::", 0, 0, "", 80, 80, UL_IPPROTO_UDP },
	{ "[::1]::10.0.2.20:80", "::1", 0, 0, "10.0.2.20", 80, 80,
	  UL_IPPROTO_TCP },
};

static const struct {
	const char *text;
	const char *says;	/* a part of the error */
} bad[] = {
	{ "", "the rule is empty" },
	{ "unix:", "the VM's port is missing: write unix:PATH:[GUEST:]GPORT" },
	{ "unix:/run/x.sock", "the VM's port is missing" },
	{ "unix:/run/x.sock:", "'' is no port of the guest" },
	{ "unix:run/x.sock:80", "'run/x.sock' is no path of a socket" },
	{ "unix::80", "'' is no path of a socket" },
	{ "unix:/:80", "'/' is no path of a socket" },
	{ "unix:@:80", "'@' is no path of a socket" },
	{ "unix:/x:80/udp", "a UNIX socket is a stream" },
	{ "unix:/x:80-81", "one socket cannot lead to the 2 ports 80-81" },
	{ "unix:/x:1:web:80", "too many colons" },
	{ "unix:/x::80", "the guest's address is empty" },
	{ "unix:/x:web_1:80", "'web_1' is no name" },
	{ "unix:/0123456789012345678901234567890123456789012345678901234567890"
	  "1234567890123456789012345678901234567890123456:80",
	  "the path is 108 bytes long and the kernel takes 107" },
	{ "80:80/sctp", "'sctp' is no protocol" },
	{ "80:80/", "'' is no protocol" },
	{ "80:80/TCP", "write /tcp or /udp" },
	{ "::1:8080:80", "IPv6 address is written in brackets" },
	{ "1:2:3:4:5", "too many colons" },
	{ "[::1:8080:80", "is not closed" },
	{ "[::1]8080:80", "followed by a colon" },
	{ "8080:x[::1]:80", "preceded by a colon" },
	{ ":8080:80", "the host's address is empty" },
	{ "[]:8080:80", "the host's address is empty" },
	{ "8080::80", "the guest's address is empty" },
	{ "*:8080::80", "the guest's address is empty" },
	{ ":80", "the host's port is empty" },
	{ "localhost:80:80", "'localhost' is not an address of the host" },
	{ "[127.0.0.1]:80:80", "'127.0.0.1' is not an address" },
	{ "[*]:80:80", "'*' is not an address" },
	{ "[fe80::1%eth0]:80:80", "with a zone" },
	{ "[::ffff:127.0.0.1]:80:80", "is not an address of the host" },
	{ "224.0.0.1:80:80", "not the address of one host" },
	{ "255.255.255.255:80:80", "not the address of one host" },
	{ "80:[ff02::1]:80", "not the address of one host" },
	{ "80:web_1:80", "'web_1' is no name of a VM: write labels" },
	{ "80:-web:80", "'-web' is no name" },
	{ "80:web-:80", "'web-' is no name" },
	{ "80:web.:80", "'web.' is no name" },
	{ "80:a..b:80", "'a..b' is no name" },
	{ "80:web 1:80", "'web 1' is no name" },
	{ "80:[web]:80", "'web' is not an address of the guest" },
	{ "80:1-2:80", "'1-2' is not an address of the guest" },
	{ "web:80:80", "'web' is not an address of the host" },
	{ "80:10.0.2:80", "'10.0.2' is not an address of the guest" },
	{ "80:127.0.0.1:80", "cannot be a guest's address" },
	{ "80:0.0.0.0:80", "cannot be a guest's address" },
	{ "80:[fe80::15]:80", "cannot be a guest's address" },
	{ "80:", "'' is no port of the guest" },
	{ "80:0", "'0' is no port of the guest" },
	{ "80:65536", "'65536' is no port of the guest" },
	{ "80:http", "'http' is no port of the guest" },
	{ "80:90-80", "'90-80' is no port of the guest" },
	{ "80:80-", "'80-' is no port of the guest" },
	{ "80:+80", "'+80' is no port of the guest" },
	{ "80: 80", "' 80' is no port of the guest" },
	{ "80:[80]", "'80' is no port of the guest" },
	{ "99999999999999999999:80", "is no port of the host" },
	{ "0-9:80-89", "'0-9' is no port of the host" },
	{ "-:80", "'-' is no port of the host" },
	{ "http:80", "'http' is no port of the host" },
	{ "80-89:80", "10 host ports cannot lead to 1 guest ports" },
	{ "80:80-89", "1 host ports cannot lead to 10 guest ports" },
	{ "80-89", "a free host port is chosen for one port" },
	{ "0:80-81", "not for the range 80-81" },
};

static char *guest_text(const struct ul_forward_conf *f)
{
	char buf[UL_ADDR_STRLEN] = "";

	ck_assert(!f->has_guest || !f->guest_name);
	if (f->has_guest)
		ul_addr_str(&f->guest, buf);
	return g_strdup(f->guest_name ? f->guest_name : buf);
}

static char *host_text(const struct ul_forward_conf *f)
{
	GString *s = g_string_new(f->path);
	char buf[UL_ADDR_STRLEN];

	ck_assert(!f->path || !f->host_addr_count);
	for (unsigned int i = 0; i < f->host_addr_count; i++)
		g_string_append_printf(s, "%s%s", i ? " " : "",
				       ul_addr_str(&f->host_addrs[i], buf));
	return g_string_free(s, FALSE);
}

START_TEST(every_form_is_understood)
{
	struct ul_forward_conf *f = NULL;
	g_autofree char *host = NULL, *guest = NULL;
	char *error = NULL;

	ck_assert_int_eq(ul_forward_spec_parse(&f, good[_i].text, &error), 0);
	ck_assert_ptr_null(error);
	ck_assert_str_eq(f->text, good[_i].text);
	host = host_text(f);
	ck_assert_str_eq(host, good[_i].host);
	ck_assert_uint_eq(f->host_first, good[_i].host_first);
	ck_assert_uint_eq(f->host_last, good[_i].host_last);
	guest = guest_text(f);
	ck_assert_str_eq(guest, good[_i].guest);
	ck_assert_uint_eq(f->guest_first, good[_i].guest_first);
	ck_assert_uint_eq(f->guest_last, good[_i].guest_last);
	ck_assert_uint_eq(f->proto, good[_i].proto);
	ul_forward_conf_free(f);
}
END_TEST

/* The one form of a rule is a rule that says the same. */
START_TEST(every_form_is_written_again)
{
	struct ul_forward_conf *f = NULL, *again = NULL;
	g_autofree char *text = NULL, *twice = NULL;
	g_autofree char *host = NULL, *guest = NULL;
	char *error = NULL;

	ck_assert_int_eq(ul_forward_spec_parse(&f, good[_i].text, &error), 0);
	text = ul_forward_spec_text(f);
	ck_assert_int_eq(ul_forward_spec_parse(&again, text, &error), 0);
	twice = ul_forward_spec_text(again);
	ck_assert_str_eq(text, twice);
	host = host_text(again);
	ck_assert_str_eq(host, good[_i].host);
	guest = guest_text(again);
	ck_assert_str_eq(guest, good[_i].guest);
	ck_assert_uint_eq(again->host_first, good[_i].host_first);
	ck_assert_uint_eq(again->host_last, good[_i].host_last);
	ck_assert_uint_eq(again->guest_first, good[_i].guest_first);
	ck_assert_uint_eq(again->guest_last, good[_i].guest_last);
	ck_assert_uint_eq(again->proto, good[_i].proto);
	ul_forward_conf_free(f);
	ul_forward_conf_free(again);
}
END_TEST

static const struct {
	const char *text, *key;		/* NULL: refused */
} treated[] = {
	{ "8080:80,when-listening", "8080:80" },
	{ "8080-8081:web:80-81/tcp,when-listening", "8080-8081:web:80-81" },
	{ "80,when-listening", "0:80" },
	{ "53:53/udp,when-listening", NULL },
	{ "unix:/run/x:80,when-listening", NULL },
	{ "8080:80,when-listening,when-listening", NULL },
	{ "8080:80,when", NULL }, { "8080:80,", NULL },
	{ ",when-listening", NULL },
};

/* How it is treated is no part of which it is. */
START_TEST(when_listening_is_a_suffix)
{
	struct ul_forward_conf *f = NULL;
	char *why = NULL, *key;
	int rc = ul_forward_spec_parse(&f, treated[_i].text, &why);

	ck_assert_msg((rc == 0) == (treated[_i].key != NULL), "%s",
		      treated[_i].text);
	if (rc) {
		ck_assert_ptr_nonnull(why);
		free(why);
		return;
	}
	key = ul_forward_spec_text(f);
	ck_assert(f->when_listening);
	ck_assert_str_eq(f->text, treated[_i].text);
	ck_assert_str_eq(key, treated[_i].key);
	free(key);
	ul_forward_conf_free(f);
}
END_TEST

START_TEST(every_error_names_its_reason)
{
	struct ul_forward_conf *f = NULL;
	char *error = NULL;

	ck_assert_int_eq(ul_forward_spec_parse(&f, bad[_i].text, &error),
			 -EINVAL);
	ck_assert_ptr_null(f);
	ck_assert_ptr_nonnull(error);
	ck_assert_msg(strstr(error, bad[_i].says) != NULL, "%s", error);
	g_free(error);
}
END_TEST

START_TEST(every_truncation_ends_well)
{
	const char *text = good[_i].text;

	for (size_t len = 0; len < strlen(text); len++) {
		struct ul_forward_conf *f = NULL;
		char *cut = g_strndup(text, len), *error = NULL;
		int rc = ul_forward_spec_parse(&f, cut, &error);

		ck_assert((rc == 0) == (f != NULL));
		ck_assert((rc == -EINVAL) == (error != NULL));
		ul_forward_conf_free(f);
		g_free(error);
		g_free(cut);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("forward_spec");
	TCase *tc = tcase_create("forward_spec");

	tcase_add_loop_test(tc, every_form_is_understood, 0,
			    G_N_ELEMENTS(good));
	tcase_add_loop_test(tc, every_form_is_written_again, 0,
			    G_N_ELEMENTS(good));
	tcase_add_loop_test(tc, every_error_names_its_reason, 0,
			    G_N_ELEMENTS(bad));
	tcase_add_loop_test(tc, every_truncation_ends_well, 0,
			    G_N_ELEMENTS(good));
	tcase_add_loop_test(tc, when_listening_is_a_suffix, 0,
			    sizeof(treated) / sizeof(*treated));
	suite_add_tcase(s, tc);
	return run_suite(s);
}
