/* SPDX-License-Identifier: BSD-3-Clause */
/* pidfile.h - the file that tells the daemon's process id */
#ifndef UL_DAEMON_PIDFILE_H
#define UL_DAEMON_PIDFILE_H

/* Write this process's id and a newline to @path. 0 or -errno. */
int ul_pidfile_write(const char *path);

/* Remove @path if it still tells this process's id. */
void ul_pidfile_remove(const char *path);

#endif
