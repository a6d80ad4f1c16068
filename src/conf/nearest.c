/* SPDX-License-Identifier: BSD-3-Clause */
/* nearest.c - the name that was meant by one that is nearly right */
#include "conf/nearest.h"

#include <stdint.h>
#include <string.h>

#define NAME_MAX_LEN 63

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein's, a row of the table at a time. */
size_t ul_edit_distance(const char *one, const char *other)
{
	size_t len = strlen(other), row[NAME_MAX_LEN + 1];

	if (len > NAME_MAX_LEN || strlen(one) > NAME_MAX_LEN)
		return SIZE_MAX;
	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 1; one[i - 1]; i++) {
		size_t before = row[0];

		row[0] = i;
		for (size_t j = 1; j <= len; j++) {
			size_t change = before + (one[i - 1] != other[j - 1]);

			before = row[j];
			row[j] = least(row[j] + 1, row[j - 1] + 1, change);
		}
	}
	return row[len];
}

bool ul_is_near(const char *name, size_t distance)
{
	return distance <= 1 + strlen(name) / 4;
}
