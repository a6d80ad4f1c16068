/* SPDX-License-Identifier: BSD-3-Clause */
/* net_dns.c - whom a network asks for names, live */
#include "net/net_dns.h"

#include <errno.h>
#include <glib.h>

#include "base/error.h"
#include "conf/dns_spec.h"
#include "net/network_priv.h"
#include "svc/dns_relay.h"

static int no_router(char **error)
{
	return ul_fail(error, -ENOENT, "this network has no router, and so no "
		       "DNS server");
}

struct walk {
	struct ul_network *network;
	void (*fn)(const struct ul_dns_server_info *info, void *arg);
	void *arg;
};

static void tell_server(const char *domain, const struct ul_dns_server *s,
			void *arg)
{
	struct walk *walk = arg;
	struct ul_dns_server_info info = {
		.domain = domain, .server = s->at.ep,
		.is_silent = ul_loop_now(walk->network->loop) <
			     s->avoid_until_us,
		.asked = s->asked, .answered = s->answered,
	};

	walk->fn(&info, walk->arg);
}

void ul_network_each_dns_server(struct ul_network *n,
				void (*fn)(const struct ul_dns_server_info *i,
					   void *arg), void *arg)
{
	struct walk walk = { n, fn, arg };

	if (n->router)
		ul_dns_upstreams_each(
			ul_dns_relay_upstreams(ul_router_dns(n->router)),
			tell_server, &walk);
}

int ul_network_add_dns_server(struct ul_network *n, const char *spec,
			      char **error)
{
	struct ul_dns_upstreams *all;
	struct ul_dns_for_conf *f;
	int rc;

	if (!n->router)
		return no_router(error);
	rc = ul_dns_for_parse(&f, spec, error);
	if (rc)
		return rc;
	all = ul_dns_relay_upstreams(ul_router_dns(n->router));
	rc = ul_dns_upstreams_add(all, f->domain, &f->server);
	if (rc == -EEXIST)
		ul_fail(error, rc, "the server is asked for %s already",
			f->domain);
	else if (rc)
		ul_fail(error, rc, "a domain has at most %d servers, and a "
			"network %d domains", UL_DNS_UPSTREAMS,
			UL_DNS_DOMAINS);
	ul_dns_for_free(f);
	return rc;
}

int ul_network_remove_dns_server(struct ul_network *n, const char *spec,
				 char **error)
{
	struct ul_dns_for_conf *f;
	int rc;

	if (!n->router)
		return no_router(error);
	rc = ul_dns_for_parse_some(&f, spec, error);
	if (rc)
		return rc;
	rc = ul_dns_upstreams_remove(
		ul_dns_relay_upstreams(ul_router_dns(n->router)), f->domain,
		f->has_server ? &f->server : NULL);
	if (rc)
		ul_fail(error, rc, f->has_server ?
			"that server is not asked for %s" :
			"no server is asked for %s alone", f->domain);
	ul_dns_for_free(f);
	return rc;
}

int ul_network_flush_dns(struct ul_network *n, char **error)
{
	if (!n->router)
		return no_router(error);
	return (int)ul_dns_relay_flush(ul_router_dns(n->router));
}
