/* SPDX-License-Identifier: BSD-3-Clause */
/* qframe.c - frames on a byte stream, as QEMU's -netdev stream sends them */
#include "wire/qframe.h"

#include <errno.h>

size_t ul_qframe_wanted(const struct ul_rd *r)
{
	struct ul_rd peek = *r;
	uint32_t len = ul_rd_u32(&peek);

	return peek.bad ? 0 : UL_QFRAME_HLEN + (size_t)len;
}

int ul_qframe_next(struct ul_rd *r, const uint8_t **frame, size_t *len)
{
	struct ul_rd peek = *r;
	uint32_t frame_len = ul_rd_u32(&peek);
	const uint8_t *p;

	if (peek.bad)
		return 0;
	if (!frame_len || frame_len > UL_QFRAME_MAX)
		return -EBADMSG;
	p = ul_rd_take(&peek, frame_len);
	if (!p)
		return 0;
	*frame = p;
	*len = frame_len;
	*r = peek;
	return 1;
}
