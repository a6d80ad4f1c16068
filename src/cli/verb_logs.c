/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verb_logs.c - userlan logs: what a network wrote into its log
 *
 * A network that is up says which file that is; of one that is not, the file
 * of `userlan up` is shown. The daemon renames a full log to FILE.1 and goes
 * on in a new FILE, so both are shown, and who follows looks whether the
 * FILE it reads is still the one of that name.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/paths.h"
#include "cli/query.h"
#include "cli/reach.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "conf/value.h"

#define SHOWN_MAX (1 << 20)	/* bytes of each file, its last ones */
#define LOOK_AGAIN_MS 1000	/* where the kernel does not tell */
#define LINES_MAX 1000000
#define LINE_PARTS "^([0-9-]{10} [0-9:.]{8,12}) (error|warn|info|debug) " \
		   "([^ :]+): (.*)$"

static const char help[] =
"Show the log of the network NET, at most the last MiB of each file.\n"
"\n"
"  -f, --follow      go on with what is logged from now on, until ^C\n"
"  -n, --lines N     the last N lines\n"
"      --json        an object a line: time, level, tag and message\n";

static const struct option options[] = {
	{ "follow", no_argument, NULL, 'f' },
	{ "lines", required_argument, NULL, 'n' },
	UL_OPTIONS_JSON,
};

struct logs {
	const struct ul_verb *verb;
	bool is_followed, has_lines, is_json;
	unsigned int lines;
	char *path;
	int fd;			/* of the file called path; -1: none */
	int notify;		/* tells of its directory; -1: nobody does */
	GString *part;		/* of a line whose end is not there yet */
	GRegex *parts;		/* of a line */
};

static int set_option(int code, const char *value, void *arg)
{
	struct logs *l = arg;
	g_autofree char *why = NULL;

	l->is_followed |= code == 'f';
	if (code != 'n')
		return 0;
	if (ul_value_uint(&l->lines, value, 0, LINES_MAX, &why))
		return ul_cli_usage(l->verb, "--lines %s: %s", value, why);
	l->has_lines = true;
	return 0;
}

/* What the network at the other end writes, the caller's. */
static int ask_path(struct ul_qmp *qmp, const char *net, char **path,
		    char **error)
{
	json_t *answer = NULL;
	int rc = ul_reach_ask(qmp, "log-level", &answer, error);

	if (!rc && !*ul_reach_text(answer, "file"))
		rc = ul_fail(error, -ENOENT, "network %s keeps no log: one that "
			     "is made with userlan up does", net);
	if (!rc)
		*path = g_strdup(ul_reach_text(answer, "file"));
	json_decref(answer);
	return rc;
}

static int find_path(char **path, const char *net, char **error)
{
	g_autofree char *why = NULL;
	struct ul_qmp *qmp = NULL;
	int rc = ul_reach(&qmp, net, &why);

	if (rc && rc != -ENOENT) {
		*error = g_steal_pointer(&why);
		return rc;
	}
	if (!rc) {
		rc = ask_path(qmp, net, path, error);
		ul_qmp_free(qmp);
		return rc;
	}
	*path = ul_paths_log(net);
	if (access(*path, F_OK) < 0)
		return ul_fail(error, -ENOENT, "%s, and there is no log of it: "
			       "no %s", why, *path);
	return 0;
}

