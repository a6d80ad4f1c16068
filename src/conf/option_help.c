/* SPDX-License-Identifier: BSD-3-Clause */
/* option_help.c - the options as --help shows them */
#include "conf/conf_option.h"

#include <assert.h>

#define HELP_COLUMN 30
#define WIDTH 79

static const char *const headings[] = {
	[UL_GROUP_KIND] = "What kind of network",
	[UL_GROUP_ATTACH] =
		("Where guests attach (in nat one of these; else repeatable; "
		 "default: a\nsocket in $XDG_RUNTIME_DIR/userlan)"),
	[UL_GROUP_NETWORK] = "The network",
	[UL_GROUP_NAMES] = "Leases and names",
	[UL_GROUP_POLICY] = "What guests may reach",
	[UL_GROUP_FORWARD] = "From the host to guests",
	[UL_GROUP_LIMIT] = "Ceilings of one guest",
	[UL_GROUP_PROCESS] = "The process",
};
static_assert(G_N_ELEMENTS(headings) == UL_OPTION_GROUP_COUNT, "each group");

/* "  -p, --forward FORWARD" */
static char *usage_of(const struct ul_conf_option *o)
{
	g_autofree char *letter = o->letter ?
		g_strdup_printf("  -%c, ", o->letter) : g_strdup("      ");

	switch (o->arg) {
	case UL_OPTION_FLAG:
		return g_strdup_printf("%s--%s", letter, o->name);
	case UL_OPTION_VALUE:
		return g_strdup_printf("%s--%s %s", letter, o->name, o->value);
	case UL_OPTION_MAYBE:
		return g_strdup_printf("%s--%s[=%s]", letter, o->name,
				       o->value);
	}
	return NULL;
}

/* One option: what it is called at the left, filled help at the right. */
static void show(GString *out, const struct ul_conf_option *o)
{
	g_autofree char *usage = usage_of(o);
	g_auto(GStrv) words = g_strsplit(o->help, " ", -1);
	size_t column = strlen(usage);

	g_string_append(out, usage);
	if (column >= HELP_COLUMN - 1)
		column = WIDTH;
	for (char **w = words; *w; w++) {
		if (w > words && column + 1 + strlen(*w) <= WIDTH) {
			g_string_append_printf(out, " %s", *w);
			column += 1 + strlen(*w);
			continue;
		}
		if (w > words || column == WIDTH) {
			g_string_append_c(out, '\n');
			column = 0;
		}
		g_string_append_printf(out, "%*s%s",
				       (int)(HELP_COLUMN - column), "", *w);
		column = HELP_COLUMN + strlen(*w);
	}
	g_string_append_c(out, '\n');
}

char *ul_conf_option_help(void)
{
	GString *out = g_string_new(NULL);
	size_t count;
	const struct ul_conf_option *o = ul_conf_options(&count);

	for (unsigned int g = 0; g < UL_OPTION_GROUP_COUNT; g++) {
		g_string_append_printf(out, "\n%s\n", headings[g]);
		for (size_t i = 0; i < count; i++)
			if (o[i].group == g)
				show(out, &o[i]);
	}
	return g_string_free(out, FALSE);
}
