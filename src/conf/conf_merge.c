/* SPDX-License-Identifier: BSD-3-Clause */
/* conf_merge.c - a file and the command line made one */
#include "conf/conf_merge.h"

#include <string.h>

#include "conf/conf_group.h"

#define PLACES_MAX 4		/* in one error */

/* "web" of "web=52:54:...", "*" of "*,isolated". */
static size_t name_len(const char *text)
{
	return strcspn(text, "=,");
}

static bool is_same_name(const char *one, const char *other)
{
	size_t len = name_len(one);

	return len == name_len(other) && !strncmp(one, other, len);
}

bool ul_conf_replaces(const struct ul_conf_setting *line,
		      const struct ul_conf_setting *file)
{
	const struct ul_conf_option *o = line->option;

	if (o != file->option)
		return ul_conf_option_excludes(o, file->option);
	if (o->times == UL_OPTION_ONCE)
		return true;
	if (ul_conf_group_find(o->name))
		return is_same_name(line->value, file->value);
	return !strcmp(line->value, file->value);
}

/* Does any of @line? */
static bool is_replaced(const struct ul_settings *line,
			const struct ul_conf_setting *file)
{
	const struct ul_conf_setting *l = ul_settings_all(line);

	for (size_t i = 0; i < ul_settings_count(line); i++)
		if (ul_conf_replaces(&l[i], file))
			return true;
	return false;
}

struct ul_settings *ul_conf_merge(const struct ul_settings *line,
				  const struct ul_settings *file)
{
	struct ul_settings *out = ul_settings_new();
	const struct ul_conf_setting *l = ul_settings_all(line);
	const struct ul_conf_setting *f = ul_settings_all(file);

	for (size_t i = 0; i < ul_settings_count(line); i++)
		ul_settings_add(out, &l[i]);
	for (size_t i = 0; i < ul_settings_count(file); i++)
		if (!is_replaced(line, &f[i]))
			ul_settings_add(out, &f[i]);
	return out;
}

/* Is "--name", with " value" behind it unless that is NULL, in @text? */
static bool names(const char *text, const char *name, const char *value)
{
	g_autofree char *word = value ?
		g_strdup_printf("--%s %s", name, value) :
		g_strdup_printf("--%s", name);
	size_t len = strlen(word);

	for (const char *at = strstr(text, word); at;
	     at = strstr(at + 1, word))
		if (!g_ascii_isalnum(at[len]) && at[len] != '-')
			return true;
	return false;
}

/* Is the error about this one of the repeated? */
static bool is_meant(const char *error, const struct ul_conf_setting *s)
{
	if (!s->where || !names(error, s->option->name, NULL))
		return false;
	return s->option->times == UL_OPTION_ONCE || !s->value ||
	       names(error, s->option->name, s->value);
}

char *ul_conf_explain(char *take_error, const struct ul_settings *settings)
{
	GString *out = g_string_new(take_error);
	const struct ul_conf_setting *s = ul_settings_all(settings);
	unsigned int told = 0;

	for (size_t i = 0; i < ul_settings_count(settings); i++) {
		if (told == PLACES_MAX || !is_meant(take_error, &s[i]))
			continue;
		g_string_append_printf(out, "%s%s", told++ ? "; " : " (",
				       s[i].where);
	}
	if (told)
		g_string_append_c(out, ')');
	g_free(take_error);
	return g_string_free(out, FALSE);
}
