/* SPDX-License-Identifier: BSD-3-Clause */
/* test_args.c - the command line, and that help names every option */
#include <errno.h>

#include "conf/conf_option.h"
#include "daemon/args.h"
#include "harness.h"

static int parse(struct ul_conf *conf, const char *line,
		 enum ul_args_wish *wish, char **error)
{
	g_auto(GStrv) argv = NULL;
	g_autofree char **words = NULL;
	struct ul_settings *given;
	enum ul_args_wish asked;
	int argc, rc;

	ck_assert(g_shell_parse_argv(line, &argc, &argv, NULL));
	words = g_memdup2(argv, ((size_t)argc + 1) * sizeof(*argv));
	rc = ul_args_parse(&given, argc, words, &asked, error);
	if (rc)
		return rc;
	if (asked == UL_ARGS_RUN)
		rc = ul_conf_apply(conf, ul_settings_all(given),
				   ul_settings_count(given), error);
	ul_settings_free(given);
	if (!rc)
		*wish = asked;
	return rc;
}

static const struct {
	const char *line, *says;
} bad[] = {
	{ "userland --frob", "--frob is no option" },
	{ "userland --frob=1", "--frob is no option" },
	{ "userland --foward=1:2", "--foward is no option of userland; did "
	  "you mean --forward?" },
	{ "userland -x", "-x is no option" },
	{ "userland -fx", "-x is no option" },
	{ "userland --mtu", "--mtu needs a value" },
	{ "userland -p", "-p needs a value" },
	{ "userland --quiet=1", "--quiet takes no value" },
	{ "userland --max 7", "--max is no option" },
	{ "userland up lab", "did you mean userlan up" },
	{ "userland -f 1234", "'1234' is not an option" },
	{ "userland -f -- x", "'x' is not an option" },
	{ "userland --mtu 7", "--mtu 7: write a number" },
	{ "userland -p web", "--forward web: 'web' is no port" },
	{ "userland -q -d", "exclude each other" },
};

START_TEST(every_error_names_the_word)
{
	struct ul_conf *conf = ul_conf_new();
	enum ul_args_wish wish = UL_ARGS_VERSION;
	char *error = NULL;

	ck_assert_int_eq(parse(conf, bad[_i].line, &wish, &error), -EINVAL);
	ck_assert_int_eq(wish, UL_ARGS_VERSION);
	ck_assert_ptr_nonnull(error);
	ck_assert_msg(strstr(error, bad[_i].says) != NULL, "%s", error);
	g_free(error);
	ul_conf_free(conf);
}
END_TEST

START_TEST(every_way_to_write_an_option)
{
	static const char line[] =
		"userland -fd -1 -p 2222:22 -p5353:53/udp --forward=80 "
		"--mtu 9000 --host-loopback --socket /run/x.sock --pid=/p";
	struct ul_conf *conf = ul_conf_new();
	enum ul_args_wish wish;
	char *error = NULL;

	ck_assert_msg(!parse(conf, line, &wish, &error), "%s", error);
	ck_assert_int_eq(wish, UL_ARGS_RUN);
	ck_assert(conf->foreground && conf->debug && conf->one_off);
	ck_assert(conf->host_loopback);
	ck_assert_uint_eq(conf->forwards->len, 3);
	ck_assert_uint_eq(conf->mtu, 9000);
	ck_assert_uint_eq(conf->listens->len, 1);
	ck_assert_str_eq(((struct ul_listen_conf *)
			  conf->listens->pdata[0])->where, "/run/x.sock");
	ck_assert_str_eq(conf->pid_file, "/p");
	ul_conf_free(conf);
}
END_TEST

/* As QEMU's -netdev passt starts its helper. */
START_TEST(the_line_of_qemu)
{
	struct ul_conf *conf = ul_conf_new();
	enum ul_args_wish wish;
	char *error = NULL;

	ck_assert(!parse(conf, "userland --quiet --pid /tmp/p --fd 3", &wish,
			 &error));
	ck_assert(conf->quiet);
	ck_assert_uint_eq(conf->fds->len, 1);
	ck_assert_int_eq(g_array_index(conf->fds, int, 0), 3);
	ul_conf_free(conf);
}
END_TEST

START_TEST(help_and_version_win)
{
	struct ul_conf *conf = ul_conf_new();
	enum ul_args_wish wish;
	char *error = NULL;

	ck_assert(!parse(conf, "userland --mtu 7 -h", &wish, &error));
	ck_assert_int_eq(wish, UL_ARGS_HELP);
	ck_assert(!parse(conf, "userland --version x", &wish, &error));
	ck_assert_int_eq(wish, UL_ARGS_VERSION);
	ul_conf_free(conf);
}
END_TEST

START_TEST(help_names_every_option)
{
	size_t count;
	const struct ul_conf_option *o = ul_conf_options(&count);
	g_autofree char *help = ul_args_help();
	g_auto(GStrv) line = g_strsplit(help, "\n", -1);

	for (size_t i = 0; i < count; i++) {
		g_autofree char *name = g_strdup_printf(" --%s", o[i].name);
		const char *at = strstr(help, name);

		while (at && !strchr(" [\n", at[strlen(name)]))
			at = strstr(at + 1, name);
		ck_assert_msg(at != NULL, "%s", name);
	}
	for (char **l = line; *l; l++)
		ck_assert_msg(strlen(*l) < 80, "%s", *l);
}
END_TEST

START_TEST(man_page_names_every_option)
{
	const char *srcdir = g_getenv("srcdir");
	g_autofree char *path = g_build_filename(
		srcdir ? srcdir : ".", "src/daemon/userland.8.in", NULL);
	g_autofree char *page = NULL;
	size_t count;
	const struct ul_conf_option *o = ul_conf_options(&count);

	if (!g_file_get_contents(path, &page, NULL, NULL))
		return;		/* run by hand, from elsewhere */
	for (size_t i = 0; i < count; i++) {
		g_autofree char *name = g_strdup_printf("Fl Fl %s", o[i].name);
		const char *at = strstr(page, ".It");

		while (at && (at = strstr(at, name)) &&
		       strchr(" \n", at[strlen(name)]) == NULL)
			at++;
		ck_assert_msg(at != NULL, "%s", name);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("args");
	TCase *tc = tcase_create("args");

	tcase_add_loop_test(tc, every_error_names_the_word, 0,
			    G_N_ELEMENTS(bad));
	tcase_add_test(tc, every_way_to_write_an_option);
	tcase_add_test(tc, the_line_of_qemu);
	tcase_add_test(tc, help_and_version_win);
	tcase_add_test(tc, help_names_every_option);
	tcase_add_test(tc, man_page_names_every_option);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
