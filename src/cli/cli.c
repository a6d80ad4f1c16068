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

/* Names and what they do, in columns. */
static void print_subs(const struct ul_verb *subs)
{
	size_t width = 0;

	for (const struct ul_verb *v = subs; v->name; v++)
		width = MAX(width, strlen(v->name) + strlen(v->args) + 1);
	putchar('\n');
	for (const struct ul_verb *v = subs; v->name; v++)
		printf("  %s %-*s  %s\n", v->name,
		       (int)(width - strlen(v->name) - 1), v->args,
		       v->summary);
}

int ul_cli_help(const struct ul_verb *verb)
{
	printf("Usage: userlan %s %s\n%s", verb->name,
	       verb->subs ? "VERB [ARGUMENT]..." : verb->args,
	       verb->help ? verb->help : "");
	if (verb->subs)
		print_subs(verb->subs);
	return UL_EXIT_OK;
}

const char *ul_verb_word(const struct ul_verb *verb)
{
	const char *space = strrchr(verb->name, ' ');

	return space ? space + 1 : verb->name;
}

/* "add, ls, rm" */
static char *sub_names(const struct ul_verb *subs)
{
	GString *s = g_string_new(NULL);

	for (const struct ul_verb *v = subs; v->name; v++)
		g_string_append_printf(s, "%s%s", v == subs ? "" : ", ",
				       ul_verb_word(v));
	return g_string_free(s, FALSE);
}

int ul_verb_run_it(const struct ul_verb *verb, int argc, char **argv)
{
	g_autofree char *names = NULL;

	if (!verb->subs)
		return verb->run(verb, argc, argv);
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		return ul_cli_help(verb);
	for (const struct ul_verb *v = verb->subs; argc > 1 && v->name; v++)
		if (!strcmp(argv[1], ul_verb_word(v)))
			return ul_verb_run_it(v, argc - 1, argv + 1);
	names = sub_names(verb->subs);
	if (argc < 2)
		return ul_cli_usage(verb, "what? There are %s", names);
	return ul_cli_usage(verb, "'%s' is none of %s", argv[1], names);
}
