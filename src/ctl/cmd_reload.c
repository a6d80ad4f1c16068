/* SPDX-License-Identifier: BSD-3-Clause */
/* cmd_reload.c - the command that reads the configuration file anew */
#include <glib.h>

#include "conf/conf_diff.h"
#include "ctl/cmd.h"
#include "ctl/json.h"

static json_t *describe(const struct ul_conf_change *c)
{
	json_t *o = json_object();

	ul_json_put(o, "option", ul_json_text(c->option->name));
	if (c->from)
		ul_json_put(o, "from", ul_json_text(c->from));
	if (c->to)
		ul_json_put(o, "to", ul_json_text(c->to));
	return o;
}

static json_t *answer(const GPtrArray *changes)
{
	json_t *o = json_object();
	json_t *changed = json_array();
	json_t *waiting = json_array();
	json_t *overridden = json_array();

	for (guint i = 0; i < changes->len; i++) {
		const struct ul_conf_change *c = changes->pdata[i];
		bool is_live = c->option->live != UL_LIVE_NEVER;

		json_array_append_new(c->is_overridden ? overridden :
				      is_live ? changed : waiting,
				      describe(c));
	}
	ul_json_put(o, "changed", changed);
	ul_json_put(o, "needs-restart", waiting);
	ul_json_put(o, "overridden", overridden);
	return o;
}

static json_t *reload(struct ul_call *call)
{
	g_autofree char *error = NULL;
	GPtrArray *changes;
	json_t *o;

	if (!call->reload)
		return ul_call_fail(call, "GenericError", "there is nothing "
				    "to read anew");
	if (call->reload(&changes, &error, call->quit_arg))
		return ul_call_fail(call, "GenericError", "%s", error);
	o = answer(changes);
	g_ptr_array_unref(changes);
	return o;
}

const struct ul_cmd ul_cmds_reload[] = {
	UL_CMD("reload", NULL, reload),
	UL_CMD_END,
};
