/* SPDX-License-Identifier: BSD-3-Clause */
/* setup.c - what userland(8) was told, and the network that this makes */
#include "daemon/setup.h"

#include <errno.h>

#include "base/error.h"
#include "base/log.h"
#include "conf/conf_check.h"
#include "conf/conf_file.h"
#include "conf/conf_merge.h"
#include "conf/uplink_spec.h"
#include "daemon/subnet.h"
#include "net/network.h"

/*
 * A tunnel takes its headers from the MTU. What the user set stays, with a
 * word of warning: frames above it would be lost without a trace.
 */
static void fit_mtu(struct ul_conf *conf)
{
	for (guint i = 0; i < conf->uplinks->len; i++) {
		const struct ul_uplink_conf *u = conf->uplinks->pdata[i];
		unsigned int fits = ul_network_uplink_mtu(u);

		if (!fits || fits >= conf->mtu)
			continue;
		if (conf->has_auto_mtu)
			conf->mtu = fits;
		else
			ul_log(WARN, "daemon", "--mtu %u: only %u pass --uplink %s",
			       conf->mtu, fits, u->text);
	}
}

/* A network that runs keeps the subnet that it chose. */
static int settle_subnet(struct ul_conf *conf, const struct ul_conf *running,
			 char **error)
{
	g_autofree char *state_dir = g_build_filename(
		g_get_user_state_dir(), "userlan", NULL);

	if (running && conf->has_free_subnet)
		ul_conf_set_subnet(conf, &running->subnet);
	if (running && ul_addr_eq(&conf->subnet.addr, &running->subnet.addr))
		return 0;
	return ul_subnet_settle(conf, state_dir, error);
}

/*
 * A network that has a name is the same one the next time. One without is its
 * VM's alone, and there may be many at once: they would share a file.
 */
static void settle_lease_file(struct ul_conf *conf)
{
	g_autofree char *base = g_strconcat(conf->name, ".leases", NULL);

	if (conf->has_lease_file || !conf->has_name || conf->one_off ||
	    !conf->has_dhcp)
		return;
	conf->lease_file = g_build_filename(g_get_user_state_dir(), "userlan",
					    base, NULL);
}

static int settle(struct ul_conf *conf, const struct ul_settings *settings,
		  const struct ul_conf *running, char **error)
{
	const char *runtime = g_getenv("XDG_RUNTIME_DIR");
	int rc = ul_conf_apply(conf, ul_settings_all(settings),
			       ul_settings_count(settings), error);

	if (rc)
		return rc;
	conf->is_running = running != NULL;
	rc = settle_subnet(conf, running, error);
	if (!rc)
		rc = ul_conf_check(conf, runtime && *runtime ? runtime : NULL,
				   error);
	if (rc)
		return rc;
	fit_mtu(conf);
	settle_lease_file(conf);
	return 0;
}

static int make(struct ul_setup **out, struct ul_settings *take_settings,
		const struct ul_conf *running, char **error)
{
	struct ul_setup *s = g_new0(struct ul_setup, 1);
	int rc;

	s->settings = take_settings;
	s->conf = ul_conf_new();
	rc = settle(s->conf, s->settings, running, error);
	if (rc) {
		*error = ul_conf_explain(*error, s->settings);
		ul_setup_free(s);
		return rc;
	}
	*out = s;
	return 0;
}

int ul_setup_settle(struct ul_setup **out, const struct ul_settings *settings,
		    const struct ul_conf *running, char **error)
{
	struct ul_settings *copy = ul_settings_new();
	const struct ul_conf_setting *s = ul_settings_all(settings);

	for (size_t i = 0; i < ul_settings_count(settings); i++)
		ul_settings_add(copy, &s[i]);
	return make(out, copy, running, error);
}

int ul_setup_load(struct ul_setup **out, const struct ul_settings *line,
		  const char *path, const struct ul_conf *running,
		  char **error)
{
	struct ul_settings *file;
	int rc;

	if (!path)
		return ul_setup_settle(out, line, running, error);
	rc = ul_conf_file_read(&file, path, error);
	if (rc)
		return rc;
	rc = make(out, ul_conf_merge(line, file), running, error);
	if (rc)
		ul_settings_free(file);
	else
		(*out)->file = file;
	return rc;
}

void ul_setup_free(struct ul_setup *setup)
{
	if (!setup)
		return;
	ul_conf_free(setup->conf);
	ul_settings_free(setup->settings);
	ul_settings_free(setup->file);
	g_free(setup);
}
