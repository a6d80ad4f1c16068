/* SPDX-License-Identifier: BSD-3-Clause */
/* dial.c - a TCP port of a VM, by the control socket of its network */
#include "cli/dial.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/reach.h"

#define CONNECT_WAIT_S 10
#define PROBE_WAIT_S 2
#define MARGIN_MS 5000		/* for the answer, when the VM gave none */
#define FDNAME "dial"

int ul_dial_parse_port(uint16_t *out, const char *text)
{
	guint64 port;

	if (!g_ascii_string_to_unsigned(text, 10, 1, UINT16_MAX, &port, NULL))
		return -EINVAL;
	*out = (uint16_t)port;
	return 0;
}

/* The ':' before the port of @text, NULL when it has none. */
static const char *port_sign(const char *text)
{
	const char *sign = strchr(text, ':');

	if (*text == '[')
		return strstr(text, "]:") ? strstr(text, "]:") + 1 : NULL;
	/* With more than one it is an address of IPv6. */
	return sign && !strchr(sign + 1, ':') ? sign : NULL;
}

int ul_dial_parse_target(struct ul_dial_target *out, const char *text)
{
	const char *sign = port_sign(text);
	size_t len = sign ? (size_t)(sign - text) : strlen(text);
	uint16_t port = 0;

	if (sign && ul_dial_parse_port(&port, sign + 1) < 0)
		return -EINVAL;
	if (*text == '[') {
		if (len < 3 || text[len - 1] != ']')
			return -EINVAL;
		text++;
		len -= 2;
	}
	if (!len)
		return -EINVAL;
	out->vm = g_strndup(text, len);
	out->port = port;
	return 0;
}

void ul_dial_target_clear(struct ul_dial_target *target)
{
	g_clear_pointer(&target->vm, g_free);
}

static const struct {
	const char *outcome, *words;
	int rc;
} outcomes[] = {
	{ "refused", "refused: nothing listens there", -ECONNREFUSED },
	{ "unreachable", "nobody has that address now", -EHOSTUNREACH },
	{ "no-answer", "no answer", -ETIMEDOUT },
};

/* What the answer says of @target: 0, or -errno and a sentence. */
static int read_outcome(const struct ul_dial_target *target,
			const json_t *answer, const char *yes, char **error)
{
	const char *outcome = ul_reach_text(answer, "outcome");
	const char *address = ul_reach_text(answer, "address");
	const char *words = "ended before the VM answered";
	int rc = -ECONNABORTED;

	if (ul_reach_bool(answer, yes))
		return 0;
	for (size_t i = 0; i < G_N_ELEMENTS(outcomes); i++)
		if (!strcmp(outcome, outcomes[i].outcome)) {
			words = outcomes[i].words;
			rc = outcomes[i].rc;
		}
	*error = g_strdup_printf("%s port %u (%s): %s", target->vm,
				 target->port, address, words);
	return rc;
}

static json_t *arguments(const struct ul_dial_target *target, int wait_s)
{
	return json_pack("{s:s, s:i, s:i}", "guest", target->vm,
			 "port", (int)target->port, "timeout", wait_s);
}

int ul_dial_connect(struct ul_qmp *qmp, const char *net,
		    const struct ul_dial_target *target, char **error)
{
	json_t *answer = NULL, *args = arguments(target, CONNECT_WAIT_S);
	int sv[2], rc;

	if (!args || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				sv) < 0) {
		json_decref(args);
		*error = g_strdup_printf("a connection to %s in %s cannot be "
					 "made: %s", target->vm, net,
					 g_strerror(args ? errno : EINVAL));
		return -EINVAL;
	}
	json_object_set_new(args, "fdname", json_string(FDNAME));
	rc = ul_qmp_give_fd(qmp, sv[1], FDNAME, error);
	close(sv[1]);
	ul_qmp_set_wait(qmp, CONNECT_WAIT_S * 1000 + MARGIN_MS);
	if (rc)
		json_decref(args);
	else
		rc = ul_qmp_execute(qmp, "connect", args, &answer, error);
	if (!rc)
		rc = read_outcome(target, answer, "connected", error);
	json_decref(answer);
	if (!rc)
		return sv[0];
	close(sv[0]);
	return rc;
}

int ul_dial_probe(struct ul_qmp *qmp, const struct ul_dial_target *target,
		  char **why)
{
	json_t *answer = NULL, *args = arguments(target, PROBE_WAIT_S);
	int rc;

	if (!args) {
		*why = g_strdup("the VM's name is not text in UTF-8");
		return -EINVAL;
	}
	rc = ul_qmp_execute(qmp, "probe", args, &answer, why);
	/* What it refuses to ask may be right in a while. */
	if (rc == -EREMOTEIO)
		return 0;
	if (!rc)
		rc = read_outcome(target, answer, "listening", why) ? 0 : 1;
	json_decref(answer);
	return rc;
}
