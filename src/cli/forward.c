/* SPDX-License-Identifier: BSD-3-Clause */
/* forward.c - forwards on a network that is up */
#include "cli/forward.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "conf/forward_spec.h"
#include "sys/unixfd.h"

#define FDNAME "forward"

static bool has_letter(const char *name)
{
	for (; *name; name++)
		if (g_ascii_isalpha(*name))
			return true;
	return false;
}

/* What is no rule has none: the network says why. */
static char *path_of(const char *rule)
{
	struct ul_forward_conf *f = NULL;
	g_autofree char *why = NULL;
	char *path;

	if (ul_forward_spec_parse(&f, rule, &why))
		return NULL;
	path = g_steal_pointer(&f->path);
	ul_forward_conf_free(f);
	return path;
}

int ul_cli_forward_to(char **out, const char *text, const char *vm,
		      char **error)
{
	struct ul_forward_conf *f = NULL;
	g_autofree char *why = NULL, *key = NULL;

	if (ul_forward_spec_parse(&f, text, &why)) {
		*error = g_strdup_printf("-p %s: %s", text, why);
		return -EINVAL;
	}
	if (f->has_guest || f->guest_name) {
		*out = g_strdup(text);
	} else if (has_letter(vm)) {
		f->guest_name = g_strdup(vm);
		key = ul_forward_spec_text(f);
		*out = g_strconcat(key, f->when_listening ?
				   ",when-listening" : "", NULL);
	} else {
		*error = g_strdup_printf("-p %s: this VM is called %s, which "
					 "without a letter is no name; give it "
					 "another by --name", text, vm);
	}
	ul_forward_conf_free(f);
	return *error ? -EINVAL : 0;
}

int ul_cli_forward_add(struct ul_qmp *qmp, const char *rule, const char *port,
		       json_t **out, char **error)
{
	g_autofree char *path = path_of(rule);
	json_t *args = json_pack("{s:s, s:s*}", "spec", rule, "port", port);
	int fd = -1, rc = 0;

	if (path)
		rc = ul_unix_listen(&fd, path, error);
	if (!rc && path)
		rc = ul_qmp_give_fd(qmp, fd, FDNAME, error);
	if (!rc && path)
		json_object_set_new(args, "fdname", json_string(FDNAME));
	if (!rc)
		rc = ul_qmp_execute(qmp, "forward-add", json_incref(args), out,
				    error);
	json_decref(args);
	if (fd >= 0)
		close(fd);
	if (rc && fd >= 0 && *path == '/')
		unlink(path);
	return rc;
}

char *ul_cli_forward_path(const char *rule)
{
	char *path = path_of(rule);

	if (!path || *path == '/')
		return path;
	g_free(path);
	return NULL;
}
