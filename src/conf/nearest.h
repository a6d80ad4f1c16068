/* SPDX-License-Identifier: BSD-3-Clause */
/* nearest.h - the name that was meant by one that is nearly right */
#ifndef UL_CONF_NEAREST_H
#define UL_CONF_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

#define UL_NEAREST_LEN_MAX 63	/* of names that are looked at */

/* Zeroed but for @typed; all texts are borrowed. */
struct ul_nearest {
	const char *typed;
	const char *name;	/* the nearest so far */
	size_t mistakes;	/* of @typed, if it was meant */
};

/* May @name, one of those that there are, be what was meant? */
void ul_nearest_offer(struct ul_nearest *nearest, const char *name);

/* The name that was meant, the first of equals; NULL: none is near. */
const char *ul_nearest_name(const struct ul_nearest *nearest);

/*
 * How many letters of @one must be put in, taken out, changed or swapped with
 * the next to make it @other; SIZE_MAX when either is longer than
 * UL_NEAREST_LEN_MAX.
 */
size_t ul_mistakes(const char *one, const char *other);

#endif
