/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verb_wait.c - userlan wait: until a VM is on a network, or listens
 *
 * A VM is there when its port has a link and, where the network leases
 * addresses, one of them.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "cli/dial.h"
#include "cli/query.h"
#include "cli/reach.h"
#include "cli/verbs.h"

#define TIMEOUT_S 60
#define TIMEOUT_MAX_S 86400
#define PAUSE_MIN_US 100000
#define PAUSE_MAX_US 1000000

static const char help[] =
"Wait until the virtual machine VM is on the network and has an address, or\n"
"until its TCP port PORT listens. VM is its name or its address; write\n"
"[ADDRESS]:PORT when that is of IPv6.\n"
"\n"
"  --timeout SECONDS  fail after that long; 60 is the default, 0 asks once\n"
"  --json             print what was found, and after how long\n";

static const struct option options[] = {
	{ "timeout", required_argument, NULL, 't' },
	UL_OPTIONS_JSON
};

struct wait {
	const char *net;
	struct ul_dial_target target;
	struct ul_qmp *qmp;
	bool has_dhcp;
	unsigned int timeout_s;
	bool is_json;
};

static bool has_text(const json_t *list, const char *text)
{
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, item)
		if (json_is_string(item) &&
		    !g_ascii_strcasecmp(json_string_value(item), text))
			return true;
	return false;
}

/* By its name, or by the long one that the network's DNS has. */
static bool is_called(const struct wait *w, const char *name)
{
	size_t len = strlen(name);

	return len && !g_ascii_strncasecmp(name, w->target.vm, len) &&
	       (!w->target.vm[len] || (w->target.vm[len] == '.' &&
				       g_str_has_suffix(w->target.vm,
							".internal")));
}

static bool is_at_port(const struct wait *w, const json_t *port)
{
	const json_t *addresses = json_object_get(port, "addresses");

	if (!ul_reach_bool(port, "link"))
		return false;
	if (has_text(addresses, w->target.vm))
		return true;
	return is_called(w, ul_reach_text(port, "name")) &&
	       (json_array_size(addresses) || !w->has_dhcp);
}

/* The name that it told by DHCP, while it is plugged in. */
static bool has_lease(const struct wait *w, const json_t *lease)
{
	return *ul_reach_text(lease, "port") &&
	       is_called(w, ul_reach_text(lease, "host"));
}

/* Does one of the answer's items pass @test? 1, 0 or -errno. */
static int any(const struct wait *w, const char *query,
	       bool (*test)(const struct wait *w, const json_t *item),
	       char **why)
{
	json_t *list = NULL, *item;
	bool is_found = false;
	size_t i;
	int rc = ul_reach_ask(w->qmp, query, &list, why);

	if (rc)
		return rc;
	json_array_foreach(list, i, item)
		is_found |= test(w, item);
	json_decref(list);
	return is_found;
}

static int is_there(const struct wait *w, char **why)
{
	int rc = any(w, "query-ports", is_at_port, why);

	if (!rc)
		rc = any(w, "query-leases", has_lease, why);
	if (!rc)
		*why = g_strdup_printf("%s is not on the network%s",
				       w->target.vm, w->has_dhcp ?
				       ", or has no address yet" : "");
	return rc;
}

static int ask_once(const struct wait *w, char **why)
{
	return w->target.port ? ul_dial_probe(w->qmp, &w->target, why) :
				is_there(w, why);
}

static int prepare(struct wait *w, char **error)
{
	json_t *info = NULL;
	int rc = ul_reach(&w->qmp, w->net, error);

	if (!rc)
		rc = ul_reach_ask(w->qmp, "query-network", &info, error);
	if (rc)
		return rc;
	w->has_dhcp = ul_reach_bool(info, "dhcp");
	if (w->target.port && !ul_reach_bool(info, "router")) {
		*error = g_strdup_printf("network %s has no router that could "
					 "ask for a port; wait for the VM "
					 "alone: userlan wait %s %s", w->net,
					 w->net, w->target.vm);
		rc = -ENETUNREACH;
	}
	json_decref(info);
	return rc;
}

static void add_text(json_t *list, const char *text)
{
	if (*text && !has_text(list, text))
		json_array_append_new(list, json_string(text));
}

