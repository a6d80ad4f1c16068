/* SPDX-License-Identifier: BSD-3-Clause */
/* nearest.c - the name that was meant by one that is nearly right */
#include "conf/nearest.h"

#include <glib.h>
#include <stdint.h>
#include <string.h>

/* Levenshtein's table, where two letters swapped are one mistake. */
size_t ul_mistakes(const char *one, const char *other)
{
	size_t d[UL_NEAREST_LEN_MAX + 1][UL_NEAREST_LEN_MAX + 1];
	size_t m = strlen(one), n = strlen(other);

	if (m > UL_NEAREST_LEN_MAX || n > UL_NEAREST_LEN_MAX)
		return SIZE_MAX;
	for (size_t i = 0; i <= m; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= n; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= m; i++) {
		for (size_t j = 1; j <= n; j++) {
			size_t changed = one[i - 1] != other[j - 1];

			d[i][j] = MIN(d[i - 1][j], d[i][j - 1]) + 1;
			d[i][j] = MIN(d[i][j], d[i - 1][j - 1] + changed);
			if (i > 1 && j > 1 && one[i - 1] == other[j - 2] &&
			    one[i - 2] == other[j - 1])
				d[i][j] = MIN(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[m][n];
}

void ul_nearest_offer(struct ul_nearest *nearest, const char *name)
{
	size_t mistakes = ul_mistakes(nearest->typed, name);

	if (nearest->name && mistakes >= nearest->mistakes)
		return;
	nearest->name = name;
	nearest->mistakes = mistakes;
}

/* A long name may have more slips; half of a short one is another word. */
const char *ul_nearest_name(const struct ul_nearest *nearest)
{
	size_t slips = nearest->mistakes;

	if (!nearest->name || slips > 1 + strlen(nearest->typed) / 4 ||
	    slips > strlen(nearest->name) / 2)
		return NULL;
	return nearest->name;
}
