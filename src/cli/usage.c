/* SPDX-License-Identifier: BSD-3-Clause */
/* usage.c - the line that says what a verb takes */
#include "cli/usage.h"

#include <assert.h>
#include <glib.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>


/* To the end of the group that begins at @p: a word, or "[...]" and dots. */
static const char *group_end(const char *p)
{
	if (*p == '[')
		p += strcspn(p, "]");
	return p + strcspn(p, " ");
}

static void add_word(struct ul_usage *u, const char *p, const char *end)
{
	bool is_optional = *p == '[';
	bool has_more = end - p > 3 && !strncmp(end - 3, "...", 3);

	assert(u->count < UL_USAGE_WORDS_MAX && u->max != INT_MAX);
	p += is_optional;
	u->words[u->count++] = g_strndup(p, strcspn(p, " [].:"));
	u->min += !is_optional;
	u->max = has_more ? INT_MAX : u->max + 1;
}

void ul_usage_parse(struct ul_usage *out, const char *args)
{
	struct ul_usage u = { .count = 0 };
	const char *end;

	for (const char *p = args; *p; p = end + strspn(end, " ")) {
		end = group_end(p);
		/* "--" begins somebody else's command line. */
		if (!strncmp(p, "-- ", 3) || !strncmp(p, "[-- ", 4))
			break;
		if (*p != '-' && strncmp(p, "[-", 2))
			add_word(&u, p, end);
	}
	*out = u;
}

void ul_usage_clear(struct ul_usage *usage)
{
	for (int i = 0; i < usage->count; i++)
		g_free(usage->words[i]);
	*usage = (struct ul_usage){ .count = 0 };
}

const char *ul_usage_word(const struct ul_usage *usage, int nth)
{
	if (nth < 0 || nth >= usage->max || !usage->count)
		return NULL;
	return usage->words[MIN(nth, usage->count - 1)];
}
