/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dhcp6.h - messages between DHCPv6 clients and servers (RFC 8415 8)
 *
 * With the options for addresses (IA_NA), DNS servers and a search domain
 * (RFC 3646). Others are passed over.
 */
#ifndef UL_WIRE_DHCP6_H
#define UL_WIRE_DHCP6_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"
#include "wire/dname.h"

#define UL_DHCP6_MAX 1024	/* the longest that ul_dhcp6_emit() makes */
#define UL_DHCP6_DUID_MAX 130	/* RFC 8415 11.1 */
#define UL_DHCP6_IAS_MAX 2	/* more are passed over, as more of these: */
#define UL_DHCP6_ADDRS_MAX 2
#define UL_DHCP6_DNS_MAX 2

enum ul_dhcp6_type {
	UL_DHCP6_SOLICIT = 1,
	UL_DHCP6_ADVERTISE = 2,
	UL_DHCP6_REQUEST = 3,
	UL_DHCP6_CONFIRM = 4,
	UL_DHCP6_RENEW = 5,
	UL_DHCP6_REBIND = 6,
	UL_DHCP6_REPLY = 7,
	UL_DHCP6_RELEASE = 8,
	UL_DHCP6_DECLINE = 9,
	UL_DHCP6_RECONFIGURE = 10,
	UL_DHCP6_INFORM = 11,	/* INFORMATION-REQUEST */
};

/* RFC 8415 21.13. */
enum ul_dhcp6_status {
	UL_DHCP6_SUCCESS = 0,
	UL_DHCP6_NO_ADDRS = 2,
	UL_DHCP6_NO_BINDING = 3,
	UL_DHCP6_NOT_ON_LINK = 4,
};

/* Flags of a client's full name, RFC 4704 4.1. */
#define UL_DHCP6_FQDN_S 1	/* the server has the name point to it */
#define UL_DHCP6_FQDN_O 2	/* against what the client wanted */
#define UL_DHCP6_FQDN_N 4	/* nobody is to */

/* How a client or server calls itself. */
struct ul_dhcp6_duid {
	uint8_t len;		/* 0: none is there */
	uint8_t bytes[UL_DHCP6_DUID_MAX];
};

struct ul_dhcp6_addr {
	struct ul_addr addr;
	uint32_t preferred_s, valid_s;
};

/* An identity association: addresses of one interface of the client. */
struct ul_dhcp6_ia {
	uint32_t iaid;
	uint32_t t1_s, t2_s;
	unsigned int addr_count;
	struct ul_dhcp6_addr addr[UL_DHCP6_ADDRS_MAX];
	bool has_status;
	uint16_t status;
};

struct ul_dhcp6_msg {
	uint8_t type;		/* enum ul_dhcp6_type */
	uint32_t xid;		/* 24 bits */
	struct ul_dhcp6_duid client, server;
	unsigned int ia_count;
	struct ul_dhcp6_ia ia[UL_DHCP6_IAS_MAX];
	bool has_status;
	uint16_t status;
	bool rapid_commit;
	unsigned int dns_count;
	struct ul_addr dns[UL_DHCP6_DNS_MAX];
	char domain[UL_DNAME_STRLEN];	/* "": not told */
	bool has_fqdn;
	uint8_t fqdn_flags;
	char fqdn[UL_DNAME_STRLEN];	/* may end without a domain */
};

/*
 * A UDP payload. 0; -EBADMSG malformed: an option that is cut off, of a wrong
 * length, or a DUID that is empty or too long; -EPROTO a type that is not
 * one of clients and servers (a relay's).
 */
int ul_dhcp6_parse(struct ul_dhcp6_msg *out, const uint8_t *data, size_t len);

/* A name that is none makes @w bad. */
void ul_dhcp6_emit(struct ul_wr *w, const struct ul_dhcp6_msg *m);

#endif
