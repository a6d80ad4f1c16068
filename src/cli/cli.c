/* SPDX-License-Identifier: BSD-3-Clause */
/* cli.c - what the verbs of userlan(1) have in common */
#include "cli/cli.h"

#include <getopt.h>
#include <glib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int ul_cli_failed(char *take_error)
{
	fprintf(stderr, "userlan: %s\n", take_error);
	g_free(take_error);
	return UL_EXIT_FAILED;
}

int ul_cli_usage(const struct ul_verb *verb, const char *fmt, ...)
{
	g_autofree char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	fprintf(stderr, "userlan %s: %s\nSee userlan %s --help\n", verb->name,
		text, verb->name);
	return UL_EXIT_USAGE;
}

int ul_cli_bad_option(const struct ul_verb *verb, int code, const char *word)
{
	g_autofree char *name = g_str_has_prefix(word, "--") ?
		g_strndup(word, strcspn(word, "=")) :
		g_strdup_printf("-%c", optopt);

	if (code == ':')
		return ul_cli_usage(verb, "%s needs a value", name);
	if (optopt && g_str_has_prefix(word, "--"))
		return ul_cli_usage(verb, "%s takes no value", name);
	return ul_cli_usage(verb, "%s is no option of this verb", name);
}

int ul_cli_help(const struct ul_verb *verb)
{
	fputs(verb->help, stdout);
	return UL_EXIT_OK;
}
