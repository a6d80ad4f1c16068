/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dhcp4_srv.h - the network's DHCPv4 server (RFC 2131)
 *
 * Pure: a request in, at most one reply out, the time an argument. It is the
 * only server of its network and so answers for every client (see the .c).
 */
#ifndef UL_SVC_DHCP4_SRV_H
#define UL_SVC_DHCP4_SRV_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "svc/dhcp4_boot.h"
#include "svc/lease.h"

#define UL_DHCP4_SERVER_PORT 67
#define UL_DHCP4_CLIENT_PORT 68
#define UL_DHCP4_REPLY_MAX 1024	/* however much the client takes */

/* How long an offered address waits for the request. */
#define UL_DHCP4_OFFER_US 30000000ll

typedef void (*ul_dhcp4_lease_fn)(const struct ul_lease *lease, void *arg);

struct ul_dhcp4_srv_conf {
	struct ul_addr server;		/* identifier, and source of replies */
	struct ul_prefix prefix;	/* of the network */
	struct ul_addr router, dns;	/* 0.0.0.0: not told */
	uint16_t mtu;			/* 0: not told */
	uint32_t lease_s;
	const char *domain;		/* copied; NULL: not told */
	/*
	 * Told to all, asked or not; borrowed. Domains to search, NULL behind
	 * the last (NULL: @domain, to who asks), and what option 66 says
	 * (NULL: the address of the boot server, to who asks).
	 */
	const char *const *search;
	const char *tftp_name;
	struct ul_addr first, last;	/* of the pool */
	const struct ul_addr *excluded;	/* in the pool, but not given */
	size_t excluded_count;
	struct ul_dhcp4_boot boot;	/* its files are borrowed */
	/* What the client is called, whatever it says; NULL: nothing. */
	const char *(*name_of)(const struct ul_lease_client *client,
			       void *arg);	/* may be NULL */
	/*
	 * Is an address to be probed before it is offered to @mac, which did
	 * not have it? NULL: none is.
	 */
	bool (*must_probe)(const uint8_t mac[6], void *arg);
	/* A client got an address that it had not; not for renewals. */
	ul_dhcp4_lease_fn on_lease;	/* may be NULL */
	void *arg;
};

/* A UDP payload from the server's address and port 67 to @dst, port 68. */
struct ul_dhcp4_reply {
	struct ul_addr dst;
	uint8_t dst_mac[6];
	size_t len;
	uint8_t payload[UL_DHCP4_REPLY_MAX];
};

struct ul_dhcp4_srv;

struct ul_dhcp4_srv *ul_dhcp4_srv_new(const struct ul_dhcp4_srv_conf *conf);
void ul_dhcp4_srv_free(struct ul_dhcp4_srv *srv);

/*
 * The payload of a datagram to port 67, from @src_ip in a frame of @src_mac.
 * 0: send *@out. -ENODATA: no answer is due. -EBADMSG: malformed. -EPROTO:
 * not a request that this server may answer. -EINPROGRESS: it waits until
 * something is known of out->dst, and is to be handed here again then.
 */
int ul_dhcp4_srv_handle(struct ul_dhcp4_srv *srv, const uint8_t *payload,
			size_t len, const uint8_t src_mac[6],
			const struct ul_addr *src_ip, int64_t now_us,
			struct ul_dhcp4_reply *out);

/*
 * Lease an address to @client as if it had asked for one: what it has, or had
 * last, else one that is free. -ENOSPC when there is none.
 */
int ul_dhcp4_srv_lease(struct ul_dhcp4_srv *srv,
		       const struct ul_lease_client *client, int64_t now_us,
		       struct ul_addr *out);

/* Nobody answered on @addr, or @by did: as ul_lease_set_taken(). */
void ul_dhcp4_srv_checked(struct ul_dhcp4_srv *srv,
			  const struct ul_addr *addr);
bool ul_dhcp4_srv_taken(struct ul_dhcp4_srv *srv, const struct ul_addr *addr,
			const uint8_t by[6], int64_t now_us);

/* As ul_lease_is_open(). */
bool ul_dhcp4_srv_is_open(const struct ul_dhcp4_srv *srv,
			  const struct ul_addr *addr, const uint8_t mac[6],
			  int64_t now_us);

/* As ul_lease_keep() and ul_lease_unkeep(). */
int ul_dhcp4_srv_keep(struct ul_dhcp4_srv *srv,
		      const struct ul_lease_owner *owner,
		      const struct ul_addr *addr);
int ul_dhcp4_srv_unkeep(struct ul_dhcp4_srv *srv, const struct ul_addr *addr);

/* Each address that is leased at @now_us to @fn, in order. */
void ul_dhcp4_srv_each(const struct ul_dhcp4_srv *srv, int64_t now_us,
		       ul_dhcp4_lease_fn fn, void *arg);

/*
 * As ul_lease_changes(), ul_lease_each_known(), ul_lease_restore(),
 * ul_lease_forget_all().
 */
uint64_t ul_dhcp4_srv_changes(const struct ul_dhcp4_srv *srv);
void ul_dhcp4_srv_each_known(const struct ul_dhcp4_srv *srv,
			      void (*fn)(const struct ul_lease *lease,
					 void *arg), void *arg);
int ul_dhcp4_srv_restore(struct ul_dhcp4_srv *srv,
			 const struct ul_lease *lease);
void ul_dhcp4_srv_forget_all(struct ul_dhcp4_srv *srv);

/* What is leased from now on, and renewed, lasts @lease_s. */
void ul_dhcp4_srv_set_lease_time(struct ul_dhcp4_srv *srv, uint32_t lease_s);

#endif
