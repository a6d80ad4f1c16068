/* SPDX-License-Identifier: BSD-3-Clause */
/* program.h - programs of the host, each at the end of one connection */
#ifndef UL_FLOW_PROGRAM_H
#define UL_FLOW_PROGRAM_H

#include "loop/loop.h"

#define UL_PROGRAMS_MAX 64		/* that run at once */
#define UL_PROGRAMS_MAX_EACH 48		/* of these for one guest */
#define UL_PROGRAMS_PER_S 32		/* started for one, in the long run */
#define UL_PROGRAMS_BURST 128		/* and at once */
#define UL_PROGRAM_GRACE_US 2000000ll	/* between SIGTERM and SIGKILL */

struct ul_programs;
struct ul_program;

struct ul_programs *ul_programs_new(struct ul_loop *loop);
/*
 * Their standard input and output are TCP on loopback from now on, as
 * libslirp's are: smbd, for one, asks who its peer is.
 */
void ul_programs_use_tcp(struct ul_programs *all);
/* What runs yet is killed. NULL is fine. */
void ul_programs_free(struct ul_programs *all);

/*
 * Run @argv for @who, which is compared and no more. *@fd is the caller's end
 * of its standard input and output. 0, -EAGAIN at a limit, or -errno of what
 * kept it from running.
 */
int ul_program_start(struct ul_programs *all, const void *who,
		     char *const argv[], int *fd, struct ul_program **out);
/* Its connection is over: it has to end. */
void ul_program_hang_up(struct ul_program *program);

unsigned int ul_programs_count(const struct ul_programs *all);

#endif
