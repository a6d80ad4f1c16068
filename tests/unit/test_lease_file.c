/* SPDX-License-Identifier: BSD-3-Clause */
/* test_lease_file.c - leases over a restart: the text, the file, the pools */
#include "svc/lease_file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "harness.h"
#include "svc/lease6.h"
#include "sys/statefile.h"

#define SECOND 1000000ll
#define HEAD "userlan-leases 1\n"
#define V4 "10.0.2.15 52:54:00:00:00:01 1800000000 01aabb - web.lab\n"
#define BARE "10.0.2.16 52:54:00:00:00:02 0 - - -\n"
#define V6 "fd00::1:1 52:54:00:00:00:01 1800000000 000300015254 7 -\n"

static struct ul_lease seen[8];
static unsigned int count, line;

static void see(const struct ul_lease *lease, void *arg)
{
	ck_assert_uint_lt(count, G_N_ELEMENTS(seen));
	seen[count++] = *lease;
}

static int parse(const char *text, size_t len)
{
	uint8_t *exact = exact_copy((const uint8_t *)text, len);
	int rc;

	count = line = 0;
	rc = ul_lease_file_parse((const char *)exact, len, see, NULL, &line);
	free(exact);
	return rc;
}

START_TEST(each_field_is_read)
{
	static const char text[] = HEAD V4 BARE V6 "end 3\n";

	ck_assert_int_eq(parse(text, strlen(text)), 0);
	ck_assert_uint_eq(count, 3);
	ck_assert_uint_eq(ul_addr_to_v4(&seen[0].addr), 0x0a00020f);
	ck_assert_uint_eq(seen[0].mac[5], 1);
	ck_assert_int_eq(seen[0].expires_us, 1800000000ll * SECOND);
	ck_assert_uint_eq(seen[0].id_len, 3);
	ck_assert_uint_eq(seen[0].id[2], 0xbb);
	ck_assert_str_eq(seen[0].host, "web.lab");
	ck_assert_uint_eq(seen[1].id_len, 0);
	ck_assert_str_eq(seen[1].host, "");
	ck_assert_uint_eq(seen[2].iaid, 7);
	ck_assert(!ul_addr_is_v4(&seen[2].addr));
}
END_TEST

START_TEST(text_comes_back)
{
	static const char text[] = HEAD V4 BARE V6 "end 3\n";
	GString *out = g_string_new(NULL);

	parse(text, strlen(text));
	ul_lease_file_begin(out);
	for (unsigned int i = 0; i < count; i++)
		ul_lease_file_put(out, &seen[i]);
	ul_lease_file_end(out, count);
	ck_assert_str_eq(out->str, text);
	g_string_free(out, TRUE);
}
END_TEST

START_TEST(each_truncation_is_known)
{
	static const char text[] = HEAD V4 BARE V6 "end 3\n";

	for (size_t len = 0; len < strlen(text); len++) {
		ck_assert_int_eq(parse(text, len), -EBADMSG);
		ck_assert_uint_gt(line, 0);
		ck_assert_uint_le(count, 3);
	}
	ck_assert_uint_eq(count, 3);
}
END_TEST

static const struct {
	const char *text;
	unsigned int line, count;
} bad[] = {
	{ "", 1, 0 },
	{ "userlan-leases 2\nend 0\n", 1, 0 },
	{ HEAD "end 1\n", 2, 0 },
	{ HEAD "end 00\n", 2, 0 },
	{ HEAD "end 0\nmore\n", 2, 0 },
	{ HEAD V4 "end 2\n", 3, 1 },
	{ HEAD V4 "\n" V6 "end 3\n", 3, 2 },
	{ HEAD "10.0.2.15 52:54:00:00:00:01 0 - -\nend 1\n", 2, 0 },
	{ HEAD "10.0.2.15 52:54:00:00:00:01 0 - - - -\nend 1\n", 2, 0 },
	{ HEAD "10.0.2.15  52:54:00:00:00:01 0 - - -\nend 1\n", 2, 0 },
	{ HEAD "10.0.2 52:54:00:00:00:01 0 - - -\nend 1\n", 2, 0 },
	{ HEAD "10.0.2.15 52:54:00 0 - - -\nend 1\n", 2, 0 },
	{ HEAD "10.0.2.15 52:54:00:00:00:01 -1 - - -\nend 1\n", 2, 0 },
	{ HEAD "10.0.2.15 52:54:00:00:00:01 99999999999999999999 - - -\n"
	  "end 1\n", 2, 0 },
	{ HEAD "10.0.2.15 52:54:00:00:00:01 0 abc - -\nend 1\n", 2, 0 },
	{ HEAD "10.0.2.15 52:54:00:00:00:01 0 - 7 -\nend 1\n", 2, 0 },
	{ HEAD "10.0.2.15 52:54:00:00:00:01 0 - - a\x1b[2J\nend 1\n", 2, 0 },
	{ HEAD "fd00::1 52:54:00:00:00:01 0 - 7 -\nend 1\n", 2, 0 },
	{ HEAD "fd00::1 52:54:00:00:00:01 0 00 - -\nend 1\n", 2, 0 },
	{ HEAD "fd00::1 52:54:00:00:00:01 0 00 4294967296 -\nend 1\n", 2, 0 },
};

START_TEST(what_is_wrong_is_named)
{
	ck_assert_int_eq(parse(bad[_i].text, strlen(bad[_i].text)), -EBADMSG);
	ck_assert_uint_eq(line, bad[_i].line);
	ck_assert_uint_eq(count, bad[_i].count);
}
END_TEST

