/* SPDX-License-Identifier: BSD-3-Clause */
/* cmd_capture.c - commands about captures of frames */
#include <errno.h>
#include <glib.h>

#include "ctl/cmd.h"
#include "ctl/json.h"
#include "net/net_capture.h"

static json_t *capture_start(struct ul_call *call)
{
	const char *fdname = ul_call_text(call, "fdname");
	struct ul_net_capture_conf conf = {
		.port = ul_call_text(call, "port"),
		.snap_len = (uint32_t)ul_call_int(call, "snaplen", 0),
		.count = ul_call_int(call, "count", 0),
	};
	int rc, fd = ul_client_take_fd(call->client, fdname);
	g_autofree char *error = NULL;
	uint64_t id;
	json_t *o;

	if (fd < 0)
		return ul_call_fail(call, "GenericError", "this client has no "
				    "descriptor named '%s': send it with "
				    "getfd first", fdname);
	rc = ul_network_capture_start(call->network, fd, &conf, &id, &error);
	if (rc < 0)
		return ul_call_fail(call, rc == -ENOENT ? "DeviceNotFound" :
				    "GenericError", "%s", error);
	o = json_object();
	ul_json_put(o, "id", ul_json_count(id));
	return o;
}

static json_t *capture_stop(struct ul_call *call)
{
	g_autofree char *error = NULL;

	if (ul_network_capture_stop(call->network, ul_call_int(call, "id", 0),
				    &error) < 0)
		return ul_call_fail(call, "GenericError", "%s", error);
	return json_object();
}

static void add_capture(const struct ul_net_capture_info *info, void *arg)
{
	json_t *o = json_object();

	ul_json_put(o, "id", ul_json_count(info->id));
	if (info->port)
		ul_json_put(o, "port", ul_json_text(info->port));
	ul_json_put(o, "snaplen", ul_json_count(info->snap_len));
	ul_json_put(o, "running", json_boolean(!info->why_ended));
	if (info->why_ended)
		ul_json_put(o, "reason", json_string(info->why_ended));
	ul_json_put(o, "frames", ul_json_count(info->stats.frames));
	ul_json_put(o, "bytes", ul_json_count(info->stats.bytes));
	ul_json_put(o, "left-out", ul_json_count(info->stats.left_out));
	ul_json_put(o, "age", ul_json_seconds(info->age_us));
	json_array_append_new(arg, o);
}

static json_t *query_captures(struct ul_call *call)
{
	json_t *list = json_array();

	ul_network_each_capture(call->network, add_capture, list);
	return list;
}

static const struct ul_arg args_start[] = {
	UL_ARG("fdname", UL_ARG_TEXT, .is_needed = true),
	UL_ARG("port", UL_ARG_TEXT),
	UL_ARG("snaplen", UL_ARG_INT, .max = UL_FRAME_MAX),
	UL_ARG("count", UL_ARG_INT, .max = INT64_MAX),
	UL_ARG_END,
};

static const struct ul_arg args_stop[] = {
	UL_ARG("id", UL_ARG_INT, .is_needed = true, .max = INT64_MAX),
	UL_ARG_END,
};

const struct ul_cmd ul_cmds_capture[] = {
	UL_CMD("capture-start", args_start, capture_start),
	UL_CMD("capture-stop", args_stop, capture_stop),
	UL_CMD("query-captures", NULL, query_captures),
	UL_CMD_END,
};
