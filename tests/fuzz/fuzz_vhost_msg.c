/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_vhost_msg.c - any bytes as a message of vhost-user */
#include "wire/vhost_msg.h"

#include <errno.h>
#include <string.h>

#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len), again;
	uint8_t out[UL_VHOST_MSG_MAX];
	struct ul_wr w = ul_wr_new(out, sizeof(out));
	struct ul_vhost_msg m, m2;
	size_t payload = 0;
	int ret = ul_vhost_msg_parse(&m, &r);

	if (len >= UL_VHOST_HLEN && !ul_vhost_msg_len(&payload, data))
		assert(payload <= UL_VHOST_PAYLOAD_MAX);
	if (ret < 0) {
		assert(ret == -EBADMSG || ret == -EOPNOTSUPP);
		assert(r.left == len);
		return 0;
	}
	assert(!r.left && payload == len - UL_VHOST_HLEN);
	ul_vhost_msg_takes_fds(&m, 1);
	assert(*ul_vhost_msg_name(m.request));
	ul_vhost_msg_emit(&w, &m);
	assert(!w.bad);
	again = ul_rd_new(out, w.len);
	assert(!ul_vhost_msg_parse(&m2, &again));
	assert(m.request == m2.request && m.wants_reply == m2.wants_reply);
	return 0;
}
