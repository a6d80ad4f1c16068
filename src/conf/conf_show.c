/* SPDX-License-Identifier: BSD-3-Clause */
/* conf_show.c - a settled network as a configuration file */
#include "conf/conf_show.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/rule.h"
#include "conf/conf_group.h"

/* @text so that GKeyFile reads it back, as an item of a list too. */
static void put_escaped(GString *out, const char *text, bool is_item)
{
	static const char bad[] = "\n\t\r\\;";
	static const char letter[] = "ntr\\;";

	for (const char *c = text; *c; c++) {
		const char *at = strchr(bad, *c);

		if (*c == ' ' && (c == text || !c[1]))
			g_string_append(out, "\\s");
		else if (at && (*c != ';' || is_item))
			g_string_append_printf(out, "\\%c", letter[at - bad]);
		else
			g_string_append_c(out, *c);
	}
}

/*
 * Every setting of @o as one line: "dns=192.0.2.1;192.0.2.2". What is said by
 * another option, as rules are, is not there itself.
 */
static bool show_given(GString *out, const struct ul_conf_option *o,
		       const struct ul_settings *settings)
{
	const struct ul_conf_setting *s = ul_settings_all(settings);
	bool is_list = o->times == UL_OPTION_REPEATS;
	bool is_first = true;

	for (size_t i = 0; i < ul_settings_count(settings); i++) {
		g_autofree char *text = NULL;

		if (ul_conf_option_whole(s[i].option) != o ||
		    (!is_first && !is_list))
			continue;
		text = ul_settings_text(&s[i]);
		g_string_append_printf(out, "%s%s", is_first ? o->name : ";",
				       is_first ? "=" : "");
		put_escaped(out, text, is_list);
		is_first = false;
	}
	if (!is_first)
		g_string_append_c(out, '\n');
	return !is_first;
}

/* ---- what was settled without being said --------------------------------- */

static void put_prefix(GString *out, const struct ul_prefix *p)
{
	char buf[UL_ADDR_STRLEN];

	g_string_append_printf(out, "%s/%u", ul_addr_str(&p->addr, buf),
			       p->len);
}

static void put_addr(GString *out, const struct ul_addr *a)
{
	char buf[UL_ADDR_STRLEN];

	g_string_append(out, ul_addr_str(a, buf));
}

static void put_size(GString *out, uint64_t bytes)
{
	g_string_append_printf(out, "%" PRIu64 "M", bytes >> 20);
}

static void show_name(GString *out, const struct ul_conf *conf)
{
	g_string_append(out, conf->name);
}

static void show_mode(GString *out, const struct ul_conf *conf)
{
	g_string_append(out, ul_mode_parts(conf->mode)->name);
}

static void show_subnet(GString *out, const struct ul_conf *conf)
{
	if (conf->has_router)
		put_prefix(out, &conf->subnet);
}

static void show_gateway(GString *out, const struct ul_conf *conf)
{
	if (conf->has_router)
		put_addr(out, &conf->gateway4);
}

static void show_range(GString *out, const struct ul_conf *conf)
{
	if (!conf->has_dhcp)
		return;
	put_addr(out, &conf->pool_first);
	g_string_append_c(out, '-');
	put_addr(out, &conf->pool_last);
}

static void show_prefix6(GString *out, const struct ul_conf *conf)
{
	if (conf->has_ipv6 && conf->has_router)
		put_prefix(out, &conf->prefix6);
}

static void show_mtu(GString *out, const struct ul_conf *conf)
{
	g_string_append_printf(out, "%u", conf->mtu);
}

static void show_egress(GString *out, const struct ul_conf *conf)
{
	if (conf->reaches_host)
		g_string_append(out, ul_egress_name(conf->egress));
}

static void show_lease_time(GString *out, const struct ul_conf *conf)
{
	if (conf->has_dhcp)
		g_string_append_printf(out, "%" PRIu32, conf->lease_time_s);
}

static void show_lease_file(GString *out, const struct ul_conf *conf)
{
	if (conf->has_dhcp && conf->lease_file)
		put_escaped(out, conf->lease_file, false);
}

static void show_domain(GString *out, const struct ul_conf *conf)
{
	if (conf->has_router)
		g_string_append(out, conf->domain);
}

