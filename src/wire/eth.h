/* SPDX-License-Identifier: BSD-3-Clause */
/* eth.h - Ethernet II header and MAC addresses */
#ifndef UL_WIRE_ETH_H
#define UL_WIRE_ETH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"

#define UL_ETH_HLEN 14
#define UL_ETHERTYPE_IPV4 0x0800
#define UL_ETHERTYPE_ARP 0x0806
#define UL_ETHERTYPE_IPV6 0x86dd

#define UL_MAC_STRLEN 18	/* "52:54:00:12:34:56" and its NUL */

struct ul_eth {
	uint8_t dst[6], src[6];
	uint16_t type;
};

extern const uint8_t ul_mac_broadcast[6];

/* 0 or -EBADMSG when shorter than a header. The reader is past it then. */
int ul_eth_parse(struct ul_eth *out, struct ul_rd *r);
void ul_eth_emit(struct ul_wr *w, const struct ul_eth *h);

/* The group bit; true of the broadcast address too. */
static inline bool ul_mac_is_multicast(const uint8_t mac[6])
{
	return mac[0] & 1;
}

bool ul_mac_is_zero(const uint8_t mac[6]);

/* Text of @mac into @buf, which is returned. */
const char *ul_mac_str(const uint8_t mac[6], char buf[UL_MAC_STRLEN]);
/* "52:54:00:12:34:56" and nothing else; 0 or -EINVAL. */
int ul_mac_parse(uint8_t out[6], const char *text);

#endif
