/* SPDX-License-Identifier: BSD-3-Clause */
/* forward.h - forwards on a network that is up */
#ifndef UL_CLI_FORWARD_H
#define UL_CLI_FORWARD_H

#include "cli/qmp.h"

/*
 * The rule @text, with @vm as its guest where it names none; the caller's
 * *@out. -EINVAL and a sentence that names the rule.
 */
int ul_cli_forward_to(char **out, const char *text, const char *vm,
		      char **error);

/*
 * Add @rule to the network; it ends with the port @port (NULL: with none). Of
 * a UNIX socket the file is made here, and is the caller's to remove. 0 and
 * the answer, the caller's, in *@out (NULL: not wanted); or -errno and a
 * sentence.
 */
int ul_cli_forward_add(struct ul_qmp *qmp, const char *rule, const char *port,
		       json_t **out, char **error);

/* The file of @rule's UNIX socket, the caller's; NULL when it has none. */
char *ul_cli_forward_path(const char *rule);

#endif
