/* SPDX-License-Identifier: BSD-3-Clause */
/* csum_avx2.c - the Internet checksum's sum with AVX2, on x86-64 */
#include "base/csum_vector.h"

#include <immintrin.h>

/* The sum of the halves of each lane. */
static uint64_t add_lanes(const uint64_t lane[4])
{
	uint64_t sum = 0;

	for (int i = 0; i < 4; i++)
		sum += (lane[i] & 0xffffffff) + (lane[i] >> 32);
	return sum;
}

__attribute__((target("avx2")))
static uint64_t add_blocks(const uint8_t *p, size_t len)
{
	const __m256i low = _mm256_set1_epi64x(0xffffffff);
	__m256i a = _mm256_setzero_si256(), b = _mm256_setzero_si256();
	uint64_t lane[4];

	for (size_t i = 0; i < len; i += UL_CSUM_BLOCK) {
		__m256i x = _mm256_loadu_si256((const __m256i *)(p + i));
		__m256i y = _mm256_loadu_si256((const __m256i *)(p + i + 32));

		a = _mm256_add_epi64(a, _mm256_and_si256(x, low));
		b = _mm256_add_epi64(b, _mm256_srli_epi64(x, 32));
		a = _mm256_add_epi64(a, _mm256_and_si256(y, low));
		b = _mm256_add_epi64(b, _mm256_srli_epi64(y, 32));
	}
	_mm256_storeu_si256((__m256i *)lane, _mm256_add_epi64(a, b));
	return add_lanes(lane);
}

size_t ul_csum_vector(uint64_t *sum, const uint8_t *p, size_t len)
{
	size_t whole = len - len % UL_CSUM_BLOCK;

	if (!__builtin_cpu_supports("avx2"))
		return 0;
	*sum += add_blocks(p, whole);
	return whole;
}
