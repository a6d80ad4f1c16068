/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_udp.c - any bytes as a UDP datagram */
#include "wire/udp.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"

static void check_round_trip(const struct ul_udp *h, struct ul_addr addr,
			     const uint8_t *data)
{
	struct ul_ep src = { addr, h->src_port }, dst = { addr, h->dst_port };
	size_t payload_len = h->len - (size_t)UL_UDP_HLEN;
	uint8_t *buf = malloc(h->len);
	struct ul_wr w = ul_wr_new(buf, h->len);

	if (!buf)
		return;
	ul_udp_emit(&w, &src, &dst, data + UL_UDP_HLEN, payload_len);
	ul_wr_bytes(&w, data + UL_UDP_HLEN, payload_len);
	assert(!w.bad && w.len == h->len);
	assert(ul_udp_checksum_ok(&addr, &addr, buf, w.len));
	assert(!memcmp(buf, data, 6));
	free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_addr v4 = ul_addr_v4(0x0a000202), v6 = { .b = { 0xfd } };
	struct ul_udp h;

	ul_udp_checksum_ok(&v6, &v6, data, len);
	if (ul_udp_parse(&h, data, len) < 0)
		return 0;
	assert(h.len >= UL_UDP_HLEN && h.len <= len);
	check_round_trip(&h, v4, data);
	check_round_trip(&h, v6, data);
	return 0;
}
