/* SPDX-License-Identifier: BSD-3-Clause */
/* test_resolv.c - resolv.conf: the grammar, and following the file */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "sys/resolv.h"

#define SECOND 1000000ll

/* Text, and the servers in it as "address%scope ..." */
static const struct {
	const char *text, *servers;
} grammar[] = {
	{ "nameserver 10.0.2.3\n", "10.0.2.3" },
	{ "nameserver 10.0.2.3", "10.0.2.3" },
	{ "nameserver\t 10.0.2.3 \t# the router\r\n", "10.0.2.3" },
	{ "# nameserver 1.1.1.1\n;nameserver 2.2.2.2\nnameserver 127.0.0.53\n"
	  "options edns0\n", "127.0.0.53" },
	{ "nameserver fd00::3\nnameserver 10.0.2.3\n", "fd00::3 10.0.2.3" },
	{ "nameserver fe80::1%lo\n", "fe80::1%1" },
	{ "nameserver fe80::1%7\n", "fe80::1%7" },
	{ "", "127.0.0.1" },
	{ "search example.org\n", "127.0.0.1" },
	{ " nameserver 10.0.2.3\n", "127.0.0.1" },
	{ "nameserver10.0.2.3\nnameservers 10.0.2.3\n", "127.0.0.1" },
	{ "nameserver\nnameserver \nnameserver 10.0.2\nnameserver x\n",
	  "127.0.0.1" },
	{ "nameserver fe80::1%no-such-link\nnameserver 10.0.2.3%lo\n"
	  "nameserver fe80::1%\nnameserver fe80::1%99999999999999999999\n",
	  "127.0.0.1" },
	{ "nameserver 1.1.1.1\nnameserver 1.1.1.2\nnameserver 1.1.1.3\n"
	  "nameserver 1.1.1.4\nnameserver 1.1.1.5\nnameserver 1.1.1.6\n"
	  "nameserver 1.1.1.7\nnameserver 1.1.1.8\nnameserver 1.1.1.9\n",
	  "1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4 1.1.1.5 1.1.1.6 1.1.1.7 1.1.1.8" },
};

static void print_list(GString *out, const struct ul_resolver *list,
		       size_t count)
{
	char buf[UL_ADDR_STRLEN];

	g_string_truncate(out, 0);
	for (size_t i = 0; i < count; i++) {
		g_string_append_printf(out, "%s%s", i ? " " : "",
				       ul_addr_str(&list[i].ep.addr, buf));
		if (list[i].scope_id)
			g_string_append_printf(out, "%%%u", list[i].scope_id);
		ck_assert_uint_eq(list[i].ep.port, 53);
	}
}

START_TEST(grammar_is_that_of_the_manual)
{
	size_t len = strlen(grammar[_i].text);
	uint8_t *text = exact_copy(grammar[_i].text, len);
	struct ul_resolver list[UL_RESOLV_MAX];
	GString *got = g_string_new(NULL);

	print_list(got, list, ul_resolv_parse((char *)text, len, list));
	ck_assert_str_eq(got->str, grammar[_i].servers);
	g_string_free(got, TRUE);
	free(text);
}
END_TEST

START_TEST(scope_reaches_the_socket_address)
{
	struct ul_resolver r = { .scope_id = 7, .ep.port = 53 };
	struct sockaddr_storage ss;

	ul_addr_parse(&r.ep.addr, "fe80::1");
	ck_assert_uint_eq(ul_resolver_to_sa(&r, &ss),
			  sizeof(struct sockaddr_in6));
	ck_assert_uint_eq(((struct sockaddr_in6 *)&ss)->sin6_scope_id, 7);
}
END_TEST

static char *dir, *path;
static struct ul_resolv *r;
static GString *got;

static char *in_dir(const char *name)
{
	static char buf[4][128];
	static unsigned int turn;
	char *p = buf[turn++ % 4];

	snprintf(p, sizeof(buf[0]), "%s/%s", dir, name);
	return p;
}

static void write_server(const char *name, const char *server)
{
	FILE *f = fopen(in_dir(name), "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "nameserver %s\n", server);
	fclose(f);
}

static void setup(void)
{
	dir = g_dir_make_tmp("resolv-XXXXXX", NULL);
	ck_assert_ptr_nonnull(dir);
	path = g_strdup(in_dir("resolv.conf"));
	got = g_string_new(NULL);
	r = ul_resolv_new(path);
}

static void teardown(void)
{
	char *argv[] = { "rm", "-r", dir, NULL };

	ul_resolv_free(r);
	g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
		     NULL, NULL, NULL);
	g_string_free(got, TRUE);
	g_free(path);
	g_free(dir);
}

static const char *list_at(int64_t now)
{
	unsigned int serial;
	size_t count;
	const struct ul_resolver *list = ul_resolv_list(r, now, &count,
							&serial);

	print_list(got, list, count);
	return got->str;
}

static unsigned int serial_at(int64_t now)
{
	unsigned int serial;
	size_t count;

	ul_resolv_list(r, now, &count, &serial);
	return serial;
}

/* Was a change announced? Takes it. */
static bool was_told(void)
{
	struct pollfd p = { .fd = ul_resolv_fd(r), .events = POLLIN };

	if (poll(&p, 1, 0) <= 0)
		return false;
	ul_resolv_drain(r);
	return true;
}

static void must_follow(const char *server)
{
	ck_assert(was_told());
	ck_assert_str_eq(list_at(0), server);
}

START_TEST(change_in_place_is_followed)
{
	write_server("resolv.conf", "10.0.0.1");
	ck_assert_str_eq(list_at(0), "10.0.0.1");
	ck_assert(!was_told());
	write_server("resolv.conf", "10.0.0.2");
	must_follow("10.0.0.2");
}
END_TEST

