/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hub_dispute.c - two ports that use one MAC
 *
 * Two QEMUs that were started by hand have the same MAC. The first keeps it,
 * and what the second sends with it is dropped: it gets no lease, and no
 * frame of the first's. Both ports carry a record, so that whoever looks at
 * one of them sees the other; it ends when one of them leaves, when the
 * second may use the MAC, or when it has not tried for as long as a MAC ages.
 */
#include "link/hub_priv.h"

#include <string.h>

/* Different disputes of one port that are told of. */
#define TOLD_PER_S 1
#define TOLD_BURST 4

static bool is_over(const struct ul_plug *p)
{
	const struct ul_plug_dispute *d = &p->dispute;

	return !d->other || ul_loop_now(p->hub->loop) - d->at_us >=
			    p->hub->age_us;
}

static void note(struct ul_plug *p, struct ul_plug *other,
		 const uint8_t mac[6], bool is_owner)
{
	p->dispute = (struct ul_plug_dispute){
		.other = other, .is_owner = is_owner,
		.at_us = ul_loop_now(p->hub->loop),
	};
	memcpy(p->dispute.mac, mac, 6);
}

void ul_plug_intrudes(struct ul_plug *intruder, struct ul_plug *owner,
		      const uint8_t mac[6])
{
	struct ul_hub *hub = intruder->hub;
	bool is_known = !is_over(intruder) &&
			intruder->dispute.other == owner &&
			!memcmp(intruder->dispute.mac, mac, 6);

	intruder->stats.mac_conflicts++;
	note(intruder, owner, mac, false);
	note(owner, intruder, mac, true);
	if (is_known || !hub->handler->mac_conflict ||
	    !ul_rate_take(&intruder->dispute_told, ul_loop_now(hub->loop),
			  TOLD_PER_S, TOLD_BURST))
		return;
	hub->handler->mac_conflict(owner->port, intruder->port, mac, hub->arg);
}

static void forget(struct ul_plug *p)
{
	p->dispute.other = NULL;
}

void ul_plug_settle(struct ul_plug *plug, const uint8_t mac[6])
{
	struct ul_list *n;

	if (mac && (plug->dispute.is_owner ||
		    memcmp(plug->dispute.mac, mac, 6)))
		return;
	for (n = plug->hub->plugs.next; n != &plug->hub->plugs; n = n->next)
		if (ul_plug_of(n)->dispute.other == plug)
			forget(ul_plug_of(n));
	forget(plug);
}

bool ul_hub_dispute(const struct ul_port *port, struct ul_hub_dispute *out)
{
	const struct ul_plug *p = port->plug;

	if (is_over(p))
		return false;
	out->other = p->dispute.other->port;
	out->is_owner = p->dispute.is_owner;
	memcpy(out->mac, p->dispute.mac, 6);
	return true;
}
