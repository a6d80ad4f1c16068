/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net_reload.c - another configuration for a network that runs
 *
 * Each change knows how it is made, and a change is undone by making the
 * reverse one. What goes is taken away before what comes is made, so that a
 * port of the host, a name or an address can pass from one to the other. What
 * was done live already is so, and is not undone either.
 */
#include "net/net_reload.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "conf/forward_spec.h"
#include "conf/host_spec.h"
#include "net/net_dns.h"
#include "net/net_forward.h"
#include "net/net_hosts.h"
#include "net/net_policy.h"
#include "net/net_ports.h"
#include "net/network_priv.h"
#include "sys/unixfd.h"

/* One step, of which the reverse undoes it. */
struct step {
	const struct ul_conf_option *option;
	const char *gone, *come;	/* NULL: none */
	bool is_made;
};

#define ALREADY_SO 1		/* of a change: there was nothing to do */

static void ignore(const struct ul_forward_info *info, void *arg)
{
}

/* The socket of a forward that has a path, else -1. */
static int open_path(int *fd, const char *text, char **error)
{
	g_autofree char *why = NULL;
	struct ul_forward_conf *conf;
	int rc = ul_forward_spec_parse(&conf, text, &why);

	*fd = -1;
	if (rc)
		return ul_fail(error, rc, "--forward %s: %s", text, why);
	if (conf->path)
		rc = ul_unix_listen(fd, conf->path, error);
	ul_forward_conf_free(conf);
	return rc;
}

/* What is looked for among those that are there. */
struct look {
	char *text;
	bool is_found;
};

static void look_forward(const struct ul_forward_info *info, void *arg)
{
	struct look *look = arg;

	look->is_found |= !strcmp(info->key, look->text);
}

/* One for a free port is another each time. */
static bool has_forward(struct ul_network *n, const char *text)
{
	g_autofree char *why = NULL;
	struct ul_forward_conf *conf;
	struct look look = { NULL, false };

	if (ul_forward_spec_parse(&conf, text, &why))
		return false;
	look.text = ul_forward_spec_text(conf);
	if (conf->host_first || conf->path)
		ul_network_each_forward(n, look_forward, &look);
	ul_forward_conf_free(conf);
	g_free(look.text);
	return look.is_found;
}

/* It went before by itself: 0 or ALREADY_SO, or another error. */
static int take_absence(int rc, char **error)
{
	if (rc != -ENOENT)
		return rc;
	g_clear_pointer(error, g_free);
	return ALREADY_SO;
}

static int change_forward(struct ul_network *n, const struct step *s,
			  const struct ul_conf *to, char **error)
{
	int fd, rc;

	if (s->gone) {
		rc = ul_network_forward_remove(n, s->gone, UL_FORWARD_KEEP,
					       error);
		return take_absence(rc, error);
	}
	if (has_forward(n, s->come))
		return ALREADY_SO;
	rc = open_path(&fd, s->come, error);
	return rc ? rc : ul_network_forward_add(n, s->come, NULL, fd, ignore,
						NULL, error);
}

static void look_host(const struct ul_host_info *info, void *arg)
{
	struct look *look = arg;
	g_autofree char *text = ul_host_spec_text(info->conf);

	look->is_found |= !strcmp(text, look->text);
}

static bool has_host(struct ul_network *n, const struct ul_host_conf *host)
{
	struct look look = { ul_host_spec_text(host), false };

	ul_network_each_host(n, look_host, &look);
	g_free(look.text);
	return look.is_found;
}

static int add_host(struct ul_network *n, const char *text, char **error)
{
	g_autofree char *why = NULL;
	struct ul_host_conf *host;
	int rc = ul_host_spec_parse(&host, text, &why);

	if (!rc) {
		rc = has_host(n, host) ? ALREADY_SO :
		     ul_network_add_host(n, host, &why);
		ul_host_conf_free(host);
	}
	return rc < 0 ? ul_fail(error, rc, "--host %s: %s", text, why) : rc;
}

static int change_host(struct ul_network *n, const struct step *s,
		       const struct ul_conf *to, char **error)
{
	g_autofree char *name = NULL;

	if (s->come)
		return add_host(n, s->come, error);
	name = g_strndup(s->gone, strcspn(s->gone, "="));
	return take_absence(ul_network_remove_host(n, name, error), error);
}

/* The port of a name may have got another MAC. */
static int change_ports(struct ul_network *n, const struct step *s,
			const struct ul_conf *to, char **error)
{
	if (s->gone)
		ul_network_ports_follow(n, to->ports, s->gone);
	if (s->come)
		ul_network_ports_follow(n, to->ports, s->come);
	if (n->router)
		ul_router_policy_changed(n->router);
	return 0;
}

