/* SPDX-License-Identifier: BSD-3-Clause */
/* dns_cache.c - answers kept for as long as they say */
#include "svc/dns_cache.h"

#include <errno.h>
#include <glib.h>

#include "base/hash.h"
#include "base/htab.h"
#include "base/list.h"
#include "wire/dns_rr.h"

#define SECOND_US 1000000ll
#define SOA_TAIL 20		/* serial to minimum, RFC 1035 3.3.13 */

struct entry {
	struct ul_hnode node;
	struct ul_list used;		/* longest unused first */
	int64_t stored_us, expires_us;
	struct ul_dns_key key;
	size_t len;
	uint8_t msg[];
};

struct ul_dns_cache {
	struct ul_hash_key hash_key;
	struct ul_htab tab;
	struct ul_list used;
	size_t entries_max, bytes_max;
	struct ul_dns_cache_stats stats;
};

struct ul_dns_cache *ul_dns_cache_new(size_t entries_max, size_t bytes_max)
{
	struct ul_dns_cache *cache = g_new0(struct ul_dns_cache, 1);

	ul_hash_key_random(&cache->hash_key);
	ul_htab_init(&cache->tab);
	ul_list_init(&cache->used);
	cache->entries_max = entries_max;
	cache->bytes_max = bytes_max;
	return cache;
}

static size_t cost_of(size_t len)
{
	return sizeof(struct entry) + len;
}

static void drop(struct ul_dns_cache *cache, struct entry *e)
{
	ul_htab_remove(&cache->tab, &e->node);
	ul_list_remove(&e->used);
	cache->stats.entries--;
	cache->stats.bytes -= cost_of(e->len);
	g_free(e);
}

size_t ul_dns_cache_flush(struct ul_dns_cache *cache)
{
	size_t count = cache->stats.entries;
	struct ul_list *n;

	while ((n = ul_list_first(&cache->used)) != NULL)
		drop(cache, ul_container_of(n, struct entry, used));
	return count;
}

void ul_dns_cache_free(struct ul_dns_cache *cache)
{
	if (!cache)
		return;
	ul_dns_cache_flush(cache);
	ul_htab_fini(&cache->tab);
	g_free(cache);
}

static struct entry *find(struct ul_dns_cache *cache,
			  const struct ul_dns_key *key, uint64_t hash)
{
	struct ul_hnode *n = NULL;

	while ((n = ul_htab_find(&cache->tab, hash, n)) != NULL) {
		struct entry *e = ul_container_of(n, struct entry, node);

		if (ul_dns_key_eq(&e->key, key))
			return e;
	}
	return NULL;
}

/* The seconds that an SOA keeps a denial: RFC 2308 5. */
static uint32_t denial_ttl(const struct ul_dns_rr *soa, const uint8_t *msg,
			   size_t len)
{
	struct ul_rd r = ul_rd_new(msg, len);
	uint32_t minimum_s;

	if (soa->data_len < SOA_TAIL)
		return 0;
	ul_rd_skip(&r, soa->data_at + soa->data_len - 4);
	minimum_s = ul_rd_u32(&r);
	minimum_s = MIN(minimum_s, UL_DNS_NEGATIVE_KEPT_S);
	return MIN(soa->ttl_s, minimum_s);
}

/* What the records of an answer say together. */
struct summary {
	uint32_t ttl_s;			/* of the shortest */
	uint32_t denial_s;		/* 0: nothing says for how long */
	bool has_type;			/* that was asked for */
};

static int summarise(struct summary *s, const struct ul_dns_head *h,
		     const struct ul_dns_question *q, const uint8_t *msg,
		     size_t len)
{
	struct ul_dns_rrs it;
	struct ul_dns_rr rr;

	*s = (struct summary){ .ttl_s = UL_DNS_TTL_KEPT_S };
	ul_dns_rrs_init(&it, h, msg, len);
	while (ul_dns_rr_next(&it, &rr)) {
		if (rr.type == UL_DNS_OPT)
			return -EPROTO;
		s->ttl_s = MIN(s->ttl_s, rr.ttl_s);
		if (rr.section == UL_DNS_ANSWER && rr.type == q->type)
			s->has_type = true;
		if (rr.section == UL_DNS_AUTHORITY && rr.type == UL_DNS_SOA)
			s->denial_s = denial_ttl(&rr, msg, len);
	}
	return ul_dns_rrs_is_cut(&it) || it.r.left ? -EPROTO : 0;
}

