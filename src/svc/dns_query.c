/* SPDX-License-Identifier: BSD-3-Clause */
/* dns_query.c - what a guest asks, and how the host's resolvers are asked */
#include "svc/dns_query.h"

#include <errno.h>

#include "wire/dns_rr.h"

/* RFC 4035 4.1, RFC 6840 5.7: these change what an answer says. */
#define ANSWER_BITS (UL_DNS_AD | UL_DNS_CD)
#define KEY_DO 0x01
#define KEY_AD 0x20
#define KEY_CD 0x10

/* RFC 6895 3.1: from here on types are about a transfer or a server. */
#define FIRST_META_TYPE 128
#define LAST_META_TYPE 255

/* Options between us and the guest only: what they say is not passed on. */
enum {
	OPTION_COOKIE = 10,		/* RFC 7873 */
	OPTION_KEEPALIVE = 11,		/* RFC 7828 */
	OPTION_PADDING = 12,		/* RFC 7830 */
};

struct shape {
	unsigned int opts;		/* OPT records */
	bool has_others;		/* records that are none, or garbage */
	bool has_options;		/* that the far end must see */
};

static bool has_far_options(struct ul_rd r)
{
	while (r.left && !r.bad) {
		uint16_t code = ul_rd_u16(&r);

		ul_rd_skip(&r, ul_rd_u16(&r));
		if (code != OPTION_COOKIE && code != OPTION_KEEPALIVE &&
		    code != OPTION_PADDING)
			return true;
	}
	return r.bad;
}

static struct shape shape_of(const struct ul_dns_head *h, const uint8_t *msg,
			     size_t len)
{
	struct shape s = { 0 };
	struct ul_dns_rrs it;
	struct ul_dns_rr rr;

	ul_dns_rrs_init(&it, h, msg, len);
	while (ul_dns_rr_next(&it, &rr)) {
		struct ul_rd r = ul_rd_new(msg, len);

		if (rr.type != UL_DNS_OPT || rr.section != UL_DNS_ADDITIONAL) {
			s.has_others = true;
			continue;
		}
		s.opts++;
		ul_rd_skip(&r, rr.data_at);
		if (has_far_options(ul_rd_sub(&r, rr.data_len)))
			s.has_options = true;
	}
	if (ul_dns_rrs_is_cut(&it) || it.r.left)
		s.has_others = true;
	return s;
}

static bool is_meta(const struct ul_dns_question *q)
{
	return !q->type || q->type == UL_DNS_OPT ||
	       (q->type >= FIRST_META_TYPE && q->type <= LAST_META_TYPE);
}

static unsigned int error_of(const struct ul_dns_query *q,
			     const struct shape *s)
{
	if (q->head.flags & UL_DNS_OPCODE)
		return UL_DNS_NOTIMP;
	if (!q->head.question_len || s->opts > 1)
		return UL_DNS_FORMERR;
	if (q->edns.version)
		return UL_DNS_BADVERS;
	/* Many messages answer one, of a zone that no resolver has. */
	if (q->question.type == UL_DNS_AXFR || q->question.type == UL_DNS_IXFR)
		return UL_DNS_NOTIMP;
	return UL_DNS_NOERROR;
}

static void make_key(struct ul_dns_query *q, const uint8_t *msg, size_t len)
{
	struct ul_rd r = ul_rd_new(msg, len);
	struct ul_dns_key *key = &q->key;
	size_t name_len = q->head.question_len - 4;

	ul_rd_skip(&r, UL_DNS_HLEN);
	key->b[key->len++] = (q->edns.wants_dnssec ? KEY_DO : 0) |
			     (q->head.flags & UL_DNS_AD ? KEY_AD : 0) |
			     (q->head.flags & UL_DNS_CD ? KEY_CD : 0);
	for (size_t i = 0; i < name_len; i++)
		key->b[key->len++] = ul_dns_lower(ul_rd_u8(&r));
	ul_rd_bytes(&r, key->b + key->len, 4);
	key->len += 4;
}

int ul_dns_query_parse(struct ul_dns_query *out, const uint8_t *msg,
		       size_t len)
{
	struct ul_dns_query q = { 0 };
	struct shape s;

	if (ul_dns_head_parse(&q.head, msg, len) < 0 ||
	    q.head.flags & UL_DNS_QR)
		return -EBADMSG;
	s = shape_of(&q.head, msg, len);
	ul_dns_edns_find(&q.edns, &q.head, msg, len);
	ul_dns_question_parse(&q.question, &q.head, msg, len);
	q.rcode = error_of(&q, &s);
	q.udp_max = UL_DNS_UDP_MAX;
	if (q.edns.udp_size > q.udp_max)
		q.udp_max = q.edns.udp_size < UL_DNS_UDP_OURS ?
			    q.edns.udp_size : UL_DNS_UDP_OURS;
	q.is_plain = !q.rcode && !s.has_others && !s.has_options &&
		     q.head.flags & UL_DNS_RD && !is_meta(&q.question);
	if (q.is_plain)
		make_key(&q, msg, len);
	*out = q;
	return 0;
}

void ul_dns_query_emit(struct ul_wr *w, const struct ul_dns_query *q,
		       const uint8_t *msg, size_t len)
{
	struct ul_rd r = ul_rd_new(msg, len);

	if (!q->is_plain) {
		ul_wr_bytes(w, msg, len);
		return;
	}
	ul_rd_skip(&r, UL_DNS_HLEN);
	ul_dns_emit_short(w, 0, q->head.flags & (UL_DNS_RD | ANSWER_BITS),
			  ul_rd_take(&r, q->head.question_len),
			  q->head.question_len);
	if (!q->edns.is_there)
		return;
	ul_dns_emit_opt(w, &q->edns, UL_DNS_UDP_OURS, 0);
	ul_dns_patch_count(w, UL_DNS_ADDITIONAL, 1);
}

bool ul_dns_key_eq(const struct ul_dns_key *a, const struct ul_dns_key *b)
{
	return a->len == b->len && !memcmp(a->b, b->b, a->len);
}
