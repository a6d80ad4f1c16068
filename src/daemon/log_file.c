/* SPDX-License-Identifier: BSD-3-Clause */
/* log_file.c - a log that does not grow without end */
#include "daemon/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

struct ul_log_file {
	int dir_fd;		/* the working directory may change */
	int fd;
	char *base, *old;	/* in that directory */
	off_t len, max;
};

/* Never a pipe, on which a write would wait, nor what a link points to. */
static int open_base(const struct ul_log_file *f, off_t *len)
{
	int fd = openat(f->dir_fd, f->base, O_WRONLY | O_APPEND | O_CREAT |
			O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return -EINVAL;
	}
	*len = st.st_size;
	return fd;
}

int ul_log_file_open(struct ul_log_file **out, const char *dir,
		     const char *name, off_t max, char **error)
{
	struct ul_log_file *f;

	if (g_mkdir_with_parents(dir, 0700) < 0)
		return ul_fail(error, -errno, "--log-dir %s: cannot be made: "
			       "%s", dir, g_strerror(errno));
	f = g_new0(struct ul_log_file, 1);
	f->max = max;
	f->base = g_strconcat(name, ".log", NULL);
	f->old = g_strconcat(name, ".log.1", NULL);
	f->fd = f->dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (f->dir_fd >= 0)
		f->fd = open_base(f, &f->len);
	else
		f->fd = -errno;
	if (f->fd < 0) {
		int rc = ul_fail(error, f->fd, "--log-dir %s: %s in it: %s",
				 dir, f->base, g_strerror(-f->fd));

		ul_log_file_free(f);
		return rc;
	}
	*out = f;
	return 0;
}

void ul_log_file_free(struct ul_log_file *f)
{
	if (!f)
		return;
	if (f->fd >= 0)
		close(f->fd);
	if (f->dir_fd >= 0)
		close(f->dir_fd);
	g_free(f->base);
	g_free(f->old);
	g_free(f);
}

/* Where no new one can be had, the old one is emptied: bounded it stays. */
static void begin_anew(struct ul_log_file *f)
{
	off_t len = 0;
	int fd = -1;

	if (!renameat(f->dir_fd, f->base, f->dir_fd, f->old))
		fd = open_base(f, &len);
	if (fd >= 0) {
		close(f->fd);
		f->fd = fd;
		f->len = len;
	} else if (!ftruncate(f->fd, 0)) {
		f->len = 0;
	}
}

void ul_log_file_write(struct ul_log_file *f, const char *line, size_t len)
{
	ssize_t n;

	if (f->len && f->len + (off_t)len > f->max)
		begin_anew(f);
	if (f->len && f->len + (off_t)len > f->max)
		return;
	n = write(f->fd, line, len);
	if (n > 0)
		f->len += n;
}
