/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_vxlan.c - parser of the VXLAN header; what it takes survives */
#include <errno.h>

#include "fuzz/fuzz.h"
#include "wire/vxlan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);
	uint8_t buf[UL_VXLAN_HLEN];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	struct ul_vxlan h, again;
	int ret = ul_vxlan_parse(&h, &r);

	assert((ret == -EBADMSG) == (len < UL_VXLAN_HLEN));
	if (ret < 0)
		return 0;
	assert(h.vni <= UL_VXLAN_VNI_MAX && r.left == len - UL_VXLAN_HLEN);
	ul_vxlan_emit(&w, &h);
	r = ul_rd_new(buf, sizeof(buf));
	assert(!w.bad && !ul_vxlan_parse(&again, &r) && again.vni == h.vni);
	return 0;
}
