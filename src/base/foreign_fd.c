/* SPDX-License-Identifier: BSD-3-Clause */
/* foreign_fd.c - descriptors that somebody else opened */
#include "base/foreign_fd.h"

#include <sys/socket.h>
#include <unistd.h>

void ul_foreign_fd_close(int fd)
{
	struct linger none = { .l_onoff = 0 };

	/* No matter if it is no socket. */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(fd);
}
