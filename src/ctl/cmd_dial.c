/* SPDX-License-Identifier: BSD-3-Clause */
/* cmd_dial.c - commands that connect to guests, and ask who listens */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "ctl/cmd.h"
#include "ctl/json.h"
#include "ctl/later.h"
#include "net/net_dial.h"

#define CONNECT_WAIT_S 10
#define PROBE_WAIT_S 2
#define WAIT_MAX_S 60

/* One that is under way for a client. */
struct attempt {
	struct ul_later *later;
	struct ul_net_dial *dial;
	bool is_probe;
};

static void on_outcome(const struct ul_ep *guest, enum ul_greeting how,
		       void *arg)
{
	struct attempt *a = arg;
	json_t *result = json_object();

	ul_json_put(result, a->is_probe ? "listening" : "connected",
		    json_boolean(how == UL_GREETING_ACCEPTED));
	ul_json_put(result, "outcome", json_string(ul_greeting_name(how)));
	ul_json_put(result, "address", ul_json_addr(&guest->addr));
	ul_json_put(result, "port", json_integer(guest->port));
	ul_later_return(a->later, result);
	g_free(a);
}

static void on_cancel(void *arg)
{
	struct attempt *a = arg;

	ul_network_dial_cancel(a->dial);
	g_free(a);
}

/* The answer comes later; or now, that it cannot. */
static json_t *fail(struct ul_call *call, struct attempt *take_attempt, int rc,
		    const char *error)
{
	ul_later_drop(take_attempt->later);
	g_free(take_attempt);
	return ul_call_fail(call, rc == -ENOENT ? "DeviceNotFound" :
						  "GenericError", "%s", error);
}

static struct attempt *new_attempt(struct ul_call *call, bool is_probe)
{
	struct attempt *a = g_new0(struct attempt, 1);

	a->is_probe = is_probe;
	a->later = ul_call_later(call, on_cancel, a);
	if (a->later)
		return a;
	g_free(a);
	return NULL;
}

/* What both commands have; false after ul_call_fail(). */
static bool read_conf(struct ul_call *call, struct ul_net_dial_conf *out,
		      uint64_t wait_s)
{
	*out = (struct ul_net_dial_conf){
		.guest = ul_call_text(call, "guest"),
		.port = (uint16_t)ul_call_int(call, "port", 0),
		.wait_us = (int64_t)ul_call_int(call, "timeout", wait_s) *
			   1000000,
		.fn = on_outcome,
	};
	if (out->port && out->wait_us)
		return true;
	ul_call_fail(call, "GenericError", "argument '%s' must be at least 1",
		     out->port ? "timeout" : "port");
	return false;
}

/* Pairs of hex digits; false after ul_call_fail(). */
static bool read_first(struct ul_call *call, uint8_t *out, size_t *len)
{
	const char *text = ul_call_text(call, "first");
	size_t digits = text ? strlen(text) : 0;

	for (size_t i = 0; i < digits; i++)
		if (!g_ascii_isxdigit(text[i]))
			digits = 1;
	if (digits % 2 || digits / 2 > UL_GUEST_FIRST_MAX) {
		ul_call_fail(call, "GenericError", "argument 'first' must be "
			     "1 to %d bytes, each as two hexadecimal digits",
			     UL_GUEST_FIRST_MAX);
		return false;
	}
	for (size_t i = 0; i < digits; i += 2)
		out[i / 2] = (uint8_t)(g_ascii_xdigit_value(text[i]) << 4 |
				       g_ascii_xdigit_value(text[i + 1]));
	*len = digits / 2;
	return true;
}

/* Named `connect` on the socket; that is a function of libc's. */
static json_t *connect_guest(struct ul_call *call)
{
	const char *fdname = ul_call_text(call, "fdname");
	uint8_t first[UL_GUEST_FIRST_MAX];
	struct ul_net_dial_conf conf;
	g_autofree char *error = NULL;
	struct attempt *a;
	int fd, rc;

	if (!read_conf(call, &conf, CONNECT_WAIT_S) ||
	    !read_first(call, first, &conf.first_len))
		return NULL;
	conf.first = first;
	a = new_attempt(call, false);
	if (!a)
		return NULL;
	conf.arg = a;
	fd = ul_client_take_fd(call->client, fdname);
	if (fd < 0) {
		error = g_strdup_printf("this client has no descriptor named "
					"'%s': send it with getfd first",
					fdname);
		return fail(call, a, -EBADF, error);
	}
	rc = ul_network_dial(call->network, &conf, fd, &a->dial, &error);
	return rc < 0 ? fail(call, a, rc, error) : NULL;
}

static json_t *probe(struct ul_call *call)
{
	struct ul_net_dial_conf conf;
	g_autofree char *error = NULL;
	struct attempt *a;
	int rc;

	if (!read_conf(call, &conf, PROBE_WAIT_S))
		return NULL;
	a = new_attempt(call, true);
	if (!a)
		return NULL;
	conf.arg = a;
	rc = ul_network_probe(call->network, &conf, &a->dial, &error);
	return rc < 0 ? fail(call, a, rc, error) : NULL;
}

#define GUEST \
	UL_ARG("guest", UL_ARG_TEXT, .is_needed = true), \
	UL_ARG("port", UL_ARG_INT, .is_needed = true, .max = UINT16_MAX)

static const struct ul_arg args_connect[] = {
	GUEST,
	UL_ARG("fdname", UL_ARG_TEXT, .is_needed = true),
	UL_ARG("first", UL_ARG_TEXT),
	UL_ARG("timeout", UL_ARG_INT, .max = WAIT_MAX_S),
	UL_ARG_END,
};

static const struct ul_arg args_probe[] = {
	GUEST,
	UL_ARG("timeout", UL_ARG_INT, .max = WAIT_MAX_S),
	UL_ARG_END,
};

const struct ul_cmd ul_cmds_dial[] = {
	UL_CMD("connect", args_connect, connect_guest),
	UL_CMD("probe", args_probe, probe),
	UL_CMD_END,
};
