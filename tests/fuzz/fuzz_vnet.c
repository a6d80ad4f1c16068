/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_vnet.c - any bytes as the header in front of a frame */
#include "wire/vnet.h"

#include <errno.h>

#include "fuzz/fuzz.h"

static void check(const uint8_t *data, size_t len, size_t hlen)
{
	struct ul_rd r = ul_rd_new(data, len), again;
	uint8_t out[UL_VNET_HLEN_MRG];
	struct ul_wr w = ul_wr_new(out, sizeof(out));
	struct ul_vnet h, h2;
	int ret = ul_vnet_parse(&h, &r, hlen);

	if (ret < 0) {
		assert(ret == -EBADMSG || ret == -EPROTO);
		assert(r.left == len);
		return;
	}
	assert(r.left == len - hlen);
	assert(!h.offload.gso_size == (h.gso == UL_VNET_GSO_NONE));
	assert(!h.offload.gso_size || h.offload.csum == UL_CSUM_PARTIAL);
	ul_vnet_emit(&w, &h, hlen);
	assert(!w.bad && w.len == hlen);
	again = ul_rd_new(out, w.len);
	assert(!ul_vnet_parse(&h2, &again, hlen));
	assert(h.gso == h2.gso && h.has_cwr == h2.has_cwr);
	assert(h.hdr_len == h2.hdr_len);
	assert(h.offload.csum == h2.offload.csum);
	assert(h.offload.csum_start == h2.offload.csum_start);
	assert(h.offload.csum_offset == h2.offload.csum_offset);
	assert(h.offload.gso_size == h2.offload.gso_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	check(data, len, UL_VNET_HLEN);
	check(data, len, UL_VNET_HLEN_MRG);
	return 0;
}
