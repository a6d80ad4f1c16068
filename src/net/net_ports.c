/* SPDX-License-Identifier: BSD-3-Clause */
/* net_ports.c - how guests' ports are treated, by the rules of --port */
#include "net/net_ports.h"

#include <string.h>

#include "base/log.h"
#include "conf/port_spec.h"
#include "net/network_priv.h"

/* The rule for the guest with @mac (NULL: for all others); or NULL. */
static const struct ul_port_conf *find_rule(const GPtrArray *rules,
					    const uint8_t *mac)
{
	for (guint i = 0; i < rules->len; i++) {
		const struct ul_port_conf *p = rules->pdata[i];

		if (p->has_mac == (mac != NULL) &&
		    (!mac || !memcmp(p->mac, mac, sizeof(p->mac))))
			return p;
	}
	return NULL;
}

/* Its own, or that of all others; or NULL. */
static const struct ul_port_conf *rule_for(const GPtrArray *rules,
					   const struct ul_plug_conf *plug)
{
	const struct ul_port_conf *own = plug->has_mac ?
		find_rule(rules, plug->mac) : NULL;

	return own ? own : find_rule(rules, NULL);
}

const struct ul_port_conf *ul_network_port_rule(const struct ul_network *n,
						const struct ul_port *port)
{
	return rule_for(n->conf->ports, ul_hub_conf_of(port));
}

/* How bad its line is, the same both ways. */
static void take_line(struct ul_plug_conf *conf,
		      const struct ul_port_conf *rule)
{
	struct ul_impair_conf line = {
		.delay_us = rule->delay_us, .jitter_us = rule->jitter_us,
		.loss_ppm = rule->loss_ppm,
	};

	conf->impair_in = conf->impair_out = line;
}

static bool has_line(const struct ul_impair_conf *line)
{
	return line->delay_us || line->jitter_us || line->loss_ppm;
}

/* What was asked for stays, and is as strict as the rule or stricter. */
struct ul_plug_conf ul_network_plug_conf(const struct ul_network *n,
					 const struct ul_plug_conf *asked)
{
	struct ul_plug_conf c = asked ? *asked : (struct ul_plug_conf){ 0 };
	const struct ul_port_conf *rule = rule_for(n->conf->ports, &c);

	if (!rule || c.kind != UL_PLUG_GUEST)
		return c;
	c.is_isolated |= rule->is_isolated;
	c.is_promiscuous |= rule->is_promiscuous;
	c.is_pinned |= rule->is_pinned;
	c.macs_max = c.macs_max ? c.macs_max : rule->macs_max;
	c.rate_in = c.rate_in ? c.rate_in : rule->rate_in;
	c.rate_out = c.rate_out ? c.rate_out : rule->rate_out;
	c.burst = c.burst ? c.burst : rule->burst;
	c.storm_pps = c.storm_pps ? c.storm_pps : rule->storm_pps;
	if (!has_line(&c.impair_in) && !has_line(&c.impair_out))
		take_line(&c, rule);
	return c;
}

/* Treat @port by @rule alone; NULL: as one that nobody spoke of. */
static void treat(struct ul_network *n, struct ul_port *port,
		  const struct ul_port_conf *rule, struct ul_plug_conf *conf)
{
	static const struct ul_port_conf plain;
	const struct ul_port_conf *r = rule ? rule : &plain;

	conf->is_isolated = r->is_isolated;
	conf->is_promiscuous = r->is_promiscuous;
	conf->is_pinned = r->is_pinned;
	conf->macs_max = r->macs_max;
	conf->rate_in = r->rate_in;
	conf->rate_out = r->rate_out;
	conf->burst = r->burst;
	conf->storm_pps = r->storm_pps;
	take_line(conf, r);
	conf->name = r->has_mac ? r->name : NULL;
	if (!ul_hub_set(n->hub, port, conf))
		return;
	conf->name = NULL;	/* another that has it has not left yet */
	ul_hub_set(n->hub, port, conf);
}

/*
 * The first MAC that has a rule counts: no guest gets rid of its own by using
 * another's.
 */
void ul_network_learned(struct ul_network *n, struct ul_port *port,
			const uint8_t mac[6])
{
	const struct ul_port_conf *rule = find_rule(n->conf->ports, mac);
	struct ul_plug_conf conf = *ul_hub_conf_of(port);

	if (!rule || conf.has_mac)
		return;
	conf.has_mac = true;
	memcpy(conf.mac, mac, sizeof(conf.mac));
	ul_log(INFO, "port", "%s is %s", ul_hub_name(port), rule->name);
	treat(n, port, rule, &conf);
}

/* The port that has or may have the MAC of @changed. */
static void follow_one(struct ul_network *n, const GPtrArray *rules,
		       const struct ul_port_conf *changed)
{
	struct ul_port *at = ul_hub_find(n->hub, changed->mac);

	for (struct ul_list *l = n->attachments.next; l != &n->attachments;
	     l = l->next) {
		struct ul_port *port = ul_container_of(
			l, struct ul_attachment, node)->port;
		struct ul_plug_conf conf = *ul_hub_conf_of(port);
		bool is_known = conf.has_mac &&
			!memcmp(conf.mac, changed->mac, sizeof(conf.mac));

		if (conf.kind != UL_PLUG_GUEST ||
		    (!is_known && (port != at || conf.has_mac)))
			continue;
		conf.has_mac = true;
		memcpy(conf.mac, changed->mac, sizeof(conf.mac));
		treat(n, port, rule_for(rules, &conf), &conf);
	}
}

/* All whose MAC has no rule of its own. */
static void follow_others(struct ul_network *n, const GPtrArray *rules)
{
	const struct ul_port_conf *common = find_rule(rules, NULL);

	for (struct ul_list *l = n->attachments.next; l != &n->attachments;
	     l = l->next) {
		struct ul_port *port = ul_container_of(
			l, struct ul_attachment, node)->port;
		struct ul_plug_conf conf = *ul_hub_conf_of(port);

		if (conf.kind == UL_PLUG_GUEST &&
		    rule_for(rules, &conf) == common)
			treat(n, port, common, &conf);
	}
}

void ul_network_ports_follow(struct ul_network *n, const GPtrArray *rules,
			     const char *text)
{
	g_autofree char *why = NULL;
	struct ul_port_conf *changed;

	if (ul_port_spec_parse(&changed, text, &why))
		return;		/* it was parsed before: it cannot be */
	if (changed->has_mac)
		follow_one(n, rules, changed);
	else
		follow_others(n, rules);
	ul_port_conf_free(changed);
}
