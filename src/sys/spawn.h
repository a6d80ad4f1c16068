/* SPDX-License-Identifier: BSD-3-Clause */
/* spawn.h - other programs, each in a session of its own */
#ifndef UL_SYS_SPAWN_H
#define UL_SYS_SPAWN_H

#include <sys/types.h>

/*
 * Run @argv[0], searched for in PATH when it has no '/', with @stdio as its
 * standard input and output, our standard error, and no other descriptor; no
 * signal is blocked or ignored there. 0 and its *@pid, or -errno of whatever kept it from
 * running, the file's own too.
 */
int ul_spawn(char *const argv[], int stdio, pid_t *pid);

/*
 * This process has raised its soft limit of open files: programs are started
 * with the usual 1024 from now on. (A library has not, and leaves it alone.)
 */
void ul_spawn_lower_files(void);

/* Could ul_spawn() find and run @program now? 0 or -errno. */
int ul_spawn_check(const char *program);

/* Readable when the child @pid has exited; -errno. */
int ul_spawn_watch_fd(pid_t pid);

/* To the child and what it has started, while it is not reaped. */
void ul_spawn_signal(pid_t pid, int sig);

/* Take its status off, when it has exited. */
void ul_spawn_reap(pid_t pid);

#endif
