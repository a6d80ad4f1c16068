/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conf_show.h - a settled network as a configuration file
 *
 * What was said is there as it was said; what was not, and was settled by a
 * default, is a comment: the file pins down nothing that nobody asked for.
 */
#ifndef UL_CONF_CONF_SHOW_H
#define UL_CONF_CONF_SHOW_H

#include "conf/settings.h"

/* @settings are those that @conf was made of. The caller's. */
char *ul_conf_show(const struct ul_conf *conf,
		   const struct ul_settings *settings);

/*
 * The value that the option @name has when nobody says it, as text of the
 * caller's; NULL when that is none.
 */
char *ul_conf_settled(const struct ul_conf *conf, const char *name);

#endif
