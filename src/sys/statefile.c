/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * statefile.c - a small file that is there whole, or not
 *
 * A file is written beside its place, synced, and renamed; then its directory
 * is synced, since the new name is there.
 */
#include "sys/statefile.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, char *buf, size_t size)
{
	size_t got = 0;

	while (got < size) {
		ssize_t n = read(fd, buf + got, size - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		got += (size_t)n;
	}
	return (int)got;
}

int ul_statefile_read(const char *path, size_t max, char **out, size_t *len)
{
	/* A FIFO in its place must not stop us. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;
	struct stat st;
	char *buf;

	if (fd < 0)
		return -errno;
	rc = fstat(fd, &st) < 0 ? -errno : !S_ISREG(st.st_mode) ? -EINVAL :
	     (size_t)st.st_size > max ? -EFBIG : 0;
	if (rc < 0) {
		close(fd);
		return rc;
	}
	buf = g_malloc((size_t)st.st_size + 1);
	rc = read_all(fd, buf, (size_t)st.st_size);
	close(fd);
	if (rc < 0) {
		g_free(buf);
		return rc;
	}
	buf[rc] = '\0';
	*out = buf;
	*len = (size_t)rc;
	return 0;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

static void sync_dir(const char *path)
{
	g_autofree char *dir = g_path_get_dirname(path);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	/* Some file systems cannot; the file itself is safe. */
	if (fsync(fd) < 0)
		errno = 0;
	close(fd);
}

static int make_dir(const char *path)
{
	g_autofree char *dir = g_path_get_dirname(path);

	return g_mkdir_with_parents(dir, 0700) < 0 ? -errno : 0;
}

int ul_statefile_write(const char *path, const char *data, size_t len)
{
	g_autofree char *tmp = g_strconcat(path, ".XXXXXX", NULL);
	int fd, rc = make_dir(path);

	if (rc)
		return rc;
	fd = mkostemp(tmp, O_CLOEXEC);	/* 0600 */
	if (fd < 0)
		return -errno;
	rc = write_all(fd, data, len);
	if (close(fd) < 0 && !rc)
		rc = -errno;
	if (!rc && rename(tmp, path) < 0)
		rc = -errno;
	if (rc)
		unlink(tmp);
	else
		sync_dir(path);
	return rc;
}

int ul_statefile_set_aside(const char *path)
{
	g_autofree char *aside = g_strconcat(path, ".damaged", NULL);

	return rename(path, aside) < 0 ? -errno : 0;
}
