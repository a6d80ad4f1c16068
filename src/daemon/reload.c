/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reload.c - the configuration file read anew while the network runs
 *
 * The file must be right as a whole, as at a start. What runs afterwards is
 * a mix of it and of what takes a restart, and that must be right too: an
 * address of a host may be good for the new subnet alone.
 */
#include "daemon/reload.h"

#include <errno.h>

#include "base/error.h"
#include "base/log.h"
#include "conf/conf_show.h"
#include "net/net_reload.h"

/* The value that was or will be there without being said. */
static void fill_in(GPtrArray *changes, const struct ul_conf *from,
		    const struct ul_conf *to)
{
	for (guint i = 0; i < changes->len; i++) {
		struct ul_conf_change *c = changes->pdata[i];

		if (c->option->times == UL_OPTION_REPEATS)
			continue;
		if (!c->from)
			c->from = ul_conf_settled(from, c->option->name);
		if (!c->to)
			c->to = ul_conf_settled(to, c->option->name);
	}
}

static void set_log_level(const struct ul_conf *conf)
{
	ul_log_set_level(conf->debug ? UL_LOG_DEBUG :
			 conf->quiet ? UL_LOG_WARN : UL_LOG_INFO);
}

static bool has_live(const GPtrArray *changes, enum ul_option_live by)
{
	for (guint i = 0; i < changes->len; i++) {
		const struct ul_conf_change *c = changes->pdata[i];

		if (c->option->live == by)
			return true;
	}
	return false;
}

static void log_changes(const GPtrArray *changes)
{
	if (!changes->len)
		ul_log(INFO, "reload", "nothing has changed");
	for (guint i = 0; i < changes->len; i++) {
		const struct ul_conf_change *c = changes->pdata[i];
		g_autofree char *text = ul_conf_change_text(c);

		if (c->is_overridden)
			ul_log(INFO, "reload", "%s %s: the command line says otherwise",
			       c->option->name, c->to);
		else if (c->option->live != UL_LIVE_NEVER)
			ul_log(INFO, "reload", "%s", text);
		else
			ul_log(WARN, "reload", "%s: that takes a restart",
			       text);
	}
}

/* Put @mixed in the place of what runs, or leave all as it is. */
static int carry_out(const struct ul_reload *r, struct ul_setup *mixed,
		     const GPtrArray *changes, char **error)
{
	struct ul_setup *running = r->setup;
	struct ul_settings *settings = running->settings;
	int rc;

	ul_conf_adopt(running->conf, mixed->conf);
	rc = ul_network_reload(r->network, changes, mixed->conf, error);
	if (rc) {
		ul_conf_adopt(running->conf, mixed->conf);
		return rc;
	}
	running->settings = mixed->settings;
	mixed->settings = settings;
	if (has_live(changes, UL_LIVE_LOG))
		set_log_level(running->conf);
	return 0;
}

static int apply(const struct ul_reload *r, const struct ul_setup *wanted,
		 GPtrArray *changes, char **error)
{
	struct ul_settings *mix = ul_conf_mix(r->setup->settings,
					      wanted->settings);
	struct ul_setup *mixed;
	g_autofree char *why = NULL;
	int rc = ul_setup_settle(&mixed, mix, r->setup->conf, &why);

	ul_settings_free(mix);
	if (rc)
		return ul_fail(error, rc, "before a restart this does not fit "
			       "the rest: %s", why);
	rc = carry_out(r, mixed, changes, error);
	if (!rc)
		fill_in(changes, mixed->conf, wanted->conf);
	ul_setup_free(mixed);
	return rc;
}

int ul_reload_run(const struct ul_reload *r, GPtrArray **changes,
		  char **error)
{
	struct ul_setup *wanted;
	GPtrArray *found;
	int rc;

	if (!r->path)
		return ul_fail(error, -ENOENT, "network %s was started without "
			       "a file: see userland.conf(5)",
			       r->setup->conf->name);
	rc = ul_setup_load(&wanted, r->line, r->path, r->setup->conf, error);
	if (rc)
		return rc;
	found = ul_conf_diff(r->setup->settings, wanted->settings);
	rc = apply(r, wanted, found, error);
	if (!rc)
		ul_conf_overridden(found, r->line, wanted->file);
	ul_setup_free(wanted);
	if (rc) {
		g_ptr_array_unref(found);
		return rc;
	}
	log_changes(found);
	*changes = found;
	return 0;
}
