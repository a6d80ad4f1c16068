/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_eth.c - any bytes as an Ethernet header and as the text of a MAC */
#include "wire/eth.h"

#include <string.h>

#include "fuzz/fuzz.h"

#define TEXT_MAX 32

static void check_text(const uint8_t *data, size_t len)
{
	char text[TEXT_MAX + 1] = "", again[UL_MAC_STRLEN];
	uint8_t mac[6], same[6];

	memcpy(text, data, len < TEXT_MAX ? len : TEXT_MAX);
	if (ul_mac_parse(mac, text) < 0)
		return;
	ul_mac_str(mac, again);
	assert(strlen(text) == strlen(again));
	assert(!ul_mac_parse(same, again) && !memcmp(mac, same, 6));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);
	uint8_t buf[UL_ETH_HLEN];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	struct ul_eth h;

	check_text(data, len);
	if (ul_eth_parse(&h, &r) < 0) {
		assert(len < UL_ETH_HLEN);
		return 0;
	}
	ul_eth_emit(&w, &h);
	assert(!w.bad && r.left == len - UL_ETH_HLEN);
	assert(!memcmp(buf, data, UL_ETH_HLEN));
	return 0;
}
