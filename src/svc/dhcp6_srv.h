/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dhcp6_srv.h - the network's DHCPv6 server (RFC 8415)
 *
 * Pure: a request in, at most one reply out, the time an argument. It leases
 * addresses, and tells the DNS server and domain to who asks for no more.
 */
#ifndef UL_SVC_DHCP6_SRV_H
#define UL_SVC_DHCP6_SRV_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "svc/lease6.h"

#define UL_DHCP6_SERVER_PORT 547
#define UL_DHCP6_CLIENT_PORT 546

struct ul_dhcp6_srv_conf {
	uint8_t mac[6];			/* what its DUID is made of */
	struct ul_prefix prefix;
	struct ul_addr dns;
	const char *domain;		/* copied; NULL: not told */
	uint32_t lease_s;
	/* What a client is called, whatever it says; NULL: nothing. */
	const char *(*name_of)(const uint8_t mac[6], void *arg); /* or NULL */
	/* A client got an address that it had not; not for renewals. */
	void (*on_lease)(const struct ul_lease *lease, void *arg);
	void *arg;
};

/* A UDP payload to the asker's address, port UL_DHCP6_CLIENT_PORT. */
struct ul_dhcp6_reply {
	size_t len;
	uint8_t payload[UL_DHCP6_MAX];
};

struct ul_dhcp6_srv;

struct ul_dhcp6_srv *ul_dhcp6_srv_new(const struct ul_dhcp6_srv_conf *conf);
void ul_dhcp6_srv_free(struct ul_dhcp6_srv *srv);

/*
 * The payload of a datagram to port 547 in a frame of @src_mac. 0: send
 * *@out. -ENODATA: no answer is due. -EBADMSG: malformed. -EPROTO: not a
 * request that this server may answer.
 */
int ul_dhcp6_srv_handle(struct ul_dhcp6_srv *srv, const uint8_t *payload,
			size_t len, const uint8_t src_mac[6], int64_t now_us,
			struct ul_dhcp6_reply *out);

/* As ul_lease6_keep() and ul_lease6_unkeep(). */
int ul_dhcp6_srv_keep(struct ul_dhcp6_srv *srv, const uint8_t mac[6],
		      const struct ul_addr *addr);
int ul_dhcp6_srv_unkeep(struct ul_dhcp6_srv *srv, const struct ul_addr *addr);

/* Each address that is leased at @now_us to @fn, in order. */
void ul_dhcp6_srv_each(const struct ul_dhcp6_srv *srv, int64_t now_us,
		       void (*fn)(const struct ul_lease *lease, void *arg),
		       void *arg);

/* As ul_lease6_changes(), ul_lease6_each_known(), ul_lease6_restore(). */
uint64_t ul_dhcp6_srv_changes(const struct ul_dhcp6_srv *srv);
void ul_dhcp6_srv_each_known(const struct ul_dhcp6_srv *srv,
			      void (*fn)(const struct ul_lease *lease,
					 void *arg), void *arg);
int ul_dhcp6_srv_restore(struct ul_dhcp6_srv *srv,
			 const struct ul_lease *lease);

/* What is leased from now on, and renewed, lasts @lease_s. */
void ul_dhcp6_srv_set_lease_time(struct ul_dhcp6_srv *srv, uint32_t lease_s);

#endif
