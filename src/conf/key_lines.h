/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * key_lines.h - where groups and keys are in the text of a key file
 *
 * GKeyFile knows no lines, and of what is there twice it silently keeps the
 * last. What is accepted here, GKeyFile reads the same way: it may be asked
 * for the value of each key.
 */
#ifndef UL_CONF_KEY_LINES_H
#define UL_CONF_KEY_LINES_H

#include <glib.h>

#define UL_KEY_LINES_MAX 8192	/* groups and keys of one file */

struct ul_key_line {
	char *group;
	char *key;			/* NULL: the line [group] */
	unsigned int line;		/* from 1 */
};

/*
 * The groups and keys of @text, @len bytes, in their order: of struct
 * ul_key_line, the caller's. NULL when it is no key file, or has a group
 * or a key of one group twice; *@error is then a sentence (the caller's) that
 * begins with @name and the line.
 */
GPtrArray *ul_key_lines_scan(const char *name, const char *text, size_t len,
			     char **error);

#endif
