/* SPDX-License-Identifier: BSD-3-Clause */
/* net_dial.h - connections from the host to a guest of a network, by name */
#ifndef UL_NET_NET_DIAL_H
#define UL_NET_NET_DIAL_H

#include "flow/guest_dial.h"

struct ul_network;
struct ul_net_dial;

struct ul_net_dial_conf {
	const char *guest;		/* a name or an address */
	uint16_t port;
	int64_t wait_us;
	const uint8_t *first;		/* as ul_guest_dial_conf has it */
	size_t first_len;
	/* Told once, not from within a call of this file. */
	void (*fn)(const struct ul_ep *guest, enum ul_greeting how, void *arg);
	void *arg;
};

/* "accepted", "refused", "unreachable", "no-answer", "ended". */
const char *ul_greeting_name(enum ul_greeting how);

/*
 * Connect @take_fd, a connected stream socket, to the guest. 0; or -errno and
 * in *@error a sentence of the caller's: -ENOENT: no guest is called so.
 */
int ul_network_dial(struct ul_network *network,
		    const struct ul_net_dial_conf *conf, int take_fd,
		    struct ul_net_dial **out, char **error);
/* Does the guest's port listen? As above. */
int ul_network_probe(struct ul_network *network,
		     const struct ul_net_dial_conf *conf,
		     struct ul_net_dial **out, char **error);
/* End it untold; before the network ends. */
void ul_network_dial_cancel(struct ul_net_dial *dial);

#endif
