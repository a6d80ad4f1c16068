/* SPDX-License-Identifier: BSD-3-Clause */
/* cmd_forward.c - commands about host ports that lead to guests */
#include <glib.h>

#include "ctl/cmd.h"
#include "ctl/describe.h"
#include "ctl/json.h"
#include "net/net_forward.h"

static void set_answer(const struct ul_forward_info *info, void *arg)
{
	json_t **out = arg;

	*out = ul_describe_forward(info);
}

static json_t *forward_add(struct ul_call *call)
{
	const char *fdname = ul_call_text(call, "fdname");
	int fd = fdname ? ul_client_take_fd(call->client, fdname) : -1;
	g_autofree char *error = NULL;
	json_t *answer = NULL;

	if (fdname && fd < 0)
		return ul_call_fail(call, "GenericError", "this client has no "
				    "descriptor named '%s': send it with "
				    "getfd first", fdname);
	if (ul_network_forward_add(call->network, ul_call_text(call, "spec"),
				   ul_call_text(call, "port"), fd, set_answer,
				   &answer, &error) < 0)
		return ul_call_fail(call, "GenericError", "%s", error);
	return answer;
}

static json_t *forward_remove(struct ul_call *call)
{
	g_autofree char *error = NULL;
	enum ul_forward_open open = ul_call_bool(call, "close-flows", false) ?
				    UL_FORWARD_CUT : UL_FORWARD_KEEP;

	if (ul_network_forward_remove(call->network,
				      ul_call_text(call, "spec"), open,
				      &error) < 0)
		return ul_call_fail(call, "GenericError", "%s", error);
	return json_object();
}

static void add_forward(const struct ul_forward_info *info, void *arg)
{
	json_array_append_new(arg, ul_describe_forward(info));
}

static json_t *query_forwards(struct ul_call *call)
{
	json_t *list = json_array();

	ul_network_each_forward(call->network, add_forward, list);
	return list;
}

static const struct ul_arg args_add[] = {
	UL_ARG("spec", UL_ARG_TEXT, .is_needed = true),
	UL_ARG("port", UL_ARG_TEXT),
	UL_ARG("fdname", UL_ARG_TEXT),
	UL_ARG_END,
};

static const struct ul_arg args_remove[] = {
	UL_ARG("spec", UL_ARG_TEXT, .is_needed = true),
	UL_ARG("close-flows", UL_ARG_BOOL),
	UL_ARG_END,
};

const struct ul_cmd ul_cmds_forward[] = {
	UL_CMD("query-forwards", NULL, query_forwards),
	UL_CMD("forward-add", args_add, forward_add),
	UL_CMD("forward-remove", args_remove, forward_remove),
	UL_CMD_END,
};
