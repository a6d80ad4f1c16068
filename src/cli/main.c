/* SPDX-License-Identifier: BSD-3-Clause */
/* main.c - userlan(1): run VMs on networks, make networks, look at them */
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/complete.h"
#include "cli/usage.h"
#include "cli/verbs.h"
#include "conf/conf_option.h"
#include "conf/nearest.h"

#define UL_VERB_ROW(name) &ul_verb_##name,

const struct ul_verb *const ul_verbs[] = { UL_VERBS(UL_VERB_ROW) NULL };

/* 0 to 2 are open from here on, or a socket of ours becomes one of them. */
static int fill_stdio(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	return fd;
}

static bool is_option_of_userland(const char *word)
{
	size_t count;
	const struct ul_conf_option *option = ul_conf_options(&count);
	size_t len = strcspn(word, "=");

	for (size_t i = 0; i < count; i++) {
		g_autofree char *name = g_strdup_printf("--%s",
							option[i].name);

		if (strlen(name) == len && !strncmp(name, word, len))
			return true;
		if (option[i].letter && word[0] == '-' &&
		    word[1] == option[i].letter)
			return true;
	}
	return false;
}

static const struct ul_verb *find(const char *word)
{
	for (const struct ul_verb *const *v = ul_verbs; *v; v++)
		if (!strcmp((*v)->name, word))
			return *v;
	return NULL;
}

static void print_help(FILE *out)
{
	fputs("Usage: userlan VERB [ARGUMENT]...\n"
	      "Networks for virtual machines, without root: see userlan(1).\n"
	      "\n", out);
	for (const struct ul_verb *const *v = ul_verbs; *v; v++)
		fprintf(out, "  %-10s %s\n", (*v)->name, (*v)->summary);
	fputs("\n"
	      "userlan VERB --help says more of each. -h, --help; --version\n",
	      out);
}

/* A verb that is none: what was meant, or what there is. */
static void refuse_verb(const char *word)
{
	struct ul_nearest nearest = { .typed = word };
	const char *meant;

	for (const struct ul_verb *const *v = ul_verbs; *v; v++)
		ul_nearest_offer(&nearest, (*v)->name);
	meant = ul_nearest_name(&nearest);
	fprintf(stderr, "userlan: '%s' is no verb%s", word,
		meant ? ": did you mean userlan " : "; there are ");
	if (meant)
		fprintf(stderr, "%s?\n", meant);
	for (const struct ul_verb *const *v = ul_verbs; !meant && *v; v++)
		fprintf(stderr, "%s%s", (*v)->name, v[1] ? ", " : "\n");
}

static int refuse(const char *word)
{
	if (*word != '-')
		refuse_verb(word);
	else if (is_option_of_userland(word))
		fprintf(stderr, "userlan: %s is an option of userland(8), the "
			"network itself; userlan(1) begins with a verb: did "
			"you mean userland %s, or userlan up NET %s?\n", word,
			word, word);
	else
		fprintf(stderr, "userlan: %s is no option; userlan begins "
			"with a verb, see userlan --help\n", word);
	return UL_EXIT_USAGE;
}

int main(int argc, char **argv)
{
	const struct ul_verb *verb;

	if (fill_stdio() < 0)
		return UL_EXIT_FAILED;
	if (argc < 2) {
		print_help(stderr);
		return UL_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--complete"))
		return (int)ul_complete(ul_verbs, argc - 2, argv + 2, stdout);
	verb = find(argv[1]);
	if (verb)
		return ul_verb_run_it(verb, argc - 1, argv + 1);
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
		print_help(stdout);
		return UL_EXIT_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("userlan " PACKAGE_VERSION);
		return UL_EXIT_OK;
	}
	return refuse(argv[1]);
}
