/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verb_capture.c - userlan capture: a network's frames, into a file or pipe
 *
 * The file is opened here, by the user who asked, and its descriptor is handed
 * over: the network writes it. For the standard output a pipe of our own is
 * handed over, whose end is copied: nobody else's descriptor is made
 * non-blocking, and a reader that is slow loses frames, not the network time.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/query.h"
#include "cli/reach.h"
#include "cli/table.h"
#include "cli/verbs.h"

#define FD_NAME "capture"
#define LOOK_MS 200		/* has it ended? */
#define PIPE_SIZE (1 << 20)
#define SECONDS_MAX 86400000
#define SNAPLEN_MAX 69632

enum {
	OPT_PORT = UL_OPT_LONG, OPT_COUNT, OPT_SECONDS, OPT_SNAPLEN, OPT_LIST,
	OPT_STOP,
};

static const char help[] =
"Write the frames of the network NET as pcapng, for tcpdump and wireshark,\n"
"until it is interrupted.\n"
"\n"
"  -w FILE        into FILE; - is the standard output, which is the default\n"
"                 where that is no terminal\n"
"  --port VM      what this machine sends and is sent; without it, all frames\n"
"  --count N      end after N frames\n"
"  --seconds S    end after S seconds\n"
"  --snaplen N    the first N bytes of each frame only\n"
"  --list         the captures that there are, and why they ended\n"
"  --stop ID      end the capture with this number\n"
"  --json         of --list, for scripts\n";

static const struct option options[] = {
	{ "write", required_argument, NULL, 'w' },
	{ "port", required_argument, NULL, OPT_PORT },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "seconds", required_argument, NULL, OPT_SECONDS },
	{ "snaplen", required_argument, NULL, OPT_SNAPLEN },
	{ "list", no_argument, NULL, OPT_LIST },
	{ "stop", required_argument, NULL, OPT_STOP },
	UL_OPTIONS_JSON,
};

struct asked {
	const char *file, *port;
	bool does_list;
	guint64 count, seconds, snaplen, stop;	/* 0: not given */
};

/* Our end of a capture under way. */
struct session {
	struct ul_qmp *qmp;
	json_int_t id;
	int fd;			/* what to copy from; -1: nothing */
	gint64 end_us;		/* of --seconds; 0: none */
};

static volatile sig_atomic_t is_interrupted;

static void on_signal(int number)
{
	is_interrupted = 1;
}

/* A second signal ends us at once: whoever waits for a pipe can. */
static void catch_signals(void)
{
	struct sigaction sa = {
		.sa_handler = on_signal, .sa_flags = SA_RESETHAND,
	};

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

/* What the network shall write to, or -1; our end into *@copy. */
static int open_target(const char *file, int *copy, char **error)
{
	int fd, ends[2];

	*copy = -1;
	if (strcmp(file, "-")) {
		fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			  0666);
		if (fd < 0)
			*error = g_strdup_printf("%s: %s", file,
						 g_strerror(errno));
		return fd;
	}
	if (pipe2(ends, O_CLOEXEC) < 0) {
		*error = g_strdup_printf("no pipe: %s", g_strerror(errno));
		return -1;
	}
	(void)fcntl(ends[0], F_SETPIPE_SZ, PIPE_SIZE);
	*copy = ends[0];
	return ends[1];
}

static int start(struct session *s, const struct asked *a, char **error)
{
	json_t *args = json_pack("{s:s, s:I, s:I, s:s*}", "fdname", FD_NAME,
				 "snaplen", (json_int_t)a->snaplen,
				 "count", (json_int_t)a->count,
				 "port", a->port);
	json_t *answer = NULL;
	int rc, fd = open_target(a->file, &s->fd, error);

	rc = fd < 0 ? -EIO : ul_qmp_give_fd(s->qmp, fd, FD_NAME, error);
	if (fd >= 0)
		close(fd);
	if (rc) {
		json_decref(args);
		return rc;
	}
	rc = ul_qmp_execute(s->qmp, "capture-start", args, &answer, error);
	if (!rc)
		s->id = ul_reach_int(answer, "id");
	json_decref(answer);
	if (a->seconds)
		s->end_us = g_get_monotonic_time() +
			    (gint64)a->seconds * G_USEC_PER_SEC;
	return rc;
}

/* What is known of it, the caller's; NULL: nothing any more. */
static json_t *look(struct session *s)
{
	json_t *list = NULL, *one, *found = NULL;
	char *error = NULL;
	size_t i;

	if (ul_reach_ask(s->qmp, "query-captures", &list, &error))
		g_free(error);
	json_array_foreach(list, i, one)
		if (ul_reach_int(one, "id") == s->id)
			found = json_incref(one);
	json_decref(list);
	return found;
}

static bool goes_on(struct session *s)
{
	json_t *known = look(s);
	bool is_running = ul_reach_bool(known, "running");

	json_decref(known);
	return is_running;
}

static void stop(struct session *s)
{
	char *error = NULL;

	/* When it has ended by itself, that is as well. */
	if (ul_qmp_execute(s->qmp, "capture-stop",
			   json_pack("{s:I}", "id", s->id), NULL, &error))
		g_free(error);
}

/* One piece to the standard output. False at the end. */
static bool copy(struct session *s)
{
	static char bytes[PIPE_SIZE];
	ssize_t n = read(s->fd, bytes, sizeof(bytes)), done = 0;

	if (n < 0 && errno == EINTR)
		return true;
	while (n > 0 && done < n) {
		ssize_t put = write(STDOUT_FILENO, bytes + done,
				    (size_t)(n - done));

		if (put < 0 && errno != EINTR)
			return false;
		done += put > 0 ? put : 0;
	}
	return n > 0;
}

