/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_qframe.c - any bytes as a stream of frames */
#include "wire/qframe.h"

#include <errno.h>

#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);
	const uint8_t *frame;
	size_t frame_len, used = 0;
	int rc;

	while ((rc = ul_qframe_next(&r, &frame, &frame_len)) == 1) {
		used += UL_QFRAME_HLEN + frame_len;
		assert(frame_len && frame_len <= UL_QFRAME_MAX);
		assert(frame + frame_len == data + used);
		assert(r.left == len - used);
	}
	assert(!r.bad && r.left == len - used);
	if (rc == 0)
		assert(!r.left || ul_qframe_wanted(&r) == 0 ||
		       ul_qframe_wanted(&r) > r.left);
	else
		assert(rc == -EBADMSG);
	return 0;
}
