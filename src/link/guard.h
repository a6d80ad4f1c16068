/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guard.h - does a guest's frame claim what is not its own?
 *
 * Guarded: no guest may be the router. ARP and neighbour discovery may not
 * claim the router's addresses nor those of another guest that is there, no
 * packet may come from the router's addresses, and router advertisements,
 * redirects and the replies of DHCP servers are the router's alone.
 *
 * Pinned: a guest may use its own addresses only, in whatever it sends, and
 * may not be a router or DHCP server even where there is none. It may ask for
 * an address from 0.0.0.0 and ::, as DHCP (for its own MAC) and duplicate
 * address detection do.
 *
 * VLANs: with a VLAN number a frame is in another network, which the router
 * is not in; it passes the guard, and a pin still holds. Tags without one
 * (priority tags) and 802.2 headers are looked behind, since some guests do
 * so, too.
 */
#ifndef UL_LINK_GUARD_H
#define UL_LINK_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

/* Whose an address is, seen from the sender of a frame. */
enum ul_whose {
	UL_WHOSE_UNKNOWN,
	UL_WHOSE_OWN,
	UL_WHOSE_OTHERS,	/* of a guest that is there */
};

struct ul_guard {
	bool is_guarded;
	bool is_pinned;
	const struct ul_addr *router_addrs;
	unsigned int router_addr_count;
	/* Whose is @addr, from @mac's view? The last argument is arg. */
	enum ul_whose (*whose)(const uint8_t mac[6], const struct ul_addr *addr,
			       void *arg);
	void *arg;
};

enum ul_guard_verdict {
	UL_GUARD_PASS,
	UL_GUARD_SPOOFED,	/* pinned, and not its own */
	UL_GUARD_CLAIMED,	/* the router's, or another's */
};

/*
 * The verdict on the frame of @len bytes at @data. What cannot be read passes
 * when no receiver could read it either, and never from a pinned guest.
 */
enum ul_guard_verdict ul_guard_check(const struct ul_guard *guard,
				     const uint8_t *data, size_t len);

/*
 * A sum will be written at byte @at of the frame later on, before anybody
 * else reads it. Can that change nothing that ul_guard_check() looks at?
 */
bool ul_guard_is_beside(const uint8_t *data, size_t len, size_t at);

#endif
