/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conf_merge.h - a file and the command line made one
 *
 * The command line wins: what it says once takes the place of what the file
 * says, and of what excludes it there. What may be repeated adds to the file's
 * and comes first, so that it is asked or matched first; a port or host of the
 * same name takes the other's place.
 */
#ifndef UL_CONF_CONF_MERGE_H
#define UL_CONF_CONF_MERGE_H

#include "conf/settings.h"

/* Both, as one: the caller's. */
struct ul_settings *ul_conf_merge(const struct ul_settings *line,
				  const struct ul_settings *file);

/* Does @line, of the command line, take the place of @file? */
bool ul_conf_replaces(const struct ul_conf_setting *line,
		      const struct ul_conf_setting *file);

/*
 * @take_error names options, of which some may come from a file: the same
 * sentence with the lines of these at its end.
 */
char *ul_conf_explain(char *take_error, const struct ul_settings *settings);

#endif
