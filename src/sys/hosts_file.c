/* SPDX-License-Identifier: BSD-3-Clause */
/* hosts_file.c - the host's own names for addresses */
#include "sys/hosts_file.h"

#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define LABEL_MAX 63
#define CLASS_E 240		/* 240/4: nobody's, and the broadcast */

/* What is left of a line. */
struct line {
	const char *p, *end;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* The next word into @out, which has @size bytes; false at the end. */
static bool next_word(struct line *l, char *out, size_t size, bool *fits)
{
	const char *start;
	size_t len;

	while (l->p < l->end && is_blank(*l->p))
		l->p++;
	start = l->p;
	while (l->p < l->end && !is_blank(*l->p))
		l->p++;
	len = (size_t)(l->p - start);
	*fits = len < size;
	if (*fits) {
		memcpy(out, start, len);
		out[len] = '\0';
		/* A NUL in the middle would hide the rest. */
		*fits = strlen(out) == len;
	}
	return len;
}

static bool is_usable(const struct ul_addr *addr)
{
	if (ul_addr_is_loopback(addr) || ul_addr_is_multicast(addr) ||
	    ul_addr_is_linklocal(addr))
		return false;
	return !ul_addr_is_v4(addr) || addr->b[12] < CLASS_E;
}

/* To lower case, without a last dot; false when it is no host's name. */
static bool tidy_name(char *name)
{
	size_t len = strlen(name), label = 0;

	if (len && name[len - 1] == '.')
		name[--len] = '\0';
	for (size_t i = 0; i < len; i++) {
		char c = g_ascii_tolower(name[i]);

		if (c == '.' ? !label : !g_ascii_isalnum(c) && c != '-' &&
					c != '_')
			return false;
		label = c == '.' ? 0 : label + 1;
		if (label > LABEL_MAX)
			return false;
		name[i] = c;
	}
	return len && label;
}

static void parse_line(struct line *l, ul_hosts_fn fn, void *arg)
{
	char text[UL_ADDR_STRLEN], name[UL_HOSTS_NAME_LEN + 1];
	struct ul_addr addr;
	bool fits;

	if (!next_word(l, text, sizeof(text), &fits) || !fits ||
	    ul_addr_parse(&addr, text) < 0 || !is_usable(&addr))
		return;
	while (next_word(l, name, sizeof(name), &fits))
		if (fits && tidy_name(name) &&
		    strlen(name) < UL_HOSTS_NAME_LEN)
			fn(name, &addr, arg);
}

void ul_hosts_parse(const char *text, size_t len, ul_hosts_fn fn, void *arg)
{
	const char *end = text + len;

	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		const char *line_end = nl ? nl : end;
		const char *hash = memchr(text, '#',
					  (size_t)(line_end - text));
		struct line l = { text, hash ? hash : line_end };

		parse_line(&l, fn, arg);
		text = nl ? nl + 1 : end;
	}
}
