/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ra_srv.c - tells the network's prefix and default route
 *
 * One timer is armed for the next advertisement to all; what a guest or the
 * host brings about only moves it forward. A guest that gave its address is
 * answered alone and without the delay of RFC 4861 6.2.6, which keeps several
 * routers apart: here there is one, and a guest that boots waits for it. With
 * UL_RA_ANSWERS_S used up it hears the next one to all, which is never more
 * than UL_RA_APART_US away, so that no guest can keep the answer from another.
 */
#include "svc/ra_srv.h"

#include <glib.h>

#include "base/rate.h"
#include "wire/ra.h"

#define HOP_LIMIT 64
#define NEWS_S 1		/* told at once; more often they wait */
#define NEWS_BURST 4

struct ul_ra_srv {
	struct ul_ra_srv_conf conf;
	struct ul_timer timer;		/* the next one to all */
	int64_t last_us;		/* when all heard one */
	unsigned int initial_left;
	bool has_route;			/* as it was told to all */
	struct ul_rate answers, news;
	struct ul_ra ra;
};

static const struct ul_addr all_nodes = { .b = { 0xff, 0x02, [15] = 1 } };
static const uint8_t all_nodes_mac[6] = { 0x33, 0x33, [5] = 1 };

static int64_t now(const struct ul_ra_srv *srv)
{
	return ul_loop_now(srv->conf.loop);
}

/* Somewhere between, evenly, by milliseconds. */
static int64_t random_us(int64_t min_us, int64_t max_us)
{
	return 1000ll * g_random_int_range((gint32)(min_us / 1000),
					   (gint32)(max_us / 1000) + 1);
}

static void send_to(struct ul_ra_srv *srv, const struct ul_addr *dst,
		    const uint8_t mac[6])
{
	uint8_t msg[UL_RA_MAX];
	struct ul_wr w = ul_wr_new(msg, sizeof(msg));

	ul_ra_emit(&w, &srv->ra, &srv->conf.router, dst);
	if (!w.bad)
		srv->conf.send(w.start, w.len, dst, mac, srv->conf.arg);
}

static void look_at_route(struct ul_ra_srv *srv)
{
	bool has_route = srv->conf.has_route(srv->conf.arg);

	srv->ra.lifetime_s = has_route ? UL_RA_LIFETIME_S : 0;
}

static void send_to_all(struct ul_ra_srv *srv)
{
	int64_t wait_us = random_us(UL_RA_INTERVAL_MIN_US,
				    UL_RA_INTERVAL_MAX_US);

	if (srv->initial_left) {
		srv->initial_left--;
		wait_us = UL_RA_INITIAL_US;
	}
	look_at_route(srv);
	srv->has_route = srv->ra.lifetime_s != 0;
	srv->last_us = now(srv);
	ul_timer_set(srv->conf.loop, &srv->timer, srv->last_us + wait_us);
	send_to(srv, &all_nodes, all_nodes_mac);
}

static void on_timer(int64_t now_us, void *arg)
{
	send_to_all(arg);
}

/* All hear one at @when_us, or before. */
static void send_to_all_at(struct ul_ra_srv *srv, int64_t when_us)
{
	if (when_us < srv->last_us + UL_RA_APART_US)
		when_us = srv->last_us + UL_RA_APART_US;
	if (!ul_timer_is_armed(&srv->timer) ||
	    when_us < srv->timer.deadline_us)
		ul_timer_set(srv->conf.loop, &srv->timer, when_us);
}

static void fill(struct ul_ra *ra, const struct ul_ra_srv_conf *conf)
{
	*ra = (struct ul_ra){
		.hop_limit = HOP_LIMIT,
		.flags = conf->has_dhcp ? UL_RA_MANAGED | UL_RA_OTHER : 0,
		.has_lladdr = true, .mtu = conf->mtu,
		.prefix_count = 1,
		.prefix[0] = {
			.prefix = conf->prefix,
			.flags = UL_RA_ON_LINK | UL_RA_AUTO,
			.valid_s = UL_RA_VALID_S,
			.preferred_s = UL_RA_PREFERRED_S,
		},
		.dns_count = !ul_addr_is_any(&conf->dns), .dns[0] = conf->dns,
		.dns_s = UL_RA_LIFETIME_S, .domain_s = UL_RA_LIFETIME_S,
	};
	memcpy(ra->lladdr, conf->mac, sizeof(ra->lladdr));
	if (conf->domain)
		g_strlcpy(ra->domain, conf->domain, sizeof(ra->domain));
}

/* A domain that cannot be told is no reason to tell nothing. */
static void check_domain(struct ul_ra *ra)
{
	uint8_t name[UL_DNAME_STRLEN];
	struct ul_wr w = ul_wr_new(name, sizeof(name));

	ul_dname_emit(&w, ra->domain);
	if (w.bad)
		ra->domain[0] = '\0';
}

struct ul_ra_srv *ul_ra_srv_new(const struct ul_ra_srv_conf *conf)
{
	struct ul_ra_srv *srv = g_new0(struct ul_ra_srv, 1);

	srv->conf = *conf;
	srv->conf.domain = NULL;	/* the caller's */
	fill(&srv->ra, conf);
	check_domain(&srv->ra);
	srv->initial_left = UL_RA_INITIAL;
	srv->last_us = now(srv) - UL_RA_APART_US;
	ul_timer_init(&srv->timer, on_timer, srv);
	ul_timer_set(conf->loop, &srv->timer, now(srv));
	return srv;
}

void ul_ra_srv_free(struct ul_ra_srv *srv)
{
	if (!srv)
		return;
	ul_timer_cancel(srv->conf.loop, &srv->timer);
	g_free(srv);
}

void ul_ra_srv_solicited(struct ul_ra_srv *srv, const struct ul_addr *src,
			 const uint8_t mac[6])
{
	if (ul_addr_is_any(src) ||
	    !ul_rate_take(&srv->answers, now(srv), UL_RA_ANSWERS_S,
			  UL_RA_ANSWERS_S)) {
		send_to_all_at(srv, now(srv) + random_us(0, UL_RA_DELAY_US));
		return;
	}
	look_at_route(srv);
	send_to(srv, src, mac);
}

void ul_ra_srv_host_changed(struct ul_ra_srv *srv)
{
	if (srv->conf.has_route(srv->conf.arg) == srv->has_route)
		return;
	srv->initial_left = UL_RA_INITIAL;
	if (ul_rate_take(&srv->news, now(srv), NEWS_S, NEWS_BURST))
		send_to_all(srv);
	else
		send_to_all_at(srv, now(srv));
}
