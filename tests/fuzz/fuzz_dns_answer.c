/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_dns_answer.c - a hostile guest's query and a hostile server's answer
 *
 * The input is the query, behind its length, and the answer: as they come
 * from the wire, through the cache, and dressed for the guest. Time passes
 * between keeping and giving out.
 */
#include <stdlib.h>

#include "fuzz/fuzz.h"
#include "svc/dns_addrs.h"
#include "svc/dns_answer.h"
#include "svc/dns_cache.h"
#include "wire/dns_rr.h"

#define SECOND 1000000ll

static uint8_t out[UL_DNS_MSG_MAX + UL_DNS_OPT_LEN];
static uint8_t kept[UL_DNS_MSG_MAX];

static void on_addr(const char *name, const struct ul_addr *addr,
		    uint32_t ttl_s, void *arg)
{
	assert(strlen(name) < UL_DNS_NAME_LEN && ttl_s <= UL_DNS_TTL_MAX_S);
	assert(addr);
}

/* The guest can take it, and it is an answer to what the guest asked. */
static void check_dressed(const struct ul_wr *w, const struct ul_dns_wish *wish)
{
	struct ul_dns_edns edns;
	struct ul_dns_head h;

	assert(!w->bad && w->len <= wish->max);
	assert(!ul_dns_head_parse(&h, w->start, w->len));
	assert(h.id == wish->id);
	assert(h.question_len == wish->question_len);
	assert(!memcmp(w->start + UL_DNS_HLEN, wish->question,
		       wish->question_len));
	ul_dns_edns_find(&edns, &h, w->start, w->len);
	assert(edns.is_there == wish->edns.is_there);
	ul_dns_addrs_each(w->start, w->len, on_addr, NULL);
}

static void dress(const struct ul_dns_wish *wish, const uint8_t *msg,
		  size_t len)
{
	struct ul_wr w = ul_wr_new(out, sizeof(out));

	ul_dns_answer_dress(&w, wish, msg, len);
	check_dressed(&w, wish);
}

static void keep(const struct ul_dns_query *q, const struct ul_dns_wish *wish,
		 const uint8_t *msg, size_t len, int64_t passed_us)
{
	struct ul_dns_cache *cache = ul_dns_cache_new(4, 1u << 20);
	struct ul_wr w = ul_wr_new(kept, sizeof(kept));
	uint32_t ttl_s = ul_dns_cache_ttl_of(msg, len);

	assert(ttl_s <= UL_DNS_TTL_KEPT_S);
	ul_dns_cache_put(cache, &q->key, msg, len, ttl_s, SECOND);
	if (ul_dns_cache_get(cache, &q->key, SECOND + passed_us, &w) < 0) {
		assert(passed_us >= ttl_s * SECOND);
	} else {
		assert(passed_us < ttl_s * SECOND && w.len == len);
		dress(wish, kept, len);
	}
	ul_dns_cache_free(cache);
}

/* As the relay accepts it: the question is the one that was asked. */
static bool answers(const struct ul_dns_query *q, const uint8_t *query,
		    const uint8_t *msg, size_t len)
{
	struct ul_dns_head h;

	return !ul_dns_head_parse(&h, msg, len) &&
	       h.question_len == q->head.question_len &&
	       ul_dns_is_same_question(msg + UL_DNS_HLEN, query + UL_DNS_HLEN,
				       h.question_len);
}

static void check_query(const struct ul_dns_query *q, const uint8_t *query,
			size_t len)
{
	uint8_t asked[UL_DNS_QUERY_MAX];
	struct ul_wr w = ul_wr_new(asked, sizeof(asked));
	struct ul_dns_query again;

	assert(q->udp_max >= UL_DNS_UDP_MAX && q->udp_max <= UL_DNS_UDP_OURS);
	if (q->rcode)
		return;
	ul_dns_query_emit(&w, q, query, len);
	assert(!w.bad && (!q->is_plain || w.len <= UL_DNS_PLAIN_MAX));
	assert(!ul_dns_query_parse(&again, asked, w.len));
	assert(again.is_plain == q->is_plain && !again.rcode);
	assert(ul_dns_key_eq(&again.key, &q->key));
}

static void play(const struct ul_dns_query *q, const uint8_t *query,
		 size_t query_len, uint8_t *msg, size_t len)
{
	struct ul_dns_wish wish;
	struct ul_wr w = ul_wr_new(out, sizeof(out));
	size_t stripped;

	ul_dns_wish_make(&wish, q, query, query_len,
			 q->head.id & 1 ? UL_DNS_MSG_MAX : q->udp_max);
	ul_dns_answer_error(&w, &wish, q->rcode, UL_DNS_WHY_BLOCKED);
	check_dressed(&w, &wish);
	if (q->rcode || !answers(q, query, msg, len))
		return;
	w = ul_wr_new(out, sizeof(out));
	ul_dns_answer_pass(&w, &wish, msg, len);
	assert(!w.bad && w.len <= wish.max);
	if (!q->is_plain || ul_dns_answer_strip(msg, len, &stripped) < 0)
		return;
	assert(stripped <= len);
	dress(&wish, msg, stripped);
	keep(q, &wish, msg, stripped, q->head.id * SECOND / 16);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ul_rd r = ul_rd_new(data, size);
	size_t query_len = ul_rd_u16(&r);
	const uint8_t *query = ul_rd_take(&r, query_len);
	struct ul_dns_query q;
	uint8_t *msg;
	size_t len;

	if (!query || query_len > UL_DNS_QUERY_MAX || r.left > UL_DNS_MSG_MAX ||
	    ul_dns_query_parse(&q, query, query_len) < 0)
		return 0;
	check_query(&q, query, query_len);
	len = r.left;
	msg = malloc(len ? len : 1);
	assert(msg);
	memcpy(msg, r.p, len);
	play(&q, query, query_len, msg, len);
	free(msg);
	return 0;
}
