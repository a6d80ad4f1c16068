/* SPDX-License-Identifier: BSD-3-Clause */
/* settings.c - settings with texts of their own */
#include "conf/settings.h"

#include <string.h>

#define CHUNK_SIZE 1024

struct ul_settings {
	GArray *array;			/* of struct ul_conf_setting */
	GStringChunk *texts;		/* what they point to */
};

struct ul_settings *ul_settings_new(void)
{
	struct ul_settings *s = g_new(struct ul_settings, 1);

	s->array = g_array_new(FALSE, FALSE, sizeof(struct ul_conf_setting));
	s->texts = g_string_chunk_new(CHUNK_SIZE);
	return s;
}

void ul_settings_free(struct ul_settings *settings)
{
	if (!settings)
		return;
	g_array_unref(settings->array);
	g_string_chunk_free(settings->texts);
	g_free(settings);
}

static const char *keep(struct ul_settings *s, const char *text)
{
	return text ? g_string_chunk_insert(s->texts, text) : NULL;
}

void ul_settings_add(struct ul_settings *settings,
		     const struct ul_conf_setting *setting)
{
	struct ul_conf_setting copy = *setting;

	copy.value = keep(settings, setting->value);
	copy.where = keep(settings, setting->where);
	g_array_append_val(settings->array, copy);
}

size_t ul_settings_count(const struct ul_settings *settings)
{
	return settings->array->len;
}

const struct ul_conf_setting *
ul_settings_all(const struct ul_settings *settings)
{
	return (const struct ul_conf_setting *)settings->array->data;
}

char *ul_settings_text(const struct ul_conf_setting *s)
{
	if (!s->value)
		return g_strdup("true");
	if (ul_conf_option_whole(s->option) == s->option)
		return g_strdup(s->value);
	return g_strdup_printf("%s %s", s->option->name, s->value);
}

static const struct ul_conf_setting *find(const struct ul_settings *settings,
					  const char *name)
{
	const struct ul_conf_setting *all = ul_settings_all(settings);

	for (guint i = 0; i < settings->array->len; i++)
		if (!strcmp(all[i].option->name, name))
			return &all[i];
	return NULL;
}

const char *ul_settings_value(const struct ul_settings *settings,
			      const char *name)
{
	const struct ul_conf_setting *s = find(settings, name);

	return s ? s->value : NULL;
}

bool ul_settings_has(const struct ul_settings *settings, const char *name)
{
	return find(settings, name) != NULL;
}
