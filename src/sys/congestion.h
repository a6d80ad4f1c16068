/* SPDX-License-Identifier: BSD-3-Clause */
/* congestion.h - where TCP has no use for a sender that paces */
#ifndef UL_SYS_CONGESTION_H
#define UL_SYS_CONGESTION_H

#include <stdbool.h>

#define UL_CONGESTION_NAME_MAX 16	/* the kernel's, with the NUL */

/* Does not pace; every kernel has it, and nobody needs a privilege for it. */
#define UL_CONGESTION_UNPACED "reno"

/* Does @fd, a TCP socket, send by a timer? */
bool ul_congestion_is_paced_on(int fd);

/*
 * What sockets of this network namespace use that say nothing of it, when
 * that is paced; else, or when it cannot be asked, the empty string.
 */
void ul_congestion_paced_default(char name[UL_CONGESTION_NAME_MAX]);

/*
 * Do without on @fd. It has to be said before the connection is there, for a
 * socket that paced once never quite stops; of a listening socket those that
 * it accepts take it over.
 */
void ul_congestion_unpace(int fd);

/*
 * Use @name on @fd after all, unless the other end is so near that it is on
 * this machine, or the next. True when that was done.
 */
bool ul_congestion_pace_if_far(int fd, const char *name);

#endif
