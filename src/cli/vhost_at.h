/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vhost_at.h - where QEMU finds the back-end of a vhost-user card
 *
 * QEMU passes descriptors only on a socket that it connects by name. The name
 * is an abstract one, which leaves no file behind; who connects is looked at.
 */
#ifndef UL_CLI_VHOST_AT_H
#define UL_CLI_VHOST_AT_H

#include <sys/types.h>

/* A name that nobody else has, the caller's, "@" first. */
char *ul_vhost_at_name(unsigned int index);

/* Listen at @name: 0 and *@fd, or -errno and a sentence. */
int ul_vhost_at_listen(int *fd, const char *name, char **error);

/*
 * Accept at @fd what the child @vm connects, *@out. -ECHILD when it ended
 * without, -ETIMEDOUT after a minute, and a sentence.
 */
int ul_vhost_at_accept(int *out, int fd, pid_t vm, char **error);

#endif
