/* SPDX-License-Identifier: BSD-3-Clause */
/* cmd.c - from a request to the function that does it, and back */
#include "ctl/cmd.h"

#include <assert.h>
#include <errno.h>
#include <glib.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/foreign_fd.h"
#include "ctl/json.h"
#include "ctl/later.h"
#include "wire/eth.h"

static const struct ul_cmd *const tables[] = {
	ul_cmds_base, ul_cmds_dial, ul_cmds_net, ul_cmds_port,
	ul_cmds_flow, ul_cmds_dns, ul_cmds_forward, ul_cmds_host, ul_cmds_policy,
	ul_cmds_reload, ul_cmds_stats, ul_cmds_capture,
};

static const char *const type_names[] = {
	[UL_ARG_TEXT] = "string",
	[UL_ARG_CHOICE] = "string",
	[UL_ARG_BOOL] = "boolean",
	[UL_ARG_INT] = "integer",
	[UL_ARG_LIST] = "list",
};
static_assert(G_N_ELEMENTS(type_names) == UL_ARG_TYPE_COUNT, "one each");

const struct ul_cmd *ul_cmd_find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
		for (const struct ul_cmd *c = tables[i]; c->name; c++)
			if (!strcmp(c->name, name))
				return c;
	return NULL;
}

void ul_cmd_each(void (*fn)(const struct ul_cmd *cmd, void *arg), void *arg)
{
	for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
		for (const struct ul_cmd *c = tables[i]; c->name; c++)
			fn(c, arg);
}

const char *ul_arg_type_name(enum ul_arg_type type)
{
	return type_names[type];
}

json_t *ul_call_fail(struct ul_call *call, const char *class_name,
		     const char *fmt, ...)
{
	va_list ap;

	if (call->error)
		return NULL;
	call->error = json_object();
	va_start(ap, fmt);
	ul_json_put(call->error, "class", json_string(class_name));
	ul_json_put(call->error, "desc", ul_json_vprintf(fmt, ap));
	va_end(ap);
	return NULL;
}

struct ul_later *ul_call_later(struct ul_call *call,
			       void (*cancel)(void *arg), void *arg)
{
	struct ul_later *later = ul_later_new(call->client, call->id, cancel,
					      arg);

	if (!later)
		ul_call_fail(call, "GenericError", "%d commands of this "
			     "client wait for their outcome already, and that "
			     "is the limit", UL_LATERS_MAX);
	return later;
}

const char *ul_call_text(const struct ul_call *call, const char *name)
{
	return json_string_value(json_object_get(call->args, name));
}

bool ul_call_has(const struct ul_call *call, const char *name)
{
	return json_object_get(call->args, name) != NULL;
}

bool ul_call_bool(const struct ul_call *call, const char *name, bool other)
{
	const json_t *v = json_object_get(call->args, name);

	return v ? json_is_true(v) : other;
}

uint64_t ul_call_int(const struct ul_call *call, const char *name,
		     uint64_t other)
{
	const json_t *v = json_object_get(call->args, name);

	return v ? (uint64_t)json_integer_value(v) : other;
}

int ul_call_mac(struct ul_call *call, const char *name, uint8_t mac[6])
{
	const char *text = ul_call_text(call, name);

	if (text && !ul_mac_parse(mac, text) && !ul_mac_is_multicast(mac) &&
	    !ul_mac_is_zero(mac))
		return 0;
	ul_call_fail(call, "GenericError", "argument '%s' must be the address "
		     "of one network card, as in 52:54:00:00:00:01", name);
	return -EINVAL;
}

static void wrong(struct ul_call *call, const struct ul_arg *arg,
		  const char *what)
{
	ul_call_fail(call, "GenericError", "argument '%s' must be %s",
		     arg->name, what);
}

static void check_text(struct ul_call *call, const struct ul_arg *arg,
		       const json_t *v)
{
	if (!json_is_string(v))
		wrong(call, arg, "a string");
	else if (!json_string_length(v) ||
		 json_string_length(v) > UL_ARG_TEXT_MAX)
		wrong(call, arg, "1 to " G_STRINGIFY(UL_ARG_TEXT_MAX)
		      " bytes long");
}

static void check_choice(struct ul_call *call, const struct ul_arg *arg,
			 const json_t *v)
{
	const char *text = json_string_value(v);
	g_autofree char *list = NULL;

	if (text && g_strv_contains(arg->choices, text))
		return;
	list = g_strjoinv("', '", (char **)(uintptr_t)arg->choices);
	ul_call_fail(call, "GenericError", "argument '%s' must be one of '%s'",
		     arg->name, list);
}

