/* SPDX-License-Identifier: BSD-3-Clause */
/* test_userns.c - namespaces of our own, and what forbids them */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "sys/userns.h"

static char *dir;

static void setup(void)
{
	g_autofree char *user = NULL;
	g_autofree char *kernel = NULL;

	dir = g_dir_make_tmp("ul-userns-XXXXXX", NULL);
	user = g_build_filename(dir, "user", NULL);
	kernel = g_build_filename(dir, "kernel", NULL);
	ck_assert_int_eq(g_mkdir(user, 0700), 0);
	ck_assert_int_eq(g_mkdir(kernel, 0700), 0);
}

static const char *const files[] = {
	"user/max_user_namespaces", "user/max_net_namespaces",
	"kernel/unprivileged_userns_clone",
	"kernel/apparmor_restrict_unprivileged_userns", "user", "kernel", "",
};

static void teardown(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_build_filename(dir, files[i], NULL);

		remove(path);
	}
	g_free(dir);
}

static void set(const char *file, const char *value)
{
	g_autofree char *path = g_build_filename(dir, file, NULL);

	ck_assert(g_file_set_contents(path, value, -1, NULL));
}

static const struct {
	const char *file, *value;
	bool is_root;
	const char *says;	/* NULL: no obstacle */
} cases[] = {
	{ "user/max_user_namespaces", "15000\n", false, NULL },
	{ "user/max_user_namespaces", "0\n", false,
	  "sysctl -w user.max_user_namespaces=15000" },
	{ "user/max_user_namespaces", "0\n", true,
	  "user.max_user_namespaces is 0" },
	{ "user/max_net_namespaces", "0\n", false,
	  "user.max_net_namespaces is 0" },
	{ "kernel/unprivileged_userns_clone", "1\n", false, NULL },
	{ "kernel/unprivileged_userns_clone", "0\n", false,
	  "sysctl -w kernel.unprivileged_userns_clone=1" },
	{ "kernel/unprivileged_userns_clone", "0\n", true, NULL },
	{ "kernel/apparmor_restrict_unprivileged_userns", "0\n", false,
	  NULL },
	{ "kernel/apparmor_restrict_unprivileged_userns", "1\n", false,
	  "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0" },
};

START_TEST(what_forbids_it_is_named)
{
	char *why;

	set(cases[_i].file, cases[_i].value);
	why = ul_userns_obstacle(dir, cases[_i].is_root);
	if (!cases[_i].says) {
		ck_assert_ptr_null(why);
	} else {
		ck_assert_ptr_nonnull(why);
		ck_assert_msg(strstr(why, cases[_i].says) != NULL, "%s", why);
	}
	g_free(why);
}
END_TEST

START_TEST(a_host_without_the_settings_forbids_nothing)
{
	ck_assert_ptr_null(ul_userns_obstacle("/nowhere", false));
}
END_TEST

/* In a child of the child: 0 fine, 77 forbidden here, else a line. */
static int look_inside(void)
{
	g_autofree char *text = NULL;
	char *error = NULL;

	if (ul_userns_enter(&error)) {
		fprintf(stderr, "not tried: %s\n", error);
		return 77;
	}
	if (geteuid() != 0 || getegid() != 0)
		return __LINE__ % 200;
	if (ul_userns_set_resolv("nameserver 192.0.2.7\n", dir, &error)) {
		fprintf(stderr, "%s\n", error);
		return access("/etc/resolv.conf", R_OK) ? 0 : __LINE__ % 200;
	}
	if (!g_file_get_contents("/etc/resolv.conf", &text, NULL, NULL) ||
	    strcmp(text, "nameserver 192.0.2.7\n"))
		return __LINE__ % 200;
	return 0;
}

START_TEST(inside_it_is_root_with_a_resolver_of_its_own)
{
	g_autofree char *before = NULL;
	g_autofree char *after = NULL;
	int status;
	pid_t pid;

	g_file_get_contents("/etc/resolv.conf", &before, NULL, NULL);
	pid = fork();
	if (!pid)
		_exit(look_inside());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	if (WEXITSTATUS(status) != 77)
		ck_assert_int_eq(WEXITSTATUS(status), 0);
	g_file_get_contents("/etc/resolv.conf", &after, NULL, NULL);
	ck_assert_pstr_eq(before, after);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("userns");
	TCase *tc = tcase_create("userns");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, what_forbids_it_is_named, 0,
			    G_N_ELEMENTS(cases));
	tcase_add_test(tc, a_host_without_the_settings_forbids_nothing);
	tcase_add_test(tc, inside_it_is_root_with_a_resolver_of_its_own);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
