/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * special.h - addresses that are not just somebody's on the Internet
 *
 * Never proxied is what would lead a host's socket to the host's own inside,
 * to its link, or to many: 0/8, 127/8, 169.254/16, 224/4, 240/4, ::, ::1,
 * fe80::/10, ff00::/8 and fd00:ec2::254. IPv4 in the clothes of IPv6
 * (::ffff:0:0/96) is the IPv4 address and judged as it.
 */
#ifndef UL_BASE_SPECIAL_H
#define UL_BASE_SPECIAL_H

#include "base/addr.h"

/* Is @a on the list of what is never proxied? */
bool ul_special_is_never(const struct ul_addr *a);

/*
 * May a rule that names @a, of that list, open it? Addresses that one machine
 * can have on a link may be meant: 169.254/16, 240/4 without the broadcast,
 * fd00:ec2::254. What leads to the host's inside or to many never is.
 */
bool ul_special_may_be_named(const struct ul_addr *a);

/* Is all of @p never proxied? */
bool ul_special_covers(const struct ul_prefix *p);

/*
 * Is @a of a private network, for `--egress internet`? special.c lists the
 * ranges. An address of IPv6 that carries one of IPv4 (RFC 6052, RFC 3056) is
 * what that one is.
 */
bool ul_special_is_private(const struct ul_addr *a);

#endif