static int change_policy(struct ul_network *n, const struct step *s,
			 const struct ul_conf *to, char **error)
{
	static const struct ul_rule none;
	struct ul_policy_change change = { 0 };

	if (!n->router || !to->reaches_host)
		return 0;
	if (!strcmp(s->option->name, "host-loopback")) {
		ul_router_set_loopback(n->router, to->host_loopback,
				       to->host_loopback_ports);
		return 0;
	}
	if (!strcmp(s->option->name, "egress"))
		change.egress = ul_egress_name(to->egress);
	else
		change.rules = to->rules->len ?
			(const struct ul_rule *)to->rules->data : &none;
	change.rule_count = to->rules->len;
	return ul_network_change_policy(n, &change, error);
}

static int change_dhcp(struct ul_network *n, const struct step *s,
		       const struct ul_conf *to, char **error)
{
	if (n->router)
		ul_router_set_lease_time(n->router, to->lease_time_s);
	return 0;
}

/* Servers of a domain come and go one by one, all else as a whole. */
static int change_dns(struct ul_network *n, const struct step *s,
		      const struct ul_conf *to, char **error)
{
	g_autofree char *why = NULL;
	const char *item = s->come ? s->come : s->gone;
	int rc;

	if (!n->router)
		return 0;
	if (strcmp(s->option->name, "dns-for")) {
		ul_router_dns_follow(n->router, to);
		return 0;
	}
	rc = s->come ? ul_network_add_dns_server(n, item, &why) :
		       ul_network_remove_dns_server(n, item, &why);
	if (rc == (s->come ? -EEXIST : -ENOENT))
		return ALREADY_SO;
	return rc ? ul_fail(error, rc, "--dns-for %s: %s", item, why) : 0;
}

/* The level is the process's, which has the log. */
static int change_nothing(struct ul_network *n, const struct step *s,
			  const struct ul_conf *to, char **error)
{
	return 0;
}

/*
 * In the order in which they depend on each other. Where items are names or
 * ports of the host, all that go are taken away before others come.
 */
static const struct {
	int (*change)(struct ul_network *n, const struct step *s,
		      const struct ul_conf *to, char **error);
	bool has_items;
} ways[] = {
	[UL_LIVE_NEVER] = { NULL, false },
	[UL_LIVE_LOG] = { change_nothing, false },
	[UL_LIVE_PORTS] = { change_ports, false },
	[UL_LIVE_HOSTS] = { change_host, true },
	[UL_LIVE_DHCP] = { change_dhcp, false },
	[UL_LIVE_DNS] = { change_dns, true },
	[UL_LIVE_POLICY] = { change_policy, false },
	[UL_LIVE_FORWARDS] = { change_forward, true },
};
static_assert(G_N_ELEMENTS(ways) == UL_OPTION_LIVE_COUNT, "each way");

static void add_step(GArray *out, const struct ul_conf_change *c,
		     const char *gone, const char *come)
{
	struct step s = { .option = c->option, .gone = gone, .come = come };

	if (gone || come)
		g_array_append_val(out, s);
}

/* The steps of one way. */
static void add_steps(GArray *out, const GPtrArray *changes,
		      enum ul_option_live by)
{
	bool has_items = ways[by].has_items;

	for (guint i = 0; i < changes->len; i++) {
		const struct ul_conf_change *c = changes->pdata[i];

		if (c->option->live == by)
			add_step(out, c, c->from, has_items ? NULL : c->to);
	}
	for (guint i = 0; i < changes->len && has_items; i++) {
		const struct ul_conf_change *c = changes->pdata[i];

		if (c->option->live == by)
			add_step(out, c, NULL, c->to);
	}
}

static int make(struct ul_network *n, const struct step *s,
		const struct ul_conf *to, char **error)
{
	return ways[s->option->live].change(n, s, to, error);
}

/* Take the first @made steps back, the last one first. */
static void undo(struct ul_network *n, const GArray *steps, guint made,
		 const struct ul_conf *before)
{
	while (made--) {
		const struct step *s = &g_array_index(steps, struct step,
						      made);
		struct step back = {
			.option = s->option, .gone = s->come,
			.come = s->gone,
		};
		g_autofree char *error = NULL;

		if (s->is_made && make(n, &back, before, &error) < 0)
			ul_log(ERROR, "network", "cannot be undone: %s",
			       error);
	}
}

int ul_network_reload(struct ul_network *n, const GPtrArray *changes,
		      const struct ul_conf *before, char **error)
{
	g_autoptr(GArray) steps = g_array_new(FALSE, FALSE,
					      sizeof(struct step));
	int rc = 0;

	for (unsigned int by = 0; by < UL_OPTION_LIVE_COUNT; by++)
		if (ways[by].change)
			add_steps(steps, changes, (enum ul_option_live)by);
	for (guint i = 0; i < steps->len && rc >= 0; i++) {
		struct step *s = &g_array_index(steps, struct step, i);

		rc = make(n, s, n->conf, error);
		s->is_made = !rc;
		if (rc < 0)
			undo(n, steps, i, before);
	}
	return MIN(rc, 0);
}
