/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dhcp4.h - DHCPv4 messages (RFC 2131) and their options (RFC 2132)
 *
 * What is absent is zero: a type of 0 is a BOOTP message, an address of
 * 0.0.0.0 (or all zero bytes, for emit) is an option that is not there.
 */
#ifndef UL_WIRE_DHCP4_H
#define UL_WIRE_DHCP4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"
#include "wire/dname.h"

#define UL_DHCP4_MIN_LEN 300	/* what emit pads to, as BOOTP relays expect */
#define UL_DHCP4_TEXT_MAX 255
#define UL_DHCP4_ROUTERS_MAX 4
#define UL_DHCP4_DNS_MAX 8
#define UL_DHCP4_ROUTES_MAX 4
#define UL_DHCP4_FILE_MAX 127

#define UL_DHCP4_OP_REQUEST 1
#define UL_DHCP4_OP_REPLY 2

enum ul_dhcp4_type {
	UL_DHCP4_DISCOVER = 1,
	UL_DHCP4_OFFER,
	UL_DHCP4_REQUEST,
	UL_DHCP4_DECLINE,
	UL_DHCP4_ACK,
	UL_DHCP4_NAK,
	UL_DHCP4_RELEASE,
	UL_DHCP4_INFORM,
};

/* Option codes, for the parameter request list. */
#define UL_DHCP4_OPT_MASK 1
#define UL_DHCP4_OPT_ROUTER 3
#define UL_DHCP4_OPT_DNS 6
#define UL_DHCP4_OPT_HOSTNAME 12
#define UL_DHCP4_OPT_DOMAIN 15
#define UL_DHCP4_OPT_MTU 26
#define UL_DHCP4_OPT_REQ_ADDR 50
#define UL_DHCP4_OPT_LEASE 51
#define UL_DHCP4_OPT_OVERLOAD 52
#define UL_DHCP4_OPT_TYPE 53
#define UL_DHCP4_OPT_SERVER_ID 54
#define UL_DHCP4_OPT_PARAMS 55
#define UL_DHCP4_OPT_MAX_SIZE 57
#define UL_DHCP4_OPT_T1 58
#define UL_DHCP4_OPT_T2 59
#define UL_DHCP4_OPT_CLASS 60
#define UL_DHCP4_OPT_CLIENT_ID 61
#define UL_DHCP4_OPT_TFTP_NAME 66
#define UL_DHCP4_OPT_BOOTFILE 67
#define UL_DHCP4_OPT_USER_CLASS 77
#define UL_DHCP4_OPT_RAPID_COMMIT 80
#define UL_DHCP4_OPT_FQDN 81
#define UL_DHCP4_OPT_ARCH 93
#define UL_DHCP4_OPT_SEARCH 119
#define UL_DHCP4_OPT_ROUTES 121

/* Flags of a client's full name, RFC 4702 2.1. */
#define UL_DHCP4_FQDN_S 1	/* the server has the name point to it */
#define UL_DHCP4_FQDN_O 2	/* against what the client wanted */
#define UL_DHCP4_FQDN_E 4	/* written as labels */
#define UL_DHCP4_FQDN_N 8	/* nobody is to */

/* A way to @dst: RFC 3442. */
struct ul_dhcp4_route {
	struct ul_prefix dst;
	struct ul_addr router;
};

struct ul_dhcp4_msg {
	uint8_t op;
	uint32_t xid;
	uint16_t secs;
	bool broadcast;			/* the reply must be */
	struct ul_addr ciaddr, yiaddr, siaddr, giaddr;
	uint8_t chaddr[6];
	uint8_t type;			/* enum ul_dhcp4_type, or any other */
	struct ul_addr req_addr, server_id;
	uint16_t max_size;		/* that the client takes, with IP */
	bool rapid_commit;
	uint32_t lease_s, t1_s, t2_s;
	struct ul_addr mask;
	struct ul_addr router[UL_DHCP4_ROUTERS_MAX];
	uint8_t router_count;
	struct ul_addr dns[UL_DHCP4_DNS_MAX];
	uint8_t dns_count;
	uint16_t mtu;
	/* Any bytes but NUL, which ends them: sanitise before use. */
	char hostname[UL_DHCP4_TEXT_MAX + 1];
	char domain[UL_DHCP4_TEXT_MAX + 1];
	uint8_t client_id[UL_DHCP4_TEXT_MAX];
	uint8_t client_id_len;
	uint8_t params[UL_DHCP4_TEXT_MAX];	/* option codes asked for */
	uint8_t params_len;
	char file[UL_DHCP4_FILE_MAX + 1];	/* the fixed field */
	char tftp_name[UL_DHCP4_TEXT_MAX + 1];
	char bootfile[UL_DHCP4_TEXT_MAX + 1];
	char vendor_class[UL_DHCP4_TEXT_MAX + 1];
	char user_class[UL_DHCP4_TEXT_MAX + 1];
	bool has_fqdn;
	uint8_t fqdn_flags;
	char fqdn[UL_DNAME_STRLEN];	/* may end without a domain */
	bool has_arch;
	uint16_t arch;			/* the first that it names, RFC 4578 */
	char search[UL_DNAME_STRLEN];	/* the first domain, RFC 3397 */
	/* For emit alone, instead of it: the option's bytes, all domains. */
	uint8_t search_list[UL_DHCP4_TEXT_MAX];
	uint8_t search_list_len;
	struct ul_dhcp4_route route[UL_DHCP4_ROUTES_MAX];
	uint8_t route_count;
};

/*
 * A UDP payload. Options may go on in the file and sname fields (option 52);
 * pieces of one option are joined (RFC 3396). Of a list, the addresses that
 * fit are kept. 0; -EBADMSG cut off, no end option or a wrong length;
 * -EPROTO neither a request nor a reply, not Ethernet, or no magic cookie.
 */
int ul_dhcp4_parse(struct ul_dhcp4_msg *out, const uint8_t *data, size_t len);

/* Write @m, padded to UL_DHCP4_MIN_LEN. A short buffer makes @w bad. */
void ul_dhcp4_emit(struct ul_wr *w, const struct ul_dhcp4_msg *m);

/* Is option @code in the parameter request list? */
bool ul_dhcp4_wants(const struct ul_dhcp4_msg *m, uint8_t code);

#endif
