/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * csum_neon.c - the Internet checksum's sum with NEON, on AArch64
 *
 * Little-endian only: bytes are loaded as bytes, for any alignment, and only
 * there are four of them in a register the word that memory holds.
 */
#include "base/csum_vector.h"

#include <arm_neon.h>
#include <sys/auxv.h>

static inline uint32x4_t load_words(const uint8_t *p)
{
	return vreinterpretq_u32_u8(vld1q_u8(p));
}

/* Four sums that do not wait for each other. */
static uint64_t add_blocks(const uint8_t *p, size_t len)
{
	uint64x2_t a = vdupq_n_u64(0), b = a, c = a, d = a;

	for (size_t i = 0; i < len; i += UL_CSUM_BLOCK) {
		a = vpadalq_u32(a, load_words(p + i));
		b = vpadalq_u32(b, load_words(p + i + 16));
		c = vpadalq_u32(c, load_words(p + i + 32));
		d = vpadalq_u32(d, load_words(p + i + 48));
	}
	return vaddvq_u64(vaddq_u64(vaddq_u64(a, b), vaddq_u64(c, d)));
}

size_t ul_csum_vector(uint64_t *sum, const uint8_t *p, size_t len)
{
	size_t whole = len - len % UL_CSUM_BLOCK;

	if (!(getauxval(AT_HWCAP) & HWCAP_ASIMD))
		return 0;
	*sum += add_blocks(p, whole);
	return whole;
}
