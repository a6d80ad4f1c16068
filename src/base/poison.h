/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * poison.h - memory that is there, and may not be touched now
 *
 * AddressSanitizer knows what malloc() gave, not what a pool of ours keeps
 * for the next one. In other builds these do nothing.
 */
#ifndef UL_BASE_POISON_H
#define UL_BASE_POISON_H

#include <stddef.h>

/* gcc says so, and clang when it is asked. */
#ifdef __SANITIZE_ADDRESS__
#define UL_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UL_HAS_ASAN 1
#endif
#endif
#ifdef UL_HAS_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, len) ((void)(p), (void)(len))
#define ASAN_UNPOISON_MEMORY_REGION(p, len) ((void)(p), (void)(len))
#endif

static inline void ul_poison(void *p, size_t len)
{
	ASAN_POISON_MEMORY_REGION(p, len);
}

static inline void ul_unpoison(void *p, size_t len)
{
	ASAN_UNPOISON_MEMORY_REGION(p, len);
}

#endif