static void show_socket(GString *out, const struct ul_conf *conf)
{
	const struct ul_listen_conf *l = conf->listens->len ?
		conf->listens->pdata[0] : NULL;

	if (l && l->kind == UL_LISTEN_STREAM)
		put_escaped(out, l->where, true);
}

static void show_control(GString *out, const struct ul_conf *conf)
{
	if (conf->control_path)
		put_escaped(out, conf->control_path, false);
}

static void show_max_pinned(GString *out, const struct ul_conf *conf)
{
	put_size(out, conf->limits.max_pinned_bytes);
}

static void show_max_send(GString *out, const struct ul_conf *conf)
{
	put_size(out, conf->limits.max_send_bytes);
}

static void show_max_flows(GString *out, const struct ul_conf *conf)
{
	g_string_append_printf(out, "%u", conf->limits.max_tcp_flows);
}

static void show_max_half_open(GString *out, const struct ul_conf *conf)
{
	g_string_append_printf(out, "%u", conf->limits.max_tcp_half_open);
}

static void show_max_udp(GString *out, const struct ul_conf *conf)
{
	g_string_append_printf(out, "%u", conf->limits.max_udp_flows);
}

static void show_max_ping(GString *out, const struct ul_conf *conf)
{
	g_string_append_printf(out, "%u", conf->limits.max_icmp_flows);
}

/* Nothing is appended where the network has no such value. */
static const struct {
	const char *name;
	void (*show)(GString *out, const struct ul_conf *conf);
} settled[] = {
	{ "name", show_name },
	{ "mode", show_mode },
	{ "socket", show_socket },
	{ "subnet", show_subnet },
	{ "gateway", show_gateway },
	{ "dhcp-range", show_range },
	{ "ipv6-prefix", show_prefix6 },
	{ "mtu", show_mtu },
	{ "egress", show_egress },
	{ "lease-time", show_lease_time },
	{ "lease-file", show_lease_file },
	{ "domain", show_domain },
	{ "max-flows", show_max_flows },
	{ "max-half-open", show_max_half_open },
	{ "max-udp", show_max_udp },
	{ "max-ping", show_max_ping },
	{ "max-pinned", show_max_pinned },
	{ "max-send", show_max_send },
	{ "control", show_control },
};

char *ul_conf_settled(const struct ul_conf *conf, const char *name)
{
	GString *value = g_string_new(NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(settled); i++)
		if (!strcmp(settled[i].name, name))
			settled[i].show(value, conf);
	return g_string_free(value, !value->len);
}

/* One list, which three options fill: as the one that keeps its order. */
static bool show_rules(GString *out, const struct ul_conf_option *o,
		       const struct ul_conf *conf)
{
	char text[UL_RULE_STRLEN];
	bool is_list = !strcmp(o->name, "rules");

	if (!conf->rules->len)
		return false;
	if (is_list)
		g_string_append(out, "rules=");
	for (guint i = 0; is_list && i < conf->rules->len; i++)
		g_string_append_printf(
			out, "%s%c", ul_rule_str(&g_array_index(
				conf->rules, struct ul_rule, i), text),
			i + 1 < conf->rules->len ? ';' : '\n');
	return is_list || !strcmp(o->name, "allow") ||
	       !strcmp(o->name, "deny");
}

static void show_option(GString *out, const struct ul_conf_option *o,
			const struct ul_conf *conf,
			const struct ul_settings *settings)
{
	g_autofree char *value = NULL;

	if (o->place == UL_PLACE_LINE || ul_conf_group_find(o->name) ||
	    show_rules(out, o, conf) || show_given(out, o, settings))
		return;
	value = ul_conf_settled(conf, o->name);
	if (value)
		g_string_append_printf(out, "#%s=%s\n", o->name, value);
}

char *ul_conf_show(const struct ul_conf *conf,
		   const struct ul_settings *settings)
{
	GString *out = g_string_new("# Lines that begin with # are what was "
				    "settled without being asked for.\n"
				    "[network]\n");
	const struct ul_conf_setting *s = ul_settings_all(settings);
	size_t count;
	const struct ul_conf_option *o = ul_conf_options(&count);

	for (size_t i = 0; i < count; i++)
		show_option(out, &o[i], conf, settings);
	for (size_t i = 0; i < ul_settings_count(settings); i++) {
		const struct ul_conf_group *g = ul_conf_group_find(
			s[i].option->name);

		if (g)
			ul_group_show(out, g, s[i].value);
	}
	return g_string_free(out, FALSE);
}
