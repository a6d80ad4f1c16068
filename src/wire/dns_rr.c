/* SPDX-License-Identifier: BSD-3-Clause */
/* dns_rr.c - the records of a DNS message, one after the other */
#include "wire/dns_rr.h"

#include <errno.h>

#define POINTER 0xc000		/* RFC 1035 4.1.4 */

void ul_dns_rrs_init(struct ul_dns_rrs *it, const struct ul_dns_head *h,
		     const uint8_t *msg, size_t len)
{
	*it = (struct ul_dns_rrs){ .r = ul_rd_new(msg, len), .len = len };
	ul_rd_skip(&it->r, UL_DNS_HLEN + h->question_len);
	memcpy(it->left, h->section, sizeof(it->left));
	/* Where the records begin cannot be told. */
	if (h->questions && !h->question_len)
		it->r.bad = true;
}

static bool next_section(struct ul_dns_rrs *it, enum ul_dns_section *section)
{
	for (int i = 0; i < UL_DNS_SECTION_COUNT; i++) {
		if (!it->left[i])
			continue;
		it->left[i]--;
		*section = (enum ul_dns_section)i;
		return true;
	}
	return false;
}

bool ul_dns_rr_next(struct ul_dns_rrs *it, struct ul_dns_rr *out)
{
	struct ul_dns_rr rr = { .owner_at = it->len - it->r.left };
	struct ul_dns_rrs was = *it;

	if (it->r.bad || !next_section(it, &rr.section))
		return false;
	ul_dns_skip_name(&it->r);
	rr.type = ul_rd_u16(&it->r);
	rr.class = ul_rd_u16(&it->r);
	rr.ttl_at = it->len - it->r.left;
	rr.ttl_s = ul_rd_u32(&it->r);
	rr.data_len = ul_rd_u16(&it->r);
	rr.data_at = it->len - it->r.left;
	ul_rd_skip(&it->r, rr.data_len);
	if (it->r.bad) {
		memcpy(it->left, was.left, sizeof(it->left));
		return false;
	}
	/* That of OPT is none, but flags (RFC 6891 6.1.3). */
	if (rr.ttl_s > UL_DNS_TTL_MAX_S && rr.type != UL_DNS_OPT)
		rr.ttl_s = 0;
	*out = rr;
	return true;
}

bool ul_dns_rrs_is_cut(const struct ul_dns_rrs *it)
{
	return it->r.bad || it->left[UL_DNS_ANSWER] ||
	       it->left[UL_DNS_AUTHORITY] || it->left[UL_DNS_ADDITIONAL];
}

/* Labels up to the root: 0; up to a pointer: where that leads; or -EBADMSG. */
static int take_labels(struct ul_rd *r, struct ul_dns_dname *name)
{
	uint8_t len;
	int to;

	while ((len = ul_rd_u8(r)) && len <= UL_DNS_LABEL_MAX) {
		/* Room for this one and for the root. */
		if ((size_t)name->len + len + 2 > sizeof(name->b))
			return -EBADMSG;
		name->b[name->len++] = len;
		for (uint8_t i = 0; i < len; i++)
			name->b[name->len++] = ul_dns_lower(ul_rd_u8(r));
	}
	if (!len && !r->bad)
		name->b[name->len++] = 0;
	if (!len)
		return r->bad ? -EBADMSG : 0;
	to = (len << 8 | ul_rd_u8(r)) - POINTER;
	/* 01 and 10 in the upper bits are no pointers; the head is no name. */
	return r->bad || to < UL_DNS_HLEN ? -EBADMSG : to;
}

int ul_dns_dname_read(struct ul_dns_dname *out, const uint8_t *msg, size_t len,
		      size_t at)
{
	struct ul_dns_dname name = { 0 };

	for (;;) {
		struct ul_rd r = ul_rd_new(msg, len);
		int to;

		ul_rd_skip(&r, at);
		to = take_labels(&r, &name);
		if (to < 0 || (size_t)to >= at)
			return -EBADMSG;
		if (!to)
			break;
		at = (size_t)to;
	}
	*out = name;
	return 0;
}

bool ul_dns_dname_eq(const struct ul_dns_dname *a,
		     const struct ul_dns_dname *b)
{
	return a->len == b->len && !memcmp(a->b, b->b, a->len);
}
