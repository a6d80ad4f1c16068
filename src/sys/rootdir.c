/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rootdir.c - files of one directory, and of none other
 *
 * openat2(2) with RESOLVE_BENEATH has the kernel see to it: links that stay
 * below the directory work. Where that call is not there (or a sandbox does
 * not know it) the path is gone step by step, and links are refused.
 * O_NONBLOCK: to open a FIFO must not wait for its other end.
 */
#include "sys/rootdir.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

int ul_rootdir_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static const char *relative(const char *name)
{
	while (*name == '/')
		name++;
	return name;
}

/* Takes the descriptor: it is closed when it is no file to be read. */
static int check_file(int take_fd, uint64_t *size)
{
	struct stat st;
	int rc = take_fd < 0 ? take_fd : fstat(take_fd, &st) < 0 ? -errno :
		 S_ISREG(st.st_mode) ? 0 : -EACCES;

	if (rc < 0) {
		if (take_fd >= 0)
			close(take_fd);
		return rc;
	}
	*size = (uint64_t)st.st_size;
	return take_fd;
}

static int simplify(int err)
{
	/* What leads out, or round in circles, is not to be had. */
	return err == EXDEV || err == ELOOP || err == ENXIO ? -EACCES : -err;
}

int ul_rootdir_file_by_steps(int dir, const char *name, uint64_t *size)
{
	g_auto(GStrv) step = g_strsplit(relative(name), "/", -1);
	int at = dir, fd = -EACCES;

	for (char **s = step; *s; s++) {
		bool is_last = !s[1];

		if (!**s && !is_last)
			continue;
		if (!**s || !strcmp(*s, ".."))
			fd = -EACCES;
		else if ((fd = openat(at, *s, FLAGS | O_NOFOLLOW |
				      (is_last ? 0 : O_DIRECTORY))) < 0)
			fd = simplify(errno);
		if (at != dir)
			close(at);
		if (fd < 0)
			return fd;
		at = fd;
	}
	return check_file(fd, size);
}

int ul_rootdir_file(int dir, const char *name, uint64_t *size)
{
	struct open_how how = {
		.flags = FLAGS,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	if (!*relative(name))
		return -EACCES;
	fd = syscall(SYS_openat2, dir, relative(name), &how, sizeof(how));
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return ul_rootdir_file_by_steps(dir, name, size);
	return check_file(fd < 0 ? simplify(errno) : (int)fd, size);
}
