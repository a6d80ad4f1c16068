/* SPDX-License-Identifier: BSD-3-Clause */
/* paths.c - where the sockets of a network are */
#include "cli/paths.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "conf/value.h"
#include "sys/unixfd.h"

#define CONTROL_SUFFIX ".ctl"

/* In /tmp anybody may have been there first. */
static int check_owner(const char *dir, char **error)
{
	struct stat st;

	if (lstat(dir, &st) < 0)
		return errno == ENOENT ? 0 :
			ul_fail(error, -errno, "directory %s: %s", dir,
				g_strerror(errno));
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077))
		return ul_fail(error, -EPERM, "%s must be a directory of uid "
			       "%u with mode 0700, since who may write there "
			       "may stand in for a network", dir, (unsigned
			       int)geteuid());
	return 0;
}

int ul_paths_dir(char **out, char **error)
{
	const char *runtime = g_getenv("XDG_RUNTIME_DIR");
	g_autofree char *dir = NULL;
	int rc;

	if (!runtime || !*runtime)
		dir = g_strdup_printf("/tmp/userlan-%u",
				      (unsigned int)geteuid());
	else if (!g_path_is_absolute(runtime))
		return ul_fail(error, -EINVAL, "XDG_RUNTIME_DIR is '%s', and "
			       "must be an absolute path", runtime);
	else
		dir = g_build_filename(runtime, "userlan", NULL);
	rc = check_owner(dir, error);
	if (rc)
		return rc;
	*out = g_steal_pointer(&dir);
	return 0;
}

/* The socket's path is the longer one of the two. */
static int check_len(const struct ul_paths *p, const char *net, char **error)
{
	const size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
	size_t len = strlen(p->socket);

	if (len <= max)
		return 0;
	return ul_fail(error, -ENAMETOOLONG, "%s is %zu bytes long, and a "
		       "socket's path has %zu at most: take a network's name "
		       "shorter than '%s', or a shorter XDG_RUNTIME_DIR",
		       p->socket, len, max, net);
}

int ul_paths_of(struct ul_paths *out, const char *net, char **error)
{
	g_autofree char *why = NULL;
	struct ul_paths p = { 0 };
	int rc;

	if (ul_value_check_label(net, &why))
		return ul_fail(error, -EINVAL, "'%s' is no name of a network: "
			       "%s", net, why);
	rc = ul_paths_dir(&p.dir, error);
	if (rc)
		return rc;
	p.socket = g_strdup_printf("%s/%s.sock", p.dir, net);
	p.control = g_strdup_printf("%s/%s" CONTROL_SUFFIX, p.dir, net);
	rc = check_len(&p, net, error);
	if (rc)
		ul_paths_clear(&p);
	else
		*out = p;
	return rc;
}

void ul_paths_clear(struct ul_paths *paths)
{
	g_free(paths->dir);
	g_free(paths->socket);
	g_free(paths->control);
	*paths = (struct ul_paths){ 0 };
}

char *ul_paths_state_dir(void)
{
	return g_build_filename(g_get_user_state_dir(), "userlan", NULL);
}

char *ul_paths_log(const char *net)
{
	g_autofree char *dir = ul_paths_state_dir();

	return g_strdup_printf("%s/%s.log", dir, net);
}

char *ul_paths_config(const char *net)
{
	g_autofree char *file = g_strconcat(net, ".conf", NULL);

	return g_build_filename(g_get_user_config_dir(), "userlan", file,
				NULL);
}

int ul_paths_make_dir(const struct ul_paths *paths, char **error)
{
	return ul_unix_private_dir(paths->dir, error);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *ul_paths_networks(const char *dir)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	GDir *d = g_dir_open(dir, 0, NULL);
	const char *file;

	while (d && (file = g_dir_read_name(d))) {
		g_autofree char *why = NULL;
		g_autofree char *name = NULL;

		if (!g_str_has_suffix(file, CONTROL_SUFFIX))
			continue;
		name = g_strndup(file, strlen(file) - strlen(CONTROL_SUFFIX));
		if (!ul_value_check_label(name, &why))
			g_ptr_array_add(names, g_steal_pointer(&name));
	}
	if (d)
		g_dir_close(d);
	g_ptr_array_sort(names, compare);
	return names;
}
