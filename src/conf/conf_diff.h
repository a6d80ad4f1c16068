/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conf_diff.h - what settings changed, option by option
 *
 * Of a list each item that came or went is a change of its own; of hosts and
 * ports each name is. The order of a list matters where items are tried one
 * after the other: then the list as a whole is the change.
 */
#ifndef UL_CONF_CONF_DIFF_H
#define UL_CONF_CONF_DIFF_H

#include "conf/settings.h"

struct ul_conf_change {
	const struct ul_conf_option *option;
	char *from, *to;		/* NULL: it is not said there */
	bool is_overridden;		/* the command line says @from */
};

/* In the order of options; of struct ul_conf_change, owned. The caller's. */
GPtrArray *ul_conf_diff(const struct ul_settings *from,
			const struct ul_settings *to);

/*
 * Append to @out what @file says and the command line @line says otherwise:
 * a change that does not come about.
 */
void ul_conf_overridden(GPtrArray *out, const struct ul_settings *line,
			const struct ul_settings *file);

/*
 * What a network that runs can have: the options that change live as @to has
 * them, the others as @from has. The caller's.
 */
struct ul_settings *ul_conf_mix(const struct ul_settings *from,
				const struct ul_settings *to);

/*
 * What changes live is in @conf as it is in @other, which has the old values
 * then and is there to be freed.
 */
void ul_conf_adopt(struct ul_conf *conf, struct ul_conf *other);

/* "forward 8080:80 is new": for people; the caller's. */
char *ul_conf_change_text(const struct ul_conf_change *change);

#endif
