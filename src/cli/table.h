/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * table.h - columns for people
 *
 * What a guest named itself may end up here, so anything that a terminal
 * could take for a command is shown as a question mark.
 */
#ifndef UL_CLI_TABLE_H
#define UL_CLI_TABLE_H

#include <stdio.h>

#define UL_TABLE_COLUMNS_MAX 12

struct ul_table;

/* @heads ends with NULL; one that begins with '>' is a column of numbers. */
struct ul_table *ul_table_new(const char *const *heads);
void ul_table_free(struct ul_table *table);

/* One row, a text for each column; NULL or "" is shown as a dash. */
void ul_table_add(struct ul_table *table, const char *const *cells);

/* All rows, each line behind @indent. No rows, no output. */
void ul_table_print(const struct ul_table *table, const char *indent,
		    FILE *out);

/* @text without what a terminal would act on; the caller's. */
char *ul_table_clean(const char *text);

#endif
