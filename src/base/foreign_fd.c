/* SPDX-License-Identifier: BSD-3-Clause */
/* foreign_fd.c - descriptors that somebody else opened */
#include "base/foreign_fd.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void ul_foreign_fd_close(int fd)
{
	struct linger none = { .l_onoff = 0 };

	/* No matter if it is no socket. */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(fd);
}

bool ul_foreign_fd_is_event(int fd)
{
	static const char name[] = "anon_inode:[eventfd]";
	char path[32], target[sizeof(name)];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	len = readlink(path, target, sizeof(target));
	return len == sizeof(name) - 1 && !memcmp(target, name, (size_t)len);
}
