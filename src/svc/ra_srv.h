/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ra_srv.h - tells the network's prefix and default route (RFC 4861 6.2)
 *
 * Advertisements go to all at intervals and at once when the host gains or
 * loses its own route, and to each guest that asks.
 */
#ifndef UL_SVC_RA_SRV_H
#define UL_SVC_RA_SRV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "loop/loop.h"

#define UL_RA_INTERVAL_MIN_US 200000000ll	/* RFC 4861 6.2.1's defaults */
#define UL_RA_INTERVAL_MAX_US 600000000ll
#define UL_RA_LIFETIME_S 1800
/* Often enough again before they end (RFC 9096 3.1). */
#define UL_RA_PREFERRED_S 2700
#define UL_RA_VALID_S 5400

/* Of advertisements to all that guests bring about: RFC 4861 10. */
#define UL_RA_APART_US 3000000ll
#define UL_RA_DELAY_US 500000ll
/* After news, these follow at shorter intervals: one may be lost. */
#define UL_RA_INITIAL 3
#define UL_RA_INITIAL_US 16000000ll
/* Answers to single guests a second; the others hear what all hear. */
#define UL_RA_ANSWERS_S 20

struct ul_ra_srv_conf {
	struct ul_loop *loop;
	uint8_t mac[6];			/* the router's */
	struct ul_addr router;		/* its link-local address */
	struct ul_prefix prefix;
	struct ul_addr dns;		/* "any": not told */
	uint32_t mtu;
	const char *domain;		/* copied; NULL: not told */
	bool has_dhcp;			/* DHCPv6 has addresses, and the rest */
	/* Is there a way out through the router now? */
	bool (*has_route)(void *arg);
	/* Send the ICMPv6 message @msg from the router to @dst at @mac. */
	void (*send)(const uint8_t *msg, size_t len, const struct ul_addr *dst,
		     const uint8_t mac[6], void *arg);
	void *arg;
};

struct ul_ra_srv;

/* The first advertisement leaves in the loop's next turn. */
struct ul_ra_srv *ul_ra_srv_new(const struct ul_ra_srv_conf *conf);
void ul_ra_srv_free(struct ul_ra_srv *srv);

/* @src, "::" when it has no address yet, has asked from @mac. */
void ul_ra_srv_solicited(struct ul_ra_srv *srv, const struct ul_addr *src,
			 const uint8_t mac[6]);

/* The answer of has_route() may be another one now. */
void ul_ra_srv_host_changed(struct ul_ra_srv *srv);

#endif
