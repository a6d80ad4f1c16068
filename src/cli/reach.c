/* SPDX-License-Identifier: BSD-3-Clause */
/* reach.c - a network by its name */
#include "cli/reach.h"

#include <errno.h>
#include <glib.h>

#include "cli/paths.h"

int ul_reach(struct ul_qmp **out, const char *net, char **error)
{
	struct ul_paths paths;
	int rc = ul_paths_of(&paths, net, error);

	if (rc)
		return rc;
	rc = ul_qmp_connect(out, paths.control, error);
	ul_paths_clear(&paths);
	if (rc != -ENOENT && rc != -ECONNREFUSED)
		return rc;
	g_free(*error);
	*error = g_strdup_printf("network %s is not up; to make it: userlan "
				 "up %s", net, net);
	return -ENOENT;
}

int ul_reach_ask(struct ul_qmp *qmp, const char *query, json_t **out,
		 char **error)
{
	json_t *answer = NULL;
	int rc = ul_qmp_execute(qmp, query, NULL, &answer, error);

	if (rc)
		return rc;
	if (!json_is_object(answer) && !json_is_array(answer)) {
		json_decref(answer);
		*error = g_strdup_printf("%s: an answer that is none", query);
		return -EPROTO;
	}
	*out = answer;
	return 0;
}

const char *ul_reach_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

json_int_t ul_reach_int(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

bool ul_reach_bool(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}
