/* SPDX-License-Identifier: BSD-3-Clause */
/* hub.c - the learning switch of a network: its plugs and what it tells */
#include "link/hub.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "link/hub_priv.h"

#define AGE_US 300000000ll	/* IEEE 802.1Q table 8-6: 300 s */
#define BACKLOG_MAX (32u << 20)
#define SHARED_MAX (16u << 20)
#define KEEP_UNUSED (256u << 10)	/* of each of these */

static void on_frame(struct ul_port *port, struct ul_frame *frame, void *arg)
{
	ul_hub_input(port->plug, frame);
}

static void on_batch_end(struct ul_port *port, void *arg)
{
	struct ul_hub *hub = arg;

	if (hub->handler->batch_end)
		hub->handler->batch_end(port, hub->arg);
}

void ul_plug_resume(struct ul_plug *p)
{
	struct ul_hub *hub = p->hub;

	if (!p->owes_router)
		return;
	p->owes_router = false;
	if (hub->handler->has_room)
		hub->handler->has_room(p->port, hub->arg);
}

static void on_has_room(struct ul_port *port, void *arg)
{
	struct ul_plug *p = port->plug;

	p->is_full = false;
	if (p->line_out)
		ul_impair_go(p->line_out);
	ul_buf_pool_trim(p->hub->backlog, KEEP_UNUSED);
	ul_buf_pool_trim(p->hub->shared, KEEP_UNUSED);
	ul_plug_resume(p);
}

/* When its queue is full too, has_room of the port comes later. */
static void on_resume(int64_t now_us, void *arg)
{
	struct ul_plug *p = arg;

	if (!p->is_full)
		ul_plug_resume(p);
}

static void take_out(struct ul_plug *p)
{
	struct ul_hub *hub = p->hub;

	ul_plug_settle(p, NULL);
	ul_timer_cancel(hub->loop, &p->resume);
	ul_plug_free_line(p);
	ul_compact_clear(&p->copies);
	ul_plug_give_back(p);
	ul_mac_table_forget(hub->macs, &p->place);
	hub->promiscuous_count -= p->conf.is_promiscuous;
	ul_list_remove(&p->node);
	hub->plug_count--;
}

static void free_plug(struct ul_plug *p)
{
	p->port->plug = NULL;
	g_free(p);
}

/* Its name and counters can be asked for until the owner has heard of it. */
static void on_detached(struct ul_port *port, void *arg)
{
	struct ul_hub *hub = arg;
	struct ul_plug *p = port->plug;

	take_out(p);
	if (hub->handler->detached)
		hub->handler->detached(port, hub->arg);
	free_plug(p);
}

static const struct ul_port_handler port_handler = {
	.frame = on_frame,
	.batch_end = on_batch_end,
	.has_room = on_has_room,
	.detached = on_detached,
};

/* Of a port that is out: it may still have things to say. */
static void ignore_frame(struct ul_port *port, struct ul_frame *frame,
			 void *arg)
{
}

static void ignore(struct ul_port *port, void *arg)
{
}

static const struct ul_port_handler deaf_handler = {
	.frame = ignore_frame,
	.batch_end = ignore,
	.has_room = ignore,
	.detached = ignore,
};

struct ul_hub *ul_hub_new(const struct ul_hub_conf *conf)
{
	struct ul_hub *hub = g_new0(struct ul_hub, 1);

	hub->loop = conf->loop;
	hub->handler = conf->handler;
	hub->arg = conf->arg;
	hub->has_router = conf->has_router;
	memcpy(hub->router_mac, conf->router_mac, 6);
	hub->router_addr_count = conf->router_addr_count;
	hub->auto6 = conf->auto6;
	hub->router_addrs = g_new0(struct ul_addr,
				   conf->router_addr_count + 1);
	for (unsigned int i = 0; i < conf->router_addr_count; i++)
		hub->router_addrs[i] = conf->router_addrs[i];
	ul_list_init(&hub->plugs);
	hub->backlog = ul_buf_pool_new(UL_COMPACT_BUF_SIZE, BACKLOG_MAX);
	hub->shared = ul_buf_pool_new(UL_COMPACT_BUF_SIZE, SHARED_MAX);
	hub->age_us = conf->age_us ? conf->age_us : AGE_US;
	hub->macs = ul_mac_table_new(hub->age_us);
	hub->leases = ul_lease_map_new(UL_HUB_LEASES_MAX);
	return hub;
}

