/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * csum_vector.h - the Internet checksum's sum in vectors, within base/csum
 *
 * One file for each instruction set has this function, and configure takes
 * the one of the processor that is built for; csum_none.c is for all others.
 * Whether the machine has the instructions is asked at run time.
 */
#ifndef UL_BASE_CSUM_VECTOR_H
#define UL_BASE_CSUM_VECTOR_H

#include <stddef.h>
#include <stdint.h>

#define UL_CSUM_BLOCK ((size_t)64)

/*
 * Add the whole blocks at @p, any alignment, to @sum as 32-bit words of the
 * machine's byte order. Returns how many of the @len bytes were added: 0 where
 * the machine has no such instructions.
 *
 * Words are added in lanes of 64 bits, so no carry can be lost below 2^32 of
 * them, far above any packet.
 */
size_t ul_csum_vector(uint64_t *sum, const uint8_t *p, size_t len);

#endif
