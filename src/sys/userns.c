/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * userns.c - user, network and mount namespaces of our own
 *
 * Each distribution forbids user namespaces in a way of its own, and the
 * kernel says EPERM, ENOSPC or nothing at all: under AppArmor's restriction
 * the namespace is made and only what is done in it fails. So whichever step
 * failed, the known settings are read and the one that is set is named.
 */
#include "sys/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define PROC_SYS "/proc/sys"
#define RESOLV_CONF "/etc/resolv.conf"

static const struct {
	const char *path;
	const char *name;
	const char *forbids;		/* its value that does */
	const char *remedy;		/* a value that does not */
	bool binds_root;
} settings[] = {
	{ "user/max_user_namespaces", "user.max_user_namespaces", "0",
	  "15000", true },
	{ "user/max_net_namespaces", "user.max_net_namespaces", "0",
	  "15000", true },
	{ "user/max_mnt_namespaces", "user.max_mnt_namespaces", "0",
	  "15000", true },
	{ "kernel/unprivileged_userns_clone",
	  "kernel.unprivileged_userns_clone", "0", "1", false },
	{ "kernel/apparmor_restrict_unprivileged_userns",
	  "kernel.apparmor_restrict_unprivileged_userns", "1", "0", false },
};

char *ul_userns_obstacle(const char *proc_sys, bool is_root)
{
	for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
		g_autofree char *path = g_build_filename(proc_sys,
							 settings[i].path,
							 NULL);
		g_autofree char *value = NULL;

		if (is_root && !settings[i].binds_root)
			continue;
		if (!g_file_get_contents(path, &value, NULL, NULL))
			continue;
		if (!strcmp(g_strstrip(value), settings[i].forbids))
			return g_strdup_printf(
				"%s is %s on this host and forbids it; root "
				"allows it with: sysctl -w %s=%s",
				settings[i].name, value, settings[i].name,
				settings[i].remedy);
	}
	return NULL;
}

static int forbidden(const char *step, char **error)
{
	int err = errno;
	g_autofree char *why = ul_userns_obstacle(PROC_SYS, !geteuid());

	return ul_fail(error, -err, "no namespace of its own: %s", why ? why :
		       err == ENOSPC ? "there are as many as user."
		       "max_user_namespaces allows" :
		       err == EPERM || err == EACCES ? "the host forbids it, "
		       "and none of the known settings says so: in a container "
		       "its seccomp or security profile must allow unshare "
		       "and mount" : step);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	close(fd);
	return n < 0 ? -1 : 0;
}

int ul_userns_enter(char **error)
{
	g_autofree char *uids = g_strdup_printf("0 %u 1",
						(unsigned int)geteuid());
	g_autofree char *gids = g_strdup_printf("0 %u 1",
						(unsigned int)getegid());

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) < 0)
		return forbidden("unshare failed", error);
	/* user_namespaces(7): the group may be mapped only without these. */
	if ((write_file("/proc/self/setgroups", "deny") < 0 &&
	     errno != ENOENT) ||
	    write_file("/proc/self/uid_map", uids) < 0 ||
	    write_file("/proc/self/gid_map", gids) < 0)
		return forbidden("the user cannot be mapped", error);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return forbidden("mounts cannot be made private", error);
	return 0;
}

int ul_userns_next_netns(char **error)
{
	if (unshare(CLONE_NEWNET) < 0)
		return forbidden("unshare failed", error);
	return 0;
}

/* An empty directory in its place, for us alone. */
static void hide(const char *dir)
{
	if (!access(dir, F_OK))
		mount("none", dir, "tmpfs", MS_NOSUID | MS_NODEV,
		      "mode=0755,size=64k");
}

/* What resolv.conf is a link to may have been hidden just now. */
static int find_target(char path[PATH_MAX], char **error)
{
	int fd;

	if (!realpath(RESOLV_CONF, path))
		return ul_fail(error, -errno, RESOLV_CONF ": %s: there is "
			       "nothing to put the network's name server in "
			       "place of; say --no-dns", g_strerror(errno));
	hide("/run/systemd/resolve");
	hide("/run/nscd");
	hide("/var/run/nscd");
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd >= 0)
		close(fd);
	return 0;
}

int ul_userns_set_resolv(const char *text, const char *dir, char **error)
{
	g_autofree char *file = g_build_filename(dir, "resolv-XXXXXX", NULL);
	char path[PATH_MAX];
	int fd, rc = find_target(path, error);

	if (rc)
		return rc;
	fd = g_mkstemp_full(file, O_WRONLY | O_CLOEXEC, 0644);
	if (fd < 0)
		return ul_fail(error, -errno, "%s: %s", file,
			       g_strerror(errno));
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
	    fchmod(fd, 0644) < 0)
		rc = ul_fail(error, -EIO, "%s: cannot be written", file);
	close(fd);
	if (!rc && mount(file, path, NULL, MS_BIND, NULL) < 0)
		rc = ul_fail(error, -errno, "%s: cannot be put in place: %s; "
			     "say --no-dns", path, g_strerror(errno));
	unlink(file);
	return rc;
}