void ul_hub_free(struct ul_hub *hub)
{
	if (!hub)
		return;
	assert(!hub->plug_count);
	ul_compact_clear(&hub->shared_copies);
	ul_buf_pool_free(hub->shared);
	ul_buf_pool_free(hub->late);
	ul_buf_pool_free(hub->late_small);
	ul_buf_pool_free(hub->backlog);
	ul_mac_table_free(hub->macs);
	ul_lease_map_free(hub->leases);
	g_free(hub->router_addrs);
	g_free(hub);
}

/* The first of "port1", "port2", ... that was not used before. */
static void give_name(struct ul_plug *p)
{
	char name[sizeof(p->name)];

	do
		snprintf(name, sizeof(name), "port%u", ++p->hub->next_name);
	while (ul_hub_find_name(p->hub, name));
	g_strlcpy(p->name, name, sizeof(p->name));
}

/* 0, -EEXIST when another has @name, -EINVAL when it is empty or too long. */
static int check_name(struct ul_hub *hub, const struct ul_plug *self,
		      const char *name)
{
	struct ul_port *port = ul_hub_find_name(hub, name);
	const struct ul_plug *other = port ? port->plug : NULL;

	if (!*name || strlen(name) > UL_PORT_NAME_MAX)
		return -EINVAL;
	if (!other || other == self || other->has_told_name)
		return 0;
	return -EEXIST;
}

/* Whoever has @name, which is free by check_name(), has another now. */
static void take_name(struct ul_plug *p, const char *name)
{
	struct ul_port *port = ul_hub_find_name(p->hub, name);
	struct ul_plug *other = port ? port->plug : NULL;

	if (other && other != p) {
		other->has_told_name = false;
		give_name(other);
	}
	g_strlcpy(p->name, name, sizeof(p->name));
	p->has_told_name = false;
}

static unsigned int macs_max(const struct ul_plug_conf *conf)
{
	if (conf->macs_max)
		return conf->macs_max;
	return conf->kind == UL_PLUG_UPLINK ? UL_HUB_MACS_UPLINK
					    : UL_HUB_MACS_DEFAULT;
}

/* Treat @p, which is in, by @conf, but for its name. */
static void apply(struct ul_plug *p, const struct ul_plug_conf *conf)
{
	struct ul_hub *hub = p->hub;

	int64_t now_us = ul_loop_now(hub->loop);

	hub->promiscuous_count -= p->conf.is_promiscuous;
	if (p->conf.has_mac &&
	    (!conf->has_mac || memcmp(p->conf.mac, conf->mac, 6)) &&
	    ul_mac_table_find(hub->macs, p->conf.mac, now_us) == &p->place)
		ul_mac_table_drop(hub->macs, p->conf.mac);
	p->conf = *conf;
	p->conf.name = p->name;
	hub->promiscuous_count += conf->is_promiscuous;
	ul_plug_set_line(p);
	p->place.max = macs_max(conf);
	p->place.does_evict = conf->kind == UL_PLUG_UPLINK;
	/* One that is in use elsewhere stays there; its frames will tell. */
	if (conf->has_mac &&
	    !ul_mac_table_find(hub->macs, conf->mac, now_us))
		ul_mac_table_fix(hub->macs, &p->place, conf->mac);
}

