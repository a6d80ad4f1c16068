/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * recverr.h - the error queue of a host socket (IP_RECVERR, ip(7))
 *
 * The kernel keeps there what ICMP told about our packets: who said it, of
 * what type and code, and about which datagram. No privilege is needed.
 */
#ifndef UL_FLOW_RECVERR_H
#define UL_FLOW_RECVERR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

enum ul_recverr_origin {
	UL_RECVERR_LOCAL,	/* this kernel: EMSGSIZE, with the MTU */
	UL_RECVERR_ICMP,	/* a router or the far host, either family */
	UL_RECVERR_OTHER,
};

struct ul_recverr {
	enum ul_recverr_origin origin;
	int err;		/* what a send would have failed with, > 0 */
	uint8_t type, code;	/* of the ICMP message, in its own family */
	uint32_t info;		/* MTU, or the pointer of a bad parameter */
	bool has_dst, has_offender;
	struct ul_ep dst;		/* of the packet; port 0 for ICMP */
	struct ul_addr offender;	/* who sent the ICMP message */
	size_t len;		/* bytes of the payload that came back */
};

/* Turn the error queue of a socket of @family on. 0 or -errno. */
int ul_recverr_enable(int fd, enum ul_family family);
/* Turn it off again, and forget what is in it. */
int ul_recverr_disable(int fd, enum ul_family family);

/*
 * Take the oldest entry; what came back of the packet after its UDP header
 * (for ICMP: from the ICMP header on; TCP: nothing) goes to @buf. 1 when
 * there was one, 0 when the queue is empty, -errno.
 */
int ul_recverr_read(int fd, struct ul_recverr *out, void *buf, size_t cap);

#endif
