/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conf_group.h - the groups of a file that stand for one repeated option
 *
 * [host web] with mac= and address= is --host web=MAC,ADDRESS: a table has
 * the keys of each, so that they are taken apart and put together by one
 * piece of code.
 */
#ifndef UL_CONF_CONF_GROUP_H
#define UL_CONF_CONF_GROUP_H

#include "conf/conf_option.h"

/* How a key is written in the text of the option. */
enum ul_group_form {
	UL_FORM_WHO,		/* NAME=value: there is one of them */
	UL_FORM_WHO_ID,		/* NAME=id:value */
	UL_FORM_ADDR4,		/* the value alone */
	UL_FORM_ADDR6,
	UL_FORM_FLAG,		/* the key alone, when true */
	UL_FORM_PAIR,		/* key=value */
	UL_FORM_LIST,		/* the same with commas; the key for all */
};
#define UL_GROUP_FORM_COUNT (UL_FORM_LIST + 1)

struct ul_group_key {
	const char *name;
	enum ul_group_form form;
};

struct ul_conf_group {
	const char *option;		/* and the first word of the group */
	const struct ul_group_key *keys;	/* up to one without a name */
};

/* Up to one without an option. */
extern const struct ul_conf_group ul_conf_groups[];

/* That of the option @name; NULL when it has none. */
const struct ul_conf_group *ul_conf_group_find(const char *option);
const struct ul_group_key *ul_group_key_find(const struct ul_conf_group *g,
					     const char *name);

/* Put @value of @key, NULL for none, onto the option's text, of which the name is there. */
void ul_group_put(GString *text, const struct ul_group_key *key,
		  const char *value);

/*
 * The option's @text as a group of a file, its header and a line for each
 * key; what no key stands for is a key of its own name. Appended to @out.
 */
void ul_group_show(GString *out, const struct ul_conf_group *group,
		   const char *text);

#endif
