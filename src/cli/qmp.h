/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * qmp.h - a client of the control socket
 *
 * One command at a time; each waits for its answer, though never longer than
 * UL_QMP_WAIT_MS in all. Events that arrive meanwhile are left out; who wants
 * them asks for nothing more and waits for each.
 */
#ifndef UL_CLI_QMP_H
#define UL_CLI_QMP_H

#include <jansson.h>

#define UL_QMP_WAIT_MS 10000
#define UL_QMP_LINE_MAX (16u << 20)	/* of one answer */

struct ul_qmp;

/*
 * Connect to @path, take the greeting and offer no capabilities. The
 * listener must be this user's or root's. 0, or -errno and a sentence:
 * -ENOENT and -ECONNREFUSED say that nobody is there.
 */
int ul_qmp_connect(struct ul_qmp **out, const char *path, char **error);
void ul_qmp_free(struct ul_qmp *qmp);

/* Answers that are not there after @ms are not waited for: for tests. */
void ul_qmp_set_wait(struct ul_qmp *qmp, int ms);

/*
 * Execute @command with @take_args (NULL: none). 0 and the caller's *@out
 * (which may be NULL: not wanted); -EREMOTEIO when it was refused, and
 * -ENOSYS when it is not known there, with the other side's words in *@error;
 * -ETIMEDOUT, -EPIPE, -EPROTO, -EMSGSIZE.
 */
int ul_qmp_execute(struct ul_qmp *qmp, const char *command, json_t *take_args,
		   json_t **out, char **error);

/*
 * Wait for the next event, however long: the caller's *@out. -EPIPE when the
 * other side closed.
 */
int ul_qmp_next_event(struct ul_qmp *qmp, json_t **out, char **error);

/*
 * For who has more under way than one command at a time. Send one, with @fd
 * (-1: none), and know its answer by *@id.
 */
int ul_qmp_send(struct ul_qmp *qmp, const char *command, json_t *take_args,
		int fd, json_int_t *id, char **error);
/* Readable when there is something to take. */
int ul_qmp_fd(const struct ul_qmp *qmp);
/*
 * An answer or an event that is there already: the caller's *@out; -EAGAIN
 * when there is none.
 */
int ul_qmp_take(struct ul_qmp *qmp, json_t **out, char **error);

/* Leave a copy of @fd there under the name @fdname, by `getfd`. */
int ul_qmp_give_fd(struct ul_qmp *qmp, int fd, const char *fdname,
		   char **error);

/*
 * Wait until the other side closed and its process is gone, at most @ms: 0 or
 * -ETIMEDOUT. Then its ports and files are free for the next.
 */
int ul_qmp_wait_end(struct ul_qmp *qmp, int ms);

#endif
