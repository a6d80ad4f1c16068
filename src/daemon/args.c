/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * args.c - the command line of userland(8)
 *
 * getopt_long(3) over the table of conf_option.h. Its own messages are off:
 * they name the program twice and cannot say what would be right.
 */
#include "daemon/args.h"

#include <errno.h>
#include <getopt.h>

#include "base/error.h"
#include "conf/nearest.h"

/* Codes above all letters: an option's index in its table, and two more. */
#define CODE_OPTION 0x1000
#define CODE_HELP 0x100
#define CODE_VERSION 0x101

static int has_arg(enum ul_option_arg arg)
{
	switch (arg) {
	case UL_OPTION_FLAG:
		return no_argument;
	case UL_OPTION_VALUE:
		return required_argument;
	case UL_OPTION_MAYBE:
		return optional_argument;
	}
	return no_argument;
}

/* The table in getopt's terms; all zero at its end. */
static struct option *make_long(const struct ul_conf_option *o, size_t count)
{
	struct option *list = g_new0(struct option, count + 3);

	for (size_t i = 0; i < count; i++)
		list[i] = (struct option){
			o[i].name, has_arg(o[i].arg), NULL,
			CODE_OPTION + (int)i,
		};
	list[count] = (struct option){ "help", no_argument, NULL, CODE_HELP };
	list[count + 1] = (struct option){
		"version", no_argument, NULL, CODE_VERSION,
	};
	return list;
}

/* ":" makes a missing value a code of its own. */
static char *make_short(const struct ul_conf_option *o, size_t count)
{
	GString *s = g_string_new(":h");

	for (size_t i = 0; i < count; i++) {
		if (o[i].letter)
			g_string_append_c(s, o[i].letter);
		if (o[i].letter && o[i].arg == UL_OPTION_VALUE)
			g_string_append_c(s, ':');
	}
	return g_string_free(s, FALSE);
}

static const struct ul_conf_option *
find_option(const struct ul_conf_option *o, size_t count, int code)
{
	if (code >= CODE_OPTION)
		return &o[code - CODE_OPTION];
	for (size_t i = 0; i < count; i++)
		if (o[i].letter && o[i].letter == code)
			return &o[i];
	return NULL;
}

/* The option that "--nmae" may have meant; NULL. */
static const char *meant_by(const char *word)
{
	size_t count;
	const struct ul_conf_option *o = ul_conf_options(&count);
	struct ul_nearest nearest = { .typed = word + strlen("--") };

	for (size_t i = 0; i < count; i++)
		ul_nearest_offer(&nearest, o[i].name);
	return ul_nearest_name(&nearest);
}

/* What getopt_long() stopped at: '?' unknown, ':' without its value. */
static int refuse_word(int code, const char *word, char **error)
{
	bool is_long = g_str_has_prefix(word, "--");
	g_autofree char *name = is_long ?
		g_strndup(word, strcspn(word, "=")) :
		g_strdup_printf("-%c", optopt);

	if (code == ':')
		return ul_refuse(error, "%s needs a value", name);
	if (is_long && optopt)
		return ul_refuse(error, "%s takes no value", name);
	if (is_long && meant_by(name))
		return ul_refuse(error, "%s is no option of userland; did you "
				 "mean --%s?", name, meant_by(name));
	return ul_refuse(error, "%s is no option of userland, see userland "
			 "--help", name);
}

static int refuse_rest(const char *word, char **error)
{
	static const char *const verbs[] = {
		"up", "down", "run", "shell", "forward", "ls", "status",
		"leases", "flows", "capture", "connect", "logs", "wait",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
		if (!strcmp(word, verbs[i]))
			return ul_refuse(error, "'%s' is a verb of userlan(1): "
					 "did you mean userlan %s ...?", word,
					 word);
	return ul_refuse(error, "'%s' is not an option: every value follows "
			 "one, see userland --help", word);
}

char *ul_args_help(void)
{
	g_autofree char *options = ul_conf_option_help();

	return g_strconcat(
"Usage: userland [OPTION]...\n"
"A network for a virtual machine, without root: see userland(8).\n", options,
"  -h, --help                  show this and end\n"
"      --version               show the version and end\n", NULL);
}

int ul_args_parse(struct ul_settings **out, int argc, char **argv,
		  enum ul_args_wish *wish, char **error)
{
	size_t count;
	const struct ul_conf_option *o = ul_conf_options(&count);
	g_autofree struct option *longs = make_long(o, count);
	g_autofree char *shorts = make_short(o, count);
	struct ul_settings *given = ul_settings_new();
	enum ul_args_wish asked = UL_ARGS_RUN;
	int code, rc = 0;

	optind = 0;	/* glibc: start anew */
	opterr = 0;
	while (!rc && (code = getopt_long(argc, argv, shorts, longs,
					  NULL)) >= 0) {
		struct ul_conf_setting s = { .value = optarg };

		if (code == '?' || code == ':')
			rc = refuse_word(code, argv[optind - 1], error);
		if (code == 'h' || code == CODE_HELP)
			asked = UL_ARGS_HELP;
		if (code == CODE_VERSION)
			asked = UL_ARGS_VERSION;
		s.option = find_option(o, count, code);
		if (s.option)
			ul_settings_add(given, &s);
	}
	if (!rc && asked == UL_ARGS_RUN && optind < argc)
		rc = refuse_rest(argv[optind], error);
	if (rc) {
		ul_settings_free(given);
		return rc;
	}
	*out = given;
	*wish = asked;
	return 0;
}
