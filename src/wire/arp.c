/* SPDX-License-Identifier: BSD-3-Clause */
/* arp.c - ARP for IPv4 over Ethernet */
#include "wire/arp.h"

#include <errno.h>

#include "wire/eth.h"

#define HTYPE_ETHERNET 1

int ul_arp_parse(struct ul_arp *out, struct ul_rd *r)
{
	uint16_t htype = ul_rd_u16(r);
	uint16_t ptype = ul_rd_u16(r);
	uint8_t hlen = ul_rd_u8(r);
	uint8_t plen = ul_rd_u8(r);
	struct ul_arp a = { .op = ul_rd_u16(r) };

	if (r->bad)
		return -EBADMSG;
	if (htype != HTYPE_ETHERNET || ptype != UL_ETHERTYPE_IPV4 ||
	    hlen != 6 || plen != 4)
		return -EPROTO;
	ul_rd_bytes(r, a.sha, 6);
	a.spa = ul_addr_v4(ul_rd_u32(r));
	ul_rd_bytes(r, a.tha, 6);
	a.tpa = ul_addr_v4(ul_rd_u32(r));
	if (r->bad)
		return -EBADMSG;
	*out = a;
	return 0;
}

void ul_arp_emit(struct ul_wr *w, const struct ul_arp *a)
{
	ul_wr_u16(w, HTYPE_ETHERNET);
	ul_wr_u16(w, UL_ETHERTYPE_IPV4);
	ul_wr_u8(w, 6);
	ul_wr_u8(w, 4);
	ul_wr_u16(w, a->op);
	ul_wr_bytes(w, a->sha, 6);
	ul_wr_u32(w, ul_addr_to_v4(&a->spa));
	ul_wr_bytes(w, a->tha, 6);
	ul_wr_u32(w, ul_addr_to_v4(&a->tpa));
}
