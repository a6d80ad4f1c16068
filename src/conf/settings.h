/* SPDX-License-Identifier: BSD-3-Clause */
/* settings.h - settings with texts of their own */
#ifndef UL_CONF_SETTINGS_H
#define UL_CONF_SETTINGS_H

#include "conf/conf_option.h"

struct ul_settings;

struct ul_settings *ul_settings_new(void);
/* NULL is fine. */
void ul_settings_free(struct ul_settings *settings);

/* A copy at the end; its texts too. */
void ul_settings_add(struct ul_settings *settings,
		     const struct ul_conf_setting *setting);

size_t ul_settings_count(const struct ul_settings *settings);
/* Borrowed until the next is added. */
const struct ul_conf_setting *
ul_settings_all(const struct ul_settings *settings);

/*
 * The value as ul_conf_option_whole() has it, "true" for none: the caller's.
 */
char *ul_settings_text(const struct ul_conf_setting *setting);

/* The value of the first that is @name; NULL when there is none. */
const char *ul_settings_value(const struct ul_settings *settings,
			      const char *name);
bool ul_settings_has(const struct ul_settings *settings, const char *name);

#endif
