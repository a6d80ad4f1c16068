/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns_query.h - what a guest asks, and how the host's resolvers are asked
 *
 * A plain query is one question about a name with at most an OPT record: its
 * answer does not depend on who asked, so it can be kept, and it is asked in
 * our own words. Everything else (signed messages, options that only the
 * far end understands, questions about a server's state) passes as it is.
 */
#ifndef UL_SVC_DNS_QUERY_H
#define UL_SVC_DNS_QUERY_H

#include "wire/dns.h"

#define UL_DNS_QUERY_MAX 1232	/* bytes of a query */
/* What we take by UDP, and send: fits every path without fragments. */
#define UL_DNS_UDP_OURS 1232
#define UL_DNS_PLAIN_MAX (UL_DNS_SHORT_MAX + 11)	/* and OPT */

/* The question without case, and the flags that change its answer. */
struct ul_dns_key {
	uint16_t len;
	uint8_t b[UL_DNS_QUESTION_MAX + 1];
};

struct ul_dns_query {
	struct ul_dns_head head;
	struct ul_dns_question question;
	struct ul_dns_edns edns;
	size_t udp_max;		/* what the guest takes, within our bounds */
	bool is_plain;
	/* What it is answered at once (BADVERS too), else 0. */
	unsigned int rcode;
	struct ul_dns_key key;	/* of a plain one */
};

/*
 * 0, or -EBADMSG when nothing can be answered: no header, or an answer. The
 * question is there unless rcode is not 0.
 */
int ul_dns_query_parse(struct ul_dns_query *out, const uint8_t *msg,
		       size_t len);

/* What is sent for the query @msg; UL_DNS_QUERY_MAX bytes are enough. */
void ul_dns_query_emit(struct ul_wr *w, const struct ul_dns_query *q,
		       const uint8_t *msg, size_t len);

bool ul_dns_key_eq(const struct ul_dns_key *a, const struct ul_dns_key *b);

#endif
