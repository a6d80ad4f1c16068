/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * csum.c - the Internet checksum
 *
 * The sum is kept in host byte order over 16-bit words read big-endian.
 * One's-complement addition commutes with byte swapping (RFC 1071 2.B), so
 * the fast paths add native words and swap the folded result once.
 */
#include "base/csum.h"

#include <endian.h>
#include <string.h>

#include "base/csum_vector.h"

/* Below this, vector set-up costs more than it saves. */
#define VECTOR_MIN 256

static inline uint32_t fold64(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	return (uint32_t)sum;
}

static inline uint16_t fold32(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* Add two sums without losing the carry. */
static inline uint32_t add_carry(uint32_t a, uint32_t b)
{
	uint64_t s = (uint64_t)a + b;

	return fold64(s);
}

/* Native-order sum: of a tail, of what is short, of all without vectors. */
static uint64_t native_words(const uint8_t *p, size_t len)
{
	uint64_t sum = 0;
	uint64_t w;
	uint32_t h;

	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&w, p, 8);
		sum += (w & 0xffffffff) + (w >> 32);
	}
	if (len >= 4) {
		memcpy(&h, p, 4);
		sum += h;
		p += 4;
		len -= 4;
	}
	h = 0;
	memcpy(&h, p, len);
	return sum + h;
}

static uint64_t vector_words(const uint8_t *p, size_t len)
{
	uint64_t sum = 0;
	size_t done = ul_csum_vector(&sum, p, len);

	return sum + native_words(p + done, len - done);
}

static inline uint32_t add_native(uint32_t sum, uint64_t native)
{
	return add_carry(sum, be16toh(fold32(fold64(native))));
}

uint32_t ul_csum_add(uint32_t sum, const void *data, size_t len)
{
	if (len >= VECTOR_MIN)
		return add_native(sum, vector_words(data, len));
	return add_native(sum, native_words(data, len));
}

uint32_t ul_csum_add_words(uint32_t sum, const void *data, size_t len)
{
	return add_native(sum, native_words(data, len));
}

uint32_t ul_csum_add_vector(uint32_t sum, const void *data, size_t len)
{
	return add_native(sum, vector_words(data, len));
}

uint32_t ul_csum_add_plain(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		sum = add_carry(sum, i % 2 ? p[i] : (uint32_t)p[i] << 8);
	return sum;
}

uint32_t ul_csum_pseudo(const struct ul_addr *src, const struct ul_addr *dst,
			uint8_t proto, uint32_t len)
{
	uint32_t sum = 0;
	size_t n;
	const uint8_t *s = ul_addr_bytes(src, &n);

	sum = ul_csum_add(sum, s, n);
	s = ul_addr_bytes(dst, &n);
	sum = ul_csum_add(sum, s, n);
	return add_carry(sum, add_carry(proto, (len >> 16) + (len & 0xffff)));
}

uint16_t ul_csum_fold(uint32_t sum)
{
	return (uint16_t)~fold32(sum);
}
