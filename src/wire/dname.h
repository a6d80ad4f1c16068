/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dname.h - a domain name as labels, without pointers (RFC 1035 3.1)
 *
 * As options carry them (RFC 8106 5.2, RFC 8415 10). Text has no dot at its
 * end; only letters, digits, "-", "_" and "." come out of a packet.
 */
#ifndef UL_WIRE_DNAME_H
#define UL_WIRE_DNAME_H

#include "base/cursor.h"

#define UL_DNAME_STRLEN 256	/* the longest text and its NUL */
#define UL_DNAME_LABEL_MAX 63

/*
 * The name at @r. 0; -EBADMSG cut off, too long, with a pointer, or of other
 * characters; the root is no name.
 */
int ul_dname_parse(char out[UL_DNAME_STRLEN], struct ul_rd *r);

/*
 * The same of all that is left at @r, where the root may be missing: a name
 * that somebody else is to complete (RFC 4702 2.3, RFC 4704 4.2).
 */
int ul_dname_parse_partial(char out[UL_DNAME_STRLEN], const struct ul_rd *r);

/* Makes @w bad when a label of @text is empty or the name too long. */
void ul_dname_emit(struct ul_wr *w, const char *text);

#endif
