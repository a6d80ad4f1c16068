/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conf_file.h - the configuration file of a network
 *
 * A key file: userland.conf(5). [network] has the options of the command
 * line, [host NAME] and [port NAME] say in keys what --host and --port say
 * in one text. What it yields are settings, as the command line does; each
 * value is checked here already, so that an error names its line.
 */
#ifndef UL_CONF_CONF_FILE_H
#define UL_CONF_CONF_FILE_H

#include "conf/settings.h"

#define UL_CONF_FILE_MAX (256u << 10)	/* bytes */
#define UL_CONF_SETTINGS_MAX 4096	/* of one file */

/*
 * Read the regular file at @path. 0 and its settings in their order, the
 * caller's; or -errno and in *@error a sentence (the caller's) with file,
 * line, group and key, as far as there are.
 */
int ul_conf_file_read(struct ul_settings **out, const char *path,
		      char **error);
/* The same of the text of one that is called @name. */
int ul_conf_file_parse(struct ul_settings **out, const char *name,
		       const char *text, size_t len, char **error);

#endif
