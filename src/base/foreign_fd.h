/* SPDX-License-Identifier: BSD-3-Clause */
/* foreign_fd.h - descriptors that somebody else opened */
#ifndef UL_BASE_FOREIGN_FD_H
#define UL_BASE_FOREIGN_FD_H

#include <stdbool.h>

/*
 * Close @fd at once. Whoever passed it may have set SO_LINGER, with which
 * close() waits until the other end took what is queued, even of a socket
 * that does not block.
 */
void ul_foreign_fd_close(int fd);

/*
 * Is it one of eventfd()? No file system is asked, which could keep us
 * waiting. False where there is no /proc.
 */
bool ul_foreign_fd_is_event(int fd);

#endif