START_TEST(replacing_by_rename_is_followed)
{
	write_server("resolv.conf", "10.0.0.1");
	ck_assert_str_eq(list_at(0), "10.0.0.1");
	for (int i = 2; i < 5; i++) {
		char server[32];

		snprintf(server, sizeof(server), "10.0.0.%d", i);
		write_server("new", server);
		ck_assert_int_eq(rename(in_dir("new"), path), 0);
		must_follow(server);
	}
}
END_TEST

START_TEST(symbolic_links_are_followed)
{
	ck_assert_int_eq(mkdir(in_dir("a"), 0700), 0);
	ck_assert_int_eq(mkdir(in_dir("b"), 0700), 0);
	write_server("a/stub", "10.0.0.1");
	write_server("b/stub", "10.0.0.2");
	ck_assert_int_eq(symlink("a/link", path), 0);
	ck_assert_int_eq(symlink(in_dir("a/stub"), in_dir("a/link")), 0);
	ck_assert_str_eq(list_at(0), "10.0.0.1");

	/* The target is replaced. */
	write_server("a/new", "10.0.0.3");
	ck_assert_int_eq(rename(in_dir("a/new"), in_dir("a/stub")), 0);
	must_follow("10.0.0.3");
	/* A link on the way points elsewhere. */
	ck_assert_int_eq(symlink("../b/stub", in_dir("new")), 0);
	ck_assert_int_eq(rename(in_dir("new"), in_dir("a/link")), 0);
	must_follow("10.0.0.2");
	/* The new target is watched too, ... */
	write_server("b/stub", "10.0.0.4");
	must_follow("10.0.0.4");
	/* ... and the old one no more. */
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink("b/stub", path), 0);
	must_follow("10.0.0.4");
	was_told();
	write_server("a/stub", "10.0.0.5");
	ck_assert(!was_told());
}
END_TEST

START_TEST(missing_file_is_an_empty_list_until_it_appears)
{
	ck_assert_str_eq(list_at(0), "");
	ck_assert_int_eq(ul_resolv_error(r), -ENOENT);
	write_server("resolv.conf", "10.0.0.1");
	must_follow("10.0.0.1");
	ck_assert_int_eq(ul_resolv_error(r), 0);
	ck_assert_int_eq(unlink(path), 0);
	must_follow("");
}
END_TEST

/* Its directory, too, may come later, be gone, and come again. */
START_TEST(a_directory_that_appears_is_followed)
{
	int64_t now = 0;

	ul_resolv_free(r);
	g_free(path);
	path = g_strdup(in_dir("run/resolv.conf"));
	r = ul_resolv_new(path);
	ck_assert_str_eq(list_at(now), "");
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(mkdir(in_dir("run"), 0700), 0);
		write_server("run/resolv.conf", "10.0.0.1");
		now += SECOND;
		ck_assert_str_eq(list_at(now), "10.0.0.1");
		ck_assert_int_eq(unlink(path), 0);
		ck_assert_int_eq(rmdir(in_dir("run")), 0);
		now += SECOND;
		ck_assert_str_eq(list_at(now), "");
	}
}
END_TEST

START_TEST(without_events_the_disk_is_asked_once_a_second)
{
	write_server("resolv.conf", "10.0.0.1");
	ck_assert_str_eq(list_at(5 * SECOND), "10.0.0.1");
	write_server("resolv.conf", "10.0.0.12");
	ck_assert_str_eq(list_at(6 * SECOND - 1), "10.0.0.1");
	ck_assert_str_eq(list_at(6 * SECOND), "10.0.0.12");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_str_eq(list_at(7 * SECOND), "");
	write_server("resolv.conf", "10.0.0.1");
	ck_assert_str_eq(list_at(8 * SECOND), "10.0.0.1");
}
END_TEST

START_TEST(serial_changes_only_with_the_list)
{
	unsigned int before;

	write_server("resolv.conf", "10.0.0.1");
	before = serial_at(0);
	write_server("resolv.conf", "10.0.0.1");
	was_told();
	ck_assert_uint_eq(serial_at(0), before);
	write_server("resolv.conf", "10.0.0.2");
	was_told();
	ck_assert_uint_ne(serial_at(0), before);
}
END_TEST

START_TEST(what_is_no_file_is_not_waited_for)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_str_eq(list_at(0), "");
	ck_assert_int_eq(ul_resolv_error(r), -EINVAL);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink("resolv.conf", path), 0);
	ck_assert_str_eq(list_at(2 * SECOND), "");
	ck_assert_int_eq(ul_resolv_error(r), -ELOOP);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("resolv");
	TCase *parse = tcase_create("parse"), *follow = tcase_create("follow");

	tcase_add_loop_test(parse, grammar_is_that_of_the_manual, 0,
			    sizeof(grammar) / sizeof(*grammar));
	tcase_add_test(parse, scope_reaches_the_socket_address);
	suite_add_tcase(s, parse);

	tcase_add_checked_fixture(follow, setup, teardown);
	tcase_add_test(follow, change_in_place_is_followed);
	tcase_add_test(follow, replacing_by_rename_is_followed);
	tcase_add_test(follow, symbolic_links_are_followed);
	tcase_add_test(follow, missing_file_is_an_empty_list_until_it_appears);
	tcase_add_test(follow, a_directory_that_appears_is_followed);
	tcase_add_test(follow, without_events_the_disk_is_asked_once_a_second);
	tcase_add_test(follow, serial_changes_only_with_the_list);
	tcase_add_test(follow, what_is_no_file_is_not_waited_for);
	suite_add_tcase(s, follow);
	return run_suite(s);
}
