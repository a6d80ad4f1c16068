/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_gso.c - any facts with any frame, made whole
 *
 * The input is u8 what is known of the sum, u16 its start, u16 its offset,
 * u16 gso_size, u8 where the first piece ends, and the frame.
 */
#include "link/gso.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "fuzz/fuzz.h"
#include "wire/ip4.h"

struct seen {
	const struct ul_gso *gso;	/* NULL: one packet */
	uint16_t gso_size;
	size_t frames, bytes, max_len;
};

static void check_ip4(const struct ul_gso *g, const struct ul_piece *head,
		      size_t len)
{
	size_t l3_len = len - g->l3_off;
	uint8_t *packet = calloc(1, l3_len);
	struct ul_ip4 ip;

	if (!packet)
		return;
	memcpy(packet, (const uint8_t *)head->data + g->l3_off,
	       head->len - g->l3_off);
	assert(!ul_ip4_parse(&ip, packet, l3_len));
	assert(ip.total_len == l3_len);
	free(packet);
}

static int on_frame(const struct ul_piece *piece, unsigned int count,
		    void *arg)
{
	struct seen *seen = arg;
	const struct ul_gso *g = seen->gso;
	size_t len = ul_pieces_len(piece, count);

	assert(count && count <= UL_PORT_PIECES_MAX);
	assert(len && len <= seen->max_len);
	seen->frames++;
	if (!g) {
		seen->bytes += len;
		return 0;
	}
	assert(!piece[0].buf && piece[0].len == g->hdr_len);
	assert(piece[0].len <= UL_PORT_HEAD_MAX);
	assert(len > g->hdr_len && len - g->hdr_len <= seen->gso_size);
	seen->bytes += len - g->hdr_len;
	if (!g->is_v6)
		check_ip4(g, &piece[0], len);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);
	struct ul_offload o = { .csum = ul_rd_u8(&r) % 3 };
	struct ul_piece piece[2] = { 0 };
	struct ul_gso g;
	struct seen seen = { 0 };
	int checked, ret;

	o.csum_start = ul_rd_u16(&r);
	o.csum_offset = ul_rd_u16(&r);
	o.gso_size = seen.gso_size = ul_rd_u16(&r);
	piece[0].len = ul_rd_u8(&r);
	if (r.bad || !r.left)
		return 0;
	if (piece[0].len > r.left)
		piece[0].len = r.left;
	piece[0].data = ul_rd_take(&r, piece[0].len);
	piece[1].len = r.left;
	piece[1].data = ul_rd_take(&r, piece[1].len);
	seen.max_len = ul_pieces_len(piece, 2);
	checked = ul_gso_check(&g, piece, 2, &o);
	if (!checked && o.gso_size)
		seen.gso = &g;
	ret = ul_gso_split(piece, 2, &o, on_frame, &seen);
	assert(ret == checked);
	assert(ret == 0 || ret == -EBADMSG || ret == -EMSGSIZE);
	assert(!!seen.frames == !ret);
	if (!ret)
		assert(seen.bytes == (seen.gso ? g.payload_len : seen.max_len));
	return 0;
}