static void add_addresses_of_port(const struct wait *w, const json_t *port,
				  json_t *list)
{
	json_t *addresses = json_object_get(port, "addresses"), *address;
	size_t i;

	if (!is_called(w, ul_reach_text(port, "name")) &&
	    !has_text(addresses, w->target.vm))
		return;
	json_array_foreach(addresses, i, address)
		if (json_is_string(address))
			add_text(list, json_string_value(address));
}

/* Those of its port, and of its leases: none, when nobody says them. */
static json_t *addresses_of(const struct wait *w)
{
	json_t *list = json_array(), *ports = NULL, *leases = NULL, *item;
	g_autofree char *why = NULL;
	size_t i;

	if (!ul_reach_ask(w->qmp, "query-ports", &ports, &why) &&
	    !ul_reach_ask(w->qmp, "query-leases", &leases, &why)) {
		json_array_foreach(ports, i, item)
			add_addresses_of_port(w, item, list);
		json_array_foreach(leases, i, item)
			if (has_lease(w, item))
				add_text(list, ul_reach_text(item, "address"));
	}
	json_decref(ports);
	json_decref(leases);
	return list;
}

/* @why: what was missing, NULL when nothing was. */
static void print_found(const struct wait *w, gint64 took_us, const char *why)
{
	json_t *found = json_pack("{s:s, s:s, s:f}", "vm", w->target.vm,
				  "result", why ? "timeout" : "ok", "seconds",
				  (double)(took_us / 1000) / 1000);

	if (w->target.port)
		json_object_set_new(found, "port",
				    json_integer(w->target.port));
	json_object_set_new(found, "addresses", addresses_of(w));
	if (why)
		json_object_set_new(found, "reason", json_string(why));
	ul_query_print_json(found);
	json_decref(found);
}

/* 0, or -errno and the reason of the last time. */
static int wait_for(const struct wait *w, char **error)
{
	gint64 start = g_get_monotonic_time();
	gint64 end = start + w->timeout_s * 1000000ll;
	gint64 pause = PAUSE_MIN_US, left;
	char *why = NULL;
	int rc;

	while (!(rc = ask_once(w, &why))) {
		left = end - g_get_monotonic_time();
		if (left <= 0)
			break;
		g_clear_pointer(&why, g_free);
		g_usleep((gulong)MIN(pause, left));
		pause = MIN(pause * 2, PAUSE_MAX_US);
	}
	if (rc >= 0 && w->is_json)
		print_found(w, g_get_monotonic_time() - start, why);
	if (rc > 0)
		return 0;
	*error = rc ? why : g_strdup_printf("network %s, after %u s: %s",
					    w->net, w->timeout_s, why);
	if (!rc)
		g_free(why);
	return rc ? rc : -ETIMEDOUT;
}

static int set_timeout(int code, const char *value, void *arg)
{
	struct wait *w = arg;
	guint64 s;

	if (!g_ascii_string_to_unsigned(value, 10, 0, TIMEOUT_MAX_S, &s,
					NULL))
		return ul_cli_usage(&ul_verb_wait, "--timeout: '%s' is no "
				    "number of seconds from 0 to %d", value,
				    TIMEOUT_MAX_S);
	w->timeout_s = (unsigned int)s;
	return 0;
}

static int verb_wait(const struct ul_verb *verb, int argc, char **argv)
{
	struct wait w = { .timeout_s = TIMEOUT_S };
	char *error = NULL;
	struct ul_query q;
	int rc, status = ul_query_parse(&q, verb, argc, argv, set_timeout, &w);

	if (status != UL_QUERY_GO_ON)
		return status;
	w.net = q.net;
	w.is_json = q.is_json;
	if (ul_dial_parse_target(&w.target, q.words[0]) < 0)
		return ul_cli_usage(verb, "'%s' is no VM; write VM, VM:PORT "
				    "or [ADDRESS]:PORT", q.words[0]);
	rc = prepare(&w, &error);
	if (!rc)
		rc = wait_for(&w, &error);
	ul_qmp_free(w.qmp);
	ul_dial_target_clear(&w.target);
	return rc ? ul_cli_failed(error) : UL_EXIT_OK;
}

const struct ul_verb ul_verb_wait = {
	.name = "wait",
	.args = "NET VM[:PORT] [--timeout SECONDS] [--json]",
	.summary = "until a VM is there, or listens",
	.help = help,
	.options = options,
	.run = verb_wait,
};