static bool is_time_up(const struct session *s)
{
	return is_interrupted ||
	       (s->end_us && g_get_monotonic_time() >= s->end_us);
}

/* How long to wait for the next look at the clock. */
static int wait_ms(const struct session *s)
{
	gint64 left = s->end_us ?
		(s->end_us - g_get_monotonic_time()) / 1000 + 1 : LOOK_MS;

	return (int)CLAMP(left, 0, LOOK_MS);
}

/* Until it has ended; asked to stop, what waits still comes. */
static void follow(struct session *s)
{
	bool is_stopped = false;

	for (;;) {
		struct pollfd p = { .fd = s->fd, .events = POLLIN };

		if (!is_stopped && is_time_up(s)) {
			stop(s);
			is_stopped = true;
		}
		if (is_stopped && s->fd < 0)
			return;
		if (poll(&p, 1, is_stopped ? -1 : wait_ms(s)) > 0) {
			if (!copy(s))
				return;
		} else if (s->fd < 0 && !is_stopped && !goes_on(s)) {
			return;
		}
	}
}

/* What came of it; to the error output, since the other may be the capture. */
static int tell(struct session *s)
{
	json_t *known = look(s);
	const char *why = ul_reach_text(known, "reason");
	json_int_t left_out = ul_reach_int(known, "left-out");
	bool is_fine = !*why || strstr(why, "stopped") ||
		       strstr(why, "wanted") || strstr(why, "reader");

	if (known)
		fprintf(stderr, "%" JSON_INTEGER_FORMAT " frames",
			ul_reach_int(known, "frames"));
	if (left_out)
		fprintf(stderr, ", %" JSON_INTEGER_FORMAT " left out, the "
			"reader being slow", left_out);
	if (!is_fine)
		fprintf(stderr, "; it ended early: %s", why);
	if (known)
		fputc('\n', stderr);
	json_decref(known);
	return is_fine ? UL_EXIT_OK : UL_EXIT_FAILED;
}

static int capture(const struct ul_query *q, const struct asked *a)
{
	struct session s = { .fd = -1 };
	char *error = NULL;
	int status, rc = ul_reach(&s.qmp, q->net, &error);

	catch_signals();
	if (!rc)
		rc = start(&s, a, &error);
	if (rc) {
		status = ul_cli_failed(error);
	} else {
		follow(&s);
		if (s.fd >= 0)
			close(s.fd);
		stop(&s);
		status = tell(&s);
	}
	ul_qmp_free(s.qmp);
	return status;
}

static void show(const json_t *list)
{
	static const char *const heads[] = {
		">ID", "PORT", ">FRAMES", ">BYTES", ">LEFT OUT", "STATE", NULL,
	};
	struct ul_table *table = ul_table_new(heads);
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		g_autofree char *id = g_strdup_printf(
			"%" JSON_INTEGER_FORMAT, ul_reach_int(one, "id"));
		g_autofree char *frames = g_strdup_printf(
			"%" JSON_INTEGER_FORMAT, ul_reach_int(one, "frames"));
		g_autofree char *bytes = g_strdup_printf(
			"%" JSON_INTEGER_FORMAT, ul_reach_int(one, "bytes"));
		g_autofree char *left = g_strdup_printf(
			"%" JSON_INTEGER_FORMAT,
			ul_reach_int(one, "left-out"));
		const char *const cells[] = {
			id, ul_reach_text(one, "port"), frames, bytes, left,
			ul_reach_bool(one, "running") ? "running" :
				ul_reach_text(one, "reason"),
		};

		ul_table_add(table, cells);
	}
	ul_table_print(table, "", stdout);
	ul_table_free(table);
}

static int take_number(guint64 *out, const char *name, const char *value,
		       guint64 max)
{
	if (g_ascii_string_to_unsigned(value, 10, 1, max, out, NULL))
		return 0;
	return ul_cli_usage(&ul_verb_capture, "%s is a number from 1 to %"
			    G_GUINT64_FORMAT ", not '%s'", name, max, value);
}

static int take_option(int code, const char *value, void *arg)
{
	struct asked *a = arg;

	switch (code) {
	case 'w':
		a->file = value;
		break;
	case OPT_PORT:
		a->port = value;
		break;
	case OPT_LIST:
		a->does_list = true;
		break;
	case OPT_COUNT:
		return take_number(&a->count, "--count", value, G_MAXINT64);
	case OPT_SECONDS:
		return take_number(&a->seconds, "--seconds", value,
				   SECONDS_MAX);
	case OPT_SNAPLEN:
		return take_number(&a->snaplen, "--snaplen", value,
				   SNAPLEN_MAX);
	case OPT_STOP:
		return take_number(&a->stop, "--stop", value, G_MAXINT64);
	}
	return 0;
}

static int verb_capture(const struct ul_verb *verb, int argc, char **argv)
{
	struct asked a = { .file = NULL };
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, take_option, &a);

	if (status != UL_QUERY_GO_ON)
		return status;
	if (a.does_list)
		return ul_query_show(&q, "query-captures", NULL, show);
	if (a.stop)
		return ul_query_ask(&q, "capture-stop",
				    json_pack("{s:I}", "id",
					      (json_int_t)a.stop), NULL);
	if (!a.file && isatty(STDOUT_FILENO))
		return ul_cli_usage(verb, "a capture is nothing to read on a "
				    "terminal: write -w FILE, or | tcpdump "
				    "-r -");
	if (!a.file)
		a.file = "-";
	return capture(&q, &a);
}

const struct ul_verb ul_verb_capture = {
	.name = "capture",
	.args = "NET [-w FILE] [--port VM] [--count N] [--seconds S]",
	.summary = "a network's frames, for tcpdump or wireshark",
	.help = help,
	.options = options,
	.run = verb_capture,
};
