/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conf_option.h - the options of a network, by name
 *
 * The command line and, later, configuration files name the same options;
 * both hand them here as settings.
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

struct ul_conf_option {
	const char *name;
	char letter;			/* 0 when it has none */
	enum ul_option_arg arg;
	bool repeats;
	/* @value is NULL for a flag. 0, or -EINVAL and *@why. */
	int (*set)(struct ul_conf *conf, const char *value, char **why);
};

struct ul_conf_setting {
	const struct ul_conf_option *option;
	const char *value;		/* NULL for none */
};

/* All of them. */
const struct ul_conf_option *ul_conf_options(size_t *count);

/*
 * Write @settings into @conf, whatever their order: options that exclude or
 * need each other and options given twice are refused. 0, or -EINVAL and in
 * *@error a sentence (the caller's) that names the option; @conf is then of
 * no use but for ul_conf_free().
 */
int ul_conf_apply(struct ul_conf *conf, const struct ul_conf_setting *settings,
		  size_t count, char **error);

#endif
