/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dhcp4_probe.h - is somebody on an address that is to be offered?
 *
 * A server asks before it offers a new address (RFC 2131 4.4.1, 3.1 2): a
 * guest may have been given it by hand. The client's message waits meanwhile.
 *
 * How long: a guest answers ARP from its interrupt handler, so even a busy
 * machine without KVM answers within some tens of milliseconds, and clients
 * wait a second or more before they ask again. Two questions, as a frame may
 * be lost at a full queue, in 400 ms together.
 */
#ifndef UL_SVC_DHCP4_PROBE_H
#define UL_SVC_DHCP4_PROBE_H

#include "base/addr.h"
#include "loop/loop.h"

#define UL_DHCP4_PROBES 2
#define UL_DHCP4_PROBE_US 200000ll	/* to wait after each */
#define UL_DHCP4_PROBES_MAX 64		/* messages that wait */
#define UL_DHCP4_PROBE_LEN 1472		/* of one */

/* A message that waits for what is found out about @addr. */
struct ul_dhcp4_asked {
	struct ul_addr addr;
	uint8_t mac[6];			/* of the client */
	struct ul_addr src_ip;
	size_t len;
	uint8_t payload[UL_DHCP4_PROBE_LEN];
};

struct ul_dhcp4_probe_conf {
	struct ul_loop *loop;
	/* Ask all who has @addr. */
	void (*ask)(const struct ul_addr *addr, void *arg);
	/* @by is on the address; NULL: nobody answered. May start another. */
	void (*done)(const struct ul_dhcp4_asked *asked, const uint8_t *by,
		     void *arg);
	void *arg;
};

struct ul_dhcp4_probe;

struct ul_dhcp4_probe *
ul_dhcp4_probe_new(const struct ul_dhcp4_probe_conf *conf);
/* What waits is forgotten. NULL is fine. */
void ul_dhcp4_probe_free(struct ul_dhcp4_probe *probe);

/*
 * Ask about @addr for the message of @mac, which takes the place of one of
 * the same client that waits. 0; -ENOBUFS with too many, or -EMSGSIZE.
 */
int ul_dhcp4_probe_start(struct ul_dhcp4_probe *probe,
			 const struct ul_addr *addr, const uint8_t mac[6],
			 const struct ul_addr *src_ip, const uint8_t *payload,
			 size_t len);
/* The client said something else: its message need not be answered. */
void ul_dhcp4_probe_drop(struct ul_dhcp4_probe *probe, const uint8_t mac[6]);

/* ARP of @mac, which says that it has @addr. */
void ul_dhcp4_probe_heard(struct ul_dhcp4_probe *probe,
			  const struct ul_addr *addr, const uint8_t mac[6]);

#endif
