/* SPDX-License-Identifier: BSD-3-Clause */
/* key_lines.c - where groups and keys are in the text of a key file */
#include "conf/key_lines.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"

#define KEY_CHARS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_."

struct scan {
	const char *name;
	unsigned int line;
	const struct ul_key_line *group;	/* NULL: before the first */
	GPtrArray *found;
	GHashTable *seen;	/* "group" or "group]key" to its line */
	char **error;
};

static void free_line(gpointer data)
{
	struct ul_key_line *l = data;

	g_free(l->group);
	g_free(l->key);
	g_free(l);
}

/* The text must be of characters, without NUL: GKeyFile reads no other. */
static int check_text(const struct scan *s, const char *text, size_t len)
{
	const char *bad;
	unsigned int line = 1;

	if (g_utf8_validate_len(text, len, &bad))
		return 0;
	for (const char *p = text; p < bad; p++)
		line += *p == '\n';
	return ul_refuse(s->error, "%s:%u: byte 0x%02x is no text: write "
			 "UTF-8", s->name, line, (unsigned char)*bad);
}

/* Keep what is at this line, once. */
static int keep(struct scan *s, const char *group, const char *key)
{
	g_autofree char *id = key ? g_strconcat(group, "]", key, NULL) :
				    g_strdup(group);
	gpointer first = g_hash_table_lookup(s->seen, id);
	struct ul_key_line *l;

	if (first && key)
		return ul_refuse(s->error, "%s:%u: [%s] has %s twice, first in "
				 "line %u", s->name, s->line, group, key,
				 GPOINTER_TO_UINT(first));
	if (first)
		return ul_refuse(s->error, "%s:%u: the group [%s] is there "
				 "twice, first in line %u", s->name, s->line,
				 group, GPOINTER_TO_UINT(first));
	if (s->found->len == UL_KEY_LINES_MAX)
		return ul_refuse(s->error, "%s:%u: more than %d groups and "
				 "keys", s->name, s->line, UL_KEY_LINES_MAX);
	g_hash_table_insert(s->seen, g_steal_pointer(&id),
			    GUINT_TO_POINTER(s->line));
	l = g_new0(struct ul_key_line, 1);
	l->group = g_strdup(group);
	l->key = g_strdup(key);
	l->line = s->line;
	g_ptr_array_add(s->found, l);
	if (!key)
		s->group = l;
	return 0;
}

/* "[network]"; blanks may follow. */
static int take_group(struct scan *s, char *text)
{
	char *end = strchr(text, ']');
	bool is_group = end && !end[1 + strspn(end + 1, " \t")];

	if (!is_group)
		return ul_refuse(s->error, "%s:%u: '%s' is no group: write as "
				 "in [network]", s->name, s->line, text);
	*end = '\0';
	for (const char *c = ++text; *c; c++)
		is_group &= *c != '[' && !g_ascii_iscntrl(*c);
	if (!is_group || !*text)
		return ul_refuse(s->error, "%s:%u: a group's name has letters, "
				 "digits and hyphens", s->name, s->line);
	return keep(s, text, NULL);
}

static int take_key(struct scan *s, char *text)
{
	char *equals = strchr(text, '=');
	size_t len;

	if (!equals)
		return ul_refuse(s->error, "%s:%u: '%s' is no line of a key "
				 "file: write KEY=VALUE, [GROUP], or a comment "
				 "that begins with #", s->name, s->line, text);
	*equals = '\0';
	g_strchomp(text);
	len = strspn(text, KEY_CHARS);
	if (!len || text[len])
		return ul_refuse(s->error, "%s:%u: '%s' is no name of a key: "
				 "they are of letters, digits and hyphens",
				 s->name, s->line, text);
	if (!s->group)
		return ul_refuse(s->error, "%s:%u: %s is before the first "
				 "group: write [network] above it", s->name,
				 s->line, text);
	return keep(s, s->group->group, text);
}

static int take_line(struct scan *s, char *text)
{
	size_t len = strlen(text);

	if (len && text[len - 1] == '\r')
		text[len - 1] = '\0';
	while (g_ascii_isspace(*text))
		text++;
	if (!*text || *text == '#')
		return 0;
	return *text == '[' ? take_group(s, text) : take_key(s, text);
}

static int scan(struct scan *s, const char *text, size_t len)
{
	const char *end = text + len;
	int rc = check_text(s, text, len);

	while (!rc && text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t line_len = (size_t)((newline ? newline : end) - text);
		g_autofree char *line = g_strndup(text, line_len);

		s->line++;
		rc = take_line(s, line);
		text += line_len + (newline != NULL);
	}
	return rc;
}

GPtrArray *ul_key_lines_scan(const char *name, const char *text, size_t len,
			     char **error)
{
	struct scan s = {
		.name = name, .error = error,
		.found = g_ptr_array_new_with_free_func(free_line),
		.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					      NULL),
	};
	int rc = scan(&s, text, len);

	g_hash_table_unref(s.seen);
	if (!rc)
		return s.found;
	g_ptr_array_unref(s.found);
	return NULL;
}
