/* SPDX-License-Identifier: BSD-3-Clause */
/* test_log_file.c - a log that does not grow without end */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/log_file.h"
#include "tests/harness.h"

#define LINE "a line of twenty-one\n"
#define LINE_LEN (sizeof(LINE) - 1)
#define MAX_LEN (4 * LINE_LEN)

static char *dir;
static struct ul_log_file *file;
static char *error;

static void set_up(void)
{
	dir = g_dir_make_tmp("ul-log-XXXXXX", NULL);
	ck_assert_ptr_nonnull(dir);
}

static char *path_of(const char *name)
{
	return g_build_filename(dir, name, NULL);
}

static void tear_down(void)
{
	static const char *const names[] = {
		"lab.log", "lab.log.1", "new/lab.log", "new", "",
	};

	ul_log_file_free(file);
	file = NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = path_of(names[i]);

		g_remove(path);
	}
	g_free(dir);
	g_clear_pointer(&error, g_free);
}

static off_t len_of(const char *name)
{
	g_autofree char *path = path_of(name);
	struct stat st;

	return stat(path, &st) < 0 ? -1 : st.st_size;
}

static void open_lab(void)
{
	ck_assert_int_eq(ul_log_file_open(&file, dir, "lab", MAX_LEN, &error),
			 0);
}

static void write_lines(int count)
{
	while (count--)
		ul_log_file_write(file, LINE, LINE_LEN);
}

START_TEST(two_files_are_all)
{
	open_lab();
	for (int i = 0; i < 50; i++) {
		write_lines(1);
		ck_assert_int_le(len_of("lab.log"), (off_t)MAX_LEN);
		ck_assert_int_le(len_of("lab.log.1"), (off_t)MAX_LEN);
	}
	ck_assert_int_eq(len_of("lab.log"), 2 * LINE_LEN);
	ck_assert_int_eq(len_of("lab.log.1"), MAX_LEN);
}
END_TEST

START_TEST(what_was_there_counts)
{
	open_lab();
	write_lines(3);
	ul_log_file_free(file);
	open_lab();
	write_lines(1);
	ck_assert_int_eq(len_of("lab.log"), MAX_LEN);
	ck_assert_int_eq(len_of("lab.log.1"), -1);
	write_lines(1);
	ck_assert_int_eq(len_of("lab.log"), LINE_LEN);
	ck_assert_int_eq(len_of("lab.log.1"), MAX_LEN);
}
END_TEST

/* Somebody made the other name a directory: bounded all the same. */
START_TEST(no_room_for_the_old_one)
{
	g_autofree char *old = path_of("lab.log.1");

	ck_assert_int_eq(g_mkdir(old, 0700), 0);
	open_lab();
	write_lines(9);
	ck_assert_int_eq(len_of("lab.log"), LINE_LEN);
}
END_TEST

START_TEST(directory_goes_elsewhere)
{
	open_lab();
	ck_assert_int_eq(g_chdir("/"), 0);
	write_lines(5);
	ck_assert_int_eq(len_of("lab.log"), LINE_LEN);
}
END_TEST

START_TEST(directory_is_made)
{
	g_autofree char *made = path_of("new");
	struct stat st;

	ck_assert_int_eq(ul_log_file_open(&file, made, "lab", MAX_LEN,
					  &error), 0);
	ck_assert_int_eq(stat(made, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
	write_lines(1);
	ck_assert_int_eq(len_of("new/lab.log"), LINE_LEN);
}
END_TEST

/* A pipe would keep us waiting; a link leads who knows where. */
START_TEST(only_a_file_will_do)
{
	g_autofree char *path = path_of("lab.log");

	if (_i)
		ck_assert_int_eq(symlink("/dev/null", path), 0);
	else
		ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_lt(ul_log_file_open(&file, dir, "lab", MAX_LEN, &error),
			 0);
	ck_assert_ptr_nonnull(strstr(error, dir));
}
END_TEST

START_TEST(no_directory)
{
	ck_assert_int_eq(ul_log_file_open(&file, "/dev/null/x", "lab", MAX_LEN,
					  &error), -ENOTDIR);
	ck_assert_ptr_nonnull(strstr(error, "--log-dir /dev/null/x"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("log_file");
	TCase *t = tcase_create("log_file");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, two_files_are_all);
	tcase_add_test(t, what_was_there_counts);
	tcase_add_test(t, no_room_for_the_old_one);
	tcase_add_test(t, directory_goes_elsewhere);
	tcase_add_test(t, directory_is_made);
	tcase_add_loop_test(t, only_a_file_will_do, 0, 2);
	tcase_add_test(t, no_directory);
	suite_add_tcase(s, t);
	return run_suite(s);
}
