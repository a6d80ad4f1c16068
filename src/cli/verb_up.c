/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verb_up.c - userlan up: make a network that stays
 *
 * userland(8) is started with the sockets that belong to the name; it goes
 * to the background by itself when it is ready, and says itself what is
 * wrong with its options. Sockets of a network that died are replaced by it,
 * under its own lock.
 *
 * The network's file is read here too: what it says is not said by default.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/cli.h"
#include "cli/launch.h"
#include "cli/paths.h"
#include "cli/reach.h"
#include "cli/verbs.h"
#include "conf/conf_file.h"
#include "conf/value.h"

static const char help[] =
"Make the network NET, which stays until userlan down NET.\n"
"\n"
"The options are those of userland(8), for one --mode (nat-network), -p,\n"
"--subnet, --host-loopback; its name and sockets are settled by NET. Options\n"
"of ~/.config/userlan/NET.conf are read first, or of --config FILE.\n";

/* What is asked for: words of the command line, and a file. */
struct wish {
	const char *net;
	char *const *words;
	char *file;			/* its path; NULL: there is none */
	bool is_own;			/* the one that belongs to the name */
	struct ul_settings *said;	/* in the file */
};

/* Does @word set the option @name, "--mode"? */
static bool is_option(const char *word, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(word, name, len) && (!word[len] || word[len] == '=');
}

static bool has_option(char *const *argv, const char *name)
{
	for (; *argv; argv++)
		if (is_option(*argv, name))
			return true;
	return false;
}

/* The value of the first @name among @argv; NULL when there is none. */
static const char *value_of(char *const *argv, const char *name)
{
	for (; *argv; argv++) {
		if (!is_option(*argv, name))
			continue;
		return (*argv)[strlen(name)] ? *argv + strlen(name) + 1 :
					       argv[1];
	}
	return NULL;
}

/* Is "--NAME" on the command line, or NAME in the file? */
static bool says(const struct wish *w, const char *name)
{
	return has_option(w->words, name) ||
	       ul_settings_has(w->said, name + strlen("--"));
}

/* The file that was named, or the network's own where that is. */
static int read_file(struct wish *w, char **error)
{
	const char *named = value_of(w->words, "--config");

	w->is_own = !named;
	w->file = named ? g_strdup(named) : ul_paths_config(w->net);
	if (w->is_own && access(w->file, F_OK) < 0 &&
	    (errno == ENOENT || errno == ENOTDIR))
		g_clear_pointer(&w->file, g_free);
	if (w->file)
		return ul_conf_file_read(&w->said, w->file, error);
	w->said = ul_settings_new();
	return 0;
}

static int check_options(char *const *argv)
{
	static const char *const ours[] = {
		"--name", "--socket", "--control",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(ours); i++)
		if (has_option(argv, ours[i]))
			return ul_cli_usage(&ul_verb_up, "%s is settled by the "
					    "network's name; for one with a "
					    "name or socket of your own choice "
					    "start userland(8)", ours[i]);
	return 0;
}

static char *describe(const char *net, const json_t *info)
{
	const char *subnet = ul_reach_text(info, "subnet");

	return g_strdup_printf("%s (%s%s%s)", net,
			       ul_reach_text(info, "mode"),
			       *subnet ? ", " : "", subnet);
}

/* 0 when nobody is there. */
static int check_down(const char *net, char **error)
{
	g_autofree char *why = NULL;
	g_autofree char *what = NULL;
	struct ul_qmp *qmp = NULL;
	json_t *info = NULL;
	int rc = ul_reach(&qmp, net, &why);

	if (rc == -ENOENT)
		return 0;
	if (rc) {
		*error = g_steal_pointer(&why);
		return rc;
	}
	if (!ul_reach_ask(qmp, "query-network", &info, &why))
		what = describe(net, info);
	*error = g_strdup_printf("network %s is up already: see userlan status "
				 "%s; userlan down %s ends it",
				 what ? what : net, net, net);
	json_decref(info);
	ul_qmp_free(qmp);
	return -EEXIST;
}

/* Where nobody can write, the network still comes up. */
static void add_log(GPtrArray *argv, const struct wish *w)
{
	g_autofree char *dir = ul_paths_state_dir();

	if (says(w, "--log-file") || says(w, "--log-dir"))
		return;
	if (g_mkdir_with_parents(dir, 0700) < 0 || access(dir, W_OK) < 0)
		fprintf(stderr, "userlan up: no log of %s is kept: %s: %s\n",
			w->net, dir, g_strerror(errno));
	else
		g_ptr_array_add(argv, g_strdup_printf("--log-dir=%s", dir));
}

