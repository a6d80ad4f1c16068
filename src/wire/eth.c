/* SPDX-License-Identifier: BSD-3-Clause */
/* eth.c - Ethernet II header and MAC addresses */
#include "wire/eth.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

const uint8_t ul_mac_broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

int ul_eth_parse(struct ul_eth *out, struct ul_rd *r)
{
	struct ul_eth h;

	ul_rd_bytes(r, h.dst, 6);
	ul_rd_bytes(r, h.src, 6);
	h.type = ul_rd_u16(r);
	if (r->bad)
		return -EBADMSG;
	*out = h;
	return 0;
}

void ul_eth_emit(struct ul_wr *w, const struct ul_eth *h)
{
	ul_wr_bytes(w, h->dst, 6);
	ul_wr_bytes(w, h->src, 6);
	ul_wr_u16(w, h->type);
}

bool ul_mac_is_zero(const uint8_t mac[6])
{
	static const uint8_t zero[6];

	return !memcmp(mac, zero, 6);
}

const char *ul_mac_str(const uint8_t mac[6], char buf[UL_MAC_STRLEN])
{
	snprintf(buf, UL_MAC_STRLEN, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0],
		 mac[1], mac[2], mac[3], mac[4], mac[5]);
	return buf;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int ul_mac_parse(uint8_t out[6], const char *text)
{
	uint8_t mac[6];

	for (int i = 0; i < 6; i++, text += 3) {
		int hi = hex_digit(text[0]);
		int lo = hi < 0 ? -1 : hex_digit(text[1]);

		if (lo < 0 || text[2] != (i < 5 ? ':' : '\0'))
			return -EINVAL;
		mac[i] = (uint8_t)(hi << 4 | lo);
	}
	memcpy(out, mac, 6);
	return 0;
}
