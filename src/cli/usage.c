/* SPDX-License-Identifier: BSD-3-Clause */
/* usage.c - the line that says what a verb takes */
#include "cli/usage.h"

#include <assert.h>
#include <glib.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#define NEAR_LEN_MAX 32
#define NEAR_MAX 2		/* mistakes in a word */

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

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	return MIN(a, MIN(b, c));
}

/* Mistakes between two words, where two letters swapped are one. */
static unsigned int mistakes(const char *a, const char *b)
{
	unsigned int d[NEAR_LEN_MAX + 1][NEAR_LEN_MAX + 1];
	size_t a_len = strlen(a), b_len = strlen(b);

	if (a_len > NEAR_LEN_MAX || b_len > NEAR_LEN_MAX)
		return UINT_MAX;
	for (size_t i = 0; i <= a_len; i++)
		d[i][0] = (unsigned int)i;
	for (size_t j = 0; j <= b_len; j++)
		d[0][j] = (unsigned int)j;
	for (size_t i = 1; i <= a_len; i++) {
		for (size_t j = 1; j <= b_len; j++) {
			d[i][j] = least(d[i - 1][j] + 1, d[i][j - 1] + 1,
					d[i - 1][j - 1] +
					(a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d[i][j] = MIN(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[a_len][b_len];
}

int ul_usage_nearest(const char *word, const char *const *words, size_t count)
{
	unsigned int best = NEAR_MAX + 1;
	int found = -1;

	for (size_t i = 0; i < count; i++) {
		unsigned int n = mistakes(word, words[i]);

		/* Half of a short word wrong is another word. */
		if (n < best && 2 * n < strlen(words[i]) + 1) {
			best = n;
			found = (int)i;
		}
	}
	return found;
}
