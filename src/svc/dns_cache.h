/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns_cache.h - answers kept for as long as they say
 *
 * Keyed by question and by the flags that change its answer. What is kept is
 * the message without OPT; it is given out with its TTLs counted down. An
 * answer that a name or a type is not there is kept as RFC 2308 says, by its
 * SOA. The bytes and the number of answers are bounded: the one that was
 * asked for least recently goes first.
 */
#ifndef UL_SVC_DNS_CACHE_H
#define UL_SVC_DNS_CACHE_H

#include "svc/dns_query.h"

#define UL_DNS_CACHE_BYTES (8u << 20)	/* with what an answer costs besides */
#define UL_DNS_TTL_KEPT_S 86400u	/* at most, whatever it says */
#define UL_DNS_NEGATIVE_KEPT_S 10800u	/* RFC 2308 5: one to three hours */
#define UL_DNS_FAILURE_KEPT_S 1u	/* RFC 9520 3.2: at least */

struct ul_dns_cache;

struct ul_dns_cache_stats {
	uint64_t hits, misses;
	uint64_t stored;
	uint64_t evicted;	/* before they expired */
	size_t entries, bytes;
};

/* None is kept with @entries_max 0. */
struct ul_dns_cache *ul_dns_cache_new(size_t entries_max, size_t bytes_max);
/* NULL is fine. */
void ul_dns_cache_free(struct ul_dns_cache *cache);

/*
 * For how many seconds the answer @msg may be kept; 0: not at all. It is
 * well-formed to its end, and has no OPT.
 */
uint32_t ul_dns_cache_ttl_of(const uint8_t *msg, size_t len);

/* Keep @msg for @ttl_s; 0 keeps nothing. */
void ul_dns_cache_put(struct ul_dns_cache *cache, const struct ul_dns_key *key,
		      const uint8_t *msg, size_t len, uint32_t ttl_s,
		      int64_t now_us);
/* Write the answer as of now. 0, or -ENOENT. */
int ul_dns_cache_get(struct ul_dns_cache *cache, const struct ul_dns_key *key,
		     int64_t now_us, struct ul_wr *out);

/* Forget all. Returns how many there were. */
size_t ul_dns_cache_flush(struct ul_dns_cache *cache);

const struct ul_dns_cache_stats *
ul_dns_cache_stats(const struct ul_dns_cache *cache);

#endif
