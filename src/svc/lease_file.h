/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lease_file.h - leases as text, to be found again by the next start
 *
 *	userlan-leases 1
 *	ADDRESS MAC EXPIRES ID IAID HOST
 *	...
 *	end N
 *
 * EXPIRES is in seconds of the wall clock, ID in hexadecimal, IAID a decimal
 * number of IPv6 leases; "-" is what is not there. The last line counts those
 * between, so that a file that was cut off is known.
 */
#ifndef UL_SVC_LEASE_FILE_H
#define UL_SVC_LEASE_FILE_H

#include <glib.h>

#include "svc/lease.h"

/* Of one file: both pools, and what is kept outside of their ranges. */
#define UL_LEASE_FILE_MAX 10240
#define UL_LEASE_FILE_BYTES (4u << 20)

/* Here expires_us is of the wall clock, and whole seconds. */
typedef void (*ul_lease_file_fn)(const struct ul_lease *lease, void *arg);

/*
 * Each lease of the @len bytes at @text to @fn, those that are good of a
 * damaged file, too. 0, or -EBADMSG and in *@bad_line the number of the first
 * line that is wrong or missing.
 */
int ul_lease_file_parse(const char *text, size_t len, ul_lease_file_fn fn,
			void *arg, unsigned int *bad_line);

/* A file is begun, gets its leases, and is ended with how many those were. */
void ul_lease_file_begin(GString *out);
void ul_lease_file_put(GString *out, const struct ul_lease *lease);
void ul_lease_file_end(GString *out, unsigned int count);

#endif
