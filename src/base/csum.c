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

#if defined(__x86_64__)
#include <immintrin.h>
#endif

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

/* Native-order sum of the tail and of whole buffers too short for vectors. */
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

#if defined(__x86_64__)
/*
 * 32-bit lanes widened to 64 bits: no carry can be lost below 2^32 adds, far
 * above any packet.
 */
__attribute__((target("avx2")))
static uint64_t avx2_words(const uint8_t *p, size_t len)
{
	const __m256i low = _mm256_set1_epi64x(0xffffffff);
	__m256i a = _mm256_setzero_si256(), b = _mm256_setzero_si256();
	uint64_t lane[4];
	size_t i;

	for (i = 0; i + 64 <= len; i += 64) {
		__m256i x = _mm256_loadu_si256((const __m256i *)(p + i));
		__m256i y = _mm256_loadu_si256((const __m256i *)(p + i + 32));

		a = _mm256_add_epi64(a, _mm256_and_si256(x, low));
		b = _mm256_add_epi64(b, _mm256_srli_epi64(x, 32));
		a = _mm256_add_epi64(a, _mm256_and_si256(y, low));
		b = _mm256_add_epi64(b, _mm256_srli_epi64(y, 32));
	}
	_mm256_storeu_si256((__m256i *)lane, _mm256_add_epi64(a, b));
	return (lane[0] & 0xffffffff) + (lane[0] >> 32) +
	       (lane[1] & 0xffffffff) + (lane[1] >> 32) +
	       (lane[2] & 0xffffffff) + (lane[2] >> 32) +
	       (lane[3] & 0xffffffff) + (lane[3] >> 32) +
	       native_words(p + i, len - i);
}

static uint64_t all_words(const uint8_t *p, size_t len)
{
	if (len >= VECTOR_MIN && __builtin_cpu_supports("avx2"))
		return avx2_words(p, len);
	return native_words(p, len);
}
#else
static uint64_t all_words(const uint8_t *p, size_t len)
{
	return native_words(p, len);
}
#endif

uint32_t ul_csum_add(uint32_t sum, const void *data, size_t len)
{
	uint16_t native = fold32(fold64(all_words(data, len)));

	return add_carry(sum, be16toh(native));
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
