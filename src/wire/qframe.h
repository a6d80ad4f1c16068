/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * qframe.h - frames on a byte stream, as QEMU's -netdev stream sends them
 *
 * A 32-bit length in network order, then that many bytes of Ethernet frame.
 */
#ifndef UL_WIRE_QFRAME_H
#define UL_WIRE_QFRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

#define UL_QFRAME_HLEN 4
#define UL_QFRAME_MAX 69632	/* QEMU's NET_BUFSIZE */

/*
 * 1: *@frame and *@len are the next whole frame, borrowed, and @r is past it.
 * 0: more bytes are needed; @r has not moved. -EBADMSG: a length of 0 or
 * above UL_QFRAME_MAX, after which the stream cannot be followed.
 */
int ul_qframe_next(struct ul_rd *r, const uint8_t **frame, size_t *len);

/*
 * Bytes, length field included, that the frame at @r will have; 0 when not
 * even its length is there.
 */
size_t ul_qframe_wanted(const struct ul_rd *r);

#endif
