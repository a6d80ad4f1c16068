/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * csum.h - the Internet checksum (RFC 1071)
 *
 * Partial sums are 32-bit one's-complement sums in network byte order that
 * may be added in any order, provided that every part but the last has an
 * even length. ul_csum_fold() turns one into the 16 bits for the wire.
 */
#ifndef UL_BASE_CSUM_H
#define UL_BASE_CSUM_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

/* Add @len bytes at @data to @sum. Any alignment; vectors where they exist. */
uint32_t ul_csum_add(uint32_t sum, const void *data, size_t len);

/* Add the pseudo-header of RFC 793 3.1 or RFC 8200 8.1. */
uint32_t ul_csum_pseudo(const struct ul_addr *src, const struct ul_addr *dst,
			uint8_t proto, uint32_t len);

/*
 * The complement of the folded sum, as a host-order value for ul_wr_u16().
 * Over data that holds a correct checksum it is 0.
 */
uint16_t ul_csum_fold(uint32_t sum);

/*
 * For the test of ul_csum_add(): a plain reference, and the two ways between
 * which it chooses, each at any length. On a machine without the instructions
 * the second is the first.
 */
uint32_t ul_csum_add_plain(uint32_t sum, const void *data, size_t len);
uint32_t ul_csum_add_words(uint32_t sum, const void *data, size_t len);
uint32_t ul_csum_add_vector(uint32_t sum, const void *data, size_t len);

#endif
