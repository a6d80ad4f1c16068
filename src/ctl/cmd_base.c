/* SPDX-License-Identifier: BSD-3-Clause */
/* cmd_base.c - commands about the connection and the process */
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "ctl/cmd.h"
#include "ctl/event.h"
#include "ctl/json.h"

json_t *ul_cmd_version(void)
{
	unsigned int major = 0, minor = 0, micro = 0;

	sscanf(PACKAGE_VERSION, "%u.%u.%u", &major, &minor, &micro);
	/* Clients of QEMU's look for the numbers under its name. */
	return json_pack("{s:{s:i, s:i, s:i}, s:s}", "qemu",
			 "major", (int)major, "minor", (int)minor,
			 "micro", (int)micro,
			 "package", "userlan " PACKAGE_VERSION);
}

static json_t *capabilities(struct ul_call *call)
{
	if (ul_client_is_ready(call->client))
		return ul_call_fail(call, "CommandNotFound", "the "
				    "capabilities are settled already");
	if (json_array_size(json_object_get(call->args, "enable")))
		return ul_call_fail(call, "GenericError", "there are no "
				    "capabilities to enable");
	ul_client_set_ready(call->client);
	return json_object();
}

static json_t *query_version(struct ul_call *call)
{
	return ul_cmd_version();
}

static json_t *describe_arg(const struct ul_arg *arg)
{
	json_t *o = json_object();
	json_t *list = json_array();

	ul_json_put(o, "name", json_string(arg->name));
	ul_json_put(o, "type", json_string(ul_arg_type_name(arg->type)));
	ul_json_put(o, "optional", json_boolean(!arg->is_needed));
	for (const char *const *s = arg->choices; s && *s; s++)
		json_array_append_new(list, json_string(*s));
	if (arg->choices)
		json_object_set(o, "values", list);
	json_decref(list);
	return o;
}

static void add_command(const struct ul_cmd *cmd, void *arg)
{
	json_t *o = json_object();
	json_t *args = json_array();

	ul_json_put(o, "name", json_string(cmd->name));
	for (const struct ul_arg *a = cmd->args; a && a->name; a++)
		json_array_append_new(args, describe_arg(a));
	ul_json_put(o, "arguments", args);
	json_array_append_new(arg, o);
}

static json_t *query_commands(struct ul_call *call)
{
	json_t *list = json_array();

	ul_cmd_each(add_command, list);
	return list;
}

static json_t *query_events(struct ul_call *call)
{
	json_t *list = json_array();

	for (int i = 0; i < UL_EVENT_COUNT; i++)
		json_array_append_new(list, json_pack("{s:s}", "name",
						      ul_event_names[i]));
	return list;
}

static json_t *log_level(struct ul_call *call)
{
	const char *wanted = ul_call_text(call, "level");
	json_t *o = json_object();

	ul_json_put(o, "was", json_string(ul_log_level_names[ul_log_level()]));
	for (int i = 0; wanted && i < UL_LOG_COUNT; i++)
		if (!strcmp(ul_log_level_names[i], wanted))
			ul_log_set_level((enum ul_log_level)i);
	ul_json_put(o, "level",
		    json_string(ul_log_level_names[ul_log_level()]));
	if (call->log_path)
		ul_json_put(o, "file", ul_json_text(call->log_path));
	return o;
}

static json_t *getfd(struct ul_call *call)
{
	int fd = call->fd;

	if (fd < 0)
		return ul_call_fail(call, "GenericError", "no descriptor came "
				    "with the command (SCM_RIGHTS)");
	call->fd = -1;
	if (ul_client_name_fd(call->client, ul_call_text(call, "fdname"),
			      fd) < 0)
		return ul_call_fail(call, "GenericError", "%d descriptors "
				    "are named already, and that is the "
				    "limit", UL_CLIENT_FDS_MAX);
	return json_object();
}

static json_t *closefd(struct ul_call *call)
{
	const char *name = ul_call_text(call, "fdname");
	int fd = ul_client_take_fd(call->client, name);

	if (fd < 0)
		return ul_call_fail(call, "GenericError", "this client has no "
				    "descriptor named '%s'", name);
	close(fd);
	return json_object();
}

static json_t *quit(struct ul_call *call)
{
	struct ul_network_info info;

	ul_network_info(call->network, &info);
	if (info.guests && !ul_call_bool(call, "force", false))
		return ul_call_fail(call, "GenericError", "%u virtual "
				    "machine%s attached and would lose the "
				    "network: end %s first, or say \"force\": "
				    "true", info.guests,
				    info.guests == 1 ? " is" : "s are",
				    info.guests == 1 ? "it" : "them");
	call->quit(call->quit_arg);
	return json_object();
}

static const struct ul_arg args_capabilities[] = {
	UL_ARG("enable", UL_ARG_LIST), UL_ARG_END,
};

static const struct ul_arg args_fd[] = {
	UL_ARG("fdname", UL_ARG_TEXT, .is_needed = true), UL_ARG_END,
};

static const struct ul_arg args_level[] = {
	UL_ARG("level", UL_ARG_CHOICE, .choices = ul_log_level_names),
	UL_ARG_END,
};

static const struct ul_arg args_quit[] = {
	UL_ARG("force", UL_ARG_BOOL), UL_ARG_END,
};

const struct ul_cmd ul_cmds_base[] = {
	UL_CMD("qmp_capabilities", args_capabilities, capabilities),
	UL_CMD("query-version", NULL, query_version),
	UL_CMD("query-commands", NULL, query_commands),
	UL_CMD("query-events", NULL, query_events),
	UL_CMD("log-level", args_level, log_level),
	UL_CMD("getfd", args_fd, getfd, .takes_fd = true),
	UL_CMD("closefd", args_fd, closefd),
	UL_CMD("quit", args_quit, quit),
	UL_CMD_END,
};
