/* SPDX-License-Identifier: BSD-3-Clause */
/* table.c - columns for people */
#include "cli/table.h"

#include <assert.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>

struct column {
	const char *head;
	bool is_number;
	int width;
};

struct ul_table {
	struct column column[UL_TABLE_COLUMNS_MAX];
	unsigned int columns;
	GPtrArray *cells;	/* row by row */
};

static int width_of(const char *text)
{
	return (int)g_utf8_strlen(text, -1);
}

char *ul_table_clean(const char *text)
{
	GString *out = g_string_new(NULL);
	g_autofree char *valid = g_utf8_make_valid(text, -1);

	for (const char *s = valid; *s; s = g_utf8_next_char(s)) {
		gunichar c = g_utf8_get_char(s);

		g_string_append_unichar(out, g_unichar_isprint(c) ? c : '?');
	}
	return g_string_free(out, FALSE);
}

struct ul_table *ul_table_new(const char *const *heads)
{
	struct ul_table *t = g_new0(struct ul_table, 1);

	for (; heads[t->columns]; t->columns++) {
		struct column *c = &t->column[t->columns];

		assert(t->columns < UL_TABLE_COLUMNS_MAX);
		c->is_number = heads[t->columns][0] == '>';
		c->head = heads[t->columns] + c->is_number;
		c->width = width_of(c->head);
	}
	t->cells = g_ptr_array_new_with_free_func(g_free);
	return t;
}

void ul_table_free(struct ul_table *table)
{
	if (!table)
		return;
	g_ptr_array_free(table->cells, TRUE);
	g_free(table);
}

void ul_table_add(struct ul_table *table, const char *const *cells)
{
	for (unsigned int i = 0; i < table->columns; i++) {
		struct column *c = &table->column[i];
		char *text = cells[i] && *cells[i] ?
			ul_table_clean(cells[i]) : g_strdup("-");

		c->width = MAX(c->width, width_of(text));
		g_ptr_array_add(table->cells, text);
	}
}

/* The last column is not filled up, so that no line ends in blanks. */
static void append(GString *line, const struct column *c, const char *text,
		   bool is_last)
{
	int pad = c->width - width_of(text);

	if (c->is_number)
		g_string_append_printf(line, "%*s", pad, "");
	g_string_append(line, text);
	if (!c->is_number && !is_last)
		g_string_append_printf(line, "%*s", pad, "");
	if (!is_last)
		g_string_append(line, "  ");
}

void ul_table_print(const struct ul_table *table, const char *indent,
		    FILE *out)
{
	GString *line = g_string_new(indent);

	if (table->cells->len)
		for (unsigned int i = 0; i < table->columns; i++)
			append(line, &table->column[i], table->column[i].head,
			       i + 1 == table->columns);
	for (unsigned int i = 0; i < table->cells->len; i++) {
		unsigned int at = i % table->columns;

		if (!at)
			g_string_append_printf(line, "\n%s", indent);
		append(line, &table->column[at],
		       g_ptr_array_index(table->cells, i),
		       at + 1 == table->columns);
	}
	if (table->cells->len)
		fprintf(out, "%s\n", line->str);
	g_string_free(line, TRUE);
}
