/* SPDX-License-Identifier: BSD-3-Clause */
/* conf_group.c - the groups of a file that stand for one repeated option */
#include "conf/conf_group.h"

#include <string.h>

#define ID_PREFIX "id:"

static const struct ul_group_key host_keys[] = {
	{ "mac", UL_FORM_WHO },
	{ "id", UL_FORM_WHO_ID },
	{ "address", UL_FORM_ADDR4 },
	{ "address6", UL_FORM_ADDR6 },
	{ .name = NULL },
};

/* Those of port-set, by the same names. */
static const struct ul_group_key port_keys[] = {
	{ "mac", UL_FORM_WHO },
	{ "isolated", UL_FORM_FLAG },
	{ "promiscuous", UL_FORM_FLAG },
	{ "pinned", UL_FORM_FLAG },
	{ "macs-max", UL_FORM_PAIR },
	{ "rate-in", UL_FORM_PAIR },
	{ "rate-out", UL_FORM_PAIR },
	{ "burst", UL_FORM_PAIR },
	{ "storm", UL_FORM_PAIR },
	{ "delay", UL_FORM_PAIR },
	{ "jitter", UL_FORM_PAIR },
	{ "loss", UL_FORM_PAIR },
	{ "host-loopback", UL_FORM_LIST },
	{ .name = NULL },
};

const struct ul_conf_group ul_conf_groups[] = {
	{ "host", host_keys },
	{ "port", port_keys },
	{ .option = NULL },
};

const struct ul_conf_group *ul_conf_group_find(const char *option)
{
	for (const struct ul_conf_group *g = ul_conf_groups; g->option; g++)
		if (!strcmp(g->option, option))
			return g;
	return NULL;
}

const struct ul_group_key *ul_group_key_find(const struct ul_conf_group *g,
					     const char *name)
{
	for (const struct ul_group_key *k = g->keys; k->name; k++)
		if (!strcmp(k->name, name))
			return k;
	return NULL;
}

void ul_group_put(GString *text, const struct ul_group_key *key,
		  const char *value)
{
	switch (key->form) {
	case UL_FORM_WHO:
		g_string_append_printf(text, "=%s", value);
		return;
	case UL_FORM_WHO_ID:
		g_string_append_printf(text, "=" ID_PREFIX "%s", value);
		return;
	case UL_FORM_ADDR4:
	case UL_FORM_ADDR6:
		g_string_append_printf(text, ",%s", value);
		return;
	case UL_FORM_FLAG:
		g_string_append_printf(text, ",%s", key->name);
		return;
	case UL_FORM_LIST:
	case UL_FORM_PAIR:
		g_string_append_printf(text, value ? ",%s=%s" : ",%s",
				       key->name, value);
		return;
	}
}

/* The key that is of @form; "?" is in no group. */
static const char *key_of(const struct ul_conf_group *g,
			  enum ul_group_form form)
{
	for (const struct ul_group_key *k = g->keys; k->name; k++)
		if (k->form == form)
			return k->name;
	return "?";
}

/* One part between commas; @part may go on the list that is before it. */
static void show_part(GString *out, const struct ul_conf_group *g,
		      const char *part, bool *is_list)
{
	g_autofree char *name = g_strndup(part, strcspn(part, "="));
	const struct ul_group_key *key = ul_group_key_find(g, name);

	if (*is_list && g_ascii_isdigit(*part)) {
		g_string_insert(out, (gssize)out->len - 1, ";");
		g_string_insert(out, (gssize)out->len - 1, part);
		return;
	}
	*is_list = strchr(part, '=') && key && key->form == UL_FORM_LIST;
	if (strchr(part, '='))
		g_string_append_printf(out, "%s\n", part);
	else if (key)
		g_string_append_printf(out, "%s=true\n", part);
	else
		g_string_append_printf(out, "%s=%s\n",
				       key_of(g, strchr(part, ':') ?
					      UL_FORM_ADDR6 : UL_FORM_ADDR4),
				       part);
}

void ul_group_show(GString *out, const struct ul_conf_group *group,
		   const char *text)
{
	g_auto(GStrv) part = g_strsplit(text, ",", -1);
	char *who = part[0] ? strchr(part[0], '=') : NULL;
	bool is_list = false;
	bool is_id = who && g_str_has_prefix(who + 1, ID_PREFIX);

	if (who)
		*who++ = '\0';
	g_string_append_printf(out, "\n[%s %s]\n", group->option,
			       part[0] ? part[0] : "");
	if (who)
		g_string_append_printf(out, "%s=%s\n", key_of(group, is_id ?
				       UL_FORM_WHO_ID : UL_FORM_WHO),
				       is_id ? who + strlen(ID_PREFIX) : who);
	for (char **p = part + !!part[0]; *p; p++)
		show_part(out, group, *p, &is_list);
}