uint32_t ul_dns_cache_ttl_of(const uint8_t *msg, size_t len)
{
	struct ul_dns_question q;
	struct ul_dns_head h;
	struct summary s;
	unsigned int rcode;

	if (ul_dns_head_parse(&h, msg, len) < 0 ||
	    ul_dns_question_parse(&q, &h, msg, len) < 0 ||
	    h.flags & UL_DNS_TC || summarise(&s, &h, &q, msg, len) < 0)
		return 0;
	rcode = h.flags & UL_DNS_RCODE;
	if (rcode == UL_DNS_NOERROR && s.has_type)
		return s.ttl_s;
	if (rcode == UL_DNS_NOERROR || rcode == UL_DNS_NXDOMAIN)
		return MIN(s.ttl_s, s.denial_s);
	return 0;
}

static void make_room(struct ul_dns_cache *cache, size_t bytes)
{
	while (cache->stats.entries >= cache->entries_max ||
	       cache->stats.bytes + bytes > cache->bytes_max) {
		struct ul_list *n = ul_list_first(&cache->used);

		cache->stats.evicted++;
		drop(cache, ul_container_of(n, struct entry, used));
	}
}

void ul_dns_cache_put(struct ul_dns_cache *cache, const struct ul_dns_key *key,
		      const uint8_t *msg, size_t len, uint32_t ttl_s,
		      int64_t now_us)
{
	uint64_t hash = ul_hash(&cache->hash_key, key->b, key->len);
	struct entry *e = find(cache, key, hash);

	if (e)
		drop(cache, e);
	if (!ttl_s || !cache->entries_max || cost_of(len) > cache->bytes_max)
		return;
	make_room(cache, cost_of(len));
	e = g_try_malloc(cost_of(len));
	if (!e)
		return;
	*e = (struct entry){
		.node.hash = hash, .stored_us = now_us,
		.expires_us = now_us + ttl_s * SECOND_US,
		.key = *key, .len = len,
	};
	memcpy(e->msg, msg, len);
	ul_list_init(&e->used);
	ul_htab_insert(&cache->tab, &e->node);
	ul_list_append(&cache->used, &e->used);
	cache->stats.entries++;
	cache->stats.bytes += cost_of(len);
	cache->stats.stored++;
}

/* Every TTL is @age_s less. The message was read to its end when it came. */
static void count_down(struct ul_wr *w, size_t at, const struct entry *e,
		       uint32_t age_s)
{
	struct ul_dns_head h;
	struct ul_dns_rrs it;
	struct ul_dns_rr rr;

	if (ul_dns_head_parse(&h, e->msg, e->len) < 0)
		return;
	ul_dns_rrs_init(&it, &h, e->msg, e->len);
	while (ul_dns_rr_next(&it, &rr)) {
		uint32_t left = rr.ttl_s > age_s ? rr.ttl_s - age_s : 0;

		left = MIN(left, UL_DNS_TTL_KEPT_S);
		ul_wr_patch_u16(w, at + rr.ttl_at, (uint16_t)(left >> 16));
		ul_wr_patch_u16(w, at + rr.ttl_at + 2, (uint16_t)left);
	}
}

int ul_dns_cache_get(struct ul_dns_cache *cache, const struct ul_dns_key *key,
		     int64_t now_us, struct ul_wr *out)
{
	struct entry *e = find(cache, key, ul_hash(&cache->hash_key, key->b,
						   key->len));
	size_t at = out->len;

	if (e && now_us >= e->expires_us) {
		drop(cache, e);
		e = NULL;
	}
	if (!e) {
		cache->stats.misses++;
		return -ENOENT;
	}
	cache->stats.hits++;
	ul_list_move_tail(&cache->used, &e->used);
	ul_wr_bytes(out, e->msg, e->len);
	count_down(out, at, e, (uint32_t)((now_us - e->stored_us) /
					  SECOND_US));
	return 0;
}

const struct ul_dns_cache_stats *
ul_dns_cache_stats(const struct ul_dns_cache *cache)
{
	return &cache->stats;
}
