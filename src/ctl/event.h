/* SPDX-License-Identifier: BSD-3-Clause */
/* event.h - what happens in a network, as QMP's events */
#ifndef UL_CTL_EVENT_H
#define UL_CTL_EVENT_H

#include <jansson.h>

#include "base/rate.h"
#include "net/net_info.h"

/* What a guest can cause without end: so many a second, and at once. */
#define UL_EVENT_RATE 10
#define UL_EVENT_BURST 50
#define UL_EVENT_GUEST_RATE 50	/* ports and leases */
#define UL_EVENT_GUEST_BURST 256

enum ul_event {
	UL_EVENT_PORT_CONNECTED,
	UL_EVENT_PORT_DISCONNECTED,
	UL_EVENT_MAC_CONFLICT,
	UL_EVENT_SUBNET_OVERLAP,
	UL_EVENT_LEASE_ADDED,
	UL_EVENT_LEASE_EXPIRED,
	UL_EVENT_FLOW_DENIED,
	UL_EVENT_FORWARD_FAILED,
	UL_EVENT_SHUTDOWN,
};
#define UL_EVENT_COUNT (UL_EVENT_SHUTDOWN + 1)

extern const char *const ul_event_names[UL_EVENT_COUNT];

/* Whoever makes events; zeroed it is full of budget. */
struct ul_event_source {
	int64_t (*now_us)(void *arg);
	void (*emit)(const json_t *event, void *arg);
	void *arg;
	struct ul_rate rate[UL_EVENT_COUNT];
	uint64_t left_out[UL_EVENT_COUNT];
};

/* For ul_network_set_events(), with a struct ul_event_source as arg. */
extern const struct ul_network_events ul_event_of_network;

/* @reason is one word. */
void ul_event_shutdown(struct ul_event_source *source, const char *reason);

#endif