static void check_int(struct ul_call *call, const struct ul_arg *arg,
		      const json_t *v)
{
	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    json_integer_value(v) > arg->max)
		ul_call_fail(call, "GenericError", "argument '%s' must be a "
			     "whole number from 0 to %" JSON_INTEGER_FORMAT,
			     arg->name, arg->max);
}

static void check_arg(struct ul_call *call, const struct ul_arg *arg,
		      const json_t *v)
{
	switch (arg->type) {
	case UL_ARG_TEXT:
		check_text(call, arg, v);
		break;
	case UL_ARG_CHOICE:
		check_choice(call, arg, v);
		break;
	case UL_ARG_BOOL:
		if (!json_is_boolean(v))
			wrong(call, arg, "true or false");
		break;
	case UL_ARG_INT:
		check_int(call, arg, v);
		break;
	case UL_ARG_LIST:
		if (!json_is_array(v))
			wrong(call, arg, "a list");
		break;
	}
}

static bool is_known(const struct ul_arg *args, const char *name)
{
	for (const struct ul_arg *a = args; a && a->name; a++)
		if (!strcmp(a->name, name))
			return true;
	return false;
}

static void check_args(struct ul_call *call, const struct ul_cmd *cmd)
{
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)call->args, name, v)
		if (!is_known(cmd->args, name)) {
			ul_call_fail(call, "GenericError",
				     "%s has no argument '%s'", cmd->name,
				     name);
			return;
		}
	for (const struct ul_arg *a = cmd->args; a && a->name; a++) {
		v = json_object_get(call->args, a->name);
		if (v)
			check_arg(call, a, v);
		else if (a->is_needed)
			ul_call_fail(call, "GenericError",
				     "%s needs the argument '%s'", cmd->name,
				     a->name);
	}
}

/* The command that @request names, its members checked; NULL: refused. */
static const char *check_request(struct ul_call *call, const json_t *request)
{
	const json_t *name = json_object_get(request, "execute");
	const json_t *args = json_object_get(request, "arguments");
	const char *member;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)request, member, v)
		if (strcmp(member, "execute") && strcmp(member, "arguments") &&
		    strcmp(member, "id"))
			ul_call_fail(call, "GenericError", "a command has no "
				     "member '%s': only 'execute', "
				     "'arguments' and 'id'", member);
	if (!name)
		ul_call_fail(call, "GenericError", "the member 'execute', the "
			     "name of a command, is not there");
	else if (!json_is_string(name))
		ul_call_fail(call, "GenericError", "'execute' must be a "
			     "string, the name of a command");
	if (args && !json_is_object(args))
		ul_call_fail(call, "GenericError", "'arguments' must be an "
			     "object");
	return call->error ? NULL : json_string_value(name);
}

/* A descriptor for a command that is refused is not left for the next. */
static json_t *run(struct ul_call *call, const char *name)
{
	const struct ul_cmd *cmd = ul_cmd_find(name);

	if (cmd && cmd->takes_fd)
		call->fd = ul_client_next_fd(call->client);
	if (!ul_client_is_ready(call->client) &&
	    strcmp(name, "qmp_capabilities"))
		return ul_call_fail(call, "CommandNotFound", "the first "
				    "command must be qmp_capabilities");
	if (!cmd)
		return ul_call_fail(call, "CommandNotFound", "there is no "
				    "command '%s': query-commands lists them",
				    name);
	check_args(call, cmd);
	return call->error ? NULL : cmd->run(call);
}

static json_t *make_answer(struct ul_call *call, json_t *take_result)
{
	json_t *answer = json_object();

	if (take_result)
		ul_json_put(answer, "return", take_result);
	else
		ul_json_put(answer, "error", call->error);
	call->error = NULL;
	if (call->id)
		json_object_set(answer, "id", call->id);
	return answer;
}

json_t *ul_cmd_answer(struct ul_call *call, const json_t *request)
{
	const char *name = check_request(call, request);
	json_t *none = json_object();
	json_t *result = NULL, *answer = NULL;

	call->fd = -1;
	call->id = json_object_get(request, "id");
	call->args = json_object_get(request, "arguments");
	if (!call->args)
		call->args = none;
	if (name)
		result = run(call, name);
	if (result || call->error)
		answer = make_answer(call, result);
	if (call->fd >= 0)
		ul_foreign_fd_close(call->fd);
	json_decref(none);
	return answer;
}