START_TEST(a_pool_is_found_again)
{
	struct ul_addr lo = ul_addr_v4(0x0a00020f), hi = ul_addr_v4(0x0a000212);
	struct ul_lease_pool *pool = ul_lease_pool_new(&lo, &hi, NULL, 0);
	struct ul_lease_client c = { .mac = { 2, 0, 0, 0, 0, 1 } };
	struct ul_lease_client d = { .mac = { 2, 0, 0, 0, 0, 2 } };
	struct ul_addr a;

	ck_assert_int_eq(ul_lease_bind(pool, &c, &hi, 0, 100), 0);
	ck_assert_int_eq(ul_lease_bind(pool, &d, &lo, 0, 50), 0);
	ck_assert_int_eq(ul_lease_release(pool, &d, &lo, 10), 0);
	ck_assert_uint_eq(ul_lease_changes(pool), 3);
	count = 0;
	ul_lease_each_known(pool, see, NULL);
	ul_lease_pool_free(pool);
	ck_assert_uint_eq(count, 2);
	pool = ul_lease_pool_new(&lo, &hi, NULL, 0);
	for (unsigned int i = 0; i < count; i++)
		ck_assert_int_eq(ul_lease_restore(pool, &seen[i]), 0);
	ck_assert_int_eq(ul_lease_restore(pool, &seen[0]), -EADDRINUSE);
	ck_assert_int_eq(ul_lease_state(pool, &hi, 20), UL_LEASE_BOUND);
	ck_assert_int_eq(ul_lease_state(pool, &lo, 20), UL_LEASE_FREE);
	ck_assert(ul_lease_is_checked(pool, &lo));
	ck_assert_int_eq(ul_lease_offer(pool, &d, NULL, 20, 60, &a), 0);
	ck_assert(ul_addr_eq(&a, &lo));
	seen[0].addr = ul_addr_v4(0x0a000301);
	ck_assert_int_eq(ul_lease_restore(pool, &seen[0]), -ENOENT);
	ul_lease_pool_free(pool);
}
END_TEST

START_TEST(a_pool_of_ipv6_is_found_again)
{
	struct ul_dhcp6_duid duid = { 3, { 1, 2, 3 } };
	struct ul_lease6_client c = { .duid = &duid, .iaid = 7 };
	struct ul_lease6_pool *pool;
	struct ul_prefix prefix;
	struct ul_addr a, b;

	ul_prefix_parse(&prefix, "fd00::/64");
	pool = ul_lease6_pool_new(&prefix);
	ul_addr_parse(&a, "fd00::1:77");
	ck_assert_int_eq(ul_lease6_bind(pool, &c, &a, 0, 100), 0);
	count = 0;
	ul_lease6_each_known(pool, see, NULL);
	ul_lease6_pool_free(pool);
	ck_assert_uint_eq(count, 1);
	pool = ul_lease6_pool_new(&prefix);
	ck_assert_int_eq(ul_lease6_restore(pool, &seen[0]), 0);
	ck_assert_int_eq(ul_lease6_restore(pool, &seen[0]), -EADDRINUSE);
	ck_assert(ul_lease6_is_bound(pool, &c, &a, 99));
	ck_assert_int_eq(ul_lease6_choose(pool, &c, 200, &b), 0);
	ck_assert(ul_addr_eq(&a, &b));
	ul_lease6_pool_free(pool);
}
END_TEST

START_TEST(a_file_is_there_whole)
{
	g_autofree char *dir = g_dir_make_tmp("ul-state-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(dir, "new", "f", NULL);
	g_autofree char *sub = g_path_get_dirname(path);
	g_autofree char *aside = g_strconcat(path, ".damaged", NULL);
	g_autofree char *text = NULL;
	GDir *entries;
	struct stat st;
	size_t len;

	ck_assert_int_eq(ul_statefile_read(path, 9, &text, &len), -ENOENT);
	ck_assert_int_eq(ul_statefile_write(path, "one", 3), 0);
	ck_assert_int_eq(ul_statefile_write(path, "three", 5), 0);
	ck_assert(!stat(path, &st) && (st.st_mode & 07777) == 0600);
	ck_assert(!stat(sub, &st) && (st.st_mode & 07777) == 0700);
	ck_assert_int_eq(ul_statefile_read(path, 4, &text, &len), -EFBIG);
	ck_assert_int_eq(ul_statefile_read(path, 5, &text, &len), 0);
	ck_assert_uint_eq(len, 5);
	ck_assert_str_eq(text, "three");
	entries = g_dir_open(sub, 0, NULL);
	ck_assert_str_eq(g_dir_read_name(entries), "f");
	ck_assert_ptr_null(g_dir_read_name(entries));
	g_dir_close(entries);
	ck_assert_int_eq(ul_statefile_set_aside(path), 0);
	ck_assert_int_eq(ul_statefile_set_aside(path), -ENOENT);
	ck_assert_int_eq(ul_statefile_read(sub, 9, &text, &len), -EINVAL);
	g_unlink(aside);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(ul_statefile_read(path, 9, &text, &len), -EINVAL);
	g_unlink(path);
	g_rmdir(sub);
	g_rmdir(dir);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lease_file");
	TCase *tc = tcase_create("lease_file");

	tcase_add_test(tc, each_field_is_read);
	tcase_add_test(tc, text_comes_back);
	tcase_add_test(tc, each_truncation_is_known);
	tcase_add_loop_test(tc, what_is_wrong_is_named, 0,
			    G_N_ELEMENTS(bad));
	tcase_add_test(tc, a_pool_is_found_again);
	tcase_add_test(tc, a_pool_of_ipv6_is_found_again);
	tcase_add_test(tc, a_file_is_there_whole);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
