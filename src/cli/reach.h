/* SPDX-License-Identifier: BSD-3-Clause */
/* reach.h - a network by its name: is it up, and what it answers */
#ifndef UL_CLI_REACH_H
#define UL_CLI_REACH_H

#include <stdbool.h>

#include "cli/qmp.h"

/*
 * Connect to the control socket of @net. 0, or -errno and a sentence;
 * -ENOENT when it is not up, and the sentence says how to change that.
 */
int ul_reach(struct ul_qmp **out, const char *net, char **error);

/* The answer to @query, as ul_qmp_execute(); must be an object or a list. */
int ul_reach_ask(struct ul_qmp *qmp, const char *query, json_t **out,
		 char **error);

/* A member of an answer: "" and 0 where it is not there. */
const char *ul_reach_text(const json_t *object, const char *name);
json_int_t ul_reach_int(const json_t *object, const char *name);
bool ul_reach_bool(const json_t *object, const char *name);

#endif
