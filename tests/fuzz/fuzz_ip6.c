/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_ip6.c - any bytes as an IPv6 packet with extension headers */
#include "wire/ip6.h"

#include <string.h>

#include "fuzz/fuzz.h"

static void check_chain(const struct ul_ip6_chain *c, const struct ul_ip6 *h,
			const uint8_t *data)
{
	assert(c->l4_off >= UL_IP6_HLEN);
	assert(c->l4_off <= UL_IP6_HLEN + (size_t)h->payload_len);
	if (!c->has_frag)
		return;
	assert(c->l4_off == c->frag_off + UL_IP6_FRAG_HLEN);
	assert(c->prev_next_off < c->frag_off);
	assert(data[c->prev_next_off] == UL_IP6_NEXT_FRAGMENT);
	assert(data[c->frag_off] == c->proto);
	assert(c->frag_offset % 8 == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t buf[UL_IP6_HLEN];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	struct ul_ip6_chain c;
	struct ul_ip6 h;

	if (ul_ip6_parse(&h, data, len) < 0)
		return 0;
	assert(UL_IP6_HLEN + (size_t)h.payload_len <= len);
	assert(!ul_addr_is_v4(&h.src) && !ul_addr_is_v4(&h.dst));
	ul_ip6_emit(&w, &h);
	assert(!w.bad && !memcmp(buf, data, UL_IP6_HLEN));
	if (!ul_ip6_walk(&c, &h, data))
		check_chain(&c, &h, data);
	return 0;
}
