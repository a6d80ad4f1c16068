/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * unixfd.h - UNIX sockets to listen on, descriptors that come from outside
 *
 * All return 0 or -errno and then in *@error a sentence of the caller's.
 */
#ifndef UL_SYS_UNIXFD_H
#define UL_SYS_UNIXFD_H

#include <sys/types.h>

#include "base/addr.h"

/*
 * A non-blocking socket of @type (SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM)
 * that listens, or for datagrams is bound, at @path: mode 0600, not more than
 * 107 bytes. A socket that nobody has open any more is replaced; one in use,
 * or any other file, is left alone: -EADDRINUSE. The caller unlinks @path in
 * the end. A @path that begins with '@' is an abstract name: there is no
 * file, and no mode: who connects has to be looked at.
 */
int ul_unix_listen_type(int *out, int type, const char *path, char **error);
/* The same of a stream socket. */
int ul_unix_listen(int *out, const char *path, char **error);

/* Remove the socket @path if nobody has it open any more. */
void ul_unix_remove_stale(const char *path);

/*
 * Listen on TCP at @ep, a loopback address. Every user of the machine can
 * connect, and nobody can tell who did.
 */
int ul_loopback_listen(int *out, const struct ul_ep *ep, char **error);

/*
 * Make the directory @path, mode 0700, unless it is there; then it must be
 * this user's and closed to others.
 */
int ul_unix_private_dir(const char *path, char **error);

/*
 * Take over the inherited descriptor @fd, which must be a connected stream
 * socket: *@out is a non-blocking, close-on-exec descriptor above 2, and
 * @fd is closed.
 */
int ul_unix_adopt_stream(int *out, int fd, char **error);
/* The same of a connected socket of any type: SO_TYPE tells which. */
int ul_unix_adopt(int *out, int fd, char **error);

/*
 * Pass @fd (-1: none) and the @len bytes at @text over the socket @sock.
 * Received: *@fd is -1 or the caller's, @buf is terminated. No sentences:
 * 0 or -errno, -EPIPE when the other side has closed.
 */
int ul_unix_send_fd(int sock, int fd, const char *text);
int ul_unix_recv_fd(int sock, int *fd, char *buf, size_t size);

#endif
