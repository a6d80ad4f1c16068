/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_connect.c - userlan connect: standard input and output are a VM's port */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <unistd.h>

#include "cli/dial.h"
#include "cli/query.h"
#include "cli/reach.h"
#include "cli/relay.h"
#include "cli/verbs.h"

static const char help[] =
"Connect standard input and output to TCP port PORT of the virtual machine VM,\n"
"by its name or address. For ssh:\n"
"\n"
"  ssh -o 'ProxyCommand userlan connect lab %h %p' web\n";

static const struct option options[] = { UL_OPTIONS_END };

static int carry(int take_sock)
{
	int rc;

	signal(SIGPIPE, SIG_IGN);
	rc = ul_relay(STDIN_FILENO, STDOUT_FILENO, take_sock);
	close(take_sock);
	if (!rc)
		return UL_EXIT_OK;
	/* Whoever reads us is gone, and knows. */
	if (rc == -EPIPE)
		return UL_EXIT_FAILED;
	return ul_cli_failed(g_strdup_printf("the connection broke: %s",
					     g_strerror(-rc)));
}

static int connect_to(const char *net, const struct ul_dial_target *target)
{
	struct ul_qmp *qmp = NULL;
	char *error = NULL;
	int rc = ul_reach(&qmp, net, &error);

	if (!rc)
		rc = ul_dial_connect(qmp, net, target, &error);
	ul_qmp_free(qmp);
	return rc < 0 ? ul_cli_failed(error) : carry(rc);
}

static int verb_connect(const struct ul_verb *verb, int argc, char **argv)
{
	struct ul_dial_target target;
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, NULL, NULL);

	if (status != UL_QUERY_GO_ON)
		return status;
	target.vm = q.words[0];
	if (ul_dial_parse_port(&target.port, q.words[1]) < 0)
		return ul_cli_usage(verb, "'%s' is no port; write a number "
				    "from 1 to 65535", q.words[1]);
	return connect_to(q.net, &target);
}

const struct ul_verb ul_verb_connect = {
	.name = "connect",
	.args = "NET VM PORT",
	.summary = "stdin and stdout to a VM's port",
	.help = help,
	.options = options,
	.run = verb_connect,
};
