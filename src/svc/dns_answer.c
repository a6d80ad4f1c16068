/* SPDX-License-Identifier: BSD-3-Clause */
/* dns_answer.c - an answer as each guest is to see it */
#include "svc/dns_answer.h"

#include <errno.h>

#include "wire/dns_rr.h"

#define ADDITIONAL_AT 10	/* the count of that section */
#define OPTION_EDE 15		/* RFC 8914 2 */
#define EXTENDED_RCODE 0xff000000u	/* of an OPT's TTL */

void ul_dns_wish_make(struct ul_dns_wish *out, const struct ul_dns_query *q,
		      const uint8_t *msg, size_t len, size_t max)
{
	struct ul_rd r = ul_rd_new(msg, len);

	out->id = q->head.id;
	out->flags = q->head.flags;
	out->edns = q->edns;
	out->max = max;
	out->question_len = q->head.question_len;
	ul_rd_skip(&r, UL_DNS_HLEN);
	ul_rd_bytes(&r, out->question, out->question_len);
}

int ul_dns_answer_strip(uint8_t *msg, size_t len, size_t *out)
{
	struct ul_wr w = { .start = msg, .len = len, .cap = len };
	struct ul_dns_rr rr, last = { 0 };
	struct ul_dns_rrs it;
	struct ul_dns_head h;
	size_t count = 0;

	if (ul_dns_head_parse(&h, msg, len) < 0)
		return -EPROTO;
	ul_dns_rrs_init(&it, &h, msg, len);
	while (ul_dns_rr_next(&it, &rr)) {
		last = rr;
		count += rr.type == UL_DNS_OPT;
	}
	if (ul_dns_rrs_is_cut(&it) || it.r.left || count > 1)
		return -EPROTO;
	*out = len;
	if (!count)
		return 0;
	if (last.type != UL_DNS_OPT || last.section != UL_DNS_ADDITIONAL ||
	    last.ttl_s & EXTENDED_RCODE)
		return -EPROTO;
	ul_dns_patch_count(&w, UL_DNS_ADDITIONAL,
			   (uint16_t)(h.section[UL_DNS_ADDITIONAL] - 1));
	*out = last.owner_at;
	return 0;
}

/* What of an answer is the guest's own: its id, its bits, its spelling. */
static void make_own(struct ul_wr *w, size_t at,
		     const struct ul_dns_wish *wish, uint16_t flags)
{
	const uint16_t own = UL_DNS_RD | UL_DNS_CD;
	struct ul_wr head = { .start = w->start, .len = at, .cap = w->len };

	ul_wr_u16(&head, wish->id);
	ul_wr_u16(&head, (uint16_t)((flags & ~own) | (wish->flags & own)));
	ul_wr_take(&head, UL_DNS_HLEN - 4);
	ul_wr_bytes(&head, wish->question, wish->question_len);
	if (head.bad)
		w->bad = true;
}

static void add_opt(struct ul_wr *w, const struct ul_dns_wish *wish,
		    uint16_t others, uint8_t extended, enum ul_dns_why why)
{
	if (!wish->edns.is_there)
		return;
	ul_dns_emit_opt(w, &wish->edns, UL_DNS_UDP_OURS, extended);
	ul_dns_patch_count(w, UL_DNS_ADDITIONAL, (uint16_t)(others + 1));
	if (why == UL_DNS_WHY_NOT)
		return;
	ul_wr_patch_u16(w, w->len - 2, 6);
	ul_wr_u16(w, OPTION_EDE);
	ul_wr_u16(w, 2);
	ul_wr_u16(w, (uint16_t)why);
}

void ul_dns_answer_error(struct ul_wr *w, const struct ul_dns_wish *wish,
			 unsigned int rcode, enum ul_dns_why why)
{
	ul_dns_emit_short(w, wish->id,
			  ul_dns_error_flags(wish->flags,
					     (enum ul_dns_rcode)rcode),
			  wish->question, wish->question_len);
	add_opt(w, wish, 0, (uint8_t)(rcode >> 4), why);
}

void ul_dns_answer_cut(struct ul_wr *w, const struct ul_dns_wish *wish,
		       uint16_t flags)
{
	ul_dns_emit_short(w, wish->id, flags | UL_DNS_TC, wish->question,
			  wish->question_len);
	add_opt(w, wish, 0, 0, UL_DNS_WHY_NOT);
}

bool ul_dns_answer_dress(struct ul_wr *w, const struct ul_dns_wish *wish,
			 const uint8_t *msg, size_t len)
{
	size_t opt = wish->edns.is_there ? UL_DNS_OPT_LEN : 0, at = w->len;
	struct ul_dns_head h;

	if (ul_dns_head_parse(&h, msg, len) < 0)
		return false;
	if (len + opt > wish->max || h.flags & UL_DNS_TC) {
		ul_dns_answer_cut(w, wish, h.flags);
		return false;
	}
	ul_wr_bytes(w, msg, len);
	make_own(w, at, wish, h.flags);
	add_opt(w, wish, h.section[UL_DNS_ADDITIONAL], 0, UL_DNS_WHY_NOT);
	return true;
}

bool ul_dns_answer_pass(struct ul_wr *w, const struct ul_dns_wish *wish,
			const uint8_t *msg, size_t len)
{
	size_t at = w->len;
	struct ul_dns_head h;

	if (ul_dns_head_parse(&h, msg, len) < 0)
		return false;
	if (len > wish->max) {
		ul_dns_answer_cut(w, wish, h.flags);
		return false;
	}
	ul_wr_bytes(w, msg, len);
	make_own(w, at, wish, h.flags);
	return true;
}
