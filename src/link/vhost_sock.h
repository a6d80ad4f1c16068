/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vhost_sock.h - messages of vhost-user on a socket, with descriptors
 *
 * Never more is read than the message that is begun, so that descriptors
 * belong to the message that they come with.
 */
#ifndef UL_LINK_VHOST_SOCK_H
#define UL_LINK_VHOST_SOCK_H

#include "wire/vhost_msg.h"

struct ul_vhost_sock {
	uint8_t buf[UL_VHOST_MSG_MAX];
	size_t have;
	int fd[UL_VHOST_FDS_MAX];	/* that came, -1: taken */
	unsigned int fd_count;
};

void ul_vhost_sock_init(struct ul_vhost_sock *s);
/* Close the descriptors that nobody took. */
void ul_vhost_sock_drop_fds(struct ul_vhost_sock *s);

/*
 * Read on from @fd. 1 and a message in *@out, whose descriptors are those of
 * @s until the next call; 0 when it is not whole yet; -ENOTCONN at its end,
 * -errno of reading or of ul_vhost_msg_parse(), -EBADMSG with other
 * descriptors than the message has.
 */
int ul_vhost_sock_read(struct ul_vhost_sock *s, int fd,
		       struct ul_vhost_msg *out);

/*
 * Send @msg and, unless -1, the descriptor @with. 0, or -errno: -EAGAIN from
 * a machine that does not read what it asked for.
 */
int ul_vhost_sock_send(int fd, const struct ul_vhost_msg *msg, int with);

#endif
