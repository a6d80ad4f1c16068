/* SPDX-License-Identifier: BSD-3-Clause */
/* conf_diff.c - what settings changed, option by option */
#include "conf/conf_diff.h"

#include <string.h>

#include "conf/conf_group.h"
#include "conf/conf_merge.h"

static void free_change(gpointer data)
{
	struct ul_conf_change *c = data;

	g_free(c->from);
	g_free(c->to);
	g_free(c);
}

static void add(GPtrArray *out, const struct ul_conf_option *o,
		const char *from, const char *to)
{
	struct ul_conf_change *c = g_new0(struct ul_conf_change, 1);

	c->option = o;
	c->from = g_strdup(from);
	c->to = g_strdup(to);
	g_ptr_array_add(out, c);
}

/* The values of @o, and of those for which it stands. */
static GPtrArray *values_of(const struct ul_settings *settings,
			    const struct ul_conf_option *o)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
	const struct ul_conf_setting *s = ul_settings_all(settings);

	for (size_t i = 0; i < ul_settings_count(settings); i++)
		if (ul_conf_option_whole(s[i].option) == o)
			g_ptr_array_add(out, ul_settings_text(&s[i]));
	return out;
}

/* "web" of "web=52:54:..." */
static size_t name_len(const char *text)
{
	return strcspn(text, "=,");
}

/* The one of @values with the name of @text; NULL. */
static const char *find_named(const GPtrArray *values, const char *text)
{
	size_t len = name_len(text);

	for (guint i = 0; i < values->len; i++) {
		const char *v = values->pdata[i];

		if (name_len(v) == len && !strncmp(v, text, len))
			return v;
	}
	return NULL;
}

static void diff_named(GPtrArray *out, const struct ul_conf_option *o,
		       const GPtrArray *from, const GPtrArray *to)
{
	for (guint i = 0; i < from->len; i++) {
		const char *other = find_named(to, from->pdata[i]);

		if (!other || strcmp(other, from->pdata[i]))
			add(out, o, from->pdata[i], other);
	}
	for (guint i = 0; i < to->len; i++)
		if (!find_named(from, to->pdata[i]))
			add(out, o, NULL, to->pdata[i]);
}

static bool has_value(const GPtrArray *values, const char *text)
{
	for (guint i = 0; i < values->len; i++)
		if (!strcmp(values->pdata[i], text))
			return true;
	return false;
}

static void diff_items(GPtrArray *out, const struct ul_conf_option *o,
		       const GPtrArray *from, const GPtrArray *to)
{
	for (guint i = 0; i < from->len; i++)
		if (!has_value(to, from->pdata[i]))
			add(out, o, from->pdata[i], NULL);
	for (guint i = 0; i < to->len; i++)
		if (!has_value(from, to->pdata[i]))
			add(out, o, NULL, to->pdata[i]);
}

/* As one text; NULL for none. */
static char *join(const GPtrArray *values)
{
	GString *s = g_string_new(NULL);

	for (guint i = 0; i < values->len; i++)
		g_string_append_printf(s, "%s%s", i ? ";" : "",
				       (const char *)values->pdata[i]);
	return g_string_free(s, !values->len);
}

static void diff_whole(GPtrArray *out, const struct ul_conf_option *o,
		       const GPtrArray *from, const GPtrArray *to)
{
	g_autofree char *before = join(from);
	g_autofree char *after = join(to);

	if (g_strcmp0(before, after))
		add(out, o, before, after);
}

/* Are the values of @o tried in their order? */
static bool is_ordered(const struct ul_conf_option *o)
{
	return o->live == UL_LIVE_POLICY || !strcmp(o->name, "dns");
}

GPtrArray *ul_conf_diff(const struct ul_settings *from,
			const struct ul_settings *to)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(free_change);
	size_t count;
	const struct ul_conf_option *o = ul_conf_options(&count);

	for (size_t i = 0; i < count; i++) {
		g_autoptr(GPtrArray) before = values_of(from, &o[i]);
		g_autoptr(GPtrArray) after = values_of(to, &o[i]);

		if (ul_conf_group_find(o[i].name))
			diff_named(out, &o[i], before, after);
		else if (o[i].times == UL_OPTION_ONCE || is_ordered(&o[i]))
			diff_whole(out, &o[i], before, after);
		else
			diff_items(out, &o[i], before, after);
	}
	return out;
}

/* What @line says in the place of @file's setting; NULL. */
static const struct ul_conf_setting *
winner_of(const struct ul_settings *line, const struct ul_conf_setting *file)
{
	const struct ul_conf_setting *s = ul_settings_all(line);

	for (size_t i = 0; i < ul_settings_count(line); i++)
		if (ul_conf_replaces(&s[i], file))
			return &s[i];
	return NULL;
}

void ul_conf_overridden(GPtrArray *out, const struct ul_settings *line,
			const struct ul_settings *file)
{
	const struct ul_conf_setting *s = ul_settings_all(file);

	for (size_t i = 0; i < ul_settings_count(file); i++) {
		const struct ul_conf_setting *wins = winner_of(line, &s[i]);
		g_autofree char *from = wins ? ul_settings_text(wins) : NULL;
		g_autofree char *to = ul_settings_text(&s[i]);
		struct ul_conf_change *c;

		if (!wins || (wins->option == s[i].option &&
			      !strcmp(from, to)))
			continue;
		/* What excludes it is another option. */
		add(out, s[i].option, wins->option == s[i].option ? from :
		    NULL, to);
		c = out->pdata[out->len - 1];
		c->is_overridden = true;
	}
}

static void take(struct ul_settings *out, const struct ul_settings *in,
		 bool is_live)
{
	const struct ul_conf_setting *s = ul_settings_all(in);

	for (size_t i = 0; i < ul_settings_count(in); i++)
		if ((s[i].option->live != UL_LIVE_NEVER) == is_live)
			ul_settings_add(out, &s[i]);
}

struct ul_settings *ul_conf_mix(const struct ul_settings *from,
				const struct ul_settings *to)
{
	struct ul_settings *out = ul_settings_new();

	take(out, from, false);
	take(out, to, true);
	return out;
}

#define SWAP(a, b) \
	do { \
		__typeof__(a) swapped_ = (a); \
		(a) = (b); \
		(b) = swapped_; \
	} while (0)

void ul_conf_adopt(struct ul_conf *conf, struct ul_conf *other)
{
	SWAP(conf->ports, other->ports);
	SWAP(conf->hosts, other->hosts);
	SWAP(conf->forwards, other->forwards);
	SWAP(conf->lease_time_s, other->lease_time_s);
	SWAP(conf->dns_upstreams, other->dns_upstreams);
	SWAP(conf->dns_for, other->dns_for);
	SWAP(conf->dns_allow, other->dns_allow);
	SWAP(conf->dns_deny, other->dns_deny);
	SWAP(conf->egress, other->egress);
	SWAP(conf->rules, other->rules);
	SWAP(conf->host_loopback, other->host_loopback);
	SWAP(conf->host_loopback_ports, other->host_loopback_ports);
	SWAP(conf->quiet, other->quiet);
	SWAP(conf->debug, other->debug);
}

char *ul_conf_change_text(const struct ul_conf_change *c)
{
	const char *name = c->option->name;

	if (!c->from)
		return g_strdup_printf("%s %s is new", name, c->to);
	if (!c->to)
		return g_strdup_printf("%s %s is gone", name, c->from);
	return g_strdup_printf("%s was %s, is %s", name, c->from, c->to);
}
