/* SPDX-License-Identifier: BSD-3-Clause */
/* test_cli_paths.c - where the sockets of a network are */
#include <errno.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/paths.h"
#include "harness.h"

static char *runtime, *error;

static void setup(void)
{
	runtime = g_dir_make_tmp("ul-paths-XXXXXX", NULL);
	g_setenv("XDG_RUNTIME_DIR", runtime, TRUE);
	error = NULL;
}

static void teardown(void)
{
	g_autofree char *dir = g_build_filename(runtime, "userlan", NULL);

	rmdir(dir);
	rmdir(runtime);
	g_free(runtime);
	g_free(error);
}

START_TEST(paths_are_in_the_runtime_directory)
{
	g_autofree char *want = g_strdup_printf("%s/userlan/lab.ctl", runtime);
	struct ul_paths p;
	struct stat st;

	ck_assert_int_eq(ul_paths_of(&p, "lab", &error), 0);
	ck_assert_str_eq(p.control, want);
	ck_assert(g_str_has_suffix(p.socket, "/userlan/lab.sock"));
	ck_assert_int_eq(stat(p.dir, &st), -1);
	ck_assert_int_eq(ul_paths_make_dir(&p, &error), 0);
	ck_assert_int_eq(stat(p.dir, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
	ul_paths_clear(&p);
}
END_TEST

START_TEST(without_a_runtime_directory_it_is_tmp)
{
	g_autofree char *want = g_strdup_printf("/tmp/userlan-%u",
						(unsigned int)geteuid());
	char *dir = NULL;

	g_unsetenv("XDG_RUNTIME_DIR");
	ck_assert_int_eq(ul_paths_dir(&dir, &error), 0);
	ck_assert_str_eq(dir, want);
	g_free(dir);
	g_setenv("XDG_RUNTIME_DIR", "", TRUE);
	ck_assert_int_eq(ul_paths_dir(&dir, &error), 0);
	ck_assert_str_eq(dir, want);
	g_free(dir);
}
END_TEST

START_TEST(a_relative_runtime_directory_is_refused)
{
	char *dir = NULL;

	g_setenv("XDG_RUNTIME_DIR", "run", TRUE);
	ck_assert_int_eq(ul_paths_dir(&dir, &error), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error, "absolute"));
}
END_TEST

START_TEST(a_directory_open_to_others_is_refused)
{
	g_autofree char *own = g_build_filename(runtime, "userlan", NULL);
	char *dir = NULL;

	ck_assert_int_eq(g_mkdir(own, 0700), 0);
	ck_assert_int_eq(chmod(own, 0755), 0);
	ck_assert_int_eq(ul_paths_dir(&dir, &error), -EPERM);
	ck_assert_ptr_nonnull(strstr(error, "0700"));
	ck_assert_ptr_null(dir);
}
END_TEST

START_TEST(a_link_to_a_directory_is_refused)
{
	g_autofree char *own = g_build_filename(runtime, "userlan", NULL);
	char *dir = NULL;

	ck_assert_int_eq(symlink("/", own), 0);
	ck_assert_int_eq(ul_paths_dir(&dir, &error), -EPERM);
	unlink(own);
}
END_TEST

START_TEST(a_name_that_is_none_is_refused)
{
	static const char *const names[] = { "", ".", "../x", "a/b", "-a" };
	struct ul_paths p;

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		ck_assert_int_eq(ul_paths_of(&p, names[i], &error), -EINVAL);
		ck_assert_ptr_nonnull(strstr(error, "name of a network"));
		g_clear_pointer(&error, g_free);
	}
}
END_TEST

/* 107 bytes are fine, 108 are not, and the number is told. */
START_TEST(a_long_path_is_refused_with_the_limit)
{
	size_t fixed = strlen("/userlan/") + strlen("n.sock");
	g_autofree char *pad = g_strnfill(107 - fixed - 1, 'd');
	g_autofree char *longest = g_strdup_printf("/%s", pad);
	struct ul_paths p;

	g_setenv("XDG_RUNTIME_DIR", longest, TRUE);
	ck_assert_int_eq(ul_paths_of(&p, "n", &error), 0);
	ck_assert_uint_eq(strlen(p.socket), 107);
	ul_paths_clear(&p);
	ck_assert_int_eq(ul_paths_of(&p, "nn", &error), -ENAMETOOLONG);
	ck_assert_ptr_nonnull(strstr(error, "107"));
}
END_TEST

static void touch(const char *dir, const char *file)
{
	g_autofree char *path = g_build_filename(dir, file, NULL);

	ck_assert(g_file_set_contents(path, "", 0, NULL));
}

START_TEST(networks_are_found_by_their_control_sockets)
{
	static const char *const files[] = {
		"b.ctl", "a.ctl", "a.sock", ".ctl", "x y.ctl",
	};
	GPtrArray *names;

	for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
		touch(runtime, files[i]);
	names = ul_paths_networks(runtime);
	ck_assert_uint_eq(names->len, 2);
	ck_assert_str_eq(names->pdata[0], "a");
	ck_assert_str_eq(names->pdata[1], "b");
	g_ptr_array_free(names, TRUE);
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_build_filename(runtime, files[i],
							 NULL);

		unlink(path);
	}
	names = ul_paths_networks("/nowhere/at/all");
	ck_assert_uint_eq(names->len, 0);
	g_ptr_array_free(names, TRUE);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cli_paths");
	TCase *tc = tcase_create("paths");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, paths_are_in_the_runtime_directory);
	tcase_add_test(tc, without_a_runtime_directory_it_is_tmp);
	tcase_add_test(tc, a_relative_runtime_directory_is_refused);
	tcase_add_test(tc, a_directory_open_to_others_is_refused);
	tcase_add_test(tc, a_link_to_a_directory_is_refused);
	tcase_add_test(tc, a_name_that_is_none_is_refused);
	tcase_add_test(tc, a_long_path_is_refused_with_the_limit);
	tcase_add_test(tc, networks_are_found_by_their_control_sockets);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
