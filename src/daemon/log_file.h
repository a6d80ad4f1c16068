/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * log_file.h - a log that does not grow without end
 *
 * DIR/NAME.log. Once that is full it becomes DIR/NAME.log.1, in place of the
 * one before, and a new one begins: two of them at most, whatever happens.
 */
#ifndef UL_DAEMON_LOG_FILE_H
#define UL_DAEMON_LOG_FILE_H

#include <stddef.h>
#include <sys/types.h>

#define UL_LOG_FILE_MAX (512 << 10)	/* bytes of each */

struct ul_log_file;

/*
 * Open it, to be written at its end, and make @dir where there is none. 0,
 * or -errno and a sentence.
 */
int ul_log_file_open(struct ul_log_file **out, const char *dir,
		     const char *name, off_t max, char **error);
void ul_log_file_free(struct ul_log_file *file);	/* NULL is fine */

/* Append a line. What cannot be written is lost. */
void ul_log_file_write(struct ul_log_file *file, const char *line,
		       size_t len);

#endif
