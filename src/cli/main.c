/* SPDX-License-Identifier: BSD-3-Clause */
/* main.c - userlan(1): run VMs on networks, make networks, look at them */
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "conf/conf_option.h"

static const struct ul_verb *const verbs[] = {
	&ul_verb_run, &ul_verb_up, &ul_verb_down, &ul_verb_ls,
	&ul_verb_status, &ul_verb_shell,
};

static const char help[] =
"Usage: userlan VERB [ARGUMENT]...\n"
"Networks for virtual machines, without root: see userlan(1).\n"
"\n"
"  run [--net NET]... -- QEMU...  run a VM, on a network of its own or on NET\n"
"  up NET [OPTION]...             make a network; options of userland(8)\n"
"  down NET                       end it\n"
"  ls                             the networks that are up\n"
"  status [NET]                   what a network is and who is on it\n"
"  shell NET [-- COMMAND...]      this host's command, inside the network\n"
"\n"
"userlan VERB --help says more of each. -h, --help; --version\n";

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

static int refuse(const char *word)
{
	if (*word != '-')
		fprintf(stderr, "userlan: '%s' is no verb; there are run, up, "
			"down, ls, status and shell\n", word);
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
	if (fill_stdio() < 0)
		return UL_EXIT_FAILED;
	if (argc < 2) {
		fputs(help, stderr);
		return UL_EXIT_USAGE;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
		if (!strcmp(argv[1], verbs[i]->name))
			return verbs[i]->run(argc - 1, argv + 1);
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
		fputs(help, stdout);
		return UL_EXIT_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("userlan " PACKAGE_VERSION);
		return UL_EXIT_OK;
	}
	return refuse(argv[1]);
}