static GPtrArray *make_argv(char *take_program, const struct wish *w,
			    const struct ul_paths *paths)
{
	GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(argv, take_program);
	g_ptr_array_add(argv, g_strdup_printf("--name=%s", w->net));
	g_ptr_array_add(argv, g_strdup_printf("--socket=%s", paths->socket));
	g_ptr_array_add(argv, g_strdup_printf("--control=%s",
					      paths->control));
	add_log(argv, w);
	if (!says(w, "--mode"))
		g_ptr_array_add(argv, g_strdup("--mode=nat-network"));
	if (w->file && w->is_own)
		g_ptr_array_add(argv, g_strdup_printf("--config=%s",
						      w->file));
	for (char *const *word = w->words; *word; word++)
		g_ptr_array_add(argv, g_strdup(*word));
	g_ptr_array_add(argv, NULL);
	return argv;
}

/* Its exit status: it has said why it is not 0. */
static int start(int *status, const struct wish *w,
		 const struct ul_paths *paths, char **error)
{
	struct ul_child_conf conf = { .group = UL_CHILD_SAME_GROUP };
	char *program = ul_launch_find(error);
	GPtrArray *argv;
	pid_t pid;
	int rc;

	if (!program)
		return -ENOENT;
	if (w->file && w->is_own)
		fprintf(stderr, "userlan up: options of %s are read from %s\n",
			w->net, w->file);
	argv = make_argv(program, w, paths);
	conf.argv = (char **)argv->pdata;
	ul_child_hold_signals();
	rc = ul_child_start(&pid, &conf, error);
	if (!rc)
		*status = ul_child_wait(pid);
	g_ptr_array_free(argv, TRUE);
	return rc;
}

static void report(const char *net)
{
	g_autofree char *why = NULL;
	g_autofree char *what = NULL;
	struct ul_qmp *qmp = NULL;
	json_t *info = NULL;

	if (!ul_reach(&qmp, net, &why) &&
	    !ul_reach_ask(qmp, "query-network", &info, &why)) {
		what = describe(net, info);
		printf("%s is up; a VM on it: userlan run --net %s -- "
		       "qemu-system-x86_64 ...\n", what, net);
	}
	json_decref(info);
	ul_qmp_free(qmp);
}

static int up(const struct wish *w)
{
	struct ul_paths paths;
	char *error = NULL;
	int status = UL_EXIT_FAILED;
	int rc = ul_paths_of(&paths, w->net, &error);

	if (rc)
		return ul_cli_failed(error);
	rc = ul_paths_make_dir(&paths, &error);
	if (!rc)
		rc = check_down(w->net, &error);
	if (!rc)
		rc = start(&status, w, &paths, &error);
	ul_paths_clear(&paths);
	if (rc)
		return ul_cli_failed(error);
	/* In the foreground it has been and gone. */
	if (!status && !has_option(w->words, "-f") &&
	    !says(w, "--foreground") && !has_option(w->words, "--check"))
		report(w->net);
	return status;
}

/* The name, and what a file says, before anything is touched. */
static int check_and_up(const char *net, char *const *words)
{
	struct wish w = { .net = net, .words = words };
	char *error = NULL;
	int status;

	if (ul_value_check_label(net, &error)) {
		status = ul_cli_usage(&ul_verb_up, "'%s' is no name of a "
				      "network: %s", net, error);
		g_free(error);
		return status;
	}
	if (read_file(&w, &error)) {
		ul_cli_failed(error);
		status = UL_EXIT_USAGE;
	} else {
		status = up(&w);
	}
	ul_settings_free(w.said);
	g_free(w.file);
	return status;
}

static int verb_up(const struct ul_verb *verb, int argc, char **argv)
{
	int rc;

	if (argc > 1 && (is_option(argv[1], "--help") ||
			 is_option(argv[1], "-h")))
		return ul_cli_help(&ul_verb_up);
	if (argc < 2 || *argv[1] == '-')
		return ul_cli_usage(&ul_verb_up, "the network's name comes "
				    "first: userlan up NET [OPTION]...");
	rc = check_options(argv + 2);
	return rc ? rc : check_and_up(argv[1], argv + 2);
}

const struct ul_verb ul_verb_up = {
	.name = "up",
	.args = "NET [OPTION]...",
	.summary = "make a network; options of userland(8)",
	.help = help,
	.run = verb_up,
};
