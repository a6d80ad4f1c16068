/* SPDX-License-Identifier: BSD-3-Clause */
/* poison.h - outputs that must be left alone on failure */
#ifndef UL_TESTS_POISON_H
#define UL_TESTS_POISON_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define POISON 0x5a

#define poison(out) memset(out, POISON, sizeof(*(out)))
#define is_poisoned(out) is_all_poison(out, sizeof(*(out)))

static inline bool is_all_poison(const void *p, size_t len)
{
	const unsigned char *b = p;

	for (size_t i = 0; i < len; i++)
		if (b[i] != POISON)
			return false;
	return true;
}

#endif
