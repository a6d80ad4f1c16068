/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verb_down.c - userlan down: end a network
 *
 * Not while VMs are on it, since a QEMU that loses its network does not get
 * it back when the network is made again.
 */
#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cli/query.h"
#include "cli/reach.h"
#include "cli/table.h"
#include "cli/verbs.h"

#define END_WAIT_MS 10000
#define LEAVE_TRIES 10
#define LEAVE_PAUSE_US 50000

static const char help[] =
"End the network NET.\n"
"\n"
"  --force    even while VMs are attached: they lose their link for good\n";

static const struct option options[] = {
	{ "force", no_argument, NULL, UL_OPT_LONG },
	UL_OPTIONS_END,
};

/* The names of who is attached, or NULL. */
static char *attached(const json_t *ports, unsigned int *count)
{
	GString *names = g_string_new(NULL);
	json_t *port;
	size_t i;

	*count = 0;
	json_array_foreach(ports, i, port) {
		g_autofree char *name =
			ul_table_clean(ul_reach_text(port, "name"));

		if (!ul_reach_bool(port, "link") ||
		    !strcmp(ul_reach_text(port, "kind"), "uplink"))
			continue;
		g_string_append_printf(names, "%s%s", *count ? ", " : "",
				       name);
		++*count;
	}
	return g_string_free(names, !*count);
}

/* Who is attached, NULL for nobody, into *@names. */
static int look(struct ul_qmp *qmp, char **names, unsigned int *count,
		char **error)
{
	json_t *ports = NULL;
	int rc = ul_reach_ask(qmp, "query-ports", &ports, error);

	if (!rc)
		*names = attached(ports, count);
	json_decref(ports);
	return rc;
}

/* Whoever ended just now may be seen for a moment yet. */
static int check_empty(struct ul_qmp *qmp, const char *net, char **error)
{
	g_autofree char *names = NULL;
	unsigned int count;
	int rc = look(qmp, &names, &count, error);

	for (int i = 0; !rc && names && i < LEAVE_TRIES; i++) {
		g_usleep(LEAVE_PAUSE_US);
		g_clear_pointer(&names, g_free);
		rc = look(qmp, &names, &count, error);
	}
	if (rc || !names)
		return rc;
	*error = g_strdup_printf("network %s has %u attached (%s), and they "
				 "would lose their link for good: end them "
				 "first, or say userlan down %s --force", net,
				 count, names, net);
	return -EBUSY;
}

static int end(struct ul_qmp *qmp, const char *net, bool is_forced,
	       char **error)
{
	int rc = ul_qmp_execute(qmp, "quit",
				json_pack("{s:b}", "force", is_forced), NULL,
				error);

	/* Gone before it could answer is gone. */
	if (rc == -EPIPE) {
		g_clear_pointer(error, g_free);
		rc = 0;
	}
	if (!rc)
		rc = ul_qmp_wait_end(qmp, END_WAIT_MS);
	if (rc == -ETIMEDOUT && !*error)
		*error = g_strdup_printf("network %s was told to end and has "
					 "not after %d s", net,
					 END_WAIT_MS / 1000);
	return rc;
}

static int down(const char *net, bool is_forced)
{
	struct ul_qmp *qmp = NULL;
	char *error = NULL;
	int rc = ul_reach(&qmp, net, &error);

	if (!rc && !is_forced)
		rc = check_empty(qmp, net, &error);
	if (!rc)
		rc = end(qmp, net, is_forced, &error);
	ul_qmp_free(qmp);
	return rc ? ul_cli_failed(error) : UL_EXIT_OK;
}

static int set_option(int code, const char *value, void *arg)
{
	*(bool *)arg = true;	/* --force: there is no other */
	return 0;
}

static int verb_down(const struct ul_verb *verb, int argc, char **argv)
{
	bool is_forced = false;
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, set_option,
				    &is_forced);

	return status == UL_QUERY_GO_ON ? down(q.net, is_forced) : status;
}

const struct ul_verb ul_verb_down = {
	.name = "down",
	.args = "NET [--force]",
	.summary = "end a network",
	.help = help,
	.options = options,
	.run = verb_down,
};
