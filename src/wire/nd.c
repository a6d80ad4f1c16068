/* SPDX-License-Identifier: BSD-3-Clause */
/* nd.c - neighbour solicitation and advertisement */
#include "wire/nd.h"

#include <errno.h>

#include "wire/icmp.h"

#define OPT_SOURCE_LLADDR 1
#define OPT_TARGET_LLADDR 2

static int read_options(struct ul_nd *nd, struct ul_rd *r)
{
	uint8_t wanted = nd->type == UL_ICMP6_NS ? OPT_SOURCE_LLADDR :
						   OPT_TARGET_LLADDR;

	while (r->left) {
		uint8_t kind = ul_rd_u8(r);
		uint8_t len = ul_rd_u8(r);
		struct ul_rd val;

		if (!len)
			return -EBADMSG;
		val = ul_rd_sub(r, len * 8u - 2);
		if (val.bad)
			return -EBADMSG;
		if (kind != wanted || len != 1)
			continue;
		nd->has_lladdr = true;
		ul_rd_bytes(&val, nd->lladdr, 6);
	}
	return 0;
}

int ul_nd_parse(struct ul_nd *out, const uint8_t *msg, size_t len)
{
	struct ul_rd r = ul_rd_new(msg, len);
	struct ul_nd nd = { .type = ul_rd_u8(&r) };
	uint8_t code = ul_rd_u8(&r);

	ul_rd_skip(&r, 2);
	nd.flags = ul_rd_u32(&r);
	ul_rd_bytes(&r, nd.target.b, 16);
	if (r.bad || read_options(&nd, &r) < 0)
		return -EBADMSG;
	if ((nd.type != UL_ICMP6_NS && nd.type != UL_ICMP6_NA) || code ||
	    ul_addr_is_multicast(&nd.target) || ul_addr_is_v4(&nd.target))
		return -EPROTO;
	*out = nd;
	return 0;
}

/* Bytes in front of the options; 0 for a message of another kind. */
static size_t fixed_len(uint8_t type)
{
	switch (type) {
	case UL_ICMP6_RS:
		return 8;
	case UL_ICMP6_RA:
		return 16;
	case UL_ICMP6_NS:
	case UL_ICMP6_NA:
		return 24;
	case UL_ICMP6_REDIRECT:
		return 40;
	}
	return 0;
}

int ul_nd_find_lladdrs(size_t off[UL_ND_LLADDRS_MAX], const uint8_t *msg,
		       size_t len)
{
	struct ul_rd r = ul_rd_new(msg, len);
	size_t fixed = fixed_len(ul_rd_u8(&r));
	size_t found[UL_ND_LLADDRS_MAX];
	int count = 0;

	if (r.bad)
		return -EBADMSG;
	if (!fixed)
		return -EPROTO;
	ul_rd_skip(&r, fixed - 1);
	while (r.left) {
		size_t at = len - r.left;
		uint8_t kind = ul_rd_u8(&r);
		uint8_t units = ul_rd_u8(&r);

		if (!units)
			return -EBADMSG;
		ul_rd_skip(&r, units * 8u - 2);
		if (units == 1 && count < UL_ND_LLADDRS_MAX &&
		    (kind == OPT_SOURCE_LLADDR || kind == OPT_TARGET_LLADDR))
			found[count++] = at + 2;
	}
	if (r.bad)
		return -EBADMSG;
	if (count)
		memcpy(off, found, (size_t)count * sizeof(found[0]));
	return count;
}

void ul_nd_emit(struct ul_wr *w, const struct ul_nd *nd,
		const struct ul_addr *src, const struct ul_addr *dst)
{
	struct ul_icmp h = { .type = nd->type, .rest = nd->flags };
	uint8_t body[24];
	struct ul_wr b = ul_wr_new(body, sizeof(body));

	ul_wr_bytes(&b, nd->target.b, 16);
	ul_wr_u8(&b, nd->type == UL_ICMP6_NS ? OPT_SOURCE_LLADDR :
					       OPT_TARGET_LLADDR);
	ul_wr_u8(&b, 1);
	ul_wr_bytes(&b, nd->lladdr, 6);
	ul_icmp_emit(w, &h, src, dst, body, sizeof(body));
	ul_wr_bytes(w, body, sizeof(body));
}
