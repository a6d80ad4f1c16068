/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns_answer.h - an answer as each guest is to see it
 *
 * The same answer goes to several: each has its own id, spelling, limit and
 * EDNS. So an answer is stripped of what is one hop's (OPT) when it comes,
 * and dressed for each guest when it goes.
 */
#ifndef UL_SVC_DNS_ANSWER_H
#define UL_SVC_DNS_ANSWER_H

#include "svc/dns_query.h"

#define UL_DNS_OPT_LEN 11		/* without options */
#define UL_DNS_MSG_MAX 65535		/* RFC 1035 4.2.2 */

/* Why a name was refused, RFC 8914 4: told to who understands EDNS. */
enum ul_dns_why {
	UL_DNS_WHY_NOT = 0,
	UL_DNS_WHY_BLOCKED = 15,
	UL_DNS_WHY_PROHIBITED = 18,
};

/* How a guest wants its answer. */
struct ul_dns_wish {
	uint16_t id, flags;		/* of its query */
	struct ul_dns_edns edns;
	size_t max;			/* bytes that it takes */
	size_t question_len;
	uint8_t question[UL_DNS_QUESTION_MAX];	/* as it spelled it */
};

/* @max bytes can be sent; @msg is the query that @q was parsed from. */
void ul_dns_wish_make(struct ul_dns_wish *out, const struct ul_dns_query *q,
		      const uint8_t *msg, size_t len, size_t max);

/*
 * Take OPT off the end of the answer @msg: its length then. -EPROTO when it
 * cannot be: damaged, OPT among others, or a response code that needs it.
 */
int ul_dns_answer_strip(uint8_t *msg, size_t len, size_t *out);

/*
 * Write the stripped answer @msg for a guest. Too long for it, it becomes a
 * header, the question and "truncated"; then this is false.
 */
bool ul_dns_answer_dress(struct ul_wr *w, const struct ul_dns_wish *wish,
			 const uint8_t *msg, size_t len);
/* The same for one that could not be stripped: as it is. */
bool ul_dns_answer_pass(struct ul_wr *w, const struct ul_dns_wish *wish,
			const uint8_t *msg, size_t len);
/* No records; an error with @rcode (an extended one too), or truncated. */
void ul_dns_answer_error(struct ul_wr *w, const struct ul_dns_wish *wish,
			 unsigned int rcode, enum ul_dns_why why);
void ul_dns_answer_cut(struct ul_wr *w, const struct ul_dns_wish *wish,
		       uint16_t flags);

#endif