int ul_hub_plug(struct ul_hub *hub, struct ul_port *port,
		const struct ul_plug_conf *conf)
{
	struct ul_plug *p;
	int ret;

	if (hub->plug_count >= UL_HUB_PORTS_MAX)
		return -ENOSPC;
	ret = conf->name ? check_name(hub, NULL, conf->name) : 0;
	if (ret < 0)
		return ret;
	p = g_new0(struct ul_plug, 1);
	p->hub = hub;
	p->port = port;
	ret = ul_plug_reserve_line(p, conf);
	if (ret < 0) {
		ul_plug_free_line(p);
		g_free(p);
		return ret;
	}
	if (conf->name)
		take_name(p, conf->name);
	else
		give_name(p);
	ul_mac_place_init(&p->place, macs_max(conf));
	ul_timer_init(&p->resume, on_resume, p);
	ul_list_append(&hub->plugs, &p->node);
	hub->plug_count++;
	apply(p, conf);
	port->plug = p;
	ul_port_set_handler(port, &port_handler, hub);
	return 0;
}

void ul_hub_unplug(struct ul_hub *hub, struct ul_port *port)
{
	struct ul_plug *p = port->plug;

	ul_port_set_handler(port, &deaf_handler, NULL);
	take_out(p);
	free_plug(p);
}

int ul_hub_tell_name(struct ul_hub *hub, struct ul_port *port,
		     const char *name)
{
	struct ul_plug *p = port->plug;
	int ret = check_name(hub, p, name);

	if (ret < 0)
		return ret;
	if (ul_hub_find_name(hub, name) && strcmp(p->name, name))
		return -EEXIST;
	take_name(p, name);
	p->has_told_name = true;
	return 0;
}

bool ul_hub_is_told(const struct ul_port *port)
{
	const struct ul_plug *p = port->plug;

	return p->has_told_name;
}

int ul_hub_set(struct ul_hub *hub, struct ul_port *port,
	       const struct ul_plug_conf *conf)
{
	struct ul_plug *p = port->plug;
	int ret = conf->name ? check_name(hub, p, conf->name) : 0;

	if (!ret)
		ret = ul_plug_reserve_line(p, conf);
	if (ret < 0)
		return ret;
	if (conf->name && conf->name != p->name)
		take_name(p, conf->name);
	apply(p, conf);
	return 0;
}

void ul_hub_tap(struct ul_hub *hub, bool is_on)
{
	hub->is_tapped = is_on && hub->handler->sent;
}

struct ul_port *ul_hub_find(struct ul_hub *hub, const uint8_t mac[6])
{
	struct ul_plug *p = ul_plug_at(ul_mac_table_find(
		hub->macs, mac, ul_loop_now(hub->loop)));

	return p ? p->port : NULL;
}

struct ul_port *ul_hub_find_name(struct ul_hub *hub, const char *name)
{
	struct ul_list *n;

	for (n = hub->plugs.next; n != &hub->plugs; n = n->next)
		if (!strcmp(ul_plug_of(n)->name, name))
			return ul_plug_of(n)->port;
	return NULL;
}

const char *ul_hub_name(const struct ul_port *port)
{
	const struct ul_plug *p = port->plug;

	return p->name;
}

const struct ul_plug_conf *ul_hub_conf_of(const struct ul_port *port)
{
	const struct ul_plug *p = port->plug;

	return &p->conf;
}

const struct ul_plug_stats *ul_hub_stats(const struct ul_port *port)
{
	const struct ul_plug *p = port->plug;

	return &p->stats;
}

void ul_hub_each(struct ul_hub *hub,
		 void (*fn)(struct ul_port *port, void *arg), void *arg)
{
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, &hub->plugs)
		fn(ul_plug_of(n)->port, arg);
}

void ul_hub_each_mac(struct ul_hub *hub, const struct ul_port *port,
		     void (*fn)(const uint8_t mac[6], void *arg), void *arg)
{
	const struct ul_plug *p = port->plug;

	ul_mac_table_each(hub->macs, &p->place, ul_loop_now(hub->loop), fn,
			  arg);
}
