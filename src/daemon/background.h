/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * background.h - leave the terminal, and say when ready
 *
 * Whoever started the process gets its status only when it works or has
 * failed, and errors of the start still reach the terminal.
 */
#ifndef UL_DAEMON_BACKGROUND_H
#define UL_DAEMON_BACKGROUND_H

/* Descriptors 0 to 2 lead somewhere, so that nothing else gets them. */
int ul_background_fill_stdio(void);

/*
 * Go on in a process of its own session; the first one waits, and ends with
 * 0 after ul_background_ready() or with 1 when the other ends before. 0 and
 * in *@tell a descriptor for ul_background_ready(), or -errno.
 */
int ul_background_enter(int *tell);

/*
 * Let go of terminal and directory, and of the waiting process. Closes
 * @take_tell. -EPIPE when nobody waits any more.
 */
int ul_background_ready(int take_tell);

#endif
