/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conf_option.h - the options of a network, by name
 *
 * The command line and configuration files name the same options; both hand
 * them here as settings. A new one is a row in conf_option.c, a setter in
 * the file of its noun (conf/option_set.h has them all), and a paragraph in
 * the man page.
 */
#ifndef UL_CONF_CONF_OPTION_H
#define UL_CONF_CONF_OPTION_H

#include "conf/conf.h"

enum ul_option_arg {
	UL_OPTION_FLAG,			/* takes no value */
	UL_OPTION_VALUE,
	UL_OPTION_MAYBE,		/* --name or --name=value */
};
#define UL_OPTION_ARG_COUNT (UL_OPTION_MAYBE + 1)

/* The headings of --help, in their order. */
enum ul_option_group {
	UL_GROUP_KIND,
	UL_GROUP_ATTACH,
	UL_GROUP_NETWORK,
	UL_GROUP_NAMES,
	UL_GROUP_POLICY,
	UL_GROUP_FORWARD,
	UL_GROUP_LIMIT,
	UL_GROUP_PROCESS,
};
#define UL_OPTION_GROUP_COUNT (UL_GROUP_PROCESS + 1)

/* What carries a change of the option out while the network runs. */
enum ul_option_live {
	UL_LIVE_NEVER,			/* it takes a restart */
	UL_LIVE_LOG,
	UL_LIVE_PORTS,			/* the treatment of guests' ports */
	UL_LIVE_HOSTS,			/* static leases and names */
	UL_LIVE_DHCP,
	UL_LIVE_DNS,
	UL_LIVE_POLICY,
	UL_LIVE_FORWARDS,
};
#define UL_OPTION_LIVE_COUNT (UL_LIVE_FORWARDS + 1)

enum ul_option_times {
	UL_OPTION_ONCE,			/* a flag twice is the flag */
	UL_OPTION_REPEATS,
};

/* Where it can be said; most can in both places. */
enum ul_option_place {
	UL_PLACE_ANY,
	UL_PLACE_LINE,			/* of this start: no line of a file */
};

struct ul_conf_option {
	const char *name;
	char letter;			/* 0 when it has none */
	enum ul_option_arg arg;
	enum ul_option_times times;
	enum ul_option_group group;
	enum ul_option_live live;
	enum ul_option_place place;
	/* @value is NULL for a flag. 0, or -EINVAL and *@why. */
	int (*set)(struct ul_conf *conf, const char *value, char **why);
	const char *value;		/* what --help calls it; NULL: none */
	const char *help;		/* a line or more, filled when shown */
};

struct ul_conf_setting {
	const struct ul_conf_option *option;
	const char *value;		/* NULL for none */
	/* Where it is in a file, and what begins its errors; NULL: on the
	 * command line. */
	const char *where;
	unsigned int line;
};

/* All of them. */
const struct ul_conf_option *ul_conf_options(size_t *count);
/* NULL when none is called @name. */
const struct ul_conf_option *ul_conf_option_find(const char *name);
/* Would saying both contradict itself? */
bool ul_conf_option_excludes(const struct ul_conf_option *one,
			     const struct ul_conf_option *other);

/*
 * The row of the table in whose turn @option is applied: some fill one list,
 * in the order in which they are given, and have the turn of the first.
 */
const struct ul_conf_option *
ul_conf_option_turn(const struct ul_conf_option *option);

/*
 * The option by which all of @option's list can be said: of the rules of
 * --allow and --deny it is rules, where they begin with these words.
 */
const struct ul_conf_option *
ul_conf_option_whole(const struct ul_conf_option *option);

/*
 * The options as --help shows them: a heading for each group, names and
 * letters, what their values are, and the help, all within 80 columns. The
 * caller's.
 */
char *ul_conf_option_help(void);

/*
 * Write @settings into @conf, whatever their order: options that exclude or
 * need each other and options given twice are refused. 0, or -EINVAL and in
 * *@error a sentence (the caller's) that names the option; @conf is then of
 * no use but for ul_conf_free().
 */
int ul_conf_apply(struct ul_conf *conf, const struct ul_conf_setting *settings,
		  size_t count, char **error);

#endif
