/* SPDX-License-Identifier: BSD-3-Clause */
/* fake_network.h - a network for those who only ask it (net/net_info.h) */
#ifndef UL_FAKE_NETWORK_H
#define UL_FAKE_NETWORK_H

#include <sys/types.h>

#include "net/net_dial.h"
#include "net/net_flows.h"
#include "net/net_info.h"
#include "net/net_policy.h"

#define FAKE_PORTS_MAX 4096
#define FAKE_DIALS_MAX 256
#define FAKE_FLOWS 3
#define FAKE_RULES_MAX 8

struct fake_port {
	char name[UL_PORT_NAME_MAX + 1];
	struct ul_plug_conf conf;
	int fd;				/* -1: none */
	bool has_conflict;
};

struct ul_network {
	const struct ul_network_events *events;
	void *events_arg;
	struct fake_port ports[FAKE_PORTS_MAX];
	unsigned int port_count;
	const char *egress;
	char loopback[32];
	struct ul_rule rules[FAKE_RULES_MAX];
	size_t rule_count;
	unsigned int forwards_added, forwards_cut, forward_fds;
	bool is_bare;			/* no router, lease or uplink */
	bool is_prompt;			/* dials are answered by each turn */
	bool is_crowded;		/* a dial makes a forward fail */
	struct ul_net_dial *dials[FAKE_DIALS_MAX];	/* under way */
	unsigned int dial_count;
	struct ul_flow_query flows_asked;	/* borrowed texts */
	ssize_t captured_bytes;
};

/* All that can be told is told, unless it is bare. */
void fake_network_init(struct ul_network *network);
/* Closes what was attached. */
void fake_network_fini(struct ul_network *network);
/* As many ports as there can be. */
void fake_network_fill(struct ul_network *network);
struct fake_port *fake_network_port(struct ul_network *n, const char *name);

/* Each dial under way has this outcome; the guest is 10.0.2.15. */
void fake_network_answer(struct ul_network *network, enum ul_greeting how);

/* fake_forward.c */
void fake_network_forward_failed(struct ul_network *network);

/* Each event once, with all that it can tell. */
void fake_network_all_events(struct ul_network *network);

#endif
