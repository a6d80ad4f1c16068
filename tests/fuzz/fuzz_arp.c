/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_arp.c - any bytes as an ARP packet */
#include "wire/arp.h"

#include <string.h>

#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);
	uint8_t buf[UL_ARP_LEN];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	struct ul_arp a;

	if (ul_arp_parse(&a, &r) < 0)
		return 0;
	assert(len >= UL_ARP_LEN);
	ul_arp_emit(&w, &a);
	assert(!w.bad && !memcmp(buf, data, UL_ARP_LEN));
	return 0;
}
