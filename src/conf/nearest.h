/* SPDX-License-Identifier: BSD-3-Clause */
/* nearest.h - the name that was meant by one that is nearly right */
#ifndef UL_CONF_NEAREST_H
#define UL_CONF_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * How many letters must be put in, taken out or changed to make @one of
 * @other. Of names beyond 63 bytes it is a large number.
 */
size_t ul_edit_distance(const char *one, const char *other);

/* Is @distance that of a slip, for a name as long as @name? */
bool ul_is_near(const char *name, size_t distance);

#endif
