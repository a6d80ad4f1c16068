/* SPDX-License-Identifier: BSD-3-Clause */
/* pidfile.c - the file that tells the daemon's process id */
#include "daemon/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TEXT_MAX 32

int ul_pidfile_write(const char *path)
{
	char text[TEXT_MAX];
	int len = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int rc = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, (size_t)len);
	if (n != len)
		rc = n < 0 ? -errno : -ENOSPC;
	if (close(fd) < 0 && !rc)
		rc = -errno;
	return rc;
}

void ul_pidfile_remove(const char *path)
{
	char text[TEXT_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return;
	text[n] = '\0';
	if (atoi(text) == (int)getpid())
		unlink(path);
}
