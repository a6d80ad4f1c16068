/* SPDX-License-Identifier: BSD-3-Clause */
/* forward.c - forwards on a network that is up */
#include "cli/forward.h"

#include <errno.h>
#include <string.h>

#include <glib.h>

#include "conf/forward_spec.h"

static bool has_letter(const char *name)
{
	for (; *name; name++)
		if (g_ascii_isalpha(*name))
			return true;
	return false;
}

int ul_cli_forward_to(char **out, const char *text, const char *vm,
		      char **error)
{
	struct ul_forward_conf *f = NULL;
	g_autofree char *why = NULL;

	if (ul_forward_spec_parse(&f, text, &why)) {
		*error = g_strdup_printf("-p %s: %s", text, why);
		return -EINVAL;
	}
	if (f->has_guest || f->guest_name) {
		*out = g_strdup(text);
	} else if (has_letter(vm)) {
		f->guest_name = g_strdup(vm);
		*out = ul_forward_spec_text(f);
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
	json_t *args = json_pack("{s:s, s:s*}", "spec", rule, "port", port);

	return ul_qmp_execute(qmp, "forward-add", args, out, error);
}
