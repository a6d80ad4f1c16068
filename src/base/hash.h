/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hash.h - SipHash-1-3, a keyed hash for tables whose keys a guest chooses
 *
 * Without the key an attacker cannot aim for one bucket (Aumasson and
 * Bernstein, "SipHash: a fast short-input PRF", 2012; 1-3 is the variant
 * that Rust and Python use for hash tables).
 */
#ifndef UL_BASE_HASH_H
#define UL_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct ul_hash_key {
	uint64_t k[2];
};

/* A fresh key from getrandom(2). Aborts if the kernel has none to give. */
void ul_hash_key_random(struct ul_hash_key *key);

/* The hash of @len bytes at @data under @key. */
uint64_t ul_hash(const struct ul_hash_key *key, const void *data, size_t len);

#endif
