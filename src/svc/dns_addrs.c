/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns_addrs.c - which addresses an answer gives to the name asked for
 *
 * Records come in any order, so each alias is looked for in all of them. Both
 * the aliases and the records are bounded: an answer is what a stranger says.
 */
#include "svc/dns_addrs.h"

#include "wire/dns_rr.h"

struct answer {
	const uint8_t *msg;
	size_t len;
	struct ul_dns_head head;
	struct ul_dns_question question;
	struct ul_dns_dname owner;	/* whose records are told now */
	uint32_t ttl_s;			/* of the aliases so far */
	ul_dns_heard_fn fn;
	void *arg;
};

static void tell(const struct answer *a, const struct ul_dns_rr *rr)
{
	struct ul_rd r = ul_rd_new(a->msg, a->len);
	struct ul_addr addr;

	ul_rd_skip(&r, rr->data_at);
	if (rr->type == UL_DNS_A && rr->data_len == 4)
		addr = ul_addr_v4(ul_rd_u32(&r));
	else if (rr->type == UL_DNS_AAAA && rr->data_len == sizeof(addr.b))
		ul_rd_bytes(&r, addr.b, sizeof(addr.b));
	else
		return;
	/* An AAAA record must not become another family's address. */
	if (rr->type == UL_DNS_AAAA && ul_addr_is_v4(&addr))
		return;
	a->fn(a->question.name, &addr,
	      rr->ttl_s < a->ttl_s ? rr->ttl_s : a->ttl_s, a->arg);
}

static bool is_owners(const struct answer *a, const struct ul_dns_rr *rr)
{
	struct ul_dns_dname owner;

	return rr->section == UL_DNS_ANSWER && rr->class == UL_DNS_IN &&
	       !ul_dns_dname_read(&owner, a->msg, a->len, rr->owner_at) &&
	       ul_dns_dname_eq(&owner, &a->owner);
}

/* Tell the owner's addresses. Is it an alias? Then go on to the other name. */
static bool follow(struct answer *a)
{
	struct ul_dns_rr rr, alias = { 0 };
	struct ul_dns_rrs it;

	ul_dns_rrs_init(&it, &a->head, a->msg, a->len);
	for (int i = 0; i < UL_DNS_ADDR_RECORDS; i++) {
		if (!ul_dns_rr_next(&it, &rr))
			break;
		if (!is_owners(a, &rr))
			continue;
		if (rr.type == UL_DNS_CNAME)
			alias = rr;
		else
			tell(a, &rr);
	}
	if (!alias.data_at || ul_dns_dname_read(&a->owner, a->msg, a->len,
						alias.data_at) < 0)
		return false;
	if (alias.ttl_s < a->ttl_s)
		a->ttl_s = alias.ttl_s;
	return true;
}

void ul_dns_addrs_each(const uint8_t *msg, size_t len, ul_dns_heard_fn fn,
		       void *arg)
{
	struct answer a = {
		.msg = msg, .len = len, .ttl_s = UL_DNS_TTL_MAX_S,
		.fn = fn, .arg = arg,
	};

	if (ul_dns_head_parse(&a.head, msg, len) < 0 ||
	    ul_dns_question_parse(&a.question, &a.head, msg, len) < 0 ||
	    a.question.class != UL_DNS_IN ||
	    ul_dns_dname_read(&a.owner, msg, len, UL_DNS_HLEN) < 0)
		return;
	for (int i = 0; i < UL_DNS_CHAIN_MAX && follow(&a); i++)
		continue;
}
