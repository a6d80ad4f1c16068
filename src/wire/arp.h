/* SPDX-License-Identifier: BSD-3-Clause */
/* arp.h - ARP for IPv4 over Ethernet (RFC 826) */
#ifndef UL_WIRE_ARP_H
#define UL_WIRE_ARP_H

#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"

#define UL_ARP_LEN 28
#define UL_ARP_REQUEST 1
#define UL_ARP_REPLY 2

struct ul_arp {
	uint16_t op;
	uint8_t sha[6];		/* sender */
	struct ul_addr spa;
	uint8_t tha[6];		/* target */
	struct ul_addr tpa;
};

/* 0; -EBADMSG too short; -EPROTO not IPv4 over Ethernet. */
int ul_arp_parse(struct ul_arp *out, struct ul_rd *r);
void ul_arp_emit(struct ul_wr *w, const struct ul_arp *a);

#endif
