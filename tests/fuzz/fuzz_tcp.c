/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_tcp.c - any bytes as a TCP segment, and the edits in place */
#include "wire/tcp.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"

#define MSS_MIN 536
#define MSS_MAX 1460

/* A SYN as lwIP will read it: no MSS out of bounds, all else as it was. */
static void check_clamp(const struct ul_tcp *h, uint8_t *seg, size_t len)
{
	struct ul_tcp again;

	ul_tcp_clamp_mss(seg, h->hdr_len, MSS_MIN, MSS_MAX);
	assert(!ul_tcp_parse(&again, seg, len));
	assert(h->seq == again.seq && h->ack == again.ack);
	assert(h->flags == again.flags && h->hdr_len == again.hdr_len);
	assert(h->wscale == again.wscale && h->sack_ok == again.sack_ok);
	assert(h->sack_count == again.sack_count);
	if (again.mss)
		assert(again.mss >= MSS_MIN && again.mss <= MSS_MAX);
	else
		assert(!h->mss);
}

static void check_blank(const struct ul_tcp *h, uint8_t *seg, size_t len,
			const uint8_t *was)
{
	struct ul_tcp again;

	ul_tcp_blank_options(seg, h->hdr_len);
	assert(!ul_tcp_parse(&again, seg, len));
	assert(!again.mss && again.wscale == -1 && !again.sack_ok);
	assert(!again.sack_count && again.hdr_len == h->hdr_len);
	assert(!memcmp(seg, was, UL_TCP_HLEN));
	assert(!memcmp(seg + h->hdr_len, was + h->hdr_len, len - h->hdr_len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_addr v6 = { .b = { 0xfd } };
	struct ul_tcp h;
	uint8_t *seg;

	ul_tcp_checksum_ok(&v6, &v6, data, len);
	if (ul_tcp_parse(&h, data, len) < 0)
		return 0;
	assert(h.hdr_len >= UL_TCP_HLEN && h.hdr_len <= UL_TCP_HLEN_MAX);
	assert(h.hdr_len <= len && h.sack_count <= UL_TCP_SACK_MAX);
	assert(h.wscale >= -1 && h.wscale <= 14);
	seg = malloc(len);
	if (!seg)
		return 0;
	memcpy(seg, data, len);
	check_clamp(&h, seg, len);
	check_blank(&h, seg, len, data);
	free(seg);
	return 0;
}