static bool is_same(int fd, int other)
{
	struct stat a, b;

	return !fstat(fd, &a) && !fstat(other, &b) && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static int open_log(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

/* From a line's beginning at most SHOWN_MAX before the end of @fd. */
static void append_file(GString *text, int fd)
{
	off_t end = lseek(fd, 0, SEEK_END);
	off_t start = end > SHOWN_MAX ? end - SHOWN_MAX : 0;
	size_t before = text->len;
	char chunk[4096];
	ssize_t n;

	lseek(fd, start, SEEK_SET);
	while (text->len - before < 2 * SHOWN_MAX &&
	       (n = read(fd, chunk, sizeof(chunk))) > 0)
		g_string_append_len(text, chunk, n);
	if (start) {
		char *eol = memchr(text->str + before, '\n',
				   text->len - before);

		if (eol)
			g_string_erase(text, (gssize)before,
				       eol + 1 - (text->str + before));
	}
}

/* The last @lines of @text. */
static const char *last_lines(const GString *text, unsigned int lines)
{
	const char *p = text->str + text->len;

	if (!lines)
		return p;
	while (p > text->str && (p[-1] != '\n' ||
				 p == text->str + text->len || --lines))
		p--;
	return p;
}

/*
 * "DATE TIME LEVEL TAG: MESSAGE" by its parts; what is written otherwise (a
 * sanitizer's report, say) is a message alone.
 */
static json_t *line_object(const struct logs *l, const char *line)
{
	static const char *const names[] = { "time", "level", "tag",
					     "message" };
	g_autofree char *valid = g_utf8_make_valid(line, -1);
	g_autoptr(GMatchInfo) match = NULL;
	json_t *o = json_object();

	if (!g_regex_match(l->parts, valid, 0, &match)) {
		json_object_set_new(o, "message", json_string(valid));
		return o;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *text = g_match_info_fetch(match, (int)i + 1);

		json_object_set_new(o, names[i], json_string(text));
	}
	return o;
}

static void print_line(const struct logs *l, const char *line)
{
	g_autofree char *clean = NULL;
	json_t *object;

	if (!l->is_json) {
		clean = ul_table_clean(line);
		puts(clean);
		return;
	}
	object = line_object(l, line);
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

/* Whole lines, without what a terminal would act on; the rest waits. */
static void print_text(struct logs *l, const char *text)
{
	const char *eol;

	for (; (eol = strchr(text, '\n')); text = eol + 1) {
		g_string_append_len(l->part, text, eol - text);
		print_line(l, l->part->str);
		g_string_truncate(l->part, 0);
	}
	if (l->part->len < SHOWN_MAX)
		g_string_append(l->part, text);
	fflush(stdout);
}

static int show_all(struct logs *l, char **error)
{
	g_autofree char *old = g_strconcat(l->path, ".1", NULL);
	g_autoptr(GString) text = g_string_new(NULL);
	int old_fd;

	l->fd = open_log(l->path);
	if (l->fd < 0)
		return ul_fail(error, -errno, "%s: %s", l->path,
			       g_strerror(errno));
	old_fd = open_log(old);
	if (old_fd >= 0 && !is_same(old_fd, l->fd))
		append_file(text, old_fd);
	if (old_fd >= 0)
		close(old_fd);
	append_file(text, l->fd);
	print_text(l, l->has_lines ? last_lines(text, l->lines) : text->str);
	return 0;
}

static void print_new(struct logs *l)
{
	char chunk[4096];
	ssize_t n;

	while (l->fd >= 0 && (n = read(l->fd, chunk, sizeof(chunk) - 1)) > 0) {
		chunk[n] = '\0';
		print_text(l, chunk);
	}
}

/* What is called so now, from its beginning. */
static void take_next_file(struct logs *l)
{
	int fd = open_log(l->path);

	if (fd < 0 || (l->fd >= 0 && is_same(fd, l->fd))) {
		if (fd >= 0)
			close(fd);
		return;
	}
	/* The last words of the one before. */
	print_new(l);
	if (l->fd >= 0)
		close(l->fd);
	l->fd = fd;
	print_new(l);
}

static void wait_for_more(struct logs *l)
{
	struct pollfd p = { .fd = l->notify, .events = POLLIN };
	char events[4096];

	/* Without a descriptor poll() is a pause. */
	if (poll(&p, 1, LOOK_AGAIN_MS) > 0)
		while (read(l->notify, events, sizeof(events)) > 0)
			;
}

static void watch_dir(struct logs *l)
{
	g_autofree char *dir = g_path_get_dirname(l->path);

	l->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (l->notify >= 0 &&
	    inotify_add_watch(l->notify, dir, IN_MODIFY | IN_CREATE |
			      IN_MOVED_TO) < 0) {
		close(l->notify);
		l->notify = -1;
	}
}

/* Until who reads it is gone, or ^C. */
static void follow(struct logs *l)
{
	watch_dir(l);
	while (!ferror(stdout)) {
		print_new(l);
		take_next_file(l);
		wait_for_more(l);
	}
}

static int verb_logs(const struct ul_verb *verb, int argc, char **argv)
{
	struct logs l = { .verb = verb, .fd = -1, .notify = -1 };
	struct ul_query q;
	char *error = NULL;
	int rc, status = ul_query_parse(&q, verb, argc, argv, set_option, &l);

	if (status != UL_QUERY_GO_ON)
		return status;
	l.is_json = q.is_json;
	l.part = g_string_new(NULL);
	l.parts = g_regex_new(LINE_PARTS, 0, 0, NULL);
	rc = find_path(&l.path, q.net, &error);
	if (!rc)
		rc = show_all(&l, &error);
	if (!rc && l.is_followed)
		follow(&l);
	if (l.fd >= 0)
		close(l.fd);
	if (l.notify >= 0)
		close(l.notify);
	g_string_free(l.part, TRUE);
	g_regex_unref(l.parts);
	g_free(l.path);
	return rc ? ul_cli_failed(error) : UL_EXIT_OK;
}

const struct ul_verb ul_verb_logs = {
	.name = "logs",
	.args = "NET [-f] [-n N] [--json]",
	.summary = "what a network wrote into its log",
	.help = help,
	.options = options,
	.run = verb_logs,
};
